"""Reads `schema.graphql`: what the API's owner wrote, before Amplify's transformer.

The built schema does not tell which attributes are an index's keys, where a relation leads, what a
field's default is or who may read it; the directives do.

Source: Amplify's documentation of its GraphQL directives; the older ones (@key, @connection) are
those of its transformer v1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    ListTypeNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeNode,
    parse,
    value_from_ast_untyped,
)

from bridge.sandbox.appsync.amplify.rules import Rule, RuleError, read_rules

_ROOTS = {"Query", "Mutation", "Subscription"}
_RELATIONS = {"hasOne", "hasMany", "belongsTo", "manyToMany", "connection"}
# What resolves a field and is not a table's or a Lambda function's.
_ELSEWHERE = ("http", "predictions", "sql", "searchable")


class SourceError(Exception):
    """The source schema is malformed; the message names the place."""


class MisfitError(SourceError):
    """The built schema cannot have been made of the source; the message names the difference."""


@dataclass(frozen=True)
class FieldType:
    """A field's type as far as it matters: its name, and whether a list is around it."""

    name: str
    is_list: bool


@dataclass(frozen=True)
class SourceIndex:
    """A key that the source declares.

    Attributes:
        name: The index's name; None for the table's own key.
        partition: The field of the partition key.
        sorts: The fields of the sort key, in order.
    """

    name: str | None
    partition: str
    sorts: tuple[str, ...]


@dataclass(frozen=True)
class SourceRelation:
    """A field that leads to items of another model.

    Attributes:
        kind: The directive's name.
        type: The field's type.
        fields: The own fields that hold the other's key, where the source names them.
        references: The same as `fields` in Gen 2's form: the fields of the one that belongs.
        index: The other's index, where the source names it.
        name: What pairs two fields: @manyToMany's relationName, @connection's name.
    """

    kind: str
    type: FieldType
    fields: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    index: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class SourceModel:
    """A type with @model.

    Attributes:
        name: The type's name.
        fields: Its fields' types.
        keys: Its table's key, if it is declared, and its indexes.
        relations: By field.
        defaults: Of @default, by field, as text.
        created_at: The field of the creation's time; None where there is none.
        updated_at: The field of the last change's time; None where there is none.
        rules: Of @auth; None for a model without.
        field_rules: Of @auth on fields.
    """

    name: str
    fields: Mapping[str, FieldType]
    keys: tuple[SourceIndex, ...] = ()
    relations: Mapping[str, SourceRelation] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    created_at: str | None = "createdAt"
    updated_at: str | None = "updatedAt"
    rules: tuple[Rule, ...] | None = None
    field_rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """Returns the fields of the table's key."""
        own = next((key for key in self.keys if key.name is None), None)
        return (own.partition, *own.sorts) if own else ("id",)

    def index(self, name: str) -> SourceIndex | None:
        """Returns an index, or None where none is called so."""
        return next((key for key in self.keys if key.name == name), None)


@dataclass(frozen=True)
class Source:
    """What the owner of the API wrote.

    Attributes:
        models: By name.
        custom: The fields of Query and Mutation that the owner declares, as (type, field); the
            models' own are the transformer's.
        functions: The other fields that a Lambda function resolves.
        elsewhere: The fields that something else resolves, with its directive's name.
        rules: Of @auth on fields of Query and Mutation.
    """

    models: Mapping[str, SourceModel]
    custom: frozenset[tuple[str, str]]
    functions: frozenset[tuple[str, str]]
    elsewhere: Mapping[tuple[str, str], str]
    rules: Mapping[tuple[str, str], tuple[Rule, ...]]


def read_source(text: str) -> Source:
    """Returns what a source schema declares.

    Raises:
        SourceError: It is no GraphQL, or a directive in it is malformed.
    """
    try:
        document = parse(text)
    except (GraphQLError, RecursionError) as error:
        raise SourceError(str(error)) from error
    types = _types(document)
    models: dict[str, SourceModel] = {}
    custom: set[tuple[str, str]] = set()
    functions: set[tuple[str, str]] = set()
    elsewhere: dict[tuple[str, str], str] = {}
    rules: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for name, (directives, fields) in types.items():
        model = next((it for it in directives if it.name.value == "model"), None)
        if model is not None and name not in _ROOTS:
            models[name] = _model(name, model, directives, fields)
        for node in fields:
            place = (name, node.name.value)
            if name in _ROOTS:
                custom.add(place)
            for directive in node.directives or ():
                if directive.name.value == "function" and name not in _ROOTS:
                    functions.add(place)
                elif directive.name.value in _ELSEWHERE:
                    elsewhere[place] = directive.name.value
                elif directive.name.value == "auth" and name in _ROOTS:
                    rules[place] = _rules(directive, ".".join(place))
    return Source(models, frozenset(custom), frozenset(functions), elsewhere, rules)


_TypeParts = tuple[list[DirectiveNode], list[FieldDefinitionNode]]


def _types(document: DocumentNode) -> dict[str, _TypeParts]:
    """Returns directives and fields of each object type, its extensions included."""
    types: dict[str, _TypeParts] = {}
    for node in document.definitions:
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
            directives, fields = types.setdefault(node.name.value, ([], []))
            directives += node.directives or ()
            fields += node.fields or ()
    return types


def _model(
    name: str,
    model: DirectiveNode,
    directives: list[DirectiveNode],
    fields: list[FieldDefinitionNode],
) -> SourceModel:
    timestamps = _arguments(model, name).get("timestamps", {})
    if not isinstance(timestamps, dict | None):
        raise SourceError(f"{name}: @model's timestamps must name fields")
    auth = [it for it in directives if it.name.value == "auth"]
    return SourceModel(
        name=name,
        fields={node.name.value: _field_type(node.type) for node in fields},
        keys=tuple(_keys(name, directives, fields)),
        relations=dict(_relations(name, fields)),
        defaults=dict(_defaults(name, fields)),
        created_at=_timestamp(name, timestamps, "createdAt"),
        updated_at=_timestamp(name, timestamps, "updatedAt"),
        rules=tuple(rule for it in auth for rule in _rules(it, name)) if auth else None,
        field_rules={
            node.name.value: _rules(it, f"{name}.{node.name.value}")
            for node in fields
            for it in node.directives or ()
            if it.name.value == "auth"
        },
    )


def _timestamp(model: str, timestamps: Mapping[str, Any] | None, name: str) -> str | None:
    found = None if timestamps is None else timestamps.get(name, name)
    if not isinstance(found, str | None):
        raise SourceError(f"{model}: @model's timestamps must name fields")
    return found


def _keys(
    model: str, directives: list[DirectiveNode], fields: list[FieldDefinitionNode]
) -> Iterator[SourceIndex]:
    for it in directives:
        if it.name.value == "key":
            given = _arguments(it, model)
            names = _names(given, "fields", model)
            if not names:
                raise SourceError(f"{model}: @key needs fields")
            yield SourceIndex(_text(given, "name", model), names[0], names[1:])
    for node in fields:
        place = f"{model}.{node.name.value}"
        for it in node.directives or ():
            if it.name.value not in {"primaryKey", "index"}:
                continue
            given = _arguments(it, place)
            sorts = _names(given, "sortKeyFields", place)
            is_index = it.name.value == "index"
            name = _text(given, "name", place) if is_index else None
            if is_index and name is None:
                name = f"{model}By{node.name.value[:1].upper()}{node.name.value[1:]}"
            yield SourceIndex(name, node.name.value, sorts)


def _relations(
    model: str, fields: list[FieldDefinitionNode]
) -> Iterator[tuple[str, SourceRelation]]:
    for node in fields:
        place = f"{model}.{node.name.value}"
        for it in node.directives or ():
            kind = it.name.value
            if kind not in _RELATIONS:
                continue
            given = _arguments(it, place)
            index = "keyName" if kind == "connection" else "indexName"
            name = "name" if kind == "connection" else "relationName"
            yield (
                node.name.value,
                SourceRelation(
                    kind,
                    _field_type(node.type),
                    _names(given, "fields", place),
                    _names(given, "references", place),
                    _text(given, index, place),
                    _text(given, name, place),
                ),
            )


def _defaults(model: str, fields: list[FieldDefinitionNode]) -> Iterator[tuple[str, str]]:
    for node in fields:
        for it in node.directives or ():
            if it.name.value == "default":
                place = f"{model}.{node.name.value}"
                value = _text(_arguments(it, place), "value", place)
                if value is None:
                    raise SourceError(f"{place}: @default needs a value")
                yield node.name.value, value


def _rules(directive: DirectiveNode, place: str) -> tuple[Rule, ...]:
    try:
        return read_rules(_arguments(directive, place).get("rules"))
    except RuleError as error:
        raise SourceError(f"{place}: {error}") from error


def _arguments(directive: DirectiveNode, place: str) -> dict[str, Any]:
    try:
        return {
            node.name.value: value_from_ast_untyped(node.value)
            for node in directive.arguments or ()
        }
    except ValueError as error:  # a number with more digits than Python reads
        raise SourceError(f"{place}: @{directive.name.value}: {error}") from error


def _text(given: Mapping[str, Any], name: str, place: str) -> str | None:
    value = given.get(name)
    if not isinstance(value, str | None):
        raise SourceError(f"{place}: {name} must be a text")
    return value


def _names(given: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    value = given.get(name)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(item, str) for item in listed):
        raise SourceError(f"{place}: {name} must list fields")
    return tuple(listed)


def _field_type(node: TypeNode) -> FieldType:
    is_list = False
    while not isinstance(node, NamedTypeNode):
        is_list = is_list or isinstance(node, ListTypeNode)
        node = node.type  # type: ignore[attr-defined] # the two other kinds have one
    return FieldType(node.name.value, is_list)
