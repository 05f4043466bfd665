"""Dates, times and instants in filters: DynamoDB compares them as the texts that they are.

So an order is right only among texts of one form. `createdAt` and `updatedAt` have Amplify's own,
`2026-12-31T23:59:59.000Z`, to which any instant can be brought. Elsewhere a client chose the form
of each value, and what is compared must be in UTC or without an offset: a text with another offset
is ordered by its local time, which says nothing of the instant.
"""

import re
from datetime import UTC, datetime

from chalicelib.contract.model import Guarantees, Resource
from chalicelib.contract.scalars import SCALAR_CHECKS
from chalicelib.contract.types import type_ref

INSTANTS = frozenset({"AWSDate", "AWSTime", "AWSDateTime"})
_ORDERING = frozenset({"gt", "ge", "lt", "le", "between"})
PARTS = frozenset({"beginsWith", "contains", "notContains"})
PART = r"[0-9T:.Z+-]+"
_BEGINNING = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_NO_OFFSET = r"[+-]00:00(?::00)?$"  # UTC, as many a client writes it
_OFFSET = r"[+-]\d{2}:\d{2}(?::\d{2})?$"
_MILLISECONDS = 1000  # microseconds in each


def has_own_form(resource: Resource, name: str) -> bool:
    """Whether every value of a field is Amplify's own: no client writes it."""
    version = resource.version
    return (
        resource.guarantees is Guarantees.AMPLIFY
        and version is not None
        and name in {version.field, version.created}
        and type_ref(resource.members[name]).name == "AWSDateTime"
        and name not in resource.writable
    )


def instant_operand(kind: str, operator: str, text: str, *, own: bool) -> str:
    """Returns what a date, a time or an instant is compared with.

    Args:
        kind: The scalar.
        operator: The REST operator.
        text: As the client gave it.
        own: All stored values have Amplify's own form.

    Raises:
        ValueError: It is none, or one that would be compared wrongly.
    """
    if operator in PARTS:
        if not re.fullmatch(PART, text, re.ASCII):
            raise ValueError(f"is no part of an {kind}")
        return text
    if kind != "AWSTime" and operator in _ORDERING and re.fullmatch(_BEGINNING, text, re.ASCII):
        # A year, a month or a day stands before all that begins with it, whatever its form.
        SCALAR_CHECKS["AWSDate"](text + "0001-01-01"[len(text) :])
        return text
    SCALAR_CHECKS[kind](text)
    if own:
        return _own_form(text)
    if operator not in _ORDERING:
        return text
    text = re.sub(_NO_OFFSET, "Z", text)
    if re.search(_OFFSET, text, re.ASCII):
        raise ValueError("has an offset, but is compared as text: only UTC, with `Z`, has an order")
    return text


def _own_form(text: str) -> str:
    """Returns the instant as Amplify writes it."""
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("is out of the range of instants") from error
    finer = re.sub(r"^.*?(?:\.(\d+))?(?:Z|[+-][\d:]+)$", r"\1", text)[3:].strip("0")
    if finer:
        raise ValueError("is finer than the milliseconds that it is stored with")
    milliseconds = instant.microsecond // _MILLISECONDS
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z".rjust(24, "0")
