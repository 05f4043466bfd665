"""/rpc/{operation}: the queries and mutations that belong to no resource."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import UpstreamTimeout, UpstreamUnreachable
from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import MAX_REPLY_BYTES, RestResponse, wire_bytes
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.schemas import model, schema
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of, places_of
from tests.unit.account_a.batching import entry, send, statuses

# Unions, interfaces, a type that holds itself, a page that is no list, and a root that is never
# null, as a hand-written API has them.
HAND_WRITTEN = """
interface Shape { name: String! }
type Circle implements Shape { name: String! radius: Float }
type Square implements Shape { name: String! side: Float }
union Found = Circle | Square | Note
type Note { text: String parent: Note tags: [String!] }
type NotePage { items: [Note!]! total: Int nextToken: String }
input Where { text: String! = "x" deeper: Where ids: [ID!] }
type Query {
  shapes: [Shape!]
  find(where: Where!, kinds: [Kind!]): [Found!]!
  notes(limit: Int = 2, done: Boolean, ratio: Float, kinds: [Kind!], nextToken: String): NotePage
  chosen(fields: String): String
}
type Mutation { pay(cents: Int!): String! touch(id: ID!): Note }
enum Kind { CIRCLE SQUARE }
"""
FUNCTIONS = """
def shapes(arguments, event):
    circle = {"__typename": "Circle", "name": "c", "radius": 1}
    return [circle, {"__typename": "Square", "name": "s", "side": 2}]

def find(arguments, event):
    return [
        {"__typename": "Note", "text": arguments["where"]["text"], "tags": ["t"]},
        {"__typename": "Circle", "name": "c", "radius": 1.5},
    ]

def notes(arguments, event):
    held = {"text": str(sorted(arguments.items())), "parent": {"text": "up"}}
    return {"items": [held], "total": 9, "nextToken": "on"}

def chosen(arguments, event):
    return arguments.get("fields")

def pay(arguments, event):
    return None if arguments["cents"] == 0 else "paid"

def touch(arguments, event):
    return {"text": arguments["id"]}
"""


@pytest.fixture
def shop() -> Iterator[Rest]:
    """A client of the empty shop."""
    with shop_client() as rest:
        yield rest


@pytest.fixture
def hand_written(tmp_path: Path) -> Iterator[Rest]:
    """A client of an API without a single resource."""
    functions = tmp_path / "functions.py"
    functions.write_text(FUNCTIONS, encoding="utf-8")
    with rest_client(HAND_WRITTEN, Options(enable_batch=True), functions=functions) as rest:
        yield rest


def post(rest: Rest, name: str, body: Any, **query: str) -> RestResponse:
    """Returns the response to a POST of the arguments."""
    return rest.send("POST", f"/rpc/{name}", json.dumps(body), query=query)


def get(rest: Rest, name: str, *query: tuple[str, str]) -> RestResponse:
    """Returns the response to a GET with these parameters."""
    return rest.send("GET", f"/rpc/{name}", query=query)


def result(response: RestResponse) -> Any:
    """Returns the whole result of an operation that had no problems."""
    assert response.status == 200, response.body
    assert response.headers["Content-Type"] == "application/json"
    body = body_of(response)
    assert list(body) == ["result"]
    return body["result"]


def places(response: RestResponse) -> list[Mapping[str, str]]:
    """Returns the violations of a refused request."""
    assert response.status == 400, response.body
    found: list[Mapping[str, str]] = body_of(response)["errors"]
    return found


def failing(rest: Rest, kind: str, message: str = "of the owner's") -> None:
    """Makes account B answer the next request with an error of this type at its root field."""

    def after(request: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        (name,) = reply.data or {}
        return GraphQLResponse({name: None}, [GraphQLFault((name,), kind, message)])

    rest.transport.after = after


def slug(response: RestResponse) -> tuple[int, str]:
    """Returns a problem's status and the end of its type."""
    return response.status, body_of(response)["type"].rpartition(":")[2]


def test_a_query_takes_its_arguments_from_a_body_or_from_parameters(shop: Rest) -> None:
    """What is left out has the schema's default."""
    assert result(post(shop, "echo", {"text": "hi"})) == "hi"
    assert result(post(shop, "echo", {"text": "hi", "times": 2})) == "hi hi"
    assert result(get(shop, "echo", ("text", "hi"), ("times", "3"))) == "hi hi hi"
    assert result(post(shop, "echo", {"text": None})) is None


def test_input_objects_lists_and_enums_are_arguments(shop: Rest) -> None:
    """Their members have defaults too."""
    quote = result(post(shop, "quote", {"customerId": "c", "lines": [{"sku": "a"}]}))
    assert quote["lines"][0]["quantity"] == 1
    assert quote["total"] == {"amount": 9.5, "currency": "EUR"}
    assert result(post(shop, "retag", {"skus": ["a", "b"], "tag": "SALE"})) == ["SALE", "SALE"]


def test_every_violation_of_the_arguments_is_told_at_once(shop: Rest) -> None:
    """Each with the pointer to its place; nothing is sent."""
    body = {"lines": [{"sku": 1, "colour": "red"}, 3], "customerId": None, "more": 1}
    assert {each["pointer"] for each in places(post(shop, "quote", body))} == {
        "/lines/0/sku",
        "/lines/0/colour",
        "/lines/1",
        "/customerId",
        "/more",
    }
    assert [each["pointer"] for each in places(post(shop, "checkout", {}))] == [
        "/customerId",
        "/orderNo",
    ]
    found = places(get(shop, "skus", ("limit", "1"), ("limit", "2"), ("more", "1")))
    assert [each["parameter"] for each in found] == ["limit", "more", "prefix"]
    assert not shop.transport.requests


def test_parameters_are_typed(hand_written: Rest) -> None:
    """Lists are repeated or separated by commas."""
    response = get(
        hand_written,
        "notes",
        ("done", "true"),
        ("ratio", "1.5"),
        ("kinds", "CIRCLE,SQUARE"),
        ("kinds", "CIRCLE"),
    )
    arguments = {
        "done": True,
        "kinds": ["CIRCLE", "SQUARE", "CIRCLE"],
        "limit": 2,
        "ratio": 1.5,
    }
    assert result(response)["items"][0]["text"] == str(sorted(arguments.items()))
    assert places(get(hand_written, "notes", ("kinds", "CIRCLE,OVAL")))[0]["parameter"] == "kinds"


def test_get_is_for_queries_whose_arguments_fit_into_parameters(
    shop: Rest, hand_written: Rest
) -> None:
    """Mutations, input objects, and an argument that is called as our own parameter have POST."""
    for rest, name in ((shop, "quote"), (shop, "recount"), (hand_written, "chosen")):
        refused = rest.send("GET", f"/rpc/{name}")
        assert (refused.status, refused.headers["Allow"]) == (405, "POST, OPTIONS")
    assert shop.send("OPTIONS", "/rpc/echo").headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert shop.send("HEAD", "/rpc/echo").status == 200
    assert result(post(hand_written, "chosen", {"fields": "mine"})) == "mine"


def test_an_unknown_operation_is_an_unknown_path(shop: Rest) -> None:
    """So is a root field of a resource."""
    assert slug(post(shop, "nothing", {})) == (404, "unknown-path")
    assert slug(post(shop, "getOrder", {})) == (404, "unknown-path")


def test_a_result_of_a_models_type_has_its_values_and_no_relation(shop: Rest) -> None:
    """Nothing is resolved that nobody asked for; `fields` asks."""
    first, second = result(get(shop, "bestSellers"))
    assert (first["sku"], second["price"]) == ("p-1", {"amount": 2, "currency": "EUR"})
    assert "reviews" not in first
    review = {"productSku": "p-1", "stars": 4, "id": "r"}
    assert shop.send("POST", "/reviews", json.dumps(review)).status == 201
    assert result(get(shop, "bestSellers", ("fields", "sku,reviews.items.stars"))) == [
        {"sku": "p-1", "reviews": {"items": [{"stars": 4}]}},
        {"sku": "p-2", "reviews": {"items": []}},
    ]


def test_a_model_in_a_result_holds_the_values_that_its_representation_does(tmp_path: Path) -> None:
    """Also a value whose type is another resource's: it is written whole, so it is no relation."""
    text = """
    type Query { getOrder(id: ID!): Order getLine(id: ID!): Line lines: [Line] }
    type Mutation { createLine(input: CreateLineInput!): Line }
    input CreateLineInput { id: ID order: OrderInput }
    input OrderInput { total: Int }
    type Order { id: ID! total: Int }
    type Line { id: ID! order: Order }
    """
    line = {"id": "a", "order": {"id": "o", "total": 3}}
    functions = tmp_path / "functions.py"
    functions.write_text(f"def lines(arguments, event):\n    return [{line}]\n", encoding="utf-8")
    with rest_client(text, functions=functions) as rest:
        assert body_of(post(rest, "lines", {})) == {"result": [line]}


def test_fields_reach_into_a_result(shop: Rest, hand_written: Rest) -> None:
    """A name that stands for a whole value wins over a part of it; unknown ones are told."""
    body = {"customerId": "c", "lines": [{"sku": "a"}]}
    assert result(post(shop, "quote", body, fields="total.amount,lines.sku")) == {
        "total": {"amount": 9.5},
        "lines": [{"sku": "a"}],
    }
    assert result(post(shop, "quote", body, fields="total.amount,total")) == {
        "total": {"amount": 9.5, "currency": "EUR"}
    }
    leaf = places(post(shop, "quote", body, fields="total.amount.deep"))[0]
    assert leaf["parameter"] == "fields"
    assert leaf["detail"].endswith("deep; the fields are: none")
    for wrong in ("nothing", "total.nothing", ""):
        assert places(post(shop, "quote", body, fields=wrong))[0]["parameter"] == "fields"
    tenth = f"{'parent.' * 9}text"
    assert post(hand_written, "touch", {"id": "1"}, fields=tenth).status == 200
    deep = ".".join(["parent"] * 11)
    assert "10 levels" in places(post(hand_written, "touch", {"id": "1"}, fields=deep))[0]["detail"]
    assert places(post(shop, "recount", {"warehouse": "w"}, fields="x"))


def test_fields_take_the_items_that_a_value_holds() -> None:
    """An item of a resource within a type that is none is a value, whether it is named or not."""
    things = schema(
        model("Thing", "Things", "name: String"),
        types="""
        type Pick { thing: Thing note: String more: ModelThingConnection }
        type Best { pick: Pick }
        """,
        queries="best: Best",
    )
    whole = "pick { thing { id name createdAt updatedAt } note }"
    with rest_client(things) as rest:
        for fields in ((), (("fields", "pick"),)):
            get(rest, "best", *fields)
            assert whole in rest.transport.requests[-1].document.text


def test_unions_and_interfaces_tell_their_types(hand_written: Rest) -> None:
    """Each possible type has its own values; `fields` picks from those that have them."""
    assert result(get(hand_written, "shapes")) == [
        {"__typename": "Circle", "name": "c", "radius": 1},
        {"__typename": "Square", "name": "s", "side": 2},
    ]
    assert result(post(hand_written, "find", {"where": {}})) == [
        {"__typename": "Note", "text": "x", "tags": ["t"]},
        {"__typename": "Circle", "name": "c", "radius": 1.5},
    ]
    assert result(post(hand_written, "find", {"where": {}}, fields="text")) == [
        {"__typename": "Note", "text": "x"},
        {"__typename": "Circle"},
    ]


# What the possible types of a union and of an interface call alike and type differently: by name,
# by its lists, by non-null alone, and within one another.
ALIKE = """
interface Owner { id: ID! }
type Person implements Owner { id: ID! size: Int! address: Home }
type Firm implements Owner { id: ID! size: String size_of_Firm: Int address: Office seats: [Int!]! }
type Home { at: String pets: [Pet!] }
type Office { at: Int! pets: Pet }
union Pet = Cat | Dog
type Cat { age: Int! kin: [Pet] }
type Dog { age: String kin: Pet }
type Note { owner: Owner }
type Query { owners: [Owner!]! note: Note }
"""
ALIKE_FUNCTIONS = """
def owners(arguments, event):
    cat = {"__typename": "Cat", "age": 3, "kin": None}
    dog = {"__typename": "Dog", "age": "4", "kin": None}
    return [
        {"__typename": "Person", "id": "1", "size": 2, "address": {"at": "a", "pets": [cat, dog]}},
        {
            "__typename": "Firm",
            "id": "2",
            "size": "big",
            "size_of_Firm": 5,
            "address": {"at": 6, "pets": dog},
            "seats": [7],
        },
    ]

def note(arguments, event):
    return {"owner": {"__typename": "Person", "id": "3", "address": {"pets": [{
        "__typename": "Cat", "age": 1,
    }, {"__typename": "Dog", "age": {}}]}, "size": 1}}
"""


@pytest.fixture
def alike(tmp_path: Path) -> Iterator[Rest]:
    """A client of an API whose unions have fields of one name and several types."""
    functions = tmp_path / "functions.py"
    functions.write_text(ALIKE_FUNCTIONS, encoding="utf-8")
    with rest_client(ALIKE, Options(enable_batch=True), functions=functions) as rest:
        yield rest


def test_possible_types_may_type_one_name_differently(alike: Rest) -> None:
    """One selection set cannot hold both under their name; the result does."""
    cat, dog = {"__typename": "Cat", "age": 3}, {"__typename": "Dog", "age": "4"}
    person, firm = result(get(alike, "owners"))
    assert person == {
        "__typename": "Person",
        "id": "1",
        "size": 2,
        "address": {"at": "a", "pets": [cat, dog]},
    }
    assert firm == {
        "__typename": "Firm",
        "id": "2",
        "size": "big",
        "size_of_Firm": 5,
        "address": {"at": 6, "pets": dog},
        "seats": [7],
    }
    assert result(get(alike, "owners", ("fields", "size,address.at"))) == [
        {"__typename": "Person", "size": 2, "address": {"at": "a"}},
        {"__typename": "Firm", "size": "big", "address": {"at": 6}},
    ]


def test_what_could_not_be_read_is_named_as_the_schema_names_it(alike: Rest) -> None:
    """Not by what the document called it."""
    body = body_of(get(alike, "note"))
    assert body["result"]["owner"]["address"]["pets"][1]["age"] is None
    assert body["problems"] == [
        {"pointer": "/result/owner/address/pets/1/age", "detail": "could not be read"}
    ]


def test_a_batch_holds_what_single_requests_would_have_got(alike: Rest) -> None:
    """Interfaces and unions of one document keep their types apart."""
    paths = ("owners", "note", "owners?fields=size", "owners?fields=none")
    answers = send(alike, *(entry("GET", f"/rpc/{path}") for path in paths))
    assert statuses(answers) == [200, 200, 200, 400]
    assert len(alike.transport.requests) == 1
    for path, answer in zip(paths[:3], answers[:3], strict=True):
        name, _, fields = path.partition("?fields=")
        query = [("fields", fields)] if fields else []
        assert answer["body"] == body_of(get(alike, name, *query))


def test_a_type_that_holds_itself_is_cut_where_it_repeats(hand_written: Rest) -> None:
    """`fields` goes on; a page has its items and its token."""
    page = result(get(hand_written, "notes"))
    assert page == {
        "items": [{"text": "[('limit', 2)]", "tags": None}],
        "total": 9,
        "nextToken": "on",
    }
    assert result(get(hand_written, "notes", ("fields", "items.parent.text"))) == {
        "items": [{"parent": {"text": "up"}}]
    }


def test_what_could_not_be_read_is_null_and_named(shop: Rest) -> None:
    """The pointer leads into the body."""
    response = post(shop, "quote", {"customerId": "bad-status", "lines": []})
    assert body_of(response)["result"]["status"] is None
    assert [each["pointer"] for each in body_of(response)["problems"]] == ["/result/status"]
    response = post(shop, "quote", {"customerId": "no-total", "lines": []})
    assert body_of(response)["result"] is None
    assert [each["pointer"] for each in body_of(response)["problems"]] == ["/result"]


def test_a_functions_exception_is_502_of_a_query_and_unknown_of_a_mutation(shop: Rest) -> None:
    """Nobody knows how far the function came; none of its words are passed on."""
    response = get(shop, "fail", ("how", "error"))
    assert slug(response) == (502, "upstream-error")
    assert "shopfn" not in response.body
    response = post(shop, "checkout", {"customerId": "broke", "orderNo": "1"})
    assert slug(response) == (504, "outcome-unknown")
    assert "Payment" not in response.body
    assert len(shop.transport.requests) == 2


@pytest.mark.parametrize("kind", ["OutOfStock", "PaymentTimeout", "Throttled", "Conflict"])
def test_an_owners_errortype_is_422_with_its_code(shop: Rest, kind: str) -> None:
    """However it sounds, it is the owner's, and its message stays where it is."""
    failing(shop, kind)
    for response in (
        get(shop, "echo", ("text", "a")),
        post(shop, "recount", {"warehouse": "w"}),
    ):
        assert slug(response) == (422, "operation-failed")
        assert body_of(response)["code"] == kind
        assert "of the owner's" not in response.body
    assert len(shop.transport.requests) == 2


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "Lambda:Unhandled",
        "Lambda:ExecutionTimeoutException",
        "DynamoDB:ConditionalCheckFailedException",
        "DynamoDB:ProvisionedThroughputExceededException",
        "MappingTemplate",
    ],
)
def test_what_proves_nothing_of_a_mutation_is_unknown_and_never_repeated(
    shop: Rest, kind: str
) -> None:
    """A resolver may have taken a step before the one that failed."""
    failing(shop, kind)
    assert slug(post(shop, "recount", {"warehouse": "w"})) == (504, "outcome-unknown")
    assert len(shop.transport.requests) == 1


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("", (502, "upstream-error")),
        ("Lambda:Unhandled", (502, "upstream-error")),
        ("Lambda:ExecutionTimeoutException", (504, "upstream-timeout")),
        ("DynamoDB:ProvisionedThroughputExceededException", (503, "upstream-throttled")),
        ("DynamoDB:RequestLimitExceeded", (503, "upstream-throttled")),
        ("DynamoDB:ThrottlingException", (503, "upstream-throttled")),
        ("DynamoDB:ConditionalCheckFailedException", (502, "upstream-error")),
    ],
)
def test_a_query_that_fails_is_told_by_what_failed(
    shop: Rest, kind: str, told: tuple[int, str]
) -> None:
    """It changes nothing, so that nothing of it is unknown."""
    failing(shop, kind)
    assert slug(get(shop, "echo", ("text", "a"))) == told


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("Unauthorized", (502, "field-unauthorized")),
        ("ResolverExecutionLimitReached", (503, "upstream-throttled")),
        ("QueryDepthLimitReached", (503, "upstream-throttled")),
    ],
)
def test_what_provably_did_nothing_keeps_its_type(
    shop: Rest, kind: str, told: tuple[int, str]
) -> None:
    """Wall 2 stands before the resolver, and so do AppSync's own limits."""
    failing(shop, kind)
    assert slug(post(shop, "recount", {"warehouse": "w"})) == told


@pytest.mark.parametrize("committed", [True, False])
def test_a_mutation_is_not_repeated_once_sent_and_a_query_is(shop: Rest, committed: bool) -> None:
    """Nor is it where the reply is lost."""
    lost = UpstreamUnreachable("AppSync", "reset", sent=True)
    shop.transport.faults.extend([Fault(lost, committed=committed)])
    assert slug(post(shop, "recount", {"warehouse": "w"})) == (504, "outcome-unknown")
    assert len(shop.transport.requests) == 1
    shop.transport.faults.extend([Fault(lost, committed=committed)])
    assert result(get(shop, "echo", ("text", "a"))) == "a"
    shop.transport.faults.extend([Fault(UpstreamTimeout("AppSync", "connect", sent=False))])
    assert result(post(shop, "recount", {"warehouse": "w"})) == 1


def test_a_root_that_is_never_null_fails_alone(hand_written: Rest) -> None:
    """It would take the whole document with it."""
    assert slug(post(hand_written, "pay", {"cents": 0})) == (504, "outcome-unknown")
    assert result(post(hand_written, "pay", {"cents": 1})) == "paid"
    touch = entry("POST", "/rpc/touch", {"id": "a"})
    answers = send(hand_written, touch, entry("POST", "/rpc/pay", {"cents": 0}), touch)
    assert statuses(answers) == [200, 504, 200]
    sent = [request.document.operation_name for request in hand_written.transport.requests[-3:]]
    assert sent == ["Touch", "Pay", "Touch"]


def test_a_batch_holds_endpoints_in_their_order(shop: Rest) -> None:
    """What follows a mutation sees it, and what fails fails alone."""
    order = {"customerId": "c", "orderNo": "1", "status": "PAID", "items": []}
    order["placedAt"] = "2026-01-01T00:00:00Z"
    answers = send(
        shop,
        entry("GET", "/rpc/skus?prefix=p&limit=1"),
        entry("POST", "/orders", order),
        entry("POST", "/rpc/recount", {"warehouse": "abc"}),
        entry("POST", "/rpc/checkout", {"customerId": "broke", "orderNo": "1"}),
        entry("GET", "/orders/c/1"),
        entry("POST", "/rpc/recount", {}),
        entry("GET", "/rpc/nothing"),
    )
    assert statuses(answers) == [200, 201, 200, 504, 200, 400, 404]
    assert answers[0]["body"] == {"result": ["p-1"]}
    assert answers[2]["body"] == {"result": 3}
    sent = [request.document.text for request in shop.transport.requests]
    at = [
        next(i for i, text in enumerate(sent) if name in text) for name in ("recount", "getOrder")
    ]
    assert at == sorted(at)


def test_an_endpoint_of_a_batch_waits_for_every_write_before_it(shop: Rest) -> None:
    """Nobody knows what it reads or writes."""
    recount = entry("POST", "/rpc/recount", {"warehouse": "w"})
    for asked in (entry("GET", "/rpc/skus?prefix=p"), recount):
        customer = {"id": asked["method"], "name": "Ann", "email": "a@b.example"}
        write = entry("POST", "/customers", customer)
        assert statuses(send(shop, write, asked)) == [201, 200]
        name = asked["path"][len("/rpc/") :].partition("?")[0]
        last = shop.transport.requests[-1].document.text
        assert name in last
        assert "Customer" not in last


def test_a_mutation_of_a_batch_is_not_repeated(shop: Rest) -> None:
    """Not where another one of the same document may be."""
    shop.transport.faults.append(Fault(UpstreamUnreachable("AppSync", "reset", sent=True)))
    answers = send(shop, entry("POST", "/rpc/recount", {"warehouse": "w"}))
    assert statuses(answers) == [504]
    assert len(shop.transport.requests) == 1


def test_an_over_large_result_is_told(shop: Rest) -> None:
    """Lambda's reply has an end; the operation was done all the same."""
    text = "x" * 6144
    response = post(shop, "echo", {"text": text, "times": 1000})
    assert body_of(response)["result"] is None
    (problem,) = body_of(response)["problems"]
    assert problem["pointer"] == "/result"
    assert "fields" in problem["detail"]


def test_a_result_of_just_the_size_that_a_reply_can_hold_is_given(shop: Rest) -> None:
    """One character more is too much."""
    most = "x" * (MAX_REPLY_BYTES - wire_bytes('{"result":""}'))
    for text, given in ((most, True), (f"{most}x", False)):
        reply = GraphQLResponse({"echo": text}, ())
        shop.transport.after = lambda _request, _response, reply=reply: reply
        response = post(shop, "echo", {"text": "x"})
        assert (response.status, "problems" not in response.body) == (200, given)


def test_the_log_names_the_real_path(shop: Rest) -> None:
    """API Gateway knows one route of all endpoints."""
    response = get(shop, "echo", ("text", "a"))
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert shop.logged[-1].route == "/rpc/echo"


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ({"done": "true"}, "('done', True)"),
        ({"done": "false"}, "('done', False)"),
        ({"ratio": "1.5"}, "('ratio', 1.5)"),
        ({"limit": "7"}, "('limit', 7)"),
    ],
)
def test_an_argument_in_the_query_has_its_own_type(
    hand_written: Rest, query: Mapping[str, str], given: str
) -> None:
    """Booleans and numbers are read from their texts, and others are refused."""
    response = hand_written.send("GET", "/rpc/notes", query=query)
    assert given in body_of(response)["result"]["items"][0]["text"]
    wrong = hand_written.send("GET", "/rpc/notes", query=dict.fromkeys(query, "TRUE"))
    assert wrong.status == 400


def test_a_post_takes_no_argument_in_the_query(hand_written: Rest) -> None:
    """It would be passed over, and the default taken in its place."""
    response = hand_written.send("POST", "/rpc/notes", "{}", query={"limit": "7"})
    assert places_of(response) == ["limit"]
