"""Conditions and filters with DynamoDB's semantics.

Source: DynamoDB Developer Guide, "Comparison operator and function reference". An attribute that
is missing is not one that is NULL: a comparison with it is false, except `<>`.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.values import describe, type_of

Attributes: TypeAlias = Mapping[str, Any]
Predicate: TypeAlias = Callable[[Attributes], bool]

MAX_EXPRESSION_BYTES = 4096
SYMBOLS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_ORDERED = {"S", "N"}
_ATTRIBUTE_TYPES = {
    "binary": "B",
    "binarySet": "BS",
    "bool": "BOOL",
    "list": "L",
    "map": "M",
    "number": "N",
    "numberSet": "NS",
    "string": "S",
    "stringSet": "SS",
    "_null": "NULL",
}
_MISSING = object()


def compile_expression(given: Mapping[str, Any], kind: str) -> Predicate:
    """Returns the test that an expression makes of an item.

    Args:
        given: A filter or condition input as coerced by the schema; an empty one holds for every
            item.
        kind: "FilterExpression" or "ConditionExpression", for the error texts.

    Raises:
        DynamoDBError: DynamoDB refuses the expression.
    """
    return _input(given, kind)


def check_size(text: str, kind: str) -> None:
    """Checks that DynamoDB takes an expression of this length.

    Source: DynamoDB Developer Guide, "Quotas", for the limit; pynamodb/PynamoDB#979 for the
    refusal's text; nubo-db/dynoxide#146: 4,096 bytes of the text as it was sent pass, one more does
    not.

    Raises:
        DynamoDBError: It does not.
    """
    size = len(text.encode())
    if size > MAX_EXPRESSION_BYTES:
        raise DynamoDBError(
            f"Invalid {kind}: Expression size has exceeded the maximum allowed size;"
            f" expression size: {size}"
        )


def _input(given: Mapping[str, Any], kind: str) -> Predicate:
    tests: list[Predicate] = []
    for name, value in given.items():
        if value is None:
            continue
        if name in {"and", "or"}:
            parts = [_input(part, kind) for part in value if part]
            if parts:
                tests.append(_all(parts) if name == "and" else _any(parts))
        elif name == "not":
            if value:
                tests.append(_not(_input(value, kind)))
        else:
            tests.extend(
                _operator(name, operation, operand, kind) for operation, operand in value.items()
            )
    return _all(tests)


def _all(tests: Sequence[Predicate]) -> Predicate:
    return lambda item: all(test(item) for test in tests)


def _any(tests: Sequence[Predicate]) -> Predicate:
    return lambda item: any(test(item) for test in tests)


def _not(test: Predicate) -> Predicate:
    return lambda item: not test(item)


def _operator(name: str, operation: str, operand: Any, kind: str) -> Predicate:
    """Returns the test of one operator on one attribute."""
    if operation == "size":
        return _size(name, operand or {}, kind)
    if operation == "attributeExists":
        return lambda item: (name in item) is bool(operand)
    if operation == "attributeType":
        if type_of(operand) != "S":
            raise _operand_error(kind, "operator or function: attribute_type", operand)
        wanted = _ATTRIBUTE_TYPES.get(operand, operand)
        return lambda item: name in item and type_of(item[name]) == wanted
    test = _comparison(operation, operand, kind)
    return lambda item: test(item.get(name, _MISSING))


def _size(name: str, comparisons: Mapping[str, Any], kind: str) -> Predicate:
    tests = [_comparison(operation, operand, kind) for operation, operand in comparisons.items()]

    def holds(item: Attributes) -> bool:
        size = _size_of(item.get(name, _MISSING))
        return all(test(size) for test in tests)

    return holds


def _size_of(value: Any) -> Any:
    """Returns what `size(…)` gives: characters of a string, elements of a list or map."""
    return len(value) if isinstance(value, str | list | dict) else _MISSING


def _comparison(operation: str, operand: Any, kind: str) -> Callable[[Any], bool]:
    """Returns the test of a value (or `_MISSING`) against the operand."""
    if operation == "eq":
        return lambda value: _equal(value, operand)
    if operation == "ne":
        return lambda value: not _equal(value, operand)
    if operation == "contains":
        return lambda value: _contains(value, operand)
    if operation == "notContains":
        return lambda value: not _contains(value, operand)
    if operation == "beginsWith":
        if type_of(operand) != "S":
            raise _operand_error(kind, "operator or function: begins_with", operand)
        return lambda value: isinstance(value, str) and value.startswith(operand)
    if operation == "between":
        return _between(operand, kind)
    if type_of(operand) not in _ORDERED:
        raise _operand_error(kind, f"operator: {SYMBOLS[operation]}", operand)
    compare = getattr(operator, operation)
    bound = _sort_key(operand)
    return lambda value: (
        value is not _MISSING
        and type_of(value) == type_of(operand)
        and bool(compare(_sort_key(value), bound))
    )


def check_bounds(bounds: Sequence[Any], kind: str) -> None:
    """Checks the first two of a range's bounds.

    Raises:
        DynamoDBError: They make no range.
    """
    low, high, *_ = bounds
    if type_of(low) != type_of(high):
        raise _bounds_error(kind, "same data type for lower and upper bounds", low, high)
    if type_of(low) not in _ORDERED:
        raise _operand_error(kind, "operator: BETWEEN", low)
    if _sort_key(low) > _sort_key(high):
        raise _bounds_error(
            kind, "upper bound to be greater than or equal to lower bound", low, high
        )


def _between(bounds: Sequence[Any], kind: str) -> Callable[[Any], bool]:
    check_bounds(bounds, kind)
    low, high, *_ = bounds
    return lambda value: (
        value is not _MISSING
        and type_of(value) == type_of(low)
        and bool(_sort_key(low) <= _sort_key(value) <= _sort_key(high))
    )


def _bounds_error(kind: str, need: str, low: Any, high: Any) -> DynamoDBError:
    return DynamoDBError(
        f"Invalid {kind}: The BETWEEN operator requires {need}; lower bound operand:"
        f" AttributeValue: {describe(low)}, upper bound operand: AttributeValue: {describe(high)}"
    )


def _operand_error(kind: str, where: str, operand: Any) -> DynamoDBError:
    return DynamoDBError(
        f"Invalid {kind}: Incorrect operand type for operator or function;"
        f" {where}, operand type: {type_of(operand)}"
    )


def _equal(value: Any, operand: Any) -> bool:
    if value is _MISSING or type_of(value) != type_of(operand):
        return False
    if isinstance(value, list):
        return len(value) == len(operand) and all(map(_equal, value, operand))
    if isinstance(value, dict):
        return value.keys() == operand.keys() and all(
            _equal(value[name], operand[name]) for name in value
        )
    return bool(value == operand)


def _contains(value: Any, operand: Any) -> bool:
    if isinstance(value, str):
        return isinstance(operand, str) and operand in value
    return isinstance(value, list) and any(_equal(element, operand) for element in value)


def _sort_key(value: Any) -> Any:
    """Returns what orders values of one type: strings by their UTF-8 bytes, numbers as such."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
