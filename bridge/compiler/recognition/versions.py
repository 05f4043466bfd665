"""What account B's resolvers are known to do, and what tells two states of an item apart."""

from collections.abc import Mapping, Sequence

from graphql import GraphQLObjectType, get_named_type

from bridge.compiler.recognition.access_paths import is_models_page
from bridge.compiler.recognition.shapes import Root, input_members, named_argument
from chalicelib.contract.model import Guarantees, Version

_TIMES = frozenset({"AWSDateTime", "String"})


def guarantees_of(
    type_: GraphQLObjectType,
    pages: Sequence[Root],
    writes: Mapping[str, Root],
    *,
    conditions_known: bool,
) -> Guarantees:
    """Returns what the resolvers of a type are known to do.

    Args:
        type_: The type.
        pages: Its list and index queries.
        writes: Its writes, by their kinds.
        conditions_known: The schema has conditions at all. Amplify's oldest transformers gave
            none to any write; later a write without one was written by hand.
    """
    name = type_.name
    told = [
        is_models_page(type_, each.field)
        and named_argument(each.field, "filter") in {None, f"Model{name}FilterInput"}
        for each in pages
    ]
    for kind, each in writes.items():
        condition = named_argument(each.field, "condition")
        own_input = named_argument(each.field, "input") == f"{kind.capitalize()}{name}Input"
        if condition is not None or conditions_known or not own_input:
            told.append(own_input and condition == f"Model{name}ConditionInput")
    return Guarantees.AMPLIFY if told and all(told) else Guarantees.NONE


def version_of(
    type_: GraphQLObjectType, writes: Mapping[str, Root], guarantees: Guarantees
) -> Version | None:
    """Returns what tells two states of an item of the type apart; None where nothing does."""
    changing = [writes[kind] for kind in ("update", "delete") if kind in writes]
    fields = type_.fields
    if "_version" in fields:
        deleted = "_deleted" if "_deleted" in fields else None
        return Version("_version", sent_as="_version", deleted=deleted)
    if "version" in fields and any(
        "expectedVersion" in input_members(each.field, "input") for each in changing
    ):
        return Version("version", sent_as="expectedVersion")
    if guarantees is not Guarantees.AMPLIFY or "updatedAt" not in fields:
        return None
    if get_named_type(fields["updatedAt"].type).name not in _TIMES:
        return None
    if not all("updatedAt" in input_members(each.field, "condition") for each in changing):
        return None
    return Version("updatedAt", created="createdAt" if "createdAt" in fields else None)
