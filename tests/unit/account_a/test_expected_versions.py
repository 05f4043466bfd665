"""`@versioned` of Amplify's first transformer: `expectedVersion` in inputs, `version` in the type.

Source: Amplify's documentation of @versioned: a create makes version 1; an update and a delete are
done under the condition that the item has the expected version, and an update raises it by one.
"""

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import build_schema, graphql_sync

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
NOW = "2026-01-01T00:00:00.000Z"
FAILED = "DynamoDB:ConditionalCheckFailedException"


class VersionedApi:
    """An account B as the first transformer made it, over a dictionary."""

    def __init__(self) -> None:
        self._schema = build_schema(f"scalar AWSDateTime scalar AWSTimestamp\n{SCHEMA}")
        self.items: dict[str, dict[str, Any]] = {}

    def execute(self, body: bytes, *_: Any) -> Any:
        """Returns the reply to one request."""
        request = json.loads(body)
        result = graphql_sync(
            self._schema,
            request["query"],
            {
                "getTag": lambda _info, id: self.items.get(id),  # noqa: A006 - the schema's name
                "listTags": lambda _info, **_arguments: {"items": [*self.items.values()]},
                "createTag": self._create,
                "updateTag": self._update,
                "deleteTag": self._delete,
            },
            variable_values=request["variables"],
        )
        errors = [
            {"path": each.path, "errorType": FAILED, "message": "The conditional request failed"}
            for each in result.errors or ()
        ]
        document = {"data": result.data, **({"errors": errors} if errors else {})}
        return SimpleNamespace(status=200, headers={}, body=json.dumps(document).encode())

    def _create(self, _info: Any, input: Mapping[str, Any]) -> Any:  # noqa: A002 - the schema's name
        if input["id"] in self.items:
            raise ValueError(FAILED)
        item = {**input, "version": 1, "createdAt": NOW, "updatedAt": NOW}
        return self.items.setdefault(input["id"], item)

    def _update(self, _info: Any, input: Mapping[str, Any]) -> Any:  # noqa: A002 - the schema's name
        given = {name: value for name, value in input.items() if name != "expectedVersion"}
        held = self._held(input)
        changed = {**held, **given, "version": held["version"] + 1}
        self.items[input["id"]] = changed
        return changed

    def _delete(self, _info: Any, input: Mapping[str, Any]) -> Any:  # noqa: A002 - the schema's name
        self._held(input)
        return self.items.pop(input["id"])

    def _held(self, given: Mapping[str, Any]) -> dict[str, Any]:
        held = self.items.get(given["id"])
        if held is None or held["version"] != given["expectedVersion"]:
            raise ValueError(FAILED)
        return held


@pytest.fixture
def api() -> VersionedApi:
    """An empty account B."""
    return VersionedApi()


@pytest.fixture
def tags(api: VersionedApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rest]:
    """A client of an account B of the first transformer, with one tag of version 1."""
    with rest_client(SCHEMA) as rest:
        monkeypatch.setattr(rest.transport, "api", api)
        made = rest.send("POST", "/tags", '{"id": "a", "text": "x", "words": ["w"]}')
        assert (made.status, made.headers["ETag"]) == (201, '"1"'), made.body
        yield rest


def send(rest: Rest, method: str, body: Any = None, tag: str | None = None) -> RestResponse:
    """Returns the response to a request on the tag."""
    headers = {"if-match": tag} if tag else {}
    return rest.send(method, "/tags/a", "" if body is None else json.dumps(body), headers=headers)


def race(rest: Rest, api: VersionedApi) -> None:
    """Lets another client write just before the gateway's next mutation."""

    def write(request: GraphQLRequest) -> None:
        if request.document.mutation:
            rest.transport.before = None
            held = api.items["a"]
            api.items["a"] = {**held, "words": ["other"], "version": held["version"] + 1}

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
def test_another_version_is_412_and_nothing_is_sent(
    tags: Rest, api: VersionedApi, tag: str
) -> None:
    """The item stays as it is."""
    before = dict(api.items["a"])
    for method, body in (("PATCH", {"words": ["y"]}), ("PUT", {"text": "y"}), ("DELETE", None)):
        refused = send(tags, method, body, tag)
        assert (refused.status, slug_of(refused)) == (412, "precondition-failed")
    assert sum(each.document.mutation for each in tags.transport.requests) == 1
    assert api.items["a"] == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_lost_race_is_412_under_if_match_and_else_written_anew(
    tags: Rest, api: VersionedApi, method: str
) -> None:
    """The other client's write is not lost unseen."""
    body = None if method == "DELETE" else {"text": "mine"}
    race(tags, api)
    refused = send(tags, method, body, '"1"')
    assert (refused.status, slug_of(refused)) == (412, "precondition-failed")
    assert (api.items["a"]["text"], api.items["a"]["words"]) == ("x", ["other"])
    race(tags, api)
    done = send(tags, method, body)
    if method == "DELETE":
        assert (done.status, api.items) == (204, {})
    else:
        assert (done.status, done.headers["ETag"]) == (200, '"4"')
        assert api.items["a"]["text"] == "mine"


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_is_settled_by_the_version(
    tags: Rest, api: VersionedApi, *, committed: bool
) -> None:
    """It is sent once, and told as done only where it was."""
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=committed)
    tags.transport.faults.extend([None, lost])
    changed = send(tags, "PATCH", {"text": "y"})
    assert changed.status == (200 if committed else 504)
    assert api.items["a"]["version"] == (2 if committed else 1)


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_reply_to_a_delete_is_settled(
    tags: Rest, api: VersionedApi, *, committed: bool
) -> None:
    """What is gone may have been deleted by anybody, so that is not told as done."""
    lost = Fault(UpstreamUnreachable("AppSync", "cut", sent=True), committed=committed)
    tags.transport.faults.extend([None, lost])
    assert send(tags, "DELETE").status == 504
    assert ("a" in api.items) is not committed


def test_a_key_is_free_after_a_delete(tags: Rest) -> None:
    """Here the store keeps nothing of a deleted item."""
    assert send(tags, "DELETE").status == 204
    made = send(tags, "PUT", {"text": "y"})
    assert (made.status, made.headers["ETag"]) == (201, '"1"')
