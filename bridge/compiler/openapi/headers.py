"""Headers: what requests may carry, and what responses do."""

from collections.abc import Mapping
from typing import Any

from chalicelib.rest.conditional import MAX_TAGS
from chalicelib.rest.messages import JSON, MERGE_PATCH

_TAG = r'(W/)?"[!#-~\x80-\xff]*"'
_SPACE = "[ \\t]*"
ENTITY_TAGS = rf"^(\*|{_TAG}({_SPACE},{_SPACE}{_TAG}){{0,{MAX_TAGS - 1}}}({_SPACE},)?)$"
_IDEMPOTENCY_KEY = r'^([!#-~]{1,255}|"[ !#-\[\]-~]{1,255}")$'
_ETAG = '"2026-12-31T23:59:59.000Z"'

REQUEST_HEADERS: Mapping[str, dict[str, Any]] = {
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "Do it only if the item exists and has one of these ETags.",
        "schema": {"type": "string", "pattern": ENTITY_TAGS},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "304 if the item has one of these ETags.",
        "schema": {"type": "string", "pattern": ENTITY_TAGS},
    },
    "Only-Create": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: do it only if there is no such item. Not together with If-Match.",
        "schema": {"type": "string", "enum": ["*"]},
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Creates at most one item, however often the request is repeated: the key makes the"
            " id, so the body has none. 1 to 255 characters of visible ASCII, bare or quoted."
        ),
        "schema": {"type": "string", "pattern": _IDEMPOTENCY_KEY},
    },
}

RESPONSE_HEADERS: Mapping[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The request's id, in the log and in AppSync's too.",
        "required": True,
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "The item's version; absent where `updatedAt` could not be read.",
        "schema": {"type": "string", "pattern": f"^{_TAG}$", "examples": [_ETAG]},
    },
    "Cache-Control": {"required": True, "schema": {"type": "string"}},
    "Location": {
        "description": "The item's path; absent where its id could not be read.",
        "schema": {"type": "string"},
    },
    "Content-Location": {
        "description": "The related item's own path; absent where it has none.",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": 'The next page, `rel="next"`; absent on the last one.',
        "schema": {"type": "string"},
    },
    "Allow": {
        "description": "The methods that the path takes.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Accept-Patch": {
        "description": "The media types that PATCH takes.",
        "required": True,
        "schema": {"type": "string", "const": f"{MERGE_PATCH}, {JSON}"},
    },
    "Retry-After": {
        "description": "How many seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}


def header(name: str) -> dict[str, str]:
    """Returns the reference to a response's header."""
    return {"$ref": f"#/components/headers/{name}"}


def request_header(name: str) -> dict[str, str]:
    """Returns the reference to a request's header."""
    return {"$ref": f"#/components/parameters/{name}"}
