"""The operations of `/rpc/{operation}`: one path for each endpoint."""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.compiler.openapi.components import Components, closed_object
from bridge.compiler.openapi.examples import Examples
from bridge.compiler.openapi.names import Names
from bridge.compiler.openapi.paths import headers
from bridge.compiler.openapi.problems import endpoint_problems, problem_references
from bridge.compiler.openapi.scalars import Schema, nullable
from bridge.compiler.openapi.schemas import UNREAD_MEMBER
from chalicelib.contract.model import Contract, Endpoint
from chalicelib.contract.types import type_ref
from chalicelib.graphql.selections import is_page
from chalicelib.rest.messages import JSON
from chalicelib.translation.arguments import takes_get

RPC = "rpc"
_FIELDS: dict[str, Any] = {
    "name": "fields",
    "in": "query",
    "description": "What of the result is wanted; dots reach into it, and open what it leads to.",
    "schema": {"type": "string"},
}


def endpoint_paths(
    components: Components, operation_ids: Names, contract: Contract
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives each endpoint's path item, with its path."""
    made = _Endpoints(components, operation_ids, contract)
    for endpoint in contract.endpoints.values():
        yield endpoint.path, made.path_item(endpoint)


class _Endpoints:
    """Makes the operations of endpoints."""

    def __init__(self, components: Components, operation_ids: Names, contract: Contract) -> None:
        self._components = components
        self._ids = operation_ids
        self._contract = contract
        self._examples = Examples(contract)

    def path_item(self, endpoint: Endpoint) -> dict[str, Any]:
        """Returns the operations of an endpoint's path."""
        item: dict[str, Any] = {}
        takes_parameters = takes_get(self._contract.types, endpoint)
        if takes_parameters:
            item["get"] = {
                **self._operation(endpoint, f"{endpoint.name}ByGet"),
                "parameters": [*self._parameters(endpoint), _FIELDS],
                "responses": self._responses(endpoint, body=False),
            }
        item["post"] = {
            **self._operation(endpoint, endpoint.name),
            "parameters": [_FIELDS],
            "requestBody": {"required": True, "content": {JSON: self._body(endpoint)}},
            "responses": self._responses(endpoint, body=True),
        }
        return item

    def _operation(self, endpoint: Endpoint, name: str) -> dict[str, Any]:
        kind = "mutation" if endpoint.mutation else "query"
        deprecated = f"{endpoint.parent}.{endpoint.name}" in self._contract.deprecated
        return {
            "operationId": self._ids.new(name),
            "summary": f"Call {endpoint.name}",
            "description": f"The {kind} {endpoint.name}, which belongs to no resource.",
            "tags": [RPC],
            **({"deprecated": True} if deprecated else {}),
        }

    def _parameters(self, endpoint: Endpoint) -> Iterator[dict[str, Any]]:
        for name, text in endpoint.arguments.items():
            ref = type_ref(text)
            schema = self._components.taken(f"{str(ref).removesuffix('!')}!")
            if ref.item is not None:
                item = str(ref.item).removesuffix("!")
                schema = {
                    "type": "array",
                    "minItems": 1,
                    "items": self._components.taken(f"{item}!"),
                }
            yield {"name": name, "in": "query", "required": ref.required, "schema": schema}

    def _body(self, endpoint: Endpoint) -> dict[str, Any]:
        arguments: Mapping[str, str] = endpoint.arguments
        required = [name for name, text in arguments.items() if type_ref(text).required]
        properties = {name: self._components.taken(text) for name, text in arguments.items()}
        example = {name: self._examples.value(text) for name, text in arguments.items()}
        return {"schema": closed_object(properties, required), "example": example}

    def _responses(self, endpoint: Endpoint, *, body: bool) -> dict[str, Any]:
        problem = self._components.own("UnreadMember", lambda: UNREAD_MEMBER)
        schema: Schema = {
            "type": "object",
            "required": ["result"],
            "properties": {
                "result": self._result(endpoint.type),
                "problems": {
                    "type": "array",
                    "description": "What is null because it could not be read.",
                    "items": problem,
                },
            },
        }
        return {
            "200": {
                "description": "What the operation returned.",
                "headers": headers() if body else headers("Cache-Control"),
                "content": {JSON: {"schema": schema}},
            },
            **problem_references(endpoint_problems(mutation=endpoint.mutation, body=body)),
        }

    def _result(self, text: str) -> Schema:
        """Returns the schema of a result; a page has its items, which it else leads to."""
        types, ref = self._contract.types, type_ref(text)
        if ref.item is not None or not is_page(types, ref.name):
            return nullable(self._components.shown(f"{str(ref).removesuffix('!')}!"))
        members = {
            name: self._components.shown(held)
            for name, held in types.objects[ref.name].items()
            if name == "items" or type_ref(held).name not in types.linked
        }
        return nullable({"type": "object", "properties": members})
