"""The parsers under arbitrary input: 2xx or 4xx, no exception, and no long time."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.rest.messages import RestResponse
from chalicelib.translation.cursor import filter_hash
from tests.support.account_b import Rest
from tests.unit.account_a.asking import create


def _url_safe(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
# Far above what any of them needs, far below what a quadratic parser would.
MAX_SECONDS = 1.0
# What is told of a fault does not grow with the request: Lambda's reply has a limit.
MAX_PROBLEM = 200_000

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-12-31T00:00:00Z", "IDLE", "\ud800", "\x00", "__proto__"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4)
            | st.sampled_from(
                [
                    "id",
                    "name",
                    "done",
                    "priority",
                    "dueAt",
                    "and",
                    "or",
                    "not",
                    "eq",
                    "in",
                    "between",
                    "exists",
                    "contains",
                    "ne",
                    "createdAt",
                    "__typename",
                    "a/b~c",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "limit",
        "cursor",
        "fields",
        "filter",
        "done",
        "name.contains",
        "priority.between",
        "id.in",
        "dueAt.ge",
        "limit.eq",
        "name.",
        ".eq",
        "name.eq.eq",
        "createdAt.exists",
    ]
) | st.text(max_size=10)
HEADER_TEXT = st.text(st.characters(max_codepoint=0x2FF), max_size=60) | st.text(
    'W/"*, abc\\', max_size=80
)


@contextmanager
def timed() -> Iterator[None]:
    """Fails when what is inside takes this thread long: what others do at a time does not count."""
    start = time.thread_time()
    yield
    assert time.thread_time() - start < MAX_SECONDS


def check(rest: Rest, response: RestResponse) -> None:
    """Checks what holds for every response to whatever a client sends."""
    assert (
        200 <= response.status < 300 or 400 <= response.status < 500 or (response.status == 304)
    ), (response.body, rest.logged[-1].fault)
    assert len(response.body) < MAX_PROBLEM or response.status < 400
    if response.body:
        json.loads(response.body)
        response.body.encode()
    for name, value in response.headers.items():
        assert "\r" not in name + value
        assert "\n" not in name + value
        assert value.isascii()
    rest.logged.clear()
    rest.transport.requests.clear()


@FUZZ
@given(body=st.binary(max_size=60) | JSON_VALUES.map(json.dumps).map(str.encode))
@example(b'{"name": "' + b"\\ud83e" * 1000 + b'"}')
@example(b"[" * 1_000_000)
@example(b'{"a":' * 150_000)
@example(b'{"priority": ' + b"9" * 1_000_000 + b"}")
@example(b'{"priority": 1e' + b"9" * 100_000 + b"}")
@example(b'{"dueAt": "' + b"2" * 900_000 + b'"}')
@example(json.dumps({f"k{i}": i for i in range(50_000)}).encode())
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/todos"), ("PATCH", "/todos/a"), ("PUT", "/todos/b")]
)
def test_any_body_is_taken_or_refused(rest: Rest, method: str, path: str, body: bytes) -> None:
    """Bytes of any kind, as JSON and not."""
    with timed():
        response = rest.send(method, path, body, headers={"content-type": "application/json"})
    check(rest, response)


@FUZZ
@given(value=JSON_VALUES)
def test_any_value_of_every_scalar_is_taken_or_refused(machines: Rest, value: Any) -> None:
    """In each field of a resource that has them all."""
    names = list(machines.contract.resources[0].members)
    for name in names:
        body = {"label": "a", "running": True, "serials": [1], name: value}
        check(machines, machines.send("POST", "/machines", json.dumps(body)))


@FUZZ
@given(query=st.lists(st.tuples(NAMES, st.text(max_size=20)), max_size=4))
@example([("x" * 300_000, "")])
@example([(f"k{n}", "") for n in range(5_000)])
@example([("limit", "9" * 100_000)])
@example([("name.in", "," * 100_000)])
@example([("filter", "[" * 100_000)])
@example([("filter", '{"not":' * 30_000)])
@example([("fields", ",name" * 50_000)])
@example([("priority", "-" * 100_000)])
@example([("priority.between", "1," * 50_000)])
@example([("name.contains", "%" * 100_000)])
def test_any_query_is_taken_or_refused(rest: Rest, query: list[tuple[str, str]]) -> None:
    """On a list and on an item."""
    create(rest)
    for path in ("/todos", "/todos/a"):
        with timed():
            response = rest.send("GET", path, query=tuple(query))
        check(rest, response)


@FUZZ
@given(tree=JSON_VALUES)
def test_any_json_filter_is_taken_or_refused(rest: Rest, tree: Any) -> None:
    """What is taken is executed by account B."""
    check(rest, rest.send("GET", "/todos", query={"filter": json.dumps(tree)}))


OPERANDS = st.sampled_from(
    [True, False, 0, 1, -1.5, "", "a", "2026", [1, 2], ["a", "b"], [2, 1], [], None, 10**40, "é"]
)


@FUZZ
@given(
    tree=st.recursive(
        st.dictionaries(
            st.sampled_from(["id", "name", "done", "priority", "dueAt", "updatedAt"]),
            st.dictionaries(
                st.sampled_from(
                    ["eq", "ne", "gt", "between", "contains", "notContains", "exists", "in", "le"]
                ),
                OPERANDS,
                min_size=1,
                max_size=2,
            ),
            max_size=2,
        ),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3), max_size=2
            )
            | st.builds(lambda each: {"not": each}, inner)
        ),
        max_leaves=6,
    )
)
def test_a_filter_that_is_nearly_right_is_taken_or_refused(rest: Rest, tree: Any) -> None:
    """Known fields and operators, operands of any type."""
    create(rest, done=True, priority=1)
    check(rest, rest.send("GET", "/todos", query={"filter": json.dumps(tree)}))


@FUZZ
@given(
    cursor=st.text(max_size=40)
    | st.binary(max_size=60).map(_url_safe)
    | JSON_VALUES.map(lambda value: _url_safe(json.dumps(value).encode()))
    | st.tuples(
        st.just(filter_hash("todos", None)),
        st.none() | st.text(max_size=20),
        st.none() | st.integers(-5, 2000) | st.floats(),
        st.sampled_from(["", "AAAAAAAAAAA=", "AAAA", "!", None, 5]),
    ).map(lambda parts: _url_safe(json.dumps(parts).encode()))
)
def test_any_cursor_is_taken_or_refused(rest: Rest, cursor: str) -> None:
    """Text, bytes, JSON, and cursors with any part of them forged."""
    create(rest)
    check(rest, rest.send("GET", "/todos", query={"cursor": cursor}))


@FUZZ
@given(value=HEADER_TEXT)
@example('"a",' * 100_000)
@example('"' + "a" * 1_000_000)
@example(" " * 100_000 + "x")
@example('W/"' * 50_000)
@example("\\" * 100_000)
def test_any_header_that_is_parsed_is_taken_or_refused(rest: Rest, value: str) -> None:
    """Entity tags, keys and media types."""
    create(rest, id="a")
    requests = [
        ("GET", "/todos/a", "", "if-none-match"),
        ("GET", "/todos/a", "", "if-match"),
        ("PATCH", "/todos/a", "{}", "if-match"),
        ("PUT", "/todos/a", '{"name": "a"}', "if-none-match"),
        ("POST", "/todos", '{"name": "a"}', "idempotency-key"),
        ("GET", "/todos/a", "", "accept"),
        ("POST", "/todos", '{"name": "a"}', "content-type"),
        ("DELETE", "/todos/a", "", "if-match"),
    ]
    for method, path, body, header in requests:
        with timed():
            response = rest.send(method, path, body, headers={header: value})
        check(rest, response)
    rest.send("DELETE", "/todos/a")


@FUZZ
@given(
    segment=st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/"), max_size=30
    ),
    method=st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]),
)
@example("%" * 100_000, "GET")
@example("%25" * 10_000, "PUT")
@example("%00%0D%0A", "PUT")
def test_any_path_segment_is_an_id_or_refused(rest: Rest, segment: str, method: str) -> None:
    """And where an item is made, its Location leads to it."""
    body = '{"name": "a"}' if method in {"PUT", "PATCH"} else ""
    with timed():
        response = rest.send(method, f"/todos/{segment}", body)
    check(rest, response)
    if response.status == 201:
        assert rest.send("GET", response.headers["Location"]).status == 200


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "2", "3", "", 1, None]) | st.text(max_size=5),
        "method": st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "get", 1, None]),
        "path": st.sampled_from(
            [
                "/todos",
                "/todos/a",
                "/todos/b?fields=id",
                "/todos?limit=1",
                "/batch",
                "/todos/%FF",
                "/todos?%00=%FF",
                "todos",
                "/todos/a#b",
            ]
        )
        | st.text(max_size=12),
        "headers": st.dictionaries(
            st.sampled_from(["If-Match", "Idempotency-Key", "accept", "x"]), HEADER_TEXT, max_size=2
        )
        | st.sampled_from([[], None, {"a": 1}]),
        "body": st.fixed_dictionaries(
            {}, optional={"name": JSON_VALUES, "id": st.sampled_from(["a", "b", 1])}
        )
        | JSON_VALUES,
        "extra": st.none(),
    },
)


@FUZZ
@given(envelope=st.fixed_dictionaries({"requests": st.lists(ENTRIES, max_size=6)}) | JSON_VALUES)
def test_any_batch_is_taken_or_refused(rest: Rest, envelope: Any) -> None:
    """Each answer in it as well."""
    with timed():
        response = rest.send("POST", "/batch", json.dumps(envelope))
    if response.status == 200:
        for answer in json.loads(response.body)["responses"]:
            assert answer["status"] < 500 or answer["status"] == 502, answer
            assert "internal" not in str(answer["body"])[:60]
    check(rest, response)
