"""Account B's tables on one SQLite file: what DynamoDB is to AppSync.

Items are rows of JSON, placed by a hash of their key: a scan's order looks arbitrary, as
DynamoDB's does, but is stable, and a page is read from where the last one ended, so its cost
does not grow with the table. A query reads the entries of its partition, which stand in the order
of the sort key, and of the items those that they name. One connection behind a lock serves all
threads; a write is on the disk (WAL, synchronous=FULL) before its caller goes on.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self, TypeAlias

from bridge.sandbox.dynamodb.conditions import SortRange
from bridge.sandbox.dynamodb.tables import Table, sortable

Item: TypeAlias = dict[str, Any]

# Source: a Scan or Query reads at most 1 MB of items (DynamoDB Developer Guide, "Scan").
SCAN_BYTES = 1024 * 1024
_POSITION_BYTES = 16

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    model TEXT NOT NULL,
    position BLOB NOT NULL,
    size INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (model, position)
);
CREATE TABLE IF NOT EXISTS delta (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS delta_by_time ON delta (model, changed_at, number);
CREATE TABLE IF NOT EXISTS entries (
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    partition BLOB NOT NULL,
    sort BLOB NOT NULL,
    position BLOB NOT NULL,
    PRIMARY KEY (model, name, partition, sort, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_of_items ON entries (model, position);
CREATE TABLE IF NOT EXISTS definitions (model TEXT PRIMARY KEY, keys TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


@dataclass(frozen=True)
class Page:
    """The items that one scan read, and where the next one begins.

    Attributes:
        items: The items read, before any filter.
        last: The place of the last item read; None when the scan came to the table's end.
    """

    items: tuple[Item, ...]
    last: bytes | None


@dataclass(frozen=True)
class TableSummary:
    """What a table is.

    Attributes:
        name: Its name.
        items: The number of its items.
        bytes: Theirs, as DynamoDB counts them.
        key: The attributes of its key; none where it was never defined.
        indexes: The attributes of each index's key.
    """

    name: str
    items: int
    bytes: int
    key: tuple[str, ...] = ()
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Store:
    """The tables of one account B."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Takes over the connection; `open` makes it."""
        self._connection = connection
        self._lock = threading.RLock()
        self._tables: Mapping[str, Table] = {}

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Returns the store in this file, which is made when it is missing.

        Args:
            path: The database file, or ":memory:".
        """
        # Transactions are begun and committed in `writing` alone: isolation_level None keeps the
        # driver from opening its own.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
        _upgrade(connection)
        return cls(connection)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def define(self, tables: Iterable[Table]) -> None:
        """Makes these the tables' keys; items that are there already get their index entries.

        A table that was never defined has no index: it is read by key and by scan.
        """
        self._tables = {table.name: table for table in tables}
        with self.writing():
            defined = dict(self._connection.execute("SELECT model, keys FROM definitions"))
            for table in self._tables.values():
                keys = repr((table.key, sorted(table.indexes.items())))
                if defined.get(table.name) != keys:
                    self._reindex(table)
                    self._connection.execute(
                        "INSERT OR REPLACE INTO definitions VALUES (?, ?)", (table.name, keys)
                    )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Makes what is read and written inside one atomic step, committed at the end."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def get(self, model: str, key: tuple[Any, ...]) -> Item | None:
        """Returns the item of this key, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM items WHERE model = ? AND position = ?", (model, position(key))
            ).fetchone()
        return None if row is None else _item(row[0])

    def at(self, model: str, place: str) -> Item | None:
        """Returns the item at this position, in hexadecimal, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM items WHERE model = ? AND hex(position) = upper(?)",
                (model, place),
            ).fetchone()
        return None if row is None else _item(row[0])

    def put(self, model: str, key: tuple[Any, ...], item: Mapping[str, Any], size: int) -> None:
        """Writes the item over any of the same key; call it inside `writing`.

        Args:
            model: The table.
            key: The values of its key.
            item: All attributes.
            size: Its bytes as DynamoDB counts them.
        """
        place = position(key)
        self._connection.execute(
            "INSERT INTO items (model, position, size, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (model, position) DO UPDATE SET"
            " size = excluded.size, body = excluded.body",
            (model, place, size, json.dumps(item, separators=(",", ":"))),
        )
        self._remove_entries(model, place)
        self._add_entries(model, place, item)

    def delete(self, model: str, key: tuple[Any, ...]) -> None:
        """Removes the item of this key, if there is one; call it inside `writing`."""
        place = position(key)
        self._connection.execute(
            "DELETE FROM items WHERE model = ? AND position = ?", (model, place)
        )
        self._remove_entries(model, place)

    def clear(self, *models: str) -> None:
        """Removes all items of tables, and what their delta tables tell of them."""
        named = [(model,) for model in models]
        with self.writing():
            self._connection.executemany("DELETE FROM items WHERE model = ?", named)
            self._connection.executemany("DELETE FROM entries WHERE model = ?", named)
            self._connection.executemany("DELETE FROM delta WHERE model = ?", named)

    def scan(self, model: str, after: bytes | None, limit: int) -> Page:
        """Returns the next items in the table's own order.

        Args:
            model: The table.
            after: The `last` of the page before, or None to begin.
            limit: The most items to read; 1 MB of them end a page as well.
        """
        with self._lock:
            rows = self._connection.execute(
                "SELECT position, size, body FROM items WHERE model = ? AND position > ?"
                " ORDER BY position LIMIT ?",
                (model, after or b"", limit),
            )
            return _page(((row[0], row[1], row[2]) for row in rows), limit)

    def query(
        self,
        model: str,
        index: str | None,
        partition: str | float,
        sorts: SortRange,
        after: bytes | None,
        limit: int,
        *,
        descending: bool = False,
    ) -> Page:
        """Returns the next items of a partition in the order of the sort key.

        Args:
            model: A defined table.
            index: One of its indexes; None for the table itself.
            partition: The value of the partition key.
            sorts: The range of sort keys.
            after: The `last` of the page before, or None to begin.
            limit: As in `scan`.
            descending: Whether the greatest sort key comes first.
        """
        ends, values = _ends(sorts, after, descending=descending)
        order = "DESC" if descending else "ASC"
        with self._lock:
            rows = self._connection.execute(
                "SELECT entries.sort, entries.position, size, body FROM entries CROSS JOIN items"  # noqa: S608 - of fixed parts
                " ON items.model = entries.model AND items.position = entries.position"
                f" WHERE entries.model = ? AND name = ? AND partition = ?{ends}"
                f" ORDER BY entries.sort {order}, entries.position {order} LIMIT ?",
                (model, index or "", sortable(partition), *values, limit),
            )
            return _page(((row[1] + row[0], row[2], row[3]) for row in rows), limit)

    def log_change(
        self, model: str, item: Mapping[str, Any], size: int, changed_at: int, forget_before: int
    ) -> None:
        """Writes the item as it is now to the delta table; call it inside `writing`.

        Args:
            model: The table.
            item: All attributes.
            size: Its bytes as DynamoDB counts them.
            changed_at: Milliseconds since the epoch.
            forget_before: The same: what changed before is forgotten.
        """
        self._connection.execute(
            "INSERT INTO delta (model, changed_at, size, body) VALUES (?, ?, ?, ?)",
            (model, changed_at, size, json.dumps(item, separators=(",", ":"))),
        )
        self._connection.execute(
            "DELETE FROM delta WHERE model = ? AND changed_at < ?", (model, forget_before)
        )

    def changes(self, model: str, since: int, after: bytes | None, limit: int) -> Page:
        """Returns the next changes at or after `since`, the oldest first.

        Args:
            model: The table.
            since: Milliseconds since the epoch.
            after: The `last` of the page before, or None to begin.
            limit: As in `scan`.
        """
        first, number = (since, 0) if after is None else _split(after)
        with self._lock:
            rows = self._connection.execute(
                "SELECT changed_at, number, size, body FROM delta"
                " WHERE model = ? AND (changed_at, number) > (?, ?)"
                " ORDER BY changed_at, number LIMIT ?",
                (model, first, number, limit),
            )
            return _page(((r[0].to_bytes(8) + r[1].to_bytes(8), r[2], r[3]) for r in rows), limit)

    def _reindex(self, table: Table) -> None:
        self._connection.execute("DELETE FROM entries WHERE model = ?", (table.name,))
        rows = self._connection.execute(
            "SELECT position, body FROM items WHERE model = ?", (table.name,)
        )
        for place, body in rows.fetchall():
            self._add_entries(table.name, place, _item(body))

    def _add_entries(self, model: str, place: bytes, item: Mapping[str, Any]) -> None:
        table = self._tables.get(model)
        if table is not None:
            self._connection.executemany(
                "INSERT INTO entries (model, name, partition, sort, position)"
                " VALUES (?, ?, ?, ?, ?)",
                [(model, *entry, place) for entry in table.entries(item)],
            )

    def _remove_entries(self, model: str, place: bytes) -> None:
        self._connection.execute(
            "DELETE FROM entries WHERE model = ? AND position = ?", (model, place)
        )

    def table(self, name: str) -> Table | None:
        """Returns a defined table."""
        return self._tables.get(name)

    def tables(self) -> tuple[TableSummary, ...]:
        """Returns a summary of each table that is defined or holds an item, by name."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT model, count(*), sum(size) FROM items GROUP BY model"
            ).fetchall()
        sizes = dict.fromkeys(self._tables, (0, 0)) | {row[0]: row[1:] for row in rows}
        return tuple(
            TableSummary(name, items, size, *self._keys(self._tables.get(name)))
            for name, (items, size) in sorted(sizes.items())
        )

    @staticmethod
    def _keys(table: Table | None) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
        if table is None:
            return (), {}
        return table.key.names, {name: key.names for name, key in table.indexes.items()}

    def secret(self, name: str) -> bytes:
        """Returns this store's random 32-byte secret of that name, the same at every opening."""
        with self.writing():
            self._connection.execute(
                "INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING",
                (name, secrets.token_bytes(32)),
            )
            row = self._connection.execute(
                "SELECT value FROM secrets WHERE name = ?", (name,)
            ).fetchone()
            return bytes(row[0])


def _upgrade(connection: sqlite3.Connection) -> None:
    """Takes from a file of an earlier sandbox what nothing writes any more."""
    columns = [row[1] for row in connection.execute("PRAGMA table_info(items)")]
    if "changed_at" in columns:
        connection.execute("DROP INDEX IF EXISTS changes")
        connection.execute("ALTER TABLE items DROP COLUMN changed_at")


def position(key: tuple[Any, ...]) -> bytes:
    """Returns the 16 bytes that place the item of this key in its table."""
    return blake2b(json.dumps(key).encode(), digest_size=_POSITION_BYTES).digest()


def _ends(
    sorts: SortRange, after: bytes | None, *, descending: bool
) -> tuple[str, tuple[bytes, ...]]:
    """Returns SQL for both ends of a range of sort keys, and its values.

    The place of the page before lies within the range and so takes the place of the end that the
    reading began from.
    """
    text = ""
    values: list[bytes] = []
    if after is not None:
        text += f" AND (entries.sort, entries.position) {'<' if descending else '>'} (?, ?)"
        values += [after[_POSITION_BYTES:], after[:_POSITION_BYTES]]
    if sorts.low is not None and (after is None or descending):
        text += f" AND entries.sort {'>=' if sorts.includes_low else '>'} ?"
        values.append(sorts.low)
    if sorts.high is not None and (after is None or not descending):
        text += f" AND entries.sort {'<=' if sorts.includes_high else '<'} ?"
        values.append(sorts.high)
    return text, tuple(values)


def _split(place: bytes) -> tuple[int, int]:
    return int.from_bytes(place[:8]), int.from_bytes(place[8:])


def _item(body: str) -> Item:
    item: Item = json.loads(body)
    return item


def _page(rows: Iterator[tuple[bytes, int, str]], limit: int) -> Page:
    items: list[Item] = []
    read = 0
    for place, size, body in rows:
        items.append(_item(body))
        read += size
        # The item that crosses the line is still part of the page, and so is a token, even when
        # it was the table's last: only an empty read knows that the table has ended.
        if len(items) == limit or read >= SCAN_BYTES:
            return Page(tuple(items), place)
    return Page(tuple(items), None)
