"""Items that all clients write at once: no update is lost, and one create of an id wins.

Counters are written under If-Match. Boards are written without it: there each success must have
been in the store as it was sent, at the version that the reply tells where there are versions.
"""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from tests.chaos.ledger import FAILED, UNKNOWN, slug
from tests.chaos.subjects import Subject
from tests.support.gateway import Reply, Sender

COUNTERS = 4
BOARDS = 1
RACES_AT_ONCE = 3
RACERS = 8


@dataclass
class _Told:
    """What replies said about one value of a counter, or one id of a race."""

    won: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True)
class _Overwritten:
    """One success on a board: the ETag that it told, and the values that were sent."""

    board: str
    etag: str
    values: Mapping[str, Any]


class Shared:
    """The shared items and what the replies said about them. Safe under threads."""

    def __init__(self, subject: Subject, rest: Sender) -> None:
        self.subject = subject
        self._lock = Lock()
        self._boards = [f"board-{number}" for number in range(BOARDS)]
        self._overwritten: list[_Overwritten] = []
        self._counters = [f"counter-{number}" for number in range(COUNTERS)]
        self._counts: dict[tuple[str, int], _Told] = defaultdict(_Told)
        self._races: dict[str, _Told] = defaultdict(_Told)
        self._joined: dict[str, set[str]] = {}
        self.contradictions: list[str] = []
        for shared in (*self._counters, *self._boards):
            body = {"id": shared, **subject.named("shared", "new")}
            assert rest.send("POST", subject.path, body).status == 201

    def pick_counter(self, rng: random.Random) -> str:
        """Returns the id of a counter."""
        return rng.choice(self._counters)

    def pick_board(self, rng: random.Random) -> str:
        """Returns the id of a board."""
        return rng.choice(self._boards)

    def counted(self, counter: str, values: Mapping[str, Any], reply: Reply) -> None:
        """Takes the reply to a conditional write of these values."""
        refused = {412}
        if self.subject.merges and slug(reply.json()) == "merged-by-store":
            refused.add(409)  # the counter is never null, so the store's own value stays
        told = self._counts[counter, int(values[self.subject.counter])]
        with self._lock:
            self._take(told, "", reply, {200}, refused)
            self._compare(counter, values, reply)

    def overwrote(self, board: str, values: Mapping[str, Any], reply: Reply) -> None:
        """Takes the reply to a write of these values without a condition."""
        # Three lost races are a conflict, where a write is one of a version.
        refused = {409} if self.subject.versioned else set[int]()
        with self._lock:
            self._take(_Told(), "", reply, {200}, refused)
            self._compare(board, values, reply)
            if reply.status == 200:
                self._overwritten.append(_Overwritten(board, reply.headers["etag"], values))

    def _compare(self, shared: str, values: Mapping[str, Any], reply: Reply) -> None:
        shown = reply.json() if reply.status == 200 else values
        if any(shown[name] != value for name, value in values.items()):
            self.contradictions.append(f"{shared}: done, {values} and yet {shown}")

    def join_race(self, name: str, rng: random.Random) -> str | None:
        """Returns an id that this client has not tried to create yet; None for none at hand."""
        with self._lock:
            open_races = [race for race, names in self._joined.items() if len(names) < RACERS]
            if len(open_races) < RACES_AT_ONCE:
                race = f"race-{len(self._joined)}"
                self._joined[race] = set()
                open_races.append(race)
            mine = [race for race in open_races if name not in self._joined[race]]
            if not mine:
                return None
            race = rng.choice(mine)
            self._joined[race].add(name)
            return race

    def raced(self, race: str, name: str, reply: Reply) -> None:
        """Takes the reply to a create of the race's id with this name."""
        with self._lock:
            self._take(self._races[race], name, reply, {201}, {409})

    def _take(
        self, told: _Told, what: str, reply: Reply, done: set[int], refused: set[int]
    ) -> None:
        if reply.status in done:
            told.won.append(what)
        elif reply.status in refused:
            told.lost += 1
        elif reply.status == 504 and slug(reply.json()) == UNKNOWN:
            told.unknown.append(what)
        elif reply.status not in FAILED:
            self.contradictions.append(f"a shared item met {reply.status} {reply.json()}")

    def check(
        self, store: dict[str, Mapping[str, Any]], versions: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Returns what contradicts the replies, and takes the shared items out of the store.

        Args:
            store: The items by id.
            versions: Each state that an item ever had, by id and ETag; empty without versions.
        """
        wrong = [*self.contradictions, *self._wrong_boards(versions)]
        for board in self._boards:
            del store[board]
        for counter in self._counters:
            last = int(store.pop(counter)[self.subject.counter])
            for value in range(1, last + 1):
                told = self._counts[counter, value]
                if len(told.won) > 1:
                    wrong.append(f"{counter}: {len(told.won)} clients were told that they wrote"
                                 f" {value}")  # fmt: skip
                if not told.won and not told.unknown:
                    wrong.append(f"{counter}: nobody was told of {value}, which was written")
            wrong.extend(
                f"{counter}: {value} was acknowledged, and the counter is at {last}"
                for (each, value), told in self._counts.items()
                if each == counter and told.won and value > last
            )
        for race in self._joined:
            told, item = self._races[race], store.pop(race, None)
            name = item["name"] if item else None
            wrong.extend(_wrong_race(race, told, name))
        return wrong

    def _wrong_boards(self, versions: Mapping[str, Mapping[str, Any]]) -> list[str]:
        if not self.subject.versioned:
            return []
        wrong = []
        for told in self._overwritten:
            stored = versions.get(f"{told.board} {told.etag}", {})
            if any(stored.get(name) != value for name, value in told.values.items()):
                wrong.append(f"{told.board}: {told.values} at {told.etag}, where {stored} was")
        return wrong


def _wrong_race(race: str, told: _Told, name: str | None) -> list[str]:
    if len(told.won) > 1:
        return [f"{race}: created by {told.won}"]
    if told.won and name != told.won[0]:
        return [f"{race}: created by {told.won[0]}, and the store holds {name}"]
    if not told.won and name is not None and name not in told.unknown:
        return [f"{race}: the store holds {name}, whose create was refused"]
    if told.lost and name is None:
        return [f"{race}: refused as existing, and there is none"]
    return []
