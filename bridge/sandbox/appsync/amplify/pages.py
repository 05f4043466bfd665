"""Queries of pages: lists, indexes, relations to many, sync.

Source: the templates that amplify-category-api generates for @model, @index and @hasMany; AppSync
Developer Guide, "Sync operations".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bridge.sandbox.appsync.amplify import tokens
from bridge.sandbox.appsync.amplify.expression_text import compile_checked
from bridge.sandbox.appsync.amplify.keys import Arguments, partition_of
from bridge.sandbox.appsync.amplify.models import Model
from bridge.sandbox.appsync.amplify.versions import DELTA_LIFETIME
from bridge.sandbox.appsync.amplify.writes import Moment, is_expired
from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.expressions import Predicate
from bridge.sandbox.dynamodb.store import Page, Store

_DEFAULT_LIMIT = 100
_KIND = "FilterExpression"


@dataclass(frozen=True)
class Connection:
    """A page of items as a field returns it.

    Attributes:
        value: `items`, `nextToken` and `startedAt`.
        items_read: The items read, before the filter.
    """

    value: dict[str, Any]
    items_read: int


class Pages:
    """Reads pages of the tables of a store."""

    def __init__(self, store: Store, now: Callable[[], Moment]) -> None:
        """Takes the tables and the clock."""
        self._store = store
        self._now = now
        self._secret = store.secret("nextToken")

    def scan(self, model: Model, field: str, arguments: Arguments) -> Connection:
        """Returns a page of a table in its own order.

        Args:
            model: The table.
            field: The field's name, to which tokens are bound.
            arguments: The field's.

        Raises:
            DynamoDBError: DynamoDB refuses the query.
            ResolverError: The token is not of this query.
        """
        return self._page(
            arguments,
            field,
            _filter(arguments),
            lambda after, limit: self._store.scan(model.name, after, limit),
        )

    def query(
        self,
        model: Model,
        index: str | None,
        field: str,
        arguments: Arguments,
        fixed: tuple[Any, ...] = (),
    ) -> Connection:
        """Returns a page of a partition, in the order of the sort key.

        Args:
            model: The table.
            index: Its index to read; None for the table itself.
            field: As in `scan`.
            arguments: The field's.
            fixed: For a relation, the values of its first key fields.

        Raises:
            DynamoDBError: DynamoDB refuses the query.
            ResolverError: The token is not of this query.
        """
        partition = partition_of(model, index, arguments, fixed)
        descending = arguments.get("sortDirection") == "DESC"
        _check_filtered(arguments.get("filter") or {}, model.table.schema(index).names)
        return self._page(
            arguments,
            repr((field, index, partition, descending)),
            _filter(arguments),
            lambda after, limit: self._store.query(
                model.name,
                index,
                partition.value,
                partition.sorts,
                after,
                limit,
                descending=descending,
            ),
        )

    def sync(self, model: Model, field: str, arguments: Arguments) -> Connection:
        """Returns a page of what changed: of the base table for a client that was away too long.

        Raises:
            DynamoDBError: DynamoDB refuses the query.
            ResolverError: The token is not of this query.
        """
        since = arguments.get("lastSync") or 0
        oldest = self._now().millis - DELTA_LIFETIME // timedelta(milliseconds=1)
        bound = f"{field} since {since}"
        if since < oldest:
            return self.scan(model, bound, arguments)
        return self._page(
            arguments,
            bound,
            _filter(arguments),
            lambda after, limit: self._store.changes(model.name, since, after, limit),
        )

    def _page(
        self,
        arguments: Arguments,
        bound: str,
        holds: Predicate,
        read: Callable[[bytes | None, int], Page],
    ) -> Connection:
        limit = arguments.get("limit")
        limit = _DEFAULT_LIMIT if limit is None else limit
        if limit < 1:
            raise DynamoDBError("Limit must be greater than or equal to 1")
        token = arguments.get("nextToken")
        now = self._now()
        after, started_at = None, now.millis
        if token:
            place = tokens.unseal(self._secret, bound, token)
            # The token carries when the first page was read: a client syncs from there.
            started_at, after = int.from_bytes(place[:8]), place[8:]
        page = read(after, limit)
        # The filter comes after the limit: it only thins the items that were read.
        items = [item for item in page.items if holds(item) and not is_expired(item, now)]
        last = page.last and started_at.to_bytes(8) + page.last
        return Connection(
            {
                "items": items,
                "nextToken": last and tokens.seal(self._secret, bound, last),
                "startedAt": started_at,
            },
            len(page.items),
        )


def _filter(arguments: Arguments) -> Predicate:
    return compile_checked(arguments.get("filter"), _KIND)


def _check_filtered(given: Mapping[str, Any], key: tuple[str, ...]) -> None:
    """Checks that a query's filter leaves the key alone.

    Raises:
        DynamoDBError: It does not.
    """
    for name in _filtered(given):
        if name in key:
            raise DynamoDBError(
                "Filter Expression can only contain non-primary key attributes: Primary key"
                f" attribute: {name}"
            )


def _filtered(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        if name in {"and", "or"}:
            for part in value or ():
                yield from _filtered(part or {})
        elif name == "not":
            yield from _filtered(value or {})
        elif value:
            yield name
