"""The whole document: the resources' paths, the gateway's own, and what they share.

Source: OpenAPI Specification 3.1.1.
"""

import json
from typing import Any

from bridge.compiler.openapi.filters import filter_schemas
from bridge.compiler.openapi.headers import REQUEST_HEADERS, RESPONSE_HEADERS, header
from bridge.compiler.openapi.paths import (
    ITEM_ID_PARAMETER,
    PREFLIGHT,
    list_parameters,
    options_operation,
    resource_paths,
)
from bridge.compiler.openapi.problems import (
    GENERAL_OPERATIONS,
    bodiless_problems,
    problem_references,
    problem_responses,
)
from bridge.compiler.openapi.scalars import Schema
from bridge.compiler.openapi.schemas import SHARED_SCHEMAS, resource_schemas
from chalicelib.contract.model import Contract
from chalicelib.graphql.documents import ID
from chalicelib.readiness import NAMES, LinkStatus
from chalicelib.rest.messages import JSON
from chalicelib.translation.batch import MAX_ID_CHARACTERS, MAX_REQUESTS, METHODS

GENERAL = "gateway"
_DESCRIPTION = """\
A REST API over an AppSync API in another AWS account. Every error is a problem (RFC 9457) whose \
`type` says what happened; a path's other methods answer 405 with the problem MethodNotAllowed.

What API Gateway refuses before the gateway sees it (no or wrong credentials, unknown paths) is \
its own: 401, 403 or 429, with a `message` or, in a packaged stage, as a problem. Where CORS \
is configured, responses carry its headers too."""
_AUTHORIZERS: dict[str, Any] = {
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4, for stages with API_AUTHORIZER=iam (the default).",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "cognito": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A Cognito user's token, for stages with API_AUTHORIZER=cognito.",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
    },
}


def openapi_document(contract: Contract) -> dict[str, Any]:
    """Returns the OpenAPI document of the REST API; its server is set when it is served."""
    schemas: dict[str, Schema] = {}
    parameters: dict[str, Any] = {ID: ITEM_ID_PARAMETER, **REQUEST_HEADERS}
    paths: dict[str, Any] = {}
    for resource in contract.resources:
        schemas |= {**resource_schemas(resource), **filter_schemas(resource)}
        parameters |= list_parameters(resource)
        paths |= resource_paths(resource)
    return {
        "openapi": "3.1.1",
        "info": {"title": "appsync-rest", "version": "1.0.0", "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        # Which of them a stage asks for is its own choice, API_AUTHORIZER; `none` is one too.
        "security": [{"iam": []}, {"cognito": []}, {}],
        "tags": [
            *({"name": resource.path} for resource in contract.resources),
            {"name": GENERAL, "description": "The gateway's own paths."},
            {"name": PREFLIGHT, "description": "OPTIONS of every path."},
        ],
        "paths": {**paths, **_general_paths(contract)},
        "components": {
            "schemas": {**schemas, **SHARED_SCHEMAS, **_GENERAL_SCHEMAS},
            "parameters": parameters,
            "headers": dict(RESPONSE_HEADERS),
            "responses": problem_responses(f"/{contract.resources[0].path}/f2b0a1de"),
            "securitySchemes": _AUTHORIZERS,
        },
    }


def openapi_text(contract: Contract) -> str:
    """Returns openapi.json for `contract`: one line, since it ships with the function."""
    return json.dumps(openapi_document(contract), ensure_ascii=False, separators=(",", ":")) + "\n"


def _general_paths(contract: Contract) -> dict[str, Any]:
    return {
        "/batch": {"post": _batch(contract), "options": _options("batch", "batch options")},
        "/health": {
            **_plain("health", "Whether the process answers.", "health", is_open=True),
            "options": _options("health", "plain options"),
        },
        "/ready": {
            **_plain("ready", "Whether each link of the chain to account B holds.", "readiness"),
            "options": _options("ready", "plain options"),
        },
        "/openapi.json": {
            **_plain("openapi", "This document.", "openapi-document", is_open=True),
            "options": _options("openapi", "plain options"),
        },
    }


def _plain(name: str, summary: str, schema: str, *, is_open: bool = False) -> dict[str, Any]:
    problems = GENERAL_OPERATIONS["ready" if name == "ready" else "plain"]
    headers = {each: header(each) for each in ("X-Request-Id", "Cache-Control")}
    common = {"tags": [GENERAL], **({"security": []} if is_open else {})}
    answer = {"description": summary, "headers": headers}
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            **common,
            "responses": {"200": {**answer, "content": content}, **problem_references(problems)},
        },
        "head": {
            "operationId": f"{name}Head",
            "summary": f"The headers of: {summary}",
            **common,
            "responses": {"200": answer, **bodiless_problems(problems)},
        },
    }


def _options(name: str, problems: str) -> dict[str, Any]:
    return options_operation(f"{name}Options", GENERAL_OPERATIONS[problems])


def _batch(contract: Contract) -> dict[str, Any]:
    path = f"/{contract.resources[0].path}"
    headers = {each: header(each) for each in ("X-Request-Id", "Cache-Control")}
    return {
        "operationId": "batch",
        "summary": "Several requests in one, each answered as it would be alone.",
        "description": (
            "Requests on the same item keep their order; a failing one leaves the others alone."
            " Where the stage has not enabled batches, this is 404."
        ),
        "tags": [GENERAL],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {"$ref": "#/components/schemas/batch-request"},
                    "example": {
                        "requests": [
                            {"id": "1", "method": "GET", "path": f"{path}?limit=10"},
                            {"id": "2", "method": "GET", "path": f"{path}/f2b0a1de"},
                        ]
                    },
                }
            },
        },
        "responses": {
            "200": {
                "description": "Each request's response, in the order of the requests.",
                "headers": headers,
                "content": {JSON: {"schema": {"$ref": "#/components/schemas/batch-response"}}},
            },
            **problem_references(GENERAL_OPERATIONS["batch"]),
        },
    }


_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_GENERAL_SCHEMAS: dict[str, Schema] = {
    "health": {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"const": "ok"}},
    },
    "readiness": {
        "type": "object",
        "required": ["status", "links"],
        "properties": {
            "status": {"const": "ready"},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/chain-link"}},
        },
    },
    "chain-link": {
        "type": "object",
        "required": ["link", "status"],
        "properties": {
            "link": {"type": "string", "enum": list(NAMES)},
            "status": {"type": "string", "enum": [each.value for each in LinkStatus]},
            "problem": {
                "type": "string",
                "description": "The end of the problem type that its failure has.",
            },
        },
    },
    "openapi-document": {"type": "object"},
    "batch-request": {
        "type": "object",
        "required": ["requests"],
        "additionalProperties": False,
        "properties": {
            "requests": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_REQUESTS,
                "items": {
                    "type": "object",
                    "required": ["id", "method", "path"],
                    "additionalProperties": False,
                    "properties": {
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
                            "pattern": r"^/[\u0000-\u007f]*$",
                        },
                        "headers": _TEXTS,
                        "body": {"type": "object"},
                    },
                },
            }
        },
    },
    "batch-response": {
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
    },
}
