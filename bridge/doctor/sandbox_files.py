"""Account B's facts where account B is the sandbox: its files, and the ids that it remembers."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bridge.doctor.account_b import (
    AdminRoles,
    ApiFacts,
    CannotLookError,
    Declaration,
    Document,
    RoleFacts,
)
from bridge.iam import Policy
from bridge.sandbox.files import FileFault, read_json, read_text
from bridge.sandbox.identity.accounts import ACCOUNT_B, REGION, AccountB, Accounts
from bridge.sandbox.identity.template import Environment, Stack, TemplateFault, read_template

TEMPLATE = "account_b/template.yaml"
PARAMETERS = "account_b/parameters-local.json"
CUSTOM_ROLES = "account_b/amplify/custom-roles.json"
_STATE = "iam.sqlite3"


class SandboxFiles:
    """Reads the files that the sandbox reads; changes nothing."""

    def __init__(self, root: Path, state: Path, stage: str) -> None:
        """Takes the project's root, the sandbox's state folder and the stage that calls."""
        self._root = root
        self._state = state
        self._accounts = Accounts(root, stage)

    def role(self, arn: str) -> RoleFacts | None:
        """Returns the role that the template makes."""
        made = self._account().roles.get(arn)
        if made is None:
            return None
        return RoleFacts(
            arn=arn,
            trust=self._as_saved(made.trust or {}),
            max_session_seconds=made.max_session_seconds,
            policies={policy.name: _document(policy) for policy in made.policies},
            declaration=Declaration(TEMPLATE, self._properties(made.name), PARAMETERS),
        )

    def role_names(self) -> tuple[str, ...]:
        """Returns the roles that the template makes."""
        return tuple(self._account().roles)

    def api(self, _url: str) -> ApiFacts | None:
        """Returns the API; how it may be called is in no file."""
        return ApiFacts(self._account().api_id)

    def admin_roles(self, _api: ApiFacts, _field_name: str) -> AdminRoles | None:
        """Returns the entries of custom-roles.json."""
        try:
            return AdminRoles(self._accounts.admin_roles, CUSTOM_ROLES)
        except FileFault as fault:
            raise CannotLookError(f"{CUSTOM_ROLES}: {fault.fault}") from fault

    def trust_under(self, arn: str, parameters: Mapping[str, str]) -> Document | None:
        """Returns the trust policy under other parameters; None where they are no good."""
        try:
            given = {
                item["ParameterKey"]: item["ParameterValue"]
                for item in read_json(self._root / PARAMETERS)
            }
            stack = self._stack({**given, **parameters})
            for resource in stack.resources.values():
                made = stack.resolve(resource.get("Properties", {}))
                if made.get("RoleName") == arn.rpartition("/")[2]:
                    trust: Document = made.get("AssumeRolePolicyDocument")
                    return trust
        except (FileFault, TemplateFault):
            return None
        return None

    def _account(self) -> AccountB:
        try:
            return self._accounts.b
        except FileFault as fault:
            raise CannotLookError(str(fault)) from fault

    def _stack(self, parameters: Mapping[str, str]) -> Stack:
        document = read_template(read_text(self._root / TEMPLATE))
        return Stack(document, parameters, Environment(ACCOUNT_B, REGION), lambda *_: "")

    def _properties(self, role_name: str) -> str:
        """Returns the JSON pointer to the properties of the role of this name."""
        stack = self._stack(
            {
                item["ParameterKey"]: item["ParameterValue"]
                for item in read_json(self._root / PARAMETERS)
            }
        )
        for name, resource in stack.resources.items():
            properties = resource.get("Properties", {})
            if stack.resolve(properties.get("RoleName", "")) == role_name:
                return f"/Resources/{name}/Properties"
        raise CannotLookError(f"{TEMPLATE}: no resource makes {role_name}")

    def _as_saved(self, trust: Document) -> Document:
        """Returns the trust policy with a role that was made again since as its former id.

        Source: IAM User Guide, "AWS JSON policy elements: Principal".
        """
        path = self._state / _STATE
        if not path.exists():
            return trust
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            saved = dict(connection.execute("SELECT arn, unique_id FROM trust").fetchall())
            now = dict(connection.execute("SELECT arn, unique_id FROM roles").fetchall())

        def replaced(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: replaced(each) for key, each in value.items()}
            if isinstance(value, list):
                return [replaced(each) for each in value]
            former = saved.get(value)
            return former if former and former != now.get(value) else value

        listed = trust.get("Statement", [])
        statements = listed if isinstance(listed, list) else [listed]
        return {
            **trust,
            "Statement": [
                {
                    key: replaced(value) if key in ("Principal", "NotPrincipal") else value
                    for key, value in statement.items()
                }
                for statement in statements
            ],
        }


def _document(policy: Policy) -> Document:
    version = "2012-10-17" if policy.has_variables else "2008-10-17"
    return {"Version": version, "Statement": [each.document for each in policy.statements]}
