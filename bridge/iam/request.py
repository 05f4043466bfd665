"""What is asked of IAM: the request, its caller and the condition keys that follow from both."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.iam.patterns import Context

_CALLER_ARN = re.compile(
    r"arn:(?P<partition>[^:]*):(?:iam|sts)::(?P<account>\d{12}):"
    r"(?P<kind>[^/]+)(?:/(?P<name>.+))?"
)


@dataclass(frozen=True)
class AccessRequest:
    """One action of one caller on one resource."""

    principal: str  # the caller's ARN: an assumed-role session, a role, a user or an account's root
    action: str  # "sts:AssumeRole", "appsync:GraphQL"
    resource: str  # an ARN
    resource_account: str  # 12 digits
    # Condition keys; those that follow from the caller are filled in where they are absent.
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    # AROA…, which a trust policy holds in place of a role that was deleted since it was saved.
    principal_unique_id: str | None = None
    # The session's role with its path, which an assumed-role ARN does not tell.
    principal_role_arn: str | None = None


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as policies can tell callers apart."""

    arn: str
    account: str | None  # None for a service and other callers outside any account
    kind: str  # "assumed-role", "role", "user", "root", "federated-user"; "service" for others
    # The ARN in aws:PrincipalArn: a session's role, else the caller itself.
    principal_arn: str
    unique_id: str | None
    # The user's or session's own name.
    name: str

    @classmethod
    def of(cls, request: AccessRequest) -> "Caller":
        """Returns the caller of a request."""
        found = _CALLER_ARN.fullmatch(request.principal)
        if not found:
            return cls(request.principal, None, "service", request.principal, None, "")
        kind, path = found["kind"], found["name"] or ""
        principal_arn = request.principal
        if kind == "assumed-role":
            role = path.partition("/")[0]
            principal_arn = (
                request.principal_role_arn
                or f"arn:{found['partition']}:iam::{found['account']}:role/{role}"
            )
        return cls(
            arn=request.principal,
            account=found["account"],
            kind=kind,
            principal_arn=principal_arn,
            unique_id=request.principal_unique_id,
            name=path.rpartition("/")[2],
        )


_PRINCIPAL_TYPES = {
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "root": "Account",
    "user": "User",
}


def context_of(request: AccessRequest, caller: Caller) -> Context:
    """Returns the condition keys of a request, those that it states before those that follow.

    Source: IAM User Guide, "AWS global condition context keys" and the table of principal key
    values under "IAM policy elements: Variables and tags".
    """
    facts: dict[str, str | None] = {
        "aws:resourceaccount": request.resource_account,
        "aws:principalisawsservice": "true" if caller.kind == "service" else "false",
    }
    if caller.account:
        unique_id = caller.unique_id
        if caller.kind == "root":
            unique_id = caller.account
        elif unique_id and caller.kind == "assumed-role":
            unique_id = f"{unique_id}:{caller.name}"
        facts |= {
            "aws:principalarn": caller.principal_arn,
            "aws:principalaccount": caller.account,
            "aws:principaltype": _PRINCIPAL_TYPES.get(caller.kind),
            "aws:userid": unique_id,
            "aws:username": caller.name if caller.kind == "user" else None,
        }
    implied = {key: (value,) for key, value in facts.items() if value}
    stated = {
        key.lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in request.context.items()
    }
    return implied | stated
