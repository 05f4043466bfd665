"""What AppSync's errors mean, by their errorType."""

import re

from chalicelib.errors import (
    BrokenReply,
    ConditionCheckFailed,
    ContentTooLarge,
    ExpressionTooLarge,
    FieldUnauthorized,
    GatewayError,
    GraphQLRequestRefused,
    IndexValueRefused,
    KeyPartMissing,
    PaginationTokenRefused,
    UnexpectedReply,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
    VariableRefused,
)
from chalicelib.graphql.messages import GraphQLFault

# After a 500 of DynamoDB's, and so of what stands before it, a write may have been done.
# Source: Amazon DynamoDB developer guide, "Error handling with DynamoDB".
_SERVER_FAULT = "InternalFailure|InternalServerError|ServiceUnavailable"
# Source: Amplify's create and update templates; the errorType of this one is null.
_KEY_PART = r"composite sort key for @index '([^']+)'.*Missing key: '([^']+)'"
_INVALID_VALUE = r"Variable '(\w+)' has an invalid value"


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


def root_error(fault: GraphQLFault) -> GatewayError:
    kind = fault.error_type
    if key_part := re.search(_KEY_PART, fault.message):
        return KeyPartMissing(*key_part.groups())
    if kind == "DynamoDB:ConditionalCheckFailedException":
        return ConditionCheckFailed(kind)
    if kind == "DynamoDB:UserIllegalArgumentException":
        return PaginationTokenRefused(kind)
    if kind in {"Unauthorized", "UnauthorizedException"}:
        return FieldUnauthorized(f"{fault.path[0]}: {kind}")
    if "Throttl" in kind or "ThroughputExceeded" in kind or "RequestLimitExceeded" in kind:
        return UpstreamThrottled("AppSync", kind)
    if "Timeout" in kind:
        return UpstreamTimeout("AppSync", kind, sent=True)
    if re.search(_SERVER_FAULT, kind) or "Status Code: 5" in fault.message:
        return UpstreamUnreachable("AppSync", kind, sent=True)
    if kind.startswith("DynamoDB:"):
        return _store_error(fault)
    return UnexpectedReply(f"AppSync: {kind}")


def _store_error(fault: GraphQLFault) -> GatewayError:
    # DynamoDB gives no errorType of its own to values that it refuses, so its text must serve.
    if "Item size" in fault.message:
        return ContentTooLarge("The item is over the size that the store takes, 400 KB.")
    if "Expression size" in fault.message:
        return ExpressionTooLarge(fault.error_type)
    if re.match("One or more parameter values .*key", fault.message, re.IGNORECASE):
        named = re.search(r"Index ?Key:? (\S+)", fault.message)
        return IndexValueRefused(named and named.group(1))
    return UnexpectedReply(f"AppSync: {fault.error_type}")
