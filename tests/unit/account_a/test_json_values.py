"""AWSJSON as JSON values, where account B's rest.toml says so."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.graphql.replies import Item
from chalicelib.translation.comparing import same_values
from tests.support.account_b import Rest, rest_client
from tests.support.todo import PROJECT
from tests.unit.account_a.asking import body_of, slug_of

SHOP = (PROJECT / "examples/shop/built-schema.graphql").read_text(encoding="utf-8")
VALUES = [{"theme": {"dark": True}, "sizes": [1, 2.5]}, [1, "a", None], "plain", 7, False]


@pytest.fixture
def shop() -> Iterator[Rest]:
    """A client of the shop whose AWSJSON members are JSON values."""
    with rest_client(SHOP, json_values=True) as client:
        yield client


def stored(rest: Rest) -> str:
    """Returns the text that account B holds."""
    reply = rest.graphql('{ getCustomer(id: "a") { prefs } }')
    return str(reply["data"]["getCustomer"]["prefs"])


@pytest.mark.parametrize("value", VALUES)
def test_a_value_goes_in_and_comes_out_as_itself(shop: Rest, value: Any) -> None:
    """Account B holds the text of it, whatever write brought it."""
    body = {"id": "a", "name": "Ada", "email": "ada@example.org", "prefs": value}
    created = shop.send("POST", "/customers", json.dumps(body))
    assert (created.status, body_of(created)["prefs"]) == (201, value)
    assert json.loads(stored(shop)) == value
    assert body_of(shop.send("GET", "/customers/a"))["prefs"] == value
    assert body_of(shop.send("GET", "/customers"))["items"][0]["prefs"] == value
    patched = shop.send("PATCH", "/customers/a", json.dumps({"prefs": {"was": value}}))
    assert (patched.status, body_of(patched)["prefs"]) == (200, {"was": value})


def test_put_of_what_get_gave_keeps_the_value(shop: Rest) -> None:
    """A JSON string is a value here, so nothing is encoded twice."""
    body = {"id": "a", "name": "Ada", "email": "ada@example.org", "prefs": "plain"}
    shop.send("POST", "/customers", json.dumps(body))
    held = shop.send("GET", "/customers/a").body
    put = shop.send("PUT", "/customers/a", held)
    assert (put.status, body_of(put)["prefs"], stored(shop)) == (200, "plain", '"plain"')


PLACES = """
type Place { id: ID! at: Spot }
type Spot { city: String more: AWSJSON rooms: [Room] visits: Int }
type Room { name: String guests: Int }
input SpotInput { city: String more: AWSJSON rooms: [RoomInput] }
input RoomInput { name: String }
input CreatePlaceInput { id: ID at: SpotInput hint: SpotInput }
input UpdatePlaceInput { id: ID! at: SpotInput hint: SpotInput }
type Query { getPlace(id: ID!): Place }
type Mutation {
  createPlace(input: CreatePlaceInput!): Place
  updatePlace(input: UpdatePlaceInput!): Place
}
"""


def test_a_patch_beside_a_nested_value_keeps_it() -> None:
    """It is merged as what it is, less what no input takes; a write-only member is merged alone."""
    with rest_client(PLACES, json_values=True) as rest:
        spot = {"city": "Rome", "more": {"a": 1}, "rooms": [{"name": "b"}]}
        rest.send("POST", "/places", json.dumps({"id": "a", "at": spot}))
        patch = '{"at": {"city": "Paris"}, "hint": {"city": "Nice"}}'
        patched = rest.send("PATCH", "/places/a", patch)
        assert patched.status == 200, patched.body
        rooms = [{"name": "b", "guests": None}]
        kept = {"city": "Paris", "more": {"a": 1}, "rooms": rooms, "visits": None}
        assert body_of(patched)["at"] == kept
        assert rest.transport.requests[-1].variables["input"]["hint"] == {"city": "Nice"}
        rest.send("PATCH", "/places/a", '{"at": {"more": null}}')
        left = {"city": "Paris", "rooms": [{"name": "b"}]}
        assert rest.transport.requests[-1].variables["input"]["at"] == left


def test_a_patch_of_a_nested_value_that_was_not_read_whole_is_refused() -> None:
    """The null that stands for the rest would be written; what the patch leaves alone may be so."""
    with rest_client(PLACES, json_values=True) as rest:
        reply = GraphQLResponse(
            {"getPlace": {"id": "a", "at": {"city": None}}},
            [GraphQLFault(("getPlace", "at", "city"), "Unauthorized", "Not …")],
        )
        rest.transport.after = lambda _request, _response: reply
        response = rest.send("PATCH", "/places/a", '{"at": {"more": 1}}')
        assert (response.status, slug_of(response)) == (502, "unreadable-item")
        assert len(rest.transport.requests) == 1
        rest.send("PATCH", "/places/a", '{"hint": {"city": "Nice"}}')
        assert rest.transport.requests[-1].document.mutation


@pytest.mark.parametrize("held", ["Rome", ["Rome"], 5])
def test_a_value_that_is_none_of_its_type_is_shown_as_it_is(held: Any) -> None:
    """AppSync gives none; should it, nothing is lost."""
    with rest_client(PLACES, json_values=True) as rest:
        reply = GraphQLResponse({"getPlace": {"id": "a", "at": held}}, ())
        rest.transport.after = lambda _request, _response: reply
        assert body_of(rest.send("GET", "/places/a")) == {"id": "a", "at": held}


@pytest.mark.parametrize(
    ("held", "same"),
    [
        ({"city": "Rome", "rooms": [{"name": "b", "guests": 2}], "visits": 3}, True),
        ({"city": "Rome", "rooms": [{"name": "c"}]}, False),
        ({"city": "Rome", "rooms": [{"name": "b"}, {"name": "b"}]}, False),
        ({"city": "Rome", "rooms": [{"name": "b"}], "more": "1"}, False),
        ({"city": "Rome", "rooms": [{"name": "b"}], "more": None}, True),
        ({"city": "Rome"}, False),
        (None, False),
        ("Rome", False),
    ],
)
def test_a_nested_value_is_compared_by_what_its_input_takes(held: Any, *, same: bool) -> None:
    """What only reads show tells nothing of a write; a member that was not asked for does."""
    with rest_client(PLACES) as rest:
        (place,) = rest.contract.resources
    asked = {"at": {"city": "Rome", "rooms": [{"name": "b"}]}}
    assert same_values(place, {"at": "SpotInput"}, Item({"at": held}), asked) is same


def test_without_the_setting_it_is_the_string_of_the_schema() -> None:
    """As the schema says; a value that is no string is refused."""
    with rest_client(SHOP) as rest:
        body = {"id": "a", "name": "Ada", "email": "ada@example.org", "prefs": '{"a":1}'}
        created = rest.send("POST", "/customers", json.dumps(body))
        assert (created.status, body_of(created)["prefs"]) == (201, '{"a":1}')
        refused = rest.send("PATCH", "/customers/a", '{"prefs": {"a": 1}}')
        assert refused.status == 400


def test_a_text_that_is_no_json_is_shown_as_it_is(shop: Rest) -> None:
    """AppSync lets none in; what came another way is not lost."""
    item = {"id": "a", "name": "Ada", "email": "ada@example.org", "prefs": "{no"}
    with shop.store.writing():
        shop.store.put("Customer", ("a",), {**item, "__typename": "Customer"}, 100)

    def show(_request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        data = {key: {**(value or {}), **item} for key, value in (response.data or {}).items()}
        return GraphQLResponse(data, ())

    shop.transport.after = show
    response = shop.send("GET", "/customers/a")
    assert (response.status, body_of(response)["prefs"]) == (200, "{no")


@pytest.mark.parametrize(("held", "same"), [('{"a": 1.0}', True), ("{no", False), (None, False)])
def test_json_is_compared_by_its_meaning_and_what_is_none_is_another(
    shop: Rest, held: str | None, *, same: bool
) -> None:
    """A lost write is settled by it; what no read shows, as a write-only member, tells nothing."""
    customers = next(each for each in shop.contract.resources if each.name == "Customer")
    item = Item({"prefs": held})
    asked_types = {"prefs": "AWSJSON", "password": "String"}
    asked = {"prefs": '{"a":1}', "password": "x"}
    assert same_values(customers, asked_types, item, asked) is same
