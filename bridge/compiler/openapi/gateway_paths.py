"""The gateway's own paths: `/batch`, `/health`, `/ready` and `/openapi.json`."""

from typing import Any

from bridge.compiler.openapi.components import Components, closed_object
from bridge.compiler.openapi.names import Names
from bridge.compiler.openapi.paths import headers, key_example
from bridge.compiler.openapi.problems import (
    GENERAL_OPERATIONS,
    UNCHECKED,
    chain_link,
    problem_references,
)
from bridge.compiler.openapi.scalars import Schema
from chalicelib.contract.model import Contract, Resource
from chalicelib.rest.messages import JSON
from chalicelib.translation.batch import MAX_ID_CHARACTERS, MAX_REQUESTS, METHODS

GATEWAY = "gateway"
_READY = (
    "Assumes the role, and asks every resource that has a read for the key of an item that nobody"
    " has. It writes nothing, and so does not know whether writes are allowed; nor whether lists,"
    " related items, operations under `/rpc` and single members are."
)


def gateway_paths(
    components: Components, operation_ids: Names, contract: Contract
) -> dict[str, Any]:
    """Returns the path items, by their paths."""
    openapi: Schema = {"type": "object", "description": "An OpenAPI document."}
    health: Schema = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"type": "string", "const": "ok"}},
    }
    readiness: Schema = {
        "type": "object",
        "required": ["status", "links", "unchecked"],
        "properties": {
            "status": {"type": "string", "const": "ready"},
            "links": {"type": "array", "items": chain_link(components)},
            "unchecked": UNCHECKED,
        },
    }
    plain = {
        "/health": ("Whether the process answers", components.own("Health", lambda: health)),
        "/ready": (
            "Whether each link of the chain to account B holds",
            components.own("Readiness", lambda: readiness),
        ),
        "/openapi.json": ("This document", openapi),
    }
    return {
        "/batch": {"post": _batch(components, operation_ids, contract)},
        **{
            path: {"get": _plain(operation_ids, path, summary, schema)}
            for path, (summary, schema) in plain.items()
        },
    }


def _plain(operation_ids: Names, path: str, summary: str, schema: Schema) -> dict[str, Any]:
    name = path[1:].removesuffix(".json")
    ready = name == "ready"
    return {
        "operationId": operation_ids.new(name),
        "summary": summary,
        "description": _READY if ready else "Asks nothing of account B.",
        "tags": [GATEWAY],
        **({} if ready else {"security": []}),
        "responses": {
            "200": {
                "description": f"{summary}.",
                "headers": headers("Cache-Control"),
                "content": {JSON: {"schema": schema}},
            },
            **problem_references(GENERAL_OPERATIONS["ready" if ready else "plain"]),
        },
    }


def _batch(components: Components, operation_ids: Names, contract: Contract) -> dict[str, Any]:
    return {
        "operationId": operation_ids.new("batch"),
        "summary": "Several requests in one",
        "description": (
            "Each is answered as it would be alone. Requests on the same item keep their order; a"
            " failing one leaves the others alone. Where the stage has no batches, this is 404."
        ),
        "tags": [GATEWAY],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": components.own("BatchRequest", lambda: _BATCH_REQUEST),
                    "example": {"requests": _batch_example(contract)},
                }
            },
        },
        "responses": {
            "200": {
                "description": "Each request's response, in the order of the requests.",
                "headers": headers("Cache-Control"),
                "content": {
                    JSON: {"schema": components.own("BatchResponse", lambda: _BATCH_RESPONSE)}
                },
            },
            **problem_references(GENERAL_OPERATIONS["batch"]),
        },
    }


def _batch_example(contract: Contract) -> list[dict[str, Any]]:
    """Returns reads of a resource; each is answered, be it with a problem."""
    paths = [path for resource in contract.resources[:1] for path in _readable(resource)]
    return [
        {"id": str(index), "method": "GET", "path": path}
        for index, path in enumerate(paths or ["/"], 1)
    ]


def _readable(resource: Resource) -> list[str]:
    paths = [f"/{resource.path}?limit=10"] if resource.list else []
    if resource.key is not None and resource.get is not None:
        values = tuple(key_example(resource, name) for name in resource.key.names)
        paths.append(f"/{resource.path}/{resource.key.to_path(values)}")
    return paths


_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_BATCH_REQUEST = closed_object(
    {
        "requests": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_REQUESTS,
            "items": closed_object(
                {
                    "id": {
                        "type": "string",
                        "description": "Another one for each request.",
                        "minLength": 1,
                        "maxLength": MAX_ID_CHARACTERS,
                    },
                    "method": {"type": "string", "enum": list(METHODS)},
                    "path": {
                        "type": "string",
                        "description": "Path and query, percent-encoded.",
                        "pattern": r"^/[\x00-\x7f]*$",
                    },
                    "headers": _TEXTS,
                    "body": {"type": "object"},
                },
                ["id", "method", "path"],
            ),
        }
    },
    ["requests"],
)
_BATCH_RESPONSE: Schema = {
    "type": "object",
    "required": ["responses"],
    "properties": {
        "responses": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "status", "headers", "body"],
                "properties": {
                    "id": {"type": "string"},
                    "status": {"type": "integer"},
                    "headers": _TEXTS,
                    "body": {"type": ["object", "null"]},
                },
            },
        }
    },
}
