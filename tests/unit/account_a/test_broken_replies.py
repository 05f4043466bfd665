"""Replies from which nobody can tell what was done: broken ones, whatever their status says."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.signed_post import HttpReply
from chalicelib.errors import (
    AppSyncDenied,
    BrokenReply,
    GatewayError,
    GraphQLRequestRefused,
    UpstreamThrottled,
    UpstreamUnreachable,
)
from tests.support.account_b import Rest
from tests.unit.account_a.asking import create, slug_of, stored

NESTED = b'{"data":' + b"[" * 100_000
# What a client is told of a write whose reply is broken at each attempt, and of a read.
UNKNOWN = (504, "outcome-unknown")
UNREACHABLE = (502, "upstream-unreachable")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=6)
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


def replied(value: Any, status: int = 200) -> HttpReply:
    """Returns the reply with this value as its JSON."""
    return HttpReply(status, {}, json.dumps(value).encode())


def answer(rest: Rest, reply: HttpReply) -> None:
    """Lets account B do all that it is asked, and answer with this."""
    rest.transport.after = lambda _request, _response: read_reply(reply)


@pytest.mark.parametrize("body", [NESTED, b'{"errors":' * 100_000, b"", b"<html>", b"\xff"])
def test_a_write_whose_reply_cannot_be_parsed_is_not_told_as_failed(
    rest: Rest, body: bytes
) -> None:
    """It was done, and the answer says that nobody knows; of a read that nothing came back."""
    create(rest, id="a")
    answer(rest, HttpReply(200, {}, body))
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    assert (stored(rest, "a") or {})["name"] == "bread"
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == UNREACHABLE


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, GraphQLRequestRefused),
        (403, AppSyncDenied),
        (429, UpstreamThrottled),
        (500, UpstreamUnreachable),
    ],
)
def test_a_refusal_whose_body_is_nested_too_deeply_is_read_by_its_status(
    status: int, error: type[GatewayError]
) -> None:
    """Its errorType is looked for in the body, and then in the header."""
    with pytest.raises(error):
        read_reply(HttpReply(status, {}, NESTED))


DONE = {"updateTodo": {"id": "a", "name": "bread"}}
FAULT = {"path": ["updateTodo"], "errorType": "Unauthorized", "message": "no"}


@pytest.mark.parametrize(
    "reply",
    [
        replied([]),
        replied("data"),
        replied({"data": [DONE]}),
        replied({"data": DONE, "errors": 5}),
        replied({"data": DONE, "errors": "no"}),
        replied({"data": DONE, "errors": FAULT}),
        replied({"data": DONE, "errors": [None]}),
        replied({"data": DONE, "errors": ["no"]}),
        replied({"data": DONE, "errors": [[FAULT]]}),
        replied({"data": None, "errors": [FAULT, {**FAULT, "path": 5}]}),
        replied({"data": None, "errors": [{**FAULT, "path": "updateTodo"}]}),
        replied({"data": None, "errors": [{**FAULT, "path": {"updateTodo": 0}}]}),
        replied({"data": None, "errors": [{**FAULT, "path": [["updateTodo"]]}]}),
        replied({"data": None, "errors": [{**FAULT, "path": ["updateTodo", None]}]}),
        replied({"data": None, "errors": [{**FAULT, "errorType": ["Unauthorized"]}]}),
        replied({"data": None, "errors": [{**FAULT, "message": {"text": "no"}}]}),
        replied({"data": DONE}, status=202),
        HttpReply(204, {}, b""),
    ],
    ids=lambda reply: f"{reply.status} {reply.body.decode()}",
)
def test_a_write_whose_reply_is_none_of_graphqls_is_not_told_as_failed(
    rest: Rest, reply: HttpReply
) -> None:
    """Of a fault that cannot be read nobody knows whether it says that nothing was done."""
    create(rest, id="a")
    answer(rest, reply)
    response = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (response.status, slug_of(response)) == UNKNOWN
    assert (stored(rest, "a") or {})["name"] == "bread"


MEMBERS = JSON_VALUES | st.lists(st.text(max_size=6) | st.integers(), max_size=3)
FAULTS = st.fixed_dictionaries({"path": MEMBERS, "errorType": MEMBERS, "message": MEMBERS})
REPLIES = st.fixed_dictionaries(
    {"data": st.none() | JSON_VALUES, "errors": JSON_VALUES | st.lists(FAULTS | SCALARS)}
)


@given(value=JSON_VALUES | REPLIES)
def test_any_reply_is_a_response_of_graphqls_or_a_broken_one(value: Any) -> None:
    """No other error, so none that says that nothing was done; each of its errors is one fault."""
    with suppress(BrokenReply):
        response = read_reply(replied(value))
        assert len(response.errors) == len(value.get("errors") or ())
        for fault in response.errors:
            assert all(isinstance(step, str | int) for step in fault.path)
            assert isinstance(fault.error_type + fault.message, str)
