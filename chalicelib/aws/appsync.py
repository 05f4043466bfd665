"""The transport to AppSync: one signed POST a request.

Source: AWS AppSync developer guide, and shapes recorded from it (docs name where each is known).
"""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.assumed_role import AssumedRole
from chalicelib.aws.signed_post import Endpoint, HttpReply, SignedPost, milliseconds_since
from chalicelib.config import Settings
from chalicelib.context import CallContext
from chalicelib.errors import (
    AppSyncDenied,
    ContentTooLarge,
    GatewayError,
    GraphQLRequestRefused,
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
_BAD_REQUEST = 400
_DENIED = frozenset({401, 403})
_TOO_LARGE = 413
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class AppSyncTransport:
    """Carries GraphQL requests to AppSync with the assumed role's credentials."""

    def __init__(self, settings: Settings, post: SignedPost, role: AssumedRole) -> None:
        self._post = post
        self._role = role
        self._endpoint = Endpoint(
            "AppSync", settings.appsync_url, settings.region, "application/json"
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
            "AppSync", "429", retry_after_seconds=_seconds(reply.headers.get("Retry-After"))
        )
    if status == _TOO_LARGE:
        return ContentTooLarge("The request is over the size that the service behind it takes.")
    if status >= _SERVER_ERROR:
        return UpstreamUnreachable("AppSync", f"status {status}", sent=True)
    # A clock that is off has been seen as a BadRequestException of status 400 too.
    if status in _DENIED or "Signature" in error_type or b"Signature expired" in reply.body:
        return AppSyncDenied(status, error_type)
    if status == _BAD_REQUEST:
        return GraphQLRequestRefused(f"AppSync 400 {error_type}")
    return UnexpectedReply(f"AppSync status {status}")


def _response(body: bytes) -> GraphQLResponse:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        # It cannot be told what was done, so this counts as a broken reply.
        raise UpstreamUnreachable("AppSync", "the reply is not JSON", sent=True) from error
    if not isinstance(document, dict) or not isinstance(document.get("data"), dict | None):
        raise UnexpectedReply("the reply is not a GraphQL response")
    errors = document.get("errors") or ()
    return GraphQLResponse(document.get("data"), tuple(_fault(entry) for entry in errors))


def _fault(entry: Mapping[str, Any]) -> GraphQLFault:
    if not isinstance(entry, dict):
        return GraphQLFault((), "", "")
    return GraphQLFault(
        tuple(entry.get("path") or ()),
        str(entry.get("errorType") or ""),
        str(entry.get("message") or ""),
    )


def _error_type(reply: HttpReply) -> str:
    """Returns the errorType of a reply that is no 200, from its body or its header."""
    try:
        errors = json.loads(reply.body)["errors"]
        return str(errors[0]["errorType"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return reply.headers.get("x-amzn-ErrorType", "").split(":")[0]


def _seconds(retry_after: str | None) -> float | None:
    """Returns what the header asks for, if that is a number of seconds and not a date."""
    if retry_after is None or not re.fullmatch(r"\d+", retry_after, re.ASCII):
        return None
    return min(float(retry_after), MAX_RETRY_AFTER_SECONDS)
