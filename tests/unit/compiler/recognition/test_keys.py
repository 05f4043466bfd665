"""Which query gets an item, and by which key."""

import pytest

from tests.support.compiling import compiled, kinds, only, reasons
from tests.support.schemas import model, schema

COUPON = """
type Coupon { shop: ID! code: String! text: String }
input DeleteCouponInput { shop: ID! code: String! }
"""


def coupons(queries: str, mutations: str = "", more: str = "") -> dict[str, str]:
    """Returns what the root fields of an API of coupons are."""
    delete = "deleteCoupon(input: DeleteCouponInput!): Coupon"
    return kinds(
        f"{COUPON} {more} type Query {{ {queries} }} type Mutation {{ {mutations or delete} }}"
    )


@pytest.mark.parametrize(
    ("get", "kind"),
    [
        ("getCoupon(shop: ID!, code: String!): Coupon", "get Coupon"),
        ("getCoupon(code: String!, shop: ID!): Coupon!", "get Coupon"),
        ("coupon(shop: ID!, code: String!): Coupon", "get Coupon"),
        ("getCoupon(code: String!): Coupon", "endpoint"),
        ("getCoupon(shop: ID!, code: String!, lang: String): Coupon", "endpoint"),
        ("getCoupon(shop: ID!, code: String!): [Coupon]", "endpoint"),
        ("couponOfTheDay: Coupon", "endpoint"),
        ("couponByText(text: String!): Coupon", "endpoint"),
    ],
)
def test_a_get_takes_exactly_what_the_delete_names_an_item_by(get: str, kind: str) -> None:
    """Whatever it is called; less, more or something else is no key."""
    name = get.partition("(")[0].partition(":")[0]
    assert coupons(get) == {name: kind, "deleteCoupon": "delete Coupon"}


def test_of_several_gets_by_the_key_the_one_called_get_is_taken() -> None:
    """The others are endpoints."""
    arguments = "(shop: ID!, code: String!): Coupon"
    found = coupons(f"coupon{arguments} getCouponNow{arguments}")
    assert (found["coupon"], found["getCouponNow"]) == ("endpoint", "get Coupon")
    found = coupons(f"coupon{arguments} getCouponNow{arguments} getCoupon{arguments}")
    assert (found["getCouponNow"], found["getCoupon"]) == ("endpoint", "get Coupon")


def test_of_several_gets_of_other_names_none_is_taken() -> None:
    """Which of them is the plain one cannot be told; the key is still known."""
    arguments = "(shop: ID!, code: String!): Coupon"
    found = coupons(f"coupon{arguments} couponNow{arguments}")
    assert (found["coupon"], found["couponNow"]) == ("endpoint", "endpoint")


@pytest.mark.parametrize(
    ("get", "kind"),
    [
        ("getCoupon(shop: ID!, code: String!): Coupon", "get Coupon"),
        ("coupon(shop: ID!, code: String!): Coupon", "endpoint"),
        ("getCoupon(shop: ID, code: String): Coupon", "endpoint"),
        ("getCoupon(number: Int!): Coupon", "endpoint"),
        ("getCoupon: Coupon", "endpoint"),
    ],
)
def test_a_type_that_is_only_read_is_got_by_the_name_alone(get: str, kind: str) -> None:
    """By required arguments that are fields of the type."""
    name = get.partition("(")[0].partition(":")[0]
    assert kinds(f"{COUPON} type Query {{ {get} }}") == {name: kind}


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ("shop: ID! code: String! text: String!", "get Coupon"),
        ("shop: ID! code: String!", "get Coupon"),
        ("shop: ID! text: String", "endpoint"),
    ],
)
def test_an_update_may_require_more_than_the_key_but_not_lack_part_of_it(
    members: str, kind: str
) -> None:
    """Where it lacks a part, the get's arguments are no key."""
    found = coupons(
        "getCoupon(shop: ID!, code: String!): Coupon",
        "updateCoupon(input: UpdateCouponInput!): Coupon",
        f"input UpdateCouponInput {{ {members} }}",
    )
    assert found["getCoupon"] == kind


def test_a_hand_written_delete_may_take_more_than_the_key() -> None:
    """As long as it does not require it, DELETE can do without."""
    text = """
    type Query { getTask(id: ID!): Task }
    type Mutation { deleteTask(input: DeleteTaskInput!): Task }
    type Task { id: ID! reason: String }
    input DeleteTaskInput { id: ID! reason: String }
    """
    task = only(compiled(text))
    assert task.get is not None
    assert task.delete is not None
    assert task.template == "/tasks/{id}"
    needing = text.replace(
        "DeleteTaskInput { id: ID! reason: String", "DeleteTaskInput { id: ID! reason: String!"
    )
    assert kinds(needing) == {"getTask": "endpoint", "deleteTask": "delete Task"}


def test_the_key_is_gets_arguments_in_their_order_with_their_types() -> None:
    """Two sort fields, text and a number."""
    text = """
    type Query { getStock(warehouse: String!, sku: ID!, lot: Int!): Stock }
    type Mutation { deleteStock(input: DeleteStockInput!): Stock }
    type Stock { lot: Int! sku: ID! warehouse: String! }
    input DeleteStockInput { lot: Int! sku: ID! warehouse: String! }
    """
    stock = only(compiled(text))
    assert stock.key is not None
    assert list(stock.key.fields.items()) == [
        ("warehouse", "String!"),
        ("sku", "ID!"),
        ("lot", "Int!"),
    ]
    assert stock.template == "/stocks/{warehouse}/{sku}/{lot}"


def test_without_a_get_the_key_is_what_delete_or_update_names_by() -> None:
    """The resource is one of what it has."""
    delete = only(
        compiled(
            f"{COUPON} type Query {{ a: Int }}"
            " type Mutation { deleteCoupon(input: DeleteCouponInput!): Coupon }"
        )
    )
    assert delete.get is None
    assert delete.template == "/coupons/{shop}/{code}"
    update = only(
        compiled(
            f"{COUPON} type Query {{ a: Int }}"
            " type Mutation { updateCoupon(input: UpdateCouponInput!): Coupon }"
            " input UpdateCouponInput { shop: ID! code: String! text: String }"
        )
    )
    assert update.template == "/coupons/{shop}/{code}"


def test_without_get_update_and_delete_there_is_no_key() -> None:
    """A type that can only be created has a collection alone."""
    created = only(
        compiled(
            f"{COUPON} type Query {{ a: Int }}"
            " type Mutation { createCoupon(input: CreateCouponInput!): Coupon }"
            " input CreateCouponInput { text: String }"
        )
    )
    assert created.key is None
    assert created.create is not None


@pytest.mark.parametrize(
    "type_", ["ID", "String", "Int", "AWSDate", "AWSDateTime", "AWSEmail", "AWSTimestamp", "Size"]
)
def test_a_key_may_be_of_any_type_that_has_one_text_for_each_value(type_: str) -> None:
    """Text, whole numbers, AppSync's scalars and enums."""
    text = (
        f"enum Size {{ S L }} type Query {{ getBox(k: {type_}!): Box }} type Box {{ k: {type_}! }}"
    )
    key = only(compiled(text)).key
    assert key is not None
    assert dict(key.fields) == {"k": f"{type_}!"}


@pytest.mark.parametrize("type_", ["Float", "Boolean", "AWSJSON", "[ID!]", "Point", "Color"])
def test_a_key_that_cannot_stand_in_a_path_leaves_the_resource_out(type_: str) -> None:
    """By its name and with the reason; the rest compiles."""
    text = f"""
    scalar Color
    input Point {{ x: Int }}
    type Query {{ getBox(k: {type_}!): Box getTag(id: ID!): Tag }}
    type Box {{ k: Int }}
    type Tag {{ id: ID! }}
    """
    compilation = compiled(text)
    assert only(compilation).name == "Tag"
    assert reasons(compilation)["Query.getBox"] == (
        f"Box is no resource: its key field `k` is of type {type_}!, which cannot stand in a path"
    )


def test_a_get_by_something_the_type_does_not_show_is_no_get() -> None:
    """Nobody could tell one item of its list from another, or where it is."""
    types, queries, mutations = model("Shop", "Shops", "name: String!")
    hidden = types.replace("type Shop { id: ID!", "type Shop {")
    found = kinds(schema((hidden, queries, mutations)))
    assert found == {
        "listShops": "list Shop",
        "createShop": "create Shop",
        "getShop": "endpoint",
        "updateShop": "endpoint",
        "deleteShop": "endpoint",
    }
