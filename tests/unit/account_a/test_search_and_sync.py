"""Search and sync: queries of Amplify's that give pages and are no lists, so endpoints."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from graphql import assert_input_object_type, get_named_type

from bridge.compiler.compilation import compile_schema
from bridge.compiler.openapi import openapi_document
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import read_built_schema
from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import model, schema
from tests.support.todo import PROJECT
from tests.unit.account_a.asking import body_of, places_of
from tests.unit.account_a.batching import entry, send, statuses

VERSIONED = (PROJECT / "tests/data/amplify/built-schema-datastore.graphql").read_text()
# As Amplify writes what @searchable adds, with its union of results.
SEARCHABLE = schema(
    model("Note", "Notes", "text: String\nstars: Int"),
    types="""
    input SearchableStringFilterInput { eq: String match: String wildcard: String exists: Boolean }
    input SearchableIntFilterInput { eq: Int gt: Int range: [Int] }
    input SearchableNoteFilterInput {
      text: SearchableStringFilterInput stars: SearchableIntFilterInput
      and: [SearchableNoteFilterInput] or: [SearchableNoteFilterInput]
      not: SearchableNoteFilterInput
    }
    enum SearchableSortDirection { asc desc }
    enum SearchableNoteSortableFields { id text stars }
    input SearchableNoteSortInput {
      field: SearchableNoteSortableFields direction: SearchableSortDirection
    }
    enum SearchableAggregateType { terms avg }
    enum SearchableNoteAggregateField { text stars }
    input SearchableNoteAggregationInput {
      name: String! type: SearchableAggregateType! field: SearchableNoteAggregateField!
    }
    type SearchableAggregateScalarResult { value: Float! }
    type SearchableAggregateBucketResult { buckets: [SearchableAggregateBucketResultItem] }
    type SearchableAggregateBucketResultItem { key: String! doc_count: Int! }
    union SearchableAggregateGenericResult =
      SearchableAggregateScalarResult | SearchableAggregateBucketResult
    type SearchableAggregateResult { name: String! result: SearchableAggregateGenericResult }
    type SearchableNoteConnection {
      items: [Note]! nextToken: String total: Int
      aggregateItems: [SearchableAggregateResult]!
    }
    """,
    queries="""searchNotes(filter: SearchableNoteFilterInput, sort: [SearchableNoteSortInput],
      limit: Int, nextToken: String, from: Int,
      aggregates: [SearchableNoteAggregationInput]): SearchableNoteConnection""",
)
FOUND = {
    "items": [{"id": "1", "text": "a", "stars": 5, "createdAt": "t", "updatedAt": "t"}],
    "nextToken": "on",
    "total": 7,
    "aggregateItems": [
        {
            "name": "mean",
            "result": {"__typename": "SearchableAggregateScalarResult", "value": 4.5},
        },
        {
            "name": "words",
            "result": {
                "__typename": "SearchableAggregateBucketResult",
                "buckets": [{"key": "a", "doc_count": 3}],
            },
        },
    ],
}


def post(rest: Rest, name: str, body: Any) -> Any:
    """Returns the result of an operation, which must have no problems."""
    response = rest.send("POST", f"/rpc/{name}", json.dumps(body))
    assert response.status == 200, response.body
    assert list(body_of(response)) == ["result"]
    return body_of(response)["result"]


def test_a_search_takes_filter_and_sort_and_gives_its_total() -> None:
    """OpenSearch's own words, checked like any argument; the whole page comes back."""
    asked = {
        "filter": {"or": [{"text": {"match": "a"}}, {"stars": {"range": [3, 5]}}]},
        "sort": [{"field": "stars", "direction": "desc"}],
        "aggregates": [{"name": "mean", "type": "avg", "field": "stars"}],
        "limit": 1,
        "from": 2,
    }

    def after(request: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        assert reply.data == {"searchNotes": None}, "the document is no longer what it was"
        return reply._replace(data={"searchNotes": FOUND}, errors=[])

    with rest_client(SEARCHABLE) as rest:
        rest.transport.after = after
        assert post(rest, "searchNotes", asked) == FOUND
        assert rest.transport.requests[-1].variables == asked
        wrong = {
            "filter": {"text": {"like": "a"}, "not": {"stars": {"gt": "x"}}},
            "sort": [{"field": "size"}, {"direction": "DESC"}],
            "aggregates": [{"name": "mean"}],
        }
        refused = rest.send("POST", "/rpc/searchNotes", json.dumps(wrong))
        assert refused.status == 400
        assert {each["pointer"] for each in body_of(refused)["errors"]} == {
            "/filter/text/like",
            "/filter/not/stars/gt",
            "/sort/0/field",
            "/sort/1/direction",
            "/aggregates/0/type",
            "/aggregates/0/field",
        }
        assert len(rest.transport.requests) == 1


def test_a_sync_gives_what_was_changed_since_the_last_one() -> None:
    """Deleted items and versions too; `startedAt` is the next one's lastSync."""
    with rest_client(VERSIONED, Options(enable_batch=True)) as rest:
        for name in ("kept", "gone"):
            body = json.dumps({"id": name, "name": name})
            assert rest.send("POST", "/todos", body).status == 201
        first = post(rest, "syncTodos", {})
        assert sorted(each["id"] for each in first["items"]) == ["gone", "kept"]
        assert rest.send("DELETE", "/todos/gone").status == 204
        since = post(rest, "syncTodos", {"lastSync": first["startedAt"] + 1})
        ((identity, version, deleted),) = (
            (each["id"], each["_version"], each["_deleted"]) for each in since["items"]
        )
        assert (identity, version, deleted) == ("gone", 2, True)
        assert since["startedAt"] > first["startedAt"]
        assert post(rest, "syncTodos", {"lastSync": since["startedAt"] + 1})["items"] == []
        refused = rest.send("POST", "/rpc/syncTodos", '{"lastSync": "yesterday"}')
        assert [each["pointer"] for each in body_of(refused)["errors"]] == ["/lastSync"]


def test_a_token_that_no_page_gave_is_the_clients_fault() -> None:
    """400 at the argument: account B takes only what it gave itself."""
    with rest_client(VERSIONED) as rest:
        refused = rest.send("POST", "/rpc/syncTodos", '{"nextToken": "made up"}')
    assert refused.status == 400
    assert [each["pointer"] for each in body_of(refused)["errors"]] == ["/nextToken"]


SCHEMA = read_built_schema(VERSIONED)
SYNC = "query ($filter: ModelTodoFilterInput) { syncTodos(filter: $filter) { nextToken } }"


def _operators() -> Iterator[tuple[dict[str, Any], str]]:
    """Gives a null for each operator of each field of Todo's filter, with the pointer to it."""
    taken = assert_input_object_type(SCHEMA.type_map["ModelTodoFilterInput"])
    for member, declared in taken.fields.items():
        if member in {"and", "or", "not"}:
            continue
        operators = assert_input_object_type(get_named_type(declared.type)).fields
        for operator, operand in operators.items():
            if operator == "size":
                for inner in assert_input_object_type(operand.type).fields:
                    yield {member: {operator: {inner: None}}}, f"/{member}/{operator}/{inner}"
            yield {member: {operator: None}}, f"/{member}/{operator}"


WITHIN: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda tree: tree, ""),
    (lambda tree: {"and": [{}, tree]}, "/and/1"),
    (lambda tree: {"or": [{"not": tree}]}, "/or/0/not"),
)


def test_a_null_that_the_store_compares_nothing_with_is_refused_at_its_place() -> None:
    """Just those nulls are 400 that account B itself refuses; all others go on to it."""
    refused: set[str] = set()
    with rest_client(VERSIONED) as rest:
        for tree, place in _operators():
            failed = "errors" in rest.graphql(SYNC, {"filter": tree})
            for around, before in WITHIN:
                body = json.dumps({"filter": around(tree)})
                answer = rest.send("POST", "/rpc/syncTodos", body)
                if not failed:
                    assert answer.status == 200, (tree, answer.body)
                    continue
                refused.add(place.rpartition("/")[2])
                assert answer.status == 400, (tree, answer.body)
                assert places_of(answer) == [f"/filter{before}{place}"]
    assert refused == {"le", "lt", "ge", "gt", "beginsWith", "attributeType"}


def test_the_bounds_of_a_range_are_values_in_order() -> None:
    """A null among them is refused at its place, and what account B finds the wrong way round."""
    with rest_client(VERSIONED) as rest:
        for bounds, place in (
            ([None, "a"], "/0"),
            (["a", None], "/1"),
            (["b", "a"], ""),
            (["\uffff", "\U00010000"], None),
            (["a", "a"], None),
        ):
            tree = {"not": {"name": {"between": bounds}}}
            assert ("errors" in rest.graphql(SYNC, {"filter": tree})) is (place is not None)
            answer = rest.send("POST", "/rpc/syncTodos", json.dumps({"filter": tree}))
            assert answer.status == (200 if place is None else 400)
            if place is not None:
                assert places_of(answer) == [f"/filter/not/name/between{place}"]


def test_the_document_says_which_operands_are_never_null() -> None:
    """What generators make of it can be sent."""
    schemas = openapi_document(compile_schema(SCHEMA, RestSettings()).contract)["components"]
    for name in ("ModelStringInput", "ModelIntInput", "ModelBooleanInput", "ModelSizeInput"):
        for operator, operand in schemas["schemas"][name]["properties"].items():
            takes_null = "null" in json.dumps(operand)
            if operator == "between":
                assert "null" not in json.dumps(operand["items"])
                continue
            never = {"le", "lt", "ge", "gt", "beginsWith", "attributeType"}
            assert takes_null is (operator not in never), (name, operator)


def test_what_the_store_refuses_of_a_page_is_the_clients_fault() -> None:
    """A limit below 1, and a filter of more conditions than it takes: 400 at the argument."""
    many = [{"name": {"contains": "x"}}] * 300
    with rest_client(VERSIONED, Options(enable_batch=True)) as rest:
        for body, place in (
            ({"limit": 0}, "/limit"),
            ({"limit": -1}, "/limit"),
            ({"filter": {"or": many}}, "/filter"),
        ):
            refused = rest.send("POST", "/rpc/syncTodos", json.dumps(body))
            assert (refused.status, places_of(refused)) == (400, [place])
        answers = send(
            rest,
            entry("POST", "/rpc/syncTodos", {"filter": {"name": {"gt": None}}}),
            entry("POST", "/rpc/syncTodos", {"limit": 0}),
            entry("POST", "/rpc/syncTodos", {"filter": {"name": {"eq": None}}}),
        )
        # Where the client sent none of these, it can mend nothing.
        fault = GraphQLFault(("syncTodos",), "DynamoDB:UserIllegalArgumentException", "no")
        rest.transport.after = lambda *_: GraphQLResponse({"syncTodos": None}, (fault,))
        assert rest.send("POST", "/rpc/syncTodos", "{}").status == 502
    assert statuses(answers) == [400, 400, 200]
    assert [each["body"]["errors"][0]["pointer"] for each in answers[:2]] == [
        "/filter/name/gt",
        "/limit",
    ]


def test_a_batch_syncs_after_the_write_before_it() -> None:
    """An operation waits for the writes before it, whatever they write."""
    with rest_client(VERSIONED, Options(enable_batch=True)) as rest:
        answers = send(
            rest,
            entry("POST", "/todos", {"id": "a", "name": "a"}),
            entry("POST", "/rpc/syncTodos", {"limit": 10}),
            entry("PATCH", "/todos/a", {"name": "b"}),
            entry("POST", "/rpc/syncTodos", {"filter": {"name": {"eq": "b"}}}),
        )
        assert statuses(answers) == [201, 200, 200, 200]
        assert answers[1]["body"]["result"]["items"][0]["name"] == "a"
        assert answers[3]["body"]["result"]["items"][0]["_version"] == 2
