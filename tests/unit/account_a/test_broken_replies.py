"""Replies from which nobody can tell what was done: broken ones, whatever their status says."""

import pytest

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.signed_post import HttpReply
from chalicelib.errors import (
    AppSyncDenied,
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


def answer(rest: Rest, body: bytes) -> None:
    """Lets account B do all that it is asked, and answer with these bytes."""
    reply = HttpReply(200, {}, body)
    rest.transport.after = lambda _request, _response: read_reply(reply)


@pytest.mark.parametrize("body", [NESTED, b'{"errors":' * 100_000, b"", b"<html>", b"\xff"])
def test_a_write_whose_reply_cannot_be_parsed_is_not_told_as_failed(
    rest: Rest, body: bytes
) -> None:
    """It was done, and the answer says that nobody knows; of a read that nothing came back."""
    create(rest, id="a")
    answer(rest, body)
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
