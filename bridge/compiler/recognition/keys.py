"""The key of a type: what its update and delete name an item by, and which query gets by it."""

from collections.abc import Mapping, Sequence

from graphql import (
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_required_input_field,
)

from bridge.compiler.recognition.shapes import (
    Root,
    input_members,
    is_known_leaf,
    is_single,
    names_of,
)
from chalicelib.contract.key import Key

# By which the inputs of update and delete take the version that they change.
VERSION_MEMBERS = ("_version", "expectedVersion")
# No text of theirs is the only one of its value: 1.0 is 1, and JSON has its white space.
_UNFIT = frozenset({"Float", "Boolean", "AWSJSON"})


def required_members(write: Root) -> tuple[str, ...]:
    """Returns the members that a write's input requires, less the version's."""
    return tuple(
        name
        for name, member in input_members(write.field, "input").items()
        if is_required_input_field(member) and name not in VERSION_MEMBERS
    )


def named_by(kind: str, write: Root) -> tuple[str, ...]:
    """Returns the members by which a write names its item: what it requires, in order.

    Older transformers leave a delete's key nullable: then it is all that a delete takes.
    """
    required = required_members(write)
    if required or kind != "delete":
        return required
    members = input_members(write.field, "input")
    return tuple(name for name in members if name not in VERSION_MEMBERS)


def choose_get(
    type_: GraphQLObjectType, candidates: Sequence[Root], writes: Mapping[str, Root]
) -> Root | None:
    """Returns the query that gets one item of `type_` by its key; None where none is sure.

    Args:
        type_: The items' type.
        candidates: The queries that return one value of that type.
        writes: The type's writes, by their kinds.
    """
    naming = {kind: root for kind, root in writes.items() if kind in {"update", "delete"}}
    known = [set(named_by(kind, root)) for kind, root in naming.items()]
    by_key = [each for each in candidates if set(each.field.args) in known]
    own = [each for each in candidates if each.name in names_of("get", type_)]
    for each in own:
        if each in by_key or (_is_key(type_, each) and _may_name(each, naming)):
            return each
    called_get = [each for each in by_key if each.name.startswith("get")] or by_key
    return called_get[0] if len(called_get) == 1 else None


def _is_key(type_: GraphQLObjectType, get: Root) -> bool:
    return bool(get.field.args) and all(
        name in type_.fields and isinstance(argument.type, GraphQLNonNull)
        for name, argument in get.field.args.items()
    )


def _may_name(get: Root, naming: Mapping[str, Root]) -> bool:
    """Whether a get's arguments may be what update and delete name an item by.

    A hand-written update may require more than the key, a hand-written delete may take more.
    """
    names = set(get.field.args)
    if any(not names <= input_members(each.field, "input").keys() for each in naming.values()):
        return False
    return "delete" not in naming or set(required_members(naming["delete"])) <= names


def key_types(get: Root | None, writes: Mapping[str, Root]) -> dict[str, GraphQLInputType]:
    """Returns the key's fields with their types: get's arguments, else what delete names by."""
    if get is not None:
        return {name: argument.type for name, argument in get.field.args.items()}
    for kind in ("delete", "update"):
        names = named_by(kind, writes[kind]) if kind in writes else ()
        if names:
            members = input_members(writes[kind].field, "input")
            return {name: members[name].type for name in names}
    return {}


def key_of(get: Root | None, writes: Mapping[str, Root]) -> Key | None:
    """Returns the key; None where no operation tells it."""
    types = key_types(get, writes)
    return Key({name: str(type_) for name, type_ in types.items()}) if types else None


def unfit_key(get: Root | None, writes: Mapping[str, Root]) -> str | None:
    """Returns why the key cannot stand in a path; None where it can."""
    for name, type_ in key_types(get, writes).items():
        named = get_named_type(type_)
        if not is_single(type_) or not is_known_leaf(named) or named.name in _UNFIT:
            return f"its key field `{name}` is of type {type_}, which cannot stand in a path"
    return None
