"""What is written in the fuzz: any write to some items of Todo's and the shop's types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A resource to write to.

    Attributes:
        model: Its type.
        collection: Its path.
        keys: The paths of two items, with the members of their keys.
        body: The members that a create needs, with the text that tells one write from another.
        patches: What a patch of an item may be; some reach into nested values.
        read_only: What a PUT repeats beside the body, as who puts back what GET gave does.
    """

    model: str
    collection: str
    keys: Mapping[str, Mapping[str, Any]]
    body: Callable[[str], dict[str, Any]]
    patches: Callable[[str], list[dict[str, Any]]]
    read_only: Mapping[str, Any] = field(default_factory=dict)


TODO = Kind(
    "Todo",
    "/todos",
    {"/todos/a": {"id": "a"}, "/todos/b": {"id": "b"}},
    lambda mark: {"name": mark, "dueAt": "2027-01-01T00:00:00+01:00"},
    lambda mark: [{"name": mark}, {"description": mark, "done": None}],
)
# Of a schema whose update input takes a time that is never a client's to set.
STAMPED = replace(TODO, read_only={"updatedAt": "2026-11-23T20:00:00.000Z"})
ORDER = Kind(
    "Order",
    "/orders",
    {
        "/orders/c/1": {"customerId": "c", "orderNo": "1"},
        "/orders/c/2": {"customerId": "c", "orderNo": "2"},
    },
    lambda mark: {
        "status": "DRAFT",
        "placedAt": "2026-11-24T10:00:00Z",
        "items": [{"sku": mark, "quantity": 1, "unitPrice": {"amount": 1.5, "currency": "EUR"}}],
        "shipTo": {"street": "s", "city": "c", "geo": {"lat": 1.0, "lon": 2.0}},
    },
    lambda mark: [
        {"shipTo": {"street": mark}},
        {"shipTo": {"street": mark, "geo": {"lat": 5.0, "lon": 6.0}}},
        {"items": [{"sku": mark, "quantity": 2}]},
        {"channel": mark, "status": "PAID"},
    ],
)
CUSTOMER = Kind(
    "Customer",
    "/customers",
    {"/customers/a": {"id": "a"}, "/customers/b": {"id": "b"}},
    lambda mark: {"name": mark, "email": "a@example.com", "prefs": '{"a": 1}'},
    lambda mark: [{"name": mark}, {"nicknames": [mark]}],
)
STOCK = Kind(
    "StockLevel",
    "/stock-levels",
    {"/stock-levels/w/s/1": {"warehouse": "w", "sku": "s", "lot": 1}},
    lambda mark: {"quantity": int(mark)},
    lambda mark: [{"quantity": int(mark)}, {"reserved": int(mark)}],
)


@dataclass
class Write:
    """One write, and what became of it.

    Attributes:
        method: POST, PUT, PATCH or DELETE.
        kind: What it is written to.
        path: Where it goes.
        body: What it sends; None for nothing.
        headers: Its preconditions and its key.
        mark: What is in the store once it was done.
    """

    method: str
    kind: Kind
    path: str
    body: dict[str, Any] | None
    headers: dict[str, str]
    mark: str

    @property
    def item(self) -> str:
        """The path of the item, so that those of a batch go to different ones."""
        if self.body is None or self.method != "POST":
            return self.path
        named = (
            path
            for path, key in self.kind.keys.items()
            if all(self.body.get(name) == value for name, value in key.items())
        )
        return next(named, f"{self.path} {self.mark}")

    @property
    def keyed(self) -> bool:
        """Whether it has an Idempotency-Key."""
        return "idempotency-key" in self.headers

    @property
    def replayable(self) -> bool:
        """Whether its key alone names the item, so that a replay is the same creation for ever."""
        return self.keyed and self.item not in self.kind.keys


def draw_write(random: Random, kind: Kind, mark: str, tags: Mapping[str, str]) -> Write:
    """Returns any write to one of the kind's items.

    Args:
        random: Decides.
        kind: What it is written to.
        mark: What tells it from other writes.
        tags: The ETag that each item had when it was last told.
    """
    path, named = random.choice(list(kind.keys.items()))
    method = random.choice(("POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "DELETE"))
    headers: dict[str, str] = {}
    if method == "POST":
        chosen = list(named) == ["id"] and random.random() < 0.6
        if random.random() < 0.4:
            headers["idempotency-key"] = f"key-{mark}"
        body = kind.body(mark) if chosen else {**named, **kind.body(mark)}
        return Write(method, kind, kind.collection, body, headers, mark)
    if path in tags and random.random() < 0.4:
        headers["if-match"] = tags[path]
    elif method == "PUT" and random.random() < 0.3:
        headers["if-none-match"] = "*"
    bodies: dict[str, list[Any]] = {
        "PUT": [{**kind.body(mark), **kind.read_only}],
        "PATCH": kind.patches(mark),
        "DELETE": [None],
    }
    return Write(method, kind, path, random.choice(bodies[method]), headers, mark)
