"""The key of a type: what its update and delete name an item by, and which query gets by it."""

from collections.abc import Mapping, Sequence

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type

from bridge.compiler.recognition.shapes import (
    Root,
    input_members,
    is_known_leaf,
    is_single,
    returned_object,
)
from chalicelib.contract.key import Key

# By which the inputs of update and delete take the version that they change.
VERSION_MEMBERS = ("_version", "expectedVersion")
# A path cannot hold them: 1.0 and 1 are one number, and JSON has many texts.
_UNFIT = frozenset({"Float", "Boolean", "AWSJSON"})


def deleted_by(delete: Root | None) -> tuple[str, ...]:
    """Returns the members of a delete's input, less the version's."""
    members = input_members(delete.field, "input") if delete else {}
    return tuple(name for name in members if name not in VERSION_MEMBERS)


def updated_by(update: Root | None) -> tuple[str, ...]:
    """Returns the members that an update's input requires, less the version's."""
    members = input_members(update.field, "input") if update else {}
    return tuple(
        name
        for name, member in members.items()
        if isinstance(member.type, GraphQLNonNull) and name not in VERSION_MEMBERS
    )


def choose_get(
    type_: GraphQLObjectType, candidates: Sequence[Root], writes: Mapping[str, Root]
) -> Root | None:
    """Returns the query that gets one item of `type_` by its key; None where none is sure.

    Args:
        type_: The items' type.
        candidates: The queries that return one value of that type.
        writes: The type's writes, by their kinds.
    """
    known = [
        set(names)
        for names in (deleted_by(writes.get("delete")), updated_by(writes.get("update")))
        if names
    ]
    by_key = [each for each in candidates if set(each.field.args) in known]
    own_name = f"get{type_.name}"
    for each in by_key:
        if each.name == own_name:
            return each
    named = [each for each in by_key if each.name.startswith("get")] or by_key
    if len(named) == 1:
        return named[0]
    if "delete" in writes or named:
        return None
    # A hand-written update may require more than the key; a type that is only read has no writes.
    required = set(updated_by(writes.get("update")))
    for each in candidates:
        names = set(each.field.args)
        if each.name == own_name and _is_key(type_, each) and (not required or names <= required):
            return each
    return None


def _is_key(type_: GraphQLObjectType, get: Root) -> bool:
    return bool(get.field.args) and all(
        name in type_.fields and isinstance(argument.type, GraphQLNonNull)
        for name, argument in get.field.args.items()
    )


def key_of(get: Root | None, writes: Mapping[str, Root]) -> Key | None:
    """Returns the key, of get's arguments or else of delete's or update's input."""
    if get is not None:
        return Key({name: str(each.type) for name, each in get.field.args.items()})
    for kind, read in (("delete", deleted_by), ("update", updated_by)):
        names = read(writes.get(kind))
        if names:
            members = input_members(writes[kind].field, "input")
            return Key({name: str(members[name].type) for name in names})
    return None


def unfit_key(get: Root | None, writes: Mapping[str, Root]) -> str | None:
    """Returns why the key cannot stand in a path; None where it can."""
    key = key_of(get, writes)
    if key is None:
        return None
    source: GraphQLField | None = get.field if get else None
    for name in key.names:
        declared = (
            source.args[name].type
            if source
            else next(
                input_members(root.field, "input")[name].type
                for root in writes.values()
                if name in input_members(root.field, "input")
            )
        )
        named = get_named_type(declared)
        if not is_single(declared) or not is_known_leaf(named) or named.name in _UNFIT:
            return f"its key field `{name}` is of type {declared}, which cannot stand in a path"
    return None


def returns(type_: GraphQLObjectType, root: Root) -> bool:
    """Whether the root field returns one value of the type."""
    return returned_object(root.field) is type_
