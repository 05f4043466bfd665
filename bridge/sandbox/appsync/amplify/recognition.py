"""Finds out what each field of a schema does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)

from bridge.sandbox.appsync.amplify.fit import check_fit
from bridge.sandbox.appsync.amplify.models import (
    Function,
    Key,
    Kind,
    Model,
    Operation,
    Relation,
    Unsupported,
)
from bridge.sandbox.appsync.amplify.relations import with_generated
from bridge.sandbox.appsync.amplify.rules import ASSUMED, Access
from bridge.sandbox.appsync.amplify.source import MisfitError, Source, SourceError, SourceModel
from bridge.sandbox.appsync.amplify.versions import COUNTED, EXPECTED

Place: TypeAlias = tuple[str, str]
Meaning: TypeAlias = Operation | Relation | Function | Unsupported

_PAGE_ARGUMENTS = {"filter", "limit", "nextToken"}
_INPUT_NAME = re.compile(r"(Create|Update|Delete)(.+)Input")
_NUMBERS = {"Int", "Float", "AWSTimestamp"}


@dataclass(frozen=True)
class Meanings:
    """What a schema's fields do.

    Attributes:
        models: By name.
        fields: By (type, field); a field that is not here shows the value of its name.
        assumed: What was inferred for want of a source schema, a sentence each.
    """

    models: Mapping[str, Model] = field(default_factory=dict)
    fields: Mapping[Place, Meaning] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    @property
    def times(self) -> frozenset[str]:
        """Returns the names of the fields that hold the times of writes."""
        return frozenset(
            name
            for model in self.models.values()
            for name in (model.created_at, model.updated_at)
            if name
        )


@dataclass(frozen=True)
class _Shape:
    """A root field that its shape gives away.

    Attributes:
        key: For a query of pages, the key that its arguments name.
        expects_version: For a mutation, whether its input names the version that it changes.
    """

    kind: Kind
    type: GraphQLObjectType
    key: Key | None = None
    expects_version: bool = False


def find_meanings(schema: GraphQLSchema, source: Source | None) -> Meanings:
    """Returns what the fields of a built schema do.

    Args:
        schema: The built schema.
        source: What its owner wrote; None where nobody has it.

    Raises:
        SourceError: The source is malformed.
        MisfitError: The built schema cannot have been made of that source.
    """
    shapes = dict(_shapes(schema))
    if source is None:
        # A type that is only ever read by one query is what that query's function makes.
        stored = {it.type.name for it in shapes.values() if it.kind is not Kind.GET}
        shapes = {place: it for place, it in shapes.items() if it.type.name in stored}
        models = _inferred(shapes)
        shapes = {place: it for place, it in shapes.items() if _has_its_key(it, models)}
        fields = _roots(schema, shapes, models, None)
        return Meanings(models, {**fields, **_inferred_relations(models, schema)}, _assumed(models))
    sources, targets = with_generated(source)
    shapes = {place: it for place, it in shapes.items() if _is_of_model(place, it, source, sources)}
    models = _declared(shapes, sources)
    check_fit(schema, sources, targets)
    fields = _roots(schema, shapes, models, source)
    for place in source.functions:
        fields[place] = Function(ASSUMED)
    for place, target in targets.items():
        index = target.index.name if target.index else None
        fields[place] = Relation(models[target.model], target.is_list, target.own, index)
    return Meanings(models, fields)


def _is_of_model(
    place: Place, shape: _Shape, source: Source, sources: Mapping[str, SourceModel]
) -> bool:
    """Returns whether a field works on a model, and is no custom one that only looks like it."""
    if place in source.custom:
        return False
    return shape.kind is not Kind.GET or shape.type.name in sources


def _has_its_key(shape: _Shape, models: Mapping[str, Model]) -> bool:
    """Returns whether a field is no custom query that reads one item by another field."""
    return shape.kind is not Kind.GET or shape.key == models[shape.type.name].key


def _roots(
    schema: GraphQLSchema,
    shapes: Mapping[Place, _Shape],
    models: Mapping[str, Model],
    source: Source | None,
) -> dict[Place, Meaning]:
    found: dict[Place, Meaning] = {}
    for parent in filter(None, (schema.query_type, schema.mutation_type)):
        for name, it in parent.fields.items():
            place = (parent.name, name)
            if place in shapes:
                operation = _operation(place, shapes[place], models)
                found[place] = replace(operation, inferred=source is None)
            elif get_named_type(it.type).name.startswith("Searchable"):
                found[place] = Unsupported("fields with @searchable")
            elif source is None:
                found[place] = Function(ASSUMED)
            elif place in source.elsewhere:
                found[place] = Unsupported(f"fields with @{source.elsewhere[place]}")
            else:
                found[place] = Function(source.rules.get(place))
    return found


def _operation(place: Place, shape: _Shape, models: Mapping[str, Model]) -> Operation:
    model = models[shape.type.name]
    if shape.kind is Kind.GET and shape.key != model.key:
        raise MisfitError(
            f"the key of {model.name} is {' + '.join(model.key.fields)} in the source, and"
            f" {' + '.join(shape.key.fields if shape.key else ())} in the built schema's"
            f" {'.'.join(place)}"
        )
    if shape.kind not in {Kind.LIST, Kind.QUERY} or shape.key is None:
        return Operation(shape.kind, model)
    # The transformer v1 leaves an index query's key optional; its name tells it from a list.
    if shape.kind is Kind.LIST and shape.key.partition == model.key.partition:
        return Operation(Kind.LIST, model)
    for name, key in model.indexes.items():
        if key == shape.key:
            return Operation(Kind.QUERY, model, name)
    raise MisfitError(
        f"{'.'.join(place)} of the built schema reads {' + '.join(shape.key.fields)}, and no index"
        f" of the source's {model.name} has that key"
    )


def _shapes(schema: GraphQLSchema) -> Iterator[tuple[Place, _Shape]]:
    if schema.mutation_type:
        for name, it in schema.mutation_type.fields.items():
            shape = _mutation(it)
            if shape:
                yield (schema.mutation_type.name, name), shape
    if schema.query_type:
        for name, it in schema.query_type.fields.items():
            shape = _query(it)
            if shape:
                yield (schema.query_type.name, name), shape


def _mutation(it: GraphQLField) -> _Shape | None:
    model = get_nullable_type(it.type)
    if not isinstance(model, GraphQLObjectType) or set(it.args) - {"input", "condition"}:
        return None
    # An owner may rename the mutation itself; Amplify's transformer alone names its input.
    given = get_named_type(it.args["input"].type) if "input" in it.args else None
    match = _INPUT_NAME.fullmatch(given.name) if given else None
    if match is None or match[2] != model.name:
        return None
    expects = isinstance(given, GraphQLInputObjectType) and EXPECTED in given.fields
    return _Shape(Kind[match[1].upper()], model, expects_version=expects)


def _query(it: GraphQLField) -> _Shape | None:
    result = get_nullable_type(it.type)
    if not isinstance(result, GraphQLObjectType):
        return None
    items = result.fields.get("items")
    if items is None or "nextToken" not in result.fields:
        keyed = it.args and all(
            isinstance(argument.type, GraphQLNonNull)
            and not isinstance(get_named_type(argument.type), GraphQLInputObjectType)
            and name in result.fields
            for name, argument in it.args.items()
        )
        return _Shape(Kind.GET, result, _get_key(it)) if keyed else None
    model = get_named_type(items.type)
    if result.name.startswith("Searchable"):
        return None
    if (
        not isinstance(get_nullable_type(items.type), GraphQLList)
        or not isinstance(model, GraphQLObjectType)
        or not it.args.keys() >= _PAGE_ARGUMENTS
    ):
        return None
    if "lastSync" in it.args:
        return _Shape(Kind.SYNC, model)
    key = _page_key(it)
    is_required = key and isinstance(it.args[key.partition].type, GraphQLNonNull)
    return _Shape(Kind.QUERY if is_required else Kind.LIST, model, key)


def _get_key(it: GraphQLField) -> Key:
    partition, *sorts = it.args
    return Key(partition, tuple(sorts))


def _page_key(it: GraphQLField) -> Key | None:
    """Returns the key that a query's arguments name: a field, and a condition on the others."""
    partition: str | None = None
    sorts: tuple[str, ...] = ()
    for name, argument in it.args.items():
        given = get_named_type(argument.type)
        if name in _PAGE_ARGUMENTS or name == "sortDirection":
            continue
        if not isinstance(given, GraphQLInputObjectType):
            partition = partition or name
            continue
        compared = given.fields.get("eq")
        joined = get_named_type(compared.type) if compared else None
        is_joined = isinstance(joined, GraphQLInputObjectType)
        sorts = tuple(joined.fields) if is_joined else (name,)  # type: ignore[union-attr] # is_joined
    return Key(partition, sorts) if partition else None


def _inferred(shapes: Mapping[Place, _Shape]) -> dict[str, Model]:
    """Returns the models as far as the queries' arguments tell them."""
    found = {}
    for type_ in {shape.type.name: shape.type for shape in shapes.values()}.values():
        keys = {place[1]: it for place, it in shapes.items() if it.type is type_ and it.key}
        own = [it.key for it in keys.values() if it.kind is Kind.GET]
        own += [it.key for it in keys.values() if it.kind is Kind.LIST]
        key = next(filter(None, own), Key("id"))
        fields = tuple(type_.fields)
        found[type_.name] = Model(
            name=type_.name,
            key=key,
            fields=frozenset(fields),
            versioned="_version" in fields,
            expects_version=_expects_version(type_, shapes),
            types=_types(type_),
            indexes={
                name: it.key
                for name, it in keys.items()
                if it.key
                and it.kind is not Kind.GET
                and (it.kind is Kind.QUERY or it.key.partition != key.partition)
            },
            created_at="createdAt" if "createdAt" in fields else None,
            updated_at="updatedAt" if "updatedAt" in fields else None,
            access=Access(fields, ASSUMED, {}),
        )
    return found


def _declared(
    shapes: Mapping[Place, _Shape], sources: Mapping[str, SourceModel]
) -> dict[str, Model]:
    """Returns the models as the source declares them."""
    found = {}
    for type_ in {shape.type.name: shape.type for shape in shapes.values()}.values():
        source = sources.get(type_.name)
        if source is None:
            raise MisfitError(f"{type_.name} is a model of the built schema and none of the source")
        partition, *sorts = source.key
        types = _types(type_)
        found[type_.name] = Model(
            name=type_.name,
            key=Key(partition, tuple(sorts)),
            fields=frozenset(type_.fields),
            versioned="_version" in type_.fields,
            expects_version=_expects_version(type_, shapes),
            types=types,
            indexes={it.name: Key(it.partition, it.sorts) for it in source.keys if it.name},
            defaults={
                name: _default(f"{type_.name}.{name}", text, type_.fields[name])
                for name, text in source.defaults.items()
                if name in type_.fields
            },
            created_at=source.created_at if source.created_at in type_.fields else None,
            updated_at=source.updated_at if source.updated_at in type_.fields else None,
            access=Access(tuple(type_.fields), source.rules, source.field_rules),
        )
    return found


def _expects_version(type_: GraphQLObjectType, shapes: Mapping[Place, _Shape]) -> bool:
    """Returns whether a type is one of `@versioned`: the built schema shows what it adds."""
    return COUNTED in type_.fields and any(
        shape.expects_version for shape in shapes.values() if shape.type is type_
    )


def _types(type_: GraphQLObjectType) -> dict[str, str]:
    """Returns the DynamoDB types that a type's fields have as keys."""
    return {
        name: "N" if get_named_type(it.type).name in _NUMBERS else "S"
        for name, it in type_.fields.items()
    }


def _default(place: str, text: str, declared: GraphQLField) -> Any:
    """Returns the value that the text of @default stands for."""
    try:
        match get_named_type(declared.type).name:
            case "Int" | "AWSTimestamp":
                return int(text)
            case "Float":
                return float(text)
            case "Boolean":
                return {"true": True, "false": False}[text.lower()]
            case _:
                return text
    except (ValueError, KeyError) as error:
        raise SourceError(f"{place}: @default's {text!r} is no {declared.type}") from error


def _inferred_relations(models: Mapping[str, Model], schema: GraphQLSchema) -> dict[Place, Meaning]:
    """Returns the fields that lead to models.

    A field that leads to one has members of its own name where its directive names no fields;
    without the source nobody knows by which keys any other leads there.
    """
    found: dict[Place, Meaning] = {}
    for name in models:
        type_ = schema.get_type(name)
        for field_name, it in (
            type_.fields if isinstance(type_, GraphQLObjectType) else {}
        ).items():
            leads_to = get_named_type(it.type)
            if not isinstance(leads_to, GraphQLObjectType):
                continue
            items = leads_to.fields.get("items") if "nextToken" in leads_to.fields else None
            own = _named_after(schema, name, field_name, models.get(leads_to.name))
            if own and not isinstance(get_nullable_type(it.type), GraphQLList):
                found[name, field_name] = Relation(models[leads_to.name], is_list=False, own=own)
                continue
            directive = "@hasMany" if items else "@hasOne or @belongsTo"
            if leads_to.name in models or (items and get_named_type(items.type).name in models):
                found[name, field_name] = Unsupported(
                    f"{name}.{field_name} without its {directive}: put the source schema beside the"
                    " built one, as schema.graphql"
                )
    return found


def _named_after(
    schema: GraphQLSchema, parent: str, name: str, target: Model | None
) -> tuple[str, ...]:
    """Returns the members that hold a key and are called after the field that leads to its item.

    Source: Amplify's relational transformers: `bookingFlightId` of `flight` in `Booking`.
    """
    if target is None:
        return ()
    types = (schema.get_type(each) for each in (parent, f"Create{parent}Input"))
    members = {
        member
        for type_ in types
        if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType)
        for member in type_.fields
    }
    prefix = f"{parent[:1].lower()}{parent[1:]}{name[:1].upper()}{name[1:]}"
    own = tuple(f"{prefix}{each[:1].upper()}{each[1:]}" for each in target.key.fields)
    return own if members.issuperset(own) else ()


def _assumed(models: Mapping[str, Model]) -> tuple[str, ...]:
    keys = ", ".join(
        f"{model.name} ({' + '.join(model.key.fields)})"
        for model in models.values()
        if model.key != Key("id")
    )
    return tuple(
        filter(
            None,
            (
                f"keys as the queries' arguments name them: {keys}" if keys else None,
                "no @default, and @auth as { allow: private, provider: iam } for every model"
                if models
                else None,
            ),
        )
    )
