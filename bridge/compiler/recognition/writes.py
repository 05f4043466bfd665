"""Which mutation creates, updates or deletes items of which type."""

import re
from collections.abc import Mapping, Sequence

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
)

from bridge.compiler.recognition.keys import VERSION_MEMBERS, deleted_by, updated_by
from bridge.compiler.recognition.shapes import Root, argument_texts, input_members, returned_object
from chalicelib.contract.model import Write

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
    told = _INPUT.fullmatch(named.name)
    if told is not None:
        kind = told[1].lower()
        return (kind, type_) if told[2] == type_.name and _fits(kind, root) else None
    for kind in KINDS:
        if root.name == f"{kind}{type_.name}" and _fits(kind, root):
            return kind, type_
    return None


def _fits(kind: str, root: Root) -> bool:
    """Whether the input has what such a write needs: what names an item."""
    if kind == "update":
        return bool(updated_by(root) or "id" in input_members(root.field, "input"))
    return kind == "create" or bool(deleted_by(root))


def choose_write(kind: str, type_: GraphQLObjectType, candidates: Sequence[Root]) -> Root | None:
    """Returns the write of several that claim to be it; None where none is sure."""
    by_input = [
        each
        for each in candidates
        if get_named_type(each.field.args["input"].type).name
        == f"{kind.capitalize()}{type_.name}Input"
    ]
    listed = by_input or list(candidates)
    own = [each for each in listed if each.name == f"{kind}{type_.name}"]
    chosen = own or listed
    return chosen[0] if len(chosen) == 1 else None


def taken_members(kind: str, root: Root) -> dict[str, GraphQLInputField]:
    """Returns the members of a write's input that a client may set."""
    return {
        name: member
        for name, member in input_members(root.field, "input").items()
        if name not in VERSION_MEMBERS and name not in _NEVER_TAKEN[kind]
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
