"""What goes wrong with a batch: upstream, and in its own envelope."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.context import CallContext, Deadline
from chalicelib.errors import (
    AppSyncDenied,
    ContentTooLarge,
    GatewayError,
    GraphQLRequestRefused,
    RequestBlocked,
    UpstreamThrottled,
    UpstreamUnreachable,
)
from chalicelib.gateway import Options
from chalicelib.gateway.batch import answer_batch
from chalicelib.gateway.calls import Steps
from chalicelib.gateway.upstream import Upstream
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import RestRequest, value_response
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.schemas import OLDER
from tests.unit.account_a.asking import create, places_of, slug_of, stored, stored_ids
from tests.unit.account_a.batching import Entry, entry, send, slug, statuses


@pytest.mark.parametrize(
    "error",
    [
        GraphQLRequestRefused("too many resolvers"),
        AppSyncDenied(401, "UnauthorizedException"),
        RequestBlocked("403 WAFForbiddenException"),
        ContentTooLarge("The request is over the size that is taken."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_refused_document_falls_back_to_single_requests(rest: Rest, error: GatewayError) -> None:
    """A document may be refused for one of its fields; the others must not suffer."""
    rest.transport.faults.append(Fault(error))
    answers = send(rest, *(entry("POST", "/todos", {"name": str(i)}) for i in range(5)))
    assert statuses(answers) == [201] * 5
    assert len(rest.transport.requests) == 1 + 5
    assert len(stored_ids(rest)) == 5


def test_only_the_refused_one_of_a_refused_document_is_told_so(rest: Rest) -> None:
    """Its single request is refused again, and the rest is done."""
    refused = Fault(GraphQLRequestRefused("no"))
    rest.transport.faults.extend([refused, None, refused, None])
    answers = send(rest, *(entry("POST", "/todos", {"id": str(i), "name": "a"}) for i in range(3)))
    assert statuses(answers) == [201, 502, 201]
    assert slug(answers[1]) == "graphql-refused"
    assert stored_ids(rest) == ["0", "2"]


def test_a_broken_document_is_repeated_and_makes_nothing_twice(rest: Rest) -> None:
    """Broken off after the commit: the ids were chosen before, so the items are found as ours."""
    rest.transport.faults.append(
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True)
    )
    answers = send(rest, *(entry("POST", "/todos", {"name": str(i)}) for i in range(5)))
    assert statuses(answers) == [201] * 5
    assert sorted(answer["body"]["id"] for answer in answers) == stored_ids(rest)
    assert all(answer["headers"]["ETag"] for answer in answers)


def failing_root(rest: Rest, key: str, error_type: str, *, undo: str = "") -> None:
    """Makes a root field of the next reply fail with this errorType.

    Args:
        rest: Whose transport.
        key: The root field's alias.
        error_type: What the reply says.
        undo: The id of an item that the failure means was not made.
    """

    def fail(_: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        rest.transport.after = None
        if undo:
            rest.graphql(f'mutation {{ deleteTodo(input: {{id: "{undo}"}}) {{ id }} }}')
        fault = GraphQLFault((key,), error_type, "slow down")
        return reply._replace(data={**(reply.data or {}), key: None}, errors=(fault,))

    rest.transport.after = fail


THREE = tuple(entry("POST", "/todos", {"id": str(i), "name": "a"}) for i in range(3))
THROTTLED = "DynamoDB:ProvisionedThroughputExceededException"
TIMED_OUT = "Lambda:ExecutionTimeoutException"


def test_what_the_store_throttled_is_tried_again_alone(rest: Rest) -> None:
    """The others of its document are done already and stay so."""
    failing_root(rest, "r1", THROTTLED, undo="1")
    assert statuses(send(rest, *THREE)) == [201] * 3
    assert len(rest.transport.requests) == 2
    assert stored_ids(rest) == ["0", "1", "2"]


def test_a_throttled_repetition_of_a_broken_document_is_not_a_conflict(rest: Rest) -> None:
    """Its first attempt made the item, so finding it there is this request's own success."""
    rest.transport.faults.append(
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True)
    )
    failing_root(rest, "r1", THROTTLED)
    assert statuses(send(rest, *THREE)) == [201] * 3
    assert stored_ids(rest) == ["0", "1", "2"]


def test_a_resolver_that_ran_out_of_time_may_have_written(rest: Rest) -> None:
    """It is tried again, and what it made is found as its own."""
    failing_root(rest, "r1", TIMED_OUT)
    assert statuses(send(rest, *THREE)) == [201] * 3
    assert stored_ids(rest) == ["0", "1", "2"]


@pytest.fixture
def counters() -> Iterator[Rest]:
    """A client of an API that chooses its ids, so that a repeated create makes a second item."""
    schema = OLDER.replace("input CreatePersonInput { id: ID", "input CreatePersonInput {")
    assert schema != OLDER
    with rest_client(schema, Options(enable_batch=True)) as client:
        yield client


def people_of(rest: Rest) -> list[str]:
    """Returns the names of the people in account B."""
    found = rest.graphql("{ listPeople { items { name } } }")["data"]["listPeople"]["items"]
    return sorted(each["name"] for each in found)


ANN, BOB = (entry("POST", "/people", {"name": name}) for name in ("Ann", "Bob"))


@pytest.mark.parametrize("beside", [[BOB], [BOB, entry("PATCH", "/people/c", {"nick": "Cid"})]])
def test_a_broken_document_is_not_repeated_where_one_of_it_is_not(
    counters: Rest, beside: list[Entry]
) -> None:
    """Each create would make a second item, also beside writes that are safe to repeat."""
    counters.graphql('mutation { createPerson(input: {name: "Cleo"}) { id } }')
    counters.transport.faults.append(
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True)
    )
    answers = send(counters, ANN, *beside)
    assert statuses(answers) == [504] * len(answers)
    assert len(counters.transport.requests) == 1
    assert people_of(counters) == ["Ann", "Bob", "Cleo"]


def test_a_create_that_broke_off_alone_is_not_repeated(counters: Rest) -> None:
    """Its resolver ran out of time and may have written, and nothing could tell a second item."""
    failing_root(counters, "r0", TIMED_OUT)
    answers = send(counters, ANN, BOB)
    assert statuses(answers) == [504, 201]
    assert slug(answers[0]) == "outcome-unknown"
    assert people_of(counters) == ["Ann", "Bob"]


def test_a_create_that_was_throttled_alone_is_repeated(counters: Rest) -> None:
    """Nothing was done, so that a repetition makes the first item."""
    failing_root(counters, "r0", THROTTLED)
    assert statuses(send(counters, ANN, BOB)) == [201, 201]
    assert len(counters.transport.requests) == 2


def test_a_refusal_after_a_broken_attempt_is_not_told_as_nothing_done(rest: Rest) -> None:
    """The first attempt may have been done all the same: outcome unknown, and it was done."""
    rest.transport.faults.append(
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True)
    )
    failing_root(rest, "r1", "Unauthorized")
    answers = send(rest, *THREE)
    assert statuses(answers) == [201, 504, 201]
    assert slug(answers[1]) == "outcome-unknown"
    assert stored_ids(rest) == ["0", "1", "2"]


def test_what_the_store_throttled_is_done_before_the_next_write_to_its_item(rest: Rest) -> None:
    """Tried again after that one, it would be the last to write."""
    create(rest, id="a")
    failing_root(rest, "r0", THROTTLED)
    answers = send(
        rest,
        entry("PATCH", "/todos/a", {"name": "1"}),
        entry("PATCH", "/todos/a", {"name": "2"}),
        entry("POST", "/todos", {"id": "b", "name": "b"}),
    )
    assert statuses(answers) == [200, 200, 201]
    assert [answer["body"]["name"] for answer in answers] == ["1", "2", "b"]
    assert (stored(rest, "a") or {})["name"] == "2"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            entry("POST", "/todos", {"id": "new", "name": "1"}),
            entry("PATCH", "/todos/new", {"name": "2"}),
            [201, 200],
        ),
        (entry("PATCH", "/todos/a", {"name": "1"}), entry("DELETE", "/todos/a"), [200, 204]),
    ],
)
def test_a_write_that_is_repeated_does_not_meet_the_next_one_to_its_item(
    rest: Rest, first: Entry, second: Entry, expected: list[int]
) -> None:
    """Else what it finds is no longer as it left it, and it could not be told as done."""
    create(rest, id="a")
    rest.transport.faults.append(
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True)
    )
    answers = send(rest, first, second, entry("POST", "/todos", {"id": "b", "name": "b"}))
    assert statuses(answers) == [*expected, 201]


def test_a_batch_whose_store_throttles_for_ever_is_told_so(rest: Rest) -> None:
    """Each answer has the status; nothing is made."""
    rest.transport.faults.extend(Fault(UpstreamThrottled("AppSync", "429")) for _ in range(20))
    answers = send(rest, *(entry("POST", "/todos", {"name": str(i)}) for i in range(5)))
    assert statuses(answers) == [503] * 5
    assert stored_ids(rest) == []
    assert len(rest.transport.requests) == 4


@pytest.mark.parametrize(
    ("envelope", "places"),
    [
        ({}, ["/requests"]),
        ({"requests": []}, ["/requests"]),
        ({"requests": {}}, ["/requests"]),
        (
            {"requests": [{"id": str(i), "method": "GET", "path": "/todos"} for i in range(101)]},
            ["/requests"],
        ),
        ({"requests": [1, "x", None]}, ["/requests/0", "/requests/1", "/requests/2"]),
        ({"requests": [{}]}, ["/requests/0/id", "/requests/0/method", "/requests/0/path"]),
        (
            {"requests": [{"id": "1", "method": "GET", "path": "/todos", "url": "x"}], "a": 1},
            ["/a", "/requests/0/url"],
        ),
        (
            {
                "requests": [
                    {"id": "1", "method": "GET", "path": "/todos"},
                    {"id": "1", "method": "get", "path": "todos"},
                    {"id": "", "method": "HEAD", "path": "/tödos"},
                    {"id": "x" * 129, "method": ["GET"], "path": 1},
                    {"id": 5, "method": "GET", "path": "/todos", "headers": {"a": 1}},
                    {"id": "6", "method": "GET", "path": "/todos", "headers": [], "body": []},
                ]
            },
            [
                "/requests/1/id",
                "/requests/1/method",
                "/requests/1/path",
                "/requests/2/id",
                "/requests/2/method",
                "/requests/2/path",
                "/requests/3/id",
                "/requests/3/method",
                "/requests/3/path",
                "/requests/4/headers",
                "/requests/4/id",
                "/requests/5/body",
                "/requests/5/headers",
            ],
        ),
    ],
)
def test_a_malformed_envelope_is_400_with_every_place(
    rest: Rest, envelope: dict[str, Any], places: list[str]
) -> None:
    """Then nothing of the batch is done."""
    assert places_of(rest.send("POST", "/batch", json.dumps(envelope))) == places
    assert not rest.transport.requests


def test_a_batch_is_an_unknown_path_where_it_is_off() -> None:
    """As it is unless it is turned on."""
    body = '{"requests": [{"id": "1", "method": "GET", "path": "/todos"}]}'
    with rest_client() as client:
        assert slug_of(client.send("POST", "/batch", body)) == "unknown-path"


def test_a_batch_in_a_batch_is_an_unknown_path(rest: Rest) -> None:
    """And so are the paths that make no GraphQL call."""
    for path in ("/batch", "/health", "/ready"):
        (answer,) = send(rest, entry("POST", path, {}))
        assert (answer["status"], slug(answer)) == (404, "unknown-path")


def test_a_batch_takes_no_parameter_and_only_json(rest: Rest) -> None:
    """As every other path."""
    body = '{"requests": [{"id": "1", "method": "GET", "path": "/todos"}]}'
    assert places_of(rest.send("POST", "/batch", body, query={"a": "1"})) == ["a"]
    refused = rest.send("POST", "/batch", body, headers={"content-type": "text/plain"})
    assert (refused.status, slug_of(refused)) == (415, "unsupported-media-type")
    assert rest.send("GET", "/batch").headers["Allow"] == "POST, OPTIONS"


def test_a_value_too_deep_to_be_written_is_its_own_requests_failure(rest: Rest) -> None:
    """The reply is encoded in one piece, and no answer may be lost for another's sake."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    def begin(request: RestRequest) -> Steps:
        yield from ()
        if request.path == "/broken":
            raise OSError
        return value_response(200, deep if request.path == "/deep" else {"is": request.path}, {})

    paths = ("/a", "/deep", "/b", "/broken")
    requests = [{"id": path, "method": "GET", "path": path} for path in paths]
    context = CallContext("request-1", Deadline.after(20))
    request = RestRequest("POST", "/batch", context, parsed={"requests": requests})
    response = answer_batch(request, Upstream(rest.transport, lambda _: None), begin)
    answers = json.loads(response.body)["responses"]
    assert statuses(answers) == [200, 500, 200, 500]
    assert [answers[index]["body"] for index in (0, 2)] == [{"is": "/a"}, {"is": "/b"}]
