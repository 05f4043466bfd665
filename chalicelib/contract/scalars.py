"""Checks values by their GraphQL scalar, as AppSync would.

Each check returns the value to send and raises ValueError with what is wrong.

Source: AWS AppSync developer guide, "AppSync scalar types"; GraphQL specification, section 3.5;
Amazon DynamoDB developer guide, "Supported data types" for the range of numbers.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

MAX_INT = 2**31 - 1
MIN_INT = -(2**31)
MAX_NUMBER = 9.999999999999998e125  # the last double below 1e126
MIN_NUMBER = 1e-130
MAX_SAFE_INTEGER = 2**53 - 1  # what a double holds exactly, and every smaller one
MAX_TIMESTAMP = MAX_SAFE_INTEGER
MAX_OFFSET_HOURS = 18

_OFFSET = r"(?:Z|[+-](\d{2}):(\d{2})(?::(\d{2}))?)"
_DATE = rf"(\d{{4}})-(\d{{2}})-(\d{{2}}){_OFFSET}?"
_TIME = rf"(\d{{2}}):(\d{{2}})(?::(\d{{2}})(?:\.\d{{1,9}})?)?{_OFFSET}?"
_DATE_TIME = (
    rf"(\d{{4}})-(\d{{2}})-(\d{{2}})T(\d{{2}}):(\d{{2}})(?::(\d{{2}})(?:\.\d{{1,9}})?)?{_OFFSET}"
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"[^\s@<>()\[\],;:\\\"\x00-\x1f]{{1,64}}@{_LABEL}(?:\.{_LABEL}){{0,9}}"
_URL = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f<>\"{}|\\^`]+"
_PHONE = r"\+?[0-9](?:[ -]?[0-9]){6,14}"
_IP_ADDRESS = r"[0-9A-Fa-f:.]+(?:/(?:0|[1-9][0-9]{0,2}))?"
_SURROGATE = "[\ud800-\udfff]"

Check = Callable[[Any], Any]


def check_string(value: Any) -> str:
    """Returns `value` if it is text that UTF-8 can carry.

    Raises:
        ValueError: Says what is wrong.
    """
    if not isinstance(value, str):
        raise ValueError("is not a string")  # noqa: TRY004 - a violation, no bug
    if not value.isascii() and re.search(_SURROGATE, value):
        raise ValueError("holds a lone surrogate")
    return value


def check_int(value: Any) -> int:
    """Returns `value` as GraphQL's Int, 32 bits; 2.0 is the integer 2.

    Raises:
        ValueError: Says what is wrong.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("is not an integer")  # noqa: TRY004 - a violation, no bug
    if not MIN_INT <= value <= MAX_INT:
        raise ValueError("is not within 32 bits")
    return value


def check_float(value: Any) -> float:
    """Returns `value` as a number that a double and DynamoDB can hold.

    Raises:
        ValueError: Says what is wrong.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("is not a number")  # noqa: TRY004 - a violation, no bug
    if value != 0 and not MIN_NUMBER <= abs(value) <= MAX_NUMBER:
        raise ValueError("is out of the range of numbers")
    # GraphQL's Float is a double; a whole number beyond its 53 bits goes out as the nearest one, as
    # any JSON reader whose numbers are doubles would have it.
    return float(value) if abs(value) > MAX_SAFE_INTEGER else value


def check_boolean(value: Any) -> bool:
    """Returns `value` if it is true or false.

    Raises:
        ValueError: Says what is wrong.
    """
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")  # noqa: TRY004 - a violation, no bug
    return value


def _check_timestamp(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("is not a number of seconds")  # noqa: TRY004 - a violation, no bug
    if abs(value) > MAX_TIMESTAMP:
        raise ValueError("is out of the range of timestamps")
    return value


def _check_date(value: Any) -> str:
    match = re.fullmatch(_DATE, check_string(value), re.ASCII)
    if match is None or not (_is_date(*match.groups()[:3]) and _is_offset(*match.groups()[3:])):
        raise ValueError("is not a date such as 2026-12-31")
    return match.string


def _check_time(value: Any) -> str:
    match = re.fullmatch(_TIME, check_string(value), re.ASCII)
    if match is None or not (_is_time(*match.groups()[:3]) and _is_offset(*match.groups()[3:])):
        raise ValueError("is not a time such as 23:59:59.000Z")
    return match.string


def _check_date_time(value: Any) -> str:
    match = re.fullmatch(_DATE_TIME, check_string(value), re.ASCII)
    if match is None or not (
        _is_date(*match.groups()[:3])
        and _is_time(*match.groups()[3:6])
        and _is_offset(*match.groups()[6:])
    ):
        raise ValueError("is not an instant with its offset, such as 2026-12-31T23:59:59.000Z")
    return match.string


def _check_json(value: Any) -> str:
    text = check_string(value)
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not a string that holds JSON") from error
    return text


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and the infinities, which json.loads takes and JSON does not have


def _check_ip_address(value: Any) -> str:
    import ipaddress  # noqa: PLC0415 - start-up time that few schemas need

    text = check_string(value)
    try:
        # ipaddress also takes netmasks and zones; AppSync knows an address and a CIDR prefix.
        if not re.fullmatch(_IP_ADDRESS, text):
            raise ValueError(text)  # noqa: TRY301 - one message for every malformed address
        ipaddress.ip_interface(text)
    except ValueError as error:
        raise ValueError("is not an IPv4 or IPv6 address") from error
    return text


def _pattern_check(pattern: str, detail: str) -> Check:
    def check(value: Any) -> str:
        text = check_string(value)
        if not re.fullmatch(pattern, text):
            raise ValueError(detail)
        return text

    return check


@lru_cache(maxsize=256)
def enum_check(values: tuple[str, ...]) -> Check:
    """Returns the check of one value of an enum."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(f"is not one of {', '.join(values)}")
        return value

    return check


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_time(hours: str, minutes: str, seconds: str | None) -> bool:
    return int(hours) < 24 and int(minutes) < 60 and int(seconds or 0) < 60  # noqa: PLR2004 - a clock


def _is_offset(hours: str | None, minutes: str | None, seconds: str | None) -> bool:
    return int(hours or 0) <= MAX_OFFSET_HOURS and _is_time("0", minutes or "0", seconds)


SCALAR_CHECKS: Mapping[str, Check] = {
    "ID": check_string,
    "String": check_string,
    "Int": check_int,
    "Float": check_float,
    "Boolean": check_boolean,
    "AWSDate": _check_date,
    "AWSTime": _check_time,
    "AWSDateTime": _check_date_time,
    "AWSTimestamp": _check_timestamp,
    "AWSEmail": _pattern_check(_EMAIL, "is not an e-mail address"),
    "AWSJSON": _check_json,
    "AWSURL": _pattern_check(_URL, "is not a URL with its scheme"),
    "AWSPhone": _pattern_check(_PHONE, "is not a telephone number"),
    "AWSIPAddress": _check_ip_address,
}
