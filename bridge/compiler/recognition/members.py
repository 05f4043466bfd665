"""What each field of a resource's type is: a member, a relation, or neither."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from bridge.compiler.recognition.access_paths import relation_path
from bridge.compiler.recognition.named_types import is_unknown_scalar
from bridge.compiler.recognition.operations import Operations
from bridge.compiler.recognition.shapes import (
    has_required_arguments,
    input_members,
    is_known_leaf,
    is_single,
    items_of,
)
from chalicelib.contract.model import Relation

# What conflict resolution adds to each type.
_BOOKKEEPING = frozenset({"_version", "_deleted", "_lastChangedAt"})


@dataclass(eq=False)
class Members:
    """The fields of a resource's type.

    Attributes:
        shown: The members of a representation, each with its type as GraphQL writes it.
        relations: The fields that lead to items of other resources, by name.
        left_out: Why a field is neither, by name.
    """

    shown: dict[str, str] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def members_of(
    schema: GraphQLSchema, operations: Operations, resources: Mapping[str, Operations]
) -> Members:
    """Returns what the fields of the operations' type are.

    Args:
        schema: The schema.
        operations: Those of the type.
        resources: The operations of every resource, by its type's name.
    """
    found = Members()
    bookkeeping = _BOOKKEEPING if "_version" in operations.type.fields else frozenset()
    for name, declared in operations.type.fields.items():
        if name in bookkeeping:
            continue
        what = _what(schema, operations, name, declared, resources)
        if what is None:
            found.shown[name] = str(declared.type)
        elif isinstance(what, Relation):
            found.relations[name] = what
        else:
            found.left_out[name] = what
    return found


def _what(
    schema: GraphQLSchema,
    operations: Operations,
    name: str,
    declared: GraphQLField,
    resources: Mapping[str, Operations],
) -> Relation | str | None:
    """Returns the relation that the field is, or why it is no member; None for a member."""
    named = get_named_type(declared.type)
    if has_required_arguments(declared):
        return "it requires an argument"
    if is_known_leaf(named):
        return None
    if is_unknown_scalar(named):
        return f"the scalar {named.name} is not AppSync's"
    if isinstance(named, GraphQLObjectType):
        item = items_of(named)
        if item is not None and item.name in resources:
            path = relation_path(operations.type, name, declared, resources[item.name].key)
            if path is not None and is_single(declared.type):
                return Relation(name, item.name, str(declared.type), path)
            return f"pages of {item.name} whose arguments are of no known shape"
        if named.name in resources and not _is_written_whole(operations, name):
            if is_single(declared.type):
                return Relation(name, named.name, str(declared.type))
            return f"a list of {named.name}, which is no page"
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        related = [each.name for each in schema.get_possible_types(named) if each.name in resources]
        if related:
            return f"it may lead to {' or '.join(related)}, which are resources of their own"
    if not _has_values(schema, named, resources, frozenset()):
        return f"{named.name} has no field that can be shown"
    return None


def _is_written_whole(operations: Operations, name: str) -> bool:
    """Whether a write takes the field's value as an object: then it is no item of its own."""
    return any(
        name in members and isinstance(get_named_type(members[name].type), GraphQLInputObjectType)
        for members in (input_members(each.field, "input") for each in operations.writes.values())
    )


def _has_values(
    schema: GraphQLSchema, named: object, resources: Mapping[str, Operations], seen: frozenset[str]
) -> bool:
    """Whether a selection of the type's values selects anything."""
    if is_known_leaf(named):
        return True
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        return True  # at least its `__typename`
    if not isinstance(named, GraphQLObjectType) or named.name in seen or named.name in resources:
        return False
    return any(
        _has_values(schema, get_named_type(each.type), resources, seen | {named.name})
        for each in named.fields.values()
        if not has_required_arguments(each)
    )
