"""The port to account B's own facts, and the one to account A's policy simulator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.errors import KnownError

Document = Mapping[str, Any]


class CannotLookError(KnownError):
    """A fact cannot be had; the message says why.

    Attributes:
        file: The file of the project that stands in the way, as it is shown; empty where none does.
    """

    def __init__(self, message: str, file: str = "") -> None:
        super().__init__(message)
        self.file = file


@dataclass(frozen=True)
class Declaration:
    """Where the role is declared in files that are in force as they stand.

    Attributes:
        template: The template, relative to the project's root.
        properties: The JSON pointer to the role's properties in it.
        parameters: The file of the template's parameters.
        conditions: The names of the template's conditions.
    """

    template: str
    properties: str
    parameters: str
    conditions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RoleFacts:
    """The role in account B.

    Attributes:
        arn: With its path.
        trust: The trust policy as IAM keeps it: a role that was deleted stands in it as its id.
        max_session_seconds: Its MaxSessionDuration.
        policies: Its identity policies, inline and attached, by their names.
        boundary: Its permissions boundary, if it has one.
        declaration: None where the role is made by a deployment.
    """

    arn: str
    trust: Document
    max_session_seconds: int
    policies: Mapping[str, Document]
    boundary: Document | None = None
    declaration: Declaration | None = None

    @property
    def name(self) -> str:
        """Returns the name, without the path."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class ApiFacts:
    """The AppSync API.

    Attributes:
        api_id: Its id, which the URL does not hold.
        auth_modes: AWS_IAM, API_KEY …; empty where they cannot be looked at.
        introspection: Whether it answers introspection.
    """

    api_id: str
    auth_modes: tuple[str, ...] = ()
    introspection: bool = True


@dataclass(frozen=True)
class AdminRoles:
    """Amplify's list of roles that its resolvers let in.

    Attributes:
        names: The entries.
        where: Where the list was read.
    """

    names: tuple[str, ...]
    where: str


class AccountB(Protocol):
    """What account B's owner can see. Every method raises CannotLookError."""

    def role(self, arn: str) -> RoleFacts | None:
        """Returns the role, or None where there is none."""

    def role_names(self) -> tuple[str, ...]:
        """Returns the ARNs of the account's roles that are not AWS's own."""

    def api(self, url: str) -> ApiFacts | None:
        """Returns the API behind an endpoint, or None where there is none."""

    def admin_roles(self, api: ApiFacts, field_name: str) -> AdminRoles | None:
        """Returns the list that the resolver of a query holds; None where it holds none."""

    def trust_under(self, arn: str, parameters: Mapping[str, str]) -> Document | None:
        """Returns the trust policy that other parameters of the template would give, if known."""

    def policies_compiled(self, arn: str) -> Mapping[str, Document] | None:
        """Returns the identity policies that the template compiled anew would give, if known."""


class OwnersView(AccountB, Protocol):
    """What account B's owner can see besides, with her own credentials alone."""

    def caller(self) -> str:
        """Returns the ARN of whose the credentials are."""

    def schema(self, api: ApiFacts) -> str:
        """Returns the schema that is deployed, as SDL."""

    def conflict_handler(self, api: ApiFacts, parent: str, field_name: str) -> str | None:
        """Returns what the resolver of a mutation does about conflicts; None where it does nothing.

        AppSync's words: OPTIMISTIC_CONCURRENCY, AUTOMERGE, LAMBDA.
        """


@dataclass(frozen=True)
class Simulation:
    """What IAM's simulator says of one action.

    Attributes:
        allowed: Whether the identity policies allow it.
        explicit_deny: Whether a statement denies it.
        by_organisation: An organisation's policy (SCP) is what refuses.
        by_boundary: The permissions boundary is what refuses.
    """

    allowed: bool
    explicit_deny: bool = False
    by_organisation: bool = False
    by_boundary: bool = False


class PolicySimulator(Protocol):
    """IAM's simulator in account A."""

    def simulate(
        self, role_arn: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Simulation:
        """Returns what a role's own policies say; raises CannotLookError."""
