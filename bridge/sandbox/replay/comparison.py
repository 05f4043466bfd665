"""Compares a reply with the recorded one, up to what a server chooses freely.

Free are new ids, times, request ids, tokens, and the order of items that no key defines: where
a page is only a part of them, which items are on it is free as well, but not how many. A number is
the same however it is written: JSON knows no 1 beside 1.0.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SERVER_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_REQUEST_ID = re.compile(r"Request ID: [\w-]+")


class Listing(Enum):
    """What a reply's list of items shows of its table.

    ORDERED: the items in an order that a key defines; WHOLE: all of them, in any order; PART: as
    many of them as are shown; FILTERED_PART: some of them.
    """

    ORDERED = auto()
    WHOLE = auto()
    PART = auto()
    FILTERED_PART = auto()


@dataclass(frozen=True)
class Listings:
    """What the lists of one reply show.

    Attributes:
        others: What a list shows that is not named here.
        by_path: By the path of the connection, as `listOrders.items.notes`.
    """

    others: Listing
    by_path: Mapping[str, Listing] = field(default_factory=dict)

    def at(self, place: str) -> Listing:
        """Returns what the list of the connection at this place shows."""
        names = [part for part in place.split("/") if part and not part.isdigit()]
        return self.by_path.get(".".join(names[1:]), self.others)


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
        """Whether only the words of an error differ, or where in the document it points."""
        return self.place.endswith("/message") or "/locations" in self.place


@dataclass
class Renaming:
    """What the sandbox calls the things to which the recorded server gave ids, times and tokens.

    Attributes:
        times: The names of the fields that hold the server's times.
        names: The sandbox's name for each recorded one.
    """

    times: frozenset[str] = frozenset({"createdAt", "updatedAt"})
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
        self, recorded: Any, given: Any, listings: Listings, place: str = ""
    ) -> Iterator[Difference]:
        """Yields what differs, and learns the names that the sandbox chose.

        Args:
            recorded: The recorded value.
            given: The sandbox's.
            listings: What lists of items show.
            place: Where they stand.
        """
        if isinstance(recorded, dict) and isinstance(given, dict):
            yield from self._compare_objects(recorded, given, listings, place)
        elif isinstance(recorded, list) and isinstance(given, list):
            if len(recorded) != len(given):
                yield Difference(place, recorded, given)
            for index, (left, right) in enumerate(zip(recorded, given, strict=False)):
                yield from self.compare(left, right, listings, f"{place}/{index}")
        elif not self._is_same(recorded, given, place.rpartition("/")[2]):
            yield Difference(place, recorded, given)

    def _compare_objects(
        self, recorded: dict[str, Any], given: dict[str, Any], listings: Listings, place: str
    ) -> Iterator[Difference]:
        for name in recorded | given:
            inner = f"{place}/{name}"
            if name not in recorded or name not in given:
                yield Difference(inner, recorded.get(name, "-"), given.get(name, "-"))
                continue
            left, right = recorded[name], given[name]
            if name == "items" and isinstance(left, list) and isinstance(right, list):
                yield from self._compare_items(left, right, listings, place)
            elif inner == "/errors" and isinstance(left, list) and isinstance(right, list):
                moved = self._moves(recorded.get("data"), given.get("data"), listings, "/data")
                right = [_moved(error, moved) for error in right]
                if moved:
                    left, right = sorted(left, key=_error_place), sorted(right, key=_error_place)
                yield from self.compare(left, right, listings, inner)
            else:
                yield from self.compare(left, right, listings, inner)

    def _compare_items(
        self, recorded: list[Any], given: list[Any], listings: Listings, place: str
    ) -> Iterator[Difference]:
        inner = f"{place}/items"
        listing = listings.at(place)
        if listing is Listing.ORDERED:
            yield from self.compare(recorded, given, listings, inner)
        elif listing is Listing.WHOLE:
            order = self._matched(recorded, given, listings, inner)
            yield from self.compare(recorded, [given[index] for index in order], listings, inner)
        else:
            shapes = {_shape(item) for item in recorded} or {_shape(item) for item in given}
            if {_shape(item) for item in given} - shapes or (
                listing is Listing.PART and len(recorded) != len(given)
            ):
                yield Difference(inner, recorded, given)

    def _matched(
        self, recorded: list[Any], given: list[Any], listings: Listings, place: str
    ) -> list[int]:
        """Returns the indexes of the given items in the order of the recorded ones."""
        left = list(range(len(given)))
        order: list[int | None] = []
        for item in recorded:
            found = next(
                (index for index in left if self._is_alike(item, given[index], listings, place)),
                None,
            )
            if found is not None:
                left.remove(found)
            order.append(found)
        # What has no match is compared with what is left, to tell how it differs.
        matched = [left.pop(0) if found is None and left else found for found in order]
        return [index for index in matched if index is not None] + left

    def _is_alike(self, recorded: Any, given: Any, listings: Listings, place: str) -> bool:
        trial = Renaming(self.times, dict(self.names))
        return not any(trial.compare(recorded, given, listings, f"{place}/0"))

    def _moves(
        self, recorded: Any, given: Any, listings: Listings, place: str
    ) -> dict[str, list[int]]:
        """Returns the order of the given items at each place where it is free."""
        moves: dict[str, list[int]] = {}
        if isinstance(recorded, dict) and isinstance(given, dict):
            for name in recorded.keys() & given.keys():
                inner, left, right = f"{place}/{name}", recorded[name], given[name]
                if not (isinstance(left, list) and isinstance(right, list)):
                    moves |= self._moves(left, right, listings, inner)
                    continue
                order = list(range(len(right)))
                if name == "items" and listings.at(place) is Listing.WHOLE:
                    order = self._matched(left, right, listings, inner)
                    moves[inner] = order
                for index, number in enumerate(order[: len(left)]):
                    # The places are those of the given reply, as its errors have them.
                    moves |= self._moves(left[index], right[number], listings, f"{inner}/{number}")
        return moves

    def _is_same(self, recorded: Any, given: Any, name: str) -> bool:
        if _is_number(recorded) and _is_number(given):
            return bool(recorded == given)
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
                name in self.times
                and _SERVER_TIME.fullmatch(recorded)
                and _SERVER_TIME.fullmatch(given)
            )
        )
        if is_free:
            self.names[recorded] = given
        return bool(is_free)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moved(error: Any, moves: Mapping[str, list[int]]) -> Any:
    """Returns an error of the given reply with the indexes of the recorded one in its path."""
    path = error.get("path") if isinstance(error, dict) else None
    if not path or not moves:
        return error
    place, moved = "/data", []
    for part in path:
        order = moves.get(place) if isinstance(part, int) else None
        moved.append(order.index(part) if order else part)
        place += f"/{part}"
    message = error.get("message", "").replace(_printed(path), _printed(moved))
    return {**error, "path": moved, "message": message}


def _printed(path: list[Any]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f"/{part}" for part in path)


def _error_place(error: Any) -> str:
    return json.dumps(error.get("path") if isinstance(error, dict) else error)


def _shape(item: Any) -> tuple[str, ...]:
    return tuple(item) if isinstance(item, dict) else ()
