"""What each field of a resource's type is: a member, a relation, or neither."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from bridge.compiler.recognition.access_paths import relation_path
from bridge.compiler.recognition.operations import Operations
from bridge.compiler.recognition.shapes import (
    has_required_arguments,
    input_members,
    is_single,
    is_unknown_scalar,
    items_of,
)
from chalicelib.contract.model import AccessPath, Relation

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

    def leave_out(self, name: str, reason: str) -> None:
        """Takes a field out of what is shown."""
        self.shown.pop(name, None)
        self.relations.pop(name, None)
        self.left_out[name] = reason


def members_of(
    schema: GraphQLSchema,
    operations: Operations,
    resources: Mapping[str, Operations],
) -> Members:
    """Returns what the fields of the operations' type are.

    Args:
        schema: The schema.
        operations: Those of the type.
        resources: The operations of every resource, by its type's name.
    """
    found = Members()
    values = _Values(schema, resources)
    for name, declared in operations.type.fields.items():
        if has_required_arguments(declared):
            found.left_out[name] = "it requires an argument"
            continue
        if name in _BOOKKEEPING and "_version" in operations.type.fields:
            found.left_out[name] = "conflict resolution's own, of which ETags are made"
            continue
        relation = _relation(operations, name, declared, resources)
        if relation is not None:
            found.relations[name] = relation
            continue
        named = get_named_type(declared.type)
        whole = _is_written_whole(operations, name)
        reason = None if whole else values.reason_against(named)
        if reason is None:
            found.shown[name] = str(declared.type)
        else:
            found.left_out[name] = reason
    return found


def _relation(
    operations: Operations,
    name: str,
    declared: GraphQLField,
    resources: Mapping[str, Operations],
) -> Relation | None:
    named = get_named_type(declared.type)
    if not isinstance(named, GraphQLObjectType) or not is_single(declared.type):
        return None
    if named.name in resources:
        if _is_written_whole(operations, name):
            return None
        return Relation(name, named.name, str(declared.type))
    item = items_of(named)
    if item is None or item.name not in resources:
        return None
    target = resources[item.name]
    path = relation_path(operations.type, name, declared, target.key)
    if path is None:
        return None
    fixed = _fixed(operations, path, target)
    return Relation(name, item.name, str(declared.type), replace(path, fixed=fixed))


def _fixed(operations: Operations, path: AccessPath, target: Operations) -> tuple[str, ...]:
    """Returns the fields that an item may fix in those that a relation of it leads to.

    The built schema does not name the index. A relation without declared fields adds members that
    are called after it; else it is one of the target's, sorted as the relation is, or it fixes the
    sort key too.

    Source: Amplify's relational transformer, `postCommentsId` and `orderNotesCustomerId`.
    """
    key = operations.key.names if operations.key else ()
    prefix = f"{operations.type.name[0].lower()}{operations.type.name[1:]}"
    prefix += f"{path.name[0].upper()}{path.name[1:]}"
    own = [f"{prefix}{each[0].upper()}{each[1:]}" for each in key]
    if own and {*own} <= target.members:
        return tuple(own)
    keys = [(str(each.partition), *each.sort) for _, each in target.indexes]
    if target.key is not None and len(target.key.names) > 1:  # a whole key fixes one item
        keys.append(target.key.names)
    found: dict[str, None] = {}
    for names in keys:
        if names[1:] == path.sort:
            found |= dict.fromkeys(names[:1])
        elif not path.sort and len(names) == len(key):
            found |= dict.fromkeys(names)
    return tuple(found)


def _is_written_whole(operations: Operations, name: str) -> bool:
    """Whether a write takes the field's value as an object: then it is no item of its own."""
    inputs = [input_members(each.field, "input") for each in operations.writes.values()]
    return any(
        name in members and isinstance(get_named_type(members[name].type), GraphQLInputObjectType)
        for members in inputs
    )


class _Values:
    """Tells values from items of resources."""

    def __init__(self, schema: GraphQLSchema, resources: Mapping[str, Operations]) -> None:
        self._schema = schema
        self._resources = resources

    def reason_against(self, named: GraphQLNamedType) -> str | None:
        """Returns why values of the type are no part of a representation; None where they are."""
        if is_unknown_scalar(named):
            return f"the scalar {named.name} is not AppSync's"
        if isinstance(named, GraphQLObjectType):
            item = items_of(named)
            if item is not None:
                return f"pages of {item.name}, which are no value"
            if named.name in self._resources:
                return f"a list of {named.name}, which has no pages"
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            possible = self._schema.get_possible_types(named)
            related = [each.name for each in possible if each.name in self._resources]
            if related:
                return f"it may lead to {' or '.join(related)}, resources of their own"
        if not self._selects(named, frozenset()):
            return f"{named.name} has no field that can be shown"
        return None

    def _selects(self, named: GraphQLNamedType, seen: frozenset[str]) -> bool:
        """Whether a selection of the type's values selects anything."""
        if not isinstance(named, GraphQLObjectType):
            # Of a union or an interface at least `__typename` is selected.
            return not is_unknown_scalar(named)
        return named.name not in seen | self._resources.keys() and any(
            self._selects(get_named_type(each.type), seen | {named.name})
            for each in named.fields.values()
            if not has_required_arguments(each)
        )
