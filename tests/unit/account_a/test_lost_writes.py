"""Writes whose reply was lost: what a read can tell is told, what it cannot is 504."""

import pytest

from chalicelib.errors import AppSyncDenied, UpstreamUnreachable
from chalicelib.graphql.messages import GraphQLRequest
from tests.support.account_b import Fault, Rest
from tests.unit.account_a.asking import body_of, create, slug_of, stored


def broken_off() -> UpstreamUnreachable:
    """The connection broke after the request was sent."""
    return UpstreamUnreachable("AppSync", "reset", sent=True)


def test_the_item_of_a_lost_reply_is_the_one_that_is_told(rest: Rest) -> None:
    """Location, ETag and body are of the item in the store."""
    rest.transport.faults.append(Fault(broken_off(), committed=True))
    response = rest.send("POST", "/todos", '{"name": "n", "dueAt": "2026-12-31T23:00:00+01:00"}')
    assert response.status == 201
    item = body_of(response)
    assert stored(rest, item["id"]) == item
    assert response.headers["Location"] == f"/todos/{item['id']}"
    assert response.headers["ETag"] == f'"{item["updatedAt"]}"'


def another(rest: Rest, number: int, method: str, path: str, body: str = "") -> None:
    """Lets another client write before the request of this number goes upstream."""
    seen = 0

    def race(_: GraphQLRequest) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            rest.transport.before = None
            assert rest.send(method, path, body).status < 300
            rest.transport.before = race

    rest.transport.before = race


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "rival", "status"),
    [
        # Somebody changes the item after our lost write: it cannot be told whose it was.
        ("PATCH", "/todos/a", '{"name": "n"}', True, ("PATCH", '{"name": "x"}'), 504),
        # Somebody writes the very same: what was asked is what is there.
        ("PATCH", "/todos/a", '{"name": "n"}', True, ("PATCH", '{"name": "n"}'), 200),
        # Somebody changes another field: our value is there, so it is ours as far as one can tell.
        ("PATCH", "/todos/a", '{"name": "n"}', True, ("PATCH", '{"priority": 7}'), 200),
        # Somebody deletes it after our lost update: there is nothing to be told but that.
        ("PATCH", "/todos/a", '{"name": "n"}', False, ("DELETE", ""), 404),
        # Somebody makes it again after our lost conditional delete.
        ("DELETE", "/todos/a", "", True, ("PUT", '{"name": "x"}'), 504),
        # Somebody changes what our lost create with an id of the client's made.
        ("POST", "/todos", '{"id": "n", "name": "n"}', False, ("PATCH", '{"name": "x"}'), 504),
        # Somebody deletes it.
        ("PUT", "/todos/n", '{"name": "n"}', False, ("DELETE", ""), 201),
    ],
)
def test_a_lost_write_that_another_client_wrote_over_is_settled_honestly(
    rest: Rest,
    method: str,
    path: str,
    body: str,
    headers: bool,
    rival: tuple[str, str],
    status: int,
) -> None:
    """What a read can tell is told, what it cannot is 504: never a committed write as failed."""
    etag = create(rest, id="a", name="old", priority=1).headers["ETag"]
    item_path = path if path != "/todos" else "/todos/n"
    # PUT of a new item updates first, so its create is the second request and breaks off.
    lost = 2 if method == "PUT" else 1
    rest.transport.faults.extend([*[None] * (lost - 1), Fault(broken_off(), committed=True)])
    another(rest, lost + 1, rival[0], item_path, rival[1])
    response = rest.send(method, path, body, headers={"if-match": etag} if headers else {})
    assert response.status == status, response.body


def test_a_create_whose_id_another_client_has_is_a_conflict_after_a_break_too(rest: Rest) -> None:
    """The item there is unmodified and not what was asked, so it is not ours."""
    create(rest, id="a", name="theirs")
    rest.transport.faults.append(Fault(broken_off()))
    response = rest.send("POST", "/todos", '{"id": "a", "name": "ours"}')
    assert (response.status, slug_of(response)) == (409, "conflict")


def test_when_the_settling_read_fails_the_outcome_is_unknown(rest: Rest) -> None:
    """The write was done or not; its detail says how to repeat it safely."""
    denied = Fault(AppSyncDenied(403, "X"))
    rest.transport.faults.extend([Fault(broken_off(), committed=True), None, denied])
    response = rest.send("POST", "/todos", '{"name": "n"}')
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")
    assert "Idempotency-Key" in body_of(response)["detail"]
