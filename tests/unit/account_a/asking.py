"""What many tests of the gateway do: make items, read bodies, name problems."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib import errors
from chalicelib.errors import GatewayError, Violation
from chalicelib.rest.messages import RestResponse
from chalicelib.rest.problems import TYPE_PREFIX
from tests.support.account_b import Rest


def body_of(response: RestResponse) -> Any:
    """Returns the parsed body."""
    return json.loads(response.body)


def slug_of(response: RestResponse) -> str:
    """Returns the end of the problem's type, after checking that the body is a whole problem."""
    problem = body_of(response)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == response.status
    assert problem["title"]
    assert problem["detail"]
    assert problem["requestId"] == "request-1"
    assert problem["type"].startswith(TYPE_PREFIX)
    return str(problem["type"].removeprefix(TYPE_PREFIX))


def places_of(response: RestResponse) -> list[str]:
    """Returns where a 400's violations are, sorted: parameters, headers and pointers."""
    assert response.status == 400, response.body
    problem = body_of(response)
    return sorted(
        next(each[key] for key in ("parameter", "header", "pointer") if key in each)
        for each in problem["errors"]
    )


def create(rest: Rest, **fields: Any) -> RestResponse:
    """Returns the response to the creation of a todo, which must succeed."""
    response = rest.send("POST", "/todos", json.dumps({"name": "milk", **fields}))
    assert response.status == 201, response.body
    return response


def create_many(rest: Rest, items: list[Mapping[str, Any]]) -> None:
    """Puts todos straight into account B's store, thousands of them in no time."""
    now = "2026-11-23T20:00:00.000Z"
    with rest.store.writing():
        for given in items:
            item = {"id": str(uuid.uuid4()), "name": "milk", **given, "__typename": "Todo"}
            stamped = {**item, "createdAt": now, "updatedAt": now}
            rest.store.put("Todo", (item["id"],), stamped, len(json.dumps(stamped)))


def delete_many(rest: Rest, items: list[Mapping[str, Any]]) -> None:
    """Takes todos straight out of account B's store, which must hold them."""
    with rest.store.writing():
        for item in items:
            assert rest.store.get("Todo", (item["id"],)) is not None
            rest.store.delete("Todo", (item["id"],))


def break_name(rest: Rest, item_id: str) -> None:
    """Writes null where the schema says never null, as Amplify lets anybody do."""
    rest.graphql(f'mutation {{ updateTodo(input: {{id: "{item_id}", name: null}}) {{ id }} }}')


def stored(rest: Rest, item_id: str) -> dict[str, Any] | None:
    """Returns the todo that account B holds, past the gateway."""
    fields = "id name description done priority dueAt createdAt updatedAt"
    reply = rest.graphql(
        f"query Q($id: ID!) {{ getTodo(id: $id) {{ {fields} }} }}", {"id": item_id}
    )
    item: dict[str, Any] | None = reply["data"]["getTodo"]
    return item


def stored_ids(rest: Rest) -> list[str]:
    """Returns the ids of all todos that account B holds, past the gateway."""
    reply = rest.graphql("{ listTodos(limit: 1000) { items { id } } }")
    return sorted(item["id"] for item in reply["data"]["listTodos"]["items"])


def pages_of(rest: Rest, query: Mapping[str, str], bound: int = 2500) -> Iterator[Any]:
    """Gives the pages of a list, following nextCursor; the list must end within the bound."""
    cursor: dict[str, str] = {}
    for _ in range(bound):
        response = rest.send("GET", "/todos", query={**query, **cursor})
        assert response.status == 200, response.body
        page = body_of(response)
        yield page
        if "nextCursor" not in page:
            return
        cursor = {"cursor": page["nextCursor"]}
    raise AssertionError("the list did not end")


def an_error(cls: type[GatewayError], message: str) -> GatewayError:
    """Returns an error of this class with this message, where it has one of its own."""
    if cls is errors.InvalidRequest:
        return errors.InvalidRequest([Violation("pointer", "/a", "is unknown")])
    if cls is errors.MethodNotAllowed:
        return errors.MethodNotAllowed(["GET"])
    if cls is errors.UnsupportedMediaType:
        return errors.UnsupportedMediaType(["application/json"], patch=False)
    if cls is errors.ConfigurationError:
        return errors.ConfigurationError([message])
    if cls is errors.AppSyncDenied:
        return errors.AppSyncDenied(403, message)
    if issubclass(cls, errors.TransportError):
        return cls("AppSync", message)
    return cls(message)
