"""The tables of docs that tell an outcome: each row is brought about, none left out."""

import json
from collections.abc import Callable, Mapping

import pytest

from bridge.sandbox.appsync import ConflictHandler
from chalicelib.errors import (
    AppSyncDenied,
    GraphQLRequestRefused,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.rest.messages import RestResponse
from chalicelib.translation.filters import IN, OPERATORS
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.todo import PROJECT
from tests.unit.account_a.asking import body_of, break_name, create, create_many, slug_of
from tests.unit.account_a.test_versions import TODO as DATASTORE
from tests.unit.account_a.test_versions import mutations, patch, race

Cells = tuple[str, ...]
Bring = Callable[[Rest], RestResponse]
KEYED = {"idempotency-key": "k"}
BODY = '{"name": "n"}'
NAMED = '{"id": "n", "name": "n"}'


def table(page: str, head: str, after: str = "") -> list[Cells]:
    """Returns the rows of the first table with this head behind a text.

    Where a row's first cell is empty, it is the one above.
    """
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    text = text[text.index(after) :]
    lines = text[text.index(f"| {head} |") :].split("\n\n")[0].splitlines()[2:]
    found: list[Cells] = []
    for line in lines:
        first, *rest = (cell.strip() for cell in line.strip().strip("|").split("|"))
        found.append((first or found[-1][0], *rest))
    return found


def told(response: RestResponse) -> str:
    """Returns the status, and the type of a 504, as the tables have them."""
    unknown = response.status == 504
    return f"504 `{slug_of(response)}`" if unknown else str(response.status)


def lost(rest: Rest, *, done: bool = True, others: int = 0) -> None:
    """Breaks the connection after a request was sent, which is that many requests from now."""
    broken = Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=done)
    rest.transport.faults.extend([*[None] * others, broken])


def rival(rest: Rest, method: str, body: str = "", *, at: str, before: int = 2) -> None:
    """Lets another client write before the request of this number goes upstream."""
    seen = 0

    def race(_: GraphQLRequest) -> None:
        nonlocal seen
        seen += 1
        if seen == before:
            rest.transport.before = None
            assert rest.send(method, at, body).status < 300

    rest.transport.before = race


def _posted(
    body: str, headers: Mapping[str, str], spoil: Callable[[Rest], None] | None = None
) -> Bring:
    """Returns what posts a todo whose first reply is lost, with what another client does then."""

    def bring(rest: Rest) -> RestResponse:
        lost(rest)
        if spoil is not None:
            spoil(rest)
        return rest.send("POST", "/todos", body, headers=headers)

    return bring


def _taken(headers: Mapping[str, str]) -> Bring:
    def bring(rest: Rest) -> RestResponse:
        first = rest.send("POST", "/todos", '{"id": "n", "name": "x"}')
        assert first.status == 201
        lost(rest, done=False)
        return rest.send("POST", "/todos", NAMED, headers=headers)

    return bring


def _reused(rest: Rest) -> RestResponse:
    assert rest.send("POST", "/todos", '{"name": "x"}', headers=KEYED).status == 201
    lost(rest, done=False)
    return rest.send("POST", "/todos", BODY, headers=KEYED)


def _unreadable(rest: Rest) -> None:
    def race(request: GraphQLRequest) -> None:
        if request.document.operation_name == "GetTodo":
            break_name(rest, "n")

    rest.transport.before = race


def _changed(rest: Rest) -> None:
    rival(rest, "PATCH", '{"name": "x"}', at="/todos/n", before=3)


def _deleted(rest: Rest) -> None:
    rival(rest, "DELETE", at="/todos/n", before=3)


def _changed_key(rest: Rest) -> RestResponse:
    made = rest.send("POST", "/todos", BODY, headers=KEYED)
    path = made.headers["Location"]
    rest.send("DELETE", path)
    lost(rest)
    rival(rest, "PATCH", '{"name": "x"}', at=path, before=3)
    return rest.send("POST", "/todos", BODY, headers=KEYED)


def _deleted_key(rest: Rest) -> RestResponse:
    made = rest.send("POST", "/todos", BODY, headers=KEYED)
    path = made.headers["Location"]
    rest.send("DELETE", path)
    lost(rest)
    rival(rest, "DELETE", at=path, before=3)
    return rest.send("POST", "/todos", BODY, headers=KEYED)


def _on_item(
    method: str,
    body: str = "",
    *,
    matched: bool = False,
    other: tuple[str, str] | None = None,
) -> Bring:
    """Returns what writes to an item whose first reply is lost, and what another client does."""

    def bring(rest: Rest) -> RestResponse:
        tag = create(rest, id="n", name="old").headers["ETag"]
        lost(rest)
        if other is not None:
            rival(rest, *other, at="/todos/n")
        headers = {"if-match": tag} if matched else {}
        return rest.send(method, "/todos/n", body, headers=headers)

    return bring


POST_ID = "POST with an id or a key"
SETTLED: Mapping[Cells, list[Bring]] = {
    ("POST, id chosen by the gateway", "the item can only be ours"): [_posted(BODY, {})],
    (
        POST_ID,
        "the item has all that the body asked for; what account B filled in is not compared",
    ): [_posted(NAMED, {}), _posted(BODY, KEYED), _posted(NAMED, KEYED)],
    (POST_ID, "it is unmodified and different"): [_taken({}), _taken(KEYED), _reused],
    (POST_ID, "it was changed since, or cannot be read"): [
        _posted(NAMED, {}, _changed),
        _posted(NAMED, KEYED, _changed),
        _posted(NAMED, {}, _unreadable),
        _posted(NAMED, KEYED, _unreadable),
        _changed_key,
    ],
    (POST_ID, "it was deleted since"): [
        _posted(NAMED, {}, _deleted),
        _posted(NAMED, KEYED, _deleted),
        _deleted_key,
    ],
    ("PATCH, PUT with If-Match", "the item holds what was asked"): [
        _on_item("PATCH", BODY, matched=True),
        _on_item("PUT", BODY, matched=True),
    ],
    ("PATCH, PUT with If-Match", "it does not"): [
        _on_item("PATCH", BODY, matched=True, other=("PATCH", '{"name": "x"}')),
        _on_item("PUT", BODY, matched=True, other=("PUT", '{"name": "x"}')),
    ],
    ("PATCH without If-Match", "the item is gone"): [
        _on_item("PATCH", BODY, other=("DELETE", "")),
    ],
    ("DELETE", "the item is gone"): [_on_item("DELETE")],
    ("DELETE with If-Match", "the item is there"): [
        _on_item("DELETE", matched=True, other=("PUT", BODY)),
    ],
}
# What each row's cases are told, in their order; each must stand in the row's last cell.
EXPECTED: Mapping[str, list[str]] = {
    "the item can only be ours": ["201"],
    "the item has all that the body asked for; what account B filled in is not compared": ["201"]
    * 3,
    "it is unmodified and different": ["409", "409", "422"],
    "it was changed since, or cannot be read": ["504 `outcome-unknown`"] * 4 + ["200"],
    "it was deleted since": ["504 `outcome-unknown`", "201", "201"],
    "the item holds what was asked": ["200", "200"],
    "it does not": ["504 `outcome-unknown`"] * 2,
    "the item is there": ["504 `outcome-unknown`"],
}


@pytest.mark.parametrize("row", table("retries.md", "write"), ids=lambda row: row[1])
def test_each_row_of_how_a_write_is_settled(rest: Rest, row: Cells) -> None:
    """A reply is lost, its repetition meets a failed condition, and this is what a client sees."""
    write, meets, answer = row
    gone = {"DELETE": ["204"], "PATCH without If-Match": ["404"]}
    cases = SETTLED[write, meets]
    for bring, expected in zip(cases, gone.get(write) or EXPECTED[meets], strict=True):
        rest.transport.faults.clear()
        rest.transport.before = None
        for item in body_of(rest.send("GET", "/todos")).get("items", ()):
            rest.send("DELETE", f"/todos/{item['id']}")
        break_free(rest)
        assert expected in answer
        assert told(bring(rest)) == expected, expected


def break_free(rest: Rest) -> None:
    """Takes out an item that an earlier case has made unreadable."""
    rest.send("DELETE", "/todos/n")


def test_the_table_of_settling_holds_every_case() -> None:
    """No row is left out."""
    assert {row[:2] for row in table("retries.md", "write")} == SETTLED.keys()


UNREACHABLE = "no connection, name or TLS"
FAILURES: Mapping[str, list[Exception]] = {
    UNREACHABLE: [UpstreamUnreachable("AppSync", "refused")],
    "429, or the store throttles": [UpstreamThrottled("AppSync", "429")],
    "STS throttles, fails or is unreachable": [
        UpstreamThrottled("STS", "429"),
        UpstreamUnreachable("STS", "refused"),
    ],
    "connection broken, reply cut, 5xx or an internal failure behind AppSync, a reply that does"
    " not answer what was asked": [UpstreamUnreachable("AppSync", "reset", sent=True)],
    "the deadline passes after sending": [UpstreamTimeout("AppSync", "late", sent=True)],
    "401, 403, a firewall, wall 2, document refused, AccessDenied": [
        AppSyncDenied(403, "X"),
        GraphQLRequestRefused(400, "X"),
    ],
}
# Tried where sessions are: tests/integration/test_refused_sessions.py.
SESSIONS = "session expired or unknown"
REQUESTS: Mapping[str, list[tuple[str, str, str]]] = {
    "GET, list": [("GET", "/todos/n", ""), ("GET", "/todos", "")],
    "POST": [("POST", "/todos", BODY)],
    "PUT, PATCH": [("PUT", "/todos/n", BODY), ("PATCH", "/todos/n", BODY)],
    "DELETE": [("DELETE", "/todos/n", "")],
}


@pytest.mark.parametrize(
    "row", [row for row in table("retries.md", "failure") if row[0] != SESSIONS], ids=lambda r: r[0]
)
def test_each_row_of_what_is_repeated(rest: Rest, row: Cells) -> None:
    """After one such failure the request succeeds, or is told what the table says."""
    failure, _, *cells = row
    for column, (requests, cell) in enumerate(zip(REQUESTS.values(), cells, strict=True)):
        meant = cell
        while meant == "same":
            column -= 1  # noqa: PLW2901 - what stands to the left
            meant = cells[column]
        for error in FAILURES[failure]:
            for method, path, body in requests:
                rest.send("PUT", "/todos/n", '{"name": "old"}')
                rest.transport.faults.append(Fault(error))
                if isinstance(error, UpstreamTimeout):
                    rest.transport.before = lambda _: rest.clock.sleep(60)
                response = rest.send(method, path, body)
                rest.transport.faults.clear()
                rest.transport.before = None
                if meant.startswith("repeated"):
                    assert response.status < 300, (cell, method, response.body)
                elif meant.startswith("not repeated"):
                    assert response.status == 502, (cell, method)
                else:
                    assert told(response) == meant


def test_the_table_of_failures_holds_every_case() -> None:
    """No row is left out."""
    assert {row[0] for row in table("retries.md", "failure")} == {*FAILURES, SESSIONS}


def _idempotent(row: str, rest: Rest) -> RestResponse:
    """Returns what comes after the first request, as the row says."""
    first = rest.send("POST", "/todos", BODY, headers=KEYED)
    assert first.status == 201
    path = first.headers["Location"]
    body = BODY
    match row:
        case "first request":
            return first
        case "the same key, another body":
            fewer = rest.send("POST", "/todos", '{"name": "n", "done": null}', headers=KEYED)
            assert fewer.status == 200
            body = '{"name": "x"}'
        case "the item was changed since":
            rest.send("PATCH", path, '{"name": "x"}')
            body = '{"name": "y"}'
        case "the item was deleted since":
            rest.send("DELETE", path)
        case "the same key beside a key in the body":
            create(rest, id="n", name="n")
            same = rest.send("POST", "/todos", NAMED, headers=KEYED)
            assert same.status == 200
            body = '{"id": "n", "name": "x"}'
    return rest.send("POST", "/todos", body, headers=KEYED)


IDEMPOTENT = {
    "first request": "201",
    "the same again": "200",
    "the same key, another body": "422",
    "the same key beside a key in the body": "409",
    "the item was changed since": "200",
    "the item was deleted since": "201",
}


@pytest.mark.parametrize(
    "row", table("rest.md", "what happens", "## Idempotency-Key"), ids=lambda row: row[0]
)
def test_each_row_of_an_idempotency_key(rest: Rest, row: Cells) -> None:
    """The same key comes again, after what the row says."""
    assert IDEMPOTENT[row[0]] in row[1]
    assert told(_idempotent(row[0], rest)) == IDEMPOTENT[row[0]]


FILTERED: Mapping[str, tuple[str, str]] = {
    "eq": ("name=b", "b"),
    "ne": ("name.ne=b", "ac"),
    "gt": ("name.gt=b", "c"),
    "ge": ("name.ge=b", "bc"),
    "lt": ("name.lt=b", "a"),
    "le": ("name.le=b", "ab"),
    "contains": ("name.contains=b", "b"),
    "notContains": ("name.notContains=b", "ac"),
    "beginsWith": ("name.beginsWith=c", "c"),
    "between": ("name.between=a,b", "ab"),
    "in": ("name.in=a,c,x", "ac"),
    "exists": ("priority.exists=false", "bc"),
}


def test_each_operator_of_the_table_of_filters(rest: Rest) -> None:
    """The table names each operator there is, and each finds what it says."""
    cells = " ".join(row[0] for row in table("rest.md", "operator"))
    assert set(cells.replace("`", "").split()) == {*OPERATORS, IN} == FILTERED.keys()
    create_many(rest, [{"id": each, "name": each} for each in "bc"])
    create(rest, id="a", name="a", priority=1)
    for query, expected in FILTERED.values():
        name, _, value = query.partition("=")
        found = body_of(rest.send("GET", "/todos", query={name: value}))["items"]
        assert "".join(sorted(item["id"] for item in found)) == expected, query
    tree = {"or": [{"not": {"name": {"ne": "b"}}}, {"and": [{"name": "c"}, {"id": "c"}]}]}
    found = body_of(rest.send("GET", "/todos", query={"filter": json.dumps(tree)}))["items"]
    assert sorted(item["id"] for item in found) == ["b", "c"]


def _conflict(row: str, rest: Rest, handler: ConflictHandler) -> tuple[RestResponse, str]:
    """Brings a row of conflict resolution about; returns the answer and what it is to be."""
    tag = create(rest, id="a", name="old").headers["ETag"]
    optimistic = handler is ConflictHandler.OPTIMISTIC
    match row:
        case "If-Match names another version":
            assert patch(rest, "/todos/a", {"name": "x"}).status == 200
            sent = mutations(rest)
            refused = patch(rest, "/todos/a", {"name": "y"}, tag)
            assert mutations(rest) == sent
            return refused, "412"
        case "another client writes in between, without If-Match":
            race(rest, "Todo", 'id: "a"', 'name: "x"')
            return patch(rest, "/todos/a", {"name": "y"}), "200"
        case "another client writes in between, with If-Match, and the store refuses":
            race(rest, "Todo", 'id: "a"', 'name: "x"')
            refused = rest.send("DELETE", "/todos/a", headers={"if-match": tag})
            return refused, "412"
        case "another client writes in between, with If-Match, and the store merges":
            race(rest, "Todo", 'id: "a"', 'name: "x"')
            return patch(rest, "/todos/a", {"done": True}, tag), "412" if optimistic else "409"
        case "POST, PUT or `Idempotency-Key` on the key of a deleted item":
            assert rest.send("DELETE", "/todos/a").status == 204
            for method, path in (("POST", "/todos"), ("PUT", "/todos/a")):
                answered = rest.send(method, path, '{"id": "a", "name": "x"}')
                assert slug_of(answered) == "deleted-item"
            body = '{"id": "a", "name": "x"}'
            return rest.send("POST", "/todos", body, headers=KEYED), "409"
        case "the reply is lost":
            lost(rest, others=1)
            assert patch(rest, "/todos/a", {"name": "x"}).status == 200
            lost(rest, done=False, others=1)
            return patch(rest, "/todos/a", {"name": "y"}), "504 `outcome-unknown`"
    raise AssertionError(row)


@pytest.mark.parametrize("handler", [ConflictHandler.OPTIMISTIC, ConflictHandler.AUTOMERGE])
@pytest.mark.parametrize(
    "row", table("rest.md", "what happens", "## Conflict resolution"), ids=lambda row: row[0]
)
def test_each_row_of_conflict_resolution(row: Cells, handler: ConflictHandler) -> None:
    """Under each of the store's own handlers; what a store that refuses tells is 412."""
    with rest_client(DATASTORE, conflict_handler=handler) as rest:
        response, expected = _conflict(row[0], rest, handler)
    assert told(response) == expected, response.body
    merged = "store merges" in row[0] and handler is ConflictHandler.OPTIMISTIC
    assert merged or expected in row[1] or expected == "200"


def test_a_race_that_is_lost_three_times_is_a_conflict() -> None:
    """What is written anew at the new version is so three times."""
    with rest_client(DATASTORE, conflict_handler=ConflictHandler.OPTIMISTIC) as rest:
        create(rest, id="a", name="old")

        def again(request: GraphQLRequest) -> None:
            if request.document.mutation:
                race(rest, "Todo", 'id: "a"', f"priority: {mutations(rest)}")
                before = rest.transport.before
                assert before is not None
                before(request)
                rest.transport.before = again

        rest.transport.before = again
        refused = patch(rest, "/todos/a", {"name": "y"})
    assert (refused.status, slug_of(refused)) == (409, "conflict")
