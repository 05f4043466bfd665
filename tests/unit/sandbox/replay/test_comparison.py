"""What a replay takes for the same, and what not."""

import pytest

from bridge.sandbox.replay.comparison import Listing, Listings, Renaming

A = "11111111-1111-4111-8111-111111111111"
ANY = Listings(Listing.WHOLE)
B = "22222222-2222-4222-8222-222222222222"


def places(recorded, given, listing=Listing.WHOLE):
    """Returns where two replies differ."""
    return [each.place for each in Renaming().compare(recorded, given, Listings(listing))]


@pytest.mark.parametrize(
    ("recorded", "given"),
    [
        ({"id": A}, {"id": B}),
        ({"createdAt": "2026-11-23T20:36:31.537Z"}, {"createdAt": "2027-01-01T00:00:00.000Z"}),
        ({"nextToken": "abc"}, {"nextToken": "xyz"}),
        ({"message": "No (Request ID: A1)"}, {"message": "No (Request ID: B2)"}),
        ({"items": [{"id": "a"}, {"id": "b"}]}, {"items": [{"id": "b"}, {"id": "a"}]}),
        ({"amount": 1}, {"amount": 1.0}),
    ],
)
def test_what_a_server_chooses_freely_is_the_same(recorded, given):
    """New ids, times, tokens, request ids and the order of items do not matter."""
    assert places(recorded, given) == []


@pytest.mark.parametrize(
    ("recorded", "given"),
    [
        ({"id": A}, {"id": "a"}),
        ({"id": "a"}, {"id": "b"}),
        ({"name": A}, {"name": B}),
        ({"createdAt": "2026-11-23T20:36:31.537Z"}, {"createdAt": "2026-11-23T20:36:31Z"}),
        ({"dueAt": "2026-11-23T20:36:31.537Z"}, {"dueAt": "2027-11-23T20:36:31.537Z"}),
        ({"nextToken": "abc"}, {"nextToken": None}),
        ({"nextToken": None}, {"nextToken": "abc"}),
        ({"done": True}, {"done": 1}),
        ({"done": None}, {}),
        ({}, {"done": None}),
        ({"errors": [1]}, {"errors": [1, 2]}),
        ({"message": "No (Request ID: A1)"}, {"message": "Yes (Request ID: A1)"}),
        ({"items": [{"id": "a"}]}, {"items": [{"id": "b"}]}),
        ({"items": [{"id": "a"}]}, {"items": None}),
    ],
)
def test_anything_else_differs(recorded, given):
    """Types, missing keys, nulls, client-chosen values and errors count."""
    assert len(places(recorded, given)) == 1


def test_what_one_reply_named_later_values_follow():
    """A recorded id stands for the sandbox's own from then on, in requests and replies."""
    renaming = Renaming()
    assert list(renaming.compare({"id": A}, {"id": B}, ANY)) == []
    assert renaming.apply({"input": [{"id": A, "name": "x"}]}) == {
        "input": [{"id": B, "name": "x"}]
    }
    assert list(renaming.compare({"other": A}, {"other": B}, ANY)) == []


def test_a_page_among_others_needs_as_many_items_of_the_same_shape():
    """Which items are on it is free; a filtered page's number is free as well."""
    recorded = {"items": [{"id": "a"}, {"id": "b"}]}
    assert places(recorded, {"items": [{"id": "c"}, {"id": "d"}]}, Listing.PART) == []
    assert places(recorded, {"items": [{"id": "c"}]}, Listing.PART) == ["/items"]
    assert places(recorded, {"items": [{"id": "c"}]}, Listing.FILTERED_PART) == []
    assert places(recorded, {"items": [{"name": "c"}]}, Listing.FILTERED_PART) == ["/items"]


def test_where_a_key_orders_the_items_their_order_counts():
    """Free are only the lists that the recording names, at any depth."""
    listings = Listings(Listing.ORDERED, {"a.items.b": Listing.WHOLE})
    inner = {"b": {"items": [{"id": "x"}, {"id": "y"}]}}
    turned = {"b": {"items": [{"id": "y"}, {"id": "x"}]}}
    recorded, other = {"id": "1", **inner}, {"id": "2", **inner}
    reply = {"data": {"a": {"items": [recorded, other]}}}
    same = {"data": {"a": {"items": [{**recorded, **turned}, other]}}}
    swapped = {"data": {"a": {"items": [other, recorded]}}}
    assert list(Renaming().compare(reply, same, listings)) == []
    assert [each.place for each in Renaming().compare(reply, swapped, listings)] == [
        "/data/a/items/0/id",
        "/data/a/items/1/id",
    ]


def test_the_paths_of_errors_follow_items_whose_order_is_free():
    """An error about the second item is about the first one where the sandbox lists that first."""

    def reply(*ids: str) -> dict[str, object]:
        number = ids.index("b")
        error = {"path": ["a", "items", number, "x"], "message": f"No (/a/items[{number}]/x)"}
        items = [{"id": name, "x": None if name == "b" else 1} for name in ids]
        return {"data": {"a": {"items": items}}, "errors": [error]}

    listings = Listings(Listing.ORDERED, {"a": Listing.WHOLE})
    assert list(Renaming().compare(reply("a", "b"), reply("b", "a"), listings)) == []
    wrong = {**reply("b", "a"), "errors": reply("a", "b")["errors"]}
    assert list(Renaming().compare(reply("a", "b"), wrong, listings))
