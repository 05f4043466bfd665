"""Resources whose schema lacks an operation, or keeps it from the REST API."""

import json
from collections.abc import Iterator

import pytest

from bridge.compiler.openapi import openapi_document
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import ANSWERED, AUTHORED, model, schema
from tests.unit.account_a.asking import body_of, slug_of

_TYPES, _QUERIES, _MUTATIONS = model("Log", "Logs", "text: String!")


def without(*verbs: str) -> str:
    """Returns a built schema whose resource lacks these mutations."""
    lines = _MUTATIONS.split("\n")
    left = "\n".join(line for line in lines if not line.startswith(verbs))
    return schema((_TYPES, _QUERIES, left), rest="ping: String")


@pytest.fixture
def archive() -> Iterator[Rest]:
    """A client of an API whose items are only changed."""
    with rest_client(without("create", "delete")) as client:
        yield client


def test_a_missing_operation_is_a_missing_verb(archive: Rest) -> None:
    """405, and Allow names what there is."""
    refused = archive.send("POST", "/logs", '{"text": "a"}')
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    refused = archive.send("DELETE", "/logs/a")
    assert refused.headers["Allow"] == "GET, PUT, PATCH, HEAD, OPTIONS"


def test_put_replaces_where_it_cannot_create(archive: Rest) -> None:
    """Of a missing item it is 404, and a demand to create is refused."""
    missing = archive.send("PUT", "/logs/a", '{"text": "a"}')
    assert (missing.status, slug_of(missing)) == (404, "not-found")
    new = archive.send("PUT", "/logs/a", '{"text": "a"}', headers={"if-none-match": "*"})
    assert (new.status, slug_of(new)) == (400, "precondition-unsupported")


def test_put_only_replaces_where_it_lacks_what_create_requires() -> None:
    """Of a missing item it is 404, a demand to create is refused, and an item keeps its author."""
    with rest_client(AUTHORED) as client:
        missing = client.send("PUT", "/entries/a", '{"text": "a"}')
        assert (missing.status, slug_of(missing)) == (404, "not-found")
        new = client.send("PUT", "/entries/a", '{"text": "a"}', headers={"if-none-match": "*"})
        assert (new.status, slug_of(new)) == (400, "precondition-unsupported")
        created = client.send("POST", "/entries", '{"id": "a", "text": "a", "author": "me"}')
        assert created.status == 201
        replaced = client.send("PUT", "/entries/a", '{"text": "b"}')
        assert (replaced.status, body_of(replaced)["author"]) == (200, "me")


@pytest.mark.parametrize("body", ['{"text": "a", "answer": "b"}', '{"text": "a"}'])
def test_put_only_replaces_where_create_would_lose_what_update_takes(body: str) -> None:
    """An item without the answer that the body gives is not what was put."""
    with rest_client(ANSWERED) as client:
        missing = client.send("PUT", "/questions/a", body)
        assert (missing.status, slug_of(missing)) == (404, "not-found")
        new = client.send("PUT", "/questions/a", body, headers={"if-none-match": "*"})
        assert (new.status, slug_of(new)) == (400, "precondition-unsupported")
        assert client.send("POST", "/questions", '{"id": "a", "text": "?"}').status == 201
        replaced = client.send("PUT", "/questions/a", '{"text": "a", "answer": "b"}')
        assert (replaced.status, body_of(replaced)["answer"]) == (200, "b")


def test_a_read_only_resource_takes_reads_alone() -> None:
    """Without mutations only GET and HEAD are left."""
    with rest_client(without("create", "update", "delete")) as client:
        assert client.send("GET", "/logs").status == 200
        assert client.send("GET", "/logs/a").status == 404
        for method in ("PUT", "PATCH", "DELETE"):
            refused = client.send(method, "/logs/a", "{}")
            assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


HAND_WRITTEN = """
type Note { id: ID! text: String }
type NotePage { items: [Note] nextToken: String }
input CreateNoteInput { id: ID text: String }
input UpdateNoteInput { id: ID! text: String }
input DeleteNoteInput { id: ID! }
type Query { getNote(id: ID!): Note listNotes(limit: Int, nextToken: String): NotePage }
type Mutation {
  createNote(input: CreateNoteInput!): Note
  updateNote(input: UpdateNoteInput!): Note
  deleteNote(input: DeleteNoteInput!): Note
}
"""
_UNREAD = schema((_TYPES, _QUERIES.replace("getLog(id: ID!): Log", ""), _MUTATIONS))


@pytest.mark.parametrize(
    ("built", "path", "offered"),
    [
        (without(), "/logs", {"idempotency-key": True, "if-none-match": True}),
        (_UNREAD, "/logs", {"idempotency-key": False}),
        (HAND_WRITTEN, "/notes", {"idempotency-key": False, "if-none-match": False}),
    ],
)
def test_the_document_offers_the_headers_that_are_taken(
    built: str, path: str, offered: dict[str, bool]
) -> None:
    """Neither a repeated create nor one under a condition where the resource cannot hold it."""
    requests = {
        "idempotency-key": ("post", "POST", path, "abc"),
        "if-none-match": ("put", "PUT", f"{path}/a", "*"),
    }
    with rest_client(built) as rest:
        paths = openapi_document(rest.contract)["paths"]
        for header, taken in offered.items():
            verb, method, sent_to, value = requests[header]
            place = path if verb == "post" else f"{path}/{{id}}"
            shown = json.dumps(paths[place][verb].get("parameters", ()))
            words = {"idempotency-key": "/Idempotency-Key", "if-none-match": "/Only-Create"}[header]
            response = rest.send(method, sent_to, '{"text": "a"}', headers={header: value})
            assert (words in shown) is taken is (response.status != 400), response.body
