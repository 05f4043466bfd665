"""The operations of the endpoints: `/rpc/{operation}`, each under its real path."""

from collections.abc import Iterator
from typing import Any

from bridge.compiler.openapi.choosing import result_parameters
from bridge.compiler.openapi.components import Components, closed_object
from bridge.compiler.openapi.examples import Examples
from bridge.compiler.openapi.names import Names
from bridge.compiler.openapi.paths import headers
from bridge.compiler.openapi.problems import ENDPOINT_PROBLEMS, problem_references
from bridge.compiler.openapi.scalars import Schema
from bridge.compiler.openapi.schemas import UNREAD_MEMBER
from chalicelib.contract.model import Endpoint
from chalicelib.contract.types import type_ref
from chalicelib.rest.messages import JSON
from chalicelib.translation.arguments import takes_get

RPC = "rpc"


def endpoint_paths(
    components: Components, operation_ids: Names
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives each endpoint's path item, with its path."""
    made = _EndpointOperations(components, operation_ids)
    for endpoint in components.contract.endpoints.values():
        get = takes_get(components.contract.types, endpoint)
        yield (
            endpoint.path,
            {**({"get": made.get(endpoint)} if get else {}), "post": made.post(endpoint)},
        )


class _EndpointOperations:
    def __init__(self, components: Components, operation_ids: Names) -> None:
        self._components = components
        self._ids = operation_ids
        self._examples = Examples(components.contract)

    def get(self, endpoint: Endpoint) -> dict[str, Any]:
        """Returns GET, with the arguments as parameters."""
        parameters = [self._argument(name, text) for name, text in endpoint.arguments.items()]
        return {
            "operationId": self._ids.new(f"{endpoint.name}ByQuery"),
            **self._common(endpoint),
            "parameters": [*parameters, *self._fields(endpoint)],
            "responses": self._responses(endpoint, "get"),
        }

    def post(self, endpoint: Endpoint) -> dict[str, Any]:
        """Returns POST, with the arguments as members of the body."""
        arguments = self._components.own(
            f"{_title(endpoint)}Arguments", lambda: self._body(endpoint)
        )
        example = {name: self._examples.value(text) for name, text in endpoint.arguments.items()}
        fields = list(self._fields(endpoint))
        return {
            "operationId": self._ids.new(endpoint.name),
            **self._common(endpoint),
            **({"parameters": fields} if fields else {}),
            "requestBody": {
                "required": True,
                "content": {JSON: {"schema": arguments, "example": example}},
            },
            "responses": self._responses(endpoint, "mutation" if endpoint.mutation else "query"),
        }

    def _common(self, endpoint: Endpoint) -> dict[str, Any]:
        kind = "mutation" if endpoint.mutation else "query"
        deprecated = f"{endpoint.parent}.{endpoint.name}" in self._components.contract.deprecated
        return {
            "summary": f"Call the {kind} {endpoint.name}",
            "description": "What it does, the schema's owner knows.",
            "tags": [RPC],
            **({"deprecated": True} if deprecated else {}),
        }

    def _argument(self, name: str, text: str) -> dict[str, Any]:
        ref = type_ref(text)
        schema = self._components.taken(f"{str(ref).removesuffix('!')}!")
        listed = {"style": "form", "explode": False} if ref.item is not None else {}
        required = {"required": True, "example": self._examples.value(text)} if ref.required else {}
        return {"name": name, "in": "query", **required, **listed, "schema": schema}

    def _body(self, endpoint: Endpoint) -> Schema:
        return closed_object(
            {name: self._components.taken(text) for name, text in endpoint.arguments.items()},
            [name for name, text in endpoint.arguments.items() if type_ref(text).required],
        )

    def _fields(self, endpoint: Endpoint) -> Iterator[dict[str, Any]]:
        wanted = f"{_title(endpoint)}Field"
        return result_parameters(self._components, endpoint.type, wanted, endpoint.name)

    def _responses(self, endpoint: Endpoint, kind: str) -> dict[str, Any]:
        # Not `…Result`, `…Response` or `…Data`: generators make such names of the operation's.
        result = self._components.own(f"{_title(endpoint)}Reply", lambda: self._result(endpoint))
        return {
            "200": {
                "description": "Its result.",
                "headers": headers(*(("Cache-Control",) if kind == "get" else ())),
                "content": {JSON: {"schema": result}},
            },
            **problem_references(ENDPOINT_PROBLEMS[kind]),
        }

    def _result(self, endpoint: Endpoint) -> Schema:
        shown = self._components.shown(str(type_ref(endpoint.type)).removesuffix("!"))
        return {
            "type": "object",
            "required": ["result"],
            "properties": {
                "result": shown,
                "problems": {
                    "type": "array",
                    "description": "What of the result is null because it could not be read.",
                    "items": self._components.own("UnreadMember", lambda: UNREAD_MEMBER),
                },
            },
        }


def _title(endpoint: Endpoint) -> str:
    return endpoint.name[0].upper() + endpoint.name[1:]
