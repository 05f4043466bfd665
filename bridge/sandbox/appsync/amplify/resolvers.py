"""What Amplify's resolvers do with a model's table.

Source: the templates that amplify-category-api generates for @model, and AppSync's "Conflict
detection and sync" for types with `_version`.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bridge.sandbox.appsync.amplify import tokens
from bridge.sandbox.appsync.amplify.expression_text import compile_checked
from bridge.sandbox.appsync.amplify.models import Kind, Model, Operation
from bridge.sandbox.appsync.messages import ResolverError
from bridge.sandbox.dynamodb.errors import DynamoDBError, condition_failed
from bridge.sandbox.dynamodb.expressions import Predicate
from bridge.sandbox.dynamodb.store import Item, Store
from bridge.sandbox.dynamodb.values import check_item, check_key

Arguments: TypeAlias = Mapping[str, Any]

_DEFAULT_LIMIT = 100
_KNOWN_ARGUMENTS = {"filter", "limit", "nextToken", "lastSync"}


@dataclass(frozen=True)
class Moment:
    """One instant as the items record it: at the resolution of a millisecond."""

    millis: int

    @property
    def text(self) -> str:
        """The instant as `$util.time.nowISO8601()` writes it."""
        instant = datetime.fromtimestamp(self.millis / 1000, UTC)
        return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.millis % 1000:03d}Z"


class Resolvers:
    """Runs recognised operations on a store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """Takes the tables and a clock of aware UTC times."""
        self._store = store
        self._clock = clock
        self._secret = store.secret("nextToken")

    def run(self, operation: Operation, field: str, arguments: Arguments) -> Any:
        """Returns the value of a root field.

        Args:
            operation: What the field does.
            field: Its name, to which its tokens are bound.
            arguments: As the schema coerced them.

        Raises:
            ResolverError: The conflict handler refused.
            DynamoDBError: DynamoDB did.
            NoResult: The field is null without an error.
        """
        model = operation.model
        match operation.kind:
            case Kind.CREATE:
                return self._create(model, arguments)
            case Kind.UPDATE:
                return self._update(model, arguments)
            case Kind.DELETE:
                return self._delete(model, arguments)
            case Kind.GET:
                check_key(arguments)
                return self._store.get(model.name, tuple(arguments[name] for name in model.key))
            case _:
                return self._list(model, field, arguments)

    def _now(self) -> Moment:
        return Moment(int(self._clock().timestamp() * 1000))

    def _create(self, model: Model, arguments: Arguments) -> Item:
        now = self._now()
        item = {**arguments["input"], "__typename": model.name}
        if model.key == ("id",) and "id" not in item:
            item["id"] = str(uuid.uuid4())
        for name in ("createdAt", "updatedAt"):
            if name in model.fields and item.get(name) is None:
                item[name] = now.text
        if model.versioned:
            item |= {"_version": 1, "_lastChangedAt": now.millis}
        holds = _condition(model, arguments, exists=False)
        size = check_item(item, model.key, "Item size has exceeded the maximum allowed size")
        key = tuple(item[name] for name in model.key)
        with self._store.writing():
            if self._store.get(model.name, key) is not None or not holds({}):
                raise condition_failed()
            self._store.put(model.name, key, item, size, now.millis)
        return item

    def _update(self, model: Model, arguments: Arguments) -> Item:
        now = self._now()
        given = dict(arguments["input"])
        version = given.pop("_version", None)
        key = tuple(given[name] for name in model.key)
        check_key({name: given[name] for name in model.key})
        holds = _condition(model, arguments, exists=True)
        if "updatedAt" in model.fields and given.get("updatedAt") is None:
            given["updatedAt"] = now.text
        with self._store.writing():
            existing = self._store.get(model.name, key)
            if existing is None:
                raise condition_failed()
            _check_version(model, existing, version)
            if not holds(existing):
                raise condition_failed()
            # A null removes the attribute: the template writes REMOVE, not NULL.
            item = {
                name: value
                for name, value in {**existing, **given}.items()
                if not (name in given and value is None)
            }
            _advance(model, item, now)
            size = check_item(
                item, model.key, "Item size to update has exceeded the maximum allowed size"
            )
            self._store.put(model.name, key, item, size, now.millis)
        return item

    def _delete(self, model: Model, arguments: Arguments) -> Item:
        now = self._now()
        given = arguments["input"]
        key = tuple(given[name] for name in model.key)
        check_key({name: given[name] for name in model.key})
        holds = _condition(model, arguments, exists=True)
        with self._store.writing():
            existing = self._store.get(model.name, key)
            if existing is None:
                raise condition_failed()
            _check_version(model, existing, given.get("_version"))
            if not holds(existing):
                raise condition_failed()
            if not model.versioned:
                self._store.delete(model.name, key)
                return existing
            # With conflict resolution on, a delete only marks the item, for other clients' sync.
            item = {**existing, "_deleted": True}
            _advance(model, item, now)
            size = check_item(item, model.key, "Item size has exceeded the maximum allowed size")
            self._store.put(model.name, key, item, size, now.millis)
        return item

    def _list(self, model: Model, field: str, arguments: Arguments) -> dict[str, Any]:
        unknown = [
            name
            for name, value in arguments.items()
            if name not in _KNOWN_ARGUMENTS and value is not None
        ]
        if unknown:
            raise unsupported(f"the argument {unknown[0]} of {field}")
        limit = arguments.get("limit")
        limit = _DEFAULT_LIMIT if limit is None else limit
        if limit < 1:
            raise DynamoDBError("Limit must be greater than or equal to 1")
        since = max(arguments.get("lastSync") or 0, 0)
        bound = f"{field} since {since}" if since else field
        token = arguments.get("nextToken")
        after = tokens.unseal(self._secret, bound, token) if token else None
        holds = compile_checked(arguments.get("filter"), "FilterExpression")
        started_at = self._now().millis
        # The filter comes after the limit: it only thins the items that were read.
        page = (
            self._store.changes(model.name, since, after, limit)
            if since
            else self._store.scan(model.name, after, limit)
        )
        return {
            "items": [item for item in page.items if holds(item)],
            "nextToken": page.last and tokens.seal(self._secret, bound, page.last),
            "startedAt": started_at,
        }


def _condition(model: Model, arguments: Arguments, *, exists: bool) -> Predicate:
    """Returns the test of a mutation's condition.

    The existence check is in the same expression, under `keyCondition1` where the key is not `id`.
    """
    names = (
        ("id",)
        if model.key == ("id",)
        else tuple(f"keyCondition{index + 1}" for index in range(len(model.key)))
    )
    check = {name: {"attributeExists": exists} for name in names}
    return compile_checked(arguments.get("condition"), "ConditionExpression", check)


def unsupported(what: str) -> ResolverError:
    """Returns the error for what Amplify resolves and the sandbox does not."""
    return ResolverError("SandboxUnsupported", f"The sandbox does not resolve {what}.")


def _check_version(model: Model, existing: Item, version: int | None) -> None:
    """Raises ConflictUnhandled unless the version is the item's own.

    AppSync's optimistic concurrency: a missing version is as wrong as a stale one, and the error
    carries no data (aws-amplify/amplify-category-api#2197).
    """
    if model.versioned and version != existing["_version"]:
        raise ResolverError("ConflictUnhandled", "Conflict resolver rejects mutation.")


def _advance(model: Model, item: Item, now: Moment) -> None:
    if model.versioned:
        item["_version"] += 1
        item["_lastChangedAt"] = now.millis
