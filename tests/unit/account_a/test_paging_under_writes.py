"""Lists that are paged through while others insert, update and delete.

Several clients page through scans, indexes and relations, filtered and sorted. What was not written
while one of them was on the way it has been given once, and in the order that it asked for.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bridge.sandbox.dynamodb import store
from tests.support.filling import fill
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of

Key = tuple[str, str]
Values = Mapping[str, Any]

STATUSES = ("PAID", "SHIPPED")
# Few times for many orders, so that most of a partition has equal sort keys.
TIMES = tuple(f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3))
CHANNELS = ("web", "shop")


@dataclass(frozen=True)
class View:
    """A list that a client may page through.

    Attributes:
        path: Its path.
        query: Its parameters.
        matches: Whether an order is in it.
        order: What its items are ordered by; None for no order.
        descending: The greatest comes first.
    """

    path: str
    query: Mapping[str, str]
    matches: Callable[[Values], bool]
    order: str | None = None
    descending: bool = False


VIEWS = (
    View("/orders", {}, lambda _: True),
    View("/orders", {"priority": "1"}, lambda order: order["priority"] == 1),
    View("/orders", {"status": "PAID"}, lambda order: order["status"] == "PAID"),
    View(
        "/orders",
        {"status": "PAID", "priority": "1", "sort": "placedAt"},
        lambda order: order["status"] == "PAID" and order["priority"] == 1,
        "placedAt",
    ),
    View(
        "/orders",
        {"status": "PAID", "sort": "-placedAt", "placedAt.ge": TIMES[1]},
        lambda order: order["status"] == "PAID" and order["placedAt"] >= TIMES[1],
        "placedAt",
        descending=True,
    ),
    View(
        "/orders",
        {"channel": "web", "priority.ge": "2"},
        lambda order: order.get("channel") == "web" and order["priority"] >= 2,
    ),
    View(
        "/orders",
        {"channel": "web", "status": "PAID", "placedAt": TIMES[0]},
        lambda order: (
            (order.get("channel"), order["status"], order["placedAt"]) == ("web", "PAID", TIMES[0])
        ),
    ),
    View(
        "/orders",
        {"customerId": "a", "sort": "-orderNo", "status": "PAID"},
        lambda order: order["customerId"] == "a" and order["status"] == "PAID",
        "orderNo",
        descending=True,
    ),
    View(
        "/customers/a/orders",
        {"sort": "orderNo", "priority": "1"},
        lambda order: order["customerId"] == "a" and order["priority"] == 1,
        "orderNo",
    ),
)


@dataclass
class Client:
    """A client on its way through a list.

    Attributes:
        view: The list.
        limit: How many items it asks for at once.
        there: The orders that were in the list when it began.
        seen: What it was given, in order.
        written: What was written since it began.
        cursor: Where it goes on; None before the first page.
        done: It has come to the end.
    """

    view: View
    limit: int
    there: Mapping[Key, Values]
    seen: list[Key] = field(default_factory=list)
    written: set[Key] = field(default_factory=set)
    cursor: str | None = None
    done: bool = False


VALUES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(STATUSES),
        "placedAt": st.sampled_from(TIMES),
        "priority": st.integers(1, 3),
    },
    optional={"channel": st.sampled_from(CHANNELS)},
)


class PagingUnderWrites(RuleBasedStateMachine):
    """Clients that page, and others that write, through one gateway."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.rest = self.closing.enter_context(shop_client())
        self.orders: dict[Key, dict[str, Any]] = {}
        self.clients: list[Client] = []
        self.numbers = 0

    @initialize(
        many=st.lists(VALUES, min_size=5, max_size=30),
        page_bytes=st.sampled_from([400, 900, 1 << 20]),
    )
    def fill(self, many: list[dict[str, Any]], page_bytes: int) -> None:
        """Account B ends its pages after this many bytes, so writes move their ends."""
        self.closing.enter_context(patch.object(store, "SCAN_BYTES", page_bytes))
        customer = {"id": "a", "name": "a", "email": "a@example.org"}
        times = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}
        fill(self.rest.store, "Customer", [{**customer, **times, "__typename": "Customer"}])
        for values in many:
            order = {**self._key(), **values, "items": []}
            self.orders[order["customerId"], order["orderNo"]] = order
        held = ({**_stored(each), **times} for each in self.orders.values())
        fill(self.rest.store, "Order", held)

    def _key(self) -> dict[str, str]:
        # Numbers that are spread, so that what is inserted stands anywhere in the order.
        self.numbers += 1
        return {"customerId": "ab"[self.numbers % 3 == 0], "orderNo": f"{self.numbers * 37 % 101}"}

    @rule(values=VALUES)
    def insert(self, values: dict[str, Any]) -> None:
        """Somebody creates an order."""
        order = {**self._key(), **values, "items": []}
        key = order["customerId"], order["orderNo"]
        created = self.rest.send("POST", "/orders", json.dumps(order))
        assert created.status == (409 if key in self.orders else 201), created.body
        if created.status == 201:
            self.orders[key] = order
            self._wrote(key)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), values=VALUES)
    def update(self, data: st.DataObject, values: dict[str, Any]) -> None:
        """Somebody moves an order within its indexes, or out of them."""
        key = data.draw(st.sampled_from(sorted(self.orders)))
        changed = {"channel": None, **values}
        response = self.rest.send("PATCH", f"/orders/{key[0]}/{key[1]}", json.dumps(changed))
        assert response.status == 200, response.body
        self.orders[key] = {**self.orders[key], **changed}
        self._wrote(key)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Somebody deletes an order; it may be one that a client has just been given."""
        given = [key for each in self.clients if not each.done for key in each.seen[-3:]]
        keys = sorted({key for key in given if key in self.orders}) or sorted(self.orders)
        key = data.draw(st.sampled_from(keys))
        assert self.rest.send("DELETE", f"/orders/{key[0]}/{key[1]}").status == 204
        del self.orders[key]
        self._wrote(key)

    def _wrote(self, key: Key) -> None:
        for client in self.clients:
            client.written.add(key)

    @rule(view=st.sampled_from(VIEWS), limit=st.integers(1, 7))
    def begin(self, view: View, limit: int) -> None:
        """A client asks for the first page of a list."""
        there = {key: dict(order) for key, order in self.orders.items() if view.matches(order)}
        self.clients.append(Client(view, limit, there))
        self._go_on(self.clients[-1])

    @precondition(lambda self: any(not each.done for each in self.clients))
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """A client asks for its next page."""
        on_the_way = [index for index, each in enumerate(self.clients) if not each.done]
        self._go_on(self.clients[data.draw(st.sampled_from(on_the_way))])

    def _go_on(self, client: Client) -> None:
        query = {**client.view.query, "limit": str(client.limit)}
        if client.cursor is not None:
            query["cursor"] = client.cursor
        response = self.rest.send("GET", client.view.path, query=query)
        assert response.status == 200, response.body
        body = body_of(response)
        assert "problems" not in body
        assert len(body["items"]) <= client.limit
        client.seen += [(each["customerId"], each["orderNo"]) for each in body["items"]]
        client.cursor = body.get("nextCursor")
        client.done = client.cursor is None
        if client.done:
            self._check(client)

    def _check(self, client: Client) -> None:
        """Holds what a client was given, all in all, to what it had to be given."""
        untouched = Counter(key for key in client.seen if key not in client.written)
        assert untouched == Counter(client.there.keys() - client.written)
        if client.view.order is not None:
            order = [
                client.there[key][client.view.order] for key in client.seen if key in untouched
            ]
            assert order == sorted(order, reverse=client.view.descending)

    def teardown(self) -> None:
        """Every client comes to its end: once nobody writes any more, it has one."""
        try:
            for client in self.clients:
                for _ in range(100):
                    if client.done:
                        break
                    self._go_on(client)
                assert client.done
        finally:
            self.closing.close()


def _stored(order: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attributes by which account B stores an order."""
    joined = f"{order['status']}#{order['placedAt']}"
    return {**order, "status#placedAt": joined, "__typename": "Order"}


SHORT = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_what_nobody_writes_is_given_once_while_others_write() -> None:
    """The short form: the same histories in every run."""
    run_state_machine_as_test(PagingUnderWrites, settings=SHORT)


@pytest.mark.slow
def test_what_nobody_writes_is_given_once_while_others_write_for_long() -> None:
    """The long form: other and longer histories in every run."""
    long = settings(SHORT, max_examples=400, stateful_step_count=50, derandomize=False)
    run_state_machine_as_test(PagingUnderWrites, settings=long)
