"""Idempotency-Key: one item for one caller's key, whatever is repeated, changed or raced."""

import json
from typing import Any

import pytest

from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import model, schema
from tests.unit.account_a.asking import body_of, places_of, slug_of, stored_ids


def post(rest: Rest, key: str = "k", caller: str = "a", **fields: Any) -> RestResponse:
    """Returns the response to one creation under a key."""
    body = json.dumps({"name": "milk", **fields})
    return rest.send("POST", "/todos", body, headers={"idempotency-key": key}, caller=caller)


def test_a_repeated_request_is_answered_with_the_item_that_it_made(rest: Rest) -> None:
    """201 once, then 200 with the same body, ETag and id; one item in account B."""
    first, *again = (post(rest) for _ in range(3))
    assert first.status == 201
    for response in again:
        assert (response.status, response.body) == (200, first.body)
        assert response.headers["ETag"] == first.headers["ETag"]
    assert stored_ids(rest) == [body_of(first)["id"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"name": "bread"}),
        ({}, {"priority": 1}),
        ({"priority": 1}, {"priority": 2}),
        ({"done": False}, {"done": True}),
        ({"dueAt": "2026-12-31T23:00:00Z"}, {"dueAt": "2026-12-31T23:00:01Z"}),
        ({"dueAt": "0001-01-01T00:00:00+10:00"}, {"dueAt": "0001-01-01T00:00:00+11:00"}),
        ({"dueAt": "9999-12-31T23:59:59-10:00"}, {"dueAt": "9999-12-31T23:59:59-11:00"}),
    ],
)
def test_another_body_under_the_same_key_is_422(
    rest: Rest, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Also one with more fields; what stands is not touched."""
    made = post(rest, **first)
    refused = post(rest, **second)
    assert (refused.status, slug_of(refused)) == (422, "idempotency-key-reused")
    assert body_of(rest.send("GET", made.headers["Location"])) == body_of(made)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"description": None}, {}),
        ({}, {"description": None, "done": None}),
        ({"dueAt": "2026-12-31T23:00:00Z"}, {"dueAt": "2027-01-01T00:00:00.000+01:00"}),
        ({"dueAt": "0001-01-01T00:00:00+10:00"}, {"dueAt": "0001-01-01T01:00:00+11:00"}),
        ({"priority": 1}, {"priority": 1.0}),
    ],
)
def test_the_same_body_written_otherwise_is_the_same(
    rest: Rest, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Null and absent make the same item; instants are compared as instants."""
    assert post(rest, **first).status == 201
    assert post(rest, **second).status == 200


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ('{"b":1,"a":[null,2]}', 200),
        ('{"a": [null, 2.0], "b": 1e0}', 200),
        ('{"a": [null, 2], "b": true}', 422),
        ('{"a": [2, null], "b": 1}', 422),
    ],
)
def test_json_in_a_string_is_compared_as_json(machines: Rest, second: str, status: int) -> None:
    """Account B gives it back in a form of its own."""
    statuses = []
    for extra in ('{"a": [null, 2], "b": 1}', second):
        fields = {"label": "a", "running": True, "serials": [], "extra": extra}
        headers = {"idempotency-key": "k"}
        response = machines.send("POST", "/machines", json.dumps(fields), headers=headers)
        statuses.append(response.status)
    assert statuses == [201, status]


def test_an_item_that_was_changed_since_is_replayed_as_it_is(rest: Rest) -> None:
    """Its first state is not known any more, so the body cannot be compared."""
    made = post(rest)
    rest.send("PATCH", made.headers["Location"], '{"name": "bread"}')
    response = post(rest)
    assert (response.status, body_of(response)["name"]) == (200, "bread")


def test_a_key_creates_again_after_its_item_was_deleted(rest: Rest) -> None:
    """A documented limit: nothing else is stored than the item."""
    made = post(rest)
    assert rest.send("DELETE", made.headers["Location"]).status == 204
    again = post(rest)
    assert (again.status, body_of(again)["id"]) == (201, body_of(made)["id"])


def test_a_create_that_takes_its_key_alone_takes_an_idempotency_key() -> None:
    """What else there is of the item is no matter."""
    tags = schema(model("Tag", "Tags", "note: String"))
    text = "input CreateTagInput { id: ID\n      note: String }"
    assert text in tags
    with rest_client(tags.replace(text, "input CreateTagInput { id: ID }")) as rest:
        headers = {"idempotency-key": "k"}
        answers = [rest.send("POST", "/tags", "{}", headers=headers).status for _ in range(2)]
    assert answers == [201, 200]


def test_another_key_or_another_caller_makes_another_item(rest: Rest) -> None:
    """Keys are a caller's own."""
    ids = [body_of(post(rest, key, caller))["id"] for key in ("1", "2") for caller in ("a", "b")]
    assert stored_ids(rest) == sorted(set(ids))
    assert len(set(ids)) == 4


def test_a_quoted_key_is_the_same_as_a_bare_one(rest: Rest) -> None:
    """The draft has it quoted, most clients send it bare."""
    assert [post(rest, key).status for key in ("k1", '"k1"')] == [201, 200]


def test_a_body_with_fewer_fields_cannot_be_told_from_the_same(rest: Rest) -> None:
    """What is left out may have been filled in by account B, such as a default."""
    made = post(rest, priority=1)
    replayed = post(rest)
    assert (replayed.status, body_of(replayed)) == (200, body_of(made))


def test_a_key_beside_an_id_is_for_that_item(rest: Rest) -> None:
    """The same creation again is 200; an item that stands under the id otherwise is 409."""
    assert post(rest, id="mine").status == 201
    assert post(rest, id="mine").status == 200
    refused = post(rest, id="mine", name="bread")
    assert (refused.status, slug_of(refused)) == (409, "conflict")


@pytest.mark.parametrize("key", ["", '"', "a b", "é", "x" * 256])
def test_a_malformed_key_is_refused_and_not_ignored(rest: Rest, key: str) -> None:
    """Else the client would believe its repetition to be safe."""
    assert places_of(post(rest, key)) == ["idempotency-key"]
    assert not rest.transport.requests


def test_an_item_that_is_deleted_between_collision_and_read_is_made_again(rest: Rest) -> None:
    """The key finds an item, and reading it finds none: then nobody stands in the way."""
    made = post(rest)
    path = made.headers["Location"]

    def race(request: GraphQLRequest) -> None:
        if request.document.operation_name == "GetTodo":
            rest.transport.before = None
            assert rest.send("DELETE", path).status == 204

    rest.transport.before = race
    assert post(rest).status == 201
    assert stored_ids(rest) == [body_of(made)["id"]]


def test_of_two_racing_requests_with_one_key_one_creates(rest: Rest) -> None:
    """The one that comes second upstream finds the item, and both tell the same."""
    others: list[RestResponse] = []

    def race(request: GraphQLRequest) -> None:
        rest.transport.before = None
        others.append(post(rest))

    rest.transport.before = race
    late = post(rest)
    (early,) = others
    assert (early.status, late.status) == (201, 200)
    assert early.body == late.body
    assert len(stored_ids(rest)) == 1


def test_who_creates_and_deletes_for_ever_does_not_hold_a_request_for_ever(rest: Rest) -> None:
    """Some rounds, then a conflict: nothing was created for this request."""
    path = post(rest).headers["Location"]

    def race(request: GraphQLRequest) -> None:
        rest.transport.before = None
        if request.document.operation_name == "GetTodo":
            assert rest.send("DELETE", path).status == 204
        else:
            post(rest)
        rest.transport.before = race

    rest.transport.before = race
    response = post(rest)
    assert (response.status, slug_of(response)) == (409, "conflict")
    assert len(rest.transport.requests) < 40
