"""Whatever the planner chooses, a list is that of a scan with the whole filter, sorted.

The oracle knows nothing of keys: it looks at each item. Table: the cases where a key that is text
would go wrong. Property: any conditions and orders over all of the shop's kinds of keys.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.account_b import Rest
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of

Item = Mapping[str, Any]
Query = Sequence[tuple[str, str]]


def instant(day: int, offset: str = "Z") -> str:
    """Returns an instant as one client or another would write it."""
    return f"2026-01-{day:02}T12:00:00{offset}"


def stock(warehouse: str, sku: str, lot: int) -> tuple[str, dict[str, Any]]:
    """Returns a stock level."""
    return "stock-levels", {"warehouse": warehouse, "sku": sku, "lot": lot, "quantity": 1}


def order(number: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """Returns an order."""
    return "orders", {
        "customerId": "c",
        "orderNo": number,
        "status": "PAID",
        "placedAt": instant(1),
        "items": [],
        **values,
    }


def product(sku: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """Returns a product."""
    price = {"amount": 1, "currency": "EUR"}
    return "products", {"sku": sku, "title": "t", "requiredTags": [], "price": price, **values}


def customer(number: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """Returns a customer."""
    return "customers", {"id": number, "name": "n", "email": "a@example.org", **values}


CONTENTS: Sequence[tuple[str, dict[str, Any]]] = [
    *(stock("w", sku, lot) for sku in ("p", "p-1", "p-10", "p!", "q") for lot in (-1, 1, 2, 10)),
    stock("v", "p", 1),
    *(
        order(
            f"{channel}{status}{day}{offset}",
            channel=channel,
            status=status,
            placedAt=instant(day, offset),
        )
        for channel in ("web", "we", "web2")
        for status in ("PAID", "PLACED")
        for day, offset in ((1, "Z"), (2, "Z"), (2, "+02:00"), (2, "-11:00"), (10, "Z"))
    ),
    order("none"),
    *(
        product(
            f"{brand}{day}{rank}",
            brand=brand,
            releasedOn=f"2026-01-{day:02}",
            rank=rank,
            category="c",
            priceCents=rank,
        )
        for brand in ("b", "bb")
        for day in (1, 2, 10)
        for rank in (2, 10, -1)
    ),
    product("no-brand", category="c", priceCents=7),
    product("no-price", category="c", brand="b"),
    *(
        customer(f"{n}{offset}", referrerId="r", joinedAt=instant(n, offset))
        for n in (1, 2, 10)
        for offset in ("Z", "+05:00", "-05:00")
    ),
    customer("nobody", referrerId="r"),
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Rest]:
    """A shop that holds CONTENTS."""
    with shop_client() as rest:
        for path, values in CONTENTS:
            response = rest.send("POST", f"/{path}", json.dumps(values))
            assert response.status == 201, response.body
        yield rest


def key_of(value: Any) -> Any:
    """Returns what the store orders a value by: its bytes, where it is text."""
    return value.encode() if isinstance(value, str) else value


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: bool(one == other),
    "gt": lambda one, other: bool(key_of(one) > key_of(other)),
    "ge": lambda one, other: bool(key_of(one) >= key_of(other)),
    "lt": lambda one, other: bool(key_of(one) < key_of(other)),
    "le": lambda one, other: bool(key_of(one) <= key_of(other)),
    "beginsWith": lambda one, other: str(one).startswith(other),
    "exists": lambda one, other: (one is not None) is other,
}


def meets(item: Item, name: str, operator: str, operand: Any) -> bool:
    """Whether an item meets a condition; one on a field that it lacks is not met."""
    held = item.get(name)
    if operator == "ne":
        return bool(held != operand)
    return (operator == "exists" or held is not None) and COMPARED[operator](held, operand)


def scanned(path: str, conditions: Sequence[tuple[str, str, Any]]) -> list[Item]:
    """Returns the items of CONTENTS that meet all conditions."""
    return [
        values
        for where, values in CONTENTS
        if where == path and all(meets(values, *each) for each in conditions)
    ]


def asked(conditions: Sequence[tuple[str, str, Any]], sort: str | None) -> Query:
    """Returns the conditions as parameters."""
    texts = [
        (f"{name}.{operator}", str(operand).lower() if isinstance(operand, bool) else str(operand))
        for name, operator, operand in conditions
    ]
    return [*texts, *([("sort", sort)] if sort else [])]


def all_pages(shop: Rest, path: str, query: Query, limit: int) -> list[Item]:
    """Returns the items of all pages."""
    found: list[Item] = []
    more: list[tuple[str, str]] = [("limit", str(limit))]
    while True:
        response = shop.send("GET", f"/{path}", query=(*query, *more))
        assert response.status == 200, response.body
        page = body_of(response)
        found += page["items"]
        if "nextCursor" not in page:
            return found
        more = [("limit", str(limit)), ("cursor", page["nextCursor"])]


def held_against_a_scan(
    shop: Rest, path: str, conditions: Sequence[tuple[str, str, Any]], sort: str | None, limit: int
) -> list[Item]:
    """Reads the list, asserts that it is the scan's, and returns that."""
    found = all_pages(shop, path, asked(conditions, sort), limit)
    expected = scanned(path, conditions)
    names = KEYS[path]
    if sort is not None:
        field = sort.removeprefix("-")
        expected = [each for each in expected if each.get(field) is not None]
        values = [key_of(each[field]) for each in found]
        assert values == sorted(values, reverse=sort.startswith("-"))
    assert sorted(str([each[name] for name in names]) for each in found) == sorted(
        str([each[name] for name in names]) for each in expected
    )
    return expected


KEYS = {
    "stock-levels": ("warehouse", "sku", "lot"),
    "orders": ("customerId", "orderNo"),
    "products": ("sku",),
    "customers": ("id",),
}
CASES: Sequence[tuple[str, Sequence[tuple[str, str, Any]], str | None, int]] = [
    # `p` is a beginning of `p-1`, `p-1` of `p-10`, and lot 10 stands before lot 2 in the text.
    ("stock-levels", [("warehouse", "eq", "w"), ("sku", "eq", "p")], None, 4),
    ("stock-levels", [("warehouse", "eq", "w"), ("sku", "beginsWith", "p-1")], None, 8),
    ("stock-levels", [("warehouse", "eq", "w"), ("sku", "eq", "p"), ("lot", "ge", 2)], None, 2),
    (
        "stock-levels",
        [("warehouse", "eq", "w"), ("sku", "eq", "p"), ("lot", "ge", 2), ("lot", "le", 10)],
        None,
        2,
    ),
    ("stock-levels", [("warehouse", "eq", "w"), ("sku", "eq", "p"), ("lot", "eq", 1)], None, 1),
    ("stock-levels", [("warehouse", "eq", "w"), ("sku", "le", "p")], None, 4),
    ("stock-levels", [("warehouse", "eq", "w"), ("sku", "gt", "p")], None, 16),
    # A number orders as one, alone; joined to another field never.
    ("products", [("category", "eq", "c")], "priceCents", 19),
    ("products", [("category", "eq", "c"), ("priceCents", "lt", 10)], "-priceCents", 13),
    (
        "products",
        [("category", "eq", "c"), ("priceCents", "gt", -1), ("priceCents", "lt", 10)],
        None,
        7,
    ),
    ("products", [("brand", "eq", "b")], "releasedOn", 9),
    ("products", [("brand", "eq", "b"), ("releasedOn", "gt", "2026-01-01")], "-releasedOn", 6),
    (
        "products",
        [("brand", "eq", "b"), ("releasedOn", "eq", "2026-01-02"), ("rank", "ge", 2)],
        None,
        2,
    ),
    # Nullable sort keys: what lacks them is in no index, and found where no order is asked for.
    ("products", [("category", "eq", "c")], None, 20),
    ("products", [("category", "eq", "c"), ("priceCents", "exists", True)], None, 19),
    ("products", [("category", "eq", "c"), ("priceCents", "exists", False)], None, 1),
    ("customers", [("referrerId", "eq", "r")], None, 10),
    # Instants of several offsets are ordered as the texts that they are.
    ("customers", [("referrerId", "eq", "r")], "joinedAt", 9),
    ("customers", [("referrerId", "eq", "r"), ("joinedAt", "ge", "2026-01-02")], "-joinedAt", 6),
    ("orders", [("channel", "eq", "web"), ("status", "eq", "PAID")], "placedAt", 5),
    ("orders", [("channel", "eq", "web")], "-status", 10),
    (
        "orders",
        [
            ("channel", "eq", "web"),
            ("status", "eq", "PAID"),
            ("placedAt", "gt", instant(1)),
            ("placedAt", "lt", instant(10)),
        ],
        "-placedAt",
        3,
    ),
    (
        "orders",
        [("status", "eq", "PAID"), ("placedAt", "ge", instant(1)), ("placedAt", "lt", instant(2))],
        "placedAt",
        10,
    ),
]


@pytest.mark.parametrize(("path", "conditions", "sort", "count"), CASES)
@pytest.mark.parametrize("limit", [2, 200])
def test_a_plan_gives_what_a_scan_gives(
    shop: Rest,
    path: str,
    conditions: Sequence[tuple[str, str, Any]],
    sort: str | None,
    count: int,
    limit: int,
) -> None:
    """The same items in the order that was asked for, on one page and on many."""
    assert len(held_against_a_scan(shop, path, conditions, sort, limit)) == count


OPERANDS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "stock-levels": {
        "warehouse": ["w", "v"],
        "sku": ["p", "p-1", "p!", "p-"],
        "lot": [-1, 1, 2, 10],
    },
    "orders": {
        "channel": ["web", "we"],
        "status": ["PAID", "PLACED"],
        "placedAt": [instant(1), instant(2), instant(10)],
        "customerId": ["c"],
        "orderNo": ["none", "web", "webPAID1Z"],
    },
    "products": {
        "brand": ["b", "bb"],
        "releasedOn": ["2026-01-01", "2026-01-02", "2026-01-10"],
        "rank": [-1, 2, 10],
        "category": ["c"],
        "priceCents": [-1, 2, 7, 10],
    },
    "customers": {
        "referrerId": ["r"],
        "joinedAt": [instant(2), instant(10)],
        "email": ["a@example.org"],
    },
}
SORTS = {
    "stock-levels": (),
    "orders": ("orderNo", "placedAt", "status"),
    "products": ("priceCents", "releasedOn"),
    "customers": ("joinedAt",),
}
ENUMS = {"status"}
BEGUN = {"sku", "orderNo", "channel", "brand", "joinedAt", "placedAt"}


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, list[tuple[str, str, Any]], str | None, int]:
    """Draws a list: its path, conditions that favour keys, an order and the length of a page."""
    path = draw(st.sampled_from(sorted(KEYS)))
    conditions: list[tuple[str, str, Any]] = []
    for name, values in OPERANDS[path].items():
        operators = ["eq", "ne", *([] if name in ENUMS else ["gt", "ge", "lt", "le", "exists"])]
        operators += ["beginsWith"] if name in BEGUN else []
        for operator in draw(st.lists(st.sampled_from(operators), max_size=2, unique=True)):
            operand = draw(st.booleans() if operator == "exists" else st.sampled_from(values))
            conditions.append((name, operator, operand))
    sort = draw(st.sampled_from([None, *(f"{d}{n}" for n in SORTS[path] for d in ("", "-"))]))
    return path, conditions, sort, draw(st.sampled_from([1, 3, 200]))


def holds_for(count: int) -> Any:
    """Returns the property, over so many lists."""

    @given(asked_for=lists())
    @settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def holds(
        shop: Rest, asked_for: tuple[str, list[tuple[str, str, Any]], str | None, int]
    ) -> None:
        path, conditions, sort, limit = asked_for
        query = asked(conditions, sort)
        first = shop.send("GET", f"/{path}", query=(*query, ("limit", "1")))
        if first.status == 400:
            assert sort is not None
            assert body_of(first)["errors"][0]["parameter"] == "sort"
            return
        held_against_a_scan(shop, path, conditions, sort, limit)

    return holds


def test_any_plan_gives_what_a_scan_gives(shop: Rest) -> None:
    """Whatever the conditions; only an order may be refused."""
    holds_for(30)(shop)


@pytest.mark.slow
def test_any_of_many_plans_gives_what_a_scan_gives(shop: Rest) -> None:
    """The long form."""
    holds_for(3_000)(shop)
