"""What account B's resolvers are known to do, and what tells two states of an item apart."""

from collections.abc import Collection, Mapping, Sequence

from graphql import GraphQLObjectType, get_named_type

from bridge.compiler.recognition.access_paths import is_models_page
from bridge.compiler.recognition.shapes import Root, input_members, named_argument, names_of
from bridge.compiler.recognition.writes import input_names
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
    filters = (None, *names_of("Model", type_, "FilterInput"))
    told = [
        is_models_page(type_, each.field) and named_argument(each.field, "filter") in filters
        for each in pages
    ]
    for kind, each in writes.items():
        condition = named_argument(each.field, "condition")
        own_input = named_argument(each.field, "input") in input_names(kind, type_)
        if condition is not None or conditions_known or not own_input:
            told.append(own_input and condition in names_of("Model", type_, "ConditionInput"))
    return Guarantees.AMPLIFY if told and all(told) else Guarantees.NONE


def version_of(type_: GraphQLObjectType, writes: Mapping[str, Root]) -> Version:
    """Returns what tells two states of an item of the type apart, where `no_version` has none."""
    fields = type_.fields
    if "_version" in fields:
        deleted = "_deleted" if "_deleted" in fields else None
        return Version("_version", sent_as="_version", deleted=deleted)
    if _is_versioned(type_, writes):
        return Version("version", sent_as="expectedVersion")
    created = fields.get("createdAt")
    same = created and get_named_type(created.type) is get_named_type(fields["updatedAt"].type)
    return Version("updatedAt", created="createdAt" if same else None)


def no_version(
    type_: GraphQLObjectType,
    writes: Mapping[str, Root],
    guarantees: Guarantees,
    shown: Collection[str],
) -> str | None:
    """Returns why nothing tells two states of an item apart; None where something does.

    Args:
        type_: The type.
        writes: Its writes, by their kinds.
        guarantees: What its resolvers are known to do.
        shown: The members of its representations.
    """
    if "_version" in type_.fields or _is_versioned(type_, writes):
        return None
    if guarantees is not Guarantees.AMPLIFY:
        return "its resolvers are not known to be Amplify's"
    if "updatedAt" not in shown:
        return "it shows no `updatedAt`"
    time = get_named_type(type_.fields["updatedAt"].type).name
    if time not in _TIMES:
        return f"its `updatedAt` is of type {time}"
    changing = [writes[kind] for kind in ("update", "delete") if kind in writes]
    if not all("updatedAt" in input_members(each.field, "condition") for each in changing):
        return "the conditions of its update and delete do not know `updatedAt`"
    return None


def _is_versioned(type_: GraphQLObjectType, writes: Mapping[str, Root]) -> bool:
    """Whether the type is one of `@versioned`, of the first transformer."""
    return "version" in type_.fields and any(
        "expectedVersion" in input_members(each.field, "input") for each in writes.values()
    )
