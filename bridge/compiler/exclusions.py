"""What rest.toml's `exclude` means in a schema: each name is looked up, none is ignored."""

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from bridge.compiler.recognition.operations import Recognised
from bridge.compiler.recognition.shapes import items_of
from bridge.compiler.rest_settings import NAME
from bridge.compiler.schema import CompileError

REASON = f"excluded by {NAME}"


@dataclass(frozen=True)
class Exclusions:
    """What is as if not there.

    Attributes:
        roots: Root fields, as `Mutation.deletePost`.
        types: Types: no field returns them.
        fields: Top-level fields of resources, as `Customer.salary`.
    """

    roots: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def hides(self, schema: GraphQLSchema, type_name: str, name: str) -> bool:
        """Whether a member of a type, or of its inputs, is excluded, or what it leads to is."""
        if f"{type_name}.{name}" in self.fields | self.roots:
            return True
        declared = getattr(schema.type_map[type_name], "fields", {}).get(name)
        if declared is None:
            return False
        named = get_named_type(declared.type)
        item = items_of(named) if isinstance(named, GraphQLObjectType) else None
        return (item or named).name in self.types

    def of(self, type_name: str) -> frozenset[str]:
        """Returns the names of the type's own fields that are excluded."""
        parted = (name.partition(".") for name in self.fields)
        return frozenset(name for parent, _, name in parted if parent == type_name)


def exclusions_of(
    names: Iterable[str], schema: GraphQLSchema, recognised: Recognised
) -> Exclusions:
    """Returns what is excluded.

    Args:
        names: As rest.toml gives them.
        schema: The schema.
        recognised: What its root fields are, with nothing excluded.

    Raises:
        CompileError: A name is none of the schema's, or cannot be excluded; says why.
    """
    roots, types, fields = set(), set(), set()
    parents = {each.name for each in (schema.query_type, schema.mutation_type) if each}
    for name in sorted(names):
        type_name, dot, field_name = name.partition(".")
        type_ = schema.type_map.get(type_name)
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            raise CompileError(f"{NAME}: exclude: the schema has no object type {type_name}")
        if not dot:
            if type_name in parents:
                raise CompileError(f"{NAME}: exclude: {type_name} is a root type; name its fields")
            _check_type(type_name, schema, recognised)
            types.add(type_name)
        elif field_name not in getattr(type_, "fields", {}):
            raise CompileError(f"{NAME}: exclude: {type_name} has no field {field_name}")
        elif type_name in parents:
            roots.add(name)
        else:
            _check_field(type_name, field_name, recognised)
            fields.add(name)
    return Exclusions(frozenset(roots), frozenset(types), frozenset(fields))


def _check_field(type_name: str, field_name: str, recognised: Recognised) -> None:
    operations = recognised.operations.get(type_name)
    if operations is None:
        raise CompileError(
            f"{NAME}: exclude: {type_name} is no resource. Values of a nested type are written"
            f" whole, so a {field_name} that clients do not see would be deleted with each write;"
            " exclude the resource's field that holds it, or the root field that returns it"
        )
    if operations.key is not None and field_name in operations.key.names:
        raise CompileError(f"{NAME}: exclude: {field_name} is part of the key of {type_name}")


def _check_type(name: str, schema: GraphQLSchema, recognised: Recognised) -> None:
    """Refuses a type that is part of a nested value: the value is written whole."""
    if name in recognised.operations:
        return
    nested = _nested(schema, recognised)
    for holder in nested:
        fields = getattr(schema.type_map[holder], "fields", {})
        for field_name, field in fields.items():
            if get_named_type(field.type).name == name:
                raise CompileError(
                    f"{NAME}: exclude: {name} stands in the nested type {holder}"
                    f" ({holder}.{field_name}), whose values are written whole, so it would be"
                    " deleted with each write"
                )


def _nested(schema: GraphQLSchema, recognised: Recognised) -> frozenset[str]:
    """Returns the names of the types whose values are part of resources' representations."""
    found: set[str] = set()
    todo = [each.type.name for each in recognised.operations.values()]
    while todo:
        for field in getattr(schema.type_map[todo.pop()], "fields", {}).values():
            named = get_named_type(field.type)
            if (
                isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
                and named.name not in recognised.operations
                and named.name not in found
                and "nextToken" not in named.fields
            ):
                found.add(named.name)
                todo.append(named.name)
    return frozenset(found)
