"""Writes whose reply was lost: what a read can tell is told, what it cannot is 504."""

from collections.abc import Iterator

import pytest

from chalicelib.errors import AppSyncDenied, UpstreamThrottled, UpstreamUnreachable
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.graphql.replies import Item
from chalicelib.translation.comparing import is_whole, same_values
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.schemas import MACHINE, OLDER
from tests.unit.account_a.asking import body_of, break_name, create, places_of, slug_of, stored


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


def test_an_item_of_which_something_is_missing_can_be_told_from_no_other(rest: Rest) -> None:
    """Whether it was not read or not shown."""
    (todo,) = rest.contract.resources
    whole = dict.fromkeys(todo.members, "a")
    assert is_whole(todo, Item(whole))
    assert not is_whole(todo, Item(whole, (("name",),)))
    assert not is_whole(todo, Item({"id": "a"}))


@pytest.mark.parametrize(
    ("held", "same"), [(["a", "b"], True), (["a"], False), (["b", "a"], False)]
)
def test_a_list_is_the_one_that_was_asked_in_its_length_and_order(
    held: list[str], *, same: bool
) -> None:
    """Each value of it by its meaning."""
    with rest_client(MACHINE) as rest:
        (machines,) = rest.contract.resources
    asked = {"tags": ["a", "b"]}
    assert same_values(machines, {"tags": "[String]"}, Item({"tags": held}), asked) is same


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


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "k"}])
def test_a_create_that_another_client_changed_is_not_told_as_a_conflict(
    rest: Rest, headers: dict[str, str]
) -> None:
    """With an id of the client's it may be ours or not, be there an Idempotency-Key or none."""
    rest.transport.faults.append(Fault(broken_off(), committed=True))
    another(rest, 3, "PATCH", "/todos/n", '{"name": "x"}')
    response = rest.send("POST", "/todos", '{"id": "n", "name": "n"}', headers=headers)
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")


def test_a_create_with_an_id_of_ours_is_told_though_another_client_changed_it(rest: Rest) -> None:
    """Nobody else can have chosen that id."""
    rest.transport.faults.append(Fault(broken_off(), committed=True))

    def change(request: GraphQLRequest) -> None:
        if not request.document.mutation:
            rest.transport.before = None
            path = f"/todos/{request.variables['id']}"
            assert rest.send("PATCH", path, '{"name": "x"}').status == 200

    rest.transport.before = change
    response = rest.send("POST", "/todos", '{"name": "n"}')
    assert (response.status, body_of(response)["name"]) == (201, "x")


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "k"}])
def test_a_create_whose_item_cannot_be_read_is_not_told_as_a_conflict(
    rest: Rest, headers: dict[str, str]
) -> None:
    """Somebody wrote null into it since, so it cannot be told from another client's."""
    rest.transport.faults.append(Fault(broken_off(), committed=True))

    def race(request: GraphQLRequest) -> None:
        if request.document.operation_name == "GetTodo":
            break_name(rest, "n")

    rest.transport.before = race
    response = rest.send("POST", "/todos", '{"id": "n", "name": "n"}', headers=headers)
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")


def test_when_the_settling_read_fails_the_outcome_is_unknown(rest: Rest) -> None:
    """The write was done or not; its detail says how to repeat it safely."""
    denied = Fault(AppSyncDenied(403, "X"))
    rest.transport.faults.extend([Fault(broken_off(), committed=True), None, denied])
    response = rest.send("POST", "/todos", '{"name": "n"}')
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")
    assert "Idempotency-Key" in body_of(response)["detail"]


@pytest.fixture
def counters() -> Iterator[Rest]:
    """A client of an API whose create input takes no id: account B chooses them."""
    schema = OLDER.replace("input CreatePersonInput { id: ID", "input CreatePersonInput {")
    assert schema != OLDER
    with rest_client(schema) as client:
        yield client


def people_of(rest: Rest) -> int:
    """Returns how many people account B holds."""
    return len(rest.graphql("{ listPeople { items { id } } }")["data"]["listPeople"]["items"])


@pytest.mark.parametrize("committed", [True, False])
def test_a_create_without_an_id_of_ours_is_not_repeated(counters: Rest, committed: bool) -> None:
    """A second attempt could make a second item, and nothing could tell: 504, one attempt."""
    counters.transport.faults.append(Fault(broken_off(), committed=committed))
    response = counters.send("POST", "/people", '{"name": "Ann"}')
    assert (response.status, slug_of(response)) == (504, "outcome-unknown")
    assert len(counters.transport.requests) == 1
    assert people_of(counters) == int(committed)


def test_a_create_without_an_id_is_repeated_where_nothing_was_sent(counters: Rest) -> None:
    """A refused connection and throttling are safe to repeat for everybody."""
    counters.transport.faults.extend(
        [
            Fault(UpstreamUnreachable("AppSync", "refused")),
            Fault(UpstreamThrottled("AppSync", "429")),
        ]
    )
    response = counters.send("POST", "/people", '{"name": "Ann"}')
    assert response.status == 201
    assert response.headers["Location"] == f"/people/{body_of(response)['id']}"
    assert people_of(counters) == 1


def test_an_api_that_chooses_its_ids_takes_no_key_and_creates_by_post_alone(
    counters: Rest,
) -> None:
    """Neither can be held without an id of ours, and both are told so."""
    keyed = counters.send("POST", "/people", '{"name": "Ann"}', headers={"idempotency-key": "k"})
    assert places_of(keyed) == ["idempotency-key"]
    assert places_of(counters.send("POST", "/people", '{"id": "a", "name": "A"}')) == ["/id"]
    missing = counters.send("PUT", "/people/a", '{"name": "Ann"}')
    assert (missing.status, slug_of(missing)) == (404, "not-found")
    new = counters.send("PUT", "/people/a", '{"name": "Ann"}', headers={"if-none-match": "*"})
    assert (new.status, slug_of(new)) == (400, "precondition-unsupported")
    assert people_of(counters) == 0
