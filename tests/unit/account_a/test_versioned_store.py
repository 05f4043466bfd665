"""What is known of a versioned store, as a REST client meets it under each conflict handler.

Source: AppSync developer guide, "Conflict detection and resolution" and "Versioned data sources";
the threads of amplify-cli, amplify-js, amplify-flutter and amplify-category-api that say what the
guide does not.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bridge.sandbox.appsync import AppSyncApi, ConflictHandler
from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Rest, TickingCalendar, rest_client
from tests.support.shop import SOURCE, VERSIONED
from tests.unit.account_a.asking import body_of, slug_of

CUSTOMER = {
    "id": "ada",
    "name": "Ada",
    "email": "ada@example.org",
    "nicknames": ["a"],
    "contacts": [{"kind": "mail", "value": "x"}],
    "address": {"street": "s", "city": "c", "floors": [1]},
}
STORED = """{ getCustomer(id: "ada") { name nicknames contacts { kind value verified }
  address { street city zip floors } locale _version _deleted _lastChangedAt } }"""
CHANGE = {"nicknames": ["b"], "address": {"street": "t", "city": "d", "floors": [2]}}
WHOLE = {**CUSTOMER, **CHANGE}


@pytest.fixture(params=list(ConflictHandler), ids=lambda each: each.value)
def shop(request: pytest.FixtureRequest) -> Iterator[Rest]:
    """A client of the shop with each conflict handler, and one customer of version 2 in it."""
    with rest_client(
        VERSIONED.read_text(), conflict_handler=request.param, source=SOURCE
    ) as client:
        assert send(client, "POST", "/customers", CUSTOMER).status == 201
        changed = send(client, "PATCH", "/customers/ada", {"locale": "pl"})
        assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
        yield client


def send(rest: Rest, method: str, path: str, body: Any = None, **headers: str) -> RestResponse:
    """Returns the response; a header's name is written with `_`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return rest.send(method, path, "" if body is None else json.dumps(body), headers=given)


def stored(rest: Rest) -> Any:
    """Returns the customer as account B holds it, past the gateway."""
    return rest.graphql(STORED)["data"]["getCustomer"]


def sent_inputs(rest: Rest) -> list[Any]:
    """Returns the inputs of the mutations that have gone to account B."""
    return [
        json.loads(each.body)["variables"]["input"]
        for each in rest.transport.requests
        if each.document.mutation
    ]


@pytest.mark.parametrize(("method", "body"), [("PATCH", CHANGE), ("PUT", WHOLE), ("DELETE", None)])
def test_a_412_leaves_the_item_as_it_is(shop: Rest, method: str, body: Any) -> None:
    """Members of lists, `_version` and `_lastChangedAt` included; nothing goes to account B.

    Automerge would append to lists for an older version, and take a later one for its own.
    """
    before, sent = stored(shop), len(sent_inputs(shop))
    for tag in ('"1"', '"3"', '"0"', 'W/"2"', '"two"', '"1", "3"'):
        refused = send(shop, method, "/customers/ada", body, if_match=tag)
        assert (refused.status, slug_of(refused)) == (412, "precondition-failed"), tag
    assert len(sent_inputs(shop)) == sent
    assert stored(shop) == before


@pytest.mark.parametrize(("method", "body"), [("PATCH", CHANGE), ("PUT", WHOLE), ("DELETE", None)])
def test_a_412_of_a_lost_race_leaves_what_the_other_client_wrote(
    shop: Rest, method: str, body: Any
) -> None:
    """Where the store refuses; where it merges, the answer is 409 and never 412."""
    other: list[Any] = []

    def write(request: GraphQLRequest) -> None:
        if request.document.mutation:
            shop.transport.before = None
            given = '{id: "ada" nicknames: ["z"] _version: 2}'
            shop.graphql(f"mutation {{ updateCustomer(input: {given}) {{ id }} }}")
            other.append(stored(shop))

    shop.transport.before = write
    refused = send(shop, method, "/customers/ada", body, if_match='"2"')
    if (refused.status, slug_of(refused)) == (412, "precondition-failed"):
        assert stored(shop) == other[0]
    else:
        assert (refused.status, slug_of(refused)) == (409, "merged-by-store")
        assert stored(shop)["nicknames"] == ["z", "b"]


def test_every_update_and_delete_names_the_version_that_was_read(shop: Rest) -> None:
    """One without a version would be one of version 0, which is stale."""
    shop.transport.requests.clear()
    assert send(shop, "PATCH", "/customers/ada", CHANGE).status == 200
    assert send(shop, "PATCH", "/customers/ada", {"address": {"zip": "1"}}).status == 200
    assert send(shop, "PUT", "/customers/ada", WHOLE).status == 200
    assert send(shop, "DELETE", "/customers/ada").status == 204
    assert [each["_version"] for each in sent_inputs(shop)] == [2, 3, 4, 5]


@pytest.mark.parametrize("name", ["_version", "_deleted", "_lastChangedAt"])
def test_what_conflict_resolution_adds_is_no_member(shop: Rest, name: str) -> None:
    """Neither of a body, nor of a filter, nor of `fields`: no client sets or undoes anything."""
    for method, path in (("POST", "/customers"), ("PATCH", "/customers/ada")):
        refused = send(shop, method, path, {"email": "a@b.org", "name": "n", name: None})
        assert (refused.status, slug_of(refused)) == (400, "invalid-request")
    for query in ({name: "1"}, {"fields": name}):
        assert shop.send("GET", "/customers", query=query).status == 400
    assert not [each for each in body_of(send(shop, "GET", "/customers/ada")) if each[0] == "_"]


@pytest.mark.parametrize("with_data", [True, False])
def test_a_conflict_is_told_with_the_item_and_without(shop: Rest, with_data: bool) -> None:
    """Templates differ in whether the error has the item as it is; neither is a success."""

    def conflict(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        if not request.document.mutation:
            return response
        name = next(iter(response.data or {}))
        error = {
            "path": [name],
            "data": {"id": "ada", "_version": 2} if with_data else None,
            "errorType": "ConflictUnhandled",
            "errorInfo": None,
            "locations": [],
            "message": "Conflict resolver rejects mutation.",
        }
        document = {"data": {name: None}, "errors": [error]}
        return read_reply(HttpReply(200, {}, json.dumps(document).encode()))

    shop.transport.after = conflict
    for method, body in (("PATCH", CHANGE), ("PUT", WHOLE), ("DELETE", None)):
        refused = send(shop, method, "/customers/ada", body, if_match=tag_of(shop))
        assert (refused.status, slug_of(refused)) == (412, "precondition-failed"), method


def tag_of(rest: Rest) -> str:
    """Returns the ETag of the customer as it is."""
    return f'"{stored(rest)["_version"]}"'


def test_a_deleted_item_stays_deleted(shop: Rest) -> None:
    """Under each verb and header; the tombstone is not written to."""
    assert send(shop, "DELETE", "/customers/ada", if_match='"2"').status == 204
    tombstone = stored(shop)
    assert (tombstone["_deleted"], tombstone["_version"]) == (True, 3)
    for method, path, body, status in (
        ("GET", "/customers/ada", None, 404),
        ("PATCH", "/customers/ada", CHANGE, 404),
        ("DELETE", "/customers/ada", None, 404),
        ("PUT", "/customers/ada", WHOLE, 409),
        ("POST", "/customers", CUSTOMER, 409),
    ):
        assert send(shop, method, path, body).status == status, method
    assert send(shop, "PUT", "/customers/ada", WHOLE, if_match='"3"').status == 412
    assert send(shop, "PATCH", "/customers/ada", CHANGE, if_match='"3"').status == 404
    assert send(shop, "DELETE", "/customers/ada", if_match="*").status == 404
    assert stored(shop) == tombstone


def test_a_deleted_item_is_in_no_list_and_no_relation(shop: Rest) -> None:
    """By scan, by index, as a related item, and embedded."""
    given = {
        "email": "bob@example.org",
        "name": "Bob",
        "referrerId": "ada",
        "joinedAt": "2026-01-01T00:00:00.000Z",
    }
    for each in ("bob", "eve"):
        assert send(shop, "POST", "/customers", {"id": each, **given}).status == 201
    assert send(shop, "DELETE", "/customers/bob").status == 204

    def names(path: str, **query: str) -> list[str]:
        body = body_of(shop.send("GET", path, query=query))
        return sorted(each["id"] for each in body.get("referred", body)["items"])

    assert names("/customers") == ["ada", "eve"]
    assert names("/customers", referrerId="ada", sort="joinedAt") == ["eve"]
    assert names("/customers/ada/referred") == ["eve"]
    assert names("/customers/ada", expand="referred") == ["eve"]
    assert send(shop, "DELETE", "/customers/ada").status == 204
    assert send(shop, "GET", "/customers/eve/referrer").status == 404
    assert body_of(shop.send("GET", "/customers/eve", query={"expand": "referrer"}))[
        "referrer"
    ] is None  # fmt: skip
    assert send(shop, "GET", "/customers/ada/referred").status == 404


def test_a_deleted_items_key_is_free_after_thirty_days(
    shop: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store has forgotten it, and what is created is of version 1 again."""
    assert send(shop, "DELETE", "/customers/ada").status == 204
    real = TickingCalendar.__call__
    monkeypatch.setattr(
        TickingCalendar, "__call__", lambda calendar: real(calendar) + timedelta(days=30)
    )
    assert send(shop, "GET", "/customers/ada").status == 404
    made = send(shop, "PUT", "/customers/ada", WHOLE)
    assert (made.status, made.headers["ETag"]) == (201, '"1"')


def test_an_item_that_is_not_there_takes_no_update(shop: Rest) -> None:
    """It is read before, so the store's own errors for it are not met."""
    sent = len(sent_inputs(shop))
    for method, tag, status in (
        ("PATCH", None, 404),
        ("PATCH", '"1"', 404),
        ("DELETE", None, 404),
        ("PUT", '"1"', 412),
    ):
        body = WHOLE if method == "PUT" else CHANGE if method == "PATCH" else None
        given = {**body, "id": "bob"} if body else None
        headers = {"if_match": tag} if tag else {}
        assert send(shop, method, "/customers/bob", given, **headers).status == status
    assert len(sent_inputs(shop)) == sent


def test_a_sync_is_an_operation_that_shows_deleted_items(shop: Rest) -> None:
    """As account B gives it, since its clients must learn of them."""
    assert send(shop, "DELETE", "/customers/ada").status == 204
    synced = send(shop, "POST", "/rpc/syncCustomers", {"limit": 10})
    assert synced.status == 200, synced.body
    assert [each["id"] for each in body_of(synced)["result"]["items"]] == ["ada"]


def test_what_was_written_past_appsync_is_told_as_unreadable(shop: Rest) -> None:
    """It has no version, so nothing can be written to it; a list goes on without it."""
    now = "2026-11-23T20:00:00.000Z"
    item = {"id": "eve", "name": "E", "email": "e@f.org", "createdAt": now, "updatedAt": now}
    with shop.store.writing():
        shop.store.put("Customer", ("eve",), {**item, "__typename": "Customer"}, 200)
    sent = len(sent_inputs(shop))
    for method, body in (("GET", None), ("PATCH", CHANGE), ("DELETE", None)):
        refused = send(shop, method, "/customers/eve", body)
        assert (refused.status, slug_of(refused)) == (502, "unreadable-item"), method
    assert len(sent_inputs(shop)) == sent
    listed = body_of(send(shop, "GET", "/customers"))
    assert [each["id"] for each in listed["items"]] == ["ada"]
    assert [each["field"] for each in listed["problems"]] == ["_version"]


def calls_of(rest: Rest, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Returns the status of a request, and how many calls it cost account B."""
    rest.transport.requests.clear()
    status = send(rest, method, path, body, **headers).status
    return status, len(rest.transport.requests)


def test_what_each_operation_costs_account_b(shop: Rest) -> None:
    """As docs/rest.md says it."""
    path, new = "/customers/ada", {"name": "n", "email": "n@e.org"}
    assert calls_of(shop, "GET", path) == (200, 1)
    assert calls_of(shop, "POST", "/customers", new) == (201, 1)
    assert calls_of(shop, "POST", "/customers", CUSTOMER) == (409, 2)
    assert calls_of(shop, "POST", "/customers", new, idempotency_key="k") == (201, 1)
    assert calls_of(shop, "POST", "/customers", new, idempotency_key="k") == (200, 2)
    assert calls_of(shop, "PATCH", path, CHANGE) == (200, 2)
    assert calls_of(shop, "PUT", path, WHOLE, if_match=tag_of(shop)) == (200, 2)
    for method, body in (("PATCH", CHANGE), ("PUT", WHOLE), ("DELETE", None)):
        assert calls_of(shop, method, path, body, if_match='"0"') == (412, 1)
    assert calls_of(shop, "DELETE", "/customers/bob") == (404, 1)
    assert calls_of(shop, "PUT", "/customers/bob", new) == (201, 2)
    assert calls_of(shop, "PUT", "/customers/eve", new, if_none_match="*") == (201, 1)
    assert calls_of(shop, "DELETE", path) == (204, 2)
    assert calls_of(shop, "PUT", path, WHOLE) == (409, 3)
    assert calls_of(shop, "PUT", path, WHOLE, if_none_match="*") == (409, 2)


UNVERSIONED = "UpdateItem on versioned data source requires the _version to be provided."


class Mismatched:
    """A versioned store behind resolvers that were built without conflict detection."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def execute(self, body: bytes, *more: Any) -> Any:
        """Refuses each mutation, and answers all else."""
        if "mutation" not in json.loads(body)["query"]:
            return self._api.execute(body, *more)
        error = {"path": ["updateTodo"], "errorType": "BadRequest", "message": UNVERSIONED}
        refusal = json.dumps({"data": {"updateTodo": None}, "errors": [error]})
        return SimpleNamespace(status=200, headers={}, body=refusal.encode())


def test_a_store_that_asks_for_a_version_nobody_knows_is_no_success() -> None:
    """The schema has no `_version` to send: the client is told no success, and nothing changed."""
    with rest_client() as todos:
        made = body_of(todos.send("POST", "/todos", '{"name": "milk"}'))
        path = f"/todos/{made['id']}"
        todos.transport.api = cast("AppSyncApi", Mismatched(todos.transport.api))
        for method in ("PATCH", "PUT"):
            told = todos.send(method, path, '{"name": "bread"}')
            assert (told.status, slug_of(told)) == (504, "outcome-unknown"), method
        assert body_of(todos.send("GET", path)) == made
