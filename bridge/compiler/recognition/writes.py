"""Which mutation creates, updates or deletes items of which type."""

import re
from collections.abc import Mapping, Sequence

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_required_input_field,
)

from bridge.compiler.recognition.keys import VERSION_MEMBERS, named_by
from bridge.compiler.recognition.shapes import (
    Root,
    argument_texts,
    input_members,
    named_argument,
    names_of,
    returned_object,
)
from chalicelib.contract.model import Guarantees, Write

KINDS = ("create", "update", "delete")
_INPUT = re.compile(r"(Create|Update|Delete)(\w+)Input")
# Amplify sets `updatedAt` when it is left out and keeps what is given, so only then it changes with
# every write.
_NEVER_TAKEN: Mapping[str, frozenset[str]] = {
    "create": frozenset({"updatedAt"}),
    "update": frozenset({"updatedAt", "createdAt"}),
    "delete": frozenset(),
}


def claim(root: Root) -> tuple[str, GraphQLObjectType] | None:
    """Returns the kind and the type of the write that a mutation's names tell; None for none."""
    type_ = returned_object(root.field)
    declared = root.field.args.get("input")
    if type_ is None or declared is None or root.field.args.keys() - {"input", "condition"}:
        return None
    named = get_named_type(declared.type)
    if not isinstance(named, GraphQLInputObjectType):
        return None
    for kind in KINDS:
        if named.name in input_names(kind, type_):
            return (kind, type_) if _fits(kind, type_, root) else None
    other = _INPUT.fullmatch(named.name)
    for kind in KINDS:
        if root.name in names_of(kind, type_) and (other is None or other[1].lower() == kind):
            return (kind, type_) if _fits(kind, type_, root) else None
    return None


def input_names(kind: str, type_: GraphQLObjectType) -> tuple[str, str]:
    """Returns what the input of such a write of the type is called."""
    return names_of(kind.capitalize(), type_, "Input")


def _fits(kind: str, type_: GraphQLObjectType, root: Root) -> bool:
    """Whether the input has what such a write needs: what names an item of the type."""
    if kind == "create":
        return True
    names = named_by(kind, root)
    return bool(names) and type_.fields.keys() >= set(names)


def choose_write(kind: str, type_: GraphQLObjectType, candidates: Sequence[Root]) -> Root | None:
    """Returns the write of several that claim to be it; None where none is sure."""
    by_input = [
        each
        for each in candidates
        if named_argument(each.field, "input") in input_names(kind, type_)
    ]
    listed = by_input or list(candidates)
    own = [each for each in listed if each.name in names_of(kind, type_)]
    chosen = own or listed
    return chosen[0] if len(chosen) == 1 else None


def taken_members(kind: str, root: Root, guarantees: Guarantees) -> dict[str, GraphQLInputField]:
    """Returns the members of a write's input that a client may set."""
    never = _NEVER_TAKEN[kind] if guarantees is Guarantees.AMPLIFY else frozenset[str]()
    return {
        name: member
        for name, member in input_members(root.field, "input").items()
        if name not in VERSION_MEMBERS and (name not in never or is_required_input_field(member))
    }


def write_of(root: Root, takes: Mapping[str, str]) -> Write:
    """Returns the write, which takes these members."""
    return Write(
        root.parent,
        root.name,
        str(root.field.type),
        argument_texts(root.field),
        mutation=True,
        takes=takes,
    )
