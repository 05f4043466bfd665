"""The Condition element: every operator, its IfExists form, the set operators and Null.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs.
multivalued context keys".
"""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from bridge.iam.errors import PolicyError
from bridge.iam.patterns import Context, expand, literal, matches, matches_arn

# A comparison takes the policy's value, the request's value and the variables.
Comparison = Callable[[str, str, Context | None], bool]

_NULL = "Null"
_IF_EXISTS = "IfExists"


class SetOperator(StrEnum):
    """How several values of one key in a request are taken together."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


@dataclass(frozen=True)
class Condition:
    """One key under one operator: `{"StringEquals": {"sts:ExternalId": ["x"]}}`."""

    operator: str  # as the policy writes it
    base: str  # its canonical name, without set operator, IfExists or negation
    negated: bool
    set_operator: SetOperator | None
    if_exists: bool
    key: str
    values: tuple[str, ...]

    def holds(self, context: Context, variables: Context | None) -> bool:
        """Tells whether the request meets this condition.

        A key that the request lacks fails a condition, meets a negated one, and leaves the set
        operators to their empty set.

        Args:
            context: The request's condition keys.
            variables: The same, or None where the policy's Version knows no variables.
        """
        present = tuple(context.get(self.key.lower(), ()))
        if self.set_operator or self.base == _NULL:
            present = tuple(value for value in present if value)  # an empty text is a null set
        if self.base == _NULL:
            wanted = "false" if present else "true"
            return any(value.lower() == wanted for value in self.values)
        if not present:
            return (
                self.if_exists
                or {
                    SetOperator.FOR_ALL_VALUES: True,
                    SetOperator.FOR_ANY_VALUE: False,
                    None: self.negated,
                }[self.set_operator]
            )
        compare = _COMPARISONS[self.base]
        fits = [
            any(compare(wanted, value, variables) for wanted in self.values) != self.negated
            for value in present
        ]
        # AWS requires a set operator for a key with several values. Without one, a condition
        # needs one value that fits and a negated one needs that no value is excluded.
        takes_all = self.set_operator is SetOperator.FOR_ALL_VALUES or (
            self.set_operator is None and self.negated
        )
        return all(fits) if takes_all else any(fits)

    def describe(self, context: Context) -> str:
        """Returns what the condition wants and what the request has, for a person."""
        present = context.get(self.key.lower(), ())
        has = " or ".join(f'"{value}"' for value in present) or "no such key"
        wants = " or ".join(f'"{value}"' for value in self.values) or "nothing"
        return f"{self.operator} {self.key} wants {wants}; the request has {has}"


def parse_conditions(document: Any, place: str) -> tuple[Condition, ...]:
    """Returns the conditions of a statement's Condition element.

    Raises:
        PolicyError: An unknown operator, or a value of the wrong shape.
    """
    if not isinstance(document, Mapping):
        raise PolicyError(place, "must be an object of operators")
    conditions = []
    for name, keys in document.items():
        where = f"{place}.{name}"
        if not isinstance(keys, Mapping):
            raise PolicyError(where, "must be an object of condition keys")
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            texts = tuple(_text(value, f"{where}.{key}") for value in listed)
            conditions.append(_condition(name, key, texts, where))
    return tuple(conditions)


def _condition(name: str, key: str, values: tuple[str, ...], place: str) -> Condition:
    prefix, colon, rest = name.rpartition(":")
    set_operator = _SET_OPERATORS.get(prefix.lower())
    if_exists = rest.lower().endswith(_IF_EXISTS.lower())
    bare = rest[: -len(_IF_EXISTS)] if if_exists else rest
    known = _OPERATORS.get(bare.lower())
    if known is None or (colon and set_operator is None):
        raise PolicyError(place, "no such condition operator")
    base, negated = known
    if base == _NULL and (if_exists or set_operator):
        raise PolicyError(place, "Null takes neither a set operator nor IfExists")
    return Condition(name, base, negated, set_operator, if_exists, key, values)


def _text(value: Any, place: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            raise PolicyError(place, "a value must be a text, a number or a boolean")


def _string_equals(wanted: str, value: str, variables: Context | None) -> bool:
    return literal(wanted, variables) == value


def _string_equals_ignore_case(wanted: str, value: str, variables: Context | None) -> bool:
    text = literal(wanted, variables)
    return text is not None and text.casefold() == value.casefold()


def _string_like(wanted: str, value: str, variables: Context | None) -> bool:
    pieces = expand(wanted, variables)
    return pieces is not None and matches(pieces, value)


def _arn_like(wanted: str, value: str, variables: Context | None) -> bool:
    pieces = expand(wanted, variables)
    return pieces is not None and matches_arn(pieces, value)


def _bool(wanted: str, value: str, _: Context | None) -> bool:
    return wanted.lower() == value.lower() and value.lower() in ("true", "false")


def _binary_equals(wanted: str, value: str, _: Context | None) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except binascii.Error:
        return False


def _ip_address(wanted: str, value: str, _: Context | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _ordered(
    read: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]
) -> Comparison:
    """Returns a comparison of two values that are read as numbers; one that is none never fits."""

    def fits(wanted: str, value: str, _: Context | None) -> bool:
        bound, actual = read(wanted), read(value)
        return bound is not None and actual is not None and compare(actual, bound)

    return fits


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_W3C_DATE = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_YEAR_LENGTH, _MONTH_LENGTH = 4, 7


def _epoch_seconds(text: str) -> Decimal | None:
    """Returns an instant, written as epoch seconds or in a W3C form of ISO 8601, as seconds."""
    if not _W3C_DATE.fullmatch(text):
        return _number(text)
    full = text + {_YEAR_LENGTH: "-01-01", _MONTH_LENGTH: "-01"}.get(len(text), "")
    try:
        moment = datetime.fromisoformat(full)
    except ValueError:
        return None
    return Decimal(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


_ORDERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_COMPARISONS: dict[str, Comparison] = {
    "StringEquals": _string_equals,
    "StringEqualsIgnoreCase": _string_equals_ignore_case,
    "StringLike": _string_like,
    "Bool": _bool,
    "BinaryEquals": _binary_equals,
    "IpAddress": _ip_address,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    **{f"Numeric{name}": _ordered(_number, order) for name, order in _ORDERS.items()},
    **{f"Date{name}": _ordered(_epoch_seconds, order) for name, order in _ORDERS.items()},
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
# By lower-case name: the canonical name and whether it is the negation of that.
_OPERATORS = {name.lower(): (name, False) for name in (*_COMPARISONS, _NULL)} | {
    name.lower(): (base, True) for name, base in _NEGATIONS.items()
}
_SET_OPERATORS = {name.value.lower(): name for name in SetOperator}
