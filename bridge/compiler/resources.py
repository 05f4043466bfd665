"""Makes the contract's resources of the operations that were recognised."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLSchema, get_named_type, is_required_input_field

from bridge.compiler import served
from bridge.compiler.exclusions import REASON, Exclusions
from bridge.compiler.left_out import Ledger
from bridge.compiler.recognition.access_paths import list_path
from bridge.compiler.recognition.keys import required_members, unfit_key
from bridge.compiler.recognition.members import Members, members_of
from bridge.compiler.recognition.named_types import is_checkable
from bridge.compiler.recognition.operations import Operations, Recognised, has_conditions
from bridge.compiler.recognition.paths import RESERVED, path_of
from bridge.compiler.recognition.shapes import Root, input_members, root_field, type_text
from bridge.compiler.recognition.versions import guarantees_of, no_version, version_of
from bridge.compiler.recognition.writes import taken_members, write_of
from chalicelib.contract.key import Key
from chalicelib.contract.model import AccessPath, Guarantees, Resource, Write


def fit_operations(recognised: Recognised, ledger: Ledger) -> dict[str, Operations]:
    """Returns the operations of each resource by its path; leaves out what cannot have one."""
    fit: dict[str, Operations] = {}
    for name, each in recognised.operations.items():
        listed = each.by_kind.get("list")
        path = path_of(name, listed.name if listed else None)
        reason = unfit_key(each.by_kind.get("get"), each.writes)
        if not each.by_kind:
            reason = served.NO_LIST
        elif reason is None and path in RESERVED:
            reason = f"its path /{path} is that of the gateway itself"
        elif reason is None and path in fit:
            reason = f"its path /{path} is that of {fit[path].type.name}"
        if reason is None:
            fit[path] = each
        for root in each.roots if reason else ():
            ledger.leave_out(root, f"{name} is no resource: {reason}")
    return fit


@dataclass(frozen=True)
class ResourceMaker:
    """Makes resources; takes down what is left out of them.

    Attributes:
        schema: The schema.
        recognised: What its root fields are.
        fit: The operations of each resource, by its path.
        excluded: What is as if not there.
        ledger: Where what is left out goes.
    """

    schema: GraphQLSchema
    recognised: Recognised
    fit: Mapping[str, Operations]
    excluded: Exclusions
    ledger: Ledger

    def resources(self) -> tuple[Resource, ...]:
        """Returns the resources, in the schema's order."""
        conditions_known = has_conditions(self.schema)
        return tuple(
            self._resource(path, operations, conditions_known=conditions_known)
            for path, operations in self.fit.items()
        )

    def _resource(self, path: str, operations: Operations, *, conditions_known: bool) -> Resource:
        type_, key, writes = operations.type, operations.key, operations.writes
        get, listed = operations.by_kind.get("get"), operations.by_kind.get("list")
        members = self._members(operations)
        pages = [root for root in (listed, *(root for root, _ in operations.indexes)) if root]
        guarantees = guarantees_of(type_, pages, writes, conditions_known=conditions_known)
        reason = no_version(type_, writes, guarantees, members.shown)
        if reason is not None and writes:
            self.ledger.notes.append(f"{type_.name}: no ETag and no If-Match: {reason}")
        version = None if reason else version_of(type_, writes)
        made = self._writes(operations, guarantees)
        return Resource(
            name=type_.name,
            path=path,
            members=members.shown,
            guarantees=guarantees,
            key=key,
            get=root_field(get) if get else None,
            list=list_path(key, listed) if listed else None,
            create=made.get("create"),
            update=made.get("update"),
            delete=made.get("delete"),
            indexes=self._indexes(operations),
            version=version,
            relations=members.relations,
        )

    def _members(self, operations: Operations) -> Members:
        """Returns what the type's fields are, less what is excluded."""
        type_ = operations.type
        members = members_of(self.schema, operations, self.recognised.operations)
        for name in type_.fields:
            if self.excluded.hides(self.schema, type_.name, name):
                members.leave_out(name, REASON)
        resources = {each.type.name for each in self.fit.values()}
        for name, relation in list(members.relations.items()):
            if relation.target not in resources:
                members.leave_out(name, f"{relation.target} is no resource")
        for name, reason in members.left_out.items():
            self.ledger.leave_out(f"{type_.name}.{name}", reason)
        return members

    def _indexes(self, operations: Operations) -> tuple[AccessPath, ...]:
        shown = []
        for root, path in operations.indexes:
            hidden = any(
                self.excluded.hides(self.schema, operations.type.name, name)
                for name in (path.partition, *path.sort)
                if name is not None
            )
            if hidden:
                self.ledger.leave_out(root, REASON)
                continue
            if "list" not in operations.by_kind:
                self.ledger.leave_out(root, served.NO_LIST)
            shown.append(path)
        return tuple(shown)

    def _writes(self, operations: Operations, guarantees: Guarantees) -> dict[str, Write]:
        """Returns the writes by their kinds; takes down those that cannot be made."""
        made = {}
        for kind, root in operations.writes.items():
            takes: dict[str, str] = {}
            reason = _key_fault(kind, root, operations.key, operations.type.name) or self._take(
                takes, kind, root, operations.type.name, guarantees
            )
            if reason is None:
                made[kind] = write_of(root, takes)
            else:
                self.ledger.leave_out(root, reason)
        return made

    def _take(
        self, takes: dict[str, str], kind: str, root: Root, type_name: str, guarantees: Guarantees
    ) -> str | None:
        """Fills in what the write takes of a client; returns why no client can satisfy it."""
        for name, member in taken_members(kind, root, guarantees).items():
            if self.excluded.hides(self.schema, type_name, name):
                fault = REASON
            elif is_checkable(get_named_type(member.type)):
                takes[name] = type_text(member)
                continue
            else:
                fault = "of a scalar that is not AppSync's"
            if is_required_input_field(member):
                return f"it requires `{name}`, which is {fault}"
        return None


def _key_fault(kind: str, root: Root, key: Key | None, type_name: str) -> str | None:
    """Returns why a write cannot name its item; None where it can, or need not."""
    if kind == "create":
        return None
    if key is None:
        return f"nothing tells the key of {type_name}"
    if not set(key.names) <= input_members(root.field, "input").keys():
        return f"its input lacks the key of {type_name}"
    if kind == "delete" and not set(required_members(root)) <= set(key.names):
        return f"its input requires more than the key of {type_name}"
    return None
