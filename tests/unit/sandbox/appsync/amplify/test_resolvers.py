"""Create, get, list, update and delete."""

import json
from typing import Any

import pytest

from bridge.sandbox.dynamodb.values import item_size
from tests.unit.sandbox.appsync.harness import Harness, error_type, message

CONDITION_FAILED = "DynamoDB:ConditionalCheckFailedException"
DYNAMODB = "DynamoDB:DynamoDbException"


def create(api: Harness, **given: Any) -> Any:
    """Returns the whole body of a create's reply."""
    return api.ask(
        "mutation M($i: CreateTodoInput!) { createTodo(input: $i) { id } }", {"i": given}
    )


def delete(api: Harness, id_: str, condition: Any = None) -> Any:
    """Returns the whole body of a delete's reply."""
    return api.ask(
        "mutation M($i: DeleteTodoInput!, $c: ModelTodoConditionInput)"
        " { deleteTodo(input: $i, condition: $c) { id name } }",
        {"i": {"id": id_}, "c": condition},
    )


def test_a_created_item_gets_an_id_and_the_servers_times(todo: Harness):
    """Times have a resolution of a millisecond; an id is a UUID where none was given."""
    item = todo.create(name="milk")
    assert len(item["id"]) == 36
    assert item["createdAt"] == item["updatedAt"] == "2026-11-23T20:00:00.000Z"
    todo.pass_time(5)
    assert todo.create(id="1", name="x")["createdAt"] == "2026-11-23T20:00:00.005Z"


def test_a_date_time_keeps_its_offset(todo: Harness):
    """AppSync does not turn an AWSDateTime into UTC."""
    item = todo.create(name="x", dueAt="2026-12-31T10:00:00+02:00")
    assert item["dueAt"] == "2026-12-31T10:00:00+02:00"


@pytest.mark.parametrize("text", ["", " ", "a\x00b", "a\ud800b", "日本語 🎉 \u202e", '"\\\n'])
def test_text_comes_back_as_it_was_written(todo: Harness, text):
    """Every string that JSON can carry survives, lone surrogates and NUL too."""
    todo.create(id="1", name=text)
    assert todo.ask('{ getTodo(id: "1") { name } }')["data"]["getTodo"]["name"] == text
    assert todo.list_ids({"name": {"eq": text}}) == ["1"]


def test_a_duplicate_a_missing_item_and_a_false_condition_give_one_error(todo: Harness):
    """The client has to tell them apart by what it asked."""
    todo.create(id="1", name="a")
    bodies = [
        create(todo, id="1", name="b"),
        todo.update(id="2", name="b"),
        delete(todo, "2"),
        todo.update({"name": {"eq": "zzz"}}, id="1", name="b"),
        delete(todo, "1", {"name": {"ne": "a"}}),
    ]
    assert {error_type(body) for body in bodies} == {CONDITION_FAILED}
    assert all(message(body).startswith("The conditional request failed (") for body in bodies)
    assert todo.ask('{ getTodo(id: "1") { name } }') == {"data": {"getTodo": {"name": "a"}}}


def test_a_true_condition_lets_the_write_through(todo: Harness):
    """Conditions see the item before the write."""
    todo.create(id="1", name="a")
    assert todo.update({"name": {"eq": "a"}}, id="1", name="b")["data"]["updateTodo"]["name"] == "b"
    assert delete(todo, "1", {"name": {"eq": "b"}}) == {
        "data": {"deleteTodo": {"id": "1", "name": "b"}}
    }
    assert todo.list_ids() == []


def test_updated_at_locks_an_item_optimistically(todo: Harness):
    """An update on the updatedAt that was read holds once."""
    read = todo.create(id="1", name="a")
    todo.pass_time(1)
    lock = {"updatedAt": {"eq": read["updatedAt"]}}
    assert "errors" not in todo.update(lock, id="1", name="b")
    assert error_type(todo.update(lock, id="1", name="c")) == CONDITION_FAILED


def test_an_update_changes_what_it_names_and_the_time(todo: Harness):
    """Other fields stay; createdAt too."""
    todo.create(id="1", name="a", description="d")
    todo.pass_time(10)
    item = todo.update(id="1", name="b")["data"]["updateTodo"]
    assert item == {
        "id": "1",
        "name": "b",
        "description": "d",
        "updatedAt": "2026-11-23T20:00:00.010Z",
    }


def test_create_stores_null_and_update_removes(todo: Harness):
    """An explicit null is an attribute after a create and none after an update."""
    todo.create(id="1", name="a", description=None)
    assert todo.list_ids({"description": {"eq": None}}) == ["1"]
    todo.update(id="1", description=None)
    assert todo.list_ids({"description": {"eq": None}}) == []
    assert todo.list_ids({"description": {"attributeExists": False}}) == ["1"]


def test_null_in_a_required_field_breaks_every_read_of_it(todo: Harness):
    """Amplify writes it; get loses the item, a list the one element."""
    todo.create(id="1", name="a")
    body = todo.update(id="1", name=None)
    text = "Cannot return null for non-nullable type: 'String' within parent 'Todo' (/{}/name)"
    assert body["data"] == {"updateTodo": None}
    assert body["errors"] == [
        {"path": ["updateTodo", "name"], "locations": None, "message": text.format("updateTodo")}
    ]
    body = todo.ask("{ listTodos { items { name } } }")
    assert body["data"] == {"listTodos": {"items": [None]}}
    assert body["errors"][0]["path"] == ["listTodos", "items", 0, "name"]
    assert message(body) == text.format("listTodos/items[0]")
    assert todo.list_ids() == ["1"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"id": "", "name": "x"}, "One or more parameter values are not valid."),
        ({"id": None, "name": "x"}, "Invalid attribute value type"),
        ({"id": "é" * 1025, "name": "x"}, "One or more parameter values were invalid: Size of"),
    ],
)
def test_dynamodb_refuses_keys_that_it_cannot_hold(todo: Harness, given, text):
    """Empty, null and overlong keys are DynamoDB's errors."""
    body = create(todo, **given)
    assert error_type(body) == DYNAMODB
    assert message(body).startswith(text)


def test_an_item_may_have_400_kb_counted_in_utf_8(todo: Harness):
    """Names and values count, and Amplify's own __typename with them."""
    fixed = {
        "id": "1",
        "name": "",
        "__typename": "Todo",
        "createdAt": "2026-11-23T20:00:00.000Z",
        "updatedAt": "2026-11-23T20:00:00.000Z",
    }
    room = 400 * 1024 - item_size(fixed)
    full = "é" * (room // 2) + "x" * (room % 2)
    assert "errors" not in create(todo, id="1", name=full)
    body = create(todo, id="2", name=full + "x")
    assert message(body).startswith("Item size has exceeded the maximum allowed size (")
    body = todo.update(id="1", name=full + "x")
    assert message(body).startswith("Item size to update has exceeded the maximum allowed size (")


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"a": "é"}, 3),
        ({"a": None}, 2),
        ({"a": True}, 2),
        ({"a": 0}, 3),
        ({"a": 1234}, 4),
        ({"a": -1.5}, 4),
        ({"a": [1]}, 7),
        ({"a": {"b": ""}}, 6),
    ],
)
def test_sizes_are_dynamodbs(item, size):
    """Source: DynamoDB Developer Guide, "Item sizes and formats"."""
    assert item_size(item) == size


def test_limit_counts_items_read_and_the_filter_comes_after(todo: Harness):
    """Filtered pages are short, and their tokens go on all the same."""
    for n in range(10):
        todo.create(id=str(n), name="even" if n % 2 == 0 else "odd")
    found: list[str] = []
    sizes = []
    token = None
    while True:
        page = todo.page(limit=2, filter={"name": {"eq": "even"}}, nextToken=token)
        sizes.append(len(page["items"]))
        found.extend(item["id"] for item in page["items"])
        token = page["nextToken"]
        if token is None:
            break
    assert sorted(found) == ["0", "2", "4", "6", "8"]
    # Ten items in pages of two: the fifth page is full, so only a sixth, empty one knows the end.
    assert len(sizes) == 6
    assert sizes[-1] == 0


def test_the_default_limit_is_100_and_a_page_reads_1_mb_at_most(todo: Harness):
    """Whatever the limit, a scan stops after the item that crosses 1 MB."""
    for n in range(101):
        todo.create(id=str(n), name="x")
    assert len(todo.page()["items"]) == 100
    for n in range(4):
        todo.create(id=f"big{n}", name="x" * 300 * 1024)
    page = todo.page(limit=2147483647)
    assert page["nextToken"] is not None
    assert len(page["items"]) + len(todo.page(nextToken=page["nextToken"])["items"]) == 105


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_dynamodbs_error(todo: Harness, limit):
    """The list is null."""
    body = todo.ask(f"{{ listTodos(limit: {limit}) {{ nextToken }} }}")
    assert message(body).startswith("Limit must be greater than or equal to 1 (")


def test_an_empty_token_begins_anew_and_a_forged_one_is_refused(todo: Harness):
    """A token that this list did not give is an invalid pagination token."""
    todo.create(id="1", name="x")
    assert len(todo.page(nextToken="")["items"]) == 1
    body = todo.ask('{ listTodos(nextToken: "eyJpZCI6eyJTIjoieCJ9fQ==") { nextToken } }')
    assert error_type(body) == "DynamoDB:UserIllegalArgumentException"
    assert message(body).endswith("Invalid pagination token given.")


def test_a_between_without_two_values_gives_null_without_an_error(todo: Harness):
    """Amplify's template breaks off; nothing is told and nothing written."""
    todo.create(id="1", name="x")
    assert todo.page(filter={"priority": {"between": [3]}}) is None
    assert todo.update({"priority": {"between": [3]}}, id="1", name="y") == {
        "data": {"updateTodo": None}
    }
    assert todo.list_ids({"name": {"eq": "x"}}) == ["1"]


def test_mutations_run_one_after_another_and_may_fail_alone(todo: Harness):
    """Later aliases see what earlier ones wrote; an error nulls its own field only."""
    body = todo.ask(
        'mutation { a: createTodo(input: {id: "1", name: "a"}) { id }'
        ' b: createTodo(input: {id: "1", name: "b"}) { id }'
        ' c: updateTodo(input: {id: "1", name: "c"}) { name }'
        ' d: deleteTodo(input: {id: "1"}) { name } }'
    )
    assert body["data"] == {"a": {"id": "1"}, "b": None, "c": {"name": "c"}, "d": {"name": "c"}}
    assert [error["path"] for error in body["errors"]] == [["b"]]
    assert [(each.field, each.alias, each.ids, each.outcome) for each in todo.resolved] == [
        ("createTodo", "a", ("1",), "ok"),
        ("createTodo", "b", ("1",), CONDITION_FAILED),
        ("updateTodo", "c", ("1",), "ok"),
        ("deleteTodo", "d", ("1",), "ok"),
    ]


def test_a_reply_is_json_with_appsyncs_content_type(todo: Harness):
    """A reply without errors has no `errors` at all."""
    reply = todo.send(b'{"query": "{ __typename }"}')
    assert reply.status == 200
    assert reply.headers == (("Content-Type", "application/json;charset=UTF-8"),)
    assert json.loads(reply.body) == {"data": {"__typename": "Query"}}
