"""Which operators each member can be filtered with: those that can match, by its type."""

import pytest

from chalicelib.translation.filters import operators_of
from tests.support.account_b import the_list
from tests.support.shop import shop_client

TEXT = (
    *("eq", "ne", "gt", "ge", "lt", "le", "contains", "notContains", "beginsWith", "between"),
    *("exists", "in"),
)
NUMBER = ("eq", "ne", "gt", "ge", "lt", "le", "between", "exists", "in")
LIST = ("contains", "notContains", "exists")


@pytest.mark.parametrize(
    ("resource", "member", "operators"),
    [
        ("Customer", "name", TEXT),
        ("Customer", "id", TEXT),
        ("Customer", "email", TEXT),
        ("Customer", "joinedAt", TEXT),
        ("Customer", "birthday", TEXT),
        ("Customer", "credit", NUMBER),
        ("Customer", "rating", NUMBER),
        ("Customer", "seenAt", NUMBER),
        ("Customer", "active", ("eq", "ne", "exists", "in")),
        ("Customer", "tier", ("eq", "ne", "in")),
        ("Customer", "segments", ("contains", "notContains")),
        ("Customer", "nicknames", LIST),  # an `eq` of the whole list never matches
        ("Customer", "prefs", ("exists",)),  # AWSJSON is stored parsed
        ("Customer", "address", ()),
        ("Customer", "contacts", ()),
        ("Product", "requiredTags", ()),  # takes the input of one value, which never matches
        ("Product", "tags", ("contains", "notContains")),
        ("Setting", "flags", ("exists",)),  # a list of Boolean takes the input of one
        ("Setting", "value", ("exists",)),
        ("Order", "couponCodes", LIST),
        ("Order", "total", ()),
    ],
)
def test_a_member_has_the_operators_that_can_match(
    resource: str, member: str, operators: tuple[str, ...]
) -> None:
    """Of what its type's input takes, less what never would."""
    with shop_client() as shop:
        known = shop.contract.by_name[resource]
        assert operators_of(known, the_list(known), member) == operators


@pytest.mark.parametrize(
    ("resource", "relation", "member", "operators"),
    [
        ("Customer", "orders", "customerId", ()),
        (
            "Customer",
            "orders",
            "orderNo",
            ("eq", "gt", "ge", "lt", "le", "beginsWith", "between"),
        ),
        ("Product", "reviews", "productSku", ()),
        ("Product", "reviews", "stars", ("eq", "gt", "ge", "lt", "le", "between")),
        ("Product", "reviews", "body", TEXT),
        ("Order", "shipments", "orderCustomerId", ()),
        ("Order", "shipments", "orderOrderNo", ()),
        ("Order", "shipments", "carrier", TEXT),
        ("Order", "notes", "orderNotesCustomerId", ()),
        ("Post", "comments", "postCommentsId", ()),
        ("Post", "labels", "postId", ()),
        ("Author", "posts", "authorHandle", ()),
        ("Author", "posts", "views", NUMBER),
    ],
)
def test_related_items_have_none_on_what_they_are_read_by(
    resource: str, relation: str, member: str, operators: tuple[str, ...]
) -> None:
    """The fields that the item itself fixes; and on the sort field what a key takes."""
    with shop_client() as shop:
        known = shop.contract.by_name[resource]
        path = known.relations[relation].path
        assert path is not None
        target = known.target(known.relations[relation])
        assert operators_of(target, path, member) == operators
