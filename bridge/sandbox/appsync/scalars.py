"""The scalars that AppSync adds to GraphQL.

Source: AppSync Developer Guide, "Scalar types in AWS AppSync".
"""

import ipaddress
import json
import re
from collections.abc import Callable
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema

_OFFSET = r"(?P<offset>Z|[+-]\d{2}:\d{2}(?::\d{2})?)"
_CLOCK = r"(?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?"
_DAY = r"(?P<year>-?\d{4})-(?P<day>\d{2}-\d{2})"
_DATE = re.compile(rf"{_DAY}{_OFFSET}?")
_TIME = re.compile(rf"{_CLOCK}{_OFFSET}?")
_DATE_TIME = re.compile(rf"{_DAY}T{_CLOCK}{_OFFSET}")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@.]+(\.[^\s@.]+)*")
_PHONE = re.compile(r"\+?[0-9(][0-9 ().-]*[0-9]")
_PHONE_DIGITS = range(7, 16)
_LONG = range(-(2**63), 2**63)
_MAX_OFFSET_HOURS = 18


def _is_date(text: str) -> bool:
    return _holds(_DATE.fullmatch(text))


def _is_time(text: str) -> bool:
    return _holds(_TIME.fullmatch(text))


def _is_date_time(text: str) -> bool:
    return _holds(_DATE_TIME.fullmatch(text))


def _holds(match: re.Match[str] | None) -> bool:
    """Returns whether the parts that matched exist in the calendar and on the clock."""
    if match is None:
        return False
    parts = match.groupdict()
    try:
        if parts.get("day"):
            # Years before 0001 are accepted as well; the calendar repeats every 400 years.
            date.fromisoformat(f"{2000 + int(parts['year']) % 400}-{parts['day']}")
        if parts.get("clock"):
            time.fromisoformat(parts["clock"])
        offset = parts.get("offset")
        if offset and offset != "Z":
            time.fromisoformat(offset[1:])
            return int(offset[1:3]) <= _MAX_OFFSET_HOURS
    except ValueError:
        return False
    return True


def _is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    # A scheme is needed, and the path holds no double slash (the guide says both).
    return bool(parts.scheme) and "//" not in parts.path and bool(parts.netloc or parts.path)


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return _PHONE.fullmatch(text) is not None and digits in _PHONE_DIGITS


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


TEXT_SCALARS: dict[str, Callable[[str], bool]] = {
    "AWSDate": _is_date,
    "AWSTime": _is_time,
    "AWSDateTime": _is_date_time,
    "AWSEmail": _is_email,
    "AWSURL": _is_url,
    "AWSPhone": _is_phone,
    "AWSIPAddress": _is_ip_address,
}
NAMES = (*TEXT_SCALARS, "AWSTimestamp", "AWSJSON")


def _text_coercer(name: str, holds: Callable[[str], bool]) -> Callable[[Any], str]:
    def coerce(value: Any) -> str:
        if isinstance(value, str) and holds(value):
            return value
        raise GraphQLError(f"Unable to parse `{value}` as a valid {name}.")

    return coerce


def _coerce_timestamp(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in _LONG:
        return value
    raise GraphQLError(f"Unable to parse `{value}` as a valid AWSTimestamp.")


def _coerce_json(value: Any) -> Any:
    """Returns the value that the text holds: AppSync stores it parsed, not as text."""
    try:
        if isinstance(value, str):
            return json.loads(value, parse_constant=_refuse_constant)
    except ValueError:
        pass
    raise GraphQLError(f"Unable to parse `{value}` as valid JSON.")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _print_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def install(schema: GraphQLSchema) -> None:
    """Gives the AWS scalars of this schema their checks."""
    for name, holds in TEXT_SCALARS.items():
        coerce = _text_coercer(name, holds)
        _set_coercers(schema, name, coerce, coerce)
    _set_coercers(schema, "AWSTimestamp", _coerce_timestamp, _coerce_timestamp)
    _set_coercers(schema, "AWSJSON", _coerce_json, _print_json)


def _set_coercers(
    schema: GraphQLSchema,
    name: str,
    coerce_input: Callable[[Any], Any],
    coerce_output: Callable[[Any], Any],
) -> None:
    scalar = schema.type_map.get(name)
    if isinstance(scalar, GraphQLScalarType):
        # graphql-core offers no other way for a type that was built from SDL. Literals are read by
        # `parse_value`, variables by `coerce_input_value`.
        scalar.parse_value = scalar.coerce_input_value = coerce_input  # type: ignore[method-assign,assignment] # as said
        scalar.serialize = scalar.coerce_output_value = coerce_output  # type: ignore[method-assign,assignment] # as said
