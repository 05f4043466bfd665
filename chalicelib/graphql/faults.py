"""What AppSync's errors mean: one table over errorType and message.

A row says what its error *proves* of a mutation: that nothing was done, or that it may have been.
An error that no row knows proves nothing, since owners write resolvers and functions of their own.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from chalicelib.errors import (
    BrokenReply,
    ConditionCheckFailed,
    ContentTooLarge,
    ExpressionTooLarge,
    FieldUnauthorized,
    GatewayError,
    GraphQLRequestRefused,
    IndexValueRefused,
    KeyFiltered,
    KeyPartMissing,
    LimitRefused,
    OperationFailed,
    OutcomeUnknown,
    PaginationTokenRefused,
    TransportError,
    UnexpectedReply,
    Unproven,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
    VariableRefused,
    VersionConflict,
)
from chalicelib.graphql.messages import GraphQLFault

# AppSync's own limits, at which a root field is not resolved at all.
_LIMITS = "ResolverExecutionLimit|QueryDepthLimit"
# The errorTypes of AppSync, of Lambda and DynamoDB behind it, and of Amplify's templates: any other
# one is the owner's own word.
# Source: AWS AppSync developer guide, "Troubleshooting and common mistakes", and the recordings.
_NOT_THE_OWNERS = (
    r"^(?:Lambda|DynamoDB):"
    r"|^(?:BadRequest|ExpiredToken|InternalFailure|LimitExceeded|Malformed\w+|Throttling"
    r"|TooManyRequests|Unauthorized|DataFetching)(?:Exception)?$"
    rf"|{_LIMITS}"
    r"|^(?:Code|ConflictUnhandled|ExecutionTimeout|InternalServerError|InvalidArgumentsError"
    r"|MappingTemplate|ServiceUnavailable|UnsupportedOperation|ValidationError)$"
)
_INVALID_VALUE = r"Variable '(\w+)' has an invalid value"


_UNAUTHORIZED = "^Unauthorized(Exception)?$"


class _Row(NamedTuple):
    """What an error of a root field means, where both patterns are found."""

    error_type: str
    message: str
    error: Callable[[GraphQLFault, re.Match[str]], GatewayError]


_ROWS = (
    # What breaks off may have been done: Lambda's and DynamoDB's own time-outs, and after a 500 of
    # DynamoDB's, and so of what stands before it, a write may be there.
    # Source: Amazon DynamoDB developer guide, "Error handling with DynamoDB".
    _Row("Timeout", "", lambda fault, _: UpstreamTimeout("AppSync", fault.error_type, sent=True)),
    _Row(
        "InternalFailure|InternalServerError|ServiceUnavailable",
        "",
        lambda fault, _: UpstreamUnreachable("AppSync", fault.error_type, sent=True),
    ),
    _Row(
        "",
        "Status Code: 5",
        lambda fault, _: UpstreamUnreachable("AppSync", fault.error_type, sent=True),
    ),
    # All that follows proves that nothing was done.
    _Row(
        "^DynamoDB:ConditionalCheckFailedException$",
        "",
        lambda fault, _: ConditionCheckFailed(fault.error_type),
    ),
    _Row("^ConflictUnhandled$", "", lambda fault, _: VersionConflict(fault.error_type)),
    _Row(
        "^DynamoDB:UserIllegalArgumentException$",
        "",
        lambda fault, _: PaginationTokenRefused(fault.error_type),
    ),
    _Row(
        _UNAUTHORIZED,
        "",
        lambda fault, _: FieldUnauthorized(f"{fault.path[0]}: {fault.error_type}"),
    ),
    # The last two are AppSync's own limits; what comes after one in a document does not run.
    _Row(
        "Throttl|ThroughputExceeded|RequestLimitExceeded|ResolverExecutionLimit|QueryDepthLimit",
        "",
        lambda fault, _: UpstreamThrottled("AppSync", fault.error_type),
    ),
    # Source: Amplify's create and update templates; the errorType of this one is null.
    _Row(
        "",
        "composite sort key for @index '([^']+)'.*Missing key: '([^']+)'",
        lambda _, found: KeyPartMissing(*found.groups()),
    ),
    # DynamoDB gives no errorType of its own to values that it refuses, so its text must serve.
    _Row(
        "^DynamoDB:",
        "Item size",
        lambda *_: ContentTooLarge("The item is over the size that the store takes, 400 KB."),
    ),
    _Row(
        "^DynamoDB:",
        r"can only contain non-primary key attributes: Primary key attribute: (\w+)",
        lambda _, found: KeyFiltered(found.group(1)),
    ),
    _Row("^DynamoDB:", "Expression size", lambda fault, _: ExpressionTooLarge(fault.error_type)),
    _Row(
        "^DynamoDB:",
        r"(?i)\blimit\b.*greater than or equal to 1",
        lambda fault, _: LimitRefused(fault.error_type),
    ),
    _Row(
        "^DynamoDB:",
        "(?i:^One or more parameter values .*key)",
        lambda fault, _: IndexValueRefused(_named_key(fault.message)),
    ),
    _Row(
        "^DynamoDB:|^InvalidArgumentsError$",
        "",
        lambda fault, _: UnexpectedReply(f"AppSync: {fault.error_type}"),
    ),
)


def _named_key(message: str) -> str | None:
    named = re.search(r"Index ?Key:? (\S+)", message)
    return named and named.group(1)


def root_error(fault: GraphQLFault) -> GatewayError:
    """Returns the error that an entry of a root field means."""
    for row in _ROWS:
        found = re.search(row.error_type, fault.error_type) and re.search(
            row.message, fault.message, re.DOTALL
        )
        if found:
            return row.error(fault, found)
    return Unproven(f"AppSync: {fault.error_type}")


# What one argument of a query is refused for.
_OF_ARGUMENTS = (PaginationTokenRefused, ExpressionTooLarge, LimitRefused)


def endpoint_error(fault: GraphQLFault, *, mutation: bool) -> GatewayError:
    """Returns the error that an entry of an endpoint's root field means.

    Its resolver is of the owner's making and may take several steps, so that what proves of one
    write that nothing was done proves nothing here: an earlier step may have written.

    Args:
        fault: The entry.
        mutation: The endpoint is one.
    """
    known = root_error(fault)
    kind = fault.error_type
    if isinstance(known, FieldUnauthorized) or re.search(_LIMITS, kind):
        return known
    if isinstance(known, _OF_ARGUMENTS) and not mutation:
        return known
    if kind and not re.search(_NOT_THE_OWNERS, kind):
        return OperationFailed(kind)
    if mutation:
        return OutcomeUnknown("AppSync", kind, sent=True)
    return known if isinstance(known, TransportError) else UnexpectedReply(f"AppSync: {kind}")


def is_refusal(fault: GraphQLFault) -> bool:
    """Whether the API's own rules refused the field, root or not."""
    return re.search(_UNAUTHORIZED, fault.error_type) is not None


def document_error(fault: GraphQLFault, *, executed: bool) -> GatewayError:
    """Returns the error that an entry of no field means.

    Args:
        fault: The entry.
        executed: There is `data`, so the document was not refused: a mutation may be done.
            Source: GraphQL specification, section 7.1, "Response format".
    """
    if "Timeout" in fault.error_type:
        return UpstreamTimeout("AppSync", fault.error_type, sent=True)
    if executed:
        return BrokenReply(f"an error of no field: {fault.error_type}")
    refused = re.match(_INVALID_VALUE, fault.message)
    if refused:
        return VariableRefused(refused.group(1))
    return GraphQLRequestRefused(f"AppSync refused the document: {fault.error_type}")
