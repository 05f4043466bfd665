"""The document of relations: a path for each, what may be embedded, and the orders there are."""

from bridge.compiler.openapi.document import openapi_document
from tests.support.compiling import compiled
from tests.support.shop import BUILT

DOCUMENT = openapi_document(compiled(BUILT).contract)


def parameter(path: str, name: str) -> dict[str, object]:
    """Returns the parameter of a path's GET."""
    listed = DOCUMENT["paths"][path]["get"]["parameters"]
    (found,) = [each for each in listed if each.get("name") == name]
    return dict(found)


def test_each_relation_has_its_path_with_the_keys_of_its_item() -> None:
    """To one with its own ETag and place, to many as a page."""
    one = DOCUMENT["paths"]["/orders/{customerId}/{orderNo}/customer"]
    assert [each["name"] for each in one["parameters"]] == ["customerId", "orderNo"]
    assert {"ETag", "Content-Location"} <= one["get"]["responses"]["200"]["headers"].keys()
    assert {"304", "404", "412"} <= one["get"]["responses"].keys()
    many = DOCUMENT["paths"]["/customers/{id}/orders"]["get"]["responses"]
    schema = many["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/OrderPage"}
    assert "404" in many


def test_sort_is_an_enum_of_what_the_relations_index_gives() -> None:
    """Where it has no sort field there is no such parameter."""
    assert parameter("/customers/{id}/orders", "sort")["schema"] == {
        "type": "string",
        "enum": ["orderNo", "-orderNo"],
    }
    listed = DOCUMENT["paths"]["/orders/{customerId}/{orderNo}/shipments"]["get"]["parameters"]
    assert "sort" not in [each.get("name") for each in listed]


def test_expand_names_the_relations_two_deep_and_representations_hold_them() -> None:
    """They are not required: only `expand` or `fields` puts them there."""
    for path in ("/orders", "/orders/{customerId}/{orderNo}"):
        assert parameter(path, "expand")["style"] == "form"
    schemas = DOCUMENT["components"]["schemas"]
    names = schemas["OrderRelation"]["enum"]
    assert {"customer", "shipments", "customer.profile"} <= set(names)
    order = schemas["Order"]
    assert {"customer", "shipments"} <= order["properties"].keys()
    assert not {"customer", "shipments"} & set(order["required"])
    assert schemas["ShipmentEmbedded"]["required"] == ["items"]


def test_fields_names_what_the_first_dot_reaches() -> None:
    """Relations, and the fields of nested values and of related items; no two that tools mix up."""
    names = DOCUMENT["components"]["schemas"]["OrderField"]["enum"]
    assert {"customer", "total.amount", "customer.name", "shipments.carrier"} <= set(names)
    assert "customerId" in names, "a member"
    assert "customer.id" not in names, "a generator's constant of it would be that of customerId"
    constants = [name.replace(".", "").lower() for name in names]
    assert len(constants) == len(set(constants))
