"""The operations of an item's relations: one path for each."""

from collections.abc import Iterator
from typing import Any

from bridge.compiler.openapi.choosing import item_parameters
from bridge.compiler.openapi.components import Components
from bridge.compiler.openapi.filters import filter_parameters, sort_parameters
from bridge.compiler.openapi.headers import request_header
from bridge.compiler.openapi.names import Names
from bridge.compiler.openapi.paths import (
    LIST_PARAMETERS,
    headers,
    key_parameters,
)
from bridge.compiler.openapi.problems import problem_references, relation_problems
from bridge.compiler.openapi.schemas import ResourceSchemas
from chalicelib.contract.model import Relation, Resource
from chalicelib.rest.messages import JSON

# The schema does not name the fields that join two models: only account B knows them.
_READ_BY = (
    " No filter may be on a field by which these items are read, but one parameter on the field"
    " that orders them."
)


def relation_paths(
    components: Components, operation_ids: Names, resource: Resource
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives the path item of each relation of a resource's items, with its path."""
    if resource.relation_template is None:
        return
    for relation in resource.relations.values():
        yield (
            f"{resource.template}/{relation.name}",
            {
                "parameters": list(key_parameters(resource)),
                "get": _operation(components, operation_ids, resource, relation),
            },
        )


def _operation(
    components: Components, operation_ids: Names, resource: Resource, relation: Relation
) -> dict[str, Any]:
    target = resource.target(relation)
    schemas = ResourceSchemas(components, target)
    if relation.path is None:
        tagged = target.version is not None
        parameters = item_parameters(components, target)
        if tagged:
            parameters += [request_header("If-Match"), request_header("If-None-Match")]
        names = ("ETag", "Cache-Control") if tagged else ("Cache-Control",)
        found = {
            "description": "The related item; Content-Location says where it stands.",
            "headers": headers(*names, "Content-Location"),
            "content": {JSON: {"schema": schemas.representation()}},
        }
        responses: dict[str, Any] = {"200": found}
        if tagged:
            held = {"description": "The client holds this version already."}
            responses["304"] = {**held, "headers": headers("ETag", "Cache-Control")}
    else:
        parameters = [
            *({"$ref": f"#/components/parameters/{name}"} for name in LIST_PARAMETERS),
            *sort_parameters(target, [relation.path]),
            *item_parameters(components, target),
            *filter_parameters(components, target, relation.path, frozenset()),
        ]
        page = {"description": "A page.", "headers": headers("Cache-Control", "Link")}
        responses = {"200": {**page, "content": {JSON: {"schema": schemas.page()}}}}
    one = "item" if relation.path is None else "items"
    return {
        "operationId": operation_ids.new(
            f"get{resource.name}{relation.name[0].upper()}{relation.name[1:]}"
        ),
        "summary": f"Get the {relation.name} of {resource.path}",
        "description": f"Answers with the {one} of {target.path} that `{relation.name}` leads to."
        + (_READ_BY if relation.path is not None else ""),
        "tags": [resource.path],
        "parameters": parameters,
        "responses": {**responses, **problem_references(relation_problems(target, relation))},
    }
