"""The gateway under arbitrary replies: a documented status, and no committed write as failed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.aws.http_reply import HttpReply
from chalicelib.contract.openapi import load_openapi
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Rest
from tests.unit.account_a.asking import body_of

FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PATHS = load_openapi("/", "none")["paths"]
TEXTS = ["", "a", "..", "\ud800", "a\r\nb: c", 'é"', "2026-12-31T00:00:00.000Z"]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["id", "name", "done", "dueAt", "createdAt", "updatedAt", "problems"],
        st.sampled_from(TEXTS) | ODD,
    ),
)
PAGES = st.fixed_dictionaries(
    {"items": st.lists(ITEMS | ODD, max_size=4) | ODD, "nextToken": st.sampled_from(TEXTS) | ODD}
)
VALUES = ITEMS | PAGES | ODD
KEYS = [f"{kind}Todo" for kind in ("create", "update", "delete", "get")] + ["listTodos"]
KEYS += [f"r{index}" for index in range(10)]
DATA = (
    VALUES.map(lambda value: dict.fromkeys(KEYS, value))
    | st.dictionaries(st.sampled_from(KEYS), VALUES)
    | ODD
)
TYPES = [
    "Unauthorized",
    "DynamoDB:ConditionalCheckFailedException",
    "DynamoDB:UserIllegalArgumentException",
    "DynamoDB:ProvisionedThroughputExceededException",
    "DynamoDB:DynamoDbException",
    "Lambda:ExecutionTimeoutException",
    "\ud800",
    None,
]
FAULTS = st.builds(
    lambda below, kind, message: [
        {"path": [key, *below], "errorType": kind, "message": message} for key in KEYS
    ],
    st.lists(st.sampled_from(["items", "name", 0, 1, -1, True]), max_size=3),
    st.sampled_from(TYPES),
    st.sampled_from(["Expression size", "\ud800", None]),
)
ERRORS = FAULTS | st.lists(ODD, min_size=1, max_size=2)

Asked = tuple[str, str, str, Mapping[str, str]]
WRITES: list[Asked] = [
    ("POST", "/todos", '{"name": "a"}', {}),
    ("POST", "/todos", '{"name": "a", "id": "a"}', {}),
    ("POST", "/todos", '{"name": "a"}', {"idempotency-key": "k"}),
    ("PATCH", "/todos/a", '{"name": "a"}', {}),
    ("PATCH", "/todos/a", '{"name": "a"}', {"if-match": '"a"'}),
    ("PUT", "/todos/a", '{"name": "a"}', {}),
    ("PUT", "/todos/a", '{"name": "a"}', {"if-match": '"a"'}),
    ("PUT", "/todos/a", '{"name": "a"}', {"if-none-match": "*"}),
    ("DELETE", "/todos/a", "", {}),
    ("DELETE", "/todos/a", "", {"if-match": '"a"'}),
]
READS: list[Asked] = [
    ("GET", "/todos/a", "", {}),
    ("HEAD", "/todos/a", "", {"if-none-match": '"a"'}),
    ("GET", "/todos/a", "", {"if-match": '"a"'}),
    ("GET", "/todos", "", {}),
]
BATCHED = [asked for asked in (*WRITES, *READS) if asked[0] not in {"PUT", "HEAD"}]
ENTRIES = [
    {
        "id": str(index),
        "method": method,
        # Each its own item, so that they share documents.
        "path": path.replace("/a", f"/a{index}"),
        "headers": headers,
        **({"body": json.loads(body)} if body else {}),
    }
    for index, (method, path, body, headers) in enumerate(BATCHED)
]


@dataclass(frozen=True)
class Answering:
    """An AppSync that replies the same to everything."""

    body: bytes

    def execute(self, *_: Any) -> HttpReply:
        """Returns the reply."""
        return HttpReply(200, {}, self.body)


def answer(rest: Rest, value: Any) -> None:
    """Lets account B answer all that it is asked with this value as JSON."""
    rest.transport.api = cast("Any", Answering(json.dumps(value).encode()))
    for kept in (rest.logged, rest.transport.requests, rest.slept):
        kept.clear()


def documented(method: str, path: str) -> set[str]:
    """Returns the statuses, less 500, that the OpenAPI document knows for a request."""
    # HEAD is answered as GET is, less the body.
    verb = "get" if method == "HEAD" else method.lower()
    operation = PATHS[re.sub(r"/a\d*$", "/{id}", path)][verb]
    return set(operation["responses"]) - {"500"}


def check(rest: Rest, response: RestResponse, statuses: set[str]) -> None:
    """Checks what holds for every response, whatever AppSync replied."""
    assert str(response.status) in statuses, (response.body, rest.logged[-1].fault)
    for name, value in response.headers.items():
        assert (name + value).isprintable()
        assert value.isascii()
    response.body.encode()


def told_as_done_or_unknown(status: int, body: str) -> bool:
    """Whether this is what a write may be told that was done."""
    return status < 300 or (status == 504 and "outcome-unknown" in body)


@FUZZ
@given(data=DATA, errors=ERRORS | st.just([]))
def test_any_reply_ends_in_a_documented_status(rest: Rest, data: Any, errors: list[Any]) -> None:
    """Roots, pages, items and errors of any type; without an error no write is told as failed."""
    answer(rest, {"data": data, "errors": errors})
    for method, path, body, headers in (*WRITES, *READS):
        response = rest.send(method, path, body, headers=headers)
        check(rest, response, documented(method, path))
        if not errors and method not in {"GET", "HEAD"}:
            assert told_as_done_or_unknown(response.status, response.body), method


@FUZZ
@given(data=DATA, errors=ERRORS | st.just([]))
def test_any_reply_to_a_batch_ends_in_documented_statuses(
    rest: Rest, data: Any, errors: list[Any]
) -> None:
    """That of the batch, and that of each answer in it."""
    answer(rest, {"data": data, "errors": errors})
    response = rest.send("POST", "/batch", json.dumps({"requests": ENTRIES}))
    check(rest, response, documented("POST", "/batch"))
    answers = body_of(response)["responses"]
    for (method, path, *_), each in zip(BATCHED, answers, strict=True):
        assert str(each["status"]) in documented(method, path), each
        if not errors and method != "GET":
            assert told_as_done_or_unknown(each["status"], str(each["body"])), each
