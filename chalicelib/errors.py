"""The error tree. No HTTP status is in it: rest/problems.py gives each error its response.

GatewayError
  ClientInputError            the caller can cure it
    InvalidRequest            one or more violations, all of them at once
    UnknownPath               no such route
    ResourceNotFound          no item with this id
    MethodNotAllowed          the path exists, the verb does not
    NotAcceptable             the Accept header leaves nothing that is offered
    UnsupportedMediaType      the body's Content-Type is not taken
    Conflict                  a create of an existing id
    PreconditionFailed        If-Match no longer holds, or If-None-Match: * on an existing id
    PreconditionUnsupported   If-Match on a resource whose conditions do not know updatedAt
    IdempotencyKeyReused      the same Idempotency-Key with another body
    DeletedItem               a create under a key whose deleted item the store keeps
    MergedByStore             the store merged the write with another client's
    ContentTooLarge           an item or a body over what account B takes
  ConfigurationError          settings missing or malformed, all of them at once
  Unforeseen                  an error that nobody foresaw, of a request that changed nothing
  CredentialError
    SourceCredentialsMissing  the process has no credentials of its own
    SourceCredentialsRefused  STS knows them not, or they have expired
    AssumeRoleDenied          wall 1: the trust policy in B or the identity policy in A
    AssumeRoleInvalid         STS refused a parameter, or its reply is not understood
  TransportError              to AppSync or STS, as `service` says
    UpstreamThrottled
    UpstreamTimeout           the deadline passed
    UpstreamUnreachable       no connection, a broken one, or a 5xx
      BrokenReply             what came back from AppSync answers nothing
    OutcomeUnknown            a write may or may not have been done
  UpstreamError
    AppSyncDenied             401 or 403: signature, token or identity policy
    RequestBlocked            403 by a firewall, or by something that speaks no AppSync
    FieldUnauthorized         wall 2: the resolver refused the role
    GraphQLRequestRefused     the document or its variables: schema drift
      VariableRefused         one value in the variables, which may be a client's
    OperationFailed           an endpoint's resolver said no, in its owner's words
    UnreadableItem            null where the schema says never null
    UnexpectedReply           any other error
      Unproven                after it a write may have been done all the same
      ConditionCheckFailed    a condition or an existence check; the gateway tells which
      VersionConflict         the version that a write names is not the item's; nothing was done
      PaginationTokenRefused  the nextToken, which may be a client's, is none of this list's
      ExpressionTooLarge      the filter has more conditions than the store takes
      LimitRefused            the limit, which may be a client's, is below 1
      KeyFiltered             the filter, which is a client's, has a field that items are read by
      IndexValueRefused       a value, which may be a client's, that no index of the store takes
      KeyPartMissing          a part of an index key, without which account B takes no other
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Service = Literal["AppSync", "STS"]


class Violation(NamedTuple):
    """One fault in a request, with its place.

    Attributes:
        place: Which part of the request `name` names.
        name: A JSON pointer into the body, or the name of a parameter or header.
        detail: What is wrong there.
        pointer: A JSON pointer into a parameter's value, where that is JSON; else None.
    """

    place: Literal["pointer", "parameter", "header"]
    name: str
    detail: str
    pointer: str | None = None


class GatewayError(Exception):
    """Anything the gateway answers with a problem.

    Its message is for the log; what a client may read is decided in rest/problems.py.
    """


class ClientInputError(GatewayError):
    """The caller can cure it; the message may be shown to the client."""


class InvalidRequest(ClientInputError):
    """One or more violations, all of them at once."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("The request is not valid.")
        self.violations = tuple(violations)


class UnknownPath(ClientInputError):
    """No such route."""


class ResourceNotFound(ClientInputError):
    """No item with this id."""


class MethodNotAllowed(ClientInputError):
    """The path exists, the verb does not."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("This path does not take this method.")
        self.allowed = tuple(allowed)


class NotAcceptable(ClientInputError):
    """The Accept header leaves nothing that is offered."""


class UnsupportedMediaType(ClientInputError):
    """The body's Content-Type is not taken."""

    def __init__(self, accepted: Sequence[str], *, patch: bool) -> None:
        super().__init__(f"The Content-Type must be {' or '.join(accepted)}.")
        self.accepted = tuple(accepted)
        self.patch = patch


class Conflict(ClientInputError):
    """A create of an existing id."""


class DeletedItem(ClientInputError):
    """The store keeps the deleted item that had this key."""


class MergedByStore(ClientInputError):
    """Conflict resolution merged the write with another client's, so it may be partly applied."""


class PreconditionFailed(ClientInputError):
    """If-Match no longer holds, or If-None-Match: * met an existing item."""


class PreconditionUnsupported(ClientInputError):
    """The resource's conditions do not know updatedAt."""


class IdempotencyKeyReused(ClientInputError):
    """The same Idempotency-Key came with another body."""


class ContentTooLarge(ClientInputError):
    """An item or a body is over what account B takes."""


class ConfigurationError(GatewayError):
    """Settings are missing or malformed; the message lists all of them."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class Unforeseen(GatewayError):
    """An error that the gateway did not foresee, of a request that changed nothing."""


class CredentialError(GatewayError):
    """No credentials for account B."""


class SourceCredentialsMissing(CredentialError):
    """The process has no credentials of its own."""


class SourceCredentialsRefused(CredentialError):
    """STS does not know the source credentials, or they have expired."""


class AssumeRoleDenied(CredentialError):
    """Wall 1: the trust policy in account B, or the identity policy in account A."""


class AssumeRoleInvalid(CredentialError):
    """STS refused a parameter, or its reply is not understood."""


class TransportError(GatewayError):
    """A hop to AppSync or STS failed.

    Attributes:
        service: Which of the two.
        sent: The request may have reached the service, so it may have taken effect.
        retry_after_seconds: How long the service, or our own back-off, asks to wait.
    """

    def __init__(
        self,
        service: Service,
        message: str,
        *,
        sent: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{service}: {message}")
        self.service: Service = service
        self.sent = sent
        self.retry_after_seconds = retry_after_seconds


class UpstreamThrottled(TransportError):
    """The service asks to slow down."""


class UpstreamTimeout(TransportError):
    """The deadline passed."""


class UpstreamUnreachable(TransportError):
    """No connection, a broken one, or a 5xx."""


class BrokenReply(UpstreamUnreachable):
    """What came back from AppSync answers nothing, so nobody can tell what was done."""

    def __init__(self, message: str) -> None:
        super().__init__("AppSync", message, sent=True)


class OutcomeUnknown(TransportError):
    """A write may or may not have been done, and reading did not settle it."""


class UpstreamError(GatewayError):
    """AppSync answered with an error that the caller cannot cure."""


class AppSyncDenied(UpstreamError):
    """401 or 403: signature, token or identity policy."""

    def __init__(self, status: int, error_type: str) -> None:
        super().__init__(f"AppSync {status} {error_type}")
        self.status = status
        self.error_type = error_type


class RequestBlocked(UpstreamError):
    """403 that is not AppSync's own: a firewall, or something that speaks no JSON."""


class FieldUnauthorized(UpstreamError):
    """Wall 2: the resolver refused the role."""


class GraphQLRequestRefused(UpstreamError):
    """The document or its variables were refused: the schema has drifted."""


class VariableRefused(GraphQLRequestRefused):
    """One value in the variables was refused: the schema has drifted, or the client's is wrong.

    Attributes:
        name: The input field that it is of.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"AppSync refused the value of {name}")
        self.name = name


class OperationFailed(UpstreamError):
    """An endpoint's resolver raised an error of its owner's own.

    Attributes:
        code: Its errorType.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the operation failed: {code}")
        self.code = code


class UnreadableItem(UpstreamError):
    """Null stands where the schema says never null."""


class UnexpectedReply(UpstreamError):
    """Any other error."""


class Unproven(UnexpectedReply):
    """An error that does not prove that nothing was done."""


class ConditionCheckFailed(UnexpectedReply):
    """A false condition, or create's, update's and delete's own existence check.

    Amplify gives one error for all of them; the gateway knows which of them were possible.
    """


class VersionConflict(UnexpectedReply):
    """Conflict resolution refused a write, since it names another version than the item's."""


class PaginationTokenRefused(UnexpectedReply):
    """The nextToken, which may have come in a client's cursor, is none of this list's."""


class ExpressionTooLarge(UnexpectedReply):
    """The filter, which is a client's, has more conditions than the store takes."""


class LimitRefused(UnexpectedReply):
    """The limit of a page, which may be a client's, is below 1."""


class KeyFiltered(UnexpectedReply):
    """The filter, which is a client's, has a field of the key that the items are read by.

    Attributes:
        name: The field.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"the key field {name} stands in a filter")
        self.name = name


class IndexValueRefused(UnexpectedReply):
    """The value of a field by which the store has an index is null, empty or too long.

    Attributes:
        name: The field; None where the store does not name it.
    """

    def __init__(self, name: str | None) -> None:
        super().__init__(f"an index refused the value of {name}")
        self.name = name


class KeyPartMissing(UnexpectedReply):
    """An update or create holds some fields of an index key and lacks another; nothing was done.

    Attributes:
        index: The index's name.
        name: The field that is missing.
    """

    def __init__(self, index: str, name: str) -> None:
        super().__init__(f"the index {index} needs {name}")
        self.index = index
        self.name = name
