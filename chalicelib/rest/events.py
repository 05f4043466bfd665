"""Reads what API Gateway's proxy integration passes on.

Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration".
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from chalicelib.context import CallContext, Deadline
from chalicelib.rest.messages import RestRequest

# API Gateway gives up after 29 s; what is left of a second is for the way back.
MAX_SECONDS = 28.0
RESERVE_SECONDS = 0.5
# Whose value is a list, so that several lines of one request are one list.
# Source: RFC 9110, section 5.3.
LIST_HEADERS = frozenset({"accept", "if-match", "if-none-match"})


class LambdaContext(Protocol):
    """What is needed of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> float:
        """Returns the milliseconds until Lambda ends the invocation."""
        ...


class ProxyRequest(Protocol):
    """What is needed of chalice's request object, which holds one event."""

    method: str
    path: str
    """The route's template, such as `/todos/{id}`."""
    uri_params: Mapping[str, str] | None
    """The path parameters, percent-encoded as they came."""
    query_params: "MultiDict | None"
    """The query's names and values, decoded."""
    headers: Mapping[str, str]
    """By names whose case does not matter."""
    raw_body: bytes
    context: Mapping[str, Any]
    """The event's `requestContext`."""
    lambda_context: LambdaContext

    def to_original_event(self) -> Mapping[str, Any]:
        """Returns the event as it came."""
        ...


class MultiDict(Protocol):
    """Names, each with its values."""

    def __iter__(self) -> Iterator[str]: ...

    def getlist(self, k: str) -> list[str]:
        """Returns the values of one name."""
        ...


def rest_request(event: ProxyRequest) -> RestRequest:
    """Returns the REST request that an event describes."""
    parameters = event.uri_params or {}
    path = event.path.format_map(parameters)
    seconds = event.lambda_context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    request_id = str(event.context.get("requestId") or event.lambda_context.aws_request_id)
    return RestRequest(
        method=event.method,
        path=path,
        context=CallContext(request_id, Deadline.after(min(MAX_SECONDS, seconds))),
        template=event.path,
        parameters=parameters,
        query=_pairs(event.query_params),
        headers=_headers(event),
        body=event.raw_body,
        caller=caller_of(event.context),
        base_path=_base_path(str(event.context.get("path") or ""), path),
    )


def _headers(event: ProxyRequest) -> Mapping[str, str]:
    """Returns the headers; of several lines, `headers` of an event holds the last one alone."""
    lines = event.to_original_event().get("multiValueHeaders") or {}
    joined = {
        name.lower(): ", ".join(values)
        for name, values in lines.items()
        if len(values) > 1 and name.lower() in LIST_HEADERS
    }
    if not joined:
        return event.headers
    return {**{name.lower(): value for name, value in event.headers.items()}, **joined}


def _pairs(query: MultiDict | None) -> tuple[tuple[str, str], ...]:
    if query is None:
        return ()
    return tuple((name, value) for name in query for value in query.getlist(name))


def caller_of(request_context: Mapping[str, Any]) -> str:
    """Returns the principal that called: a role's or user's ARN, or Cognito's `sub`.

    A role's session is left out: the same role is the same caller in every session. Where nobody
    is authenticated, everybody is one caller, the empty one.
    """
    arn = (request_context.get("identity") or {}).get("userArn")
    if arn:
        prefix, mark, role_and_session = str(arn).partition(":assumed-role/")
        return prefix + mark + role_and_session.rpartition("/")[0] if mark else str(arn)
    claims = (request_context.get("authorizer") or {}).get("claims") or {}
    return str(claims.get("sub") or "")


def _base_path(full_path: str, path: str) -> str:
    """Returns what stands before the route in the request's path: the stage, or a mapping."""
    # Empty segments are left out: `//todos` would name a host in Location and Link.
    segments = [segment for segment in full_path.split("/") if segment]
    return "".join(f"/{segment}" for segment in segments[: -path.count("/")])
