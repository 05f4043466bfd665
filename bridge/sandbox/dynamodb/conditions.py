"""What a query asks of a sort key, as a range of the key's order.

Source: DynamoDB Developer Guide, "Key condition expressions for the Query operation".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.dynamodb.expressions import check_bounds
from bridge.sandbox.dynamodb.tables import sortable

_BETWEEN_VALUES = 2
KIND = "KeyConditionExpression"


@dataclass(frozen=True)
class SortRange:
    """A range of sort keys in bytes; None is open.

    Attributes:
        low: The least key.
        includes_low: Whether it belongs to the range.
        high: The greatest key.
        includes_high: Whether it belongs to the range.
    """

    low: bytes | None = None
    includes_low: bool = True
    high: bytes | None = None
    includes_high: bool = True


EVERY_KEY = SortRange()


def sort_range(operation: str, operands: Sequence[Any]) -> SortRange:
    """Returns the range of the keys for which a condition holds.

    Args:
        operation: `eq`, `le`, `lt`, `ge`, `gt`, `between` or `beginsWith`.
        operands: Its values: two for `between`, else one.

    Raises:
        DynamoDBError: `between` has its bounds the wrong way round.
    """
    low = sortable(operands[0])
    match operation:
        case "eq":
            return SortRange(low=low, high=low)
        case "le" | "lt":
            return SortRange(high=low, includes_high=operation == "le")
        case "ge" | "gt":
            return SortRange(low=low, includes_low=operation == "ge")
        case "between":
            check_bounds(operands, KIND)
            return SortRange(low=low, high=sortable(operands[1]))
        case _:
            return SortRange(low=low, high=_after(low), includes_high=False)


def _after(prefix: bytes) -> bytes:
    """Returns the least text that comes after all that begin so: UTF-8 never holds 0xFF."""
    return prefix + b"\xff"
