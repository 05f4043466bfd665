"""Other clients who write between two requests upstream of one request of ours."""

import pytest

from chalicelib.errors import UpstreamUnreachable
from chalicelib.graphql.messages import GraphQLRequest
from tests.support.account_b import Fault, Rest
from tests.unit.account_a.asking import body_of, create, slug_of, stored, stored_ids


def at(rest: Rest, operation: str, method: str, path: str, body: str = "") -> None:
    """Lets another client write just before this operation of ours is executed, once."""

    def race(request: GraphQLRequest) -> None:
        if request.document.operation_name == operation:
            rest.transport.before = None
            assert rest.send(method, path, body).status < 300

    rest.transport.before = race


def test_a_put_whose_item_is_created_by_another_replaces_it(rest: Rest) -> None:
    """It was not there at the update and is there at the create: so it is updated again."""
    at(rest, "CreateTodo", "PUT", "/todos/a", '{"name": "theirs", "priority": 1}')
    response = rest.send("PUT", "/todos/a", '{"name": "ours"}')
    assert response.status == 200
    item = stored(rest, "a")
    assert item is not None
    assert (item["name"], item["priority"]) == ("ours", None)


@pytest.mark.parametrize("broken", [False, True])
def test_a_put_of_a_new_item_leaves_anothers_alone(rest: Rest, *, broken: bool) -> None:
    """If-None-Match: * is create's own condition, so no race can overwrite."""
    if broken:  # the first attempt comes to nothing, and the second meets the other's item
        rest.transport.faults.append(Fault(UpstreamUnreachable("AppSync", "reset", sent=True)))
    at(rest, "CreateTodo", "PUT", "/todos/a", '{"name": "theirs"}')
    response = rest.send("PUT", "/todos/a", '{"name": "ours"}', headers={"if-none-match": "*"})
    assert (response.status, slug_of(response)) == (412, "precondition-failed")
    item = stored(rest, "a")
    assert item is not None
    assert item["name"] == "theirs"


def test_a_put_whose_item_comes_and_goes_gives_up_after_some_rounds(rest: Rest) -> None:
    """Somebody deletes before each update and creates before each create."""
    busy = False

    def race(request: GraphQLRequest) -> None:
        nonlocal busy
        if busy:
            return
        busy = True
        if request.document.operation_name == "CreateTodo":
            rest.send("PUT", "/todos/a", '{"name": "theirs"}')
        else:
            rest.send("DELETE", "/todos/a")
        busy = False

    rest.transport.before = race
    response = rest.send("PUT", "/todos/a", '{"name": "ours"}')
    assert (response.status, slug_of(response)) == (409, "conflict")
    assert len(rest.transport.requests) < 30


@pytest.mark.parametrize(
    ("method", "body", "operation"),
    [
        ("PATCH", '{"name": "ours"}', "UpdateTodo"),
        ("PUT", '{"name": "ours"}', "UpdateTodo"),
        ("DELETE", "", "DeleteTodo"),
    ],
)
def test_a_change_just_before_a_conditional_write_is_not_lost(
    rest: Rest, method: str, body: str, operation: str
) -> None:
    """The condition is checked where the write is made."""
    etag = create(rest, id="a").headers["ETag"]
    at(rest, operation, "PATCH", "/todos/a", '{"name": "theirs"}')
    response = rest.send(method, "/todos/a", body, headers={"if-match": etag})
    assert (response.status, slug_of(response)) == (412, "precondition-failed")
    item = stored(rest, "a")
    assert item is not None
    assert item["name"] == "theirs"


@pytest.mark.parametrize(
    ("method", "body", "operation", "status"),
    [
        ("PATCH", '{"name": "ours"}', "UpdateTodo", 404),
        ("PUT", '{"name": "ours"}', "UpdateTodo", 412),
        ("DELETE", "", "DeleteTodo", 404),
    ],
)
def test_a_deletion_just_before_a_conditional_write_is_not_undone(
    rest: Rest, method: str, body: str, operation: str, status: int
) -> None:
    """What the client held is gone, and nothing is created in its place."""
    etag = create(rest, id="a").headers["ETag"]
    at(rest, operation, "DELETE", "/todos/a")
    response = rest.send(method, "/todos/a", body, headers={"if-match": etag})
    assert response.status == status
    assert stored_ids(rest) == []


def test_an_item_deleted_between_write_and_read_is_missing(rest: Rest) -> None:
    """The condition failed while it was there; what is told is true when it is told."""
    create(rest, id="a")
    at(rest, "GetTodo", "DELETE", "/todos/a")
    response = rest.send("PATCH", "/todos/a", "{}", headers={"if-match": '"stale"'})
    assert (response.status, slug_of(response)) == (404, "not-found")


def test_of_two_creates_with_one_id_one_wins(rest: Rest) -> None:
    """The other is a conflict, and the winner's item is as it was made."""
    at(rest, "CreateTodo", "POST", "/todos", '{"id": "a", "name": "theirs"}')
    response = rest.send("POST", "/todos", '{"id": "a", "name": "ours"}')
    assert (response.status, slug_of(response)) == (409, "conflict")
    assert body_of(rest.send("GET", "/todos/a"))["name"] == "theirs"
