"""The store on a real file."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.sandbox.dynamodb.store import Store, TableSummary
from bridge.sandbox.dynamodb.tables import Attribute, KeySchema, Table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Returns an empty store."""
    opened = Store.open(tmp_path / "b.sqlite")
    yield opened
    opened.close()


def put(store: Store, *ids: str, table: str = "Todo") -> None:
    """Writes small items in one transaction."""
    with store.writing():
        for each in ids:
            store.put(table, (each,), {"id": each}, 10)


def test_what_was_written_is_there_after_reopening(tmp_path):
    """A second opening of the same file sees the items and the same secrets."""
    path = tmp_path / "b.sqlite"
    store = Store.open(path)
    put(store, "a\ud800", "b")
    secret = store.secret("tokens")
    store.close()
    store = Store.open(path)
    assert store.get("Todo", ("a\ud800",)) == {"id": "a\ud800"}
    assert store.get("Other", ("b",)) is None
    assert store.secret("tokens") == secret != store.secret("other")
    store.close()


def test_the_file_is_written_through_at_each_commit(store):
    """WAL with synchronous=FULL: a commit waits for the disk."""
    (mode,) = store._connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = store._connection.execute("PRAGMA synchronous").fetchone()
    assert (mode, synchronous) == ("wal", 2)


def test_a_failed_step_leaves_nothing_behind(store):
    """Everything inside `writing` happens, or nothing does."""
    put(store, "a")

    def fail() -> None:
        with store.writing():
            store.delete("Todo", ("a",))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.get("Todo", ("a",)) == {"id": "a"}


def test_pages_give_each_item_once_in_a_stable_order(store):
    """Reading on from `last` meets every item, whatever the limit."""
    put(store, *(str(n) for n in range(50)))
    put(store, "x", table="Other")

    def read(limit: int) -> list[str]:
        ids: list[str] = []
        last = None
        while True:
            page = store.scan("Todo", last, limit)
            ids.extend(item["id"] for item in page.items)
            last = page.last
            if last is None:
                return ids

    assert read(7) == read(50) == read(1000)
    assert sorted(read(7), key=int) == [str(n) for n in range(50)]
    assert read(7) != sorted(read(7), key=int)


def test_changes_come_oldest_first_and_page_by_page(store):
    """Changes at `since` are among them, older ones are not, forgotten ones neither."""
    with store.writing():
        for moment in (4, 5, 6, 7):
            for each in "ab":
                store.log_change("Todo", {"id": f"{moment}{each}"}, 10, moment, moment - 2)
    assert [item["id"][0] for item in store.changes("Todo", 0, None, 9).items] == [*"556677"]
    page = store.changes("Todo", 6, None, 3)
    rest = store.changes("Todo", 6, page.last, 3)
    assert [item["id"][0] for item in (*page.items, *rest.items)] == ["6", "6", "7", "7"]
    assert rest.last is None


def test_tables_tells_items_and_bytes(store):
    """The console page shows this summary."""
    put(store, "a", "b")
    put(store, "c", table="Other")
    assert store.tables() == (TableSummary("Other", 1, 10), TableSummary("Todo", 2, 20))


def test_tables_tells_keys(store):
    """Of a table that is defined, its own and those of its indexes."""
    key = KeySchema(Attribute("id"))
    by_name = KeySchema(Attribute("name"), Attribute("rank", "N"))
    store.define([Table("Todo", key, {"byName": by_name})])
    put(store, "a")
    (summary,) = store.tables()
    assert (summary.key, dict(summary.indexes)) == (("id",), {"byName": ("name", "rank")})


def test_a_check_and_its_write_are_one_step_among_threads(store):
    """Of many threads that create the same key, one succeeds."""

    def create(_: int) -> bool:
        with store.writing():
            if store.get("Todo", ("same",)) is not None:
                return False
            store.put("Todo", ("same",), {"id": "same"}, 10)
            return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(create, range(64))) == 1


def test_a_page_of_a_large_table_costs_what_a_page_of_a_small_one_does(store):
    """3,000 items are listed page by page; the database takes as many steps for each page."""
    put(store, *(str(n) for n in range(3_000)))
    taken = itertools.count()
    # Called before each step of the database's virtual machine; a true answer would stop it.
    store._connection.set_progress_handler(lambda: next(taken) < 0, 1)
    steps: list[int] = []
    count, last = 0, None
    while True:
        before = next(taken)
        page = store.scan("Todo", last, 100)
        steps.append(next(taken) - before)
        count += len(page.items)
        last = page.last
        if last is None:
            break
    assert count == 3_000
    *full, _end = steps
    assert len(full) == 30
    assert 100 < max(full) < 1.1 * min(full)
