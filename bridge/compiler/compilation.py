"""A schema becomes a contract: recognition first, then each resource, then the types they name."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
)

from bridge.compiler import served
from bridge.compiler.exclusions import REASON, Exclusions, exclusions_of
from bridge.compiler.recognition.access_paths import list_path
from bridge.compiler.recognition.keys import required_members, unfit_key
from bridge.compiler.recognition.members import Members, members_of
from bridge.compiler.recognition.named_types import TypeGatherer, is_checkable
from bridge.compiler.recognition.operations import (
    Operations,
    has_conditions,
    recognise,
)
from bridge.compiler.recognition.paths import RESERVED, path_of
from bridge.compiler.recognition.shapes import (
    Root,
    argument_texts,
    input_members,
    is_unknown_scalar,
    items_of,
    type_text,
)
from bridge.compiler.recognition.versions import guarantees_of, no_version, version_of
from bridge.compiler.recognition.writes import taken_members, write_of
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import CompileError
from chalicelib.contract.model import (
    AccessPath,
    Contract,
    Endpoint,
    Guarantees,
    Resource,
    RootField,
    Write,
)
from chalicelib.contract.types import type_ref


@dataclass(frozen=True)
class LeftOut:
    """Something of the schema that the REST API does not show.

    Attributes:
        name: The field, as `Type.field`.
        reason: Why.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


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
    return _Compiler(schema, settings).compile()


class _Compiler:
    """Builds one contract; gathers what is left out of it."""

    def __init__(self, schema: GraphQLSchema, settings: RestSettings) -> None:
        self._schema = schema
        self._json_values = settings.json_values
        self._excluded = (
            exclusions_of(settings.exclude, schema, recognise(schema))
            if settings.exclude
            else Exclusions()
        )
        self._recognised = recognise(schema, self._excluded.roots | self._excluded.types)
        self._types = TypeGatherer(schema, self._excluded.types | self._excluded.fields)
        self._conditions_known = has_conditions(schema)
        self._left_out: dict[str, LeftOut] = {}
        self._notes: list[str] = []

    def compile(self) -> Compilation:
        fit = self._fit()
        for root in self._recognised.excluded:
            self._leave_out(str(root), REASON)
        resources = tuple(self._resource(each, path, fit.keys()) for each, path in fit.values())
        for each in resources:
            self._gather(each)
        endpoints = self._endpoints()
        if not resources and not endpoints:
            raise CompileError("the schema has no query and no mutation that REST could show")
        subscription = self._schema.subscription_type
        types = replace(self._types.types(), linked=self._linked(resources))
        resources = tuple(replace(each, types=types) for each in resources)
        deprecated = self._deprecated(
            [*(each.name for each in resources), *types.objects], endpoints.values()
        )
        return Compilation(
            Contract(types, resources, endpoints, tuple(deprecated), self._json_values),
            tuple(sorted(self._left_out.values(), key=lambda each: each.name)),
            tuple(self._kinds()),
            len(subscription.fields) if subscription else 0,
            tuple(f"{name}.{each}" for name, (of, _) in fit.items() for each in of.type.fields),
            tuple(self._notes),
        )

    def _leave_out(self, name: str, reason: str) -> None:
        self._left_out.setdefault(name, LeftOut(name, reason))

    def _fit(self) -> dict[str, tuple[Operations, str]]:
        """Returns each resource's operations and path; leaves out what cannot have a path."""
        fit: dict[str, tuple[Operations, str]] = {}
        taken = dict.fromkeys(RESERVED, "the gateway itself")
        for name, each in self._recognised.operations.items():
            listed = each.by_kind.get("list")
            path = path_of(name, listed.name if listed else None)
            reason = unfit_key(each.by_kind.get("get"), each.writes)
            if not each.by_kind:
                reason = served.INDEX
            elif reason is None and path in taken:
                reason = f"its path /{path} is that of {taken[path]}"
            if reason is None:
                fit[name] = (each, path)
                taken[path] = name
                continue
            for root in each.roots:
                self._leave_out(str(root), f"{name} is no resource: {reason}")
        return fit

    def _resource(self, operations: Operations, path: str, resources: Collection[str]) -> Resource:
        type_, by_kind, key, writes = (
            operations.type,
            operations.by_kind,
            operations.key,
            operations.writes,
        )
        members = self._members(operations, resources)
        pages = [root for root, _ in operations.indexes]
        for root in pages:
            self._leave_out(str(root), served.INDEX)
        listed, get = by_kind.get("list"), by_kind.get("get")
        guarantees = guarantees_of(
            type_,
            [*pages, *((listed,) if listed else ())],
            writes,
            conditions_known=self._conditions_known,
        )
        reason = no_version(type_, writes, guarantees, members.shown)
        if reason is not None and writes:
            self._notes.append(f"{type_.name}: no ETag and no If-Match: {reason}")
        resource = Resource(
            name=type_.name,
            path=path,
            members=members.shown,
            guarantees=guarantees,
            key=key,
            get=_root_field(get) if get else None,
            list=list_path(key, listed) if listed else None,
            indexes=tuple(
                each
                for _, each in operations.indexes
                if not any(self._is_excluded(type_.name, name) for name in _key_of(each))
            ),
            version=None if reason else version_of(type_, writes),
            relations=members.relations,
        )
        return self._with_writes(resource, operations)

    def _with_writes(self, resource: Resource, operations: Operations) -> Resource:
        unserved = served.unserved_writes(resource)
        made: dict[str, Write | None] = {}
        for kind, root in operations.writes.items():
            if unserved is None:
                made[kind] = self._write(kind, root, operations, resource.guarantees)
            else:
                self._leave_out(str(root), unserved)
        return replace(
            resource,
            create=made.get("create"),
            update=made.get("update"),
            delete=made.get("delete"),
        )

    def _is_excluded(self, type_name: str, name: str) -> bool:
        """Whether a member of a type, or of its inputs, is excluded, or what it leads to is."""
        if f"{type_name}.{name}" in self._excluded.fields:
            return True
        declared = getattr(self._schema.type_map[type_name], "fields", {}).get(name)
        if declared is None:
            return False
        named = get_named_type(declared.type)
        item = items_of(named) if isinstance(named, GraphQLObjectType) else None
        return (item or named).name in self._excluded.types

    def _members(self, operations: Operations, resources: Collection[str]) -> Members:
        """Returns what the type's fields are, less what is excluded; names what is left out."""
        members = members_of(self._schema, operations, self._recognised.operations)
        for name in operations.type.fields:
            if self._is_excluded(operations.type.name, name):
                members.shown.pop(name, None)
                members.relations.pop(name, None)
                members.left_out[name] = REASON
        for name, relation in list(members.relations.items()):
            if relation.target not in resources:
                del members.relations[name]
                members.left_out[name] = f"{relation.target} is no resource"
        reasons = members.left_out | dict.fromkeys(members.relations, served.RELATION)
        for name, reason in reasons.items():
            self._leave_out(f"{operations.type.name}.{name}", reason)
        return members

    def _write(
        self, kind: str, root: Root, operations: Operations, guarantees: Guarantees
    ) -> Write | None:
        """Returns the write; None where it cannot be made, which is named."""
        type_name, key = operations.type.name, operations.key
        given = set(input_members(root.field, "input"))
        if kind != "create" and key is None:
            self._leave_out(str(root), f"nothing tells the key of {type_name}")
            return None
        if kind != "create" and key is not None and not set(key.names) <= given:
            self._leave_out(str(root), f"its input lacks the key of {type_name}")
            return None
        if (
            kind == "delete"
            and key is not None
            and not set(required_members(root)) <= set(key.names)
        ):
            self._leave_out(str(root), f"its input requires more than the key of {type_name}")
            return None
        takes = {}
        for name, member in taken_members(kind, root, guarantees).items():
            reason = None
            if self._is_excluded(type_name, name):
                reason = REASON
            elif not is_checkable(get_named_type(member.type)):
                reason = "of a scalar that is not AppSync's"
            if reason is None:
                takes[name] = type_text(member)
            elif is_required_input_field(member):
                self._leave_out(str(root), f"it requires `{name}`, which is {reason}")
                return None
        return write_of(root, takes)

    def _gather(self, resource: Resource) -> None:
        self._types.add(resource.members.values())
        for write in (resource.create, resource.update, resource.delete):
            if write is not None:
                self._types.add(write.takes.values())
        if resource.key is not None:
            self._types.add(resource.key.fields.values())
        related = (each.path for each in resource.relations.values() if each.path)
        for path in (*resource.access_paths, *related):
            if path.filter is not None:
                hidden = frozenset(
                    name.partition(".")[2]
                    for name in self._excluded.fields
                    if path.filter == f"Model{name.partition('.')[0]}FilterInput"
                    or (path in resource.access_paths and name.startswith(f"{resource.name}."))
                )
                self._types.add_filter(path.filter, hidden)
            if path.sort_argument is not None:
                self._types.add_operators(path.arguments[path.sort_argument])

    def _endpoints(self) -> dict[str, Endpoint]:
        """Returns the endpoints by name; names those that are none."""
        found: dict[str, Endpoint] = {}
        for root in self._recognised.endpoints:
            named = [get_named_type(each.type) for each in root.field.args.values()]
            if root.name in found:
                other = f"{found[root.name].parent}.{root.name}"
                self._leave_out(str(root), f"its path /rpc/{root.name} is that of {other}")
            elif not all(map(is_checkable, named)):
                self._leave_out(str(root), "it takes a scalar that is not AppSync's")
            elif is_unknown_scalar(get_named_type(root.field.type)):
                self._leave_out(str(root), "it returns a scalar that is not AppSync's")
            else:
                self._types.add([str(root.field.type), *argument_texts(root.field).values()])
                found[root.name] = Endpoint(**vars(_root_field(root)))
        return found

    def _linked(self, resources: Iterable[Resource]) -> tuple[str, ...]:
        """Returns the types that others lead to by relations: the resources' and their pages'."""
        objects = self._types.types().objects
        pages = [type_ref(path.type).name for each in resources for path in each.access_paths]
        names = dict.fromkeys((*(each.name for each in resources), *pages))
        return tuple(name for name in names if name in objects)

    def _deprecated(
        self, type_names: Iterable[str], endpoints: Iterable[Endpoint]
    ) -> Iterator[str]:
        places = [
            (name, each)
            for name in dict.fromkeys(type_names)
            for each in getattr(self._schema.type_map[name], "fields", {})
        ]
        places += [(each.parent, each.name) for each in endpoints]
        for type_name, name in places:
            declared = getattr(self._schema.type_map[type_name], "fields", {})[name]
            if declared.deprecation_reason is not None and not self._is_excluded(type_name, name):
                yield f"{type_name}.{name}"

    def _kinds(self) -> Iterator[RootFieldKind]:
        for name, operations in self._recognised.operations.items():
            for kind, root in operations.by_kind.items():
                yield RootFieldKind(root.parent, root.name, kind, name)
            for root, _ in operations.indexes:
                yield RootFieldKind(root.parent, root.name, "index", name)
        for root in self._recognised.endpoints:
            yield RootFieldKind(root.parent, root.name, "endpoint")
        for root in self._recognised.excluded:
            yield RootFieldKind(root.parent, root.name, "excluded")


def _root_field(root: Root) -> RootField:
    return RootField(
        root.parent, root.name, str(root.field.type), argument_texts(root.field), root.mutation
    )


def _key_of(path: AccessPath) -> tuple[str, ...]:
    return (*((path.partition,) if path.partition else ()), *path.sort)
