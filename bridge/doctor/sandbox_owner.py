"""The owner's view where account B is the sandbox: asked over HTTP, with its files at hand."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.doctor.account_b import (
    AdminRoles,
    ApiFacts,
    CannotLookError,
    Document,
    OwnersView,
    RoleFacts,
)
from bridge.doctor.sandbox_files import SandboxFiles


class SandboxOwner:
    """Asks the sandbox as the owner; what is to be changed stands in the files that it reads."""

    def __init__(self, asked: OwnersView, files: SandboxFiles) -> None:
        """Takes the sandbox's answers and its files."""
        self._asked = asked
        self._files = files
        self.caller = asked.caller
        self.role_names = asked.role_names
        self.api = asked.api
        self.schema = asked.schema
        self.conflict_handler = asked.conflict_handler

    def role(self, arn: str) -> RoleFacts | None:
        """Returns the role as IAM tells it, with the place of its declaration."""
        try:
            asked = self._asked.role(arn)
        except CannotLookError:
            self._files.role(arn)  # names the file, where one is what the sandbox cannot read
            raise
        if asked is None:
            return None
        declared = self._files.role(arn)
        return replace(asked, declaration=declared.declaration if declared else None)

    def admin_roles(self, api: ApiFacts, field_name: str) -> AdminRoles | None:
        """Returns the list in the resolver."""
        try:
            return self._asked.admin_roles(api, field_name)
        except CannotLookError:
            self._files.admin_roles(api, field_name)  # as above
            raise

    def trust_under(self, arn: str, parameters: Mapping[str, str]) -> Document | None:
        """Returns the trust policy under other parameters of the template."""
        return self._files.trust_under(arn, parameters)

    def policies_compiled(self, arn: str) -> Mapping[str, Document] | None:
        """Returns the identity policies as the template compiled anew gives them."""
        return self._files.policies_compiled(arn)
