"""The key of a resource: its fields, as path segments, as arguments, and of an item."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import call
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from chalicelib.contract.scalars import SCALAR_CHECKS, check_string
from chalicelib.contract.types import Types, type_ref
from chalicelib.errors import InvalidRequest, Violation

MAX_PARTITION_BYTES = 2048
MAX_SORT_BYTES = 1024  # of all sort fields together
# What Amplify puts between two sort fields to make one attribute of them.
SEPARATOR = "#"
# The key types that a path shows as a whole number.
INTEGERS = frozenset({"Int", "AWSTimestamp"})
MAX_DIGITS = 20
_INT = r"-?(?:0|[1-9]\d*)"
# What any field of these types can have, and no percent-encoding changes: no dot segment.
# Source: RFC 3986, section 2.3.
_PLAIN = re.compile(rf"(?!\.\.?\Z)[A-Za-z0-9._~-]{{1,{MAX_SORT_BYTES}}}")
_TEXTS = frozenset({"ID", "String"})

KeyValues = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Key:
    """The ordered key fields of a resource.

    Attributes:
        fields: Each field's name and its type as GraphQL writes it in get's arguments. The first is
            the partition; the others are the sort key.
    """

    fields: Mapping[str, str]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in order."""
        return tuple(self.fields)

    @cached_property
    def template(self) -> str:
        """The path template below the collection, such as `{customerId}/{orderNo}`."""
        return "/".join(f"{{{name}}}" for name in self.fields)

    @cached_property
    def chosen_name(self) -> str | None:
        """The field whose value the gateway may choose: a single `id` of type ID; else None."""
        single = len(self.names) == 1 and self.names[0] == "id"
        return "id" if single and type_ref(self.fields["id"]).name == "ID" else None

    def from_path(self, parameters: Mapping[str, str]) -> KeyValues:
        """Returns the key that path parameters hold, each percent-encoded as it came.

        Raises:
            InvalidRequest: Every field that is none.
        """
        values: list[str | int] = []
        violations = []
        for name in self.names:
            try:
                values.append(self._read(name, parameters[name]))
            except ValueError as error:
                violations.append(Violation("parameter", name, str(error)))
        if violations:
            raise InvalidRequest(violations)
        return tuple(values)

    def to_path(self, values: KeyValues) -> str | None:
        """Returns the path below the collection, each segment percent-encoded.

        None where no path can carry the key: account B may hold items that it does not name.
        """
        try:
            return "/".join(map(call, self._segments, values))
        except ValueError:
            return None

    def of(self, values: Mapping[str, Any]) -> KeyValues | None:
        """Returns the key that an item's or an input's values hold; None where one is missing.

        An item that stands in the store may have a key that no path of ours can carry.
        """
        only = self._only
        if only is not None:
            value = values.get(only[0])
            return (value,) if type(value) is only[1] else None
        found: tuple[Any, ...] = tuple(map(values.get, self.names))
        return found if tuple(map(type, found)) == self._kinds else None

    def arguments(self, values: KeyValues) -> dict[str, str | int]:
        """Returns the values by the names of get's arguments and of the inputs' members."""
        return dict(zip(self.names, values, strict=True))

    def nobody(self, types: Types) -> dict[str, str | int]:
        """Returns arguments for a harmless read that most likely finds nothing.

        Args:
            types: Where the values of enums are.
        """
        return {
            name: types.enums[kind][0] if kind in types.enums else _unlikely(kind)
            for name, kind in ((name, type_ref(text).name) for name, text in self.fields.items())
        }

    def check(self, name: str, value: Any) -> str | int:
        """Returns `value` if the key field can have it, and a path can carry it.

        Raises:
            ValueError: Says what is wrong.
        """
        return self._checks[name](value)

    @cached_property
    def _kinds(self) -> tuple[type[str | int], ...]:
        return tuple(
            int if type_ref(each).name in INTEGERS else str for each in self.fields.values()
        )

    @cached_property
    def _only(self) -> tuple[str, type[str | int]] | None:
        """The name and the kind of a key of one field; None for another."""
        return (self.names[0], self._kinds[0]) if len(self.names) == 1 else None

    @cached_property
    def _checks(self) -> Mapping[str, Callable[[Any], str | int]]:
        return {name: self._field_check(name) for name in self.names}

    @cached_property
    def _segments(self) -> tuple[Callable[[str | int], str], ...]:
        return tuple(
            _segment_of(check, type_ref(self.fields[name]).name in _TEXTS)
            for name, check in self._checks.items()
        )

    def _field_check(self, name: str) -> Callable[[Any], str | int]:
        kind = type_ref(self.fields[name]).name
        if kind in INTEGERS:
            return SCALAR_CHECKS[kind]
        partition = name == self.names[0]
        most = MAX_PARTITION_BYTES if partition else MAX_SORT_BYTES
        # Two sort fields are one text in the store, `a#b`: with a `#` in one, two keys are one.
        joined = not partition and len(self.names) > 2  # noqa: PLR2004 - a partition and two fields
        scalar: Callable[[Any], Any] = SCALAR_CHECKS.get(kind, check_string)  # an enum is text

        def check(value: Any) -> str | int:
            text = str(scalar(value))
            _check_segment(text, most)
            if joined and SEPARATOR in text:
                raise ValueError(f"holds {SEPARATOR}, by which the store joins the fields of a key")
            return text

        return check

    def _read(self, name: str, encoded: str) -> str | int:
        """Returns the value that a path segment holds, decoded exactly once."""
        try:
            text = unquote_to_bytes(encoded).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError("is not UTF-8") from error
        if type_ref(self.fields[name]).name not in INTEGERS:
            return self.check(name, text)
        # A value has one path: `07` and `+7` are no names of 7.
        if not re.fullmatch(_INT, text, re.ASCII) or text == "-0" or len(text) > MAX_DIGITS:
            raise ValueError("is not an integer such as 7")
        return self.check(name, int(text))


def _segment_of(check: Callable[[Any], str | int], any_text: bool) -> Callable[[str | int], str]:
    """Returns what makes a path segment of a key field's value, or raises a ValueError.

    Args:
        check: The field's.
        any_text: It takes any text that a segment can carry.
    """

    def segment(value: str | int) -> str:
        if any_text and isinstance(value, str) and _PLAIN.fullmatch(value):
            return value
        return quote(str(check(value)), safe="")

    return segment


def _unlikely(kind: str) -> str | int:
    """Returns a value of the scalar that hardly any item has: a random one where it is text."""
    return _UNLIKELY.get(kind, f"ready-{uuid.uuid4()}")


_UNLIKELY: Mapping[str, str | int] = {
    "Int": -(2**31),
    "AWSTimestamp": -(2**31),
    "AWSDate": "0001-01-01",
    "AWSTime": "00:00:00.000000001Z",
    "AWSDateTime": "0001-01-01T00:00:00.000000001Z",
    "AWSEmail": "ready@ready.invalid",
    "AWSURL": "ready:nobody",
    "AWSPhone": "+1 555 010 0000",
    "AWSIPAddress": "192.0.2.1",
}


def _check_segment(text: str, most: int) -> None:
    if not text:
        raise ValueError("is empty")
    if len(text.encode()) > most:
        raise ValueError(f"is over {most} bytes")
    if text in {".", ".."}:
        raise ValueError("is a path's dot segment, which clients take out of a URL")
