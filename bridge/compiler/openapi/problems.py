"""Which problems each operation may answer with: the one table, and the responses made of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.compiler.openapi.components import Components
from bridge.compiler.openapi.headers import header
from bridge.compiler.openapi.scalars import Schema
from chalicelib import errors
from chalicelib.contract.model import Relation, Resource
from chalicelib.contract.types import type_ref
from chalicelib.errors import GatewayError
from chalicelib.readiness import NAMES, LinkStatus
from chalicelib.rest.messages import PROBLEM
from chalicelib.rest.problems import INTERNAL, NOT_READY, PROBLEMS, ProblemType
from chalicelib.translation.body import put_can_create, takes_idempotency_key

# The problems of a group have one status; a group is a response in the document's components.
_GROUPS: Mapping[str, tuple[type[GatewayError] | ProblemType, ...]] = {
    "InvalidRequest": (errors.InvalidRequest,),
    "InvalidOrUnsupported": (errors.InvalidRequest, errors.PreconditionUnsupported),
    "UnknownPath": (errors.UnknownPath,),
    "NotFound": (errors.ResourceNotFound,),
    "MethodNotAllowed": (errors.MethodNotAllowed,),
    "NotAcceptable": (errors.NotAcceptable,),
    "Conflict": (errors.Conflict,),
    "ConflictOrKept": (errors.Conflict, errors.DeletedItem),
    "ConflictOrMerged": (errors.Conflict, errors.MergedByStore),
    "ConflictKeptOrMerged": (errors.Conflict, errors.DeletedItem, errors.MergedByStore),
    "PreconditionFailed": (errors.PreconditionFailed,),
    "ContentTooLarge": (errors.ContentTooLarge,),
    "UnsupportedMediaType": (errors.UnsupportedMediaType,),
    "UnsupportedPatchType": (errors.UnsupportedMediaType,),
    "IdempotencyKeyReused": (errors.IdempotencyKeyReused,),
    "OperationFailed": (errors.OperationFailed,),
    "InternalError": (INTERNAL,),
    "GatewayNotWorking": (
        INTERNAL,
        errors.ConfigurationError,
        errors.SourceCredentialsMissing,
    ),
    "UpstreamFailed": (
        errors.SourceCredentialsRefused,
        errors.AssumeRoleDenied,
        errors.AssumeRoleInvalid,
        errors.UpstreamUnreachable,
        errors.AppSyncDenied,
        errors.RequestBlocked,
        errors.FieldUnauthorized,
        errors.GraphQLRequestRefused,
        errors.UnexpectedReply,
    ),
    "UpstreamThrottled": (errors.UpstreamThrottled,),
    "NotReady": (NOT_READY,),
    "UpstreamTimeout": (errors.UpstreamTimeout,),
}
_GROUPS = {
    **_GROUPS,
    "UpstreamFailedOrUnreadable": (*_GROUPS["UpstreamFailed"], errors.UnreadableItem),
    "UpstreamTimeoutOrUnknown": (*_GROUPS["UpstreamTimeout"], errors.OutcomeUnknown),
}
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "MethodNotAllowed": ("Allow",),
    "UnsupportedPatchType": ("Accept-Patch",),
    "UpstreamThrottled": ("Retry-After",),
}
_UPSTREAM = ("GatewayNotWorking", "UpstreamFailed", "UpstreamThrottled", "UpstreamTimeout")
_WRITE = ("GatewayNotWorking", "UpstreamFailed", "UpstreamThrottled", "UpstreamTimeoutOrUnknown")
_READ_AND_WRITE = tuple(
    "UpstreamFailedOrUnreadable" if each == "UpstreamFailed" else each for each in _WRITE
)
_BODY = ("NotAcceptable", "ContentTooLarge", "UnsupportedMediaType")
_PLAIN = ("InvalidRequest", "NotAcceptable", "InternalError")

GENERAL_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "plain": _PLAIN,
    "ready": (*_PLAIN, "NotReady"),
    "batch": ("InvalidRequest", "UnknownPath", *_BODY, "GatewayNotWorking"),
}

ENDPOINT_PROBLEMS: Mapping[str, tuple[str, ...]] = {
    "get": ("InvalidRequest", "NotAcceptable", "OperationFailed", *_UPSTREAM),
    "query": ("InvalidRequest", *_BODY, "OperationFailed", *_UPSTREAM),
    "mutation": ("InvalidRequest", *_BODY, "OperationFailed", *_WRITE),
}


def relation_problems(target: Resource, relation: Relation) -> tuple[str, ...]:
    """Returns the problem groups of a relation's operation."""
    kinds = operation_problems(target)
    return ("NotFound", *kinds["list"]) if relation.many else kinds["get"]


def operation_problems(resource: Resource) -> Mapping[str, tuple[str, ...]]:
    """Returns the problem groups of a resource's operations.

    Args:
        resource: Whose; what it lacks decides on some of them.
    """
    if_match = () if resource.version is None else ("PreconditionFailed",)
    resolves = resource.version is not None and resource.version.sent_as is not None
    merged = ("ConflictOrMerged",) if resolves else ()
    changes = _READ_AND_WRITE if resolves else _WRITE
    replace_only = ("NotFound", *merged, *if_match)
    creates = put_can_create(resource)
    put_conflict = "ConflictKeptOrMerged" if resolves else "Conflict"
    return {
        "list": ("InvalidRequest", "NotAcceptable", *_UPSTREAM),
        "create": (
            "InvalidOrUnsupported",
            "ConflictOrKept" if resolves else "Conflict",
            *_BODY,
            *(("IdempotencyKeyReused",) if takes_idempotency_key(resource) else ()),
            *_WRITE,
        ),
        "get": (
            "InvalidOrUnsupported" if resource.version is None else "InvalidRequest",
            "NotFound",
            "NotAcceptable",
            *if_match,
            "GatewayNotWorking",
            "UpstreamFailedOrUnreadable",
            "UpstreamThrottled",
            "UpstreamTimeout",
        ),
        "put": (
            "InvalidOrUnsupported",
            *((put_conflict, "PreconditionFailed") if creates else replace_only),
            *_BODY,
            *changes,
        ),
        "patch": (
            "InvalidOrUnsupported",
            "NotFound",
            "NotAcceptable",
            *(merged or (("Conflict",) if _reads_first(resource) else ())),
            *if_match,
            "ContentTooLarge",
            "UnsupportedPatchType",
            *changes,
        ),
        "delete": (
            "InvalidOrUnsupported",
            "NotFound",
            *(("Conflict",) if resolves else ()),
            *if_match,
            *changes,
        ),
    }


def _reads_first(resource: Resource) -> bool:
    """Whether a patch may need what is there, so that other clients can come between."""
    takes = resource.update.takes if resource.update else {}
    nested = any(type_ref(text).name in resource.types.inputs for text in takes.values())
    return nested or bool(resource.together)


def problem_references(groups: tuple[str, ...]) -> dict[str, Any]:
    """Returns an operation's responses for these groups, by their statuses."""
    return {
        str(_kinds(group)[0].status): {"$ref": f"#/components/responses/{group}"}
        for group in groups
    }


def problem_responses(components: Components, path: str) -> dict[str, Any]:
    """Returns the component responses of all groups.

    Args:
        components: Take the schema that they share.
        path: A path for their examples.
    """
    schema = components.own("Problem", lambda: _problem(components))
    return {group: _response(group, schema, path) for group in _GROUPS}


def _kinds(group: str) -> tuple[ProblemType, ...]:
    return tuple(
        each if isinstance(each, ProblemType) else PROBLEMS[each] for each in _GROUPS[group]
    )


def _response(group: str, schema: Schema, path: str) -> dict[str, Any]:
    return {
        "description": _description(group),
        "headers": _headers(group),
        "content": {PROBLEM: {"schema": schema, "examples": dict(_examples(group, path))}},
    }


def _problem(components: Components) -> Schema:
    return {
        "type": "object",
        "description": "A problem as RFC 9457 describes it.",
        "required": ["type", "title", "status", "detail", "instance", "requestId"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string", "description": "The path that was asked for."},
            "requestId": {"type": "string"},
            "code": {
                "type": "string",
                "description": "Of a failed operation: the error type of its owner's.",
            },
            "errors": {
                "type": "array",
                "description": "Of an invalid request: every violation, with its place.",
                "items": components.own("Violation", lambda: _VIOLATION),
            },
            "links": {
                "type": "array",
                "description": "Of a chain that is not ready: each of its links.",
                "items": chain_link(components),
            },
            "unchecked": UNCHECKED,
        },
    }


def chain_link(components: Components) -> Schema:
    """Returns the reference to the schema of one link of the chain to account B."""
    return components.own("ChainLink", lambda: _CHAIN_LINK)


_VIOLATION: Schema = {
    "type": "object",
    "description": "What is wrong at one place.",
    "required": ["detail"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "A JSON pointer into the body, or into a parameter that holds JSON.",
        },
        "parameter": {"type": "string", "description": "The name of a parameter."},
        "header": {"type": "string", "description": "The name of a header."},
        "detail": {"type": "string"},
    },
}
UNCHECKED: Schema = {
    "type": "array",
    "description": (
        "What the API has and `/ready` did not ask for: `lists`, `writes`, `relations`, `rpc`, and"
        " the paths of resources that have no read."
    ),
    "items": {"type": "string"},
}
_CHAIN_LINK: Schema = {
    "type": "object",
    "required": ["link", "status"],
    "properties": {
        "link": {"type": "string", "enum": list(NAMES)},
        "status": {"type": "string", "enum": [each.value for each in LinkStatus]},
        "problem": {
            "type": "string",
            "description": "The end of the problem type that its failure has.",
        },
        "refused": {
            "type": "array",
            "description": "The paths of the resources that refuse the role, where others do not.",
            "items": {"type": "string"},
        },
    },
}


def _examples(group: str, path: str) -> Iterator[tuple[str, Any]]:
    extra: dict[str, Any] = {}
    if "Invalid" in group:
        extra = {"errors": [{"pointer": "/name", "detail": "is missing"}]}
    elif group == "OperationFailed":
        extra = {"code": "OutOfStock"}
    elif group == "NotReady":
        extra = {"links": [{"link": "appsync", "status": "broken", "problem": "appsync-denied"}]}
    for kind in _kinds(group):
        yield (
            kind.slug,
            {
                "value": {
                    "type": kind.uri,
                    "title": kind.title,
                    "status": kind.status,
                    "detail": kind.detail or _DETAILS[kind.slug],
                    "instance": "/ready" if group == "NotReady" else path,
                    "requestId": "7f0ee1c8-5a3f-4c0e-9b62-0d4f6f0f4a11",
                    **(
                        extra
                        if kind.slug in {"invalid-request", "not-ready", "operation-failed"}
                        else {}
                    ),
                }
            },
        )


def _description(group: str) -> str:
    kinds = _kinds(group)
    titles = dict.fromkeys(kind.title for kind in kinds)  # two problems may have one title
    return f"{_PHRASES[kinds[0].status]}: {'; '.join(titles)}."


def _headers(group: str) -> dict[str, Any]:
    names = ("X-Request-Id", "Cache-Control", *_HEADERS.get(group, ()))
    return {name: header(name) for name in names}


# Not http.HTTPStatus's: its phrases differ between Pythons, and what is compiled must not.
# Source: RFC 9110, section 15.
_PHRASES: Mapping[int, str] = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
# What errors that the caller can cure say of themselves.
_DETAILS: Mapping[str, str] = {
    "invalid-request": "The request is not valid.",
    "precondition-unsupported": "If-None-Match is for GET, HEAD and PUT.",
    "unknown-path": "There is no such path.",
    "not-found": "There is no item with this id.",
    "method-not-allowed": "This path does not take this method.",
    "not-acceptable": "The Accept header does not take application/json.",
    "conflict": "There is an item with this id already.",
    "deleted-item": "There was a Todo with this id. The store keeps it as deleted for a while.",
    "merged-by-store": "Another client wrote meanwhile, and the store merged both.",
    "precondition-failed": "The item has another ETag.",
    "content-too-large": "The body is over 1048576 bytes.",
    "unsupported-media-type": "The Content-Type must be application/json.",
    "idempotency-key-reused": "The Idempotency-Key came with another body before.",
}
