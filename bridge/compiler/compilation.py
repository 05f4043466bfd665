"""A schema becomes a contract: recognition first, then each resource, then the types they name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graphql import GraphQLNonNull, GraphQLSchema, get_named_type

from bridge.compiler import served
from bridge.compiler.recognition.access_paths import list_path
from bridge.compiler.recognition.keys import deleted_by, unfit_key
from bridge.compiler.recognition.members import Members, members_of
from bridge.compiler.recognition.named_types import TypeGatherer, is_checkable
from bridge.compiler.recognition.operations import (
    Operations,
    Recognised,
    has_conditions,
    recognise,
)
from bridge.compiler.recognition.paths import RESERVED, path_of
from bridge.compiler.recognition.shapes import Root, argument_texts, input_members, type_text
from bridge.compiler.recognition.versions import guarantees_of, version_of
from bridge.compiler.recognition.writes import taken_members, write_of
from bridge.compiler.schema import CompileError
from chalicelib.contract.model import Contract, Endpoint, Resource, RootField, Write


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
        kind: `get`, `list`, `create`, `update`, `delete`, `index` or `endpoint`.
        resource: The type of whose items it is an operation; None for an endpoint.
    """

    parent: str
    field: str
    kind: str
    resource: str | None

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
        notes: What its user should know, one line each.
    """

    contract: Contract
    left_out: tuple[LeftOut, ...]
    root_fields: tuple[RootFieldKind, ...]
    subscriptions: int
    notes: tuple[str, ...]


def compile_schema(schema: GraphQLSchema) -> Compilation:
    """Returns the contract of the REST API for `schema`, and what was left out of it.

    Raises:
        CompileError: The schema has nothing that the REST API could show.
    """
    return _Compiler(schema, recognise(schema)).compile()


def _linked(resources: Iterable[Resource]) -> dict[str, None]:
    """Returns the types that other types lead to by relations: the resources', and their pages'."""
    pages = (path.type for each in resources for path in each.access_paths)
    return dict.fromkeys((*(each.name for each in resources), *pages))


class _Compiler:
    """Builds one contract; gathers what is left out of it."""

    def __init__(self, schema: GraphQLSchema, recognised: Recognised) -> None:
        self._schema = schema
        self._recognised = recognised
        self._left_out: dict[str, LeftOut] = {}
        self._notes: list[str] = []
        self._types = TypeGatherer(schema)
        self._conditions_known = has_conditions(schema)

    def compile(self) -> Compilation:
        operations = self._fit()
        resources = tuple(
            self._resource(each, operations, path) for path, each in operations.values()
        )
        for each in resources:
            self._gather(each)
        endpoints = {root.name: self._endpoint(root) for root in self._recognised.endpoints}
        if not resources and not endpoints:
            raise CompileError("the schema has no query and no mutation that REST could show")
        types = replace(self._types.types(), linked=tuple(_linked(resources)))
        resources = tuple(replace(each, types=types) for each in resources)
        subscription = self._schema.subscription_type
        return Compilation(
            Contract(
                types,
                resources,
                endpoints,
                tuple(self._deprecated(resources, endpoints.values(), types.objects)),
            ),
            tuple(sorted(self._left_out.values(), key=lambda each: each.name)),
            tuple(self._kinds()),
            len(subscription.fields) if subscription else 0,
            tuple(self._notes),
        )

    def _leave_out(self, name: str, reason: str) -> None:
        self._left_out.setdefault(name, LeftOut(name, reason))

    def _fit(self) -> dict[str, tuple[str, Operations]]:
        """Returns each resource's path and operations; leaves out what cannot have a path."""
        fit: dict[str, tuple[str, Operations]] = {}
        taken = dict.fromkeys(RESERVED, "the gateway itself")
        for name, each in self._recognised.operations.items():
            listed = each.by_kind.get("list")
            path = path_of(name, listed.name if listed else None)
            reason = unfit_key(each.by_kind.get("get"), each.writes)
            if reason is None and path in taken:
                reason = f"its path /{path} is that of {taken[path]}"
            if reason is None:
                fit[name] = (path, each)
                taken[path] = name
                continue
            for root in each.roots:
                self._leave_out(str(root), f"{name} is no resource: {reason}")
        return fit

    def _resource(
        self, operations: Operations, all_: Mapping[str, tuple[str, Operations]], path: str
    ) -> Resource:
        type_, by_kind, key = operations.type, operations.by_kind, operations.key
        members = members_of(
            self._schema, operations, {name: each for name, (_, each) in all_.items()}
        )
        self._name_members(type_.name, members)
        writes = operations.writes
        pages = [*(root for root, _ in operations.indexes)]
        if "list" in by_kind:
            pages.append(by_kind["list"])
        guarantees = guarantees_of(type_, pages, writes, conditions_known=self._conditions_known)
        get = by_kind.get("get")
        for root, _ in operations.indexes:
            self._leave_out(str(root), served.INDEX)
        resource = Resource(
            name=type_.name,
            path=path,
            members=members.shown,
            guarantees=guarantees,
            key=key,
            get=_root_field(get) if get else None,
            list=list_path(key, by_kind["list"]) if "list" in by_kind else None,
            indexes=tuple(path for _, path in operations.indexes),
            version=version_of(type_, writes, guarantees),
            relations=members.relations,
        )
        unserved = served.unserved_writes(resource)
        if unserved is not None:
            for root in writes.values():
                self._leave_out(str(root), unserved)
            return resource
        made = {kind: self._write(kind, root, operations) for kind, root in writes.items()}
        if resource.version is None and made:
            self._notes.append(
                f"{type_.name}: no ETag and no If-Match, because nothing tells two states of an"
                " item apart: " + _why_no_version(operations, guarantees.repeatable)
            )
        return replace(resource, **made)

    def _name_members(self, type_name: str, members: Members) -> None:
        for name, reason in members.left_out.items():
            self._leave_out(f"{type_name}.{name}", reason)
        for name, relation in members.relations.items():
            self._leave_out(f"{type_name}.{name}", served.RELATION.format(target=relation.target))

    def _write(self, kind: str, root: Root, operations: Operations) -> Write | None:
        key = operations.key
        given = set(input_members(root.field, "input"))
        if kind != "create" and key is not None and not set(key.names) <= given:
            self._leave_out(str(root), f"its input lacks the key of {operations.type.name}")
            return None
        if kind == "delete" and key is not None and set(deleted_by(root)) != set(key.names):
            self._leave_out(str(root), f"its input has more than the key of {operations.type.name}")
            return None
        takes = {}
        for name, member in taken_members(kind, root).items():
            named = get_named_type(member.type)
            if is_checkable(named):
                takes[name] = type_text(member)
            elif isinstance(member.type, GraphQLNonNull):
                self._leave_out(
                    str(root), f"it requires `{name}`, in which there is a scalar of no AppSync"
                )
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
                self._types.add_filter(path.filter)
            if path.sort_argument is not None:
                self._types.add_operators(path.arguments[path.sort_argument])

    def _endpoint(self, root: Root) -> Endpoint:
        self._leave_out(str(root), served.ENDPOINT)
        self._types.add([str(root.field.type), *argument_texts(root.field).values()])
        found = _root_field(root)
        return Endpoint(found.parent, found.name, found.type, found.arguments, found.mutation)

    def _deprecated(
        self,
        resources: Iterable[Resource],
        endpoints: Iterable[Endpoint],
        objects: Mapping[str, object],
    ) -> Iterable[str]:
        names = dict.fromkeys([each.name for each in resources])
        for name in (*names, *(each for each in objects if each not in names)):
            fields = getattr(self._schema.type_map[name], "fields", {})
            for field_name, declared in fields.items():
                if declared.deprecation_reason is not None:
                    yield f"{name}.{field_name}"
        for each in endpoints:
            root = self._schema.type_map[each.parent]
            if getattr(root, "fields", {})[each.name].deprecation_reason is not None:
                yield f"{each.parent}.{each.name}"

    def _kinds(self) -> Iterable[RootFieldKind]:
        for name, operations in self._recognised.operations.items():
            for kind, root in operations.by_kind.items():
                yield RootFieldKind(root.parent, root.name, kind, name)
            for root, _ in operations.indexes:
                yield RootFieldKind(root.parent, root.name, "index", name)
        for root in self._recognised.endpoints:
            yield RootFieldKind(root.parent, root.name, "endpoint", None)


def _root_field(root: Root) -> RootField:
    return RootField(
        root.parent, root.name, str(root.field.type), argument_texts(root.field), root.mutation
    )


def _why_no_version(operations: Operations, amplify: bool) -> str:
    if not amplify:
        return "its resolvers are not known to be Amplify's"
    if "updatedAt" not in operations.type.fields:
        return "it has no `updatedAt`"
    return "its conditions do not know `updatedAt` as a time"
