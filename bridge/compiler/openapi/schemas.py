"""A resource's schemas: its representation, what creates and changes it, a page of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.compiler.openapi.scalars import ITEM_ID, Schema, example_of, field_schema, nullable
from chalicelib.contract.model import Field, Resource
from chalicelib.graphql.documents import ID
from chalicelib.translation.body import (
    creatable,
    never_null,
    required_by_patch,
    required_by_post,
    required_by_put,
    updatable,
)


def resource_schemas(resource: Resource) -> dict[str, Schema]:
    """Returns the resource's component schemas, by their names.

    A name with a dot is none that GraphQL could give to a type.
    """
    name = resource.name
    schemas = {name: _representation(resource)}
    if resource.list is not None:
        schemas[f"{name}.page"] = _page(resource)
    if resource.create is not None:
        schemas[f"{name}.new"] = _input(creatable(resource), required_by_post(resource))
    if resource.update is not None:
        fields = updatable(resource)
        schemas[f"{name}.replacement"] = _input(fields, required_by_put(resource))
        schemas[f"{name}.patch"] = _input(fields, required_by_patch(resource))
    return schemas


def example_item(resource: Resource) -> dict[str, Any]:
    """Returns an example of the resource's representation."""
    return {field.name: example_of(_value(field)) for field in resource.fields}


def example_input(resource: Resource, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Returns an example of a body with these fields, but without an id of the client's choice."""
    item = example_item(resource)
    return {name: item[name] for name in fields if name != ID}


def _representation(resource: Resource) -> Schema:
    properties: dict[str, Schema] = {}
    for field in resource.fields:
        value = _value(field)
        shown = value if field.required else nullable(value)
        properties[field.name] = {**shown, "readOnly": True} if field.read_only else shown
    if "problems" not in properties:
        properties["problems"] = {
            "type": "array",
            "description": "The fields that could not be read.",
            "readOnly": True,
            "items": {"$ref": "#/components/schemas/unread-field"},
        }
    return {
        "type": "object",
        "description": (
            f"A {resource.name}. Every field is there, unless `fields` chose some of them or"
            " `problems` names those that could not be read."
        ),
        "properties": properties,
    }


def _page(resource: Resource) -> Schema:
    return {
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {
                "type": "array",
                "items": {"$ref": f"#/components/schemas/{resource.name}"},
            },
            "nextCursor": {
                "type": "string",
                "description": "The `cursor` of the next page; absent on the last one.",
            },
            "problems": {
                "type": "array",
                "description": "The items that had to be left out.",
                "items": {"$ref": "#/components/schemas/unread-item"},
            },
        },
    }


def _input(fields: Mapping[str, Field], required: Sequence[str]) -> Schema:
    properties: dict[str, Schema] = {}
    for name, field in fields.items():
        value = _value(field)
        refuses_null = never_null(field) or name in required or name == ID
        properties[name] = value if refuses_null else nullable(value)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        **({"required": list(required)} if required else {}),
    }


def _value(field: Field) -> Schema:
    return ITEM_ID if field.name == ID else field_schema(field)


SHARED_SCHEMAS: Mapping[str, Schema] = {
    "unread-field": {
        "type": "object",
        "required": ["pointer", "detail"],
        "properties": {
            "pointer": {"type": "string", "description": "A JSON pointer into this item."},
            "detail": {"type": "string"},
        },
    },
    "unread-item": {
        "type": "object",
        "required": ["position", "field", "detail"],
        "properties": {
            "position": {
                "type": "integer",
                "minimum": 0,
                "description": "How many items of this page stand before it, left out or not.",
            },
            "field": {"type": "string", "description": "The field that could not be read."},
            "detail": {"type": "string"},
        },
    },
    "problem-details": {
        "type": "object",
        "description": "A problem as RFC 9457 describes it.",
        "required": ["type", "title", "status", "detail", "instance", "requestId"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string", "description": "The path that was asked for."},
            "requestId": {"type": "string"},
            "errors": {
                "type": "array",
                "description": "Every violation, with its place.",
                "items": {"$ref": "#/components/schemas/violation"},
            },
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/chain-link"}},
        },
    },
    "violation": {
        "type": "object",
        "required": ["detail"],
        "minProperties": 2,
        "maxProperties": 2,
        "additionalProperties": False,
        "properties": {
            "pointer": {"type": "string", "description": "A JSON pointer into the body."},
            "parameter": {"type": "string", "description": "The name of a parameter."},
            "header": {"type": "string", "description": "The name of a header."},
            "detail": {"type": "string"},
        },
    },
}
