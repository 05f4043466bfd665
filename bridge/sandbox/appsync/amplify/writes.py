"""Create, update and delete.

Source: the templates that amplify-category-api generates for @model, @default and @index; AppSync
Developer Guide, "Conflict detection and sync", for types with `_version`.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.sandbox.appsync.amplify.expression_text import compile_checked
from bridge.sandbox.appsync.amplify.keys import Arguments, joined_index_keys, table_key
from bridge.sandbox.appsync.amplify.models import Kind, Model
from bridge.sandbox.appsync.amplify.versions import (
    COUNTED,
    DELTA_LIFETIME,
    EXPECTED,
    TOMBSTONE_LIFETIME,
    ConflictHandler,
    is_conflict,
    merged,
    rejected,
)
from bridge.sandbox.dynamodb.errors import condition_failed
from bridge.sandbox.dynamodb.expressions import Predicate
from bridge.sandbox.dynamodb.store import Item, Store
from bridge.sandbox.dynamodb.values import check_item, check_key

_TOO_LARGE = "Item size has exceeded the maximum allowed size"
_UPDATE_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


@dataclass(frozen=True)
class Moment:
    """One instant as the items record it: at the resolution of a millisecond."""

    millis: int

    @property
    def text(self) -> str:
        """The instant as `$util.time.nowISO8601()` writes it."""
        instant = datetime.fromtimestamp(self.millis / 1000, UTC)
        return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.millis % 1000:03d}Z"


def is_expired(item: Item, now: Moment) -> bool:
    """Returns whether a deleted item's memory has ended."""
    return "_ttl" in item and int(item["_ttl"]) * 1000 <= now.millis


class Writes:
    """Writes to the tables of a store."""

    def __init__(self, store: Store, now: Callable[[], Moment], handler: ConflictHandler) -> None:
        """Takes the tables, the clock, and what is done about conflicts."""
        self._store = store
        self._now = now
        self._handler = handler

    def write(self, kind: Kind, model: Model, arguments: Arguments) -> Item:
        """Returns the item that a mutation returns.

        Raises:
            DynamoDBError: DynamoDB refuses the write.
            ResolverError: The item is of another version.
        """
        match kind:
            case Kind.CREATE:
                return self._create(model, arguments)
            case Kind.UPDATE:
                return self._update(model, arguments)
            case _:
                return self._delete(model, arguments)

    def _create(self, model: Model, arguments: Arguments) -> Item:
        now = self._now()
        given = arguments["input"]
        item = {**model.defaults}
        # A null given for a field with a default is as if it were not given; any other is stored.
        item |= {name: it for name, it in given.items() if it is not None or name not in item}
        item["__typename"] = model.name
        # Whatever the key: `$ctx.stash.defaultValues.put("id", $util.autoId())`.
        if "id" in model.fields and "id" not in item:
            item["id"] = str(uuid.uuid4())
        for name in filter(None, (model.created_at, model.updated_at)):
            if item.get(name) is None:
                item[name] = now.text
        if model.versioned:
            # What a client gives for the version of a new item is not taken.
            item |= {"_version": 1, "_lastChangedAt": now.millis}
        if model.expects_version:
            item[COUNTED] = 1
        item |= joined_index_keys(model, item)
        item |= table_key(model, item)
        for key in model.indexes.values():
            if key.partition in item and item[key.partition] is None:
                del item[key.partition]
        table = model.table
        holds = _condition(model, arguments, exists=False)
        check_key({name: item[name] for name in table.key.names})
        table.check_index_keys(item)
        size = check_item(item, table.key.names, _TOO_LARGE)
        with self._store.writing():
            existing = self._store.get(model.name, table.key_of(item))
            if existing is not None and not is_expired(existing, now):
                raise condition_failed()
            if not holds({}):
                raise condition_failed()
            self._put(model, item, size, now)
        return item

    def _update(self, model: Model, arguments: Arguments) -> Item:
        now = self._now()
        given = dict(arguments["input"])
        version = given.pop("_version", None)
        expected = given.pop(EXPECTED, None) if model.expects_version else None
        key = table_key(model, given)
        check_key(key)
        holds = _condition(model, arguments, exists=True)
        if model.updated_at and given.get(model.updated_at) is None:
            given[model.updated_at] = now.text
        given |= joined_index_keys(model, given)
        model.table.check_index_keys(
            {name: value for name, value in given.items() if value is not None}, updated=True
        )
        with self._store.writing():
            existing = self._existing(model, tuple(key.values()), now)
            is_merge = model.versioned and is_conflict(self._handler, existing, version)
            if is_merge and self._handler is not ConflictHandler.AUTOMERGE:
                raise rejected(existing)
            if not holds(existing) or not _is_expected(model, existing, expected):
                raise condition_failed()
            item = merged(existing, given) if is_merge else {**existing, **given}
            # A null removes the attribute: the template writes REMOVE, not NULL.
            item = {
                name: value for name, value in item.items() if not (name in given and value is None)
            }
            _advance(model, item, now)
            if model.expects_version:
                item[COUNTED] = existing[COUNTED] + 1
            size = check_item(item, model.table.key.names, _UPDATE_TOO_LARGE)
            self._put(model, item, size, now)
        return item

    def _delete(self, model: Model, arguments: Arguments) -> Item:
        now = self._now()
        given = arguments["input"]
        key = table_key(model, given)
        check_key(key)
        holds = _condition(model, arguments, exists=True)
        with self._store.writing():
            existing = self._existing(model, tuple(key.values()), now)
            # Automerge merges no delete: aws-amplify/amplify-cli#4111.
            if model.versioned and is_conflict(self._handler, existing, given.get("_version")):
                raise rejected(existing)
            if not holds(existing) or not _is_expected(model, existing, given.get(EXPECTED)):
                raise condition_failed()
            if not model.versioned:
                self._store.delete(model.name, tuple(key.values()))
                return existing
            # With conflict resolution on, a delete only marks the item, for other clients' sync.
            item = {
                **existing,
                "_deleted": True,
                "_ttl": int(now.millis // 1000 + TOMBSTONE_LIFETIME.total_seconds()),
            }
            _advance(model, item, now)
            size = check_item(item, model.table.key.names, _TOO_LARGE)
            self._put(model, item, size, now)
        return item

    def _existing(self, model: Model, key: tuple[Any, ...], now: Moment) -> Item:
        existing = self._store.get(model.name, key)
        if existing is None or is_expired(existing, now):
            raise condition_failed()
        return existing

    def _put(self, model: Model, item: Item, size: int, now: Moment) -> None:
        self._store.put(model.name, model.table.key_of(item), item, size)
        if model.versioned:
            oldest = now.millis - DELTA_LIFETIME // timedelta(milliseconds=1)
            self._store.log_change(model.name, item, size, now.millis, oldest)


def _condition(model: Model, arguments: Arguments, *, exists: bool) -> Predicate:
    """Returns the test of a mutation's condition.

    The existence check is in the same expression, under `keyCondition1` where the key is not `id`.
    """
    attributes = model.table.key.names
    names = (
        ("id",)
        if attributes == ("id",)
        else tuple(f"keyCondition{index + 1}" for index in range(len(attributes)))
    )
    check: Mapping[str, Any] = {name: {"attributeExists": exists} for name in names}
    return compile_checked(arguments.get("condition"), "ConditionExpression", check)


def _is_expected(model: Model, existing: Item, expected: int | None) -> bool:
    if not model.expects_version:
        return True
    return expected is not None and existing.get(COUNTED) == expected


def _advance(model: Model, item: Item, now: Moment) -> None:
    if model.versioned:
        item["_version"] += 1
        item["_lastChangedAt"] = now.millis
