"""Account B's facts where account B is the sandbox: its files, and the ids that it remembers."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from bridge.cloudformation import Environment, Stack, TemplateFault, read_template
from bridge.compiler.command import compile_project
from bridge.doctor.account_b import (
    AdminRoles,
    ApiFacts,
    CannotLookError,
    Declaration,
    Document,
    RoleFacts,
)
from bridge.errors import KnownError
from bridge.files import FileFault, read_json, read_text
from bridge.project import Project
from bridge.sandbox.identity.accounts import ACCOUNT_B, REGION, AccountB, Accounts
from bridge.sandbox.identity.changes import CHANGES_FILE
from bridge.sandbox.identity.saved_trust import STATE_FILE, as_saved, former_ids


class SandboxFiles:
    """Reads the files that the sandbox reads; changes nothing."""

    def __init__(self, project: Project, state: Path, stage: str) -> None:
        """Takes the project, the sandbox's state folder and the stage that calls."""
        self._project = project
        self._state = state
        self._accounts = Accounts(project, stage, state / CHANGES_FILE)
        files = project.account_b
        self._template = project.shown(files.template)
        self._parameters = project.shown(files.parameters)
        self._custom_roles = project.shown(files.custom_roles)

    def role(self, arn: str) -> RoleFacts | None:
        """Returns the role that the template makes."""
        made = self._account().roles.get(arn)
        if made is None:
            return None
        return RoleFacts(
            arn=arn,
            trust=self._as_saved(made.trust or {}),
            max_session_seconds=made.max_session_seconds,
            policies={policy.name: policy.document for policy in made.policies},
            declaration=Declaration(
                self._template, f"/Resources/{made.resource}/Properties", self._parameters
            ),
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
            names = self._accounts.admin_roles
        except FileFault as fault:
            said = f"{self._custom_roles}: {fault.fault}"
            raise CannotLookError(said, self._custom_roles) from fault
        return AdminRoles(names, self._custom_roles)

    def trust_under(self, arn: str, parameters: Mapping[str, str]) -> Document | None:
        """Returns the trust policy under other parameters; None where they are no good."""
        try:
            stack = self._stack({**self._given(), **parameters})
            for resource in stack.resources.values():
                made = stack.resolve(resource.get("Properties", {}))
                if made.get("RoleName") == arn.rpartition("/")[2]:
                    trust: Document = made.get("AssumeRolePolicyDocument")
                    return trust
        except (FileFault, TemplateFault):
            return None
        return None

    def policies_compiled(self, arn: str) -> Mapping[str, Document] | None:
        """Returns the role's identity policies as the template compiled anew gives them."""
        name = arn.rpartition("/")[2]
        try:
            template = compile_project(self._project).files[Path(self._template)]
            stack = self._stack(self._given(), template)
            for resource in stack.resources.values():
                made = stack.resolve(resource.get("Properties", {}))
                if made.get("RoleName") == name:
                    policies: list[Document] = made.get("Policies", [])
                    return {each["PolicyName"]: each["PolicyDocument"] for each in policies}
        except (KnownError, TemplateFault):
            return None
        return None

    def _account(self) -> AccountB:
        try:
            return self._accounts.b
        except FileFault as fault:
            file = self._project.shown(fault.path)
            raise CannotLookError(f"{file}: {fault.fault}", file) from fault

    def _given(self) -> dict[str, str]:
        listed = read_json(self._project.account_b.parameters)
        return {item["ParameterKey"]: item["ParameterValue"] for item in listed}

    def _stack(self, parameters: Mapping[str, str], text: str | None = None) -> Stack:
        document = read_template(text or read_text(self._project.account_b.template))
        return Stack(document, parameters, Environment(ACCOUNT_B, REGION), lambda *_: "")

    def _as_saved(self, trust: Document) -> Document:
        """Returns the trust policy with a role that was made again since as its former id."""
        try:
            return as_saved(trust, former_ids(self._state).get)
        except sqlite3.Error as error:
            raise CannotLookError(f"{self._state / STATE_FILE}: {error}") from error
