"""The transport to AppSync: one signed POST a request.

Source: AWS AppSync developer guide, and shapes recorded from it (docs name where each is known).
"""

import json
import math
import re
import time
from typing import Any

from chalicelib.aws.assumed_role import AssumedRole
from chalicelib.aws.http_reply import HttpReply
from chalicelib.aws.signed_post import Endpoint, SignedPost, milliseconds_since
from chalicelib.config import Settings
from chalicelib.context import CallContext
from chalicelib.errors import (
    AppSyncDenied,
    BrokenReply,
    ContentTooLarge,
    GatewayError,
    GraphQLRequestRefused,
    RequestBlocked,
    UnexpectedReply,
    UpstreamThrottled,
    UpstreamUnreachable,
)
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse

# What AppSync says when a session has ended or was never known: new credentials may cure it.
_STALE_CREDENTIALS = frozenset(
    {"ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException"}
)
# What a client is told to wait at most, whatever stands before AppSync asks for.
MAX_RETRY_AFTER_SECONDS = 3600.0
_OK = 200
_REDIRECT = 300
_BAD_REQUEST = 400
_FORBIDDEN = 403
_DENIED = frozenset({401, _FORBIDDEN})
_FIREWALL = "WAFForbiddenException"
_TOO_LARGE = 413
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class AppSyncTransport:
    """Carries GraphQL requests to AppSync with the assumed role's credentials."""

    def __init__(self, settings: Settings, post: SignedPost, role: AssumedRole) -> None:
        self._post = post
        self._role = role
        self._endpoint = Endpoint(
            "AppSync",
            settings.appsync_url,
            settings.region,
            "application/json",
            settings.appsync_host,
        )

    def execute(self, request: GraphQLRequest, context: CallContext) -> GraphQLResponse:
        """Returns the reply; the port in graphql/transport.py names the errors."""
        credentials = self._role.get(context)
        reply = self._send(request.body, credentials, context)
        if reply.status in _DENIED and _error_type(reply) in _STALE_CREDENTIALS:
            self._role.discard(credentials)
            others = self._role.get(context)
            if others != credentials:
                reply = self._send(request.body, others, context)
        return read_reply(reply)

    def _send(self, body: bytes, credentials: Any, context: CallContext) -> HttpReply:
        context.tally.appsync_calls += 1
        start = time.perf_counter()
        try:
            return self._post.send(
                self._endpoint,
                body,
                credentials,
                context.deadline,
                {"X-Request-Id": context.request_id},
            )
        finally:
            context.tally.appsync_milliseconds += milliseconds_since(start)


def read_reply(reply: HttpReply) -> GraphQLResponse:
    """Returns the GraphQL response that an HTTP reply carries.

    Raises:
        GatewayError: It carries none; the port in graphql/transport.py names the errors.
    """
    if reply.status != _OK:
        raise _failure(reply)
    return _response(reply.body)


def _failure(reply: HttpReply) -> GatewayError:
    status = reply.status
    error_type = _error_type(reply)
    if status == _TOO_MANY_REQUESTS:
        return UpstreamThrottled(
            "AppSync", "429", retry_after_seconds=_seconds(reply.headers.get("retry-after"))
        )
    if status == _TOO_LARGE:
        return ContentTooLarge("The request is over the size that the service behind it takes.")
    # AppSync's success is 200; who answers with another one may have passed the request on.
    if status >= _SERVER_ERROR or status < _REDIRECT:
        return UpstreamUnreachable("AppSync", f"status {status}", sent=True)
    if status == _FORBIDDEN and (error_type == _FIREWALL or not _is_json(reply.body)):
        return RequestBlocked(f"403 {error_type or 'without JSON'}")
    # A clock that is off has been seen as a BadRequestException of status 400 too.
    if status in _DENIED or "Signature" in error_type or b"Signature expired" in reply.body:
        return AppSyncDenied(status, error_type)
    if status == _BAD_REQUEST:
        return GraphQLRequestRefused(f"AppSync 400 {error_type}")
    return UnexpectedReply(f"AppSync status {status}")


def _response(body: bytes) -> GraphQLResponse:
    try:
        text, is_utf8 = _decoded(body)
        document = _DECODE(text)
    except (ValueError, RecursionError) as error:
        raise BrokenReply("the reply is not JSON") from error
    if not isinstance(document, dict):
        raise BrokenReply("the reply is not an object")
    data, errors = document.get("data"), document.get("errors")
    if not isinstance(data, dict | None) or not isinstance(errors, list | None):
        raise BrokenReply("the reply is not a GraphQL response")
    alone = text if is_utf8 and document.keys() == {"data"} else None
    return GraphQLResponse(data, tuple(_fault(entry) for entry in errors or ()), alone)


def _decoded(body: bytes) -> tuple[str, bool]:
    """Returns the text, and whether it is UTF-8: a lone surrogate is not, but is read all the same.

    Raises:
        UnicodeDecodeError: It is no text.
    """
    try:
        return body.decode(), True
    except UnicodeDecodeError:
        return body.decode("utf-8", "surrogatepass"), False


def _refuse(name: str) -> None:
    raise ValueError(name)  # NaN and the infinities are no JSON, and are not passed on


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number beyond doubles")
    return value


# Made once: json.loads makes a decoder at every call that is not of its defaults.
_DECODE = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite).decode


def _is_json(body: bytes) -> bool:
    """Whether the body is made as AppSync makes it: an object, and no page of HTML."""
    return body.lstrip()[:1] == b"{"


def _fault(entry: Any) -> GraphQLFault:
    """Returns one entry of `errors`; each member may be null or missing, as AppSync has it."""
    if not isinstance(entry, dict):
        raise BrokenReply("an error is not an object")
    path, kind, message = entry.get("path"), entry.get("errorType"), entry.get("message")
    if not (
        isinstance(path, list | None)
        and all(isinstance(step, str | int) for step in path or ())
        and isinstance(kind, str | None)
        and isinstance(message, str | None)
    ):
        raise BrokenReply("an error is not one of GraphQL's")
    return GraphQLFault(tuple(path or ()), kind or "", message or "")


def _error_type(reply: HttpReply) -> str:
    """Returns the errorType of a reply that is no 200, from its body or its header."""
    try:
        errors = json.loads(reply.body)["errors"]
        return str(errors[0]["errorType"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return reply.headers.get("x-amzn-errortype", "").split(":")[0]


def _seconds(retry_after: str | None) -> float | None:
    """Returns what the header asks for, if that is a number of seconds and not a date."""
    if retry_after is None or not re.fullmatch(r"\d+", retry_after, re.ASCII):
        return None
    return min(float(retry_after), MAX_RETRY_AFTER_SECONDS)
