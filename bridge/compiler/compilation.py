"""A schema becomes a contract: recognition first, then each resource, then the types they name."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from bridge.compiler.exclusions import REASON, Exclusions, exclusions_of
from bridge.compiler.left_out import Ledger, LeftOut
from bridge.compiler.recognition.named_types import TypeGatherer, is_checkable
from bridge.compiler.recognition.operations import Operations, Recognised, recognise
from bridge.compiler.recognition.shapes import (
    is_unknown_scalar,
    items_of,
    root_field,
)
from bridge.compiler.resources import ResourceMaker, fit_operations
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import CompileError
from chalicelib.contract.model import Contract, Endpoint, Resource, together
from chalicelib.contract.types import Types, type_ref


@dataclass(frozen=True)
class RootFieldKind:
    """What a root field was recognised as.

    Attributes:
        parent: The name of the query or mutation type.
        field: The field's name.
        kind: `get`, `list`, `create`, `update`, `delete`, `index`, `endpoint` or `excluded`.
        resource: The type of whose items it is an operation; None where there is none.
    """

    parent: str
    field: str
    kind: str
    resource: str | None = None

    @property
    def name(self) -> str:
        """The field, as `Type.field`."""
        return f"{self.parent}.{self.field}"


@dataclass(frozen=True)
class Compilation:
    """What the compiler made of a schema.

    Attributes:
        contract: The REST API.
        left_out: What it does not show.
        root_fields: What each query and mutation was recognised as.
        subscriptions: How many subscriptions the schema has; REST has no place for them.
        fields: The fields of the resources' types, as `Type.field`.
        notes: What its user should know, one line each.
    """

    contract: Contract
    left_out: tuple[LeftOut, ...]
    root_fields: tuple[RootFieldKind, ...]
    subscriptions: int
    fields: tuple[str, ...]
    notes: tuple[str, ...]


def compile_schema(schema: GraphQLSchema, settings: RestSettings | None = None) -> Compilation:
    """Returns the contract of the REST API for `schema`, and what was left out of it.

    Raises:
        CompileError: The schema has nothing that the REST API could show, or the settings name
            what it does not have.
    """
    settings = settings or RestSettings()
    excluded = exclusions_of(settings.exclude, schema, recognise(schema))
    recognised = recognise(schema, excluded.roots | excluded.types)
    ledger = Ledger()
    for root in recognised.excluded:
        ledger.leave_out(root, REASON)
    fit = fit_operations(recognised, ledger)
    resources = ResourceMaker(schema, recognised, fit, excluded, ledger).resources()
    endpoints = _endpoints(recognised, ledger)
    if not resources and not endpoints:
        raise CompileError("the schema has no query and no mutation that REST could show")
    types = replace(
        _types(schema, excluded, resources, endpoints.values()), json_values=settings.json_values
    )
    contract = Contract(
        types,
        together(replace(each, types=types) for each in resources),
        endpoints,
        tuple(_deprecated(schema, excluded, [*(each.name for each in resources), *types.objects])),
    )
    subscription = schema.subscription_type
    return Compilation(
        contract,
        ledger.left_out(),
        tuple(_kinds(recognised)),
        len(subscription.fields) if subscription else 0,
        tuple(_fields(fit.values())),
        tuple(ledger.notes),
    )


def _endpoints(recognised: Recognised, ledger: Ledger) -> dict[str, Endpoint]:
    """Returns the endpoints by name; takes down those that are none."""
    found: dict[str, Endpoint] = {}
    for root in recognised.endpoints:
        named = [get_named_type(each.type) for each in root.field.args.values()]
        if root.name in found:
            other = f"{found[root.name].parent}.{root.name}"
            ledger.leave_out(root, f"its path /rpc/{root.name} is that of {other}")
        elif not all(map(is_checkable, named)):
            ledger.leave_out(root, "it takes a scalar that is not AppSync's")
        elif is_unknown_scalar(get_named_type(root.field.type)):
            ledger.leave_out(root, "it returns a scalar that is not AppSync's")
        else:
            found[root.name] = Endpoint(**vars(root_field(root)))
    return found


def _types(
    schema: GraphQLSchema,
    excluded: Exclusions,
    resources: Iterable[Resource],
    endpoints: Iterable[Endpoint],
) -> Types:
    """Returns the named types that the resources and the endpoints speak of."""
    gatherer = TypeGatherer(schema, excluded.types | excluded.fields)
    for resource in resources:
        gatherer.add(resource.members.values())
        for write in (resource.create, resource.update, resource.delete):
            gatherer.add(write.takes.values() if write else ())
        gatherer.add(resource.key.fields.values() if resource.key else ())
        paths = [(path, resource.name) for path in resource.access_paths]
        paths += [(each.path, each.target) for each in resource.relations.values() if each.path]
        for path, owner in paths:
            gatherer.add_conditions(path, excluded.of(owner))
    for endpoint in endpoints:
        gatherer.add([endpoint.type, *endpoint.arguments.values()])
    types = gatherer.types()
    names = {each.name for each in resources}
    # A resource's type may also be that of a value, which a write takes whole.
    values = {type_ref(text).name for each in resources for text in each.members.values()}
    linked = (each for each in types.objects if each not in values and _links(schema, each, names))
    return replace(types, linked=tuple(linked))


def _links(schema: GraphQLSchema, name: str, resources: Collection[str]) -> bool:
    """Whether what leads to the type is a relation: it is a resource, or pages of one."""
    type_ = schema.type_map[name]
    item = items_of(type_) if isinstance(type_, GraphQLObjectType) else None
    return name in resources or (item is not None and item.name in resources)


def _deprecated(
    schema: GraphQLSchema, excluded: Exclusions, type_names: Iterable[str]
) -> Iterator[str]:
    roots = [each.name for each in (schema.query_type, schema.mutation_type) if each]
    for type_name in dict.fromkeys((*type_names, *roots)):
        for name, declared in getattr(schema.type_map[type_name], "fields", {}).items():
            if declared.deprecation_reason is not None and not excluded.hides(
                schema, type_name, name
            ):
                yield f"{type_name}.{name}"


def _kinds(recognised: Recognised) -> Iterator[RootFieldKind]:
    for name, operations in recognised.operations.items():
        for kind, root in operations.by_kind.items():
            yield RootFieldKind(root.parent, root.name, kind, name)
        for root, _ in operations.indexes:
            yield RootFieldKind(root.parent, root.name, "index", name)
    for root in recognised.endpoints:
        yield RootFieldKind(root.parent, root.name, "endpoint")
    for root in recognised.excluded:
        yield RootFieldKind(root.parent, root.name, "excluded")


def _fields(fit: Iterable[Operations]) -> Iterator[str]:
    for each in fit:
        for name in each.type.fields:
            yield f"{each.type.name}.{name}"
