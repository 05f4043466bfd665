"""What explain says of a request is what the gateway sends, and what that costs at worst."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate

from bridge.__main__ import main
from bridge.compiler.explain import RefusedError, explain
from bridge.compiler.explain_command import NoRequestError, lines, rest_request
from bridge.compiler.schema import read_built_schema
from tests.support.account_b import Rest, rest_client
from tests.support.shop import BUILT, SHOP, shop_client
from tests.support.todo import BUILT_SCHEMA, PROJECT, todo_project

SCHEMAS: Mapping[str, str] = {"shop": BUILT, "todo": BUILT_SCHEMA.read_text(encoding="utf-8")}
ALL_READS = 28_600  # of 30 requests: 100 items, 500, and then 1,000 each
SPARSE = (
    "  not productsByCategory: holds only items with priceCents: priceCents.exists=true or"
    " sort=priceCents would ask for these"
)
# Account B, request, body, access path, calls shown, calls, resolvers and items at worst.
Row = tuple[str, str, str | None, str | None, int, int, int, int]
ROWS: list[Row] = [
    ("todo", "GET /todos", None, "scan", 1, 1, 1, 50),
    ("todo", "GET /todos?done=true", None, "scan", 1, 30, 30, ALL_READS),
    ("todo", "GET /todos/1", None, None, 1, 1, 1, 1),
    ("todo", "POST /todos", '{"name": "milk"}', None, 1, 2, 2, 1),
    ("todo", "PATCH /todos/1", '{"done": true}', None, 1, 2, 2, 1),
    ("todo", "DELETE /todos/1", None, None, 1, 2, 2, 1),
    ("shop", "GET /orders?status=PAID&sort=-placedAt", None, "index ordersByStatus", 1, 1, 1, 50),
    ("shop", "GET /orders?status=PAID&limit=7", None, "index ordersByStatus", 1, 1, 1, 7),
    ("shop", "GET /orders?customerId=c&orderNo.ge=a", None, "table", 1, 1, 1, 50),
    ("shop", "GET /orders?priority=1&limit=200", None, "scan", 1, 30, 30, 29_200),
    (
        "shop",
        "GET /orders?status=PAID&placedAt.ge=2025-01-01&placedAt.lt=2026-01-01",
        None,
        "index ordersByStatus",
        1,
        30,
        30,
        1500,
    ),
    ("shop", "GET /orders?channel=w&sort=status", None, "index ordersByChannel", 1, 1, 1, 50),
    ("shop", "GET /orders?expand=customer", None, "scan", 1, 1, 51, 100),
    (
        "shop",
        "GET /customers?expand=orders&limit=10",
        None,
        "scan",
        1,
        1,
        11,
        110,
    ),
    ("shop", "GET /orders/c/1?expand=customer.profile,shipments", None, None, 1, 1, 4, 13),
    ("shop", "GET /orders/c/1/customer", None, None, 1, 1, 2, 2),
    (
        "shop",
        "GET /customers/c/orders?sort=-orderNo",
        None,
        "relation Customer.orders",
        1,
        1,
        2,
        51,
    ),
    ("shop", "GET /products?category=c", None, "scan", 1, 30, 30, ALL_READS),
    (
        "shop",
        "GET /products?category=c&priceCents.exists=true",
        None,
        "index productsByCategory",
        1,
        1,
        1,
        50,
    ),
    (
        "shop",
        "GET /products?category=c&sort=priceCents",
        None,
        "index productsByCategory",
        1,
        1,
        1,
        50,
    ),
    ("shop", "PATCH /orders/c/1", '{"shipTo": {"city": "x"}}', None, 2, 9, 9, 6),
    ("shop", "PATCH /orders/c/1", '{"priority": 1}', None, 1, 2, 2, 1),
    ("shop", "PUT /authors/a", '{"name": "A"}', None, 1, 7, 7, 1),
    ("shop", "POST /rpc/skus", '{"prefix": "p"}', None, 1, 1, 1, 0),
    ("shop", "POST /rpc/recount", '{"warehouse": "w"}', None, 1, 1, 1, 0),
]


@cache
def schema_of(name: str) -> GraphQLSchema:
    """Returns the built schema of an account B."""
    return read_built_schema(SCHEMAS[name])


def known(method: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the variables, less the key that the gateway chooses anew for each creation."""
    if method != "POST" or "input" not in variables:
        return variables
    return {"input": {k: v for k, v in variables["input"].items() if k != "id"}}


@contextmanager
def account(name: str) -> Iterator[Rest]:
    """Gives a client of the shop or of the todo list, both empty."""
    with shop_client() if name == "shop" else rest_client() as rest:
        yield rest


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]} {row[2] or ''}")
def test_a_request_is_explained_by_what_it_sends(row: Row) -> None:
    """The access path, the documents with their variables, and the cost."""
    name, text, body, access, shown, calls, resolvers, items = row
    request = rest_request(text, body)
    with account(name) as rest:
        explained = explain(rest.contract, request)
        rest.gateway.handle(request)
        first = json.loads(rest.transport.requests[0].body)
    assert (explained.plan.access if explained.plan else None) == access
    assert len(explained.calls) == shown
    worst = explained.worst
    assert (worst.calls, worst.resolvers, worst.items) == (calls, resolvers, items)
    assert explained.calls[0].document == first["query"]
    assert known(request.method, explained.calls[0].variables) == known(
        request.method, first["variables"]
    )
    printed = lines(explained)
    for call in explained.calls:
        assert not validate(schema_of(name), parse(call.document))
        assert any(call.document in line for line in printed)
        assert f"  variables: {json.dumps(call.variables, ensure_ascii=False)}" in printed


def test_explain_says_why_the_others_do_not_serve_and_what_would_make_them() -> None:
    """`exists` or an order, where an index lacks items; the partition's `eq`, where that lacks."""
    with shop_client() as shop:
        printed = lines(explain(shop.contract, rest_request("GET /products?category=c")))
        table = lines(explain(shop.contract, rest_request("GET /orders?status=PAID&sort=placedAt")))
    assert printed[:5] == [
        "access path: scan",
        "  listProducts reads the whole table: needs sku.eq to be read by its key",
        SPARSE,
        "  not productsByBrand: needs brand.eq as the one condition on that field",
        "  not productsByBrandRelease: needs brand.eq as the one condition on that field",
    ]
    assert table[0] == "access path: index ordersByStatus"
    assert any("lags behind a write" in line for line in table)


def test_the_command_prints_what_there_is_to_say(capsys) -> None:
    """Of another account B too, and with a body from its argument."""
    words = ["explain", "--root", str(PROJECT), "--account-b", str(SHOP)]
    assert main([*words, "GET /orders?status=PAID&sort=-placedAt"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "access path: index ordersByStatus"
    assert said[-3].startswith("cost at worst: upstream calls 1, resolvers 1, items read 50")
    assert main([*words, "PATCH /orders/c/1", "--body", '{"shipTo": {"city": "x"}}']) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in said if line.startswith("call")] == ["call 1", "call 2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GET /nope", "404 Unknown path"),
        ("GET /todos?nope=1", "400 Invalid request: nope is unknown"),
        ("GET /todos?priority=x", "400 Invalid request: priority is not an integer"),
        ("GET /todos?sort=name", "400 Invalid request: sort is no order of these items"),
        ("DELETE /todos", "405 "),
        ("POST /todos", "400 Invalid request"),
        ("GET todos", "a request is GET"),
        ("FETCH /todos", "a request is GET"),
        ("POST /batch", "a batch costs what its requests do"),
        ("GET /todos?" + "&".join("a=b" for _ in range(2_000)), "400 Invalid request"),
        ("", "a request is GET"),
        ("GET /todos/%ff", "400 Invalid request: id is not UTF-8"),
        ("GET /todos/\udcff", "the request is no text that UTF-8 can carry"),
    ],
)
def test_what_the_gateway_refuses_is_one_line(text: str, said: str, capsys) -> None:
    """Its own problem, and exit code 2."""
    assert main(["explain", "--root", str(todo_project()), text]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"explain: {said}")
    assert error.count("\n") == 1


def test_what_is_refused_is_a_known_error() -> None:
    """Each kind by its name."""
    with rest_client() as rest, pytest.raises(RefusedError):
        explain(rest.contract, rest_request("GET /nope"))
    with pytest.raises(NoRequestError):
        rest_request("nothing")
