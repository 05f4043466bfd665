"""Lists by key: which access path a list takes, and that it gives what a scan would have given."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.translation.orders import orders
from chalicelib.translation.planner import choose
from tests.support.account_b import Rest, rest_client, the_list
from tests.support.examples import examples
from tests.support.schemas import model, schema
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of, places_of


@pytest.fixture
def shop() -> Iterator[Rest]:
    """A shop without anything in it."""
    with shop_client() as rest:
        yield rest


def put(rest: Rest, path: str, **values: Any) -> None:
    """Creates an item."""
    response = rest.send("POST", f"/{path}", json.dumps(values))
    assert response.status == 201, response.body


def sent(rest: Rest) -> list[tuple[str, Mapping[str, Any]]]:
    """Returns each upstream request's document and its variables."""
    bodies = [json.loads(each.body) for each in rest.transport.requests]
    return [(each["query"], each["variables"]) for each in bodies]


PLACED = "2026-01-01T00:00:00Z"
BY_KEY = [
    ("customers", "email=a@example.org", "customersByEmail", {"email": "a@example.org"}),
    (
        "customers",
        "referrerId=c&joinedAt.exists=true",
        "customersByReferrer",
        {"referrerId": "c"},
    ),
    (
        "customers",
        "referrerId=c&joinedAt.beginsWith=2025",
        "customersByReferrer",
        {"referrerId": "c", "joinedAt": {"beginsWith": "2025"}},
    ),
    ("orders", "status=PAID", "ordersByStatus", {"status": "PAID"}),
    (
        "orders",
        "status=PAID&placedAt.ge=2025-01-01&placedAt.le=2026-01-01",
        "ordersByStatus",
        {"status": "PAID", "placedAt": {"between": ["2025-01-01", "2026-01-01"]}},
    ),
    (
        "orders",
        f"channel=web&status=PAID&placedAt={PLACED}",
        "ordersByChannel",
        {"channel": "web", "statusPlacedAt": {"eq": {"status": "PAID", "placedAt": PLACED}}},
    ),
    ("orders", "channel=web", "ordersByChannel", {"channel": "web"}),
    ("orders", "customerId=c", "listOrders", {"customerId": "c"}),
    (
        "orders",
        "customerId=c&orderNo.beginsWith=a&status=PAID",
        "listOrders",
        {"customerId": "c", "orderNo": {"beginsWith": "a"}, "filter": {"status": {"eq": "PAID"}}},
    ),
    (
        "shipments",
        "orderCustomerId=c&orderOrderNo=1",
        "shipmentsByOrder",
        {"orderCustomerId": "c", "orderOrderNo": {"eq": "1"}},
    ),
    (
        "orders",
        "status=PAID&placedAt.ge=2025&placedAt.lt=2026",
        "ordersByStatus",
        {"placedAt": {"between": ["2025", "2026"]}},
    ),
    (
        "orders",
        "status=PAID&placedAt.gt=2025&placedAt.lt=2026",
        "ordersByStatus",
        {"placedAt": {"between": ["2025", "2026"]}},
    ),
    (
        "orders",
        "channel=web&status=PAID&placedAt.ge=2025&placedAt.lt=2026",
        "ordersByChannel",
        {
            "statusPlacedAt": {
                "between": [
                    {"status": "PAID", "placedAt": "2025"},
                    {"status": "PAID", "placedAt": "2026"},
                ]
            },
            "filter": {"placedAt": {"lt": "2026"}},
        },
    ),
    (
        "orders",
        "channel=web&status=PAID&placedAt.between=2025,2026",
        "ordersByChannel",
        {
            "statusPlacedAt": {
                "between": [
                    {"status": "PAID", "placedAt": "2025"},
                    {"status": "PAID", "placedAt": "2026"},
                ]
            }
        },
    ),
    (
        "orders",
        "channel=web&status=PAID&placedAt.ge=2025&placedAt.le=2026",
        "ordersByChannel",
        {
            "statusPlacedAt": {
                "between": [
                    {"status": "PAID", "placedAt": "2025"},
                    {"status": "PAID", "placedAt": "2026"},
                ]
            }
        },
    ),
    (
        "orders",
        "channel=web&status=PAID&placedAt.between=2025,2025",
        "ordersByChannel",
        {
            "statusPlacedAt": {
                "between": [
                    {"status": "PAID", "placedAt": "2025"},
                    {"status": "PAID", "placedAt": "2025"},
                ]
            }
        },
    ),
    (  # DynamoDB takes no bounds that are the wrong way round
        "orders",
        "channel=web&status=PAID&placedAt.ge=2026&placedAt.le=2025",
        "ordersByChannel",
        {
            "statusPlacedAt": {"beginsWith": {"status": "PAID"}},
            "filter": {
                "and": [
                    {"status": {"eq": "PAID"}},
                    {"placedAt": {"ge": "2026"}},
                    {"placedAt": {"le": "2025"}},
                ]
            },
        },
    ),
    (  # of equals the first
        "orders",
        "status=PAID&customerId=c",
        "listOrders",
        {"customerId": "c", "filter": {"status": {"eq": "PAID"}}},
    ),
    (  # the key that takes most of the conditions
        "orders",
        "customerId=c&status=PAID&placedAt.ge=2025",
        "ordersByStatus",
        {"placedAt": {"ge": "2025"}, "filter": {"customerId": {"eq": "c"}}},
    ),
    (
        "orders",
        "channel=web&status=PAID&placedAt.beginsWith=2025-",
        "ordersByChannel",
        {"statusPlacedAt": {"beginsWith": {"status": "PAID", "placedAt": "2025-"}}},
    ),
    (
        "orders",
        "channel=web&status=PAID&sort=-placedAt",
        "ordersByChannel",
        {
            "statusPlacedAt": {"beginsWith": {"status": "PAID"}},
            "sortDirection": "DESC",
            "filter": {"status": {"eq": "PAID"}},
        },
    ),
    ("orders", "channel=web&sort=status", "ordersByChannel", {"sortDirection": "ASC"}),
    (
        "stock-levels",
        "warehouse=w&sku.beginsWith=p-",
        "listStockLevels",
        {"skuLot": {"beginsWith": {"sku": "p-"}}},
    ),
    (
        "stock-levels",
        "warehouse=w&sku=p&lot.ge=2",
        "listStockLevels",
        {
            "skuLot": {"beginsWith": {"sku": "p"}},
            "filter": {"and": [{"sku": {"eq": "p"}}, {"lot": {"ge": 2}}]},
        },
    ),
    (
        "products",
        "brand=b&releasedOn.exists=true&rank.exists=true&sort=releasedOn",
        "productsByBrandRelease",
        {"brand": "b", "sortDirection": "ASC"},
    ),
    ("products", "sku=s", "listProducts", {"sku": "s"}),
    (
        "products",
        "category=c&priceCents.lt=3",
        "productsByCategory",
        {"category": "c", "priceCents": {"lt": 3}},
    ),
    ("products", "brand=b", "productsByBrand", {"brand": "b"}),
    ("products", "brand=b&brand.exists=true", "productsByBrand", {"brand": "b"}),
    ("products", f"brand={'x' * 2048}", "productsByBrand", {"brand": "x" * 2048}),
    (
        "orders",
        f"customerId=c&orderNo={'x' * 1024}",
        "listOrders",
        {"customerId": "c", "orderNo": {"eq": "x" * 1024}},
    ),
    (
        "products",
        "brand=b&releasedOn=2026-01-01&rank=3",
        "productsByBrandRelease",
        {"brand": "b", "releasedOnRank": {"eq": {"releasedOn": "2026-01-01", "rank": 3}}},
    ),
    ("reviews", "productSku=s&stars.gt=3", "reviewsByProduct", {"stars": {"gt": 3}}),
    (
        "reviews",
        "productSku=s&stars.ge=3&stars.le=4",
        "reviewsByProduct",
        {"stars": {"between": [3, 4]}},
    ),
    ("reviews", "customerId=c", "reviewsByCustomer", {"customerId": "c"}),
    (
        "posts",
        "authorHandle=a&publishedAt.between=2025-01-01,2026-01-01",
        "postsByAuthor",
        {"publishedAt": {"between": ["2025-01-01", "2026-01-01"]}},
    ),
    (  # the bounds may be one
        "posts",
        "authorHandle=a&publishedAt.between=2026-01-01,2026-01-01",
        "postsByAuthor",
        {"publishedAt": {"between": ["2026-01-01", "2026-01-01"]}},
    ),
    ("posts", "authorHandle=a&sort=-publishedAt", "postsByAuthor", {"sortDirection": "DESC"}),
    ("customers", "referrerId=c&sort=joinedAt", "customersByReferrer", {"sortDirection": "ASC"}),
    ("post-labels", "postId=p", "postLabelsByPostId", {"postId": "p"}),
    ("post-labels", "labelId=l", "postLabelsByLabelId", {"labelId": "l"}),
    (
        "stock-levels",
        "warehouse=w&sku.ge=a",
        "listStockLevels",
        {"warehouse": "w", "filter": {"sku": {"ge": "a"}}},
    ),
]


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Returns the parameters of a query string that holds nothing encoded."""
    return tuple(
        (name, value) for name, _, value in (each.partition("=") for each in text.split("&"))
    )


@pytest.mark.parametrize(("path", "query", "field", "variables"), BY_KEY)
def test_a_list_is_read_by_the_key_that_its_conditions_fix(
    shop: Rest, path: str, query: str, field: str, variables: Mapping[str, Any]
) -> None:
    """Every index query of the shop is reached, and account B takes what it is given."""
    response = shop.send("GET", f"/{path}", query=pairs(query))
    assert response.status == 200, response.body
    ((document, given_),) = sent(shop)
    assert f" {field}(" in document.replace("{", " ")
    assert variables.items() <= given_.items()
    assert given_.get("filter") == variables.get("filter")


def test_no_index_query_of_the_shop_is_left_untried(shop: Rest) -> None:
    """The table above names them all."""
    known = {path.name for each in shop.contract.resources for path in each.indexes}
    assert known <= {field for _, _, field, _ in BY_KEY}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("customers", "email=none"),  # no AWSEmail, which the argument would have to be
        ("customers", "referrerId=c"),  # those without joinedAt are in no index
        ("products", "category=c"),
        ("products", "brand="),  # DynamoDB takes no empty key
        ("products", f"brand={'x' * 2049}"),
        ("orders", f"customerId=c&orderNo={'x' * 1025}"),
        ("products", "brand=b&brand.contains=b"),
        (
            "orders",
            "status=PAID&placedAt.ge=2025-01-01&placedAt.lt=2026-01-01&placedAt.exists=true&placedAt.ne="
            + PLACED,
        ),
        ("orders", 'status=PAID&filter={"or":[{"placedAt":{"lt":"2025-01-01"}},{"priority":1}]}'),
        ("orders", 'status=PAID&filter={"not":{"placedAt":{"lt":"2025-01-01"}}}'),
        ("orders", 'status=PAID&placedAt.ge=2025&filter={"placedAt":{"ge":"2026"}}'),
        ("orders", "status.in=PAID,PLACED"),
        ("posts", "authorHandle=a&publishedAt.ge=2026-01-01&publishedAt.le=2025-01-01"),
    ],
)
def test_what_no_key_can_say_is_a_filter_of_the_whole_table(
    shop: Rest, path: str, query: str
) -> None:
    """An index that would refuse the filter, or lacks items, does not serve."""
    response = shop.send("GET", f"/{path}", query=pairs(query))
    assert response.status == 200, response.body
    ((document, variables),) = sent(shop)
    assert " list" in document.replace("{", " ")
    assert variables.keys() == {"filter", "limit", "nextToken"}


@pytest.mark.parametrize(
    ("resource", "asked", "worth"),
    [
        ("Order", {"status": {"eq": "PAID"}}, {"listOrders": 0, "ordersByStatus": 1}),
        (
            "Order",
            {"channel": {"eq": "a"}, "status": {"eq": "PAID"}},
            {"ordersByStatus": 1, "ordersByChannel": 2},
        ),
        *(
            (
                "Order",
                {"channel": {"eq": "a"}, "status": {"eq": "PAID"}, "placedAt": placed},
                {"ordersByStatus": 2, "ordersByChannel": 3},
            )
            for placed in (
                {"eq": PLACED},
                {"beginsWith": "2026"},
                {"between": ["2025", "2026"]},
                {"ge": "2025", "lt": "2026"},
            )
        ),
        (
            "Customer",
            {"referrerId": {"eq": "c"}},
            {
                "customersByReferrer": "holds only items with joinedAt: joinedAt.exists=true or"
                " sort=joinedAt would ask for these"
            },
        ),
        (
            "Product",
            {"brand": {"eq": "b"}},
            {
                "productsByBrand": 1,
                "productsByBrandRelease": "holds only items with releasedOn and rank:"
                " releasedOn.exists=true and rank.exists=true would ask for these",
            },
        ),
        (
            "Order",
            {"customerId": {"eq": "c"}, "or": [{"orderNo": {"eq": "1"}}]},
            {"listOrders": "a condition on orderNo within `or` or `not` is none for its key"},
        ),
        (  # which nothing orders by
            "Product",
            {"brand": {"eq": "b"}, "releasedOn": {"eq": "2026-01-01"}},
            {
                "productsByBrandRelease": "holds only items with rank: rank.exists=true would ask"
                " for these"
            },
        ),
    ],
)
def test_each_path_is_worth_the_conditions_that_its_key_takes(
    shop: Rest, resource: str, asked: Mapping[str, Any], worth: Mapping[str, int | str]
) -> None:
    """Or tells why it does not serve; a range counts as one, whatever its bounds are."""
    known = shop.contract.by_name[resource]
    plan = choose(known, [the_list(known), *known.indexes], asked, None)
    found = {each.path.name: each.reason or each.pushed for each in plan.weighed}
    assert worth.items() <= found.items()


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("status=PAID&fields=orderNo", True),
        ("status=DRAFT", False),
        ("status=PAID&sort=placedAt", False),
        (f"status=PAID&placedAt.lt={PLACED}", False),
    ],
)
def test_a_cursor_belongs_to_what_the_key_was_given(shop: Rest, query: str, *, same: bool) -> None:
    """Another value of the key, or another order, is another list."""
    for number in range(2):
        order = {"customerId": "c", "orderNo": str(number), "placedAt": PLACED, "items": []}
        put(shop, "orders", **order, status="PAID")
    page = body_of(shop.send("GET", "/orders", query=pairs("status=PAID&limit=1")))
    more = (*pairs(query), ("cursor", page["nextCursor"]))
    response = shop.send("GET", "/orders", query=more)
    assert response.status == 200 if same else places_of(response) == ["cursor"]


def test_a_bound_that_is_left_out_is_looked_at_where_it_is_not_shown(shop: Rest) -> None:
    """A key's range takes both bounds in, so that the item on one is dropped after it was read."""
    for number, placed in enumerate(("2025-06-01T00:00:00Z", PLACED)):
        values = {"customerId": "c", "orderNo": str(number), "placedAt": placed}
        put(shop, "orders", **values, status="PAID", items=[])
    bounds = f"status=PAID&placedAt.ge=2025-01-01&placedAt.lt={PLACED}"
    for fields, shown in (("orderNo", ["orderNo"]), ("placedAt,orderNo", ["orderNo", "placedAt"])):
        response = shop.send("GET", "/orders", query=pairs(f"{bounds}&fields={fields}"))
        (item,) = body_of(response)["items"]
        assert (sorted(item), item["orderNo"]) == (shown, "0")
        assert " channel " not in sent(shop)[-1][0]


@pytest.mark.parametrize(
    "conditions",
    [
        "releasedOn=2026-01-01&rank.gt=1",
        "releasedOn=2026-01-01&rank.ge=1",
        "releasedOn=2026-01-01&rank.lt=1",
        "releasedOn=2026-01-01&rank.le=1",
        "releasedOn=2026-01-01&rank.between=1,2",
        "releasedOn=2026-01-01&rank.exists=true",
    ],
)
def test_an_index_serves_where_each_of_its_fields_is_asked_for(shop: Rest, conditions: str) -> None:
    """An item without one of them is not in it, and meets no such condition."""
    assert shop.send("GET", "/products", query=pairs(f"brand=b&{conditions}")).status == 200
    ((document, _),) = sent(shop)
    assert " productsByBrandRelease(" in document


@pytest.mark.parametrize("condition", ["rank.exists=false", "rank.ne=1"])
def test_an_index_does_not_serve_where_an_item_without_its_field_is_asked_for(
    shop: Rest, condition: str
) -> None:
    """The index of the brand alone holds all of them."""
    query = pairs(f"brand=b&releasedOn=2026-01-01&{condition}")
    assert shop.send("GET", "/products", query=query).status == 200
    ((document, _),) = sent(shop)
    assert " productsByBrand(" in document


@pytest.mark.parametrize(
    ("path", "query", "detail"),
    [
        ("orders", "sort=placedAt", "needs status.eq "),
        ("orders", "sort=-orderNo&status=PAID", "needs customerId.eq "),
        ("orders", f"sort=placedAt&status=PAID&placedAt.ne={PLACED}", "needs status.eq "),
        (
            "orders",
            'sort=placedAt&status=PAID&filter={"or":[{"status":"PAID"}]}',
            "needs status.eq ",
        ),
        ("orders", "sort=total", "is no order of these items; possible: orderNo, placedAt, status"),
        ("orders", "sort=status", "needs channel.eq "),
        ("orders", "sort=placedAt&channel=web", "needs status.eq "),
        ("customers", "sort=joinedAt", "needs referrerId.eq "),
        ("products", "sort=priceCents&category=", "needs category.eq "),
    ],
)
def test_an_order_that_no_key_gives_is_refused(
    shop: Rest, path: str, query: str, detail: str
) -> None:
    """With what would make it possible, and without a request."""
    response = shop.send("GET", f"/{path}", query=pairs(query))
    assert places_of(response) == ["sort"]
    assert body_of(response)["errors"][0]["detail"].startswith(detail)
    assert not shop.transport.requests


def books(kind: str, shelf: str = "String") -> str:
    """Returns a schema with an index by two sort fields, the second one of this type."""
    return schema(
        model("Book", "Books", f"room: String\nshelf: {shelf}\nname: {kind}"),
        types=f"""
        input ModelBookByRoomCompositeKeyInput {{ shelf: {shelf} name: {kind} }}
        input ModelBookByRoomCompositeKeyConditionInput {{
          eq: ModelBookByRoomCompositeKeyInput
          between: [ModelBookByRoomCompositeKeyInput]
          beginsWith: ModelBookByRoomCompositeKeyInput
        }}
        """,
        queries="""booksByRoom(room: String!, shelfName: ModelBookByRoomCompositeKeyConditionInput,
          sortDirection: ModelSortDirection, filter: ModelBookFilterInput, limit: Int,
          nextToken: String): ModelBookConnection""",
    )


@pytest.mark.parametrize(
    ("query", "key", "left"),
    [
        ("room=r&shelf=s&sort=name", {"beginsWith": {"shelf": "s"}}, {"shelf": {"eq": "s"}}),
        ("room=r&shelf.contains=s&name.exists=true", None, {"shelf": {"contains": "s"}}),
        (
            "room=r&shelf=s&name.beginsWith=n",
            {"beginsWith": {"shelf": "s", "name": "n"}},
            {"shelf": {"eq": "s"}},
        ),
        (  # as long as a key may be
            f"room=r&shelf={'s' * 1000}&name={'n' * 23}",
            {"eq": {"shelf": "s" * 1000, "name": "n" * 23}},
            None,
        ),
        (
            f"room=r&shelf={'s' * 1000}&name={'n' * 24}",
            None,
            {"and": [{"shelf": {"eq": "s" * 1000}}, {"name": {"eq": "n" * 24}}]},
        ),
    ],
)
def test_two_texts_are_ordered_by_the_last_of_them(query: str, key: Any, left: Any) -> None:
    """The first one may hold their joint, so that it gives no order, and the filter tells it."""
    with rest_client(books("String")) as rest:
        assert rest.send("GET", "/books", query=pairs(query)).status == 200
        ((document, variables),) = sent(rest)
        assert " booksByRoom(" in document
        assert variables.get("shelfName") == key
        assert variables.get("filter") == left
        assert places_of(rest.send("GET", "/books", query=pairs("room=r&sort=shelf"))) == ["sort"]


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("AWSDate", "name.ge=2026&name.le=2027"),
        ("AWSDate", "name.ge=2026&name.le=2027-01-01"),
        ("AWSEmail", "name=none"),
        ("String", f"name.beginsWith={'n' * 1023}"),
        ("Int", "name.between=1,3"),
        ("Float", "name.between=1,3"),
        ("Float", 'filter={"name":1}'),
        ("AWSTimestamp", "name.between=1,3"),
    ],
)
def test_what_a_keys_text_cannot_say_stays_in_the_filter(kind: str, query: str) -> None:
    """The argument is of the field's own type, and one text: a number has no order in it."""
    with rest_client(books(kind)) as rest:
        response = rest.send("GET", "/books", query=pairs(f"room=r&shelf=s&{query}"))
        assert response.status == 200, response.body
        ((_, variables),) = sent(rest)
        ordered = rest.send("GET", "/books", query=pairs("room=r&shelf=s&sort=name")).status
    assert variables["shelfName"] == {"beginsWith": {"shelf": "s"}}
    assert "name" in json.dumps(variables["filter"])
    assert ordered == (400 if kind in {"Int", "Float", "AWSTimestamp"} else 200)


def test_a_text_or_an_id_may_begin_a_joined_key() -> None:
    """Its argument takes any text."""
    for kind in ("String", "ID"):
        with rest_client(books("String", kind)) as rest:
            query = pairs("room=r&shelf.beginsWith=s&name.exists=true")
            assert rest.send("GET", "/books", query=query).status == 200
            ((_, variables),) = sent(rest)
        assert variables["shelfName"] == {"beginsWith": {"shelf": "s"}}


@pytest.mark.parametrize(
    ("shelf", "value"),
    [
        ("AWSDate", "2026-01-01"),
        ("AWSTime", "10:00"),
        ("AWSDateTime", "2026-01-01T10:00Z"),
        ("Int", "7"),
    ],
)
def test_a_first_text_that_holds_no_joint_is_said_exactly(shelf: str, value: str) -> None:
    """So the filter needs not say it too; and it gives an order, which a number does not."""
    with rest_client(books("String", shelf)) as rest:
        query = pairs(f"room=r&shelf={value}&name.beginsWith=n")
        assert rest.send("GET", "/books", query=query).status == 200
        ((_, variables),) = sent(rest)
        assert "filter" not in variables
        ordered = rest.send("GET", "/books", query=pairs("room=r&sort=shelf")).status
        assert ordered == (400 if shelf == "Int" else 200)


def test_an_index_whose_filter_is_another_one_takes_none() -> None:
    """What its key does not say is looked for by the table's own filter."""
    other = books("String").replace(
        "sortDirection: ModelSortDirection, filter: ModelBookFilterInput",
        "sortDirection: ModelSortDirection, filter: ModelRoomFilterInput",
    )
    other += "input ModelRoomFilterInput { name: ModelStringInput }"
    with rest_client(other) as rest:
        for more, field in (("shelf.exists=true", "booksByRoom"), ("shelf=s&id.gt=a", "listBooks")):
            rest.transport.requests.clear()
            query = pairs(f"room=r&name.exists=true&{more}")
            assert rest.send("GET", "/books", query=query).status == 200
            ((document, _),) = sent(rest)
            assert f" {field}(" in document


def test_what_an_index_leaves_is_joined_as_members_where_filters_have_no_and() -> None:
    """Nothing of it is lost."""
    bare = books("String").replace("and: [ModelBookFilterInput] ", "")
    assert bare != books("String")
    with rest_client(bare) as rest:
        query = pairs("room=r&shelf.contains=s&name.contains=n")
        assert rest.send("GET", "/books", query=query).status == 200
        ((document, variables),) = sent(rest)
    assert " booksByRoom(" in document
    assert variables["filter"] == {"shelf": {"contains": "s"}, "name": {"contains": "n"}}


def test_an_index_whose_argument_takes_no_sort_key_leaves_it_to_the_filter() -> None:
    """Its partition alone is given."""
    text = "shelfName: ModelBookByRoomCompositeKeyConditionInput,"
    with rest_client(books("String").replace(text, "")) as rest:
        response = rest.send("GET", "/books", query=pairs("room=r&shelf=s&name=n"))
        assert response.status == 200, response.body
        ((document, variables),) = sent(rest)
    assert " booksByRoom(" in document
    assert variables["filter"] == {"and": [{"shelf": {"eq": "s"}}, {"name": {"eq": "n"}}]}


def test_a_path_without_a_direction_or_a_key_gives_no_order(shop: Rest) -> None:
    """Nobody could say which way its items come."""
    order = shop.contract.by_name["Order"]
    path = the_list(order)
    assert [each.field for each in orders(order, [path])] == ["orderNo"]
    undirected = {name: kind for name, kind in path.arguments.items() if name != "sortDirection"}
    assert not list(orders(order, [replace(path, arguments=undirected)]))
    assert not list(orders(order, [replace(path, partition=None)]))


def test_an_index_without_a_direction_gives_no_order() -> None:
    """Nobody could say which way its items come."""
    undirected = books("String").replace("sortDirection: ModelSortDirection, ", "")
    assert undirected != books("String")
    with rest_client(undirected) as rest:
        query = pairs("room=r&shelf=s&sort=name")
        assert places_of(rest.send("GET", "/books", query=query)) == ["sort"]


@pytest.mark.parametrize("kind", ["Int", "Float", "AWSTimestamp"])
def test_a_text_and_a_number_are_not_ordered_by_the_number(kind: str) -> None:
    """They are one text, in which 10 stands before 9: neither an order nor a range is its."""
    with rest_client(books(kind)) as rest:
        query = pairs("room=r&shelf=s&sort=name")
        assert places_of(rest.send("GET", "/books", query=query)) == ["sort"]
        query = pairs("room=r&shelf=s&name.ge=9&name.le=10&name.exists=true")
        assert rest.send("GET", "/books", query=query).status == 200
        ((_, variables),) = sent(rest)
        assert variables["shelfName"] == {"beginsWith": {"shelf": "s"}}


def test_two_sort_fields_whose_values_hold_the_joint_are_no_key(shop: Rest) -> None:
    """Their one text would also be that of another item."""
    query = pairs("warehouse=w&sku=x#y&lot=1")
    assert shop.send("GET", "/stock-levels", query=query).status == 200
    ((_, variables),) = sent(shop)
    assert "skuLot" not in variables
    assert {"sku": {"eq": "x#y"}} in variables["filter"]["and"]


def test_a_cursor_belongs_to_its_order_and_its_key(shop: Rest) -> None:
    """With another order it would go on somewhere else."""
    for number in range(3):
        values = {"status": "PAID", "placedAt": f"202{number}-01-01T00:00:00Z", "items": []}
        put(shop, "orders", customerId="c", orderNo=str(number), **values)
    page = body_of(shop.send("GET", "/orders", query=pairs("status=PAID&sort=-placedAt&limit=2")))
    assert [each["orderNo"] for each in page["items"]] == ["2", "1"]
    cursor = ("cursor", page["nextCursor"])
    right = shop.send("GET", "/orders", query=(*pairs("status=PAID&sort=-placedAt"), cursor))
    assert [each["orderNo"] for each in body_of(right)["items"]] == ["0"]
    for other in ("status=PAID&sort=placedAt", "status=PAID", "status=DRAFT&sort=-placedAt"):
        assert places_of(shop.send("GET", "/orders", query=(*pairs(other), cursor))) == ["cursor"]


def test_a_page_by_an_index_among_20_000_items_is_one_request(shop: Rest) -> None:
    """Nothing but the page itself is read."""
    with shop.store.writing():
        for number in range(20_000):
            item: dict[str, Any] = {
                "customerId": "c",
                "orderNo": str(number),
                "status": "PAID" if number % 100 == 0 else "DRAFT",
                "placedAt": f"2026-01-01T00:00:{number:05}Z",
                "items": [],
                "createdAt": PLACED,
                "updatedAt": PLACED,
                "__typename": "Order",
            }
            shop.store.put("Order", ("c", str(number)), item, 200)
    query = pairs("status=PAID&fields=orderNo&limit=100&sort=-placedAt")
    page = body_of(shop.send("GET", "/orders", query=query))
    assert [each["orderNo"] for each in page["items"]] == [
        str(number) for number in range(19_900, 9_999, -100)
    ]
    assert len(shop.transport.requests) == 1


TEXTS = st.sampled_from(["a", "b", "ab"])
NUMBERS = st.integers(0, 3)
DAYS = st.sampled_from(["2026-01-01", "2026-01-02"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "sku": TEXTS,
    "category": TEXTS,
    "brand": TEXTS,
    "priceCents": NUMBERS,
    "rank": NUMBERS,
    "releasedOn": DAYS,
}
HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: bool(value == operand),
    "gt": lambda value, operand: bool(value > operand),
    "ge": lambda value, operand: bool(value >= operand),
    "lt": lambda value, operand: bool(value < operand),
    "le": lambda value, operand: bool(value <= operand),
    "beginsWith": lambda value, operand: str(value).startswith(operand),
    "between": lambda value, operand: bool(operand[0] <= value <= operand[1]),
}


@st.composite
def products(draw: st.DrawFn) -> dict[str, Any]:
    """Draws a product that has or lacks each index's key fields."""
    item: dict[str, Any] = {
        "title": "t",
        "requiredTags": [],
        "price": {"amount": 1, "currency": "€"},
    }
    for name in ("category", "brand", "priceCents"):
        if draw(st.booleans()):
            item[name] = draw(VALUES[name])
    if draw(st.booleans()):
        item |= {"releasedOn": draw(DAYS), "rank": draw(NUMBERS)}
    return item


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, Any]:
    """Draws a field, an operator and its operand."""
    name = draw(st.sampled_from(sorted(VALUES)))
    operator = draw(st.sampled_from(["eq", "eq", "eq", "exists", *HOLDS]))
    if operator == "beginsWith" and name in {"priceCents", "rank"}:
        operator = "eq"
    if operator == "exists":
        return name, operator, draw(st.booleans())
    if operator == "between":
        return name, operator, sorted((draw(VALUES[name]), draw(VALUES[name])))
    return name, operator, draw(VALUES[name])


def holds(item: Mapping[str, Any], condition: tuple[str, str, Any]) -> bool:
    """Whether an item meets a condition; one on a field that it lacks is not met."""
    name, operator, operand = condition
    if operator == "exists":
        return (name in item) is operand
    return name in item and HOLDS[operator](item[name], operand)


@given(
    items=st.lists(products(), max_size=12),
    asked=st.lists(conditions(), max_size=4, unique_by=lambda each: each[:2]),
    either=st.lists(conditions(), max_size=2),
    sort=st.sampled_from([None, None, "priceCents", "-priceCents"]),
    limit=st.integers(1, 5),
)
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lists_equal_a_plain_search(
    items: list[dict[str, Any]],
    asked: list[tuple[str, str, Any]],
    either: list[tuple[str, str, Any]],
    sort: str | None,
    limit: int,
) -> None:
    """Whatever the access path, over all pages: the same items, and in the order asked for."""
    with shop_client() as shop:
        held = {f"{'ab'[n % 2]}{n}" if n > 1 else "ab"[n]: each for n, each in enumerate(items)}
        for sku, each in held.items():
            each["sku"] = sku
            put(shop, "products", **each)
        query = [(f"{name}.{op}", _text(operand)) for name, op, operand in asked]
        if either:
            branches = [{name: {op: operand}} for name, op, operand in either]
            query.append(("filter", json.dumps({"or": branches})))
        if sort:
            query.append(("sort", sort))
        possible = [each[1] for each in asked if each[0] == "category"].count("eq") == 1
        found: list[dict[str, Any]] = []
        more: list[tuple[str, str]] = [("limit", str(limit))]
        while True:
            response = shop.send("GET", "/products", query=(*query, *more))
            if response.status == 400 and sort:
                assert places_of(response) == ["sort"]
                assert len(asked) > 1 or either or not possible
                return
            assert response.status == 200, response.body
            page = body_of(response)
            found += page["items"]
            if "nextCursor" not in page:
                break
            more = [("limit", str(limit)), ("cursor", page["nextCursor"])]
    expected = [
        each
        for each in held.values()
        if all(holds(each, one) for one in asked)
        and (not either or any(holds(each, one) for one in either))
        and (sort is None or "priceCents" in each)
    ]
    assert sorted(each["sku"] for each in found) == sorted(each["sku"] for each in expected)
    if sort:
        assert [each["priceCents"] for each in found] == sorted(
            (each["priceCents"] for each in expected), reverse=sort.startswith("-")
        )


def _text(operand: Any) -> str:
    """Returns an operand as a parameter gives it."""
    if isinstance(operand, bool):
        return str(operand).lower()
    return ",".join(map(str, operand)) if isinstance(operand, list) else str(operand)
