"""What a page of a large table costs: by account B's own count of the items it read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.account_b import Rest
from tests.support.filling import fill
from tests.support.shop import shop_client

ITEMS, LONG = 20_000, 1_000_000
# One in a hundred has the status that is asked for, and the priority, which has no index.
RARE = 100
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def orders(count: int) -> Iterator[dict[str, Any]]:
    """Gives orders of a hundred customers."""
    for number in range(count):
        rare = number % RARE == 0
        yield {
            "customerId": f"c{number % 97}",
            "orderNo": f"o{number}",
            "status": "PAID" if rare else "SHIPPED",
            "placedAt": (BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "priority": 1 if rare else 2,
            "items": [],
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "__typename": "Order",
        }


@pytest.fixture(scope="module")
def shop() -> Iterator[Rest]:
    """A shop with 20,000 orders."""
    with shop_client() as rest:
        fill(rest.store, "Order", orders(ITEMS))
        yield rest


def page(rest: Rest, **query: str) -> tuple[list[str], str | None, tuple[int, int]]:
    """Returns a page's order numbers, its cursor, and the requests and the items it took."""
    rest.transport.requests.clear()
    rest.transport.resolved.clear()
    response = rest.send("GET", "/orders", query={"limit": "100", **query})
    assert response.status == 200, response.body
    body = json.loads(response.body)
    read = sum(each.items_read for each in rest.transport.resolved)
    numbers = [each["orderNo"] for each in body["items"]]
    return numbers, body.get("nextCursor"), (len(rest.transport.requests), read)


def test_an_indexed_page_reads_what_it_returns(shop: Rest) -> None:
    """One request and 100 items each, whichever page of 200, in both orders."""
    _whole_list_by_index(shop, ITEMS, descending=False)
    _whole_list_by_index(shop, ITEMS, descending=True)


def test_a_scan_reads_the_table_for_the_same_items(shop: Rest) -> None:
    """Without an index a filter is asked of each item: the measure does tell the two apart."""
    seen: list[str] = []
    read = 0
    cursor = None
    while True:
        numbers, cursor, (_, items) = page(shop, priority="1", **_at(cursor))
        seen += numbers
        read += items
        assert {each.access for each in shop.transport.resolved} == {"scan"}
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"o{number}" for number in range(0, ITEMS, RARE))
    assert read >= ITEMS


@pytest.mark.slow
def test_a_page_of_a_million_items_costs_no_more(tmp_path: Path) -> None:
    """As of 20,000: each of 100 pages, one request and 100 items."""
    with shop_client(database=tmp_path / "tables.sqlite") as rest:
        fill(rest.store, "Order", orders(LONG))
        _whole_list_by_index(rest, LONG, descending=False)
        _whole_list_by_index(rest, LONG, descending=True)


def _whole_list_by_index(rest: Rest, count: int, *, descending: bool) -> None:
    """Reads all of an index's partition, and holds each page to what it may cost."""
    sort = "-placedAt" if descending else "placedAt"
    expected = [f"o{number}" for number in range(0, count, RARE)]
    seen: list[str] = []
    cursor = None
    while len(seen) < len(expected):
        numbers, cursor, cost = page(rest, status="PAID", sort=sort, **_at(cursor))
        assert cost == (1, 100)
        assert [each.access for each in rest.transport.resolved] == ["ordersByStatus"]
        seen += numbers
    assert seen == (expected[::-1] if descending else expected)
    # Only a further read tells that a page which ended with the partition was the last.
    assert cursor is None or page(rest, status="PAID", sort=sort, cursor=cursor)[0] == []


def _at(cursor: str | None) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}
