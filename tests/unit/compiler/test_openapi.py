"""The OpenAPI document that the compiler makes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from bridge.compiler.compilation import compile_schema
from bridge.compiler.openapi import openapi_document
from bridge.compiler.schema import read_built_schema
from chalicelib.contract.model import Contract, load_contract
from chalicelib.contract.openapi import load_openapi
from chalicelib.errors import InvalidRequest
from chalicelib.gateway import Options
from chalicelib.rest.conditional import parse_entity_tags
from chalicelib.rest.idempotency import parse_idempotency_key
from chalicelib.rest.problems import INTERNAL, NOT_READY, PROBLEMS
from chalicelib.translation.filters import operators_of
from tests.support.account_b import rest_client
from tests.support.schemas import ANSWERED, AUTHORED, MACHINE, ODDITIES, OLDER, SIGNED

METHODS = {"get", "head", "post", "put", "patch", "delete", "options"}


def _contract(schema: str) -> Contract:
    return compile_schema(read_built_schema(schema)).contract


def _operations(document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def _resolve(document, node):
    while "$ref" in node and len(node) == 1:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _is_valid(document, schema, value) -> bool:
    whole = {**schema, "components": document["components"]}
    return jsonschema_rs.validator_for(whole, validate_formats=True).is_valid(value)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """Returns the shipped contract's document."""
    return openapi_document(load_contract())


def test_the_document_is_served_with_the_server_it_is_asked_from(shipped):
    """The stage's prefix becomes the server; nothing else changes."""
    assert load_openapi("/api") == {**shipped, "servers": [{"url": "/api"}]}


@pytest.mark.parametrize("schema", [MACHINE, OLDER, AUTHORED, ANSWERED, SIGNED, ODDITIES])
def test_every_contract_has_a_valid_document(schema):
    """Schemas with every scalar, without ETags and with much left out become valid documents."""
    validate(openapi_document(_contract(schema)))


def test_the_shipped_document_is_valid(shipped):
    """The document keeps the rules of OpenAPI 3.1."""
    validate(shipped)


def test_every_path_documents_the_methods_that_it_allows(shipped):
    """What OPTIONS answers in Allow is what the document describes."""
    with rest_client(options=Options(enable_batch=True)) as rest:
        for path in ("/todos", "/todos/{id}", "/batch"):
            allowed = rest.send("OPTIONS", path.replace("{id}", "1")).headers["Allow"]
            assert set(allowed.lower().split(", ")) == METHODS & set(shipped["paths"][path])


def test_every_filter_operator_is_a_parameter(shipped):
    """Each field's operators are documented, and `eq` in its short form too."""
    names = {
        _resolve(shipped, parameter)["name"]
        for parameter in shipped["paths"]["/todos"]["get"]["parameters"]
    }
    (resource,) = load_contract().resources
    filters = {f"{field.name}.{op}" for field in resource.fields for op in operators_of(field)}
    assert names == filters | set(resource.by_name) | {"limit", "cursor", "fields", "filter"}


def test_a_field_that_is_called_like_a_parameter_has_no_short_form():
    """`limit` is the page's size, `limit.eq` the field's value."""
    parameters = openapi_document(_contract(MACHINE))["components"]["parameters"]
    assert parameters["Machine.limit"]["schema"]["default"] == 50
    assert parameters["Machine.limit.eq"]["schema"]["maximum"] == 2**31 - 1


def test_every_problem_type_is_documented(shipped):
    """Each row of the table of problems is a response's type, with its status and an example."""
    documented = {}
    for response in shipped["components"]["responses"].values():
        media_type = response["content"]["application/problem+json"]
        properties = media_type["schema"]["properties"]
        for uri in properties["type"]["enum"]:
            documented[uri] = properties["status"]["const"]
    kinds = [*PROBLEMS.values(), INTERNAL, NOT_READY]
    assert documented == {kind.uri: kind.status for kind in kinds}


def test_every_group_of_problems_is_used(shipped):
    """Each response stands with an operation; only 405 belongs to what is not documented."""
    text = json.dumps(shipped["paths"])
    unused = [
        name
        for name in shipped["components"]["responses"]
        if f'"#/components/responses/{name}"' not in text
    ]
    assert unused == ["MethodNotAllowed"]


def test_every_reference_leads_somewhere(shipped):
    """No reference of the document dangles, and no component is left unused."""
    text = json.dumps(shipped)
    references = set(re.findall(r'"\$ref": "([^"]+)"', text))
    for reference in references:
        assert _resolve(shipped, {"$ref": reference})
    for kind in ("schemas", "parameters", "headers"):
        for name in shipped["components"][kind]:
            assert f"#/components/{kind}/{name}" in references


@pytest.mark.parametrize("schema", [None, MACHINE])
def test_every_example_is_valid(schema):
    """Each example of a body is what its own schema takes."""
    document = openapi_document(load_contract() if schema is None else _contract(schema))
    seen = 0
    for _, _, operation in _operations(document):
        contents = [
            _resolve(document, each).get("content", {}) for each in operation["responses"].values()
        ]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for media_type in content.values():
                examples = [each["value"] for each in media_type.get("examples", {}).values()]
                examples += [media_type["example"]] if "example" in media_type else []
                for example in examples:
                    seen += 1
                    assert _is_valid(document, media_type["schema"], example), example
    assert seen > 50


def test_what_the_server_sets_is_read_only(shipped):
    """The timestamps are read-only, in no input, and never null."""
    schemas = shipped["components"]["schemas"]
    for name in ("createdAt", "updatedAt"):
        assert schemas["Todo"]["properties"][name]["readOnly"] is True
        assert schemas["Todo"]["properties"][name]["type"] == "string"
        for kind in ("new", "replacement", "patch"):
            assert name not in schemas[f"Todo.{kind}"]["properties"]


def test_null_is_documented_where_it_is_taken(shipped):
    """A field that may be empty takes null; one that never is does not."""
    schemas = shipped["components"]["schemas"]
    for kind in ("Todo", "Todo.new", "Todo.replacement", "Todo.patch"):
        assert schemas[kind]["properties"]["description"]["type"] == ["string", "null"]
        assert schemas[kind]["properties"]["name"]["type"] == "string"


def test_what_an_input_requires_is_documented_for_the_methods_that_it_is_of():
    """Create's for POST, update's for PATCH, and both for PUT; null only where neither is."""
    schemas = openapi_document(_contract(SIGNED))["components"]["schemas"]
    required = {
        kind: schemas[f"Page.{kind}"]["required"] for kind in ("new", "replacement", "patch")
    }
    assert required == {"new": ["text"], "replacement": ["editor", "text"], "patch": ["editor"]}
    editors = [schemas[f"Page.{kind}"]["properties"]["editor"]["type"] for kind in required]
    assert editors == [["string", "null"], "string", "string"]


@given(parts=st.lists(st.sampled_from(['"a"', 'W/"b"', '""', ",", " ", "*", '"', "é", "W/", "\t"])))
def test_lists_of_entity_tags_are_judged_alike(parts):
    """A header is valid by its pattern just where the gateway takes it."""
    value = "".join(parts).strip()
    pattern = openapi_document(load_contract())["components"]["parameters"]["If-Match"]["schema"]
    try:
        parse_entity_tags("if-match", value)
    except InvalidRequest:
        assert not jsonschema_rs.is_valid(pattern, value)
    else:
        assert jsonschema_rs.is_valid(pattern, value)


@given(value=st.text(st.sampled_from('ab"\\ é~\n'), max_size=6))
def test_idempotency_keys_are_judged_alike(value):
    """A key is valid by its pattern just where the gateway takes it."""
    value = value.strip()
    parameters = openapi_document(load_contract())["components"]["parameters"]
    try:
        parse_idempotency_key(value)
    except InvalidRequest:
        assert not jsonschema_rs.is_valid(parameters["Idempotency-Key"]["schema"], value)
    else:
        assert jsonschema_rs.is_valid(parameters["Idempotency-Key"]["schema"], value)


def test_a_resource_without_etags_documents_none():
    """Where conditions do not know updatedAt, there is no ETag, no If-Match and no 412 of it."""
    document = openapi_document(_contract(OLDER))
    (path,) = [path for path in document["paths"] if "{id}" in path]
    item = document["paths"][path]
    assert "ETag" not in item["get"]["responses"]["200"]["headers"]
    assert "304" not in item["get"]["responses"]
    refused = _resolve(document, item["get"]["responses"]["400"])
    assert "precondition-unsupported" in json.dumps(refused), "what If-Match is answered with"
    assert "412" not in item["patch"]["responses"]
    assert "If-Match" not in json.dumps(item["patch"].get("parameters", []))
    assert "412" in item["put"]["responses"], "If-None-Match: * needs no ETag"


@pytest.mark.parametrize(("schema", "path"), [(AUTHORED, "/entries"), (ANSWERED, "/questions")])
def test_a_put_that_only_replaces_documents_no_creation(schema, path):
    """Where PUT and create do not take the same: 404, and no 201, 409 or If-None-Match."""
    put = openapi_document(_contract(schema))["paths"][f"{path}/{{id}}"]["put"]
    assert "404" in put["responses"]
    assert not {"201", "409"} & put["responses"].keys()
    assert put["parameters"] == [{"$ref": "#/components/parameters/If-Match"}]
    assert "create" not in put["summary"]
