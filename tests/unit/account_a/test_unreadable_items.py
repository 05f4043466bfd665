"""Items that Amplify cannot return, since somebody wrote null where the schema says never null."""

import json

import pytest

from tests.support.account_b import Rest
from tests.unit.account_a.asking import (
    body_of,
    break_name,
    create,
    pages_of,
    slug_of,
    stored_ids,
)


@pytest.fixture
def broken(rest: Rest) -> str:
    """The id of an item whose name is null."""
    item_id: str = body_of(create(rest, id="broken", priority=3))["id"]
    break_name(rest, item_id)
    return item_id


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unreadable_item_is_502_with_a_type_of_its_own(
    rest: Rest, broken: str, method: str
) -> None:
    """It is there, so 404 would be a lie; the detail says how to mend it."""
    response = rest.send(method, f"/todos/{broken}")
    assert response.status == 502
    assert response.problem == "unreadable-item"
    if method == "GET":
        assert slug_of(response) == "unreadable-item"
        assert "PATCH" in body_of(response)["detail"]


def test_what_does_not_need_the_broken_field_can_be_read(rest: Rest, broken: str) -> None:
    """Account B fails only where the field is asked for."""
    response = rest.send("GET", f"/todos/{broken}", query={"fields": "priority"})
    assert (response.status, body_of(response)) == (200, {"priority": 3})


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_write_that_sets_the_field_repairs_the_item(rest: Rest, broken: str, method: str) -> None:
    """As the 502 promises."""
    response = rest.send(method, f"/todos/{broken}", '{"name": "mended"}')
    assert (response.status, body_of(response)["name"]) == (200, "mended")
    assert body_of(rest.send("GET", f"/todos/{broken}"))["name"] == "mended"


def test_a_write_that_leaves_the_item_unreadable_keeps_its_success(rest: Rest, broken: str) -> None:
    """The resolver ran, so the write was done: 200, with the field named under problems."""
    response = rest.send("PATCH", f"/todos/{broken}", '{"priority": 9}')
    assert response.status == 200
    assert body_of(response)["id"] == broken
    assert [problem["pointer"] for problem in body_of(response)["problems"]] == ["/name"]
    shown = rest.send("GET", f"/todos/{broken}", query={"fields": "priority"})
    assert body_of(shown) == {"priority": 9}


def test_an_unreadable_item_can_be_deleted(rest: Rest, broken: str) -> None:
    """A delete selects only the key."""
    assert rest.send("DELETE", f"/todos/{broken}").status == 204
    assert rest.transport.requests[-1].document.text.endswith("{ id } }")
    assert stored_ids(rest) == []


def test_a_list_leaves_the_item_out_and_names_its_place_and_field(rest: Rest, broken: str) -> None:
    """One bad item does not take the page from everybody."""
    for index in range(4):
        create(rest, id=str(index))
    page = body_of(rest.send("GET", "/todos"))
    assert sorted(item["id"] for item in page["items"]) == ["0", "1", "2", "3"]
    (problem,) = page["problems"]
    assert problem.keys() == {"position", "field", "detail"}
    assert problem["field"] == "name"
    # Its place is between its neighbours in a list that does not ask for the broken field.
    whole = body_of(rest.send("GET", "/todos", query={"fields": "id"}))["items"]
    assert [item["id"] for item in whole].index(broken) == problem["position"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_each_unreadable_item_is_told_of_once_over_all_pages(rest: Rest, limit: int) -> None:
    """Whatever the pages' size, and under a filter too."""
    for index in range(12):
        create(rest, id=str(index), done=True)
        if index % 3 == 0:
            break_name(rest, str(index))
    queries: tuple[dict[str, str], ...] = ({}, {"done": "true"})
    for query in queries:
        pages = list(pages_of(rest, {**query, "limit": str(limit)}))
        items = [item["id"] for page in pages for item in page["items"]]
        problems = sum(len(page.get("problems", ())) for page in pages)
        assert sorted(items) == sorted(str(index) for index in range(12) if index % 3)
        assert problems == 4


def test_an_unreadable_item_is_told_of_once_what_stood_before_it_was_deleted(rest: Rest) -> None:
    """The page is read again, and holds nothing that was given."""
    for index in range(3):
        create(rest, id=str(index), done=True)
    before, broken_, after = stored_ids_in_order(rest)
    break_name(rest, broken_)
    query = {"done": "true", "limit": "1"}
    first = body_of(rest.send("GET", "/todos", query=query))
    assert [each["id"] for each in first["items"]] == [before]
    assert rest.send("DELETE", f"/todos/{before}").status == 204
    second = body_of(rest.send("GET", "/todos", query={**query, "cursor": first["nextCursor"]}))
    assert [each["id"] for each in second["items"]] == [after]
    assert [each["position"] for each in second["problems"]] == [0]


def stored_ids_in_order(rest: Rest) -> list[str]:
    """Returns the ids of all todos in the order of the list."""
    listed = body_of(rest.send("GET", "/todos", query={"fields": "id"}))["items"]
    return [each["id"] for each in listed]


def test_a_batch_names_only_the_unreadable_items_answer(rest: Rest, broken: str) -> None:
    """The others of its document are as they would be alone."""
    create(rest, id="fine")
    entries = [
        {"id": "1", "method": "GET", "path": "/todos/fine"},
        {"id": "2", "method": "GET", "path": f"/todos/{broken}"},
        {"id": "3", "method": "PATCH", "path": f"/todos/{broken}", "body": {"done": True}},
        {"id": "4", "method": "PATCH", "path": "/todos/fine", "body": {"done": True}},
    ]
    response = rest.send("POST", "/batch", json.dumps({"requests": entries}))
    answers = body_of(response)["responses"]
    assert [each["status"] for each in answers] == [200, 502, 200, 200]
    assert "problems" in answers[2]["body"]
    assert "problems" not in answers[3]["body"]
