"""Composite keys and nested values against a model: a dict of orders, patched by RFC 7396."""

import json
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.support.examples import examples
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of

KEYS = st.sampled_from([("c", "1"), ("c", "2"), ("d/e", "1")])
GEO = st.none() | st.fixed_dictionaries(
    {"lat": st.sampled_from([0.5, 2.0]), "lon": st.sampled_from([0.5, 3.0])}
)
SHIP_TO = st.fixed_dictionaries(
    {"street": st.sampled_from(["s", "é"]), "city": st.just("c")}, optional={"geo": GEO}
)
ORDERS = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["DRAFT", "PAID"]),
        "placedAt": st.just("2026-11-24T10:00:00Z"),
        "items": st.lists(st.just({"sku": "s", "quantity": 1}), max_size=2),
    },
    optional={"shipTo": SHIP_TO, "channel": st.sampled_from(["web", "shop"])},
)
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["DRAFT", "PAID"]),
        "channel": st.none() | st.just("web"),
        "shipTo": st.none()
        | st.fixed_dictionaries(
            {"street": st.just("x"), "city": st.just("y")},
            optional={"zip": st.none() | st.just("1"), "geo": GEO},
        ),
    },
)


def merged(held: Any, patch: Any) -> Any:
    """Returns what a merge patch makes of a value; a null stays, as GraphQL shows it.

    Source: RFC 7396, section 2.
    """
    if not isinstance(patch, dict):
        return patch
    start = held if isinstance(held, dict) else {}
    return {**start, **{name: merged(start.get(name), value) for name, value in patch.items()}}


def bare(value: Any) -> Any:
    """Returns a value without the members that are null, which read as if left out."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: bare(each) for name, each in value.items() if each is not None}


class Orders(RuleBasedStateMachine):
    """Sends requests about orders, and compares with a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.shop = self.stack.enter_context(shop_client())
        self.held: dict[tuple[str, str], Any] = {}

    def teardown(self) -> None:
        """Closes the store."""
        self.stack.close()

    @rule(key=KEYS, order=ORDERS)
    def post(self, key: tuple[str, str], order: dict[str, Any]) -> None:
        """Creates, or meets the one that is there."""
        named = {"customerId": key[0], "orderNo": key[1]}
        told = self.shop.send("POST", "/orders", json.dumps({**named, **order}))
        assert told.status == (409 if key in self.held else 201), told.body
        self.held.setdefault(key, order)
        self._compare(key)

    @rule(key=KEYS, order=ORDERS)
    def put(self, key: tuple[str, str], order: dict[str, Any]) -> None:
        """Replaces or creates."""
        told = self.shop.send("PUT", path_of(key), json.dumps(order))
        assert told.status == (200 if key in self.held else 201), told.body
        self.held[key] = order
        self._compare(key)

    @rule(key=KEYS, patch=PATCHES)
    def patch(self, key: tuple[str, str], patch: dict[str, Any]) -> None:
        """Merges, to any depth."""
        told = self.shop.send("PATCH", path_of(key), json.dumps(patch))
        assert told.status == (200 if key in self.held else 404), told.body
        if key in self.held:
            self.held[key] = merged(self.held[key], patch)
        self._compare(key)

    @rule(key=KEYS)
    def delete(self, key: tuple[str, str]) -> None:
        """Deletes what is there."""
        told = self.shop.send("DELETE", path_of(key))
        assert told.status == (204 if self.held.pop(key, None) else 404), told.body
        self._compare(key)

    def _compare(self, key: tuple[str, str]) -> None:
        told = self.shop.send("GET", path_of(key))
        assert told.status == (200 if key in self.held else 404)
        if key in self.held:
            shown = body_of(told)
            assert (shown.pop("customerId"), shown.pop("orderNo")) == key
            del shown["createdAt"], shown["updatedAt"]
            assert bare(shown) == bare(self.held[key])


def path_of(key: tuple[str, str]) -> str:
    """Returns the path of an order."""
    return f"/orders/{key[0].replace('/', '%2F')}/{key[1]}"


def test_orders_and_the_model_never_differ() -> None:
    """Some hundred requests in many orders."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=examples(4),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=quiet,
        ),
    )
