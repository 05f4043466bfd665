"""Questions about graphql-core's types that every part of the recognition asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
    is_required_argument,
    print_ast,
)

from chalicelib.contract.model import RootField
from chalicelib.contract.scalars import SCALAR_CHECKS


@dataclass(frozen=True, eq=False)
class Root:
    """A field of the query or mutation type.

    Attributes:
        parent: That type's name.
        name: The field's.
        field: As graphql-core has it.
        mutation: It is a field of the mutation type.
    """

    parent: str
    name: str
    field: GraphQLField
    mutation: bool

    def __str__(self) -> str:
        return f"{self.parent}.{self.name}"


def names_of(verb: str, type_: GraphQLObjectType, ending: str = "") -> tuple[str, str]:
    """Returns what an operation or an input of the type is called.

    Amplify's transformers write a type `todo` with a capital there.
    """
    name = type_.name
    return f"{verb}{name[0].upper()}{name[1:]}{ending}", f"{verb}{name}{ending}"


def root_fields(schema: GraphQLSchema) -> Iterator[Root]:
    """Gives the fields of the query type, then those of the mutation type."""
    for mutation, root in ((False, schema.query_type), (True, schema.mutation_type)):
        if root is not None:
            for name, field in root.fields.items():
                yield Root(root.name, name, field, mutation)


def type_text(declared: GraphQLArgument | GraphQLInputField) -> str:
    """Returns an input's type as GraphQL writes it, with its default if it has one."""
    default = declared.ast_node.default_value if declared.ast_node else None
    return f"{declared.type} = {print_ast(default)}" if default else str(declared.type)


def argument_texts(field: GraphQLField) -> dict[str, str]:
    """Returns the type of each argument as GraphQL writes it."""
    return {name: type_text(argument) for name, argument in field.args.items()}


def root_field(root: Root) -> RootField:
    """Returns the root field as the contract has it."""
    return RootField(
        root.parent, root.name, str(root.field.type), argument_texts(root.field), root.mutation
    )


def returned_object(field: GraphQLField) -> GraphQLObjectType | None:
    """Returns the object type of which the field returns one value; None for anything else."""
    bare = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return bare if isinstance(bare, GraphQLObjectType) else None


def items_of(page: GraphQLObjectType | None) -> GraphQLObjectType | None:
    """Returns the object type of which `page` is a connection; None where it is none."""
    if page is None or not {"items", "nextToken"} <= page.fields.keys():
        return None
    items = page.fields["items"].type
    item = get_named_type(items)
    bare = items.of_type if isinstance(items, GraphQLNonNull) else items
    return item if isinstance(bare, GraphQLList) and isinstance(item, GraphQLObjectType) else None


def input_members(field: GraphQLField, argument: str) -> Mapping[str, GraphQLInputField]:
    """Returns the members of the input object that the field takes as `argument`."""
    declared = field.args.get(argument)
    named = get_named_type(declared.type) if declared else None
    return named.fields if isinstance(named, GraphQLInputObjectType) else {}


def named_argument(field: GraphQLField, argument: str) -> str | None:
    """Returns the name of the type that the field takes as `argument`."""
    declared = field.args.get(argument)
    return get_named_type(declared.type).name if declared else None


def has_required_arguments(field: GraphQLField) -> bool:
    """Whether the field cannot be selected without arguments."""
    return any(is_required_argument(argument) for argument in field.args.values())


def is_known_leaf(named: object) -> bool:
    """Whether a value of the type can be checked: AppSync's own scalars, and enums."""
    if isinstance(named, GraphQLScalarType):
        return named.name in SCALAR_CHECKS
    return isinstance(named, GraphQLEnumType)


def is_single(type_: object) -> bool:
    """Whether the type is no list."""
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return not is_list_type(bare)


def is_unknown_scalar(named: object) -> bool:
    """Whether the type is a scalar that AppSync does not have."""
    return isinstance(named, GraphQLScalarType) and not is_known_leaf(named)
