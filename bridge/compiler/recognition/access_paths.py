"""How pages of a type's items are read: its list query, its index queries, to-many relations."""

from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from bridge.compiler.recognition.paths import plural
from bridge.compiler.recognition.shapes import (
    Root,
    argument_texts,
    is_known_leaf,
    is_single,
    named_argument,
    names_of,
)
from chalicelib.contract.key import Key
from chalicelib.contract.model import AccessPath

_PAGING = ("filter", "limit", "nextToken", "sortDirection")


@dataclass(frozen=True)
class Conditions:
    """What a query of pages takes beside paging, a filter and a direction.

    Attributes:
        partition: The argument that fixes a partition; None for none.
        partition_required: It must be given.
        sort: The fields that order a partition.
        sort_argument: The argument that takes the condition on them; None for none.
    """

    partition: str | None = None
    partition_required: bool = False
    sort: tuple[str, ...] = ()
    sort_argument: str | None = None


def conditions_of(field: GraphQLField, *, parted: bool = True) -> Conditions | None:
    """Returns the conditions that a query of pages takes; None where they are of no known shape.

    Args:
        field: The field that returns pages.
        parted: Its first argument fixes a partition; a relation's own parent does.
    """
    if not {"limit", "nextToken"} <= field.args.keys():
        return None
    rest = [name for name in field.args if name not in _PAGING]
    partition = rest.pop(0) if rest and parted else None
    if partition is not None:
        declared = field.args[partition].type
        if not is_single(declared) or not is_known_leaf(get_named_type(declared)):
            return None
    required = partition is not None and isinstance(field.args[partition].type, GraphQLNonNull)
    if not rest:
        return Conditions(partition, required)
    if len(rest) > 1:
        return None
    sort = _sort_fields(rest[0], get_named_type(field.args[rest[0]].type))
    return Conditions(partition, required, sort, rest[0]) if sort else None


def _sort_fields(argument: str, named: object) -> tuple[str, ...]:
    """Returns the sort fields that a key condition speaks of."""
    if not isinstance(named, GraphQLInputObjectType) or not named.name.endswith(
        "KeyConditionInput"
    ):
        return ()
    compared = get_named_type(named.fields["eq"].type) if "eq" in named.fields else None
    if isinstance(compared, GraphQLInputObjectType):
        return tuple(compared.fields)
    return (argument,) if is_known_leaf(compared) else ()


def is_models_page(type_: GraphQLObjectType, field: GraphQLField) -> bool:
    """Whether the field returns Amplify's own pages of the type."""
    return get_named_type(field.type).name in names_of("Model", type_, "Connection")


def list_names(type_: GraphQLObjectType) -> tuple[str, ...]:
    """Returns what the type's list query may be called by its transformer."""
    name = f"{type_.name[0].upper()}{type_.name[1:]}"
    return (f"list{name}s", f"list{plural(name)}", f"list{name}")


def is_list(type_: GraphQLObjectType, key: Key | None, root: Root) -> bool:
    """Whether the query reads pages of the type's own table."""
    if "lastSync" in root.field.args:
        return False
    own_name = root.name in list_names(type_)
    if not own_name and not is_models_page(type_, root.field):
        return False
    found = conditions_of(root.field)
    if found is None:
        # What is called so may take more, as long as it need not be given.
        return own_name and _is_optional(root)
    if found.partition is None:
        return True
    if found.partition_required:
        return False
    if key is None:
        return own_name
    if found.partition != key.names[0]:
        return own_name and not is_models_page(type_, root.field)
    return found.sort in ((), key.names[1:])


def _is_optional(root: Root) -> bool:
    return {"limit", "nextToken"} <= root.field.args.keys() and not any(
        isinstance(each.type, GraphQLNonNull) for each in root.field.args.values()
    )


def list_path(key: Key | None, root: Root) -> AccessPath:
    """Returns the access path of the type's own table."""
    found = conditions_of(root.field) or Conditions()
    if key is not None and found.partition != key.names[0]:
        found = Conditions()
    return AccessPath(
        root.parent,
        root.name,
        str(root.field.type),
        argument_texts(root.field),
        partition=found.partition,
        sort=found.sort,
        sort_argument=found.sort_argument,
        filter=named_argument(root.field, "filter"),
    )


def index_path(type_: GraphQLObjectType, members: set[str], root: Root) -> AccessPath | None:
    """Returns the access path over an index; None where the query is no index's for sure.

    Args:
        type_: The items' type.
        members: The fields that the type's items have: the type's and its inputs'.
        root: A query that returns pages of the type.
    """
    if not is_models_page(type_, root.field) or "lastSync" in root.field.args:
        return None
    found = conditions_of(root.field)
    if found is None or found.partition is None or "sortDirection" not in root.field.args:
        return None
    if not {found.partition, *found.sort} <= members:
        return None
    return AccessPath(
        root.parent,
        root.name,
        str(root.field.type),
        argument_texts(root.field),
        partition=found.partition,
        sort=found.sort,
        sort_argument=found.sort_argument,
        filter=named_argument(root.field, "filter"),
        index=True,
    )


def relation_path(
    parent: GraphQLObjectType, name: str, field: GraphQLField, target_key: Key | None
) -> AccessPath | None:
    """Returns the access path of a to-many relation; None where its shape is not known."""
    found = conditions_of(field, parted=False)
    if found is None:
        return None
    table = target_key is not None and found.sort != () and found.sort == target_key.names[1:]
    return AccessPath(
        parent.name,
        name,
        str(field.type),
        argument_texts(field),
        sort=found.sort,
        sort_argument=found.sort_argument,
        filter=named_argument(field, "filter"),
        index=not table,
        related=True,
    )
