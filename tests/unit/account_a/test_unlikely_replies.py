"""What account B seldom answers, and APIs of shapes that few have: each still has its answer."""

import json
import re
from typing import Any

import pytest

from chalicelib.errors import UpstreamUnreachable
from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.schemas import OLDER
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of, create, places_of, slug_of, stored
from tests.unit.account_a.batching import entry, send, statuses

ANN = '{"name": "Ann"}'


def answer(rest: Rest, data: dict[str, Any] | None, *faults: GraphQLFault, times: int = 1) -> None:
    """Lets account B give this answer to the next requests, and its own to those after them."""
    left = iter(range(times))

    def after(_request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        return response if next(left, None) is None else GraphQLResponse(data, faults)

    rest.transport.after = after


def refused_value(name: str) -> GraphQLFault:
    """Returns the error of a variable that account B takes for no value."""
    return GraphQLFault((), "", f"Variable '{name}' has an invalid value. Unable to parse it.")


def test_an_argument_that_account_b_alone_can_check_is_the_clients() -> None:
    """A scalar of AWS's; any other that is refused means that the schema has drifted."""
    schema = "type Query { wake(at: AWSDateTime!, after: Int): String }"
    body = '{"at": "2026-01-01T00:00:00Z", "after": 1}'
    with rest_client(schema) as rest:
        answer(rest, None, refused_value("at"))
        assert places_of(rest.send("POST", "/rpc/wake", body)) == ["/at"]
        answer(rest, None, refused_value("after"))
        response = rest.send("POST", "/rpc/wake", body)
    assert (response.status, slug_of(response)) == (502, "graphql-refused")


@pytest.mark.parametrize(
    ("fault", "status", "slug"),
    [
        (GraphQLFault((), "ExecutionTimeout", ""), 504, "upstream-timeout"),
        (GraphQLFault((), "ValidationError", "no such field"), 502, "graphql-refused"),
        (refused_value("id"), 502, "graphql-refused"),
    ],
)
def test_an_error_of_the_whole_document_is_a_reads_answer(
    rest: Rest, fault: GraphQLFault, status: int, slug: str
) -> None:
    """Without data nothing was executed, unless the time ran out."""
    answer(rest, None, fault, times=9)
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == (status, slug)


def test_a_write_whose_document_ran_out_of_time_is_unknown(rest: Rest) -> None:
    """It may have been done; one whose document was refused was not."""
    create(rest, id="a")
    answer(rest, None, GraphQLFault((), "ExecutionTimeout", ""), times=9)
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")
    answer(rest, None, GraphQLFault((), "ValidationError", ""), times=9)
    response = rest.send("PATCH", "/todos/a", '{"name": "jam"}')
    assert (response.status, slug_of(response)) == (502, "graphql-refused")


def test_a_document_of_a_batch_that_a_reply_refuses_is_asked_one_by_one(rest: Rest) -> None:
    """One of its fields may be all that is wrong with it."""
    for each in ("a", "b"):
        create(rest, id=each)
    rest.transport.requests.clear()
    answer(rest, None, GraphQLFault((), "ValidationError", "too deep"))
    answers = send(rest, *(entry("GET", f"/todos/{each}") for each in ("a", "b", "none")))
    assert statuses(answers) == [200, 200, 404]
    assert len(rest.transport.requests) == 1 + 3


def test_a_write_that_is_never_null_shares_no_document() -> None:
    """Its failing would take the replies of all others with it."""
    schema = re.sub(r"(createPerson\(.*?\)): Person", r"\1: Person!", OLDER)
    assert schema != OLDER
    with rest_client(schema, Options(enable_batch=True)) as rest:
        taken = entry("POST", "/people", {"id": "a", "name": "Ann"})
        free = entry("POST", "/people", {"id": "b", "name": "Bob"})
        assert statuses(send(rest, taken, free)) == [201, 201]
        assert len(rest.transport.requests) == 2
        assert statuses(send(rest, taken, entry("GET", "/people/b"))) == [409, 200]


@pytest.mark.parametrize(("name", "place"), [("priority", "/priority"), (None, "")])
def test_a_part_of_an_index_key_that_account_b_misses_is_named(
    rest: Rest, name: str | None, place: str
) -> None:
    """Where the compiler could not know the index; where account B names none, the body is."""
    create(rest, id="a")
    message = f"composite sort key for @index 'byPriority' ... Missing key: '{name}'"
    kind = ""
    if name is None:
        message, kind = "One or more parameter values are not valid for a key", "DynamoDB:X"
    answer(rest, {"updateTodo": None}, GraphQLFault(("updateTodo",), kind, message))
    assert places_of(rest.send("PATCH", "/todos/a", '{"name": "bread"}')) == [place]


def test_a_field_by_which_items_are_read_is_no_filter_of_theirs(rest: Rest) -> None:
    """Where the compiler could not know it, the store says so."""
    text = (
        "Filter Expression can only contain non-primary key attributes:"
        " Primary key attribute: priority"
    )
    fault = GraphQLFault(("listTodos",), "DynamoDB:DynamoDbException", text)
    answer(rest, {"listTodos": None}, fault)
    response = rest.send("GET", "/todos", query={"priority": "1"})
    assert places_of(response) == ["filter"]
    (error,) = body_of(response)["errors"]
    assert error["detail"].startswith("cannot hold priority:")


def test_a_hidden_field_that_cannot_be_read_back_stands_under_problems(rest: Rest) -> None:
    """The write was done, so it is told so, whatever becomes of the read after it."""

    def hide(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        assert request.document.mutation
        data = {key: {**value, "priority": None} for key, value in (response.data or {}).items()}
        return GraphQLResponse(data, ())

    rest.transport.after = hide
    down = Fault(UpstreamUnreachable("AppSync", "refused"))
    rest.transport.faults.extend([None, *[down] * 4])
    response = rest.send("POST", "/todos", '{"id": "a", "name": "milk", "priority": 3}')
    assert response.status == 201
    assert [each["pointer"] for each in body_of(response)["problems"]] == ["/priority"]
    assert (stored(rest, "a") or {})["priority"] == 3


def test_an_item_of_another_key_is_not_the_one_that_was_asked_for() -> None:
    """The parts of a key are one text in some stores, which may be two keys' text."""
    order = {"customerId": "c", "orderNo": "2", "status": "PAID", "placedAt": "", "items": []}
    with shop_client() as shop:
        answer(shop, {"getOrder": order}, times=3)
        for number, status in (("1", 404), ("2", 200)):
            response = shop.send("GET", f"/orders/c/{number}", query={"fields": "status"})
            assert response.status == status, response.body
        patch = '{"shipTo": {"street": "s"}}'  # which reads what it merges
        response = shop.send("PATCH", "/orders/c/1", patch)
    assert (response.status, slug_of(response)) == (404, "not-found")


@pytest.mark.parametrize("held", ["x", {"customerId": "c", "orderNo": "1", "customer": "x"}])
def test_a_related_item_that_is_no_object_is_a_broken_reply(held: Any) -> None:
    """Nor is one the item that it would be related to."""
    with shop_client() as shop:
        answer(shop, {"getOrder": held}, times=9)
        response = shop.send("GET", "/orders/c/1/customer")
    assert (response.status, slug_of(response)) == (502, "upstream-unreachable")


UNREADABLE = re.sub(r"getPerson\(id: ID!\): Person", "", OLDER)


def test_a_write_that_no_read_could_settle_is_unknown() -> None:
    """An API without a get: what proves nothing is told as such."""
    assert UNREADABLE != OLDER
    with rest_client(UNREADABLE) as rest:
        answer(rest, {"createPerson": None}, GraphQLFault(("createPerson",), "Lambda:X", "boom"))
        response = rest.send("POST", "/people", ANN)
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")


def test_a_hand_written_updates_null_says_that_there_is_no_such_item() -> None:
    """Amplify's gives an error; nothing else could be meant by a null that a read confirms."""
    schema = """
    type Note { id: ID! text: String }
    input CreateNoteInput { id: ID text: String }
    input UpdateNoteInput { id: ID! text: String }
    type Query { getNote(id: ID!): Note }
    type Mutation {
      createNote(input: CreateNoteInput!): Note
      updateNote(input: UpdateNoteInput!): Note
    }
    """
    with rest_client(schema) as rest:
        answer(rest, {"updateNote": None, "getNote": None}, times=9)
        response = rest.send("PATCH", "/notes/a", '{"text": "t"}')
    assert (response.status, slug_of(response)) == (404, "not-found")


def test_filters_of_an_api_without_and_are_joined_as_members() -> None:
    """Two conditions on one field have no place there, and are refused."""
    schema = OLDER.replace("and: [ModelPersonFilterInput] or: [ModelPersonFilterInput] ", "")
    assert schema != OLDER
    with rest_client(schema) as rest:
        for name, nick in (("Ann", "a"), ("Ann", "b"), ("Bob", "a")):
            rest.send("POST", "/people", json.dumps({"name": name, "nick": nick}))
        found = rest.send("GET", "/people", query={"name": "Ann", "nick": "b"})
        assert [each["nick"] for each in body_of(found)["items"]] == ["b"]
        two = rest.send("GET", "/people", query={"name.ge": "A", "name.le": "B"})
        assert places_of(two) == ["filter"]
        both = rest.send("GET", "/people", query={"filter": '{"and": [{"name": "Ann"}]}'})
        assert places_of(both) == ["filter"]


def test_filters_of_an_api_without_or_take_no_several_values() -> None:
    """`in` is an `or` of equalities, which the parameter's fault says before account B would."""
    schema = OLDER.replace("or: [ModelPersonFilterInput] not: ModelPersonFilterInput", "")
    assert schema != OLDER
    with rest_client(schema) as rest:
        assert places_of(rest.send("GET", "/people", query={"name.in": "Ann,Bob"})) == ["name.in"]
        for tree in ('{"or": [{"name": "Ann"}]}', '{"not": {"name": "Ann"}}'):
            assert places_of(rest.send("GET", "/people", query={"filter": tree})) == ["filter"]
        assert rest.send("GET", "/people", query={"name": "Ann"}).status == 200


def test_a_deep_merge_that_another_client_beats_holds_the_clients_etag() -> None:
    """It is read again and merged anew where no ETag is held, and is 412 where one is."""
    order = {
        "customerId": "c",
        "orderNo": "1",
        "status": "DRAFT",
        "placedAt": "2026-11-24T10:00:00Z",
        "items": [],
        "shipTo": {"street": "s", "city": "c", "geo": {"lat": 1.0, "lon": 2.0}},
    }
    with shop_client() as shop:
        made = shop.send("POST", "/orders", json.dumps(order))
        assert made.status == 201, made.body

        def overtake(request: GraphQLRequest) -> None:
            if request.document.mutation:
                shop.transport.before = None
                given = 'customerId: "c", orderNo: "1", channel: "x"'
                shop.graphql(f"mutation {{ updateOrder(input: {{{given}}}) {{ orderNo }} }}")

        patch = '{"shipTo": {"street": "t"}}'
        shop.transport.before = overtake
        held = shop.send("PATCH", "/orders/c/1", patch, headers={"if-match": made.headers["ETag"]})
        assert (held.status, slug_of(held)) == (412, "precondition-failed")
        shop.transport.before = overtake
        free = shop.send("PATCH", "/orders/c/1", patch)
    assert (free.status, body_of(free)["shipTo"]["street"]) == (200, "t")
    assert (body_of(free)["channel"], body_of(free)["shipTo"]["city"]) == ("x", "c")
