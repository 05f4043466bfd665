"""The operations of a resource's two paths."""

from typing import Any

from bridge.compiler.openapi.filters import filter_parameters
from bridge.compiler.openapi.headers import header, request_header
from bridge.compiler.openapi.problems import (
    bodiless_problems,
    operation_problems,
    problem_references,
)
from bridge.compiler.openapi.scalars import ITEM_ID
from bridge.compiler.openapi.schemas import example_input, example_item
from chalicelib.contract.model import Operation, Resource
from chalicelib.graphql.documents import ID
from chalicelib.rest.messages import JSON, MERGE_PATCH
from chalicelib.translation.body import creatable, put_can_create, updatable
from chalicelib.translation.query import DEFAULT_LIMIT, MAX_LIMIT

OWN_PARAMETERS = frozenset({"limit", "cursor", "fields", "filter"})
ITEM_ID_PARAMETER: dict[str, Any] = {
    "name": ID,
    "in": "path",
    "required": True,
    "description": "The item's id, percent-encoded.",
    "schema": ITEM_ID,
}
PREFLIGHT = "preflight"


def resource_paths(resource: Resource) -> dict[str, Any]:
    """Returns the collection's and the item's path item, by their paths."""
    made = _Operations(resource)
    item = {"parameters": [{"$ref": f"#/components/parameters/{ID}"}], **made.item()}
    return {f"/{resource.path}": made.collection(), f"/{resource.path}/{{{ID}}}": item}


def list_parameters(resource: Resource) -> dict[str, Any]:
    """Returns the component parameters of a resource's list and fields, by their names."""
    limit: dict[str, Any] = {
        "name": "limit",
        "in": "query",
        "description": f"How many items a page holds; above {MAX_LIMIT} it is {MAX_LIMIT}.",
        "schema": {"type": "integer", "minimum": 1, "default": DEFAULT_LIMIT},
    }
    cursor: dict[str, Any] = {
        "name": "cursor",
        "in": "query",
        "description": "The `nextCursor` of the page before, with the same filter.",
        "schema": {"type": "string"},
    }
    fields: dict[str, Any] = {
        "name": "fields",
        "in": "query",
        "description": "The fields that the representation shall hold.",
        "style": "form",
        "explode": False,
        "schema": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "enum": list(resource.by_name)},
        },
    }
    made = (limit, cursor, fields, *filter_parameters(resource, OWN_PARAMETERS))
    return {f"{resource.name}.{each['name']}": each for each in made}


def _filter_parameter(resource: Resource) -> dict[str, Any]:
    """Returns `filter`; generators that know no `content` here skip it, but not a reference."""
    return {
        "name": "filter",
        "in": "query",
        "description": "Conditions as percent-encoded JSON.",
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{resource.name}.filter"}}},
    }


class _Operations:
    """Makes the operations of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._problems = operation_problems(resource)
        self._schema = f"#/components/schemas/{resource.name}"

    def collection(self) -> dict[str, Any]:
        """Returns the operations of the collection's path."""
        resource = self._resource
        made: dict[str, Any] = {}
        if resource.list is not None:
            made["get"] = self._list(resource.list)
            made["head"] = self._head(made["get"], "list")
        if resource.create is not None:
            made["post"] = self._create(resource.create)
        operation_id = f"{resource.name}CollectionOptions"
        made["options"] = options_operation(operation_id, self._problems["collection options"])
        return made

    def item(self) -> dict[str, Any]:
        """Returns the operations of the item's path."""
        resource = self._resource
        made: dict[str, Any] = {}
        if resource.get is not None:
            made["get"] = self._get(resource.get)
            made["head"] = self._head(made["get"], "get")
        if resource.update is not None:
            made["put"] = self._put()
            made["patch"] = self._patch(resource.update)
        if resource.delete is not None:
            made["delete"] = self._delete(resource.delete)
        operation_id = f"{resource.name}Options"
        made["options"] = options_operation(operation_id, self._problems["item options"])
        # OPTIONS is about the path, so it takes what is no id as well.
        made["options"]["parameters"] = [{**ITEM_ID_PARAMETER, "schema": {"type": "string"}}]
        return made

    def _list(self, operation: Operation) -> dict[str, Any]:
        return self._operation(
            operation.field,
            f"List {self._resource.path}: full pages, filtered by any of the parameters.",
            "list",
            parameters=[
                *(
                    {"$ref": f"#/components/parameters/{name}"}
                    for name in list_parameters(self._resource)
                ),
                _filter_parameter(self._resource),
            ],
            responses={
                "200": {
                    "description": "A page.",
                    "headers": _headers("Cache-Control", "Link"),
                    "content": {
                        JSON: {
                            "schema": {"$ref": f"{self._schema}.page"},
                            "example": {"items": [example_item(self._resource)]},
                        }
                    },
                }
            },
        )

    def _get(self, operation: Operation) -> dict[str, Any]:
        parameters: list[dict[str, Any]] = [
            {"$ref": f"#/components/parameters/{self._resource.name}.fields"}
        ]
        responses = {"200": self._representation("The item.", "Cache-Control")}
        if self._resource.conditional:
            parameters += [request_header("If-Match"), request_header("If-None-Match")]
            responses["304"] = {
                "description": "The client holds this version already.",
                "headers": _headers("ETag", "Cache-Control"),
            }
        return self._operation(
            operation.field,
            f"Get a {self._resource.name}.",
            "get",
            parameters=parameters,
            responses=responses,
        )

    def _create(self, operation: Operation) -> dict[str, Any]:
        fields = creatable(self._resource)
        responses = {"201": self._representation("Created.", "Location")}
        parameters = []
        if ID in fields:
            parameters = [request_header("Idempotency-Key")]
            responses["200"] = self._representation("Created before, with the same key.")
        responses["201"]["links"] = self._links()
        return self._operation(
            operation.field,
            f"Create a {self._resource.name}.",
            "create",
            parameters=parameters,
            responses=responses,
            body=self._body("new", example_input(self._resource, fields), JSON),
        )

    def _put(self) -> dict[str, Any]:
        example = example_input(self._resource, updatable(self._resource))
        summary = f"Replace a {self._resource.name}"
        parameters = self._if_match()
        responses = {"200": self._representation("Replaced.")}
        if put_can_create(self._resource):
            summary += ", or create it under this id"
            parameters.append(request_header("Only-Create"))
            responses["201"] = self._representation("Created.", "Location")
        return self._operation(
            f"replace{self._resource.name}",
            f"{summary}.",
            "put",
            parameters=parameters,
            responses=responses,
            body=self._body("replacement", example, JSON),
        )

    def _patch(self, operation: Operation) -> dict[str, Any]:
        example = example_input(self._resource, updatable(self._resource))
        return self._operation(
            operation.field,
            f"Change a {self._resource.name} by a JSON Merge Patch.",
            "patch",
            parameters=self._if_match(),
            responses={"200": self._representation("Changed.")},
            body=self._body("patch", example, MERGE_PATCH, JSON),
        )

    def _delete(self, operation: Operation) -> dict[str, Any]:
        return self._operation(
            operation.field,
            f"Delete a {self._resource.name}.",
            "delete",
            parameters=self._if_match(),
            responses={"204": {"description": "Deleted.", "headers": _headers()}},
        )

    def _head(self, get: dict[str, Any], kind: str) -> dict[str, Any]:
        """Returns HEAD: what GET does, less the bodies."""
        responses = {
            status: {name: each[name] for name in ("description", "headers")}
            for status, each in get["responses"].items()
            if "$ref" not in each
        }
        return {
            **get,
            "operationId": f"{get['operationId']}Head",
            "summary": f"The headers of: {get['summary']}",
            "responses": {**responses, **bodiless_problems(self._problems[kind])},
        }

    def _operation(
        self,
        operation_id: str,
        summary: str,
        kind: str,
        *,
        parameters: list[dict[str, Any]],
        responses: dict[str, Any],
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {
            "operationId": operation_id,
            "summary": summary,
            "tags": [self._resource.path],
            **({"parameters": parameters} if parameters else {}),
            **({"requestBody": body} if body else {}),
            "responses": {**responses, **problem_references(self._problems[kind])},
        }

    def _representation(self, description: str, *headers: str) -> dict[str, Any]:
        tag = ("ETag",) if self._resource.conditional else ()
        return {
            "description": description,
            "headers": _headers(*tag, *headers),
            "content": {
                JSON: {"schema": {"$ref": self._schema}, "example": example_item(self._resource)}
            },
        }

    def _body(self, kind: str, example: dict[str, Any], *media_types: str) -> dict[str, Any]:
        content = {"schema": {"$ref": f"{self._schema}.{kind}"}, "example": example}
        return {"required": True, "content": dict.fromkeys(media_types, content)}

    def _if_match(self) -> list[dict[str, Any]]:
        return [request_header("If-Match")] if self._resource.conditional else []

    def _links(self) -> dict[str, Any]:
        """Returns what may follow a create."""
        following = (self._resource.get, self._resource.update, self._resource.delete)
        return {
            each.field: {"operationId": each.field, "parameters": {ID: f"$response.body#/{ID}"}}
            for each in following
            if each is not None
        }


def options_operation(operation_id: str, problems: tuple[str, ...]) -> dict[str, Any]:
    """Returns OPTIONS, which needs no credentials: a preflight cannot carry any."""
    return {
        "operationId": operation_id,
        "summary": "The methods of this path, and CORS's answer to a preflight.",
        "tags": [PREFLIGHT],
        "security": [],
        "responses": {
            "204": {"description": "No body.", "headers": _headers("Allow")},
            **problem_references(problems),
        },
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: header(name) for name in ("X-Request-Id", *names)}
