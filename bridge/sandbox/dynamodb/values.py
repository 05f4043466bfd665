"""What DynamoDB says of single values: types, sizes, limits, error texts.

Source: DynamoDB Developer Guide, "Supported data types", "Item sizes and formats" and "Quotas".
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bridge.sandbox.dynamodb.errors import DynamoDBError

MAX_ITEM_BYTES = 400 * 1024
MAX_KEY_BYTES = 2048
_MAX_MAGNITUDE = 126


def type_of(value: Any) -> str:
    """Returns the DynamoDB type of a stored value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "BOOL"
    if isinstance(value, int | float):
        return "N"
    if isinstance(value, str):
        return "S"
    return "L" if isinstance(value, list) else "M"


def describe(value: Any) -> str:
    """Returns the value as DynamoDB's error texts write it, `{N:6}`."""
    shown = "true" if value is None else value
    if isinstance(value, float) and value.is_integer():
        shown = int(value)
    return f"{{{type_of(value)}:{shown}}}"


def item_size(item: Mapping[str, Any]) -> int:
    """Returns the bytes of the item as DynamoDB counts them: names and values."""
    return sum(_text_size(name) + _value_size(value) for name, value in item.items())


def check_item(item: Mapping[str, Any], key: tuple[str, ...], too_large: str) -> int:
    """Returns the item's size.

    Args:
        item: All attributes.
        key: The names of the key fields.
        too_large: The text for an item over 400 KB; it differs between PutItem and UpdateItem.

    Raises:
        DynamoDBError: DynamoDB would not store it.
    """
    check_key({name: item[name] for name in key})
    for value in item.values():
        _check_number(value)
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise DynamoDBError(too_large)
    return size


def check_key(key: Mapping[str, Any]) -> None:
    """Checks the values of a key.

    Raises:
        DynamoDBError: One is empty, null or too long.
    """
    for name, value in key.items():
        if value is None:
            raise DynamoDBError("Invalid attribute value type")
        if value == "":
            raise DynamoDBError(
                "One or more parameter values are not valid. The AttributeValue for a key"
                f" attribute cannot contain an empty string value. Key: {name}"
            )
        if _value_size(value) > MAX_KEY_BYTES:
            raise DynamoDBError(
                "One or more parameter values were invalid: Size of hashkey has exceeded the"
                f" maximum size limit of{MAX_KEY_BYTES} bytes"
            )


def _text_size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _value_size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return _text_size(value)
    if isinstance(value, int | float):
        # About a byte for two significant digits, one for the exponent, one for a minus sign.
        digits = len(Decimal(repr(value)).normalize().as_tuple().digits)
        return math.ceil(digits / 2) + 1 + (value < 0)
    if isinstance(value, list):
        return 3 + sum(1 + _value_size(element) for element in value)
    return 3 + sum(1 + _text_size(name) + _value_size(inner) for name, inner in value.items())


def _check_number(value: Any) -> None:
    if isinstance(value, list):
        for element in value:
            _check_number(element)
    elif isinstance(value, dict):
        for inner in value.values():
            _check_number(inner)
    elif type_of(value) == "N" and not _is_storable(Decimal(repr(value))):
        raise DynamoDBError(
            "Number overflow. Attempting to store a number with magnitude larger than supported"
            " range"
        )


def _is_storable(number: Decimal) -> bool:
    return number.is_finite() and number.adjusted() < _MAX_MAGNITUDE
