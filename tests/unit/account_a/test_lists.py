"""Lists: full pages, each item once, whatever the filter, the page's size or the time left."""

import base64
import itertools
import json
import random
from typing import Any

import pytest

from chalicelib.gateway import lists
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import wire_bytes
from chalicelib.translation.cursor import (
    HASH_BYTES,
    USUAL_CURSOR_CHARACTERS,
    Cursor,
    decode_cursor,
    encode_cursor,
    filter_hash,
    key_hash,
    room_for_hashes,
)
from tests.support.account_b import Rest
from tests.unit.account_a.asking import (
    body_of,
    create,
    create_many,
    delete_many,
    pages_of,
    places_of,
    slug_of,
    stored_ids,
)


@pytest.mark.parametrize("limit", [1, 7, 50, 200])
def test_a_rare_filter_gives_full_pages_with_each_item_once(rest: Rest, limit: int) -> None:
    """1 in 50 of 2,000 items, while AppSync limits before it filters."""
    create_many(rest, [{"id": f"i{n}", "done": n % 50 == 0} for n in range(2000)])
    pages = list(pages_of(rest, {"done": "true", "limit": str(limit), "fields": "id"}))
    ids = [item["id"] for page in pages for item in page["items"]]
    assert sorted(ids) == sorted(f"i{n}" for n in range(0, 2000, 50))
    # Only the list's end may be short: its last page, or the last but one when the table's last
    # item filled that and nobody could know that it was the last.
    sizes = [len(page["items"]) for page in pages]
    assert all(size == limit for size in sizes[:-1])
    assert len(sizes) <= 40 // limit + 1


@pytest.mark.parametrize("limit", [1, 7, 50, 200])
def test_an_unfiltered_list_gives_full_pages_with_each_item_once(rest: Rest, limit: int) -> None:
    """One request upstream for each page."""
    count = 60 if limit == 1 else 450
    create_many(rest, [{"id": f"i{n}"} for n in range(count)])
    pages = list(pages_of(rest, {"limit": str(limit)}))
    ids = [item["id"] for page in pages for item in page["items"]]
    assert sorted(ids) == stored_ids(rest)
    assert len(set(ids)) == count
    assert all(len(page["items"]) == limit for page in pages[:-1])
    assert len(rest.transport.requests) == len(pages)


def test_the_limit_may_change_from_page_to_page(rest: Rest) -> None:
    """The cursor knows what has been given, not how many."""
    create_many(rest, [{"id": f"i{n}", "done": n % 3 == 0} for n in range(300)])
    choose = random.Random(1)
    for query in ({"done": "true"}, {"done.ne": "true"}):
        ids: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            limit = str(choose.choice([1, 3, 10, 40]))
            page = body_of(rest.send("GET", "/todos", query={**query, **cursor, "limit": limit}))
            ids += [item["id"] for item in page["items"]]
            if "nextCursor" not in page:
                break
            cursor = {"cursor": page["nextCursor"]}
        wanted = [f"i{n}" for n in range(300) if (n % 3 == 0) == ("done" in query)]
        assert sorted(ids) == sorted(wanted)


def test_a_page_of_100_from_10_000_items_needs_few_requests(rest: Rest) -> None:
    """At one match in a hundred: AppSync reads 1,000 items a request at most."""
    create_many(rest, [{"id": f"i{n}", "done": n % 100 == 0} for n in range(10_000)])
    page = body_of(rest.send("GET", "/todos", query={"done": "true", "limit": "100"}))
    assert len(page["items"]) == 100
    assert len(rest.transport.requests) <= 12


@pytest.mark.parametrize("limit", [100, 200])
def test_a_filter_that_matches_everything_reads_no_more_than_it_needs(
    rest: Rest, limit: int
) -> None:
    """Also where each read finds just as many matches as a cursor can name."""
    create_many(rest, [{"id": f"i{n}", "done": True} for n in range(500)])
    pages = list(pages_of(rest, {"done": "true", "limit": str(limit)}))
    sizes = [len(page["items"]) for page in pages]
    assert sizes == [limit] * (500 // limit) + [500 % limit] * (500 % limit > 0)
    ids = [item["id"] for page in pages for item in page["items"]]
    assert sorted(ids) == stored_ids(rest)
    assert len(rest.transport.requests) <= 8
    assert all(len(page.get("nextCursor", "")) < 6000 for page in pages)


def test_time_that_ends_at_more_matches_than_a_cursor_names_skips_none(rest: Rest) -> None:
    """Nothing of that page is given, and the cursor reads it again."""
    create_many(rest, [{"id": f"i{n}"} for n in range(500)])
    order = [item["id"] for page in pages_of(rest, {"limit": "200"}) for item in page["items"]]
    wanted = order[200:]
    create_many(rest, [{"id": each, "done": True} for each in wanted])
    rest.transport.requests.clear()

    def slow(_request: GraphQLRequest) -> None:
        rest.clock.seconds += 9.0

    rest.transport.before = slow
    query = {"done": "true", "limit": "100"}
    page = body_of(rest.send("GET", "/todos", query=query, seconds=20.0))
    assert page["items"] == []
    assert [request.variables["limit"] for request in rest.transport.requests] == [200, 1000]
    rest.transport.before = None
    query["cursor"] = page["nextCursor"]
    following = pages_of(rest, {**query, "cursor": page["nextCursor"]})
    assert [item["id"] for page in following for item in page["items"]] == wanted


def test_a_page_that_came_to_hold_more_matches_than_a_cursor_names_is_read_again(
    rest: Rest,
) -> None:
    """Also where no time is left for it: the list does not end there."""
    create_many(rest, [{"id": f"i{n}"} for n in range(500)])
    order = [item["id"] for page in pages_of(rest, {"limit": "200"}) for item in page["items"]]
    create_many(rest, [{"id": each, "done": True} for each in order[200:350]])
    query = {"done": "true", "limit": "100"}
    first = body_of(rest.send("GET", "/todos", query=query))
    create_many(rest, [{"id": each, "done": True} for each in order[350:]])
    query["cursor"] = first["nextCursor"]
    second = body_of(rest.send("GET", "/todos", query=query, seconds=2.0))
    assert second["items"] == []
    following = list(pages_of(rest, {**query, "cursor": second["nextCursor"]}))
    ids = [item["id"] for page in (first, *following) for item in page["items"]]
    assert ids == order[200:]


def test_an_unfiltered_list_asks_for_just_what_is_missing(rest: Rest) -> None:
    """DynamoDB ends a page at a megabyte."""
    create_many(rest, [{"id": f"i{n}", "description": "x" * 300_000} for n in range(6)])
    page = body_of(rest.send("GET", "/todos", query={"limit": "5", "fields": "id"}))
    assert len(page["items"]) == 5
    asked = [request.variables["limit"] for request in rest.transport.requests]
    assert asked == [5, 1]


@pytest.mark.parametrize("query", [{}, {"done": "true"}])
def test_deleting_what_was_given_skips_nothing(rest: Rest, query: dict[str, str]) -> None:
    """A client that empties a list while it reads it meets every item."""
    create_many(rest, [{"id": f"i{n}", "done": n % 2 == 0} for n in range(400)])
    wanted = sorted(f"i{n}" for n in range(400) if not query or n % 2 == 0)
    met: list[str] = []
    for page in pages_of(rest, {**query, "limit": "10"}):
        for item in page["items"]:
            met.append(item["id"])
            assert rest.send("DELETE", f"/todos/{item['id']}").status == 204
    assert sorted(met) == wanted
    assert not set(met) & set(stored_ids(rest))


def test_emptying_a_long_list_does_not_make_the_cursor_grow_without_end(rest: Rest) -> None:
    """It would outgrow a URL, and then the list could not be read to its end."""
    create_many(rest, [{"id": f"i{n}", "done": n % 2 == 0} for n in range(3000)])
    met = 0
    for page in pages_of(rest, {"done": "true", "limit": "90", "fields": "id"}):
        assert len(page.get("nextCursor", "")) < 5000
        met += len(page["items"])
        delete_many(rest, page["items"])
    assert met == 1500


def given_of(page: dict[str, Any]) -> int:
    """Returns how many items the page's cursor names."""
    text = page["nextCursor"]
    held = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))[3]
    return len(base64.b64decode(held)) // HASH_BYTES


def test_a_cursor_forgets_the_oldest_of_what_it_has_no_room_for(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is gone from the page in hand makes room for what is on it."""
    monkeypatch.setattr(lists, "room_for_hashes", lambda _token: 30)
    create_many(rest, [{"id": f"i{n}", "done": True} for n in range(100)])
    named = []
    for page in pages_of(rest, {"done": "true", "limit": "20", "fields": "id"}):
        delete_many(rest, page["items"])
        named += [given_of(page)] if "nextCursor" in page else []
    assert named == [20, 30, 30, 30]


def test_what_is_created_between_pages_repeats_nothing(rest: Rest) -> None:
    """It may be met or missed; the items that were there are met once."""
    create_many(rest, [{"id": f"i{n}", "done": True} for n in range(100)])
    ids: list[str] = []
    for number, page in enumerate(pages_of(rest, {"done": "true", "limit": "7"})):
        ids += [item["id"] for item in page["items"]]
        if number < 10:
            create(rest, id=f"new{number}", done=True)
    assert len(ids) == len(set(ids))
    assert {f"i{n}" for n in range(100)} <= set(ids)


@pytest.mark.parametrize("budget", [2.9, 0.5])
@pytest.mark.parametrize("limit", [1, 100, 200])
def test_with_little_time_a_page_is_short_and_goes_on(
    rest: Rest, budget: float, limit: int
) -> None:
    """One read each, a nextCursor each time, and still each item once."""
    count = 120 if limit == 1 else 900
    create_many(rest, [{"id": f"i{n}", "done": n % 2 == 0} for n in range(count)])
    ids: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(1000):
        before = len(rest.transport.requests)
        query = {"done": "true", "limit": str(limit), **cursor}
        page = body_of(rest.send("GET", "/todos", query=query, seconds=budget))
        assert len(rest.transport.requests) == before + 1
        ids += [item["id"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert sorted(ids) == sorted(f"i{n}" for n in range(0, count, 2))


def test_time_that_passes_upstream_ends_a_page_early(rest: Rest) -> None:
    """Four seconds a read, and no read is begun with less than three left."""
    create_many(rest, [{"id": f"i{n}", "done": n == 1999} for n in range(2000)])

    def slow(request: GraphQLRequest) -> None:
        rest.clock.seconds += 4.0

    rest.transport.before = slow
    response = rest.send("GET", "/todos", query={"done": "true", "limit": "1"}, seconds=20.0)
    assert body_of(response)["items"] == []
    assert "nextCursor" in body_of(response)
    assert len(rest.transport.requests) == 5
    rest.transport.before = None
    pages = list(pages_of(rest, {"done": "true", "limit": "1"}))
    assert [item["id"] for page in pages for item in page["items"]] == ["i1999"]


def test_large_items_end_a_page_before_lambdas_limit(rest: Rest) -> None:
    """6 MB is what Lambda's reply may have."""
    create_many(rest, [{"id": f"i{n}", "description": "x" * 300_000} for n in range(24)])
    pages = list(pages_of(rest, {"limit": "200"}))
    ids = [item["id"] for page in pages for item in page["items"]]
    assert sorted(ids) == sorted(f"i{n}" for n in range(24))
    assert all(len(json.dumps(page)) < 5_500_000 for page in pages)
    assert [len(page["items"]) for page in pages] == [17, 7]
    assert len(rest.transport.requests) == 8


@pytest.mark.parametrize(("spare", "given"), [(0, 2), (-1, 2), (-2, 1)])
def test_items_that_just_fill_a_reply_are_all_given(
    rest: Rest, monkeypatch: pytest.MonkeyPatch, spare: int, given: int
) -> None:
    """The comma between them counts for nothing; at one byte less there is a next page."""
    create_many(rest, [{"id": f"i{n}"} for n in range(2)])
    items = body_of(rest.send("GET", "/todos"))["items"]
    text = json.dumps(items, separators=(",", ":"))[1:-1]
    monkeypatch.setattr(lists, "MAX_REPLY_BYTES", wire_bytes(text) + spare)
    assert len(body_of(rest.send("GET", "/todos"))["items"]) == given


@pytest.mark.parametrize("text", ["\x01" * 350_000, "\N{GRINNING FACE}" * 99_000])
def test_items_that_escaping_makes_large_stay_within_lambdas_limit(rest: Rest, text: str) -> None:
    """One byte of DynamoDB's may be seven in Lambda's reply, and one character twelve."""
    create_many(rest, [{"id": f"i{n}", "description": text} for n in range(6)])
    seen = []
    query = {"limit": "200"}
    while True:
        response = rest.send("GET", "/todos", query=query)
        assert len(json.dumps({"body": response.body})) < 6_000_000
        page = body_of(response)
        seen += [item["id"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]
    assert sorted(seen) == sorted(f"i{n}" for n in range(6))


@pytest.mark.parametrize("path", ["/todos", "/todos/a"])
def test_an_upstream_token_error_without_a_cursor_is_not_the_clients(rest: Rest, path: str) -> None:
    """AppSync's UserIllegalArgumentException has other causes than a client's cursor too."""

    def refuse(request: GraphQLRequest, _reply: GraphQLResponse) -> GraphQLResponse:
        key = "listTodos" if request.document.operation_name == "ListTodos" else "getTodo"
        fault = GraphQLFault((key,), "DynamoDB:UserIllegalArgumentException", "no")
        return GraphQLResponse({key: None}, (fault,))

    rest.transport.after = refuse
    response = rest.send("GET", path)
    assert (response.status, slug_of(response)) == (502, "upstream-error")


def test_an_empty_list_is_one_empty_page(rest: Rest) -> None:
    """No cursor, no Link."""
    response = rest.send("GET", "/todos")
    assert body_of(response) == {"items": []}
    assert "Link" not in response.headers
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_link_leads_to_the_next_page(rest: Rest) -> None:
    """With all parameters of the request, and a cursor in the place of the old one."""
    create_many(rest, [{"id": f"i{n}", "name": "a&b=c"} for n in range(5)])
    query = {"limit": "2", "name.beginsWith": "a&b", "fields": "id"}
    first = rest.send("GET", "/todos", query=query)
    second = rest.send("GET", "/todos", query={**query, "cursor": body_of(first)["nextCursor"]})
    for response in (first, second):
        link = response.headers["Link"]
        assert link.startswith("</todos?limit=2&name.beginsWith=a%26b&fields=id&cursor=")
        assert link.endswith('>; rel="next"')
        assert link.count("cursor=") == 1
        assert body_of(response)["nextCursor"] in link


def cursor_of(rest: Rest, **query: str) -> str:
    """Returns the nextCursor of the first page."""
    cursor: str = body_of(rest.send("GET", "/todos", query={"limit": "1", **query}))["nextCursor"]
    return cursor


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"done": "false"},
        {"done": "true", "priority": "1"},
        {"filter": '{"done": {"ne": true}}'},
    ],
)
def test_a_cursor_belongs_to_its_filter(rest: Rest, query: dict[str, str]) -> None:
    """With another one it is a 400 that says so."""
    for index in range(3):
        create(rest, id=str(index), done=True)
    cursor = cursor_of(rest, done="true")
    response = rest.send("GET", "/todos", query={**query, "cursor": cursor})
    assert places_of(response) == ["cursor"]
    assert "another filter" in response.body


def test_a_cursor_does_not_mind_how_its_filter_is_written(rest: Rest) -> None:
    """Nor the fields, nor the limit."""
    for index in range(3):
        create(rest, id=str(index), done=True)
    cursor = cursor_of(rest, done="true")
    for query in ({"done.eq": "true"}, {"filter": '{"done": true}', "fields": "id", "limit": "9"}):
        response = rest.send("GET", "/todos", query={**query, "cursor": cursor})
        assert response.status == 200, response.body


def forged(*parts: object) -> str:
    """Returns a cursor with these parts."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


BOUND = filter_hash("todos", None)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "====",
        "AAAA",
        "a" * 8193,
        forged(),
        forged(BOUND),
        forged(BOUND, 1, None, ""),
        forged(BOUND, None, 0, ""),
        forged(BOUND, None, 1001, ""),
        forged(BOUND, None, True, ""),
        forged(BOUND, None, 1.5, ""),
        forged(BOUND, None, None, "AAAA"),
        forged(BOUND, None, None, "-AAAAAAAAAAA="),
        forged(BOUND, None, None, "") + "!!!!",
        forged(BOUND, None, None, None),
        forged(BOUND, "\ud800", None, ""),
        forged(5, None, None, ""),
        forged("0" * 12, None, None, ""),
        forged(BOUND, "no token of this list's", None, ""),
        forged(BOUND, {"a": 1}, None, ""),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b'"abcd"').decode(),
    ],
)
def test_a_foreign_cursor_is_400(rest: Rest, cursor: str) -> None:
    """Whether it cannot be read, or account B does not know its token."""
    create(rest)
    assert places_of(rest.send("GET", "/todos", query={"cursor": cursor})) == ["cursor"]


def test_a_cursor_survives_its_text() -> None:
    """With nothing in it, and with all of it; keys are hashed whatever their texts hold."""
    hashes = tuple(key_hash((f"i{n}", "\ud800")) for n in range(200))
    for cursor in (Cursor(), Cursor("t" * 900, 1000, hashes), Cursor("ü", None, hashes[:1])):
        text = encode_cursor(cursor, "b" * 12)
        assert text.isascii()
        assert decode_cursor(text, "b" * 12) == cursor


@pytest.mark.parametrize("token", [None, "t" * 900, "ü" * 900, "t" * 9000])
def test_a_cursor_is_as_long_as_is_usual_and_no_longer(token: str | None) -> None:
    """It holds all the hashes that it has room for, so hardly any item is read twice."""
    room = room_for_hashes(token)
    text = encode_cursor(Cursor(token, 1000, (key_hash(("i",)),) * room), "b" * 12)
    assert (room == 0) is (len(token or "") == 9000)
    assert room == 0 or USUAL_CURSOR_CHARACTERS - 100 < len(text) <= USUAL_CURSOR_CHARACTERS


def test_a_page_of_several_upstream_pages_is_no_larger_than_a_reply(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them fits alone, and what has been taken before counts."""
    most = 20_000
    monkeypatch.setattr(lists, "MAX_REPLY_BYTES", most)
    create_many(
        rest,
        [{"id": f"i{n}", "done": n % 4 == 0, "description": "x" * 400} for n in range(240)],
    )
    ids: list[str] = []
    for page in pages_of(rest, {"done": "true", "limit": "50"}):
        texts = [json.dumps(item, separators=(",", ":")) for item in page["items"]]
        assert sum(map(wire_bytes, texts)) <= most
        ids += [item["id"] for item in page["items"]]
    assert sorted(ids) == sorted(f"i{n}" for n in range(0, 240, 4))


def test_what_was_too_little_to_weigh_counts_once_more_is_taken(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first upstream page of two matches, and a second of more than fit beside them."""
    most = 20_000
    monkeypatch.setattr(lists, "MAX_REPLY_BYTES", most)
    create_many(rest, [{"id": f"i{n}"} for n in range(200)])
    order = [item["id"] for page in pages_of(rest, {"limit": "200"}) for item in page["items"]]
    wanted = [*order[:2], *order[100:]]
    create_many(rest, [{"id": each, "done": True, "description": "x" * 400} for each in wanted])
    page = body_of(rest.send("GET", "/todos", query={"done": "true", "limit": "50"}))
    texts = [json.dumps(item, separators=(",", ":")) for item in page["items"]]
    size = sum(map(wire_bytes, texts))
    assert most - size // len(texts) < size <= most


def test_a_page_ends_after_so_many_upstream_reads(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where hardly anything matches it is short, and the cursor goes on."""
    monkeypatch.setattr(lists, "MAX_UPSTREAM_READS", 2)
    create_many(rest, [{"id": f"i{n}"} for n in range(50)])
    page = body_of(rest.send("GET", "/todos", query={"done": "true", "limit": "1"}))
    assert page["items"] == []
    assert "nextCursor" in page
    assert len(rest.transport.requests) == 2


def test_what_was_changed_since_it_was_given_is_not_given_again(rest: Rest) -> None:
    """An item is known by its key."""
    for number in range(3):
        create(rest, id=f"i{number}", done=True)
    query = {"done": "true", "limit": "1"}
    first = body_of(rest.send("GET", "/todos", query=query))
    (given,) = first["items"]
    assert rest.send("PATCH", f"/todos/{given['id']}", '{"priority": 9}').status == 200
    more = {"done": "true", "cursor": first["nextCursor"]}
    rest_of_them = body_of(rest.send("GET", "/todos", query=more))["items"]
    assert len(rest_of_them) == 2
    assert given["id"] not in {each["id"] for each in rest_of_them}


def test_a_cursor_names_nothing_of_a_page_that_has_been_given(rest: Rest) -> None:
    """What was given of it is forgotten once the list has turned to the next page."""
    create_many(rest, [{"id": f"i{n}", "done": True} for n in range(12)])
    query = {"done": "true", "limit": "3"}
    pages = itertools.islice(pages_of(rest, query), 2)
    assert [given_of(page) for page in pages] == [3, 0]
