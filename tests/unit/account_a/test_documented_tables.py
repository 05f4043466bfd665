"""The tables of docs/rest.md and docs/retries.md, row by row: each is tried, none left out."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib import errors
from chalicelib.errors import GatewayError
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import RestResponse
from chalicelib.rest.problems import INTERNAL, NOT_READY, PROBLEMS
from tests.support.account_b import Rest
from tests.support.shop import shop_client
from tests.support.todo import PROJECT
from tests.unit.account_a.asking import body_of, create, slug_of

ORDER = {
    "status": "DRAFT",
    "placedAt": "2026-11-24T10:00:00Z",
    "items": [{"sku": "s", "quantity": 1}, {"sku": "t", "quantity": 2}],
    "shipTo": {"street": "s", "city": "c", "geo": {"lat": 1.0, "lon": 2.0}},
    "channel": "web",
}
KEY = {"customerId": "c", "orderNo": "1"}


def rows(page: str, head: str) -> dict[str, list[str]]:
    """Returns the cells of a table's rows, by their first ones, its head included."""
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    start = text.index(f"| {head} |")
    lines = text[start:].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells if set(first) != {"-"}}


def test_the_table_of_errors_holds_every_problem_with_its_status() -> None:
    """No type is missing, none is invented, and each has the status that is told."""
    text = (PROJECT / "docs" / "rest.md").read_text(encoding="utf-8")
    table = text[text.index("| type | status |") :].split("\n\n")[0].splitlines()[2:]
    told: dict[str, int] = {}
    for line in table:
        types, statuses, *_ = (cell for cell in line.strip("|").split("|"))
        slugs = re.findall(r"`([a-z-]+)`", types)
        numbers = [int(each) for each in re.findall(r"\d+", statuses)]
        numbers *= len(slugs) if len(numbers) == 1 else 1
        told.update(zip(slugs, numbers, strict=True))
    known = {each.slug: each.status for each in (*PROBLEMS.values(), INTERNAL, NOT_READY)}
    assert told == known


@pytest.fixture
def shop() -> Iterator[Rest]:
    """A client of the shop with one order."""
    with shop_client() as client:
        made = client.send("POST", "/orders", json.dumps({**KEY, **ORDER}))
        assert made.status == 201
        yield client


def ask(shop: Rest, method: str, body: dict[str, Any]) -> RestResponse:
    """Returns the response to a body for the order that is there, or for a second one."""
    if method == "POST":
        return shop.send(method, "/orders", json.dumps({**KEY, "orderNo": "2", **ORDER, **body}))
    sent = {**ORDER, **body} if method == "PUT" else body
    return shop.send(method, "/orders/c/1", json.dumps(sent))


def without(name: str) -> dict[str, Any]:
    """Returns the order's members less one."""
    return {each: value for each, value in ORDER.items() if each != name}


def left_out(shop: Rest, method: str) -> str:
    """A member left out."""
    if method == "POST":
        customer = json.dumps({"name": "Ann", "email": "a@example.com"})
        made = body_of(shop.send("POST", "/customers", customer))
        assert made["website"] is None
        return "account B's default, or none" if made["tier"] == "BASIC" else "none"
    body = without("channel") if method == "PUT" else {"priority": 1}
    held = body_of(shop.send(method, "/orders/c/1", json.dumps(body)))["channel"]
    cleared = "null, except where it is write-only or never null"
    return {None: cleared, "web": "stays as it is"}[held]


def null(shop: Rest, method: str) -> str:
    """A null."""
    told = ask(shop, method, {"channel": None})
    assert (told.status, body_of(told)["channel"]) == (201 if method == "POST" else 200, None)
    if method != "POST":
        return "null"
    items = shop.store.scan("Order", None, 10).items
    (item,) = [each for each in items if each["orderNo"] == "2"]
    return "null" if "channel" in item else "as if left out"


def nested(shop: Rest, method: str) -> str:
    """A nested value."""
    told = ask(shop, method, {"shipTo": {"street": "x", "city": "y", "geo": {"lat": 5.0}}})
    if told.status == 400:  # geo requires lon, so what is written is just what was sent
        return "whole"
    merged = {"street": "x", "city": "y", "geo": {"lat": 5.0, "lon": 2.0}}
    held = {k: v for k, v in body_of(told)["shipTo"].items() if k in merged}
    assert held["geo"]["lon"] == merged["geo"]["lon"]  # type: ignore[index] # an object
    return "merged with the one that is there, to any depth"


def a_list(shop: Rest, method: str) -> str:
    """A list."""
    told = ask(shop, method, {"items": [{"sku": "u", "quantity": 3}]})
    return "whole" if [each["sku"] for each in body_of(told)["items"]] == ["u"] else "?"


def read_only(shop: Rest, method: str) -> str:
    """A member that no input takes."""
    told = ask(shop, method, {"createdAt": "2020-01-01T00:00:00Z"})
    passed = "passed over, so that a body may be what GET gave"
    return "400" if told.status == 400 else passed


def key(shop: Rest, method: str) -> str:
    """A member of the key."""
    told = ask(shop, method, {"orderNo": "2"})
    if method == "POST":
        assert body_of(told)["orderNo"] == "2"
        return "the item's key"
    assert told.status == 400
    assert ask(shop, method, {"orderNo": "1"}).status == 200
    return "the path's, or 400"


BODIES: dict[str, Callable[[Rest, str], str]] = {
    "a member left out": left_out,
    "null": null,
    "a nested value": nested,
    "a list": a_list,
    "a read-only member": read_only,
    "a key's member": key,
}
BODY_TABLE = rows("rest.md", "in a body")


@pytest.mark.parametrize("row", [each for each in BODY_TABLE if each != "in a body"])
@pytest.mark.parametrize("method", BODY_TABLE["in a body"])
def test_each_row_of_what_a_body_means(shop: Rest, row: str, method: str) -> None:
    """Of a POST, a PUT and a PATCH, as the cell says."""
    told = BODY_TABLE[row][BODY_TABLE["in a body"].index(method)]
    assert BODIES[row](shop, method) == told


def answers(kind: str | None, message: str) -> Callable[..., GraphQLResponse]:
    """Returns what gives null to a mutation, with this error of its root field."""

    def after(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        if not request.document.mutation:
            return response
        data = dict.fromkeys(response.data or {})
        if kind is None and not message:
            return GraphQLResponse(data, ())
        faults = tuple(GraphQLFault((key,), kind or "", message) for key in data)
        return GraphQLResponse(data, faults)

    return after


PROVES = rows("retries.md", "reply to a write")
KINDS: dict[str, list[Callable[..., GraphQLResponse]]] = {
    "null without an error": [answers(None, "")],
    "`Lambda:Unhandled`, `Lambda:IllegalArgument`, `MappingTemplate`, an unknown or an empty"
    " errorType": [
        answers(kind, "boom")
        for kind in ("Lambda:Unhandled", "Lambda:IllegalArgument", "MappingTemplate", "Own", "")
    ],
    "`Cannot return null` of the root field": [
        answers(None, "Cannot return null for non-nullable type: 'Todo'")
    ],
}


@pytest.mark.parametrize("row", [each for each in PROVES if each != "reply to a write"])
def test_each_row_of_what_a_reply_proves(rest: Rest, row: str) -> None:
    """Where the write was done and where it was not; of a DELETE, that the item is gone."""
    deletes = row == "any of these, to a DELETE"
    holds, lacks = PROVES[row]
    every = [each for kinds in KINDS.values() for each in kinds]
    for number, after in enumerate(every if deletes else KINDS[row]):
        item = f"/todos/{number}"
        rest.transport.after = None
        create(rest, id=str(number))
        undone = Undone(rest, after)
        if deletes:
            rest.transport.execute = undone.execute  # type: ignore[method-assign] # a stand-in
            assert told_of(rest.send("DELETE", item)) in holds
            undone.restore()
            rest.transport.after = after
            assert told_of(rest.send("DELETE", item)) in lacks
            continue
        rest.transport.after = after
        assert told_of(rest.send("PATCH", item, '{"name": "x"}')) in holds
        assert told_of(rest.send("POST", "/todos", f'{{"id": "n{number}", "name": "x"}}')) in holds
        rest.transport.execute = undone.execute  # type: ignore[method-assign] # a stand-in
        assert told_of(rest.send("PATCH", item, '{"name": "y"}')) in lacks
        assert told_of(rest.send("POST", "/todos", f'{{"id": "m{number}", "name": "x"}}')) in lacks
        undone.restore()


def told_of(response: RestResponse) -> str:
    """Returns the status, and the type of a problem, as the table has them."""
    if response.status < 400:
        return str(response.status)
    return f"{response.status} `{slug_of(response)}`"


class Undone:
    """An account B that does no mutation, and answers as `after` would have it answered."""

    def __init__(self, rest: Rest, after: Callable[..., GraphQLResponse]) -> None:
        self._rest = rest
        self._after = after
        self._execute = rest.transport.execute

    def execute(self, request: GraphQLRequest, context: Any) -> GraphQLResponse:
        """Passes queries on."""
        if not request.document.mutation:
            self._rest.transport.after = None
            return self._execute(request, context)
        query = json.loads(request.body)["query"]
        name = query[query.index("{") + 1 :].strip().partition("(")[0].strip()
        return self._after(request, GraphQLResponse({name: {}}, ()))

    def restore(self) -> None:
        """Lets account B work again."""
        self._rest.transport.execute = self._execute  # type: ignore[method-assign] # a stand-in


def test_every_error_of_the_tree_has_a_problem_of_its_own_or_its_parents() -> None:
    """So that the table of types is all that a client can meet."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    for kind in kinds:
        if issubclass(kind, GatewayError) and not kind.__subclasses__():
            assert any(each in PROBLEMS for each in kind.__mro__) or kind is errors.Unforeseen
