"""The policies in force, as the page shows them."""

from collections.abc import Iterator
from typing import Any

from bridge.iam import Policy
from bridge.sandbox.identity.accounts import ACCOUNT_A, Accounts, Role
from bridge.sandbox.identity.directory import Directory


def policies_in_force(accounts: Accounts, directory: Directory) -> list[dict[str, Any]]:
    """Returns each policy's kind, role and statements: account A's first, trust before the rest.

    Raises:
        FileFault: A file of the accounts is missing or malformed.
    """
    return [
        *_of_role(accounts.a.role, directory),
        *(policy for role in accounts.b.roles.values() for policy in _of_role(role, directory)),
    ]


def _of_role(role: Role, directory: Directory) -> Iterator[dict[str, Any]]:
    if role.trust is not None:
        yield _described("trust", role, directory.trust_policy(role))
    for policy in role.policies:
        yield _described("identity", role, policy)


def _described(kind: str, role: Role, policy: Policy) -> dict[str, Any]:
    return {
        "kind": kind,
        "account": "A" if role.account == ACCOUNT_A else "B",
        "role": role.arn,
        "name": policy.name,
        "statements": [
            {
                "index": statement.index,
                "sid": statement.sid,
                "effect": statement.effect.value,
                "document": statement.document,
            }
            for statement in policy.statements
        ],
    }
