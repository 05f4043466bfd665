"""What the resolvers know of a schema: its models, their keys and relations, what each field does.

Which field does what is told by the built schema: by the names of input types, which Amplify's
transformer alone gives, and by the shape of queries. The rest is told by the source schema where
there is one, and else inferred from the queries' arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Any

from bridge.sandbox.appsync.amplify.rules import ASSUMED, Access, Rule
from bridge.sandbox.dynamodb.tables import Attribute, KeySchema, Table


class Kind(Enum):
    """What a root field does to its model."""

    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()
    GET = auto()
    LIST = auto()
    QUERY = auto()
    SYNC = auto()


@dataclass(frozen=True)
class Key:
    """The fields of a table's or an index's key.

    Attributes:
        partition: The partition key's.
        sorts: The sort key's; several stand in one attribute, joined by `#`.
    """

    partition: str
    sorts: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Returns all fields in order."""
        return (self.partition, *self.sorts)

    @property
    def is_joined(self) -> bool:
        """Returns whether one attribute holds several sort fields."""
        return len(self.sorts) > 1

    @property
    def joined(self) -> str:
        """Returns the name of the sort key's attribute; empty without a sort key."""
        return "#".join(self.sorts)

    @property
    def argument(self) -> str:
        """Returns the name of the argument for the sort key: the fields' in camel case."""
        first, *others = self.sorts or ("",)
        return first + "".join(name[:1].upper() + name[1:] for name in others)

    def schema(self, types: Mapping[str, str]) -> KeySchema:
        """Returns the key as DynamoDB has it.

        Args:
            types: The fields' DynamoDB types; a text where one is missing.
        """
        partition = Attribute(self.partition, types.get(self.partition, "S"))
        if not self.sorts:
            return KeySchema(partition)
        sort_type = "S" if self.is_joined else types.get(self.sorts[0], "S")
        return KeySchema(partition, Attribute(self.joined, sort_type))


@dataclass(frozen=True)
class Model:
    """A type that has a table.

    Attributes:
        name: The object type's name, and the table's.
        key: Its table's key.
        fields: The names of the object type's fields.
        versioned: Whether conflict resolution is on (the type has `_version`).
        expects_version: Whether a change names the version that it changes (`@versioned`, v1).
        types: The DynamoDB types of fields that may be keys.
        indexes: Keys of its indexes, by name.
        defaults: The values of @default.
        created_at: The field of the creation's time, if there is one.
        updated_at: The field of the last change's time, if there is one.
        access: Who may do what.
    """

    name: str
    key: Key
    fields: frozenset[str]
    versioned: bool
    expects_version: bool = False
    types: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, Key] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    created_at: str | None = None
    updated_at: str | None = None
    access: Access = field(default_factory=lambda: Access((), ASSUMED, {}))

    @cached_property
    def table(self) -> Table:
        """Returns the table as DynamoDB has it."""
        indexes = {name: key.schema(self.types) for name, key in self.indexes.items()}
        return Table(self.name, self.key.schema(self.types), indexes)

    def key_of(self, index: str | None) -> Key:
        """Returns the key of an index, or the table's own for None."""
        return self.key if index is None else self.indexes[index]


@dataclass(frozen=True)
class Operation:
    """A root field that works on a model.

    Attributes:
        kind: What it does.
        model: To what.
        index: The index that a query reads; None for the table.
        inferred: Only the field's shape says so: a function of its name is believed before.
    """

    kind: Kind
    model: Model
    index: str | None = None
    inferred: bool = False


@dataclass(frozen=True)
class Relation:
    """A field that leads to items of a model.

    Attributes:
        model: The model that it leads to.
        is_list: Whether to many.
        own: The fields of the item itself that hold the other's key, in order.
        index: The index that a relation to many reads; None for the table.
    """

    model: Model
    is_list: bool
    own: tuple[str, ...]
    index: str | None = None


@dataclass(frozen=True)
class Function:
    """A field that a Lambda function resolves.

    Attributes:
        rules: Who may call it; None where nobody is named.
    """

    rules: tuple[Rule, ...] | None


@dataclass(frozen=True)
class Unsupported:
    """A field that the sandbox does not resolve, and why."""

    reason: str
