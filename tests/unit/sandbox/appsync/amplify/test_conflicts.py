"""A schema with conflict resolution: what public replies show of AppSync's."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.sandbox.appsync import ConflictHandler
from bridge.sandbox.appsync.amplify.versions import merged
from tests.unit.sandbox.appsync.harness import DATASTORE, SHOP_DATA, Harness, error_type, shop

FIELDS = "{ id name _version _deleted _lastChangedAt }"
CONFLICT = "ConflictUnhandled"
REJECTED = "Conflict resolver rejects mutation."
ALL_HANDLERS = list(ConflictHandler)
REJECTING = [ConflictHandler.OPTIMISTIC, ConflictHandler.LAMBDA]


def write(api: Harness, operation: str, fields: str = FIELDS, **given: Any) -> Any:
    """Returns the whole body of a mutation's reply."""
    name = operation.capitalize()
    return api.ask(
        f"mutation M($i: {name}TodoInput!) {{ {operation}Todo(input: $i) {fields} }}", {"i": given}
    )


def sync(api: Harness, **arguments: Any) -> Any:
    """Returns one page of a sync query."""
    return api.ask(
        "query S($lastSync: AWSTimestamp, $limit: Int, $nextToken: String) { syncTodos("
        "lastSync: $lastSync, limit: $limit, nextToken: $nextToken)"
        f" {{ items {FIELDS} nextToken startedAt }} }}",
        arguments,
    )["data"]["syncTodos"]


def todos(handler: ConflictHandler) -> Harness:
    """Returns an API with an item of version 2, called b."""
    api = Harness(schema=DATASTORE, handler=handler)
    write(api, "create", id="1", name="a")
    write(api, "update", id="1", name="b", _version=1)
    return api


@pytest.mark.parametrize("handler", ALL_HANDLERS)
def test_each_write_advances_the_version(handler):
    """A create makes version 1, and the last change is in milliseconds."""
    with Harness(schema=DATASTORE, handler=handler) as api:
        created = write(api, "create", id="1", name="a", _version=7)["data"]["createTodo"]
        assert (created["_version"], created["_deleted"]) == (1, None)
        api.pass_time(7)
        updated = write(api, "update", id="1", name="b", _version=1)["data"]["updateTodo"]
        assert updated["_version"] == 2
        assert updated["_lastChangedAt"] == created["_lastChangedAt"] + 7
        assert updated["_lastChangedAt"] == int(api.now.timestamp() * 1000)


@pytest.mark.parametrize("handler", REJECTING)
@pytest.mark.parametrize("version", [{}, {"_version": 1}, {"_version": 9}, {"_version": None}])
@pytest.mark.parametrize("operation", ["update", "delete"])
def test_another_or_a_missing_version_is_rejected(handler, operation, version):
    """Nothing changes, and the item as it is, cut to the selection, goes with the error."""
    with todos(handler) as api:
        body = write(api, operation, "{ name _version _deleted }", id="1", **version)
        assert error_type(body) == CONFLICT
        assert body["errors"][0]["message"] == REJECTED
        assert body["errors"][0]["data"] == {"name": "b", "_version": 2}
        assert body["data"] == {f"{operation}Todo": None}
        assert sync(api)["items"][0]["_version"] == 2


@pytest.mark.parametrize("version", [{}, {"_version": 1}, {"_version": None}])
def test_automerge_keeps_the_items_scalars_and_raises_the_version(version):
    """A stale or missing version is no error: the item's value stays."""
    with todos(ConflictHandler.AUTOMERGE) as api:
        body = write(api, "update", id="1", name="stale", **version)
        item = body["data"]["updateTodo"]
        assert (item["name"], item["_version"], item["_deleted"]) == ("b", 3, None)


@pytest.mark.parametrize("version", [2, 9])
def test_automerge_takes_a_write_of_the_items_version_or_a_later_one(version):
    """It is a plain update."""
    with todos(ConflictHandler.AUTOMERGE) as api:
        item = write(api, "update", id="1", name="c", _version=version)["data"]["updateTodo"]
        assert (item["name"], item["_version"]) == ("c", 3)


def test_automerge_takes_what_is_new_or_null_in_the_item():
    """A field that the item has not yet is no conflict; a null of a stale write is none either."""
    with todos(ConflictHandler.AUTOMERGE) as api:
        body = write(api, "update", "{ name description }", id="1", description="d", name=None)
        assert body["data"]["updateTodo"] == {"name": "b", "description": "d"}


def test_automerge_of_lists_and_maps():
    """Lists are appended, duplicates kept; a map is merged member by member."""
    with shop(
        SHOP_DATA / "built-schema-datastore.graphql", handler=ConflictHandler.AUTOMERGE
    ) as api:
        address = {"street": "s", "city": "c"}
        given = {"id": "1", "name": "A", "email": "a@b.c", "nicknames": ["x"], "address": address}
        document = (
            "mutation M($i: {}CustomerInput!) {{ {}Customer(input: $i)"
            " {{ nicknames address {{ street city zip }} _version }} }}"
        )
        api.ask(document.format("Create", "create"), {"i": given})
        stale = {
            "id": "1",
            "nicknames": ["x", "y"],
            "address": {"street": "other", "city": "other", "zip": "z"},
        }
        body = api.ask(document.format("Update", "update"), {"i": stale})
        assert body["data"]["updateCustomer"] == {
            "nicknames": ["x", "x", "y"],
            "address": {**address, "zip": "z"},
            "_version": 2,
        }


def test_automerge_of_sets_and_of_the_guides_example():
    """Sets are united; jersey 5 at version 4 stays, whatever a stale write says."""
    assert merged({"a": {1, 2}}, {"a": {2, 3}}) == {"a": {1, 2, 3}}
    assert merged({"jersey": 5}, {"jersey": 55}) == {"jersey": 5}
    assert merged({"a": {"b": [1], "c": None}}, {"a": {"b": [1], "c": 2, "d": 3}}) == {
        "a": {"b": [1, 1], "c": 2, "d": 3}
    }


@pytest.mark.parametrize("version", [{}, {"_version": 1}, {"_version": None}])
def test_automerge_rejects_a_stale_delete(version):
    """There is nothing to merge in a delete."""
    with todos(ConflictHandler.AUTOMERGE) as api:
        body = write(api, "delete", "{ id _version _deleted }", id="1", **version)
        assert error_type(body) == CONFLICT
        assert body["errors"][0]["data"] == {"id": "1", "_version": 2}


@pytest.mark.parametrize("handler", ALL_HANDLERS)
def test_a_delete_marks_the_item_for_other_clients(handler):
    """Get and list still show it, with _deleted, and its id stays taken."""
    with todos(handler) as api:
        deleted = write(api, "delete", id="1", _version=2)["data"]["deleteTodo"]
        assert (deleted["_deleted"], deleted["_version"]) == (True, 3)
        body = api.ask('{ getTodo(id: "1") { _deleted } listTodos { items { _deleted } } }')
        assert body["data"] == {
            "getTodo": {"_deleted": True},
            "listTodos": {"items": [{"_deleted": True}]},
        }
        again = write(api, "create", id="1", name="b")
        assert error_type(again) == "DynamoDB:ConditionalCheckFailedException"


def test_a_deleted_item_is_forgotten_after_thirty_days():
    """Its id is free again then, and no read shows it any more."""
    with todos(ConflictHandler.OPTIMISTIC) as api:
        write(api, "delete", id="1", _version=2)
        api.now += timedelta(days=30) - timedelta(seconds=1)
        assert api.ask('{ getTodo(id: "1") { _deleted } }')["data"]["getTodo"]
        api.now += timedelta(seconds=1)
        body = api.ask('{ getTodo(id: "1") { _deleted } listTodos { items { id } } }')
        assert body["data"] == {"getTodo": None, "listTodos": {"items": []}}
        missing = write(api, "update", id="1", _version=3)
        assert error_type(missing) == "DynamoDB:ConditionalCheckFailedException"
        assert write(api, "create", id="1", name="b")["data"]["createTodo"]["_version"] == 1


@pytest.mark.parametrize("handler", ALL_HANDLERS)
@pytest.mark.parametrize("operation", ["update", "delete"])
def test_a_missing_item_is_no_conflict(handler, operation):
    """The condition on its existence fails first."""
    with Harness(schema=DATASTORE, handler=handler) as api:
        body = write(api, operation, id="1", _version=1)
        assert error_type(body) == "DynamoDB:ConditionalCheckFailedException"


def test_sync_without_lastsync_reads_the_table_with_its_deleted_items():
    """A first sync is a scan; deleted items are among what it gives."""
    with todos(ConflictHandler.OPTIMISTIC) as api:
        write(api, "create", id="2", name="c")
        write(api, "delete", id="1", _version=2)
        page = sync(api)
        assert {item["id"]: item["_deleted"] for item in page["items"]} == {"1": True, "2": None}
        assert page["startedAt"] == int(api.now.timestamp() * 1000)


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
    started_at = page["startedAt"]
    versioned.pass_time(1)
    page = sync(versioned, lastSync=first["startedAt"] + 1, limit=1, nextToken=page["nextToken"])
    assert [item["id"] for item in page["items"]] == ["1"]
    assert page["startedAt"] == started_at


def test_the_delta_table_has_each_change_and_the_base_table_the_last(versioned: Harness):
    """A client that was away longer than the delta table remembers gets the base table."""
    write(versioned, "create", id="1", name="a")
    began = int(versioned.now.timestamp() * 1000)
    write(versioned, "update", id="1", name="b", _version=1)
    assert [item["_version"] for item in sync(versioned, lastSync=began)["items"]] == [1, 2]
    versioned.now += timedelta(minutes=30)
    assert [item["_version"] for item in sync(versioned, lastSync=began)["items"]] == [1, 2]
    versioned.pass_time(1)
    assert [item["_version"] for item in sync(versioned, lastSync=began)["items"]] == [2]


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


def test_a_failed_condition_is_told_where_the_version_is_right(versioned: Harness):
    """The condition stands beside the version."""
    write(versioned, "create", id="1", name="a")
    body = versioned.ask(
        'mutation($c: ModelTodoConditionInput) { updateTodo(input: {id: "1", _version: 1},'
        " condition: $c) { id } }",
        {"c": {"name": {"eq": "other"}}},
    )
    assert error_type(body) == "DynamoDB:ConditionalCheckFailedException"


@pytest.mark.parametrize("handler", ALL_HANDLERS)
def test_no_write_brings_a_deleted_item_back(handler):
    """`_deleted` is a member of no input."""
    with todos(handler) as api:
        write(api, "delete", id="1", _version=2)
        body = write(api, "update", id="1", _version=3, _deleted=False)
        message = body["errors"][0]["message"]
        assert "not defined for input object type 'UpdateTodoInput'" in message
        assert api.ask('{ getTodo(id: "1") { _deleted } }')["data"]["getTodo"]["_deleted"] is True


def test_what_was_written_past_appsync_cannot_be_read_with_its_version():
    """It has no `_version`, which is never null."""
    with Harness(schema=DATASTORE) as api:
        now = "2026-11-23T20:00:00.000Z"
        item = {"id": "1", "name": "a", "__typename": "Todo", "createdAt": now, "updatedAt": now}
        with api.store.writing():
            api.store.put("Todo", ("1",), item, 100)
        body = api.ask('{ getTodo(id: "1") { id _version } }')
        assert body["data"]["getTodo"] is None
        assert body["errors"][0]["message"].startswith("Cannot return null for non-nullable type")
        assert api.ask('{ getTodo(id: "1") { id } }')["data"]["getTodo"] == {"id": "1"}
