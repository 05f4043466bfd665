"""Texts of which account B makes an index key: none is empty, in the document and at the gateway.

What is true of account B is told by the sandbox's tables, which are made of the source schema; the
compiler has the built one alone.
"""

import json
from functools import partial

import pytest

from bridge.compiler.openapi import openapi_document
from bridge.sandbox.appsync import load_schema
from chalicelib.contract.types import type_ref
from chalicelib.graphql.messages import GraphQLFault
from tests.support.account_b import rest_client
from tests.support.compiling import compiled
from tests.support.shop import BUILT, SOURCE, shop_client

CONTRACT = compiled(BUILT).contract
COMPONENTS = openapi_document(CONTRACT)["components"]["schemas"]
MODELS = load_schema(BUILT, SOURCE).meanings.models


def _index_texts(resource, write):
    """Returns the members of a write that are a text by itself in a key of an index."""
    table = MODELS[resource.name].table
    attributes = {each.name for key in table.indexes.values() for each in key.attributes}
    keys = resource.key.names if resource.key else ()
    return {
        name
        for name, text in write.takes.items()
        if name in attributes and name not in keys and type_ref(text).name in {"ID", "String"}
    }


WRITES = [
    (resource, write, form)
    for resource in CONTRACT.resources
    for write, forms in (
        (resource.create, ("New",)),
        (resource.update, ("Patch", "Replacement")),
    )
    if write is not None
    for form in forms
]
REFUSED = [
    (resource, form, name)
    for resource, write, form in WRITES
    for name in sorted(_index_texts(resource, write))
]


def test_the_shop_has_such_members():
    """Keys of queries, of relations without a query, and both parts of a key are among them."""
    names = {f"{resource.name}.{name}" for resource, _, name in REFUSED}
    assert names >= {
        "Comment.postCommentsId",
        "Customer.referrerId",
        "Order.channel",
        "OrderNote.orderNotesCustomerId",
        "OrderNote.orderNotesOrderNo",
        "PostLabels.labelId",
        "Review.productSku",
        "Shipment.orderOrderNo",
    }


@pytest.mark.parametrize(
    ("resource", "write", "form"),
    [pytest.param(*each, id=f"{each[0].name}{each[2]}") for each in WRITES],
)
def test_the_document_gives_a_length_to_the_texts_of_index_keys_alone(resource, write, form):
    """A text has a least length where account B takes no empty one, and nowhere else."""
    schemas = COMPONENTS[f"{resource.name}{form}"]["properties"]
    texts = {name for name, text in write.takes.items() if type_ref(text).name in {"ID", "String"}}
    stated = {name for name in texts if schemas[name].get("minLength") == 1}
    assert stated == _index_texts(resource, write)


@pytest.mark.parametrize(
    ("resource", "form", "name"),
    [pytest.param(*each, id=f"{each[0].name}{each[1]}-{each[2]}") for each in REFUSED],
)
def test_an_empty_index_text_is_refused_at_its_member(resource, form, name):
    """It is 400 before account B is asked, as part of a create and of a change."""
    method = {"New": "POST", "Patch": "PATCH", "Replacement": "PUT"}[form]
    path = f"/{resource.path}"
    if method != "POST":
        path = f"{path}/{resource.key.to_path(('a',) * len(resource.key.names))}"
    with shop_client() as shop:
        response = shop.send(method, path, json.dumps({name: ""}))
        assert response.status == 400
        errors = json.loads(response.body)["errors"]
        assert {
            "pointer": f"/{name}",
            "detail": "is empty, which a field of an index never is",
        } in (errors)
        assert shop.transport.requests == []


def test_an_empty_part_of_a_joined_sort_key_is_taken():
    """What the store holds is `#1`: the separator is always there."""
    schema, source = (
        text.replace("releasedOn: AWSDate", "releasedOn: String") for text in (BUILT, SOURCE)
    )
    product = {
        "sku": "s",
        "title": "t",
        "requiredTags": [],
        "price": {"amount": 1, "currency": "EUR"},
        "brand": "b",
        "releasedOn": "",
        "rank": 1,
    }
    with rest_client(schema, source=source) as shop:
        response = shop.send("POST", "/products", json.dumps(product))
        assert response.status == 201
        assert json.loads(response.body)["releasedOn"] == ""


def _unread(fault, _request, reply):
    """Returns the reply to a read with one member that could not be read; others as they are."""
    key, name = fault.path
    held = (reply.data or {}).get(key)
    return reply._replace(data={key: {**held, name: None}}, errors=[fault]) if held else reply


def test_a_part_of_a_joined_sort_key_is_written_with_the_other_part():
    """Account B takes both or neither, and would make the text `null` of one that is null."""
    released = {"releasedOn": "2026-01-01", "rank": 1}
    product = {"title": "t", "requiredTags": [], "price": {"amount": 1, "currency": "EUR"}}
    with shop_client() as shop:
        for sku, more in (("a", {"brand": "b"}), ("free", {})):
            body = json.dumps({**product, **released, "sku": sku, **more})
            assert shop.send("POST", "/products", body).status == 201

        def patch(sku, **values):
            response = shop.send("PATCH", f"/products/{sku}", json.dumps(values))
            return response.status, shop.transport.requests[-1].variables.get("input")

        sent = {"sku": "a", "releasedOn": "2026-01-01", "rank": 2}
        assert patch("a", rank=2) == (200, sent)
        assert patch("a", rank=2, title="u") == (200, {"sku": "a", "title": "u"})
        for values in ({"title": "v"}, {"priceCents": None}):  # for which nothing is read
            before = len(shop.transport.requests)
            assert patch("a", **values) == (200, {"sku": "a", **values})
            assert len(shop.transport.requests) == before + 1
        for name, status in (("brand", 502), ("title", 200)):  # what the key needs must be read
            fault = GraphQLFault(("getProduct", name), "Unauthorized", "")
            shop.transport.after = partial(_unread, fault)
            assert shop.send("PATCH", "/products/a", '{"rank": 2}').status == status
        shop.transport.after = None
        refused = shop.send("PATCH", "/products/a", '{"rank": null}')
        assert [each["pointer"] for each in json.loads(refused.body)["errors"]] == ["/rank"]
        sent |= {"rank": None}
        assert patch("a", rank=None, brand=None) == (200, {**sent, "brand": None})
        assert patch("free", rank=None) == (200, {**sent, "sku": "free"})
