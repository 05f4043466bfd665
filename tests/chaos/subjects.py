"""What the fault run drives: Todo's API, and the shop's with each way to resolve conflicts."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.sandbox.appsync import ConflictHandler

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
Values = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """One account B, by the resource whose items the clients write.

    Attributes:
        title: For the report.
        model: The type of the items.
        path: Of the resource.
        fields: What a client sets.
        counter: One of them, an Int, that clients count up together.
        handler: What account B does about conflicts; None without conflict resolution.
        shop: It has indexed lists, relations and endpoints, which are driven too.
        draw: Returns the values of a new item, given the chance, its name, the client and a text
            that nobody else writes.
        change: Returns the values of a merge patch, given the chance, the item and such a text.
    """

    title: str
    model: str
    path: str
    fields: tuple[str, ...]
    counter: str
    handler: ConflictHandler | None
    shop: bool
    draw: Callable[[random.Random, str, str, str], Values]
    change: Callable[[random.Random, Mapping[str, Any], str], Values]

    @property
    def versioned(self) -> bool:
        """Whether a deleted item's key stays taken, and ETags are versions."""
        return self.handler is not None

    @property
    def merges(self) -> bool:
        """Whether a stale write may be merged into the item."""
        return self.handler is ConflictHandler.AUTOMERGE

    def state(self, **values: Any) -> Values:
        """Returns an item's state; what is not given is null."""
        return {name: _plain(values.get(name)) for name in self.fields}

    def state_of(self, item: Mapping[str, Any]) -> Values:
        """Returns the state of an item as a reply or the store shows it."""
        return self.state(**{name: item.get(name) for name in self.fields})

    def named(self, name: str, mark: str) -> Values:
        """Returns the values of an item that all clients write: its name, 0, and a mark."""
        more = {"email": "all@example.org"} if self.shop else {}
        return {"name": name, self.counter: 0, **more, **self.marked(mark)}

    def marked(self, mark: str) -> Values:
        """Returns the patch that writes this mark and nothing else."""
        return {"nicknames": [mark]} if self.shop else {"description": mark}


def merged(held: Mapping[str, Any], change: Mapping[str, Any]) -> Values:
    """Returns values with a merge patch in them, at any depth.

    Source: RFC 7396.
    """
    result = dict(held)
    for name, value in change.items():
        inner = held.get(name)
        both = isinstance(value, Mapping) and isinstance(inner, Mapping)
        result[name] = merged(inner, value) if both and inner is not None else value
    return result


def _plain(value: Any) -> Any:
    """Returns a nested value without its nulls, which only some replies show."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None}
    return value


def _todo(rng: random.Random, name: str, _client: str, mark: str) -> Values:
    return {
        "name": name,
        "description": rng.choice((None, mark)),
        "done": rng.choice((None, True, False)),
        "priority": rng.choice((None, rng.randint(-99, 99))),
    }


def _change_todo(rng: random.Random, _held: Mapping[str, Any], mark: str) -> Values:
    change: Values = {"description": mark}
    if rng.random() < 0.5:
        change["done"] = rng.choice((True, False, None))
    if rng.random() < 0.3:
        change["priority"] = rng.randint(-9, 9)
    return change


def _customer(rng: random.Random, name: str, client: str, mark: str) -> Values:
    return {
        "name": name,
        "email": f"{client}@example.org",
        "nicknames": rng.choice((None, [mark])),
        "address": rng.choice((None, {"street": mark, "city": "c"})),
        "referrerId": client if rng.random() < 0.8 else None,
        "joinedAt": _instant(rng) if rng.random() < 0.7 else None,
        "seenAt": rng.choice((None, rng.randint(0, 99))),
    }


def _change_customer(rng: random.Random, held: Mapping[str, Any], mark: str) -> Values:
    change: Values = {"nicknames": [mark]}
    if rng.random() < 0.4:
        # Into the one that is there, or a whole one.
        change["address"] = {"zip": mark}
        if held.get("address") is None:
            change["address"] |= {"street": "s", "city": "c"}
    if rng.random() < 0.3:
        change["joinedAt"] = rng.choice((None, _instant(rng)))
    if rng.random() < 0.3:
        change["seenAt"] = rng.randint(0, 99)
    return change


def _instant(rng: random.Random) -> str:
    instant = _BEGAN + timedelta(minutes=rng.randrange(500_000))
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _shop(title: str, handler: ConflictHandler | None) -> Subject:
    return Subject(
        title=title,
        model="Customer",
        path="/customers",
        fields=("name", "email", "nicknames", "address", "referrerId", "joinedAt", "seenAt"),
        counter="seenAt",
        handler=handler,
        shop=True,
        draw=_customer,
        change=_change_customer,
    )


TODO = Subject(
    title="todo",
    model="Todo",
    path="/todos",
    fields=("name", "description", "done", "priority"),
    counter="priority",
    handler=None,
    shop=False,
    draw=_todo,
    change=_change_todo,
)
SHOP = _shop("shop", None)
VERSIONED_SHOPS = tuple(_shop(f"shop, {each.value}", each) for each in ConflictHandler)
SUBJECTS = (TODO, SHOP, *VERSIONED_SHOPS)
