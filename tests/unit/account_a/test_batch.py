"""POST /batch: the answers that each request alone would get, in few documents."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLRequest
from tests.support.account_b import Rest, rest_client
from tests.unit.account_a.asking import (
    body_of,
    break_name,
    create,
    create_many,
    places_of,
    stored,
    stored_ids,
)
from tests.unit.account_a.batching import Entry, entry, send, slug, statuses


def test_a_hundred_creates_need_at_most_two_requests_upstream(rest: Rest) -> None:
    """Aliased fields of one document; every item is there."""
    answers = send(rest, *(entry("POST", "/todos", {"name": f"n{i}"}) for i in range(100)))
    assert statuses(answers) == [201] * 100
    assert len(rest.transport.requests) <= 2
    assert sorted(answer["body"]["id"] for answer in answers) == stored_ids(rest)
    assert [answer["body"]["name"] for answer in answers] == [f"n{i}" for i in range(100)]


READ = {"id": "1", "method": "GET", "path": "/todos"}


def test_a_batchs_answer_is_json_that_no_cache_keeps(rest: Rest) -> None:
    """It may hold what anybody's single requests would have got."""
    response = rest.send("POST", "/batch", json.dumps({"requests": [READ]}))
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_large_creates_are_parted_into_documents_that_appsync_takes(rest: Rest) -> None:
    """A request of over a megabyte would be refused as a whole."""
    big = "x" * 9_000
    answers = send(rest, *(entry("POST", "/todos", {"name": big}) for _ in range(100)))
    assert statuses(answers) == [201] * 100
    assert 1 <= len(rest.transport.requests) <= 2
    assert all(len(_encoded(request)) < 1024 * 1024 for request in rest.transport.requests)


@pytest.mark.parametrize(("count", "size"), [(2, 455_000), (1, 910_000)])
def test_what_is_too_large_for_one_document_is_parted(rest: Rest, count: int, size: int) -> None:
    """Down to one each, which the store then judges by itself."""
    answers = send(rest, *(entry("POST", "/todos", {"name": "x" * size}) for _ in range(count)))
    assert statuses(answers) == [413] * count
    assert len(rest.transport.requests) == count


def _encoded(request: GraphQLRequest) -> bytes:
    return json.dumps([request.document.text, dict(request.variables)]).encode()


def test_requests_on_one_item_keep_their_order(rest: Rest) -> None:
    """Writes see the writes before them, reads see just those."""
    answers = send(
        rest,
        entry("GET", "/todos/a"),
        entry("POST", "/todos", {"id": "a", "name": "1"}),
        entry("GET", "/todos/a"),
        entry("PATCH", "/todos/a", {"name": "2"}),
        entry("GET", "/todos/a"),
        entry("POST", "/todos", {"id": "a", "name": "3"}),
        entry("DELETE", "/todos/a"),
        entry("GET", "/todos/a"),
        entry("PATCH", "/todos/a", {"name": "4"}),
        entry("POST", "/todos", {"id": "a", "name": "5"}),
    )
    assert statuses(answers) == [404, 201, 200, 200, 200, 409, 204, 404, 404, 201]
    assert answers[2]["body"]["name"] == "1"
    assert answers[4]["body"]["name"] == "2"
    item = stored(rest, "a")
    assert item is not None
    assert item["name"] == "5"


def test_a_read_after_a_write_of_its_item_sees_it(rest: Rest) -> None:
    """Also where there is nothing else in the batch."""
    create(rest, id="a")
    _, read = send(rest, entry("PATCH", "/todos/a", {"name": "2"}), entry("GET", "/todos/a"))
    assert read["body"]["name"] == "2"
    _, read = send(rest, entry("PATCH", "/todos/a", {"name": "3"}), entry("GET", "/todos"))
    assert [each["name"] for each in read["body"]["items"]] == ["3"]


def test_reads_share_a_document_whatever_they_read(rest: Rest) -> None:
    """They do not stand in each other's way."""
    create(rest, id="a")
    rest.transport.requests.clear()
    paths = ("/todos/a", "/todos/a?fields=name", "/todos", "/todos/a", "/todos?limit=1")
    assert statuses(send(rest, *(entry("GET", path) for path in paths))) == [200] * 5
    assert len(rest.transport.requests) == 1


def test_writes_to_one_item_share_no_document_but_those_with_writes_to_others(rest: Rest) -> None:
    """Three writes to an item are three documents, and so are three items' three writes each."""
    writes = [
        entry("POST", "/todos", {"id": "{id}", "name": "1"}),
        entry("PATCH", "/todos/{id}", {"name": "2"}),
        entry("DELETE", "/todos/{id}"),
    ]
    batch = [
        json.loads(json.dumps(each).replace("{id}", item_id))
        for item_id in ("a", "b", "c")
        for each in writes
    ]
    assert statuses(send(rest, *batch)) == [201, 200, 204] * 3
    assert len(rest.transport.requests) == 3


def test_a_list_stands_between_the_writes_around_it(rest: Rest) -> None:
    """It sees those before and not those after."""
    create(rest, id="old")
    answers = send(
        rest,
        entry("POST", "/todos", {"id": "a", "name": "1"}),
        entry("GET", "/todos?fields=id"),
        entry("POST", "/todos", {"id": "b", "name": "1"}),
        entry("DELETE", "/todos/old"),
        entry("GET", "/todos?fields=id&limit=1"),
        entry("POST", "/todos", {"id": "c", "name": "1"}),
    )
    assert statuses(answers) == [201, 200, 201, 204, 200, 201]
    assert sorted(item["id"] for item in answers[1]["body"]["items"]) == ["a", "old"]
    assert len(answers[4]["body"]["items"]) == 1
    assert answers[4]["headers"]["Link"].startswith("</todos?fields=id&limit=1&cursor=")


def test_conditions_within_a_batch_hold_in_its_order(rest: Rest) -> None:
    """The first of two writers with one tag wins, the second is told so."""
    etag = create(rest, id="a").headers["ETag"]
    answers = send(
        rest,
        entry("PATCH", "/todos/a", {"name": "first"}, if_match=etag),
        entry("PATCH", "/todos/a", {"name": "second"}, if_match=etag),
        entry("GET", "/todos/a", if_none_match=etag),
        entry("DELETE", "/todos/a", if_match=etag),
        entry("PATCH", "/todos/none", {"name": "x"}, if_match=etag),
    )
    assert statuses(answers) == [200, 412, 200, 412, 404]
    assert answers[2]["body"]["name"] == "first"


@pytest.mark.parametrize(
    ("first", "status", "second"),
    [
        (entry("PATCH", "/todos/a", {"name": "x"}, if_match='"stale"'), 412, 204),
        (entry("DELETE", "/todos/a", if_match='"stale"'), 412, 204),
        (entry("POST", "/todos", {"name": "milk"}, idempotency_key="k"), 200, 204),
    ],
)
def test_a_write_that_may_need_a_read_is_settled_before_the_next_on_its_item(
    rest: Rest, first: Entry, status: int, second: int
) -> None:
    """Else the deletion after it would make its read find nothing, and it a 404 or a 201."""
    item_id = "a"
    if first["method"] == "POST":
        made = rest.send("POST", "/todos", '{"name": "milk"}', headers=first["headers"], caller="c")
        item_id = body_of(made)["id"]
    else:
        create(rest, id=item_id)
    answers = send(rest, first, entry("DELETE", f"/todos/{item_id}"), caller="c")
    assert statuses(answers) == [status, second]
    assert stored_ids(rest) == []


def test_an_idempotency_key_twice_in_a_batch_makes_one_item(rest: Rest) -> None:
    """The second is the replay; a third with another body is refused."""
    answers = send(
        rest,
        entry("POST", "/todos", {"name": "a"}, idempotency_key="k"),
        entry("POST", "/todos", {"name": "a"}, Idempotency_Key="k"),
        entry("POST", "/todos", {"name": "b"}, idempotency_key="k"),
    )
    assert statuses(answers) == [201, 200, 422]
    assert answers[0]["body"] == answers[1]["body"]
    assert len(stored_ids(rest)) == 1


def test_one_that_fails_does_not_touch_the_others(rest: Rest) -> None:
    """Faults of every layer, among requests that succeed."""
    create(rest, id="a")
    create(rest, id="broken")
    break_name(rest, "broken")
    answers = send(
        rest,
        entry("POST", "/todos", {"name": 1}),
        entry("POST", "/todos", {"name": "fine"}),
        entry("POST", "/todos", {"id": "a", "name": "dup"}),
        entry("GET", "/todos/none"),
        entry("GET", "/todos/broken"),
        entry("GET", "/todos/a"),
        entry("GET", "/nowhere"),
        entry("GET", "/batch"),
        entry("GET", "/todos/%FF"),
        entry("DELETE", "/todos"),
        entry("GET", "/todos?colour=red"),
        entry("GET", "/todos", Accept="text/html"),
        entry("POST", "/todos"),
        entry("PATCH", "/todos/a", {"done": True}, content_type="text/plain"),
        entry("PATCH", "/todos/a", {"done": True}),
    )
    expected = [400, 201, 409, 404, 502, 200, 404, 404, 400, 405, 400, 406, 415, 415, 200]
    assert statuses(answers) == expected
    assert answers[0]["body"]["errors"] == [{"pointer": "/name", "detail": "is not a string"}]
    assert answers[9]["headers"]["Allow"] == "GET, POST, HEAD, OPTIONS"


MIXED: tuple[Entry, ...] = (
    entry("GET", "/todos/a"),
    entry("GET", "/todos/a?fields=name"),
    entry("GET", "/todos/a?fields="),
    entry("GET", "/todos/none"),
    entry("GET", "/todos/broken"),
    entry("GET", "/todos?fields=id,name&limit=2"),
    entry("GET", "/todos?done=true"),
    entry("GET", "/todos?done=perhaps"),
    entry("GET", "/todos/a", if_none_match="*"),
    entry("POST", "/todos", {"id": "new", "name": "milk", "dueAt": "2026-12-31T00:00:00Z"}),
    entry("POST", "/todos", {"id": "a", "name": "milk"}),
    entry("POST", "/todos", {"nome": "milk"}),
    entry("POST", "/todos", {"id": "c", "name": "milk"}, transfer_encoding="chunked"),
    entry("POST", "/todos", {"name": "milk"}, idempotency_key="k1"),
    entry("POST", "/todos", {"name": "milk"}, idempotency_key="k1"),
    entry("POST", "/todos", {"name": "bread"}, idempotency_key="k1"),
    entry("PATCH", "/todos/b", {"done": True, "description": None}),
    entry("PATCH", "/todos/b", {"done": False}, if_match='"2020-01-01T00:00:00.000Z"'),
    entry("PATCH", "/todos/b", {"done": False}, if_match="*"),
    entry("PATCH", "/todos/none", {"done": False}, if_match="*"),
    entry("PATCH", "/todos/b", {"name": None}),
    entry("PATCH", "/todos/broken", {"done": True}),
    entry("DELETE", "/todos/b", if_match='W/"x"'),
    entry("DELETE", "/todos/b"),
    entry("DELETE", "/todos/b"),
    entry("GET", "/todos/b"),
    entry("GET", "/nowhere"),
)


@contextmanager
def prepared() -> Iterator[Rest]:
    """Gives a client of an account B that holds a, b and a broken item."""
    with rest_client(options=Options(enable_batch=True)) as rest:
        for item_id in ("a", "b", "broken"):
            create(rest, id=item_id, done=True)
        break_name(rest, "broken")
        yield rest


def without_times(value: Any) -> Any:
    """Returns the value less what tells when or in which of the two stores it was written."""
    if isinstance(value, Mapping):
        dropped = {"createdAt", "updatedAt", "ETag", "X-Request-Id", "nextCursor", "Link"}
        return {name: without_times(each) for name, each in value.items() if name not in dropped}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def test_each_answer_is_what_the_request_alone_would_get() -> None:
    """Status, headers and body, for a mix of everything in one order."""
    with prepared() as rest:
        together = send(rest, *MIXED)
    with prepared() as rest:
        for answer, each in zip(together, MIXED, strict=True):
            path, _, query = each["path"].partition("?")
            alone = rest.send(
                each["method"],
                path,
                json.dumps(each["body"]) if "body" in each else "",
                query=tuple(tuple(pair.split("=")) for pair in query.split("&")) if query else (),
                headers=each.get("headers"),
            )
            body = body_of(alone) if alone.body else None
            assert answer["status"] == alone.status, each
            assert without_times(answer["body"]) == without_times(body), each
            assert without_times(answer["headers"]) == without_times(dict(alone.headers)), each


def test_a_batch_takes_four_methods(rest: Rest) -> None:
    """A PUT is a fault of the envelope, as its documentation says; the longest id is none."""
    body = {"requests": [{"id": "x" * 128, "method": "PUT", "path": "/todos/a", "body": {}}]}
    response = rest.send("POST", "/batch", json.dumps(body))
    assert places_of(response) == ["/requests/0/method"]


def test_many_large_pages_stay_within_one_reply(rest: Rest) -> None:
    """Lambda's reply is 6 MB: what does not fit is told to be asked for alone."""
    create_many(rest, [{"id": f"i{n}", "description": "x" * 20_000} for n in range(40)])
    answers = send(rest, *(entry("GET", "/todos?limit=40") for _ in range(20)))
    found = [answer for answer in answers if answer["status"] == 200]
    refused = [answer for answer in answers if answer["status"] == 413]
    assert len(found) + len(refused) == 20
    assert len(found) >= 4
    assert refused
    assert {slug(answer) for answer in refused} == {"content-too-large"}
    assert len(json.dumps(answers)) < 5_500_000


def test_a_write_that_does_not_fit_the_reply_keeps_its_status(rest: Rest) -> None:
    """It is done all the same, so that its body alone is left out; what was read is 413."""
    text = "x" * 300_000
    create_many(rest, [{"id": f"i{n:02}", "description": text} for n in range(20)])
    writes = [entry("PATCH", f"/todos/i{n:02}", {"done": True}) for n in range(20)]
    reads = entry("GET", "/todos/i19"), entry("GET", "/todos/i19?fields=id")
    *written, read, small = send(rest, *writes, *reads)
    assert statuses(written) == [200] * 20
    shortened = [answer for answer in written if answer["body"] is None]
    assert 0 < len(shortened) < 20
    assert all(answer["headers"]["ETag"] for answer in written)
    assert (read["status"], slug(read)) == (413, "content-too-large")
    assert small["body"] == {"id": "i19"}
    assert all((stored(rest, f"i{n:02}") or {})["done"] for n in range(20))


def test_caller_and_base_path_are_those_of_the_batch(rest: Rest) -> None:
    """A key is the caller's own here too, and Location leads back through the stage."""
    ids = set()
    for caller in ("a", "b"):
        (answer,) = send(
            rest,
            entry("POST", "/todos", {"name": "a"}, idempotency_key="k"),
            caller=caller,
            base_path="/api",
        )
        assert answer["headers"]["Location"] == f"/api/todos/{answer['body']['id']}"
        ids.add(answer["body"]["id"])
    assert len(ids) == 2
