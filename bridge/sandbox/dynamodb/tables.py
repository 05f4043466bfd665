"""What a table's keys and those of its indexes are.

Source: DynamoDB Developer Guide, "Core components": a table's and an index's key is a partition
key, and perhaps a sort key, each of type string or number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.values import check_key, type_of

# Zero lies between the negative numbers and the positive ones.
_NEGATIVE, _ZERO, _POSITIVE = b"\x00", b"\x01", b"\x02"
_EXPONENT_BIAS = 1 << 15


@dataclass(frozen=True)
class Attribute:
    """A key attribute: its name and its DynamoDB type, "S" or "N"."""

    name: str
    type: str = "S"


@dataclass(frozen=True)
class KeySchema:
    """The key of a table or of an index; `sort` is None where there is no sort key."""

    partition: Attribute
    sort: Attribute | None = None

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Returns the key attributes, the partition's first."""
        return (self.partition,) if self.sort is None else (self.partition, self.sort)

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the attributes' names."""
        return tuple(attribute.name for attribute in self.attributes)


@dataclass(frozen=True)
class Table:
    """A table: its name, its key, and its indexes' keys by name."""

    name: str
    key: KeySchema
    indexes: Mapping[str, KeySchema] = field(default_factory=dict)

    def key_of(self, item: Mapping[str, Any]) -> tuple[Any, ...]:
        """Returns the values of an item's key."""
        return tuple(item[name] for name in self.key.names)

    def schema(self, index: str | None) -> KeySchema:
        """Returns the key of an index, or the table's own for None."""
        return self.key if index is None else self.indexes[index]

    def check_index_keys(self, item: Mapping[str, Any], *, updated: bool = False) -> None:
        """Checks the attributes of an item that are keys of an index.

        Args:
            item: The attributes to be written.
            updated: Whether an UpdateItem writes them: its refusal names no index.

        Raises:
            DynamoDBError: One has another type than the index's, or is empty.
        """
        for name, key in self.indexes.items():
            for attribute in key.attributes:
                if attribute.name in item:
                    _check_index_key(name, attribute, item[attribute.name], updated=updated)

    def entries(self, item: Mapping[str, Any]) -> Iterator[tuple[str, bytes, bytes]]:
        """Yields the indexes that hold an item: name, partition and sort key, in bytes.

        The table itself is the index without a name. An index holds only the items that have all
        of its key.
        """
        for name, key in (("", self.key), *self.indexes.items()):
            if all(item.get(attribute.name) is not None for attribute in key.attributes):
                sort = b"" if key.sort is None else sortable(item[key.sort.name])
                yield name, sortable(item[key.partition.name]), sort


def check_key_condition(index: str | None, attribute: Attribute, value: Any) -> None:
    """Checks a value that a query compares a key with.

    Raises:
        DynamoDBError: It can be no key.
    """
    if index is not None and value == "":
        raise _empty_index_key(index, attribute.name)
    check_key({attribute.name: value})
    if type_of(value) != attribute.type:
        raise DynamoDBError(
            "One or more parameter values were invalid: Condition parameter type does not match"
            " schema type"
        )


def sortable(value: str | float) -> bytes:
    """Returns bytes whose order is that of DynamoDB's keys of one type.

    Source: DynamoDB Developer Guide, "Query": numbers in numeric order, strings in the order of
    their UTF-8 bytes.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    number = Decimal(repr(value)).normalize()
    if not number:
        return _ZERO
    digits = bytes(48 + digit for digit in number.as_tuple().digits)
    magnitude = (number.adjusted() + _EXPONENT_BIAS).to_bytes(2) + digits
    if number > 0:
        return _POSITIVE + magnitude
    return _NEGATIVE + bytes(255 - byte for byte in magnitude) + b"\xff"


def _check_index_key(index: str, attribute: Attribute, value: Any, *, updated: bool) -> None:
    if value == "":
        if updated:
            raise DynamoDBError(
                "One or more parameter values are not valid. The update expression attempted to"
                " update a secondary index key to a value that is not supported. The AttributeValue"
                " for a key attribute cannot contain an empty string value."
            )
        raise _empty_index_key(index, attribute.name)
    actual = type_of(value)
    if actual != attribute.type:
        # Source: aws-amplify/amplify-flutter#2700 and amplify-studio#939, AWS's own words.
        raise DynamoDBError(
            f"One or more parameter values were invalid: Type mismatch for Index Key"
            f" {attribute.name} Expected: {attribute.type} Actual: {actual} IndexName: {index}"
        )


def _empty_index_key(index: str, attribute: str) -> DynamoDBError:
    return DynamoDBError(
        "One or more parameter values are not valid. A value specified for a secondary index key is"
        " not supported. The AttributeValue for a key attribute cannot contain an empty string"
        f" value. IndexName: {index}, IndexKey: {attribute}"
    )
