"""Recognises a schema's models and their operations by the shape of their types."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)


class Kind(Enum):
    """What a root field does to its model."""

    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()
    GET = auto()
    LIST = auto()
    SYNC = auto()


@dataclass(frozen=True)
class Model:
    """A type that has a table.

    Attributes:
        name: The object type's name, and the table's.
        key: The names of its key fields: the arguments of its get query.
        fields: The names of the object type's fields.
        versioned: Whether conflict resolution is on (the type has `_version`).
    """

    name: str
    key: tuple[str, ...]
    fields: frozenset[str]
    versioned: bool


@dataclass(frozen=True)
class Operation:
    """A root field that the API resolves."""

    kind: Kind
    model: Model


_LIST_ARGUMENTS = {"filter", "limit", "nextToken"}
_INPUT_NAME = re.compile(r"(Create|Update|Delete)(.+)Input")


def find_operations(schema: GraphQLSchema) -> dict[tuple[str, str], Operation]:
    """Returns the recognised operations by (parent type, field); the others have no resolver."""
    keys: dict[str, tuple[str, ...]] = {}
    found: dict[tuple[str, str], tuple[Kind, GraphQLObjectType]] = {}
    for parent in filter(None, (schema.query_type, schema.mutation_type)):
        for name, field in parent.fields.items():
            shape = _mutation(field) if parent is schema.mutation_type else _query(field)
            if shape is None:
                continue
            found[parent.name, name] = shape
            if shape[0] is Kind.GET:
                keys[shape[1].name] = tuple(field.args)
    models = {
        model.name: Model(
            model.name,
            keys.get(model.name, ("id",)),
            frozenset(model.fields),
            "_version" in model.fields,
        )
        for _, model in found.values()
    }
    return {place: Operation(kind, models[model.name]) for place, (kind, model) in found.items()}


def _mutation(field: GraphQLField) -> tuple[Kind, GraphQLObjectType] | None:
    model = get_nullable_type(field.type)
    if not isinstance(model, GraphQLObjectType) or set(field.args) - {"input", "condition"}:
        return None
    # An owner may rename the mutation itself; Amplify's transformer alone names its input.
    given = get_named_type(field.args["input"].type) if "input" in field.args else None
    match = _INPUT_NAME.fullmatch(given.name) if given else None
    if match is None or match[2] != model.name:
        return None
    return Kind[match[1].upper()], model


def _query(field: GraphQLField) -> tuple[Kind, GraphQLObjectType] | None:
    result = get_nullable_type(field.type)
    if not isinstance(result, GraphQLObjectType):
        return None
    items = result.fields.get("items")
    if items is None or "nextToken" not in result.fields:
        keyed = field.args and all(
            isinstance(argument.type, GraphQLNonNull)
            and not isinstance(get_named_type(argument.type), GraphQLInputObjectType)
            and name in result.fields
            for name, argument in field.args.items()
        )
        return (Kind.GET, result) if keyed else None
    model = get_named_type(items.type)
    if (
        not isinstance(get_nullable_type(items.type), GraphQLList)
        or not isinstance(model, GraphQLObjectType)
        or not field.args.keys() >= _LIST_ARGUMENTS
        # A required argument is an index query's key.
        or any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values())
    ):
        return None
    return (Kind.SYNC if "lastSync" in field.args else Kind.LIST), model
