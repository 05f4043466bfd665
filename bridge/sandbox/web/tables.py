"""What a developer does to the tables by hand: an item changed or deleted, a table emptied.

As in DynamoDB's own console no resolver stands between: what is written need not fit the schema.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.store import Store, position
from bridge.sandbox.dynamodb.tables import Table
from bridge.sandbox.dynamodb.values import check_item
from bridge.sandbox.web.json_reply import JsonReply

_TOO_LARGE = "Item size has exceeded the maximum allowed size"


class TableFault(ValueError):
    """What was asked of a table cannot be done; the message says why.

    Attributes:
        status: The reply's.
    """

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        """Takes the reason."""
        super().__init__(message)
        self.status = status


def table_routes(store: Store) -> list[Route]:
    """Returns the routes that change tables, all under /_admin/tables."""

    async def all_tables(_request: Request) -> Response:
        """Empties every table."""
        return await _done(lambda: store.clear(*(table.name for table in store.tables())))

    async def one_table(request: Request) -> Response:
        """Empties a table."""
        name = request.path_params["table"]
        return await _done(lambda: store.clear(name))

    async def one_item(request: Request) -> Response:
        """Replaces an item, or deletes it."""
        name, place = request.path_params["table"], request.path_params["place"]
        body = await request.body()
        if request.method == "PUT":
            return await _done(lambda: replace_item(store, name, place, body))
        return await _done(lambda: delete_item(store, name, place))

    return [
        Route("/_admin/tables", all_tables, methods=["DELETE"]),
        Route("/_admin/tables/{table}", one_table, methods=["DELETE"]),
        Route("/_admin/tables/{table}/{place}", one_item, methods=["PUT", "DELETE"]),
    ]


def replace_item(store: Store, name: str, place: str, body: bytes) -> None:
    """Writes an item in place of the one that is there.

    Args:
        store: The tables.
        name: The table's name.
        place: The item's position, in hexadecimal.
        body: All attributes, as a JSON object; its key is the item's own.

    Raises:
        TableFault: There is no such item, or DynamoDB would not store the new one.
    """
    try:
        item = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise TableFault(f"not JSON: {error}") from error
    if not isinstance(item, dict):
        raise TableFault("an item is a JSON object")
    with store.writing():
        table, key = _key_at(store, name, place)
        if any(name not in item for name in table.key.names) or table.key_of(item) != key:
            raise TableFault("the key stays: delete the item, and create another one")
        try:
            size = check_item(item, table.key.names, _TOO_LARGE)
            table.check_index_keys(item)
        except DynamoDBError as error:
            raise TableFault(str(error)) from error
        store.put(name, key, item, size)


def delete_item(store: Store, name: str, place: str) -> None:
    """Deletes an item.

    Raises:
        TableFault: There is no such item.
    """
    with store.writing():
        _, key = _key_at(store, name, place)
        store.delete(name, key)


def _key_at(store: Store, name: str, place: str) -> tuple[Table, tuple[Any, ...]]:
    table = store.table(name)
    item = store.at(name, place) if table else None
    if table is None or item is None:
        raise TableFault(f"{name} has no such item; it may have been deleted", HTTPStatus.NOT_FOUND)
    return table, table.key_of(item)


def place_of(table: Table, item: dict[str, Any]) -> str:
    """Returns an item's position in its table, in hexadecimal."""
    return position(table.key_of(item)).hex()


async def _done(work: Callable[[], object]) -> Response:
    try:
        await run_in_threadpool(work)
    except TableFault as fault:
        return JsonReply({"error": str(fault)}, fault.status)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
