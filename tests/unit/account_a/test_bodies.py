"""Request bodies: strict JSON, then every violation of the contract at once."""

import json
import uuid

import pytest

from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.graphql.replies import read_item
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import SIGNED, model, schema
from tests.unit.account_a.asking import body_of, create, places_of, slug_of, stored
from tests.unit.account_a.batching import entry, send, statuses

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"{", "is not JSON: line 1, column 2"),
        (b"\xef\xbb\xbf{}", "is not JSON: line 1, column 1"),
        (b'{"name": "a"} x', "is not JSON: line 1, column 15"),
        (b"{\"name\": 'a'}", "is not JSON: line 1, column 10"),
        (b'{"name": "a", b}', "is not JSON: line 1, column 15"),
        (b'{"name": "\n"}', "is not JSON: line 1, column 11"),
        (b'{"name": "\xff"}', "is not UTF-8"),
        (b'{"name": "\xed\xa0\x80"}', "is not UTF-8"),
        (b"[]", "is not a JSON object"),
        (b'"name"', "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b'{"name": "a", "name": "a"}', "holds an object with the same name twice"),
        (b'{"name": {"a": 1, "a": 1}}', "holds an object with the same name twice"),
        (b'{"priority": NaN}', "holds a number that is not JSON's, or is too long"),
        (b'{"priority": -Infinity}', "holds a number that is not JSON's, or is too long"),
        (
            b'{"priority": ' + b"1" * 5000 + b"}",
            "holds a number that is not JSON's, or is too long",
        ),
        (b'{"name": ' + b"[" * 100_000, "is nested too deeply"),
        (b'{"name": ' + b'{"a":' * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_no_strict_json_object_is_refused(rest: Rest, body: bytes, detail: str) -> None:
    """The whole body is the place, and the detail says why."""
    response = rest.send("POST", "/todos", body, headers=JSON)
    assert response.status == 400
    assert body_of(response)["errors"] == [{"pointer": "", "detail": detail}]


def test_every_violation_is_named_at_once(rest: Rest) -> None:
    """A client mends all of them in one go; pointers escape ~ and / as RFC 6901 has it."""
    fields = {
        "description": 5,
        "done": "yes",
        "priority": 2**31,
        "dueAt": "tomorrow",
        "createdAt": "2026-01-01T00:00:00Z",
        "a/b~c": 1,
    }
    response = rest.send("POST", "/todos", json.dumps(fields))
    assert places_of(response) == sorted(
        ["/name", "/description", "/done", "/priority", "/dueAt", "/createdAt", "/a~1b~0c"]
    )
    assert not rest.transport.requests


@pytest.mark.parametrize(
    ("fields", "place", "detail"),
    [
        ({}, "/name", "is missing"),
        ({"name": None}, "/name", "is null, which this field never is"),
        ({"name": "a", "updatedAt": "x"}, "/updatedAt", "is read-only"),
        ({"name": "a", "Name": "x"}, "/Name", "is unknown"),
        ({"name": "a", "__typename": "x"}, "/__typename", "is unknown"),
        ({"name": "a", "id": ""}, "/id", "is empty"),
        ({"name": "a", "id": 1}, "/id", "is not a string"),
        ({"name": "a", "id": ".."}, "/id", None),
        ({"name": "a", "id": "x" * 2049}, "/id", "is over 2048 bytes"),
        ({"name": "a\ud800"}, "/name", "holds a lone surrogate"),
        ({"name": ["a"]}, "/name", "is not a string"),
    ],
)
def test_a_post_names_what_is_wrong(
    rest: Rest, fields: dict[str, object], place: str, detail: str | None
) -> None:
    """One violation, at its place."""
    response = rest.send("POST", "/todos", json.dumps(fields))
    assert places_of(response) == [place]
    if detail is not None:
        assert body_of(response)["errors"][0]["detail"] == detail


def test_null_is_for_fields_that_may_be_null(rest: Rest) -> None:
    """POST and PATCH take it for those, and it is stored as none."""
    item = body_of(create(rest, description=None))
    assert item["description"] is None
    assert "description" not in rest.transport.requests[-1].variables["input"]
    path = f"/todos/{item['id']}"
    assert rest.send("PATCH", path, '{"description": "x"}').status == 200
    assert body_of(rest.send("PATCH", path, '{"description": null}'))["description"] is None


@pytest.mark.parametrize(("method", "body"), [("PATCH", {}), ("PUT", {"priority": 1})])
def test_null_for_a_required_field_is_refused(
    rest: Rest, method: str, body: dict[str, object]
) -> None:
    """Amplify would write it, and then every read of the field would fail."""
    item = body_of(create(rest))
    response = rest.send(method, f"/todos/{item['id']}", json.dumps({**body, "name": None}))
    assert places_of(response) == ["/name"]
    assert stored(rest, item["id"]) == item


def test_a_patch_takes_nothing_read_only_and_no_other_id(rest: Rest) -> None:
    """The path names the item, which the body may repeat; the timestamps are account B's."""
    item = body_of(create(rest))
    path = f"/todos/{item['id']}"
    response = rest.send("PATCH", path, json.dumps({**item, "name": "b"}))
    assert places_of(response) == ["/createdAt", "/updatedAt"]
    assert rest.send("PATCH", path, json.dumps({"id": item["id"], "name": "b"})).status == 200
    for method in ("PATCH", "PUT"):
        other = rest.send(method, path, json.dumps({"id": "other", "name": "b"}))
        assert places_of(other) == ["/id"]


def test_put_of_what_get_gave_changes_nothing_but_its_time(rest: Rest) -> None:
    """Read-only members are passed over."""
    item = body_of(create(rest, description="fresh", priority=2))
    response = rest.send("PUT", f"/todos/{item['id']}", json.dumps(item))
    assert response.status == 200
    assert {**body_of(response), "updatedAt": None} == {**item, "updatedAt": None}


def test_a_put_of_a_representation_with_problems_is_refused(rest: Rest) -> None:
    """Its nulls are no values."""
    item = body_of(create(rest))
    body = {**item, "problems": [{"pointer": "/name", "detail": "could not be read"}]}
    response = rest.send("PUT", f"/todos/{item['id']}", json.dumps(body))
    assert places_of(response) == ["/problems"]
    assert "nulls of this representation are no values" in response.body


def test_a_patch_is_a_merge_patch(rest: Rest) -> None:
    """What it names changes, null clears, what it leaves out stays."""
    item = body_of(create(rest, description="fresh", done=False, priority=2))
    response = rest.send(
        "PATCH",
        f"/todos/{item['id']}",
        '{"done": true, "description": null}',
        headers={"content-type": "application/merge-patch+json; charset=utf-8"},
    )
    changed = {**item, "done": True, "description": None}
    assert {**body_of(response), "updatedAt": item["updatedAt"]} == changed


def test_an_empty_patch_changes_nothing_but_the_time(rest: Rest) -> None:
    """RFC 7396 allows it; Amplify's update writes updatedAt all the same."""
    item = body_of(create(rest))
    response = rest.send("PATCH", f"/todos/{item['id']}", "{}")
    assert response.status == 200
    assert {**body_of(response), "updatedAt": None} == {**item, "updatedAt": None}


def test_a_list_is_replaced_as_a_whole(machines: Rest) -> None:
    """As RFC 7396 has it; its items are checked one by one."""
    fields = {"label": "a", "running": False, "serials": [1, 2], "tags": ["x", None]}
    created = machines.send("POST", "/machines", json.dumps(fields))
    assert created.status == 201, created.body
    path = created.headers["Location"]
    changed = machines.send("PATCH", path, '{"serials": [3], "history": ["IDLE", "BROKEN"]}')
    assert changed.status == 200, changed.body
    assert body_of(changed)["serials"] == [3]
    assert body_of(changed)["tags"] == ["x", None]
    assert body_of(changed)["history"] == ["IDLE", "BROKEN"]
    refused = machines.send("PATCH", path, '{"serials": [1, "2"], "history": ["OFF", null]}')
    assert places_of(refused) == ["/history/0", "/history/1", "/serials/1"]
    assert places_of(machines.send("PATCH", path, '{"serials": null}')) == ["/serials"]


def test_a_required_boolean_must_be_given_and_false_is_given(machines: Rest) -> None:
    """False is a value, not an absence."""
    refused = machines.send("POST", "/machines", '{"label": "a", "serials": []}')
    assert places_of(refused) == ["/running"]
    made = machines.send("POST", "/machines", '{"label": "a", "serials": [], "running": false}')
    assert (made.status, body_of(made)["running"]) == (201, False)


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_413(rest: Rest) -> None:
    """1 MiB; what is wrong with the smaller one is told."""
    frame = len('{"colour":""}')
    for extra, status in ((0, 400), (1, 413)):
        body = '{"colour":"' + "a" * (1024 * 1024 - frame + extra) + '"}'
        assert rest.send("POST", "/todos", body).status == status


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_change_must_hold_what_the_update_input_requires(method: str) -> None:
    """Account B would refuse it as a whole, and that would look like drift of its schema."""
    with rest_client(SIGNED) as pages:
        assert (
            pages.send("POST", "/pages", '{"id": "a", "text": "a", "editor": null}').status == 201
        )
        before = len(pages.transport.requests)
        for body, detail in (
            ('{"text": "b"}', "is missing"),
            ('{"text": "b", "editor": null}', "is null, which this field never is"),
        ):
            response = pages.send(method, "/pages/a", body)
            assert places_of(response) == ["/editor"]
            assert body_of(response)["errors"][0]["detail"] == detail
        assert len(pages.transport.requests) == before
        changed = pages.send(method, "/pages/a", '{"text": "b", "editor": "me"}')
        assert (changed.status, body_of(changed)["editor"]) == (200, "me")


def refuse(rest: Rest, field: str, text: str) -> None:
    """Lets AppSync refuse each document that holds this text, as it refuses this field's value."""
    # Recorded from AWS: github.com/aws-amplify/amplify-flutter/issues/822
    message = f"Variable '{field}' has an invalid value. Unable to parse `{text}` as a valid one."

    refusal = GraphQLResponse(None, (GraphQLFault((), "", message),))

    def before(request: GraphQLRequest) -> None:
        if text in json.dumps(request.variables):
            read_item(refusal, "")

    rest.transport.before = before


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PATCH", "/a"), ("PUT", "/a")])
def test_a_value_that_only_appsync_knows_to_be_wrong_is_named(
    machines: Rest, method: str, path: str
) -> None:
    """Whether a telephone number exists is nothing that a pattern could tell."""
    refuse(machines, "phone", "1110004444")
    body = {"label": "a", "running": True, "serials": [], "phone": "1110004444"}
    response = machines.send(method, f"/machines{path}", json.dumps(body))
    assert places_of(response) == ["/phone"]
    assert body_of(response)["errors"][0]["detail"] == "is no AWSPhone that AppSync takes"


def test_a_value_that_appsync_refuses_stops_no_other_request_of_its_batch(machines: Rest) -> None:
    """The document is refused as a whole, and its requests are made one by one."""
    refuse(machines, "phone", "1110004444")
    body = {"label": "a", "running": True, "serials": []}
    answers = send(
        machines,
        entry("POST", "/machines", {**body, "phone": "1110004444"}),
        entry("POST", "/machines", {**body, "phone": "+1 206 555 0100"}),
    )
    assert statuses(answers) == [400, 201]


@pytest.mark.parametrize("field", ["slots", "nothing"])
def test_a_refused_value_that_is_right_by_the_contract_means_drift(
    machines: Rest, field: str
) -> None:
    """What an Int is, the gateway knows itself; so the client cannot cure it."""
    refuse(machines, field, "4711")
    body = {"label": "a", "running": True, "serials": [], "slots": 4711}
    response = machines.send("POST", "/machines", json.dumps(body))
    assert (response.status, slug_of(response)) == (502, "graphql-refused")


# The first recorded from AWS (github.com/aws-amplify/amplify-flutter/issues/2700), less its end.
START = "One or more parameter values"
INDEX_REFUSALS = [
    ("were invalid: Type mismatch for Index Key name Expected: S Actual: NULL", "/name"),
    ("are not valid. A value … an empty string value. IndexName: a, IndexKey: name", "/name"),
    ("were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes", ""),
]


@pytest.mark.parametrize(("message", "place"), INDEX_REFUSALS)
def test_a_value_that_no_index_takes_is_named(rest: Rest, message: str, place: str) -> None:
    """The built schema does not tell by which fields the store has an index."""

    def before(request: GraphQLRequest) -> None:
        name = request.document.operation_name
        key = name[0].lower() + name[1:]
        fault = GraphQLFault((key,), "DynamoDB:DynamoDbException", f"{START} {message}")
        read_item(GraphQLResponse({key: None}, (fault,)), key)

    create(rest, id="a")
    rest.transport.before = before
    for method, path in (("POST", "/todos"), ("PATCH", "/todos/a"), ("PUT", "/todos/a")):
        assert places_of(rest.send(method, path, '{"name": ""}')) == [place]


# An index whose sort fields are both timestamps, of which a client may give one, beside another.
_NOTES = model("Note", "Notes", "kind: String title: String place: String")
NOTES = schema(
    (
        _NOTES[0].replace(
            "input CreateNoteInput { id: ID",
            "input CreateNoteInput { id: ID createdAt: AWSDateTime updatedAt: AWSDateTime",
        ),
        *_NOTES[1:],
    ),
    types="""
    input ModelNoteByKindCompositeKeyInput { updatedAt: String createdAt: String }
    input ModelNoteByKindCompositeKeyConditionInput {
      eq: ModelNoteByKindCompositeKeyInput
      between: [ModelNoteByKindCompositeKeyInput]
      beginsWith: ModelNoteByKindCompositeKeyInput
    }
    input ModelNoteByTitleCompositeKeyInput { title: String place: String }
    input ModelNoteByTitleCompositeKeyConditionInput {
      eq: ModelNoteByTitleCompositeKeyInput
      between: [ModelNoteByTitleCompositeKeyInput]
      beginsWith: ModelNoteByTitleCompositeKeyInput
    }
    """,
    queries="""notesByKind(kind: String!,
      updatedAtCreatedAt: ModelNoteByKindCompositeKeyConditionInput,
      sortDirection: ModelSortDirection, filter: ModelNoteFilterInput, limit: Int,
      nextToken: String): ModelNoteConnection
    notesByTitle(kind: String!,
      titlePlace: ModelNoteByTitleCompositeKeyConditionInput,
      sortDirection: ModelSortDirection, filter: ModelNoteFilterInput, limit: Int,
      nextToken: String): ModelNoteConnection""",
)


def test_a_key_part_whose_other_part_no_client_sets_is_named_itself() -> None:
    """Nobody is told to send `updatedAt`, which is read-only."""
    with rest_client(NOTES) as rest:
        stamp = "2026-01-01T00:00:00Z"
        note = {"kind": "a", "title": "b", "place": "c", "createdAt": stamp}
        refused = rest.send("POST", "/notes", json.dumps(note))
        assert refused.status == 400
        ((pointer, detail),) = (
            (each["pointer"], each["detail"]) for each in json.loads(refused.body)["errors"]
        )
        assert pointer == "/createdAt"
        assert (
            detail == "is taken by the index notesByKind only with updatedAt, which no client sets"
        )
        both = json.dumps({"kind": "a", "createdAt": stamp, "updatedAt": stamp})
        assert rest.send("POST", "/notes", both).status == 400
        assert rest.send("POST", "/notes", '{"kind": "a"}').status == 201


def test_an_id_that_no_client_chose_is_a_random_uuid_of_its_own(rest: Rest) -> None:
    """Version 4 in canonical form, another one for every item."""
    ids = [body_of(rest.send("POST", "/todos", '{"name":"milk"}'))["id"] for _ in range(20)]
    read = [uuid.UUID(each) for each in ids]
    assert [str(each) for each in read] == ids
    assert {(each.version, each.variant) for each in read} == {(4, uuid.RFC_4122)}
    assert len({*ids}) == len(ids)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_takes_no_parameter(rest: Rest, method: str) -> None:
    """It would be one that the client believes in."""
    path = "/todos" if method == "POST" else "/todos/a"
    body = "" if method == "DELETE" else '{"name": "milk"}'
    assert places_of(rest.send(method, path, body, query={"a": "1"})) == ["a"]
    assert not rest.transport.requests
