"""The contract's model: frozen values, built once from contract.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

CONTRACT_FILE = Path(__file__).with_name("contract.json")


class Presence(StrEnum):
    """How a field stands in an operation's input."""

    ABSENT = "absent"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, eq=False)
class Field:
    """One field of a resource's representation.

    Attributes:
        name: The field's name, the same in REST and in GraphQL.
        type: The GraphQL scalar's or enum's name, without list and non-null marks.
        required: The field is never null in a representation.
        is_list: The value is a list of `type`.
        item_required: The items of the list are never null.
        enum: The enum's values; empty for a scalar.
        in_create: How the field stands in the create input.
        in_update: How the field stands in the update input.
        operators: The filter operators that the API's filter input has for this field.
    """

    name: str
    type: str
    required: bool
    is_list: bool
    item_required: bool
    enum: tuple[str, ...]
    in_create: Presence
    in_update: Presence
    operators: tuple[str, ...]

    @property
    def read_only(self) -> bool:
        """Whether no input takes the field."""
        return self.in_create is Presence.ABSENT and self.in_update is Presence.ABSENT


@dataclass(frozen=True, eq=False)
class Operation:
    """One GraphQL operation of a resource.

    Attributes:
        field: The root field's name, such as `createTodo`.
        input_type: The type of its `input` argument; None for a query.
        condition_type: The type of its `condition` argument; None where it takes none.
        filter_type: The type of its `filter` argument; None where it takes none.
    """

    field: str
    input_type: str | None = None
    condition_type: str | None = None
    filter_type: str | None = None


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of the REST API; an operation that the schema lacks is None.

    Attributes:
        name: The GraphQL type's name.
        path: The first and only path segment of the collection.
        fields: All fields of the representation, in the schema's order.
        conditional: The conditions of update and delete know `updatedAt`, so ETags can be held.
    """

    name: str
    path: str
    fields: tuple[Field, ...]
    get: Operation | None
    list: Operation | None
    create: Operation | None
    update: Operation | None
    delete: Operation | None
    conditional: bool

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}


@dataclass(frozen=True, eq=False)
class Contract:
    """All resources of the REST API."""

    resources: tuple[Resource, ...]

    @cached_property
    def by_path(self) -> Mapping[str, Resource]:
        """The resources by their path segments."""
        return {resource.path: resource for resource in self.resources}


def contract_from_json(document: Mapping[str, Any]) -> Contract:
    """Returns the contract that a parsed contract.json holds."""
    return Contract(tuple(_resource(entry) for entry in document["resources"]))


@lru_cache(maxsize=1)
def load_contract() -> Contract:
    """Returns the checked-in contract, read once."""
    return contract_from_json(json.loads(CONTRACT_FILE.read_bytes()))


def _resource(entry: Mapping[str, Any]) -> Resource:
    operations = {
        name: None if entry[name] is None else Operation(**entry[name])
        for name in ("get", "list", "create", "update", "delete")
    }
    return Resource(
        name=entry["name"],
        path=entry["path"],
        fields=tuple(_field(field) for field in entry["fields"]),
        conditional=entry["conditional"],
        **operations,
    )


def _field(entry: Mapping[str, Any]) -> Field:
    return Field(
        name=entry["name"],
        type=entry["type"],
        required=entry["required"],
        is_list=entry["is_list"],
        item_required=entry["item_required"],
        enum=tuple(entry["enum"]),
        in_create=Presence(entry["in_create"]),
        in_update=Presence(entry["in_update"]),
        operators=tuple(entry["operators"]),
    )
