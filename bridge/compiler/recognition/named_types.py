"""The named types that a contract speaks of, gathered from what speaks of them."""

from collections.abc import Iterable

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from bridge.compiler.recognition.shapes import (
    has_required_arguments,
    is_known_leaf,
    is_unknown_scalar,
    type_text,
)
from chalicelib.contract.model import AccessPath
from chalicelib.contract.types import Types, type_ref


class TypeGatherer:
    """Gathers named types, each with all that it leads to."""

    def __init__(self, schema: GraphQLSchema, hidden: frozenset[str] = frozenset()) -> None:
        """Gathers from `schema`, less `hidden`: names of types, and `Type.field`."""
        self._schema = schema
        self._hidden = hidden
        self._enums: dict[str, list[str]] = {}
        self._objects: dict[str, dict[str, str]] = {}
        self._inputs: dict[str, dict[str, str]] = {}
        self._abstract: dict[str, list[str]] = {}
        self._filters: dict[str, dict[str, str]] = {}
        self._operators: dict[str, list[str]] = {}

    def types(self) -> Types:
        """Returns what was gathered."""
        return Types(
            enums=self._enums,
            objects=self._objects,
            inputs=self._inputs,
            abstract=self._abstract,
            filters=self._filters,
            operators=self._operators,
        )

    def add(self, texts: Iterable[str]) -> None:
        """Gathers the types that these texts name, for values that go out or come in."""
        for text in texts:
            self._add(type_ref(text).name)

    def _add(self, name: str) -> None:
        named = self._schema.type_map[name]
        if isinstance(named, GraphQLEnumType):
            self._enums[name] = list(named.values)
        elif isinstance(named, GraphQLInputObjectType):
            self._add_input(named)
        elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            self._add_object(named)
        if (
            isinstance(named, GraphQLUnionType | GraphQLInterfaceType)
            and name not in self._abstract
        ):
            possible = [each.name for each in self._schema.get_possible_types(named)]
            self._abstract[name] = [each for each in possible if each not in self._hidden]
            self.add(self._abstract[name])

    def _add_input(self, named: GraphQLInputObjectType) -> None:
        if named.name not in self._inputs:
            members = {name: type_text(member) for name, member in named.fields.items()}
            self._inputs[named.name] = members
            self.add(members.values())

    def _add_object(self, named: GraphQLObjectType | GraphQLInterfaceType) -> None:
        if named.name not in self._objects:
            fields = {
                name: str(field.type)
                for name, field in named.fields.items()
                if not has_required_arguments(field)
                and f"{named.name}.{name}" not in self._hidden
                and get_named_type(field.type).name not in self._hidden
                and not is_unknown_scalar(get_named_type(field.type))
            }
            self._objects[named.name] = fields
            self.add(fields.values())

    def add_conditions(self, path: AccessPath, hidden: frozenset[str]) -> None:
        """Gathers what an access path's filter and condition take, less the `hidden` members."""
        if path.filter is not None:
            self._add_filter(path.filter, hidden)
        if path.sort_argument is not None:
            named = self._schema.type_map[type_ref(path.arguments[path.sort_argument]).name]
            if isinstance(named, GraphQLInputObjectType):
                self._operators[named.name] = list(named.fields)

    def _add_filter(self, name: str, hidden: frozenset[str]) -> None:
        named = self._schema.type_map[name]
        if name in self._filters or not isinstance(named, GraphQLInputObjectType):
            return
        members: dict[str, str] = {}
        for member, declared in named.fields.items():
            of = get_named_type(declared.type)
            if of is named:
                members[member] = name
            elif member not in hidden and is_operator_input(of):
                members[member] = of.name
                self._operators[of.name] = list(of.fields)
        self._filters[name] = members


def is_operator_input(named: object) -> bool:
    """Whether the input's members are operators: each takes a value, none a filter."""
    return isinstance(named, GraphQLInputObjectType) and all(
        is_known_leaf(of)
        or (isinstance(of, GraphQLInputObjectType) and of.name == "ModelSizeInput")
        for of in (get_named_type(member.type) for member in named.fields.values())
    )


def is_checkable(named: object, seen: frozenset[str] = frozenset()) -> bool:
    """Whether values of an input's type can be checked, to any depth."""
    if not isinstance(named, GraphQLInputObjectType):
        return is_known_leaf(named)
    return named.name in seen or all(
        is_checkable(get_named_type(member.type), seen | {named.name})
        for member in named.fields.values()
    )
