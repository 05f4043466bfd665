"""The contract's model: frozen values, built once from contract.json.

Every value is built from its JSON by the names of its own attributes, so nothing here says a second
time what a value is made of; bridge/compiler/contract_file.py writes the same names.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chalicelib.contract.key import Key, KeyValues
from chalicelib.contract.types import Types, type_ref

# Of an attribute that contract.json does not hold, since it says where the value stands.
UNWRITTEN: Mapping[str, Any] = MappingProxyType({"unwritten": True})
# The parameter of the one route of all endpoints, which names one, and that route.
OPERATION = "operation"
OPERATION_PATH = f"/rpc/{{{OPERATION}}}"
# The parameter of the one route of all relations of an item, which names one.
RELATION = "relation"
CONTRACT_FILE = Path(__file__).with_name("contract.json")


class Guarantees(StrEnum):
    """What account B's resolvers are known to do."""

    AMPLIFY = "amplify"
    """Amplify's templates: create refuses an existing key, update and delete a missing one; the
    same write done twice is done once; `updatedAt` changes with every write."""

    NONE = "none"
    """A hand-written API: its create may overwrite, its update may create."""

    @property
    def repeatable(self) -> bool:
        """Whether a write that broke off may be sent again."""
        return self is Guarantees.AMPLIFY


@dataclass(frozen=True, eq=False)
class RootField:
    """A field of the query or mutation type.

    Attributes:
        parent: The name of that type, by which IAM names it: `Query`, `Mutation`, or what the
            schema calls it.
        name: The field's name, such as `createTodo`.
        type: What it returns, as GraphQL writes it.
        arguments: The type of each argument, as GraphQL writes it.
        mutation: It is a field of the mutation type.
    """

    parent: str
    name: str
    type: str
    arguments: Mapping[str, str]
    mutation: bool = False


@dataclass(frozen=True, eq=False)
class AccessPath(RootField):
    """A root field, or a relation's field, that returns pages of a resource's items.

    Attributes:
        partition: The field whose value it must be given (an index), or may be (the table; without
            it the table is scanned); None where there is none.
        sort: The fields that order a partition.
        sort_argument: The argument that takes the condition on them; None for none.
        filter: Its filter input type; None where it takes no filter.
        index: It reads an index, so only items that have all its key fields.
        related: It is a relation's field: the item that it starts from fixes the partition.
        fixed: Of a relation, the fields that it may fix so: no filter may ask for one, nor need it.
    """

    partition: str | None = None
    sort: tuple[str, ...] = ()
    sort_argument: str | None = None
    filter: str | None = None
    index: bool = False
    related: bool = False
    fixed: tuple[str, ...] = ()

    @property
    def directed(self) -> bool:
        """Whether a partition can be read in descending order."""
        return bool(self.sort) and "sortDirection" in self.arguments


@dataclass(frozen=True, eq=False)
class Write(RootField):
    """Create, update or delete: a mutation with an input, and maybe a condition.

    Attributes:
        takes: The members of its input, each with its type as GraphQL writes it; less those that no
            client may set.
    """

    takes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def requires(self) -> tuple[str, ...]:
        """The members that must be given."""
        return tuple(name for name, text in self.takes.items() if type_ref(text).required)

    @property
    def takes_condition(self) -> bool:
        """Whether it can be made conditional."""
        return "condition" in self.arguments


@dataclass(frozen=True, slots=True)
class Version:
    """What tells two states of an item apart.

    Attributes:
        field: `updatedAt`, which the conditions of update and delete know; or `_version`.
        created: The field that holds the same as `field` until the item is changed; None where
            there is none.
        sent_as: The input member by which update and delete take the version that is to be changed,
            under conflict resolution; None where the version is held by a condition.
        deleted: The field that is true for a deleted item, which the store keeps; None for none.
    """

    field: str
    created: str | None = None
    sent_as: str | None = None
    deleted: str | None = None


@dataclass(frozen=True, eq=False)
class Relation:
    """A field of a resource's type that leads to items of another resource.

    Attributes:
        name: The field's name.
        target: The other resource's name.
        path: How its pages are read; None where it leads to one item.
        type: What the field returns, as GraphQL writes it.
    """

    name: str
    target: str
    type: str
    path: AccessPath | None = None

    @property
    def many(self) -> bool:
        """Whether it leads to many items."""
        return self.path is not None


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of the REST API; an operation that the schema lacks is None.

    Attributes:
        name: The GraphQL type's name.
        path: The first path segment of all its paths.
        key: What names an item; None where no operation tells.
        members: The fields of a representation, each with its type as GraphQL writes it.
        list: The table's own access path.
        indexes: The access paths over indexes.
        version: What an ETag is made of; None where nothing tells two states apart.
        guarantees: What account B's resolvers are known to do.
        relations: By their names.
        types: The named types that members and inputs speak of.
        resources: All resources by their types' names, this one too.
    """

    name: str
    path: str
    members: Mapping[str, str]
    guarantees: Guarantees
    key: Key | None = None
    get: RootField | None = None
    list: AccessPath | None = None
    create: Write | None = None
    update: Write | None = None
    delete: Write | None = None
    indexes: tuple[AccessPath, ...] = ()
    version: Version | None = None
    relations: Mapping[str, Relation] = field(default_factory=dict)
    types: Types = field(default_factory=Types, repr=False, metadata=UNWRITTEN)
    resources: "Mapping[str, Resource]" = field(
        default_factory=dict, repr=False, metadata=UNWRITTEN
    )

    @property
    def template(self) -> str:
        """The path template of one item."""
        return f"/{self.path}/{self.key.template}" if self.key else f"/{self.path}"

    @property
    def relation_template(self) -> str | None:
        """The path template of all relations of one item; None where there is none to be had."""
        if self.get is None or not self.relations:
            return None
        return f"{self.template}/{{{self.relation_parameter}}}"

    @property
    def relation_parameter(self) -> str:
        """The parameter of that path which names one: no key field is called so."""
        named = self.key.names if self.key else ()
        return RELATION if RELATION not in named else f"{RELATION}_of_{self.name}"

    def target(self, relation: "Relation") -> "Resource":
        """Returns the resource that a relation leads to."""
        return self.resources[relation.target]

    def key_of(self, parameters: Mapping[str, str]) -> KeyValues:
        """Returns the key that the parameters of an item's path hold.

        Raises:
            InvalidRequest: Every field that is none.
        """
        if self.key is None:
            raise LookupError(f"{self.name} has no key")
        return self.key.from_path(parameters)

    @cached_property
    def access_paths(self) -> tuple[AccessPath, ...]:
        """The table's access path, if there is one, and the indexes'."""
        return (*(() if self.list is None else (self.list,)), *self.indexes)

    @cached_property
    def together(self) -> tuple[tuple[str, ...], ...]:
        """The fields of two-field index keys: account B takes all of a key's fields, or none.

        Source: Amplify's update template: "When updating any part of the composite sort key …, you
        must provide all fields for the key."
        """
        groups = dict.fromkeys(path.sort for path in self.indexes if len(path.sort) > 1)
        return tuple(groups)

    @cached_property
    def never_empty(self) -> frozenset[str]:
        """The members of which an index takes no empty text: partitions, and single sort fields.

        Several sort fields are one text in the store, with a separator that is never empty. What a
        relation fixes is the key of an index that maybe no query of its own reads.

        Source: Amazon DynamoDB developer guide, "Naming rules and data types": no value of a key
        attribute of a table or an index is empty.
        """
        keys = [(each.partition, *each.sort) for each in self.indexes]
        keys += [
            relation.path.fixed
            for parent in self.resources.values()
            for relation in parent.relations.values()
            if relation.path is not None and relation.target == self.name
        ]
        pair = 2
        return frozenset(
            name
            for names in keys
            for name in (names if len(names) == pair else names[:1])
            if name is not None
        )

    @cached_property
    def writable(self) -> frozenset[str]:
        """The members that some write takes."""
        return frozenset(
            name for write in (self.create, self.update) if write for name in write.takes
        )


@dataclass(frozen=True, eq=False)
class Endpoint(RootField):
    """A root field that belongs to no resource."""

    @property
    def path(self) -> str:
        """Its path."""
        return OPERATION_PATH.replace(f"{{{OPERATION}}}", self.name)


@dataclass(frozen=True, eq=False)
class Contract:
    """All that the REST API shows.

    Attributes:
        types: Every named type that is spoken of.
        resources: In the schema's order.
        endpoints: By their names.
        deprecated: The deprecated fields, as `Type.field`.
    """

    types: Types
    resources: tuple[Resource, ...]
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    deprecated: Sequence[str] = ()

    @cached_property
    def by_path(self) -> Mapping[str, Resource]:
        """The resources by their first path segments."""
        return {resource.path: resource for resource in self.resources}

    @cached_property
    def by_name(self) -> Mapping[str, Resource]:
        """The resources by their types' names."""
        return {resource.name: resource for resource in self.resources}


def together(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Returns the resources, each of which now knows all of them."""
    known: dict[str, Resource] = {}
    linked = tuple(replace(each, resources=known) for each in resources)
    known.update({each.name: each for each in linked})
    return linked


def contract_from_json(document: Mapping[str, Any]) -> Contract:
    """Returns the contract that a parsed contract.json holds."""
    types = Types(**document["types"])
    return Contract(
        types,
        together(_resource(entry, types) for entry in document["resources"]),
        {each["name"]: Endpoint(**each) for each in document.get("endpoints", ())},
        document.get("deprecated", ()),
    )


@lru_cache(maxsize=1)
def load_contract() -> Contract:
    """Returns the checked-in contract, read once."""
    return contract_from_json(json.loads(CONTRACT_FILE.read_bytes()))


def _resource(entry: Mapping[str, Any], types: Types) -> Resource:
    made = {**entry, "types": types}
    made["guarantees"] = Guarantees(entry["guarantees"])
    for name, kind in _OPERATIONS:
        if name in entry:
            made[name] = kind(**entry[name])
    if "key" in entry:
        made["key"] = Key(entry["key"])
    if "list" in entry:
        made["list"] = _access_path(entry["list"])
    if "version" in entry:
        made["version"] = Version(**entry["version"])
    made["indexes"] = tuple(map(_access_path, entry.get("indexes", ())))
    made["relations"] = dict(_relations(entry.get("relations", ())))
    return Resource(**made)


_OPERATIONS: Sequence[tuple[str, type[RootField]]] = (
    ("get", RootField),
    ("create", Write),
    ("update", Write),
    ("delete", Write),
)


def _access_path(entry: Mapping[str, Any]) -> AccessPath:
    lists = {name: tuple(entry[name]) for name in ("sort", "fixed") if name in entry}
    return AccessPath(**{**entry, **lists})


def _relations(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Relation]]:
    for entry in entries:
        path = {"path": _access_path(entry["path"])} if "path" in entry else {}
        yield entry["name"], Relation(**{**entry, **path})
