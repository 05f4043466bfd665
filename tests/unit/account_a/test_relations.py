"""Relations: sub-collections, related items within items, and names with dots."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.log import log_line
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Rest, rest_client
from tests.support.examples import examples
from tests.support.schemas import model, schema
from tests.support.shop import BUILT, SOURCE, shop_client
from tests.unit.account_a.asking import body_of, slug_of
from tests.unit.account_a.batching import entry, send, statuses

PLACED = "2026-01-01T00:00:00Z"


@pytest.fixture
def shop() -> Iterator[Rest]:
    """A shop with a customer, a profile, 12 orders, and 15 shipments of the first."""
    with shop_client() as rest:
        put(rest, "customers", id="c", name="Ada", email="ada@example.org", address=ADDRESS)
        put(rest, "profiles", id="p", bio="b", profileCustomerId="c")
        assert rest.send("PATCH", "/customers/c", '{"customerProfileId": "p"}').status == 200
        for number in range(12):
            order(rest, f"o{number:02}")
        for number in range(15):
            put(rest, "shipments", id=f"s{number}", orderCustomerId="c", orderOrderNo="o00")
        rest.transport.requests.clear()
        yield rest


ADDRESS = {"street": "s", "city": "Paris", "geo": {"lat": 1.0, "lon": 2.0}}


def put(rest: Rest, path: str, **values: Any) -> None:
    """Creates an item."""
    response = rest.send("POST", f"/{path}", json.dumps(values))
    assert response.status == 201, response.body


def order(rest: Rest, number: str, customer: str = "c") -> None:
    """Creates an order."""
    put(
        rest,
        "orders",
        customerId=customer,
        orderNo=number,
        status="PAID",
        placedAt=PLACED,
        items=[],
    )


def get(rest: Rest, path: str, *query: tuple[str, str], **headers: str) -> RestResponse:
    """Returns the response to a GET."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return rest.send("GET", path, query=query, headers=named)


def read(rest: Rest, path: str, *query: tuple[str, str]) -> Any:
    """Returns the body of a GET that succeeded."""
    response = get(rest, path, *query)
    assert response.status == 200, response.body
    return body_of(response)


def refusals(response: RestResponse) -> list[tuple[str, str]]:
    """Returns the parameters that were refused, each with why."""
    assert response.status == 400, response.body
    return [(each["parameter"], each["detail"]) for each in body_of(response)["errors"]]


def refuse(rest: Rest, *path: str | int) -> None:
    """Makes account B refuse one related field: it is null, with an error at its path."""

    def after(request: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        data = json.loads(json.dumps(reply.data))
        at = data
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = None
        return reply._replace(data=data, errors=[GraphQLFault(path, "Unauthorized", "Not …")])

    rest.transport.after = after


def test_a_to_one_relation_is_the_related_item_with_its_own_etag(shop: Rest) -> None:
    """Content-Location says where it stands; the client may hold it already."""
    alone = get(shop, "/customers/c")
    related = get(shop, "/orders/c/o00/customer")
    assert (related.status, related.body) == (200, alone.body)
    assert related.headers["Content-Location"] == "/customers/c"
    assert related.headers["ETag"] == alone.headers["ETag"]
    held = get(shop, "/orders/c/o00/customer", if_none_match=alone.headers["ETag"])
    assert held.status == 304
    assert get(shop, "/orders/c/o00/customer", if_match='"x"').status == 412
    assert read(shop, "/orders/c/o00/customer", ("fields", "name")) == {"name": "Ada"}


@pytest.mark.parametrize(
    ("schema_", "name"),
    [
        (BUILT, "."),  # a path's dot segment
        (BUILT.replace("getCustomer(id: ID!): Customer", ""), "c"),
    ],
)
def test_a_related_item_that_has_no_place_of_its_own_is_told_without_one(
    schema_: str, name: str
) -> None:
    """No path carries its key, or nothing reads it by its key."""
    with rest_client(schema_, source=SOURCE) as shop:
        made = f'id: "{name}", name: "Ada", email: "ada@example.org"'
        review = f'id: "r", productSku: "s", customerId: "{name}", stars: 5'
        shop.graphql(
            f"mutation {{ createCustomer(input: {{ {made} }}) {{ id }}"
            f" createReview(input: {{ {review} }}) {{ id }} }}"
        )
        response = get(shop, "/reviews/r/customer")
    assert (response.status, body_of(response)["name"]) == (200, "Ada")
    assert "Content-Location" not in response.headers


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/customers/c/referrer", "not-found"),
        ("/customers/nobody/profile", "not-found"),
        ("/customers/nobody/orders", "not-found"),
        ("/orders/c/nothing/shipments", "not-found"),
        ("/orders/c/o00/nothing", "unknown-path"),
        ("/orders/c/o00/status", "unknown-path"),
    ],
)
def test_what_is_not_there_is_404(shop: Rest, path: str, slug: str) -> None:
    """No related item, no item that it could start from, no such relation."""
    response = get(shop, path)
    assert response.status == 404
    assert body_of(response)["type"].endswith(f":{slug}")


def test_other_methods_are_not_taken(shop: Rest) -> None:
    """A related item is written at its own place."""
    response = shop.send("POST", "/orders/c/o00/shipments", "{}")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_to_many_relation_is_paged_like_a_list(shop: Rest) -> None:
    """Each item once, one upstream request a page; the cursor is that parent's alone."""
    seen: list[str] = []
    query: list[tuple[str, str]] = [("limit", "4"), ("fields", "id")]
    cursor = None
    while True:
        page = read(
            shop, "/orders/c/o00/shipments", *query, *([("cursor", cursor)] if cursor else [])
        )
        seen += [each["id"] for each in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = page["nextCursor"]
    assert sorted(seen) == sorted(f"s{number}" for number in range(15))
    assert len(shop.transport.requests) == 4
    assert read(shop, "/orders/c/o01/shipments") == {"items": []}
    first = read(shop, "/orders/c/o00/shipments", *query)["nextCursor"]
    wrong = get(shop, "/orders/c/o01/shipments", ("cursor", first))
    assert refusals(wrong) == [("cursor", "belongs to a list with another filter")]
    forged = get(shop, "/orders/c/o00/shipments", ("cursor", "e30"))
    assert refusals(forged)[0][0] == "cursor"


def test_a_to_many_relation_takes_filters_and_the_order_of_its_index(shop: Rest) -> None:
    """A condition on the sort key goes into the key; the store filters the rest."""
    query = (("fields", "orderNo"), ("orderNo.ge", "o05"), ("sort", "-orderNo"), ("limit", "3"))
    page = read(shop, "/customers/c/orders", *query)
    assert [each["orderNo"] for each in page["items"]] == ["o11", "o10", "o09"]
    page = read(shop, "/customers/c/orders", *query, ("cursor", page["nextCursor"]))
    assert [each["orderNo"] for each in page["items"]] == ["o08", "o07", "o06"]
    assert shop.transport.requests[-1].variables["orders_orderNo"] == {"ge": "o05"}
    filtered = read(shop, "/customers/c/orders", ("status", "DRAFT"))
    assert filtered == {"items": []}
    filtered = read(shop, "/customers/c/orders", ("status", "PAID"), ("fields", "orderNo"))
    assert len(filtered["items"]) == 12


def test_what_a_relation_cannot_be_asked_is_400(shop: Rest) -> None:
    """All at once, with what is possible."""
    found = refusals(get(shop, "/customers/c/orders", ("sort", "placedAt"), ("x", "1")))
    assert found == [
        ("x", "is unknown"),
        ("sort", "is no order of these items; possible: orderNo or -orderNo"),
    ]
    assert refusals(get(shop, "/orders/c/o00/shipments", ("sort", "id")))[0][0] == "sort"
    twice = get(shop, "/customers/c/orders", ("orderNo.ge", "a"), ("orderNo.beginsWith", "b"))
    assert refusals(twice) == [
        ("orderNo", "its key takes of orderNo at most one eq, one range or one beginsWith")
    ]
    partition = get(shop, "/customers/c/orders", ("customerId", "c"))
    assert refusals(partition) == [
        ("customerId", "does not have this operator; it has: none"),
    ]
    assert refusals(get(shop, "/customers/c/orders", ("orderNo.in", "a,b")))[0][0] == "orderNo.in"


def test_expand_embeds_related_items(shop: Rest) -> None:
    """To-one as an object or null, to-many as a page whose cursor goes on at the sub-path."""
    response = get(shop, "/orders/c/o00", ("expand", "customer.profile,shipments"))
    body = body_of(response)
    assert "ETag" not in response.headers
    assert len(shop.transport.requests) == 1
    assert body["customer"]["profile"]["bio"] == "b"
    assert len(body["shipments"]["items"]) == 10
    rest_of_them = read(
        shop, "/orders/c/o00/shipments", ("cursor", body["shipments"]["nextCursor"])
    )
    seen = [each["id"] for each in (*body["shipments"]["items"], *rest_of_them["items"])]
    assert sorted(seen) == sorted(f"s{number}" for number in range(15))
    assert read(shop, "/customers/c", ("expand", "referrer"))["referrer"] is None
    assert read(shop, "/orders/c/o01", ("expand", "shipments"))["shipments"].keys() == {"items"}
    alone = read(shop, "/orders/c/o00")
    assert {name: body[name] for name in alone} == alone
    twice = read(shop, "/orders/c/o00", ("expand", "customer"), ("expand", "customer.profile"))
    assert twice["customer"] == body["customer"]
    profile = body["customer"].pop("profile")
    assert body["customer"] == read(shop, "/customers/c")
    assert profile == read(shop, "/profiles/p")


def test_fields_reach_into_values_and_into_related_items(shop: Rest) -> None:
    """A name of a relation expands it; nothing else is read."""
    query = (("fields", "orderNo,customer.address.city"), ("fields", "customer.profile.bio"))
    assert read(shop, "/orders/c/o00", *query) == {
        "orderNo": "o00",
        "customer": {"address": {"city": "Paris"}, "profile": {"bio": "b"}},
    }
    assert read(shop, "/customers/c", ("fields", "address.geo.lat")) == {
        "address": {"geo": {"lat": 1.0}}
    }
    assert get(shop, "/customers/c", ("fields", "address.geo.lat")).headers["ETag"]
    both = read(shop, "/orders/c/o00", ("fields", "orderNo"), ("expand", "customer"))
    assert (list(both), both["customer"]["name"]) == (["orderNo", "customer"], "Ada")
    assert read(shop, "/orders", ("fields", "customer.name"), ("limit", "1"))["items"] == [
        {"customer": {"name": "Ada"}}
    ]


def test_a_relation_named_whole_and_with_one_of_its_own_shows_both(shop: Rest) -> None:
    """As `expand` does: all of the related item, and what it leads to."""
    expanded = read(shop, "/orders/c/o00", ("expand", "customer.profile"))["customer"]
    for names in ("customer,customer.profile", "customer.profile,customer", "customer.name"):
        query = (("fields", names), ("expand", "customer.profile"))
        shown = read(shop, "/orders/c/o00", *query[: 1 + names.endswith("name")])["customer"]
        part = {"name": "Ada", "profile": expanded["profile"]}
        assert shown == (part if names.endswith("name") else expanded)
    part_of_it = read(shop, "/orders/c/o00", ("fields", "customer,customer.profile.bio"))
    assert part_of_it["customer"] == {**expanded, "profile": {"bio": "b"}}
    both = read(shop, "/customers/c", ("fields", "address,address.city"))
    assert both == {"address": read(shop, "/customers/c")["address"]}
    wrong = get(shop, "/customers/c", ("fields", "address,address.town"))
    assert "no field: town" in refusals(wrong)[0][1]


def test_names_that_are_none_are_told_at_once(shop: Rest) -> None:
    """With those that there are; two relations may follow one another, three may not."""
    found = refusals(get(shop, "/orders/c/o00", ("expand", "nothing"), ("fields", "x,status.y")))
    assert [name for name, _ in found] == ["fields", "expand", "fields"]
    assert "customer, shipments, notes" in found[1][1]
    deep = get(shop, "/orders/c/o00", ("expand", "customer.profile.customer"))
    assert refusals(deep) == [
        ("expand", "names what is no relation of Profile; the relations here are: none")
    ]
    assert not shop.transport.requests


def test_a_request_embeds_no_more_than_its_bounds(shop: Rest) -> None:
    """The numbers are those of the worst case; below them it is answered."""
    found = refusals(get(shop, "/orders", ("expand", "shipments"), ("limit", "101")))
    assert found == [
        (
            "expand",
            (
                "may take 101 resolvers and embed 1,010 items; a request may take 10,000 and embed"
                " 1,000"
            ),
        )
    ]
    assert len(read(shop, "/orders", ("expand", "shipments"), ("limit", "100"))["items"]) == 12
    wide = (("expand", "customer.referrer"), ("limit", "200"))
    assert len(read(shop, "/orders", *wide)["items"]) == 12
    deep = "orders.shipments,orders.notes,referred.orders,referred.reviews,referred.referred"
    assert read(shop, "/customers/c", ("expand", deep))["id"] == "c"
    found = refusals(get(shop, "/customers", ("fields", "orders.shipments.id")))
    assert found[0][0] == "fields"
    assert found[0][1].startswith("may take 550 resolvers and embed 5,500 items;")


def test_filtered_lists_read_no_more_related_items_than_their_bounds(shop: Rest) -> None:
    """A filter makes the gateway read on, each time with what is embedded."""
    query = (("expand", "shipments"), ("limit", "100"), ("status", "DRAFT"))
    assert read(shop, "/orders", *query) == {"items": []}
    assert all(each.variables["limit"] <= 100 for each in shop.transport.requests)
    with shop.store.writing():
        for number in range(250):
            order = {"customerId": "d", "orderNo": str(number), "items": [], "status": "DRAFT"}
            stamps = dict.fromkeys(("placedAt", "createdAt", "updatedAt"), "2026-01-01T00:00:00Z")
            shop.store.put(
                "Order", ("d", str(number)), {**order, **stamps, "__typename": "Order"}, 99
            )
    shop.transport.requests.clear()
    page = read(shop, "/orders", ("expand", "shipments"), ("limit", "1"), ("priority", "9"))
    assert page == {"items": []}
    limits = [each.variables["limit"] for each in shop.transport.requests]
    assert max(limits) == 100


def test_a_related_item_that_may_not_be_read_is_null_with_its_problem(shop: Rest) -> None:
    """The item itself is answered all the same; at the sub-path it is the API's refusal."""
    refuse(shop, "getOrder", "customer")
    body = read(shop, "/orders/c/o00", ("expand", "customer"))
    assert (body["orderNo"], body["customer"]) == ("o00", None)
    assert body["problems"] == [{"pointer": "/customer", "detail": "could not be read"}]
    response = get(shop, "/orders/c/o00/customer")
    assert response.status == 502
    assert body_of(response)["type"].endswith(":field-unauthorized")
    refuse(shop, "getOrder", "customer", "address", "city")
    response = get(shop, "/orders/c/o00/customer")
    assert [each["pointer"] for each in body_of(response)["problems"]] == ["/address/city"]
    refuse(shop, "listOrders", "items", 0, "shipments", "items", 3)
    shop.transport.faults.clear()
    order_no = read(shop, "/orders", ("expand", "shipments"), ("orderNo", "o00"))["items"][0]
    assert order_no["shipments"]["items"][3] is None
    assert order_no["problems"][0]["pointer"] == "/shipments/items/3"
    refuse(shop, "getOrder", "shipments")
    response = get(shop, "/orders/c/o00/shipments")
    assert body_of(response)["type"].endswith(":field-unauthorized")
    assert read(shop, "/orders/c/o00", ("expand", "shipments"))["shipments"] is None


@pytest.fixture
def reviewed(shop: Rest) -> Rest:
    """The shop with two reviews of a customer's, of whose products one is deleted."""
    for sku in ("kept", "gone"):
        put(
            shop,
            "products",
            sku=sku,
            title=sku,
            price={"amount": 1, "currency": "EUR"},
            requiredTags=[],
        )
        put(shop, "reviews", id=f"of-{sku}", productSku=sku, customerId="c", stars=5)
    assert shop.send("DELETE", "/products/gone").status == 204
    shop.transport.requests.clear()
    return shop


BRAND = ("product", "brand")
MISSING_PRODUCT = [{"pointer": "/product", "detail": "could not be read"}]


def test_a_required_relation_that_leads_nowhere_does_not_hide_the_item(reviewed: Rest) -> None:
    """GraphQL lets its null take the item; the item is read without it, and is all there."""
    alone = read(reviewed, "/reviews/of-gone")
    reviewed.transport.requests.clear()
    body = read(reviewed, "/reviews/of-gone", ("expand", "product,customer"))
    customer = read(reviewed, "/customers/c")
    expected = {**alone, "product": None, "customer": customer, "problems": MISSING_PRODUCT}
    assert body == expected
    assert len(reviewed.transport.requests) == 3
    part = read(reviewed, "/reviews/of-gone", ("fields", "stars,product.title"))
    assert part == {"stars": 5, "product": None, "problems": MISSING_PRODUCT}


def test_where_a_required_relation_leads_is_told_by_what_could_not_be_read(reviewed: Rest) -> None:
    """The relation itself leads nowhere; what is below it is an item that cannot be shown."""
    assert get(reviewed, "/reviews/of-gone/product").status == 404
    message = "Cannot return null for non-nullable type: 'String' within parent 'Product'"
    fault = GraphQLFault(("getReview", "product", "title"), "", message)
    review = {"id": "of-kept", "product": None}
    nowhere = GraphQLResponse({"getReview": review}, [fault._replace(path=fault.path[:2])])
    reviewed.transport.after = lambda _request, _response: nowhere
    assert get(reviewed, "/reviews/of-kept/product").status == 404
    for data in ({"getReview": None}, {"getReview": review}):
        reply = GraphQLResponse(data, [fault])
        reviewed.transport.after = lambda _request, _response, reply=reply: reply
        assert slug_of(get(reviewed, "/reviews/of-kept/product")) == "unreadable-item"
        assert "Product: title" in log_line(reviewed.logged[-1], service="s", cold_start=False)


@pytest.mark.parametrize("path", ["/reviews", "/customers/c/reviews"])
def test_a_list_keeps_the_items_whose_required_relation_leads_nowhere(
    reviewed: Rest, path: str
) -> None:
    """And what the others lead to; it takes one further request, and none where all is well."""
    page = read(reviewed, path, ("expand", "product"))
    assert "problems" not in page
    items = {each["id"]: each for each in page["items"]}
    assert items == {
        f"of-{sku}": read(reviewed, f"/reviews/of-{sku}", ("expand", "product"))
        for sku in ("kept", "gone")
    }
    assert items["of-kept"]["product"]["title"] == "kept"
    assert items["of-gone"]["problems"] == MISSING_PRODUCT
    reviewed.transport.requests.clear()
    read(reviewed, path, ("expand", "product"))
    assert len(reviewed.transport.requests) == 2
    reviewed.transport.requests.clear()
    read(reviewed, path, ("expand", "customer"))
    assert len(reviewed.transport.requests) == 1


def test_an_embedded_item_whose_own_relation_leads_nowhere_is_null_with_its_problem(
    reviewed: Rest,
) -> None:
    """The item that embeds it is there, and so are the others."""
    body = read(reviewed, "/customers/c", ("expand", "reviews.product"))
    shown = body["reviews"]["items"]
    lost = shown.index(None)
    assert shown[1 - lost]["product"]["sku"] == "kept"
    assert body["problems"] == [
        {"pointer": f"/reviews/items/{lost}", "detail": "could not be read"}
    ]


def test_a_required_related_item_that_may_not_be_read_does_not_hide_the_item(
    reviewed: Rest,
) -> None:
    """Nor where every item of a list leads to one."""

    def after(request: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        if "product {" not in request.document.text:
            return reply
        (name,) = reply.data or {}
        if name == "getReview":
            fault = GraphQLFault((name, "product", "title"), "Unauthorized", "Not …")
            return GraphQLResponse({name: None}, [fault])
        faults = [
            GraphQLFault((name, "items", index, "product", "title"), "Unauthorized", "Not …")
            for index in range(2)
        ]
        return GraphQLResponse({name: {"items": [None, None], "nextToken": None}}, faults)

    reviewed.transport.after = after
    page = read(reviewed, "/reviews", ("expand", "product"))
    assert sorted(each["id"] for each in page["items"]) == ["of-gone", "of-kept"]
    assert [each["problems"] for each in page["items"]] == [MISSING_PRODUCT] * 2
    assert read(reviewed, "/reviews/of-kept", ("expand", "product"))["problems"] == MISSING_PRODUCT


def test_an_item_that_cannot_be_read_without_its_relation_either_is_unreadable(
    reviewed: Rest,
) -> None:
    """It is asked for once without it, and not taken for one that has all but the relation."""

    def after(request: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        if "product {" in request.document.text:
            return reply
        return GraphQLResponse(
            {"getReview": None}, [GraphQLFault(("getReview", "stars"), "", "no")]
        )

    reviewed.transport.after = after
    response = get(reviewed, "/reviews/of-gone", ("expand", "product"))
    assert (response.status, slug_of(response)) == (502, "unreadable-item")
    assert len(reviewed.transport.requests) == 2


def test_what_was_read_twice_has_the_problems_of_what_is_shown(reviewed: Rest) -> None:
    """Of the first reading those within the relation; what the second could read has none."""

    def after(request: GraphQLRequest, reply: GraphQLResponse) -> GraphQLResponse:
        if "product {" not in request.document.text:
            return reply
        items = (reply.data or {})["listReviews"]["items"]
        at = next(index for index, each in enumerate(items) if each)
        place = ("listReviews", "items", at)
        faults = [GraphQLFault((*place, *path), "", "no") for path in (("body",), BRAND)]
        return reply._replace(errors=(*reply.errors, *faults))

    reviewed.transport.after = after
    items = read(reviewed, "/reviews", ("expand", "product"))["items"]
    problems = {each["id"]: [one["pointer"] for one in each["problems"]] for each in items}
    assert problems == {"of-kept": ["/product/brand"], "of-gone": ["/product"]}


def test_a_batch_reads_relations_after_the_writes_before_them(shop: Rest) -> None:
    """Of whatever resource."""
    answers = send(
        shop,
        entry("PATCH", "/customers/c", {"name": "Bob"}),
        entry("GET", "/orders/c/o00/customer?fields=name"),
        entry("GET", "/orders/c/o00?fields=customer.name"),
        entry("POST", "/shipments", {"id": "z", "orderCustomerId": "c", "orderOrderNo": "o01"}),
        entry("GET", "/orders/c/o01/shipments?fields=id&limit=2"),
        entry("GET", "/orders/c/o00/shipments?fields=id&limit=2"),
    )
    assert statuses(answers) == [200, 200, 200, 201, 200, 200]
    assert answers[1]["body"] == {"name": "Bob"}
    assert answers[2]["body"] == {"customer": {"name": "Bob"}}
    assert answers[4]["body"] == {"items": [{"id": "z"}]}
    assert len(answers[5]["body"]["items"]) == 2


def test_the_log_names_the_real_path(shop: Rest) -> None:
    """API Gateway knows one route of all relations of an item."""
    get(shop, "/orders/c/o00/customer")
    assert shop.logged[-1].route == "/orders/{customerId}/{orderNo}/customer"


EXPANSIONS = ("customer", "shipments", "notes", "customer.profile", "customer.referrer")


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_expanding_a_list_gives_what_single_gets_give(data: st.DataObject) -> None:
    """Of 50 items, in one upstream request; the related items are what stands at their places.

    Each third item is asked for alone too.
    """
    expand = data.draw(st.lists(st.sampled_from(EXPANSIONS), min_size=1, max_size=2, unique=True))
    owners = data.draw(st.lists(st.sampled_from("abc"), min_size=50, max_size=50))
    shipped = data.draw(st.lists(st.integers(0, 49), max_size=20))
    with shop_client() as rest:
        put(rest, "profiles", id="p", bio="b")
        put(rest, "customers", id="a", name="A", email="a@example.org", customerProfileId="p")
        put(rest, "customers", id="b", name="B", email="b@example.org", referrerId="a")
        send(
            rest,
            *(
                entry(
                    "POST",
                    "/orders",
                    {
                        "customerId": owner,
                        "orderNo": f"{number}",
                        "status": "PAID",
                        "placedAt": PLACED,
                        "items": [],
                    },
                )
                for number, owner in enumerate(owners)
            ),
        )
        for number in shipped:
            put(rest, "shipments", orderCustomerId=owners[number], orderOrderNo=f"{number}")
        query = ("expand", ",".join(expand))
        rest.transport.requests.clear()
        page = read(rest, "/orders", query)
        assert len(page["items"]) == 50
        assert len(rest.transport.requests) == 1
        for each in page["items"][::3]:
            path = f"/orders/{each['customerId']}/{each['orderNo']}"
            assert each == read(rest, path, query)
            if query[1] == "customer":
                alone = get(rest, f"{path}/customer")
                expected = body_of(alone) if alone.status == 200 else None
                assert each["customer"] == expected
            if query[1] == "shipments" and "nextCursor" not in each["shipments"]:
                assert each["shipments"] == read(rest, f"{path}/shipments")


def test_a_foreign_key_that_no_item_can_have_leads_to_nothing(shop: Rest) -> None:
    """The store refuses a key of over 2,048 bytes, in an index's key or a read, with an error."""
    put(shop, "reviews", id="r", productSku="p", stars=1, customerId="x" * 2049)
    assert get(shop, "/reviews/r/customer").status == 404
    assert get(shop, "/reviews/r").status == 200


def test_a_relation_that_the_sandbox_cannot_resolve_is_no_missing_item() -> None:
    """Without the source schema its path is a fault behind the gateway, named in the log."""
    built = schema(
        model("Flight", "Flights", "gate: String"), model("Booking", "Bookings", "note: String")
    ).replace("type Booking {", "type Booking { flight: Flight")
    with rest_client(built) as rest:
        assert rest.send("POST", "/bookings", '{"id": "b"}').status == 201
        embedded = rest.send("GET", "/bookings/b", query={"expand": "flight"})
        assert embedded.status == 200
        shown = json.loads(embedded.body)
        assert shown["flight"] is None
        assert shown["problems"] == [{"pointer": "/flight", "detail": "could not be read"}]
        own = rest.send("GET", "/bookings/b/flight")
        assert own.status == 502
        assert json.loads(own.body)["type"].endswith(":upstream-error")
        assert rest.logged[-1].fault == "Unproven: AppSync: SandboxUnsupported"
