"""Each error's response: one table, one function.

Source: RFC 9457, problem details.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib import errors
from chalicelib.errors import GatewayError
from chalicelib.rest.messages import PROBLEM, RestRequest, RestResponse, json_text

TYPE_PREFIX = "urn:problem-type:appsync-rest:"
# A body of a megabyte can be wrong in 100,000 places, and Lambda's reply is 6 MB at most.
MAX_VIOLATIONS = 100
MAX_SHOWN_CHARACTERS = 500
_CODE = r"[\w .:-]{1,100}"


class ProblemType(NamedTuple):
    """A problem type.

    Attributes:
        slug: The end of its `type` URI.
        status: Its HTTP status.
        title: The same for every occurrence.
        detail: What the client reads; None shows the error's own message, which only errors that
            the caller can cure may do.
    """

    slug: str
    status: int
    title: str
    detail: str | None = None

    @property
    def uri(self) -> str:
        """The `type` member."""
        return TYPE_PREFIX + self.slug


INTERNAL = ProblemType(
    "internal", 500, "Internal error", "The gateway met an error that it did not foresee."
)
NOT_READY = ProblemType(
    "not-ready", 503, "Not ready", "A link of the chain to account B is broken."
)

PROBLEMS: Mapping[type[GatewayError], ProblemType] = {
    errors.InvalidRequest: ProblemType("invalid-request", 400, "Invalid request"),
    errors.UnknownPath: ProblemType("unknown-path", 404, "Unknown path"),
    errors.ResourceNotFound: ProblemType("not-found", 404, "Not found"),
    errors.MethodNotAllowed: ProblemType("method-not-allowed", 405, "Method not allowed"),
    errors.NotAcceptable: ProblemType("not-acceptable", 406, "Not acceptable"),
    errors.UnsupportedMediaType: ProblemType(
        "unsupported-media-type", 415, "Unsupported media type"
    ),
    errors.Conflict: ProblemType("conflict", 409, "Conflict"),
    errors.DeletedItem: ProblemType("deleted-item", 409, "Deleted item"),
    errors.MergedByStore: ProblemType("merged-by-store", 409, "Merged by the store"),
    errors.PreconditionFailed: ProblemType("precondition-failed", 412, "Precondition failed"),
    errors.PreconditionUnsupported: ProblemType(
        "precondition-unsupported", 400, "Precondition not supported"
    ),
    errors.IdempotencyKeyReused: ProblemType(
        "idempotency-key-reused", 422, "Idempotency key reused"
    ),
    errors.ContentTooLarge: ProblemType("content-too-large", 413, "Content too large"),
    errors.ConfigurationError: ProblemType(
        "configuration", 500, "Gateway not configured", "The gateway's settings are not complete."
    ),
    errors.SourceCredentialsMissing: ProblemType(
        "source-credentials-missing",
        500,
        "Gateway without credentials",
        "The gateway has no AWS credentials of its own.",
    ),
    errors.SourceCredentialsRefused: ProblemType(
        "source-credentials-refused",
        502,
        "Gateway credentials refused",
        "AWS refused the gateway's own credentials.",
    ),
    errors.AssumeRoleDenied: ProblemType(
        "assume-role-denied",
        502,
        "Role not assumed",
        "The gateway may not assume the role that leads to the data.",
    ),
    errors.AssumeRoleInvalid: ProblemType(
        "assume-role-invalid",
        502,
        "Role not assumed",
        "AWS did not take the gateway's request for the role that leads to the data.",
    ),
    errors.UpstreamThrottled: ProblemType(
        "upstream-throttled",
        503,
        "Upstream throttled",
        "The service behind the gateway asks to slow down. Repeat the request later.",
    ),
    errors.UpstreamTimeout: ProblemType(
        "upstream-timeout",
        504,
        "Upstream timeout",
        "The service behind the gateway did not answer in time.",
    ),
    errors.UpstreamUnreachable: ProblemType(
        "upstream-unreachable",
        502,
        "Upstream unreachable",
        "The service behind the gateway could not be reached, or it failed.",
    ),
    errors.OutcomeUnknown: ProblemType(
        "outcome-unknown",
        504,
        "Outcome unknown",
        "The write may or may not have been done. Read the item before you repeat the request; "
        "a POST is safe to repeat with the same Idempotency-Key or id, a PUT or DELETE as it is, "
        "a PATCH with If-Match; where the API's store merges conflicts, neither PATCH nor PUT is. "
        "Of an operation under /rpc only its owner knows how to tell.",
    ),
    errors.OperationFailed: ProblemType(
        "operation-failed",
        422,
        "Operation failed",
        "The operation refused or failed, as `code` says in its owner's words. Only its owner "
        "knows whether it changed something.",
    ),
    errors.AppSyncDenied: ProblemType(
        "appsync-denied",
        502,
        "Refused by AppSync",
        "AppSync refused the gateway's credentials or its role's policy.",
    ),
    errors.RequestBlocked: ProblemType(
        "request-blocked",
        502,
        "Request blocked",
        "A firewall, or something else that stands before AppSync, refused the request.",
    ),
    errors.FieldUnauthorized: ProblemType(
        "field-unauthorized",
        502,
        "Refused by the API's own rules",
        "The API's authorization rules do not admit the gateway's role.",
    ),
    errors.GraphQLRequestRefused: ProblemType(
        "graphql-refused",
        502,
        "Request refused by AppSync",
        "AppSync's schema is not the one that the gateway was compiled from.",
    ),
    errors.UnreadableItem: ProblemType(
        "unreadable-item",
        502,
        "Unreadable item",
        "The item lacks a value that its schema requires, so AppSync cannot return it. "
        "A PATCH that sets the value repairs it, unless it is its version.",
    ),
    errors.UnexpectedReply: ProblemType(
        "upstream-error", 502, "Upstream error", "The service behind the gateway failed."
    ),
}


def problem_type(error: GatewayError) -> ProblemType:
    """Returns the row of the table for `error`, by its own class or the nearest one above."""
    for cls in type(error).__mro__:
        if cls in PROBLEMS:
            return PROBLEMS[cls]
    return INTERNAL


def problem_response(error: GatewayError, request: RestRequest) -> RestResponse:
    """Returns the response for `error`."""
    kind = problem_type(error)
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    if isinstance(error, errors.InvalidRequest):
        extra["errors"] = [
            {
                each.place: _short(each.name),
                **({} if each.pointer is None else {"pointer": _short(each.pointer)}),
                "detail": _short(each.detail),
            }
            for each in error.violations[:MAX_VIOLATIONS]
        ]
    elif isinstance(error, errors.OperationFailed):
        # It is the owner's word; what is no word may hold anything.
        extra.update({"code": error.code} if re.fullmatch(_CODE, error.code) else {})
    elif isinstance(error, errors.MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    elif isinstance(error, errors.UnsupportedMediaType) and error.patch:
        headers["Accept-Patch"] = ", ".join(error.accepted)
    elif isinstance(error, errors.UpstreamThrottled):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds or 1)))
    return problem_from_type(
        kind, request, detail=kind.detail or str(error), extra=extra, headers=headers
    )


def _short(text: str) -> str:
    """Returns the text, cut where it is a client's own and over-long."""
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}…"


def problem_from_type(
    kind: ProblemType,
    request: RestRequest,
    *,
    detail: str | None = None,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> RestResponse:
    """Returns a problem of this type, with its extension members and headers."""
    body = {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.detail,
        "instance": request.base_path + request.path,
        "requestId": request.context.request_id,
        **(extra or {}),
    }
    return RestResponse(
        kind.status,
        {"Content-Type": PROBLEM, "Cache-Control": "no-store", **(headers or {})},
        json_text(body),
        problem=kind.slug,
    )
