"""A schema with conflict resolution."""

from typing import Any

import pytest

from tests.unit.sandbox.appsync.harness import Harness, error_type

FIELDS = "{ id name _version _deleted _lastChangedAt }"


def write(api: Harness, operation: str, **given: Any) -> Any:
    """Returns the whole body of a mutation's reply."""
    name = operation.capitalize()
    return api.ask(
        f"mutation M($i: {name}TodoInput!) {{ {operation}Todo(input: $i) {FIELDS} }}", {"i": given}
    )


def sync(api: Harness, **arguments: Any) -> Any:
    """Returns one page of a sync query."""
    return api.ask(
        "query S($lastSync: AWSTimestamp, $limit: Int, $nextToken: String) { syncTodos("
        "lastSync: $lastSync, limit: $limit, nextToken: $nextToken)"
        f" {{ items {FIELDS} nextToken startedAt }} }}",
        arguments,
    )["data"]["syncTodos"]


def test_each_write_advances_the_version(versioned: Harness):
    """A create makes version 1, and the last change is in milliseconds."""
    created = write(versioned, "create", id="1", name="a")["data"]["createTodo"]
    assert (created["_version"], created["_deleted"]) == (1, None)
    versioned.pass_time(7)
    updated = write(versioned, "update", id="1", name="b", _version=1)["data"]["updateTodo"]
    assert updated["_version"] == 2
    assert updated["_lastChangedAt"] == created["_lastChangedAt"] + 7


@pytest.mark.parametrize("version", [{}, {"_version": 1}, {"_version": 9}, {"_version": None}])
@pytest.mark.parametrize("operation", ["update", "delete"])
def test_a_stale_or_missing_version_is_a_conflict(versioned: Harness, operation, version):
    """The conflict handler rejects the write, and nothing changes."""
    write(versioned, "create", id="1", name="a")
    write(versioned, "update", id="1", name="b", _version=1)
    body = write(versioned, operation, id="1", **version)
    assert error_type(body) == "ConflictUnhandled"
    assert body["errors"][0]["message"] == "Conflict resolver rejects mutation."
    assert sync(versioned)["items"][0]["_version"] == 2


def test_a_delete_marks_the_item_for_other_clients(versioned: Harness):
    """It stays readable with _deleted, and its id stays taken."""
    write(versioned, "create", id="1", name="a")
    deleted = write(versioned, "delete", id="1", _version=1)["data"]["deleteTodo"]
    assert (deleted["_deleted"], deleted["_version"]) == (True, 2)
    body = versioned.ask('{ getTodo(id: "1") { _deleted } listTodos { items { _deleted } } }')
    assert body["data"] == {
        "getTodo": {"_deleted": True},
        "listTodos": {"items": [{"_deleted": True}]},
    }
    again = write(versioned, "create", id="1", name="b")
    assert error_type(again) == "DynamoDB:ConditionalCheckFailedException"


def test_sync_gives_what_changed_since(versioned: Harness):
    """The startedAt of one sync is the lastSync of the next; pages go on by token."""
    for n in range(5):
        write(versioned, "create", id=str(n), name="a")
    first = sync(versioned)
    assert len(first["items"]) == 5
    versioned.pass_time(1000)
    write(versioned, "delete", id="3", _version=1)
    versioned.pass_time(1)
    write(versioned, "update", id="1", name="b", _version=1)
    page = sync(versioned, lastSync=first["startedAt"] + 1, limit=1)
    assert [item["id"] for item in page["items"]] == ["3"]
    page = sync(versioned, lastSync=first["startedAt"] + 1, limit=1, nextToken=page["nextToken"])
    assert [item["id"] for item in page["items"]] == ["1"]


def test_a_token_of_one_sync_serves_no_other(versioned: Harness):
    """A token is bound to its field and to lastSync."""
    for n in range(3):
        write(versioned, "create", id=str(n), name="a")
    token = sync(versioned, limit=1)["nextToken"]
    assert sync(versioned, limit=1, nextToken=token, lastSync=5) is None
    body = versioned.ask(
        "query Q($t: String) { listTodos(nextToken: $t) { nextToken } }", {"t": token}
    )
    assert error_type(body) == "DynamoDB:UserIllegalArgumentException"
