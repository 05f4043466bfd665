"""Conflict resolution: what a client meets under each handler of account B's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bridge.sandbox.appsync import ConflictHandler
from chalicelib.errors import UpstreamUnreachable
from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.todo import PROJECT
from tests.unit.account_a.asking import body_of, slug_of

TODO = (PROJECT / "tests/data/amplify/built-schema-datastore.graphql").read_text()
SHOP = (PROJECT / "tests/data/shop/built-schema-datastore.graphql").read_text()
ORDER = {
    "customerId": "c",
    "orderNo": "1",
    "status": "DRAFT",
    "placedAt": "2026-01-01T00:00:00Z",
    "items": [{"sku": "a", "quantity": 1}],
    "couponCodes": ["x"],
}


@pytest.fixture(params=list(ConflictHandler), ids=lambda each: each.value)
def todos(request: pytest.FixtureRequest) -> Iterator[Rest]:
    """A client of a Todo API with each conflict handler."""
    with rest_client(TODO, conflict_handler=request.param) as client:
        yield client


@pytest.fixture(params=list(ConflictHandler), ids=lambda each: each.value)
def shop(request: pytest.FixtureRequest) -> Iterator[Rest]:
    """A client of the shop with each conflict handler."""
    with rest_client(SHOP, conflict_handler=request.param) as client:
        yield client


@pytest.fixture
def merging() -> Iterator[Rest]:
    """A client of the shop under automerge, which no stale write may reach."""
    with rest_client(SHOP, conflict_handler=ConflictHandler.AUTOMERGE) as client:
        yield client


def make(rest: Rest, **fields: Any) -> RestResponse:
    """Returns the response to the creation of a todo, which must succeed."""
    response = rest.send("POST", "/todos", json.dumps({"id": "a", "name": "milk", **fields}))
    assert response.status == 201, response.body
    return response


def patch(rest: Rest, path: str, body: Any, tag: str | None = None) -> RestResponse:
    """Returns the response to a merge patch, under an ETag if one is given."""
    headers = {"if-match": tag} if tag else {}
    return rest.send("PATCH", path, json.dumps(body), headers=headers)


def mutations(rest: Rest) -> int:
    """Returns how many mutations have gone to account B so far."""
    return sum(each.document.mutation for each in rest.transport.requests)


def race(rest: Rest, type_name: str, key: str, change: str) -> None:
    """Lets another client write just before the gateway's next mutation.

    Args:
        rest: Whose account B.
        type_name: Of the item.
        key: Its key, as members of an input in GraphQL.
        change: What is written, as members of an input in GraphQL.
    """
    found = rest.graphql(f"{{ get{type_name}({key}) {{ _version }} }}")
    version = found["data"][f"get{type_name}"]["_version"]

    def write(request: GraphQLRequest) -> None:
        if not request.document.mutation:
            return
        rest.transport.before = None
        given = f"{{ {key} {change} _version: {version} }}"
        reply = rest.graphql(f"mutation {{ update{type_name}(input: {given}) {{ _version }} }}")
        assert not reply.get("errors"), reply

    rest.transport.before = write


def test_the_etag_is_the_version_which_is_no_member(todos: Rest) -> None:
    """Nor are the other two members that conflict resolution adds."""
    made = make(todos)
    assert made.headers["ETag"] == '"1"'
    assert not [name for name in body_of(made) if name.startswith("_")]
    changed = patch(todos, "/todos/a", {"name": "bread"})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    read = todos.send("GET", "/todos/a", headers={"if-none-match": '"2"'})
    assert read.status == 304


def test_if_match_holds_and_a_412_sends_nothing(todos: Rest) -> None:
    """Under automerge even a refused-looking write would have changed the item."""
    make(todos)
    assert patch(todos, "/todos/a", {"name": "bread"}, '"1"').status == 200
    sent = mutations(todos)
    for method, body in (("PATCH", '{"name": "x"}'), ("PUT", '{"name": "x"}'), ("DELETE", "")):
        refused = todos.send(method, "/todos/a", body, headers={"if-match": '"1"'})
        assert (refused.status, slug_of(refused)) == (412, "precondition-failed")
    assert mutations(todos) == sent
    assert body_of(todos.send("GET", "/todos/a"))["name"] == "bread"


def test_put_replaces_and_clears(todos: Rest) -> None:
    """What it leaves out is null, as without conflict resolution."""
    make(todos, description="fresh", priority=1)
    put = todos.send("PUT", "/todos/a", '{"name": "bread", "priority": 2}')
    assert (put.status, put.headers["ETag"]) == (200, '"2"')
    assert {**body_of(put), "createdAt": 0, "updatedAt": 0} == {
        "id": "a",
        "name": "bread",
        "description": None,
        "done": None,
        "priority": 2,
        "dueAt": None,
        "createdAt": 0,
        "updatedAt": 0,
    }


def test_a_deleted_item_is_gone_for_clients(todos: Rest) -> None:
    """It is 404 for every verb and no part of a list, although the store keeps it."""
    make(todos)
    todos.send("POST", "/todos", '{"id": "b", "name": "bread"}')
    assert todos.send("DELETE", "/todos/a").status == 204
    assert todos.send("GET", "/todos/a").status == 404
    assert todos.send("DELETE", "/todos/a").status == 404
    assert patch(todos, "/todos/a", {"name": "x"}).status == 404
    listed = body_of(todos.send("GET", "/todos"))
    assert ([each["id"] for each in listed["items"]], "problems" in listed) == (["b"], False)


def test_a_merge_into_what_was_not_read_whole_is_refused(shop: Rest) -> None:
    """The null that stands for the rest would be written."""
    held = {"sku": "p", "title": "a", "dimensions": {"width": 1, "height": None}, "_version": 1}
    fault = GraphQLFault(("getProduct", "dimensions", "height"), "Unauthorized", "Not …")
    shop.transport.after = lambda *_: GraphQLResponse({"getProduct": held}, (fault,))
    refused = patch(shop, "/products/p", {"dimensions": {"width": 2}})
    assert (refused.status, slug_of(refused)) == (502, "unreadable-item")
    assert len(shop.transport.requests) == 1


def test_a_write_that_broke_off_is_settled_and_not_repeated(todos: Rest) -> None:
    """Under automerge the repetition would append its lists again."""
    make(todos)
    todos.transport.requests.clear()
    reset = Fault(UpstreamUnreachable("AppSync", "reset", sent=True))
    todos.transport.faults.extend([None, reset])
    assert slug_of(patch(todos, "/todos/a", {"name": "x"})) == "outcome-unknown"
    sent = [request.document.operation_name for request in todos.transport.requests]
    assert sent == ["GetTodo", "UpdateTodo", "GetTodo"]


def test_a_key_whose_deleted_item_the_store_keeps_is_taken(todos: Rest) -> None:
    """By POST, by PUT and under an Idempotency-Key: 409 with a reason of its own."""
    make(todos)
    living = todos.send("POST", "/todos", '{"id": "a", "name": "x"}')
    assert (living.status, slug_of(living)) == (409, "conflict")
    todos.send("DELETE", "/todos/a")
    for method, path, headers in (
        ("POST", "/todos", {}),
        ("POST", "/todos", {"idempotency-key": "k"}),
        ("PUT", "/todos/a", {}),
        ("PUT", "/todos/a", {"if-none-match": "*"}),
    ):
        refused = todos.send(method, path, '{"id": "a", "name": "x"}', headers=headers)
        assert (refused.status, slug_of(refused)) == (409, "deleted-item"), method


def test_an_idempotency_key_replays(todos: Rest) -> None:
    """Version 1 is the item as it was created."""
    first, again, other = (
        todos.send("POST", "/todos", body, headers={"idempotency-key": "k"})
        for body in ('{"name": "milk"}', '{"name": "milk"}', '{"name": "bread"}')
    )
    assert [first.status, again.status, other.status] == [201, 200, 422]
    path = first.headers["Location"]
    assert patch(todos, path, {"name": "oil"}).status == 200
    replayed = todos.send("POST", "/todos", '{"name": "milk"}', headers={"idempotency-key": "k"})
    assert (replayed.status, body_of(replayed)["name"]) == (200, "oil")


def test_a_lost_race_without_if_match_is_written_anew(shop: Rest) -> None:
    """The other client's member stays, and this one's is stored as it was sent."""
    shop.send("POST", "/orders", json.dumps(ORDER))
    race(shop, "Order", 'customerId: "c" orderNo: "1"', "priority: 1")
    changed = patch(shop, "/orders/c/1", {"couponCodes": ["y"]})
    assert changed.status == 200, changed.body
    assert (body_of(changed)["couponCodes"], body_of(changed)["priority"]) == (["y"], 1)
    assert body_of(shop.send("GET", "/orders/c/1")) == body_of(changed)


def test_a_lost_race_under_if_match_is_told_as_what_it_was(shop: Rest) -> None:
    """Where the store refused, nothing was changed: 412. Where it merged, 409 says so."""
    made = shop.send("POST", "/orders", json.dumps(ORDER))
    race(shop, "Order", 'customerId: "c" orderNo: "1"', 'couponCodes: ["z"]')
    refused = patch(shop, "/orders/c/1", {"couponCodes": ["y"]}, made.headers["ETag"])
    held = body_of(shop.send("GET", "/orders/c/1"))["couponCodes"]
    if (refused.status, slug_of(refused)) == (412, "precondition-failed"):
        assert held == ["z"]
    else:
        assert (refused.status, slug_of(refused)) == (409, "merged-by-store")
        assert held == ["z", "y"]


def test_a_delete_that_loses_a_race_deletes_what_is_there(shop: Rest) -> None:
    """Without If-Match; with it the item stays."""
    made = shop.send("POST", "/orders", json.dumps(ORDER))
    race(shop, "Order", 'customerId: "c" orderNo: "1"', "priority: 1")
    held = shop.send("DELETE", "/orders/c/1", headers={"if-match": made.headers["ETag"]})
    assert (held.status, slug_of(held)) == (412, "precondition-failed")
    race(shop, "Order", 'customerId: "c" orderNo: "1"', "priority: 2")
    assert shop.send("DELETE", "/orders/c/1").status == 204
    assert shop.send("GET", "/orders/c/1").status == 404


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_is_settled_by_the_version(merging: Rest, committed: bool) -> None:
    """A write is sent once: a repetition would append its list again."""
    merging.send("POST", "/orders", json.dumps(ORDER))
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=committed)
    merging.transport.faults.extend([None, lost])
    sent = mutations(merging)
    changed = patch(merging, "/orders/c/1", {"couponCodes": ["y"]})
    assert mutations(merging) == sent + 1
    if committed:
        assert (changed.status, body_of(changed)["couponCodes"]) == (200, ["y"])
    else:
        assert (changed.status, slug_of(changed)) == (504, "outcome-unknown")
    held = body_of(merging.send("GET", "/orders/c/1"))["couponCodes"]
    assert held == (["y"] if committed else ["x"])


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_to_a_delete_is_settled_by_the_version(todos: Rest, committed: bool) -> None:
    """What is deleted at the next version was deleted by this request."""
    make(todos)
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=committed)
    todos.transport.faults.extend([None, lost])
    assert todos.send("DELETE", "/todos/a").status == (204 if committed else 504)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_lost_reply_beside_another_clients_write_is_unknown(todos: Rest, method: str) -> None:
    """That one wrote the next version: this request's own write, sent or not, was not done."""
    make(todos)
    race(todos, "Todo", 'id: "a"', 'name: "bread"')
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True))
    todos.transport.faults.extend([None, lost])
    response = todos.send(method, "/todos/a", '{"name": "jam"}' if method == "PATCH" else "")
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")
    assert body_of(todos.send("GET", "/todos/a"))["name"] == "bread"


def test_a_lost_reply_is_unknown_once_another_client_wrote_as_well(merging: Rest) -> None:
    """The version has gone on by two, which tells of nobody's write; nothing is sent again."""
    merging.send("POST", "/orders", json.dumps(ORDER))
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=True)
    merging.transport.faults.extend([None, lost])
    sent = mutations(merging)

    def overtake(request: GraphQLRequest) -> None:
        if mutations(merging) == sent + 1 and not request.document.mutation:
            merging.transport.before = None
            given = 'customerId: "c" orderNo: "1" priority: 7 _version: 2'
            merging.graphql(f"mutation {{ updateOrder(input: {{ {given} }}) {{ _version }} }}")

    merging.transport.before = overtake
    changed = patch(merging, "/orders/c/1", {"channel": "x"})
    assert (changed.status, slug_of(changed)) == (504, "outcome-unknown")
    assert merging.transport.before is None
    assert mutations(merging) == sent + 1


def test_a_delete_that_loses_every_race_is_a_conflict() -> None:
    """After three rounds the client is told that others keep writing; nothing was deleted."""
    with rest_client(TODO, conflict_handler=ConflictHandler.OPTIMISTIC) as todos:
        make(todos)
        version = 1

        def write(request: GraphQLRequest) -> None:
            nonlocal version
            if request.document.mutation:
                given = f'{{ id: "a" priority: {version} _version: {version} }}'
                todos.graphql(f"mutation {{ updateTodo(input: {given}) {{ _version }} }}")
                version += 1

        todos.transport.before = write
        response = todos.send("DELETE", "/todos/a")
        assert (response.status, slug_of(response), version) == (409, "conflict", 4)
        todos.transport.before = None
        assert todos.send("GET", "/todos/a").status == 200


def test_a_deep_merge_is_written_at_the_version_that_it_read(shop: Rest) -> None:
    """A race makes it read again; no member of either client is lost."""
    shop.send("POST", "/orders", json.dumps({**ORDER, "shipTo": {"street": "s", "city": "c"}}))
    race(shop, "Order", 'customerId: "c" orderNo: "1"', 'shipTo: {street: "t" city: "c" zip: "1"}')
    changed = patch(shop, "/orders/c/1", {"shipTo": {"city": "d"}})
    if changed.status == 200:
        ship_to = body_of(changed)["shipTo"]
        assert (ship_to["street"], ship_to["city"], ship_to["zip"]) == ("t", "d", "1")
    assert changed.status == 200, changed.body


def test_two_requests_of_a_batch_on_one_item_are_done_in_order() -> None:
    """Each reads the version that the one before it made."""
    with rest_client(
        TODO, Options(enable_batch=True), conflict_handler=ConflictHandler.AUTOMERGE
    ) as client:
        make(client)
        entries = [
            {"id": str(index), "method": "PATCH", "path": "/todos/a", "body": {"priority": index}}
            for index in range(3)
        ]
        reply = client.send("POST", "/batch", json.dumps({"requests": entries}))
        answers = body_of(reply)["responses"]
        assert [each["headers"]["ETag"] for each in answers] == ['"2"', '"3"', '"4"']
        assert body_of(client.send("GET", "/todos/a"))["priority"] == 2
