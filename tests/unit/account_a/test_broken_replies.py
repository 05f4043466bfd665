"""Replies from which nobody can tell what was done: broken ones, whatever their status says."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.errors import (
    AppSyncDenied,
    BrokenReply,
    GatewayError,
    GraphQLRequestRefused,
    UpstreamThrottled,
    UpstreamUnreachable,
)
from chalicelib.graphql.messages import GraphQLResponse
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import OLDER
from tests.unit.account_a.asking import body_of, create, slug_of, stored
from tests.unit.account_a.batching import entry, send, statuses

NESTED = b'{"data":' + b"[" * 100_000
# What a client is told of a write whose reply is broken at each attempt, and of a read.
UNKNOWN = (504, "outcome-unknown")
UNREACHABLE = (502, "upstream-unreachable")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=6)
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


def replied(value: Any, status: int = 200) -> HttpReply:
    """Returns the reply with this value as its JSON."""
    return HttpReply(status, {}, json.dumps(value).encode())


def answer(rest: Rest, reply: HttpReply) -> None:
    """Lets account B do all that it is asked, and answer with this."""
    rest.transport.after = lambda _request, _response: read_reply(reply)


def answer_once(rest: Rest, reply: HttpReply) -> None:
    """Lets account B do what it is asked next, and answer that with this."""

    def after(_request: object, _response: object) -> GraphQLResponse:
        rest.transport.after = None
        return read_reply(reply)

    rest.transport.after = after


@pytest.mark.parametrize("body", [NESTED, b'{"errors":' * 100_000, b"", b"<html>", b"\xff"])
def test_a_write_whose_reply_cannot_be_parsed_is_not_told_as_failed(
    rest: Rest, body: bytes
) -> None:
    """It was done, and the answer says that nobody knows; of a read that nothing came back."""
    create(rest, id="a")
    answer(rest, HttpReply(200, {}, body))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    assert (stored(rest, "a") or {})["name"] == "bread"
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == UNREACHABLE


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, GraphQLRequestRefused),
        (403, AppSyncDenied),
        (429, UpstreamThrottled),
        (500, UpstreamUnreachable),
    ],
)
def test_a_refusal_whose_body_is_nested_too_deeply_is_read_by_its_status(
    status: int, error: type[GatewayError]
) -> None:
    """Its errorType is looked for in the body, and then in the header."""
    with pytest.raises(error):
        read_reply(HttpReply(status, {}, NESTED))


DONE = {"updateTodo": {"id": "a", "name": "bread"}}
FAULT = {"path": ["updateTodo"], "errorType": "Unauthorized", "message": "no"}


@pytest.mark.parametrize(
    "reply",
    [
        replied([]),
        replied("data"),
        replied({"data": [DONE]}),
        replied({"data": DONE, "errors": 5}),
        replied({"data": DONE, "errors": "no"}),
        replied({"data": DONE, "errors": FAULT}),
        replied({"data": DONE, "errors": [None]}),
        replied({"data": DONE, "errors": ["no"]}),
        replied({"data": DONE, "errors": [[FAULT]]}),
        replied({"data": None, "errors": [FAULT, {**FAULT, "path": 5}]}),
        replied({"data": None, "errors": [{**FAULT, "path": "updateTodo"}]}),
        replied({"data": None, "errors": [{**FAULT, "path": {"updateTodo": 0}}]}),
        replied({"data": None, "errors": [{**FAULT, "path": [["updateTodo"]]}]}),
        replied({"data": None, "errors": [{**FAULT, "path": ["updateTodo", None]}]}),
        replied({"data": None, "errors": [{**FAULT, "errorType": ["Unauthorized"]}]}),
        replied({"data": None, "errors": [{**FAULT, "message": {"text": "no"}}]}),
        replied({"data": DONE}, status=202),
        HttpReply(204, {}, b""),
    ],
    ids=lambda reply: f"{reply.status} {reply.body.decode()}",
)
def test_a_write_whose_reply_is_none_of_graphqls_is_not_told_as_failed(
    rest: Rest, reply: HttpReply
) -> None:
    """Of a fault that cannot be read nobody knows whether it says that nothing was done."""
    create(rest, id="a")
    answer(rest, reply)
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    assert (stored(rest, "a") or {})["name"] == "bread"


MEMBERS = JSON_VALUES | st.lists(st.text(max_size=6) | st.integers(), max_size=3)
FAULTS = st.fixed_dictionaries({"path": MEMBERS, "errorType": MEMBERS, "message": MEMBERS})
REPLIES = st.fixed_dictionaries(
    {"data": st.none() | JSON_VALUES, "errors": JSON_VALUES | st.lists(FAULTS | SCALARS)}
)


@given(value=JSON_VALUES | REPLIES)
def test_any_reply_is_a_response_of_graphqls_or_a_broken_one(value: Any) -> None:
    """No other error, so none that says that nothing was done; each of its errors is one fault."""
    with suppress(BrokenReply):
        response = read_reply(replied(value))
        assert len(response.errors) == len(value.get("errors") or ())
        for fault in response.errors:
            assert all(isinstance(step, str | int) for step in fault.path)
            assert isinstance(fault.error_type + fault.message, str)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"createTodo": {}},
        {"updateTodo": "a"},
        {"updateTodo": 5},
        {"updateTodo": True},
        {"updateTodo": []},
        {"updateTodo": [{}]},
    ],
    ids=str,
)
def test_a_write_that_its_reply_does_not_answer_is_not_told_as_failed(
    rest: Rest, data: dict[str, Any]
) -> None:
    """Where an item, null or an error should be, there is nothing or something else."""
    create(rest, id="a")
    answer(rest, replied({"data": data}))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    assert (stored(rest, "a") or {})["name"] == "bread"


def test_a_write_is_told_as_done_once_its_repetition_is_answered(rest: Rest) -> None:
    """A broken reply is repeated as a broken connection is, and so is a batch's."""
    entries = [{"id": str(n), "method": "PATCH", "path": f"/todos/{n}"} for n in range(2)]
    batch = {"requests": [{**each, "body": {"name": "bread"}} for each in entries]}
    for each in entries:
        create(rest, id=each["id"])
    for method, path, body in (
        ("PATCH", "/todos/0", '{"name": "bread"}'),
        ("POST", "/batch", json.dumps(batch)),
    ):
        answer_once(rest, replied({"data": {"r0": {"id": "0"}, "r1": 5, "updateTodo": 5}}))
        response = rest.send(method, path, body)
        told = body_of(response).get("responses", [{"status": response.status}])
        assert {each["status"] for each in told} == {200}


@pytest.mark.parametrize("path", [["updateTodo"], [], None, ["createTodo"], ["other"]], ids=str)
def test_an_error_beside_a_written_item_does_not_tell_the_write_as_failed(
    rest: Rest, path: list[str] | None
) -> None:
    """Its resolver ran and gave a value, so it was done; a batch's requests are not done twice."""
    faults = [{"path": path, "errorType": "Custom", "message": "no"}]
    items = {name: {"id": name, "name": "bread"} for name in ("r0", "r1", "updateTodo")}
    answer(rest, replied({"data": items, "errors": faults}))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, body_of(response)) == (200, items["updateTodo"])
    batched = [entry("POST", "/todos", {"id": name, "name": "bread"}) for name in ("r0", "r1")]
    assert statuses(send(rest, *batched)) == [201, 201]
    assert len(rest.transport.requests) == 2


def test_an_error_of_no_field_beside_data_is_not_told_as_a_refused_document(rest: Rest) -> None:
    """There is data only where the document was executed, so the write may have been done."""
    fault = {"path": None, "errorType": None, "message": "no"}
    answer(rest, replied({"data": {"updateTodo": None, "getTodo": None}, "errors": [fault]}))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == UNREACHABLE


STORE_FAILED = "Internal server error (Service: DynamoDb, Status Code: 500, Request ID: A)"


@pytest.mark.parametrize(
    ("kind", "message", "told"),
    [
        ("ExecutionTimeout", "", (504, "upstream-timeout")),
        ("InternalFailure", "An internal error occurred.", UNREACHABLE),
        ("DynamoDB:InternalServerErrorException", "", UNREACHABLE),
        ("DynamoDB:ServiceUnavailableException", "", UNREACHABLE),
        ("DynamoDB:DynamoDbException", STORE_FAILED, UNREACHABLE),
    ],
)
def test_a_write_at_which_the_store_failed_is_not_told_as_failed(
    rest: Rest, kind: str, message: str, told: tuple[int, str]
) -> None:
    """A server's own fault does not say that nothing was done; a read is told of it."""
    create(rest, id="a")
    fault = {"path": ["updateTodo"], "errorType": kind, "message": message}
    answer(rest, replied({"data": {"updateTodo": None}, "errors": [fault]}))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    assert (stored(rest, "a") or {})["name"] == "bread"
    fault["path"] = ["getTodo"]
    answer(rest, replied({"data": {"getTodo": None}, "errors": [fault]}))
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == told


@pytest.mark.parametrize("kind", ["DynamoDB:ValidationException", "InvalidArgumentsError"])
def test_a_write_that_the_store_refused_is_told_as_failed(rest: Rest, kind: str) -> None:
    """It says that nothing was done."""
    create(rest, id="a")
    fault = {"path": ["updateTodo"], "errorType": kind, "message": "no"}
    answer_once(rest, replied({"data": {"updateTodo": None}, "errors": [fault]}))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == (502, "upstream-error")


@pytest.mark.parametrize(
    "page",
    [
        None,
        [],
        "a",
        {},
        {"items": None},
        {"items": {}},
        {"items": [], "nextToken": 5},
        {"items": [], "nextToken": "\ud800"},
    ],
    ids=str,
)
def test_a_list_without_a_page_is_no_answer(rest: Rest, page: Any) -> None:
    """An end of the table that nobody told of would hide the rest of it."""
    answer(rest, replied({"data": {"listTodos": page}}))
    response = rest.send("GET", "/todos")
    assert (response.status, slug_of(response)) == UNREACHABLE


def test_a_list_that_an_item_of_it_takes_away_is_no_answer_either(rest: Rest) -> None:
    """AppSync answered, and what it said is the owner's to mend."""
    fault = {"path": ["listTodos", "items", 0, "name"], "message": "null", "errorType": ""}
    answer(rest, replied({"data": {"listTodos": None}, "errors": [fault]}))
    response = rest.send("GET", "/todos")
    assert (response.status, slug_of(response)) == (502, "upstream-error")


def test_a_list_leaves_out_what_has_no_id(rest: Rest) -> None:
    """No cursor could name it, so it is told of as an item that could not be read."""
    items = [{"id": "a", "name": "milk"}, {"name": "milk"}, {"id": ["a"]}, "a", None]
    answer(rest, replied({"data": {"listTodos": {"items": items, "nextToken": None}}}))
    page = body_of(rest.send("GET", "/todos"))
    assert page["items"] == [{"id": "a", "name": "milk"}]
    assert [(each["position"], each["field"]) for each in page["problems"]] == [
        (1, "id"),
        (2, "id"),
        (3, "id"),
        (4, "id"),
    ]


def test_a_list_of_what_has_no_key_tells_of_a_null_without_an_error() -> None:
    """There is no field to name; the others are shown."""
    schema = """
    type Fact { text: String }
    type FactConnection { items: [Fact] nextToken: String }
    type Query { listFacts(limit: Int, nextToken: String): FactConnection }
    """
    with rest_client(schema) as rest:
        items = [{"text": "a"}, None, {"text": "b"}]
        answer(rest, replied({"data": {"listFacts": {"items": items, "nextToken": None}}}))
        page = body_of(rest.send("GET", "/facts"))
    assert page["items"] == [{"text": "a"}, {"text": "b"}]
    assert [(each["position"], "field" in each) for each in page["problems"]] == [(1, False)]


@pytest.mark.parametrize("updated_at", [5, ["a"], "", "a b", 'a"b', "a\r\nb: c", "\xe9", "\ud800"])
def test_what_can_be_no_entity_tag_gives_none(rest: Rest, updated_at: Any) -> None:
    """A header that breaks the response would tell a committed write as failed."""
    item = {"id": "a", "name": "bread", "updatedAt": updated_at}
    answer(rest, replied({"data": {"updateTodo": item, "getTodo": item}}))
    for method, body in (("PATCH", '{"name": "bread"}'), ("GET", "")):
        response = rest.send(method, "/todos/a", body)
        assert (response.status, body_of(response)["updatedAt"]) == (200, updated_at)
        assert "ETag" not in response.headers


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": ""}, {"id": 5}, {"id": "\ud800"}])
def test_a_created_item_whose_id_nobody_knows_has_no_location(item: Any) -> None:
    """Account B chose it, and what came back holds none; the write was done all the same."""
    text = OLDER.replace("input CreatePersonInput { id: ID", "input CreatePersonInput {")
    with rest_client(text) as people:
        answer(people, replied({"data": {"createPerson": item}}))
        response = people.send("POST", "/people", '{"name": "Ann"}')
    assert (response.status, "Location" in response.headers) == (201, False)


def test_a_mutations_null_without_an_error_is_no_success(rest: Rest) -> None:
    """Nothing says that the item was written: a read settles it, or nobody can know."""
    item = {"id": "a", "name": "bread"}
    answer(rest, replied({"data": {"createTodo": None, "updateTodo": None, "getTodo": None}}))
    created = rest.send("POST", "/todos", json.dumps(item))
    assert (created.status, slug_of(created)) == (504, "outcome-unknown")
    lost = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (lost.status, slug_of(lost)) == (504, "outcome-unknown")
    answer(rest, replied({"data": {"createTodo": None, "updateTodo": None, "getTodo": item}}))
    assert rest.send("POST", "/todos", json.dumps(item)).status == 201
    assert rest.send("PATCH", "/todos/a", '{"name": "bread"}').status == 200
    other = rest.send("PATCH", "/todos/a", '{"name": "milk"}')
    assert (other.status, slug_of(other)) == (504, "outcome-unknown")


def test_a_read_whose_condition_failed_is_not_told_as_a_missing_item(rest: Rest) -> None:
    """A read has no condition, so nobody can tell what account B means."""
    kind = "DynamoDB:ConditionalCheckFailedException"
    faults = [{**FAULT, "errorType": kind, "path": [key]} for key in ("getTodo", "listTodos")]
    answer(rest, replied({"data": None, "errors": faults}))
    for path in ("/todos/a", "/todos"):
        response = rest.send("GET", path)
        assert (response.status, slug_of(response)) == (502, "upstream-error")
