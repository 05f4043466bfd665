"""What each root field is: an operation of a type's items, or an endpoint."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from bridge.compiler.recognition.access_paths import index_path, is_list, list_names
from bridge.compiler.recognition.keys import choose_get, key_of
from bridge.compiler.recognition.shapes import (
    Root,
    input_members,
    items_of,
    named_argument,
    returned_object,
    root_fields,
)
from bridge.compiler.recognition.writes import KINDS, choose_write, claim
from chalicelib.contract.key import Key
from chalicelib.contract.model import AccessPath


@dataclass(eq=False)
class Operations:
    """The operations of one type's items.

    Attributes:
        type: The type.
        by_kind: `get`, `list`, `create`, `update` and `delete`, as far as there are any.
        indexes: The index queries, each with its access path.
    """

    type: GraphQLObjectType
    by_kind: dict[str, Root] = field(default_factory=dict)
    indexes: list[tuple[Root, AccessPath]] = field(default_factory=list)

    @property
    def writes(self) -> dict[str, Root]:
        """Create, update and delete."""
        return {kind: root for kind, root in self.by_kind.items() if kind in KINDS}

    @property
    def key(self) -> Key | None:
        """What names an item; None where no operation tells."""
        return key_of(self.by_kind.get("get"), self.writes)

    @property
    def members(self) -> set[str]:
        """The fields that the items have: the type's and its writes' inputs'."""
        members = set(self.type.fields)
        for write in self.writes.values():
            members |= input_members(write.field, "input").keys()
        return members

    @property
    def roots(self) -> tuple[Root, ...]:
        """All of them."""
        return (*self.by_kind.values(), *(root for root, _ in self.indexes))


@dataclass(frozen=True, eq=False)
class Recognised:
    """What the root fields of a schema are.

    Attributes:
        operations: By the types' names, in the schema's order.
        endpoints: The root fields of no type.
        excluded: The root fields that were as if not there.
    """

    operations: dict[str, Operations]
    endpoints: tuple[Root, ...]
    excluded: tuple[Root, ...] = ()


def recognise(schema: GraphQLSchema, hidden: frozenset[str] = frozenset()) -> Recognised:
    """Returns what each root field is.

    Args:
        schema: The schema.
        hidden: Names of root fields (`Mutation.deletePost`), and of types that no field returns:
            they are as if not there.
    """
    roots: list[Root] = []
    excluded: list[Root] = []
    for each in root_fields(schema):
        (excluded if _is_hidden(each, hidden) else roots).append(each)
    found: dict[str, Operations] = {}
    for each in roots:
        type_ = _spoken_of(each)
        if type_ is not None:
            found.setdefault(type_.name, Operations(type_))
    for operations in found.values():
        _find(operations, [each for each in roots if _spoken_of(each) is operations.type])
    taken = {root for operations in found.values() for root in operations.roots}
    return Recognised(
        {name: each for name, each in found.items() if each.roots},
        tuple(each for each in roots if each not in taken),
        tuple(excluded),
    )


def has_conditions(schema: GraphQLSchema) -> bool:
    """Whether any mutation takes one of Amplify's conditions."""
    return any(
        re.fullmatch(r"Model\w+ConditionInput", named_argument(each.field, "condition") or "")
        for each in root_fields(schema)
    )


def _is_hidden(root: Root, hidden: frozenset[str]) -> bool:
    type_ = _spoken_of(root)
    return (
        str(root) in hidden
        or get_named_type(root.field.type).name in hidden
        or (type_ is not None and type_.name in hidden)
    )


def _spoken_of(root: Root) -> GraphQLObjectType | None:
    """Returns the type of which the root field returns an item, or pages of items."""
    returned = returned_object(root.field)
    return items_of(returned) or returned


def _find(operations: Operations, roots: Sequence[Root]) -> None:
    type_ = operations.type
    claims = [(told[0], each) for each in roots if each.mutation and (told := claim(each))]
    for kind in KINDS:
        candidates = [each for claimed, each in claims if claimed == kind]
        write = choose_write(kind, type_, candidates)
        if write is not None:
            operations.by_kind[kind] = write
    queries = [each for each in roots if not each.mutation]
    single = [each for each in queries if returned_object(each.field) is type_]
    get = choose_get(type_, single, operations.writes)
    if get is not None:
        operations.by_kind["get"] = get
    pages = [each for each in queries if each not in single]
    listed = _choose_list(type_, [each for each in pages if is_list(type_, operations.key, each)])
    if listed is not None:
        operations.by_kind["list"] = listed
    for each in pages:
        path = None if each is listed else index_path(type_, operations.members, each)
        if path is not None:
            operations.indexes.append((each, path))


def _choose_list(type_: GraphQLObjectType, candidates: Sequence[Root]) -> Root | None:
    own = [each for each in candidates if each.name in list_names(type_)]
    named = own or [each for each in candidates if each.name.startswith("list")]
    chosen = named or list(candidates)
    return chosen[0] if len(chosen) == 1 else None
