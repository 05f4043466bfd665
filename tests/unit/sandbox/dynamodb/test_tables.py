"""Keys: their order, and what a query reads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sandbox.dynamodb.conditions import EVERY_KEY, sort_range
from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.store import SCAN_BYTES, Store
from bridge.sandbox.dynamodb.tables import Attribute, KeySchema, Table, sortable

BY_NUMBER = KeySchema(Attribute("owner"), Attribute("number", "N"))
TABLE = Table(
    "Thing",
    KeySchema(Attribute("shelf"), Attribute("place")),
    {"byNumber": BY_NUMBER, "byOwner": KeySchema(Attribute("owner"))},
)
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)
)


@pytest.fixture
def store():
    """Returns an empty store that knows the table."""
    opened = Store.open(":memory:")
    opened.define([TABLE])
    yield opened
    opened.close()


def put(store: Store, size: int = 10, **item: Any) -> None:
    """Writes an item."""
    with store.writing():
        store.put("Thing", TABLE.key_of(item), item, size)


@given(NUMBERS, NUMBERS)
def test_numbers_sort_as_numbers(left, right):
    """Whatever their sign, size and kind."""
    assert (sortable(left) < sortable(right)) is (left < right)
    assert (sortable(left) == sortable(right)) is (left == right)


@given(st.text(), st.text())
def test_texts_sort_by_their_bytes(left, right):
    """As DynamoDB orders strings."""
    assert (sortable(left) < sortable(right)) is (
        left.encode("utf-8", "surrogatepass") < right.encode("utf-8", "surrogatepass")
    )


def test_an_index_holds_only_items_with_all_of_its_key(store):
    """An item moves with its key, and leaves the index without it."""
    put(store, shelf="s", place="1", owner="ann", number=2)
    put(store, shelf="s", place="2", owner="ann")

    def read(owner):
        found = store.query("Thing", "byNumber", owner, EVERY_KEY, None, 9).items
        return [item["place"] for item in found]

    assert read("ann") == ["1"]
    put(store, shelf="s", place="1", owner="bob", number=2)
    assert (read("ann"), read("bob")) == ([], ["1"])
    put(store, shelf="s", place="1", owner="bob")
    assert read("bob") == []
    with store.writing():
        store.delete("Thing", ("s", "2"))
    assert store.query("Thing", "byOwner", "ann", EVERY_KEY, None, 9).items == ()


def test_an_index_that_is_defined_later_holds_the_items_of_before(store):
    """As DynamoDB fills a new index; one that is gone is forgotten."""
    put(store, shelf="s", place="1", owner="ann", number=2, colour="red")
    by_colour = KeySchema(Attribute("colour"))
    store.define([Table("Thing", TABLE.key, {"byColour": by_colour})])
    found = store.query("Thing", "byColour", "red", EVERY_KEY, None, 9)
    assert [item["place"] for item in found.items] == ["1"]
    assert store.query("Thing", "byNumber", "ann", EVERY_KEY, None, 9).items == ()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("operation", "operands"), [("ge", ["a"]), ("lt", ["z"]), ("between", ["a", "z"]), (None, [])]
)
def test_a_page_of_a_partition_reads_its_own_rows_and_no_others(
    store, descending, after, operation, operands
):
    """The query plan: a search of the entries by partition and place, no scan, no sorting."""
    put(store, shelf="s", place="m")
    put(store, shelf="s", place="n")
    last = store.query("Thing", None, "s", EVERY_KEY, None, 1).last if after else None
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)
    sorts = sort_range(operation, operands) if operation else EVERY_KEY
    store.query("Thing", None, "s", sorts, last, 5, descending=descending)
    store._connection.set_trace_callback(None)
    (statement,) = statements
    plan = [row[3] for row in store._connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert len(plan) == 2
    entries, items = plan
    assert entries.startswith(
        "SEARCH entries USING PRIMARY KEY (model=? AND name=? AND partition=?"
    )
    assert ("sort" in entries) is (after or operation is not None)
    assert items.startswith("SEARCH items USING INDEX")
    assert items.endswith("(model=? AND position=?)")


def test_a_page_ends_at_a_megabyte_of_items(store):
    """The item that crosses the line is still part of it, and the next page goes on after it."""
    for number in range(7):
        put(store, SCAN_BYTES // 3, shelf="s", place=str(number))
    places: list[list[str]] = []
    last = None
    while True:
        page = store.query("Thing", None, "s", EVERY_KEY, last, 100)
        places.append([item["place"] for item in page.items])
        last = page.last
        if last is None:
            break
    assert places == [["0", "1", "2", "3"], ["4", "5", "6"]]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"owner": ""}, "cannot contain an empty string value. IndexName: byNumber"),
        ({"owner": "a", "number": None}, "Type mismatch for Index Key number Expected: N"),
        ({"owner": "a", "number": "7"}, "Expected: N Actual: S IndexName: byNumber"),
    ],
)
def test_an_index_key_of_another_kind_is_refused(item, text):
    """DynamoDB checks each attribute that is an index's key, though the item may not be in it."""
    with pytest.raises(DynamoDBError, match=text):
        TABLE.check_index_keys(item)
