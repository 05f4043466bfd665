"""Compares a reply with the recorded one, up to what a server chooses freely.

Free are new ids, times, request ids, tokens, and the order of items that no index defines: where
a page is only a part of a table, which items are on it is free as well, but not how many.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SERVER_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_REQUEST_ID = re.compile(r"Request ID: [\w-]+")


class Listing(Enum):
    """What a reply's list of items shows of its table."""

    WHOLE = auto()
    PART = auto()
    FILTERED_PART = auto()


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes:
        place: Where, as a path into the reply.
        recorded: What the recording has there.
        given: What the sandbox gave.
    """

    place: str
    recorded: Any
    given: Any

    @property
    def is_wording(self) -> bool:
        """Whether only the words of an error differ."""
        return self.place.endswith("/message")


@dataclass
class Renaming:
    """What the sandbox calls the things to which the recorded server gave ids, times and tokens."""

    names: dict[str, str] = field(default_factory=dict)

    def apply(self, value: Any) -> Any:
        """Returns the recorded value in the sandbox's terms."""
        if isinstance(value, str):
            return self.names.get(value, value)
        if isinstance(value, list):
            return [self.apply(element) for element in value]
        if isinstance(value, dict):
            return {name: self.apply(inner) for name, inner in value.items()}
        return value

    def compare(
        self, recorded: Any, given: Any, place: str = "", *, listing: Listing = Listing.WHOLE
    ) -> Iterator[Difference]:
        """Yields what differs, and learns the names that the sandbox chose.

        Args:
            recorded: The recorded value.
            given: The sandbox's.
            place: Where they stand.
            listing: What lists of items show.
        """
        if isinstance(recorded, dict) and isinstance(given, dict):
            for name in recorded | given:
                inner = f"{place}/{name}"
                if name not in recorded or name not in given:
                    yield Difference(inner, recorded.get(name, "-"), given.get(name, "-"))
                elif name == "items":
                    yield from self._compare_items(
                        recorded["items"], given["items"], inner, listing
                    )
                else:
                    yield from self.compare(recorded[name], given[name], inner, listing=listing)
        elif isinstance(recorded, list) and isinstance(given, list):
            if len(recorded) != len(given):
                yield Difference(place, recorded, given)
            for index, (left, right) in enumerate(zip(recorded, given, strict=False)):
                yield from self.compare(left, right, f"{place}/{index}", listing=listing)
        elif not self._is_same(recorded, given, place.rpartition("/")[2]):
            yield Difference(place, recorded, given)

    def _compare_items(
        self, recorded: Any, given: Any, place: str, listing: Listing
    ) -> Iterator[Difference]:
        if not isinstance(recorded, list) or not isinstance(given, list):
            yield from self.compare(recorded, given, place)
        elif listing is Listing.WHOLE:
            yield from self.compare(
                sorted(recorded, key=lambda item: self.names.get(_id_of(item), _id_of(item))),
                sorted(given, key=_id_of),
                place,
            )
        else:
            shapes = {_shape(item) for item in recorded} or {_shape(item) for item in given}
            if {_shape(item) for item in given} - shapes or (
                listing is Listing.PART and len(recorded) != len(given)
            ):
                yield Difference(place, recorded, given)

    def _is_same(self, recorded: Any, given: Any, name: str) -> bool:
        if type(recorded) is not type(given):
            return False
        if not isinstance(recorded, str) or recorded == given:
            return bool(recorded == given)
        if name == "message":
            return _REQUEST_ID.sub("", recorded) == _REQUEST_ID.sub("", given)
        if self.names.get(recorded) == given:
            return True
        is_free = (
            (name == "nextToken" and bool(given))
            or (name == "id" and _UUID.fullmatch(recorded) and _UUID.fullmatch(given))
            or (
                name in {"createdAt", "updatedAt"}
                and _SERVER_TIME.fullmatch(recorded)
                and _SERVER_TIME.fullmatch(given)
            )
        )
        if is_free:
            self.names[recorded] = given
        return bool(is_free)


def _id_of(item: Any) -> str:
    return str(item.get("id")) if isinstance(item, dict) else ""


def _shape(item: Any) -> tuple[str, ...]:
    return tuple(item) if isinstance(item, dict) else ()
