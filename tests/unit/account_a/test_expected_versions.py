"""`@versioned` of Amplify's first transformer: `expectedVersion` in inputs, `version` in the type.

Source: Amplify's documentation of @versioned: a create makes version 1; an update and a delete are
done under the condition that the item has the expected version, and an update raises it by one.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.errors import UpstreamUnreachable
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.schemas import model, schema
from tests.unit.account_a.asking import body_of, slug_of

SCHEMA = (
    schema(model("Tag", "Tags", "text: String!\nwords: [String]"))
    .replace("type Tag { id: ID!", "type Tag { id: ID! version: Int!")
    .replace(
        "input UpdateTagInput { id: ID!", "input UpdateTagInput { id: ID! expectedVersion: Int!"
    )
    .replace(
        "input DeleteTagInput { id: ID!", "input DeleteTagInput { id: ID! expectedVersion: Int!"
    )
)


@pytest.fixture
def tags() -> Iterator[Rest]:
    """A client of an account B of the first transformer, with one tag of version 1."""
    with rest_client(SCHEMA) as rest:
        made = rest.send("POST", "/tags", '{"id": "a", "text": "x", "words": ["w"]}')
        assert (made.status, made.headers["ETag"]) == (201, '"1"'), made.body
        yield rest


def send(rest: Rest, method: str, body: Any = None, tag: str | None = None) -> RestResponse:
    """Returns the response to a request on the tag."""
    headers = {"if-match": tag} if tag else {}
    return rest.send(method, "/tags/a", "" if body is None else json.dumps(body), headers=headers)


def held(rest: Rest) -> dict[str, Any] | None:
    """Returns what account B holds of the tag."""
    return rest.store.get("Tag", ("a",))


def race(rest: Rest) -> None:
    """Lets another client write just before the gateway's next mutation."""

    def write(request: GraphQLRequest) -> None:
        if request.document.mutation:
            rest.transport.before = None
            version = (held(rest) or {})["version"]
            done = rest.graphql(
                "mutation M($v: Int!) { updateTag(input:"
                ' {id: "a", words: ["other"], expectedVersion: $v}) { version } }',
                {"v": version},
            )
            assert done == {"data": {"updateTag": {"version": version + 1}}}

    rest.transport.before = write


def test_the_etag_is_the_version(tags: Rest) -> None:
    """It rises with each write, and 304 and If-Match go by it."""
    changed = send(tags, "PATCH", {"text": "y"}, '"1"')
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"'), changed.body
    replaced = send(tags, "PUT", {"text": "z"})
    assert (replaced.status, replaced.headers["ETag"]) == (200, '"3"')
    assert body_of(replaced)["words"] is None
    read = tags.send("GET", "/tags/a", headers={"if-none-match": '"3"'})
    assert read.status == 304
    assert send(tags, "DELETE", tag='"3"').status == 204
    assert send(tags, "GET").status == 404


@pytest.mark.parametrize("tag", ['"2"', '"0"', 'W/"1"'])
def test_another_version_is_412_and_nothing_is_sent(tags: Rest, tag: str) -> None:
    """The item stays as it is."""
    before = held(tags)
    for method, body in (("PATCH", {"words": ["y"]}), ("PUT", {"text": "y"}), ("DELETE", None)):
        refused = send(tags, method, body, tag)
        assert (refused.status, slug_of(refused)) == (412, "precondition-failed")
    assert sum(each.document.mutation for each in tags.transport.requests) == 1
    assert held(tags) == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_lost_race_is_412_under_if_match_and_else_written_anew(tags: Rest, method: str) -> None:
    """The other client's write is not lost unseen."""
    body = None if method == "DELETE" else {"text": "mine"}
    race(tags)
    refused = send(tags, method, body, '"1"')
    assert (refused.status, slug_of(refused)) == (412, "precondition-failed")
    kept = held(tags) or {}
    assert (kept["text"], kept["words"]) == ("x", ["other"])
    race(tags)
    done = send(tags, method, body)
    if method == "DELETE":
        assert (done.status, held(tags)) == (204, None)
    else:
        assert (done.status, done.headers["ETag"]) == (200, '"4"')
        assert (held(tags) or {})["text"] == "mine"


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_is_settled_by_the_version(tags: Rest, *, committed: bool) -> None:
    """It is sent once, and told as done only where it was."""
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=committed)
    tags.transport.faults.extend([None, lost])
    changed = send(tags, "PATCH", {"text": "y"})
    assert changed.status == (200 if committed else 504)
    assert (held(tags) or {})["version"] == (2 if committed else 1)


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_to_a_delete_is_settled(tags: Rest, *, committed: bool) -> None:
    """What is gone may have been deleted by anybody, so that is not told as done."""
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=committed)
    tags.transport.faults.extend([None, lost])
    assert send(tags, "DELETE").status == 504
    assert (held(tags) is None) is committed


def test_a_key_is_free_after_a_delete(tags: Rest) -> None:
    """Here the store keeps nothing of a deleted item."""
    assert send(tags, "DELETE").status == 204
    made = send(tags, "PUT", {"text": "y"})
    assert (made.status, made.headers["ETag"]) == (201, '"1"')
