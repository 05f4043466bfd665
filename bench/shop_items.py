"""The shop's items, as the stand-in for AppSync answers them.

Posts lead to authors, of plain members both; orders to customers, both with nested values. Orders
are read by an index of their status: every hundredth is paid.
"""

import json
from functools import lru_cache, partial
from typing import Any

# AppSync writes no spaces.
reply_json = partial(json.dumps, separators=(",", ":"))
ITEMS_A_MATCH = 100
_STAMPS = {"createdAt": "2026-01-01T08:00:00.000Z", "updatedAt": "2026-01-01T09:30:00.000Z"}
_ADDRESS = {
    "street": "High Street 1",
    "city": "London",
    "zip": "N1 9GU",
    "country": "GB",
    "geo": {"lat": 51.5, "lon": -0.1},
    "floors": [1, 2],
}


def author(number: int) -> dict[str, Any]:
    """Returns an author as AppSync writes it."""
    return {"handle": f"author{number}", "name": f"Author {number}", **_STAMPS}


def post(number: int) -> dict[str, Any]:
    """Returns a post as AppSync writes it, less its author."""
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "title": f"What was new in week {number}",
        "state": "PUBLISHED",
        "views": 1_000 + number,
        "authorHandle": f"author{number}",
        "publishedAt": "2026-01-01T08:00:00.000Z",
        **_STAMPS,
    }


def customer(number: int) -> dict[str, Any]:
    """Returns a customer as AppSync writes it."""
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "name": f"Customer {number}",
        "email": f"customer{number}@example.com",
        "tier": "GOLD",
        "segments": ["NEWSLETTER", "VIP"],
        "credit": 100,
        "rating": 2.5,
        "active": True,
        "locale": "en-GB",
        "address": _ADDRESS,
        "contacts": [{"kind": "phone", "value": "+44 20 7946 0000", "verified": True}],
        "nicknames": ["Nick"],
        "website": "https://example.com",
        "phone": "+44 20 7946 0000",
        "birthday": "1980-02-29",
        "wakeAt": "06:30:00.000Z",
        "seenAt": 1_700_000_000,
        "joinedAt": "2020-05-17T10:00:00.000Z",
        "ip": "192.0.2.1",
        "prefs": '{"theme":"dark"}',
        "referrerId": None,
        **_STAMPS,
        "customerProfileId": None,
    }


def order(number: int) -> dict[str, Any]:
    """Returns an order as AppSync writes it, less its customer."""
    return {
        "customerId": customer(number)["id"],
        "orderNo": f"{number:08}",
        "status": "SHIPPED" if number % ITEMS_A_MATCH else "PAID",
        "placedAt": "2026-01-01T08:00:00.000Z",
        "channel": "web",
        "total": {"amount": 19.9, "currency": "EUR"},
        "items": [
            {
                "sku": "milk",
                "quantity": 2,
                "unitPrice": {"amount": 9.95, "currency": "EUR"},
                "notes": ["cold"],
            }
        ],
        "shipTo": _ADDRESS,
        "couponCodes": [],
        "priority": 3,
        **_STAMPS,
    }


@lru_cache(maxsize=4)
def posts_with_authors(limit: int) -> str:
    """Returns the table's first page as JSON, each post with its author."""
    items = [{**post(number), "author": author(number)} for number in range(limit)]
    return reply_json({"items": items, "nextToken": str(limit)})


@lru_cache(maxsize=4)
def orders_with_customers(limit: int) -> str:
    """Returns the table's first page as JSON, each order with its customer."""
    items = [{**order(number), "customer": customer(number)} for number in range(limit)]
    return reply_json({"items": items, "nextToken": str(limit)})


@lru_cache(maxsize=4)
def paid_orders(start: int, limit: int, table_items: int) -> str:
    """Returns a page of the index as JSON: nothing that does not match is read."""
    end = min(start + limit, table_items // ITEMS_A_MATCH)
    items = [order(number * ITEMS_A_MATCH) for number in range(start, end)]
    more = end < table_items // ITEMS_A_MATCH
    return reply_json({"items": items, "nextToken": str(end) if more else None})
