"""What the OpenAPI document offers of lists is what the gateway takes."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from bridge.compiler.openapi import openapi_text
from chalicelib.translation.filters import FilterReader
from tests.support.account_b import Rest, the_list
from tests.support.compiling import compiled
from tests.support.shop import shop_client

EXAMPLES = {
    "date": "2026-01-01",
    "time": "10:00:00Z",
    "date-time": "2026-01-01T00:00:00Z",
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Rest]:
    """A shop with one item of each type that has a list of its own below it."""
    with shop_client() as rest:
        for path, values in {
            "customers": {"id": "1", "name": "A", "email": "a@example.org"},
            "orders": {
                "customerId": "1",
                "orderNo": "1",
                "status": "PAID",
                "placedAt": "2026-01-01T00:00:00Z",
                "items": [],
            },
            "products": {
                "sku": "1",
                "title": "t",
                "requiredTags": [],
                "price": {"amount": 1, "currency": "EUR"},
            },
            "authors": {"handle": "1", "name": "A"},
            "posts": {"id": "1", "title": "t", "state": "DRAFT"},
            "labels": {"id": "1", "name": "l"},
        }.items():
            response = rest.send("POST", f"/{path}", json.dumps(values))
            assert response.status == 201, response.body
        yield rest


def offered(shop: Rest) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Gives each list and to-many relation: its path, its operation and the document."""
    document = json.loads(openapi_text(shop.contract, ()))
    for path, item in document["paths"].items():
        operation = item.get("get", {})
        if any(each.get("name") == "filter" for each in operation.get("parameters", ())):
            filled = path
            for name in ("id", "customerId", "orderNo", "sku", "handle", "name"):
                filled = filled.replace(f"{{{name}}}", "1")
            yield filled, operation, document


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema that a reference names."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def value_of(schema: dict[str, Any]) -> str:
    """Returns a value of a schema, as a parameter gives it."""
    if "enum" in schema:
        return str(schema["enum"][0])
    if "format" in schema and schema["format"] in EXAMPLES:
        return EXAMPLES[schema["format"]]
    return {"integer": "1", "number": "1", "boolean": "true"}.get(schema["type"], "a")


def test_no_parameter_that_is_offered_is_refused(shop: Rest) -> None:
    """Of each list and each to-many relation of the shop, one by one."""
    tried = 0
    for path, operation, document in offered(shop):
        for parameter in operation["parameters"]:
            name = parameter.get("name")
            if name in {None, "sort", "fields", "expand", "filter"}:
                continue
            value = value_of(resolved(parameter["schema"], document))
            response = shop.send("GET", path, query=((name, value),))
            assert response.status == 200, (path, name, value, response.body)
            tried += 1
    assert tried > 80


def test_each_condition_that_filter_offers_is_taken(shop: Rest) -> None:
    """Each operator of each member."""
    tried = 0
    for path, operation, document in offered(shop):
        (tree,) = [each for each in operation["parameters"] if each.get("name") == "filter"]
        members = resolved(tree["schema"]["contentSchema"], document)["properties"]
        for name, schema in members.items():
            for branch in resolved(schema, document).get("anyOf", [resolved(schema, document)]):
                found = resolved(branch, document)
                for operator, operand in found.get("properties", {}).items():
                    if name in {"and", "or", "not"}:
                        continue
                    asked = {name: {operator: operand_of(resolved(operand, document), document)}}
                    query = (("filter", json.dumps(asked)),)
                    response = shop.send("GET", path, query=query)
                    assert response.status == 200, (path, asked, response.body)
                    tried += 1
    assert tried > 600


def operand_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Returns a value of a schema, as JSON gives it."""
    if schema.get("type") == "array":
        return [operand_of(resolved(schema["items"], document), document)] * schema["minItems"]
    text = value_of(schema)
    kind = schema.get("type")
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return int(text)
    if "format" not in schema and "enum" not in schema:
        return "1"
    return text


def test_each_order_that_is_offered_is_one_under_what_it_needs(shop: Rest) -> None:
    """`sort` is an enum of what is possible, and no other order is."""
    described = {
        path: parameter
        for path, operation, _ in offered(shop)
        for parameter in operation["parameters"]
        if parameter.get("name") == "sort"
    }
    assert {path: each["schema"]["enum"][::2] for path, each in described.items()} == {
        "/customers": ["joinedAt"],
        "/customers/1/orders": ["orderNo"],
        "/customers/1/referred": ["joinedAt"],
        "/orders": ["orderNo", "placedAt", "status"],
        "/shipments": ["orderOrderNo"],
        "/products": ["priceCents", "releasedOn"],
        "/products/1/reviews": ["stars"],
        "/reviews": ["stars"],
        "/authors/1/posts": ["publishedAt"],
        "/posts": ["publishedAt"],
        "/audit-events": ["seq"],
    }
    for path, each in described.items():
        needs = each["description"]
        for text in each["schema"]["enum"]:
            fixed = {
                "/customers": {"referrerId": "1"},
                "/orders": {"customerId": "1", "status": "PAID", "channel": "w"},
                "/shipments": {"orderCustomerId": "1"},
                "/products": {"category": "c", "brand": "b"},
                "/reviews": {"productSku": "1"},
                "/posts": {"authorHandle": "1"},
                "/audit-events": {"stream": "s"},
            }.get(path, {})
            assert all(f"`{name}`" in needs for name in fixed)
            response = shop.send("GET", path, query=(*fixed.items(), ("sort", text)))
            assert response.status == 200, (path, text, response.body)


def test_a_list_says_which_filters_are_indexed(shop: Rest) -> None:
    """And that an index lags; a list without any says nothing."""
    told = {path: operation["description"] for path, operation, _ in offered(shop)}
    assert told["/orders"].endswith(
        "Indexed: equality of `customerId` with `orderNo`, or of `status` with `placedAt`, or of"
        " `channel` with `status` and `placedAt`; all else reads the whole table. An index lags a"
        " little behind a write."
    )
    assert "Indexed" not in told["/labels"]


PLAIN = """
type Note { id: ID! text: String stars: Int }
type NotePage { items: [Note] nextToken: String }
input TextInput { eq: String ne: String }
input StarsInput { eq: Int gt: Int lt: Int }
input NoteFilter { text: TextInput stars: StarsInput }
type Query {
  getNote(id: ID!): Note
  listNotes(filter: NoteFilter, limit: Int, nextToken: String): NotePage
}
"""


def test_where_conditions_cannot_be_joined_the_document_offers_one_of_each_field():
    """It says so in words, and its schema takes of each field just what the list takes."""
    contract = compiled(PLAIN).contract
    document = json.loads(openapi_text(contract, ()))
    (resource,) = contract.resources
    parameters = document["paths"]["/notes"]["get"]["parameters"]
    (parameter,) = (each for each in parameters if each.get("name") == "filter")
    assert "one condition" in parameter["description"]
    whole = {**parameter["schema"]["contentSchema"], "components": document["components"]}
    taken = jsonschema_rs.validator_for(whole)
    for tree, fits in (
        ({"text": "a", "stars": {"gt": 1}}, True),
        ({"stars": {"gt": 1, "lt": 3}}, False),
        ({"text": {"eq": "a", "ne": "b"}}, False),
    ):
        reader = FilterReader(resource, the_list(resource))
        reader.add_json(json.dumps(tree))
        assert taken.is_valid(tree) is fits is (not reader.violations)
