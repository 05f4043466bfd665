"""The operations of a resource's two paths.

HEAD and OPTIONS stand in the document's description: every path has them, and none says more.
"""

from collections.abc import Iterator
from typing import Any

from bridge.compiler.openapi.choosing import item_parameters
from bridge.compiler.openapi.components import Components
from bridge.compiler.openapi.examples import Examples
from bridge.compiler.openapi.filters import (
    filter_parameters,
    read_by_key,
    sort_parameters,
)
from bridge.compiler.openapi.headers import header, request_header
from bridge.compiler.openapi.names import Names
from bridge.compiler.openapi.problems import operation_problems, problem_references
from bridge.compiler.openapi.scalars import EXAMPLES, Schema, key_schema
from bridge.compiler.openapi.schemas import ResourceSchemas
from chalicelib.contract.key import INTEGERS
from chalicelib.contract.model import AccessPath, Resource, RootField, Write
from chalicelib.contract.types import type_ref
from chalicelib.rest.messages import JSON, MERGE_PATCH
from chalicelib.translation.body import put_can_create, put_creates_only, takes_idempotency_key
from chalicelib.translation.query import DEFAULT_LIMIT, MAX_LIMIT

# Of a change under conflict resolution; which handler account B has its schema does not tell.
VERSIONED = (
    " Costs account B a read and a write, and both again for each race that is lost to another"
    " client. Where account B merges conflicts, a PATCH or PUT that loses one under If-Match may be"
    " partly applied: then it is 409 `merged-by-store`."
)

LIST_PARAMETERS: dict[str, dict[str, Any]] = {
    "limit": {
        "name": "limit",
        "in": "query",
        "description": f"How many items a page holds; above {MAX_LIMIT} it is {MAX_LIMIT}.",
        "schema": {"type": "integer", "minimum": 1, "default": DEFAULT_LIMIT},
    },
    "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "The `nextCursor` of the page before, with the same filter.",
        "schema": {"type": "string"},
    },
}


def resource_paths(
    components: Components, operation_ids: Names, resource: Resource
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives the collection's and the item's path items, with their paths."""
    made = _ResourceOperations(components, operation_ids, resource)
    collection = made.collection()
    if collection:
        yield f"/{resource.path}", collection
    item = made.item()
    if item:
        yield resource.template, {"parameters": list(key_parameters(resource)), **item}


def key_parameters(resource: Resource) -> Iterator[dict[str, Any]]:
    """Gives the parameters of an item's path."""
    if resource.key is None:
        return
    for name, text in resource.key.fields.items():
        kind = type_ref(text).name
        words = "an integer such as 7" if kind in INTEGERS else "percent-encoded"
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": f"The {resource.name}'s `{name}`, {words}.",
            "schema": key_schema(resource.key, name),
            "example": key_example(resource, name),
        }


def key_example(resource: Resource, name: str) -> Any:
    """Returns a value that a key field can have."""
    kind = type_ref(resource.key.fields[name]).name if resource.key else "ID"
    enum = resource.types.enums.get(kind)
    return enum[0] if enum else EXAMPLES[kind]


class _ResourceOperations:
    """Makes the operations of one resource."""

    def __init__(self, components: Components, operation_ids: Names, resource: Resource) -> None:
        self._components = components
        self._ids = operation_ids
        self._resource = resource
        self._problems = operation_problems(resource)
        self._schemas = ResourceSchemas(components, resource)
        self._examples = Examples(components.contract)

    def collection(self) -> dict[str, Any]:
        """Returns the operations of the collection's path."""
        resource = self._resource
        made: dict[str, Any] = {}
        if resource.list is not None:
            made["get"] = self._list(resource.list)
        if resource.create is not None:
            made["post"] = self._create(resource.create)
        return made

    def item(self) -> dict[str, Any]:
        """Returns the operations of the item's path."""
        resource = self._resource
        made: dict[str, Any] = {}
        if resource.key is None:
            return made
        if resource.get is not None:
            made["get"] = self._get(resource.get)
        if resource.update is not None:
            made["put"] = self._put(resource.update)
            made["patch"] = self._patch(resource.update)
        if resource.delete is not None:
            made["delete"] = self._delete(resource.delete)
        return made

    def _list(self, path: AccessPath) -> dict[str, Any]:
        return self._operation(
            path,
            f"List {self._resource.path}",
            f"Answers with full pages. All filters must hold.{read_by_key(self._resource)}",
            "list",
            parameters=[
                *({"$ref": f"#/components/parameters/{name}"} for name in LIST_PARAMETERS),
                *sort_parameters(self._resource, self._resource.access_paths),
                *item_parameters(self._components, self._resource),
                *filter_parameters(self._components, self._resource, path, frozenset()),
            ],
            responses={
                "200": {
                    "description": "A page.",
                    "headers": headers("Cache-Control", "Link"),
                    "content": {JSON: {"schema": self._schemas.page()}},
                }
            },
        )

    def _get(self, root_field: RootField) -> dict[str, Any]:
        parameters = item_parameters(self._components, self._resource)
        responses = {"200": self._representation("The item.", "Cache-Control")}
        if self._resource.version is not None:
            parameters += [request_header("If-Match"), request_header("If-None-Match")]
            responses["304"] = {
                "description": "The client holds this version already.",
                "headers": headers("ETag", "Cache-Control"),
            }
        return self._operation(
            root_field,
            f"Get {self._one()}",
            "Answers with one item.",
            "get",
            parameters=parameters,
            responses=responses,
        )

    def _create(self, write: Write) -> dict[str, Any]:
        responses = {"201": self._representation("Created.", "Location")}
        parameters = []
        if takes_idempotency_key(self._resource):
            parameters = [request_header("Idempotency-Key")]
            responses["200"] = self._representation("Created before, with the same key.")
        return self._operation(
            write,
            f"Create {self._one()}",
            "Refuses a key that an item has already.",
            "create",
            parameters=parameters,
            responses=responses,
            body=_body(self._schemas.new(write), self._examples.new(self._resource, write), JSON),
        )

    def _put(self, write: Write) -> dict[str, Any]:
        parameters = self._if_match()
        responses = {"200": self._representation("Replaced.")}
        summary, does = f"Replace {self._one()}", "Clears what the body leaves out."
        if put_can_create(self._resource):
            summary += ", or create it"
            does += " Creates the item where there is none with this key."
            if put_creates_only(self._resource):
                parameters.append(request_header("Only-Create"))
            responses["201"] = self._representation("Created.", "Location")
        return self._operation(
            f"replace{self._resource.name}",
            summary,
            does + self._of_versions(),
            "put",
            parameters=parameters,
            responses=responses,
            body=_body(
                self._schemas.replacement(write),
                self._examples.replacement(self._resource, write),
                JSON,
            ),
        )

    def _patch(self, write: Write) -> dict[str, Any]:
        return self._operation(
            write,
            f"Change {self._one()}",
            "A JSON Merge Patch: leaves alone what the body leaves out, and clears what is null."
            + self._of_versions(),
            "patch",
            parameters=self._if_match(),
            responses={"200": self._representation("Changed.")},
            body=_body(
                self._schemas.patch(write),
                self._examples.patch(self._resource, write),
                MERGE_PATCH,
                JSON,
            ),
        )

    def _delete(self, write: Write) -> dict[str, Any]:
        return self._operation(
            write,
            f"Delete {self._one()}",
            "Answers without a body." + self._of_versions(),
            "delete",
            parameters=self._if_match(),
            responses={"204": {"description": "Deleted.", "headers": headers()}},
        )

    def _of_versions(self) -> str:
        """Returns what conflict resolution makes of a change, or nothing where there is none."""
        version = self._resource.version
        return VERSIONED if version is not None and version.sent_as is not None else ""

    def _operation(
        self,
        called: RootField | str,
        summary: str,
        description: str,
        kind: str,
        *,
        parameters: list[dict[str, Any]],
        responses: dict[str, Any],
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        name = called if isinstance(called, str) else called.name
        deprecated = (
            isinstance(called, RootField)
            and f"{called.parent}.{called.name}" in self._components.contract.deprecated
        )
        return {
            "operationId": self._ids.new(name),
            "summary": summary,
            "description": description,
            "tags": [self._resource.path],
            **({"deprecated": True} if deprecated else {}),
            **({"parameters": parameters} if parameters else {}),
            **({"requestBody": body} if body else {}),
            "responses": {**responses, **problem_references(self._problems[kind])},
        }

    def _one(self) -> str:
        name = self._resource.name
        return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"

    def _representation(self, description: str, *more: str) -> dict[str, Any]:
        tag = () if self._resource.version is None else ("ETag",)
        return {
            "description": description,
            "headers": headers(*tag, *more),
            "content": {JSON: {"schema": self._schemas.representation()}},
        }

    def _if_match(self) -> list[dict[str, Any]]:
        return [] if self._resource.version is None else [request_header("If-Match")]


def _body(schema: Schema, example: dict[str, Any], *media_types: str) -> dict[str, Any]:
    content = {"schema": schema, "example": example}
    return {"required": True, "content": dict.fromkeys(media_types, content)}


def headers(*names: str) -> dict[str, Any]:
    """Returns the references to a response's headers."""
    return {name: header(name) for name in ("X-Request-Id", *names)}
