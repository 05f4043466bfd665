"""The REST contract's table of requests, row by row."""

import json
from collections.abc import Callable

import pytest

from tests.support.account_b import Rest
from tests.unit.account_a.asking import body_of, create, stored

MERGE_PATCH = {"content-type": "application/merge-patch+json"}


def posting_creates(rest: Rest) -> None:
    """POST makes one item, and says where it is."""
    response = rest.send("POST", "/todos", '{"name": "milk", "priority": 2}')
    item = body_of(response)
    assert response.status == 201
    assert response.headers["Location"] == f"/todos/{item['id']}"
    assert response.headers["ETag"] == f'"{item["updatedAt"]}"'
    assert (item["name"], item["priority"], item["done"]) == ("milk", 2, None)
    assert stored(rest, item["id"]) == item


def posting_a_key_again_replays(rest: Rest) -> None:
    """The same key and body give the first answer again."""
    headers = {"idempotency-key": "k1"}
    first = rest.send("POST", "/todos", '{"name": "milk"}', headers=headers)
    second = rest.send("POST", "/todos", '{"name": "milk"}', headers=headers)
    assert (first.status, second.status) == (201, 200)
    assert body_of(second) == body_of(first)


def listing_gives_items_and_a_next_cursor(rest: Rest) -> None:
    """Filters of all three forms hold together, on every page."""
    for index in range(3):
        create(rest, name=f"milk {index}", done=True, priority=4)
    create(rest, name="bread", done=True, priority=4)
    create(rest, name="milk 9", done=False, priority=4)
    create(rest, name="milk 8", done=True, priority=3)
    query = {
        "limit": "2",
        "fields": "id,name",
        "done": "true",
        "priority.gt": "3",
        "name.contains": "milk",
        "filter": json.dumps({"or": [{"name": {"beginsWith": "milk"}}, {"done": False}]}),
    }
    response = rest.send("GET", "/todos", query=query)
    page = body_of(response)
    assert response.status == 200
    assert len(page["items"]) == 2
    assert all(set(item) == {"id", "name"} for item in page["items"])
    assert response.headers["Link"].startswith("</todos?limit=2&fields=id%2Cname&done=true&")
    assert response.headers["Link"].endswith('>; rel="next"')
    last = rest.send("GET", "/todos", query={**query, "cursor": page["nextCursor"]})
    assert len(body_of(last)["items"]) == 1
    assert "nextCursor" not in body_of(last)
    assert "Link" not in last.headers
    names = {item["name"] for item in [*page["items"], *body_of(last)["items"]]}
    assert names == {"milk 0", "milk 1", "milk 2"}


def reading_gives_the_item_or_304(rest: Rest) -> None:
    """GET gives the item, nothing to who holds it, and HEAD all but the body."""
    item = body_of(create(rest))
    path = f"/todos/{item['id']}"
    response = rest.send("GET", path, query={"fields": "id,name"})
    assert (response.status, body_of(response)) == (200, {"id": item["id"], "name": "milk"})
    assert response.headers["ETag"] == f'"{item["updatedAt"]}"'
    assert response.headers["Cache-Control"] == "private, no-cache"
    held = rest.send("GET", path, headers={"if-none-match": response.headers["ETag"]})
    assert (held.status, held.body) == (304, "")
    assert held.headers["ETag"] == response.headers["ETag"]
    head = rest.send("HEAD", path, query={"fields": "id,name"})
    assert (head.status, head.body, head.headers) == (200, "", response.headers)


def patching_changes_what_it_names(rest: Rest) -> None:
    """Both media types, each under If-Match."""
    created = create(rest, priority=1)
    path = created.headers["Location"]
    for headers in (MERGE_PATCH, {"content-type": "application/json"}):
        held = rest.send("HEAD", path).headers["ETag"]
        response = rest.send(
            "PATCH", path, '{"priority": 5}', headers={**headers, "if-match": held}
        )
        assert response.status == 200
        assert response.headers["ETag"] != held
        assert body_of(response)["priority"] == 5
        assert body_of(response)["name"] == "milk"


def putting_replaces_or_creates(rest: Rest) -> None:
    """What the body leaves out is gone."""
    created = rest.send("PUT", "/todos/a", '{"name": "milk", "priority": 1}')
    assert (created.status, created.headers["Location"]) == (201, "/todos/a")
    replaced = rest.send("PUT", "/todos/a", '{"name": "bread"}')
    assert replaced.status == 200
    assert (body_of(replaced)["name"], body_of(replaced)["priority"]) == ("bread", None)
    held = rest.send(
        "PUT", "/todos/a", '{"name": "jam"}', headers={"if-match": replaced.headers["ETag"]}
    )
    assert held.status == 200
    absent = rest.send("PUT", "/todos/b", '{"name": "jam"}', headers={"if-none-match": "*"})
    assert absent.status == 201


def deleting_leaves_nothing(rest: Rest) -> None:
    """With and without If-Match."""
    for conditional in (False, True):
        created = create(rest)
        headers = {"if-match": created.headers["ETag"]} if conditional else {}
        path = created.headers["Location"]
        response = rest.send("DELETE", path, headers=headers)
        assert (response.status, response.body) == (204, "")
        assert stored(rest, body_of(created)["id"]) is None


def batching_answers_each(rest: Rest) -> None:
    """Each of the four methods, in order."""
    item_id = body_of(create(rest))["id"]
    entries = [
        {"id": "1", "method": "GET", "path": f"/todos/{item_id}"},
        {"id": "2", "method": "POST", "path": "/todos", "body": {"name": "jam"}},
        {"id": "3", "method": "PATCH", "path": f"/todos/{item_id}", "body": {"done": True}},
        {"id": "4", "method": "DELETE", "path": f"/todos/{item_id}"},
    ]
    response = rest.send("POST", "/batch", json.dumps({"requests": entries}))
    answers = body_of(response)["responses"]
    assert response.status == 200
    assert [(each["id"], each["status"]) for each in answers] == [
        ("1", 200),
        ("2", 201),
        ("3", 200),
        ("4", 204),
    ]
    assert all(set(each) == {"id", "status", "headers", "body"} for each in answers)


REQUESTS: dict[str, Callable[[Rest], None]] = {
    "POST /todos -> 201 + Location + ETag + body": posting_creates,
    "POST /todos with Idempotency-Key -> a replay 200": posting_a_key_again_replays,
    "GET /todos?limit&cursor&fields&filters -> 200 + nextCursor + Link": (
        listing_gives_items_and_a_next_cursor
    ),
    "GET, HEAD /todos/{id} -> 200 + ETag + Cache-Control; 304": reading_gives_the_item_or_304,
    "PATCH /todos/{id} -> 200 + ETag + body": patching_changes_what_it_names,
    "PUT /todos/{id} -> 200 replaced, 201 created": putting_replaces_or_creates,
    "DELETE /todos/{id} -> 204, no body": deleting_leaves_nothing,
    "POST /batch -> 200 {responses}": batching_answers_each,
}


@pytest.mark.parametrize("row", REQUESTS)
def test_each_request_of_the_table_becomes_what_the_table_says(rest: Rest, row: str) -> None:
    """The first table: request, success, and what account B then holds."""
    REQUESTS[row](rest)
