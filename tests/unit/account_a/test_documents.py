"""The texts of the documents that are sent, and what an operation is called in account B's logs."""

import json

from chalicelib.contract.model import RootField
from chalicelib.graphql.documents import SUFFIX, Root, several, single
from chalicelib.graphql.messages import GraphQLRequest
from tests.support.account_b import rest_client

GET = Root(RootField("Query", "getTodo", "Todo", {"id": "ID!"}), ("id",), "{ id name }")
PING = Root(RootField("Mutation", "ping", "String", {}, mutation=True), (), "")


def test_a_document_of_one_field_is_called_by_it() -> None:
    """A leaf has no selection set, and what takes nothing no parentheses."""
    document = single(GET)
    text = "query GetTodo($id: ID!) { getTodo(id: $id) { id name } }"
    assert (document.text, document.operation_name, document.mutation) == (text, "GetTodo", False)
    document = single(PING)
    assert (document.text, document.mutation) == ("mutation Ping { ping }", True)


def test_a_request_names_its_operation_beside_its_document() -> None:
    """In one body, as GraphQL over HTTP has it; a name is UTF-8 and nothing is escaped."""
    body = GraphQLRequest(single(GET), {"id": "ä"}).body
    assert json.loads(body) == {
        "query": single(GET).text,
        "operationName": "GetTodo",
        "variables": {"id": "ä"},
    }
    assert body.endswith('{"id":"ä"}}'.encode())


def test_several_fields_share_a_document_by_numbers() -> None:
    """Each has an alias, and variables of its own, also within its selection set."""
    inner = Root(GET.field, ("id",), f"{{ orders(limit: $limit{SUFFIX}) }}", (("limit", "Int"),))
    document = several((GET, inner))
    assert document.text == (
        "query Batch($id0: ID!, $id1: ID!, $limit1: Int)"
        " { r0: getTodo(id: $id0) { id name } r1: getTodo(id: $id1) { orders(limit: $limit1) } }"
    )
    assert several((PING, PING)).text == "mutation Batch { r0: ping r1: ping }"


def test_a_type_is_cut_where_it_repeats_within_a_union() -> None:
    """A document has an end."""
    schema = """
    union Found = Note | Tag
    type Note { text: String found: Found }
    type Tag { name: String }
    type Query { note: Note }
    """
    with rest_client(schema) as rest:
        rest.send("GET", "/rpc/note")
        text = rest.transport.requests[0].document.text
    assert text == "query Note { note { text found { __typename ... on Tag { name } } } }"


def test_a_member_leads_to_no_item_of_a_resource() -> None:
    """What its type holds beside is a value; the item has a place of its own."""
    schema = """
    type Thing { id: ID! pick: Pick }
    type Pick { thing: Thing note: String }
    type Query { getThing(id: ID!): Thing }
    """
    with rest_client(schema) as rest:
        rest.send("GET", "/things/a")
        request = rest.transport.requests[0]
    assert request.document.text.endswith("{ getThing(id: $id) { id pick { note } } }")
