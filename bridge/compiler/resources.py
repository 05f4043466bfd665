"""Recognises resources in a built schema by the shape of their types.

The one exception to shape: where two operations have the same shape, the one that Amplify's
naming gives (`createTodo`, `listTodos`) is taken.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)

from bridge.compiler.schema import CompileError
from chalicelib.contract.model import Contract, Field, Operation, Presence, Resource
from chalicelib.translation.values import SCALAR_CHECKS

KEY = "id"


@dataclass(frozen=True)
class Compilation:
    """What the compiler made of a schema.

    Attributes:
        contract: The REST API.
        left_out: What the REST API does not show, one line each with the reason.
        notes: What its user should know, one line each.
    """

    contract: Contract
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def compile_schema(schema: GraphQLSchema) -> Compilation:
    """Returns the contract of the REST API for `schema`, and what was left out of it.

    Raises:
        CompileError: The schema has conflict resolution, two resources with one path, or no
            resource at all.
    """
    left_out: list[str] = []
    notes: list[str] = []
    # By type and kind: the operations that speak of it, before the choice among them.
    found: dict[str, dict[str, list[str]]] = {}
    for parent, name, graphql_field in _root_fields(schema):
        kind = _kind(parent, graphql_field)
        if not isinstance(kind, tuple):
            left_out.append(f"{parent}.{name}: {kind or 'a custom operation'}")
        else:
            found.setdefault(kind[1], {}).setdefault(kind[0], []).append(name)
    resources = []
    for type_name, operations in found.items():
        resource = _resource(schema, type_name, operations, left_out, notes)
        if resource is not None:
            resources.append(resource)
    _check_paths(resources)
    return Compilation(Contract(tuple(resources)), tuple(sorted(left_out)), tuple(notes))


def _root_fields(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    for parent, root in (
        ("Query", schema.query_type),
        ("Mutation", schema.mutation_type),
        ("Subscription", schema.subscription_type),
    ):
        if root is not None:
            for name, graphql_field in root.fields.items():
                yield parent, name, graphql_field


def _kind(parent: str, graphql_field: GraphQLField) -> tuple[str, str] | str | None:
    """Returns (kind, type name) for an operation of a resource, else why it is none."""
    if parent == "Subscription":
        return "a subscription; REST has no place for it"
    returned = get_named_type(graphql_field.type)
    if not isinstance(returned, GraphQLObjectType):
        return None
    if parent == "Query":
        return _query_kind(graphql_field, returned)
    return _mutation_kind(graphql_field, returned)


def _query_kind(
    graphql_field: GraphQLField, returned: GraphQLObjectType
) -> tuple[str, str] | str | None:
    arguments = graphql_field.args
    items = returned.fields.get("items")
    if items is not None and "nextToken" in returned.fields:
        item = get_named_type(items.type)
        if "lastSync" in arguments:
            return "a sync query of a schema with conflict resolution"
        if not {"limit", "nextToken"} <= set(arguments):
            return "a connection without limit and nextToken"
        if any(isinstance(argument.type, GraphQLNonNull) for argument in arguments.values()):
            return "an index query"
        return ("list", item.name)
    # The gateway's documents declare the key as ID!, which AppSync takes for no other type.
    single = set(arguments) == {KEY} and str(arguments[KEY].type) == "ID!"
    if single and KEY in returned.fields:
        return ("get", returned.name)
    if KEY in returned.fields or len(arguments) > 1:
        return f"its key is not a single `{KEY}: ID!`"
    return None


def _mutation_kind(
    graphql_field: GraphQLField, returned: GraphQLObjectType
) -> tuple[str, str] | str | None:
    argument = graphql_field.args.get("input")
    if argument is None or set(graphql_field.args) - {"input", "condition"}:
        return None
    input_type = get_named_type(argument.type)
    if not isinstance(input_type, GraphQLInputObjectType):
        return None
    names = {name for name in input_type.fields if not name.startswith("_")}
    key_required = KEY in names and isinstance(input_type.fields[KEY].type, GraphQLNonNull)
    if not names or names - set(returned.fields):
        return None
    if names == {KEY}:
        return ("delete", returned.name) if key_required else None
    return ("update" if key_required else "create", returned.name)


def _resource(
    schema: GraphQLSchema,
    type_name: str,
    operations: Mapping[str, list[str]],
    left_out: list[str],
    notes: list[str],
) -> Resource | None:
    graphql_type = schema.type_map[type_name]
    if (
        "get" not in operations
        or "list" not in operations
        or not isinstance(graphql_type, GraphQLObjectType)
    ):
        missing = "get query by its `id`" if "get" not in operations else "list query"
        left_out.extend(
            f"{_parent(kind)}.{name}: {type_name} has no {missing}"
            for kind, names in operations.items()
            for name in names
        )
        return None
    if "_version" in graphql_type.fields:
        raise CompileError(
            f"{type_name} has conflict resolution (`_version`), which is refused for now:"
            " Amplify's default handler answers a stale write with success"
        )
    chosen = {kind: _choose(kind, type_name, names, left_out) for kind, names in operations.items()}
    return _build(schema, graphql_type, chosen, left_out, notes)


def _choose(kind: str, type_name: str, names: list[str], left_out: list[str]) -> str:
    amplify = [name for name in names if name == f"{kind}{type_name}"] or [
        name for name in names if name.startswith(kind)
    ]
    taken = (amplify or names)[0]
    left_out.extend(
        f"{_parent(kind)}.{name}: {taken} already is the {kind} operation of {type_name}"
        for name in names
        if name != taken
    )
    return taken


def _parent(kind: str) -> str:
    return "Query" if kind in {"get", "list"} else "Mutation"


def _build(
    schema: GraphQLSchema,
    graphql_type: GraphQLObjectType,
    chosen: Mapping[str, str],
    left_out: list[str],
    notes: list[str],
) -> Resource:
    queries = schema.query_type.fields if schema.query_type else {}
    mutations = schema.mutation_type.fields if schema.mutation_type else {}
    operations: dict[str, Operation | None] = {
        kind: _operation(chosen[kind], queries if kind in {"get", "list"} else mutations)
        if kind in chosen
        else None
        for kind in ("get", "list", "create", "update", "delete")
    }
    inputs = {
        kind: _input_fields(schema, operations[kind], "input_type") for kind in ("create", "update")
    }
    filters = _input_fields(schema, operations["list"], "filter_type")
    fields = []
    for name, graphql_field in graphql_type.fields.items():
        reason = _unrepresentable(graphql_field.type)
        if reason:
            left_out.append(f"{graphql_type.name}.{name}: {reason}")
        else:
            fields.append(_field(name, graphql_field.type, inputs, filters))
    known = {each.name for each in fields}
    for kind, input_fields in inputs.items():
        for name, input_type in input_fields.items():
            if name not in known and isinstance(input_type, GraphQLNonNull):
                operation = operations[kind]
                left_out.append(
                    f"Mutation.{operation.field if operation else kind}: it requires `{name}`,"
                    " which the REST API does not show"
                )
                operations[kind] = None
    if operations["create"] is None:
        fields = [replace(each, in_create=Presence.ABSENT) for each in fields]
    if operations["update"] is None:
        fields = [replace(each, in_update=Presence.ABSENT) for each in fields]
    conditional = "updatedAt" in known and all(
        "updatedAt" in _input_fields(schema, operation, "condition_type")
        for operation in (operations["update"], operations["delete"])
        if operation is not None
    )
    if not conditional:
        notes.append(
            f"{graphql_type.name}: no ETag and no If-Match, because its conditions do not know"
            " `updatedAt`"
        )
    return Resource(
        name=graphql_type.name,
        path=_path(chosen["list"]),
        fields=tuple(fields),
        conditional=conditional,
        **operations,
    )


def _operation(name: str, root: Mapping[str, GraphQLField]) -> Operation:
    arguments = root[name].args
    types = {key: get_named_type(argument.type).name for key, argument in arguments.items()}
    return Operation(
        field=name,
        input_type=types.get("input"),
        condition_type=types.get("condition"),
        filter_type=types.get("filter"),
    )


def _input_fields(
    schema: GraphQLSchema, operation: Operation | None, argument: str
) -> Mapping[str, GraphQLInputType]:
    """Returns the fields of the input object that the operation takes as `argument`."""
    name = getattr(operation, argument, None)
    input_type = schema.type_map.get(name) if name else None
    if not isinstance(input_type, GraphQLInputObjectType):
        return {}
    return {key: each.type for key, each in input_type.fields.items()}


def _field(
    name: str,
    output_type: GraphQLOutputType,
    inputs: Mapping[str, Mapping[str, GraphQLInputType]],
    filters: Mapping[str, GraphQLInputType],
) -> Field:
    required = isinstance(output_type, GraphQLNonNull)
    bare = output_type.of_type if isinstance(output_type, GraphQLNonNull) else output_type
    named = get_named_type(output_type)
    operators = get_named_type(filters[name]) if name in filters else None
    return Field(
        name=name,
        type=named.name,
        required=required,
        is_list=isinstance(bare, GraphQLList),
        item_required=isinstance(bare, GraphQLList) and isinstance(bare.of_type, GraphQLNonNull),
        enum=tuple(named.values) if isinstance(named, GraphQLEnumType) else (),
        in_create=_presence(inputs["create"], name),
        in_update=_presence(inputs["update"], name),
        operators=tuple(operators.fields) if isinstance(operators, GraphQLInputObjectType) else (),
    )


def _presence(input_fields: Mapping[str, GraphQLInputType], name: str) -> Presence:
    if name not in input_fields:
        return Presence.ABSENT
    if isinstance(input_fields[name], GraphQLNonNull):
        return Presence.REQUIRED
    return Presence.OPTIONAL


def _unrepresentable(output_type: GraphQLOutputType) -> str | None:
    bare = output_type.of_type if isinstance(output_type, GraphQLNonNull) else output_type
    if isinstance(bare, GraphQLList):
        item = bare.of_type
        bare = item.of_type if isinstance(item, GraphQLNonNull) else item
        if isinstance(bare, GraphQLList):
            return "a list of lists"
    if isinstance(bare, GraphQLEnumType) or (
        isinstance(bare, GraphQLScalarType) and bare.name in SCALAR_CHECKS
    ):
        return None
    if isinstance(bare, GraphQLScalarType):
        return f"the scalar {bare.name} is not AppSync's"
    fields = getattr(bare, "fields", {})
    return "a relation" if "items" in fields or KEY in fields else "a nested type"


def _path(list_name: str) -> str:
    """Returns the path segment of a list query: its name less `list`, in kebab case."""
    name = list_name.removeprefix("list") or list_name
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+", name)
    return "-".join(word.lower() for word in words)


def _check_paths(resources: list[Resource]) -> None:
    if not resources:
        raise CompileError("no type has both a get query by its `id` and a list query")
    reserved = {"health", "ready", "batch"}
    seen: dict[str, str] = {}
    for resource in resources:
        if resource.path in reserved or resource.path in seen:
            taken = seen.get(resource.path, "the gateway itself")
            raise CompileError(f"the path /{resource.path} of {resource.name} is {taken}'s")
        seen[resource.path] = resource.name
