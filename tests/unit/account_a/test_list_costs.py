"""Lists read no more than a cursor can name, and their cursors are always taken back."""

import json
from typing import Any

import pytest

from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.log import log_line
from chalicelib.translation.cursor import (
    MAX_CURSOR_CHARACTERS,
    USUAL_CURSOR_CHARACTERS,
    Cursor,
    decode_cursor,
    encode_cursor,
    key_hash,
    room_for_hashes,
)
from tests.support.account_b import Rest
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of, create_many, delete_many


def test_no_full_page_is_read_and_thrown_away(rest: Rest) -> None:
    """At the largest page and nearly all matching, every upstream page is given from."""
    create_many(rest, [{"id": f"i{n:04}", "done": n % 10 != 0} for n in range(600)])
    del rest.transport.requests[:]
    page = body_of(rest.send("GET", "/todos", query={"done": "true", "limit": "200"}))
    assert len(page["items"]) == 200
    limits = [each.variables["limit"] for each in rest.transport.requests]
    assert limits[0] == 200
    assert sum(limits) < 300


@pytest.mark.parametrize("length", [0, 1_000, 3_000, 5_500])
def test_a_client_that_deletes_what_it_lists_reads_to_the_end_under_long_tokens(
    rest: Rest, length: int
) -> None:
    """The cursor forgets what it has no room for, and never grows beyond what is taken."""
    create_many(rest, [{"id": f"i{n}", "done": n % 2 == 0} for n in range(1_500)])
    shorten: dict[str, str] = {}

    def lengthen(_request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        data = json.loads(json.dumps(response.data))
        page = (data or {}).get("listTodos")
        if page and page["nextToken"]:
            long = page["nextToken"] + "x" * length
            shorten[long] = page["nextToken"]
            page["nextToken"] = long
        return GraphQLResponse(data, response.errors)

    def restore(request: GraphQLRequest) -> None:
        if request.variables.get("nextToken") in shorten:
            # The request's body was not made yet: it is made of these when it is executed.
            request.variables["nextToken"] = shorten[request.variables["nextToken"]]  # type: ignore[index] # a dict

    rest.transport.before, rest.transport.after = restore, lengthen
    met: list[str] = []
    query: dict[str, str] = {"done": "true", "limit": "90", "fields": "id"}
    while True:
        response = rest.send("GET", "/todos", query=query)
        assert response.status == 200, response.body
        page = body_of(response)
        met += [each["id"] for each in page["items"]]
        delete_many(rest, page["items"])
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]
        # Of a token that leaves no room for more, the cursor has what the page in hand needs.
        needed = (max(map(len, shorten), default=0) + 100) * 4 // 3 + 15 * 200
        assert len(query["cursor"]) <= max(USUAL_CURSOR_CHARACTERS, needed)
    assert len(met) == len(set(met)) == 750


@pytest.mark.parametrize("token", [None, "t", "t" * 1_000, "é" * 500, "t" * 4_000, '"' * 2_000])
def test_a_cursor_with_as_many_hashes_as_it_has_room_for_has_the_usual_length(
    token: str | None,
) -> None:
    """However long its token is."""
    hashes = tuple(key_hash((str(n),)) for n in range(room_for_hashes(token)))
    cursor = Cursor(token, 1000, hashes)
    text = encode_cursor(cursor, "b" * 12)
    assert len(text) <= USUAL_CURSOR_CHARACTERS
    assert decode_cursor(text, "b" * 12) == cursor


def test_the_largest_cursor_is_taken_and_none_beyond_it() -> None:
    """16,384 characters, of a token longer than any that AppSync is known to give."""
    frame = len(encode_cursor(Cursor("", 1000), "b" * 12)) * 3 // 4
    largest = Cursor("t" * (MAX_CURSOR_CHARACTERS * 3 // 4 - frame), 1000)
    text = encode_cursor(largest, "b" * 12)
    assert len(text) == MAX_CURSOR_CHARACTERS == 16_384
    assert decode_cursor(text, "b" * 12) == largest
    longer = encode_cursor(largest._replace(token=f"{largest.token}t"), "b" * 12)
    with pytest.raises(ValueError, match="is not a cursor"):
        decode_cursor(longer, "b" * 12)


@pytest.mark.parametrize(("limit", "taken"), [(0, False), (1, True), (1000, True), (1001, False)])
def test_a_cursors_limit_is_one_that_the_store_takes(limit: int, *, taken: bool) -> None:
    """Whoever makes one up cannot have more read than a list would read."""
    text = encode_cursor(Cursor("t", limit), "b")
    if taken:
        assert decode_cursor(text, "b").upstream_limit == limit
    else:
        with pytest.raises(ValueError, match="is not a cursor"):
            decode_cursor(text, "b")


@pytest.mark.parametrize(
    ("path", "query", "access"),
    [
        ("/orders", {"status": "PAID"}, "index ordersByStatus"),
        ("/orders", {"customerId": "c"}, "table"),
        ("/orders", {"priority": "1"}, "scan"),
        ("/orders", {}, "scan"),
        ("/customers/c/orders", {}, "relation Customer.orders"),
        ("/todo", {}, None),
    ],
)
def test_the_log_names_the_access_path_of_a_list(
    path: str, query: dict[str, str], access: str | None
) -> None:
    """So that a scan is found before it costs."""
    with shop_client() as shop:
        shop.send("GET", path, query=query)
        line: dict[str, Any] = json.loads(log_line(shop.logged[-1], service="s", cold_start=False))
    assert line.get("accessPath") == access
