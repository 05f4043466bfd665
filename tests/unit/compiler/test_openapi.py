"""The OpenAPI document that the compiler makes."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from bridge.compiler.openapi import openapi_document
from chalicelib.contract.model import Contract, load_contract
from chalicelib.contract.openapi import OPENAPI_FILE, load_openapi
from chalicelib.errors import InvalidRequest
from chalicelib.gateway import Options
from chalicelib.rest.conditional import parse_entity_tags
from chalicelib.rest.idempotency import parse_idempotency_key
from chalicelib.rest.problems import INTERNAL, NOT_READY, PROBLEMS
from chalicelib.translation.filters import operators_of
from tests.support.account_b import rest_client
from tests.support.compiling import compiled
from tests.support.schemas import (
    ANSWERED,
    AUTHORED,
    MACHINE,
    ODDITIES,
    OLDER,
    SAME_NAMES,
    SIGNED,
    WRITE_ONLY,
)
from tests.support.todo import PROJECT

SHOP = (PROJECT / "examples/shop/built-schema.graphql").read_text("utf-8")
DATASTORE = (PROJECT / "tests/data/amplify/built-schema-datastore.graphql").read_text("utf-8")
METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def _contract(schema: str) -> Contract:
    return compiled(schema).contract


@cache
def _document(schema: str) -> dict[str, Any]:
    return openapi_document(_contract(schema))


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


def _validator(document, schema) -> Any:
    whole = {**schema, "components": document["components"]}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """Returns the shipped contract's document."""
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_bytes())
    return document


@pytest.mark.parametrize("authorizer", ["iam", "cognito"])
def test_the_document_is_served_as_its_stage_has_it(shipped, authorizer):
    """The stage's prefix becomes the server, its authorizer the only security scheme."""
    served = load_openapi("/api", authorizer)
    assert served["servers"] == [{"url": "/api"}]
    assert served["security"] == [{authorizer: []}]
    assert list(served["components"]["securitySchemes"]) == [authorizer]
    assert served["paths"] == shipped["paths"]
    opened = [path for path, _, each in _operations(served) if each.get("security") == []]
    assert opened == ["/health", "/openapi.json"]


def test_a_stage_without_an_authorizer_shows_no_lock(shipped):
    """Nothing of security stands in the document but the open paths' empty lists."""
    served = load_openapi("/", "none")
    assert served == shipped
    assert "security" not in served
    assert "securitySchemes" not in served["components"]


def test_the_description_names_what_is_left_out():
    """Each thing that the API does not show of the schema, under its reason."""
    compilation = compiled(ODDITIES)
    assert compilation.left_out
    document = openapi_document(compilation.contract, compilation.left_out)
    _, _, section = document["info"]["description"].partition("# Not shown of the schema")
    for each in compilation.left_out:
        (line,) = [line for line in section.split("\n") if f"`{each.name}`" in line]
        assert line.endswith(f": {each.reason}")


def test_every_path_documents_the_methods_that_it_allows(shipped):
    """What OPTIONS answers in Allow is what the document describes, HEAD and OPTIONS in words."""
    with rest_client(options=Options(enable_batch=True)) as rest:
        for path in ("/todos", "/todos/{id}", "/batch"):
            allowed = rest.send("OPTIONS", path.replace("{id}", "1")).headers["Allow"]
            shown = METHODS & set(shipped["paths"][path])
            words = {"head", "options"} if "get" in shown else {"options"}
            assert set(allowed.lower().split(", ")) == shown | words


def test_every_filter_operator_is_documented(shipped):
    """Each member has a parameter for `eq`; all its operators stand in the filter's schema."""
    parameters = [
        _resolve(shipped, each) for each in shipped["paths"]["/todos"]["get"]["parameters"]
    ]
    (resource,) = load_contract().resources
    assert resource.list is not None
    operators = {name: operators_of(resource, resource.list, name) for name in resource.members}
    named = {name for name, each in operators.items() if "eq" in each}
    assert {each["name"] for each in parameters} == {*named, "limit", "cursor", "fields", "filter"}
    (tree,) = [each["schema"]["contentSchema"] for each in parameters if each["name"] == "filter"]
    conditions = _resolve(shipped, tree)["properties"]
    for name, offered in operators.items():
        condition = _resolve(shipped, conditions[name])
        assert set(condition["anyOf"][-1]["properties"]) == set(offered)
    assert conditions.keys() == {*operators, "and", "or", "not"}


def test_a_member_that_is_called_like_a_parameter_has_none_of_its_own():
    """`limit` is the page's size; a condition on a member called so stands in `filter`."""
    document = _document(MACHINE)
    parameters = [
        _resolve(document, each) for each in document["paths"]["/machines"]["get"]["parameters"]
    ]
    (limit,) = [each for each in parameters if each["name"] == "limit"]
    assert limit["schema"]["default"] == 50
    assert "limit" in document["components"]["schemas"]["MachineFilter"]["properties"]


def test_every_problem_type_is_documented(shipped):
    """Each row of the table of problems is a response's example, with its status."""
    documented = {}
    resolving = _document(DATASTORE)
    for document in (shipped, resolving):
        for response in document["components"]["responses"].values():
            for example in response["content"]["application/problem+json"]["examples"].values():
                documented[example["value"]["type"]] = example["value"]["status"]
    kinds = {each.uri: each.status for each in (*PROBLEMS.values(), INTERNAL, NOT_READY)}
    undocumented = kinds.items() - documented.items()
    # What answers where the document has no operation stands in its description.
    assert {status for _, status in undocumented} == {405}
    assert documented.items() <= kinds.items()


def test_every_reference_leads_somewhere(shipped):
    """No reference of the document dangles, and no component is left unused."""
    text = json.dumps(shipped)
    references = set(re.findall(r'"\$ref": "([^"]+)"', text))
    for reference in references:
        assert _resolve(shipped, {"$ref": reference})
    for kind in ("schemas", "parameters", "headers"):
        for name in shipped["components"][kind]:
            assert f"#/components/{kind}/{name}" in references


@pytest.mark.parametrize("schema", [None, MACHINE, SHOP])
def test_every_example_is_valid(schema):
    """Each example of a body and of a problem is what its own schema takes."""
    document = openapi_document(load_contract()) if schema is None else _document(schema)
    seen = 0
    validators: dict[str, Any] = {}
    for _, _, operation in _operations(document):
        contents = [
            _resolve(document, each).get("content", {}) for each in operation["responses"].values()
        ]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for media_type in content.values():
                examples = [each["value"] for each in media_type.get("examples", {}).values()]
                examples += [media_type["example"]] if "example" in media_type else []
                # Most schemas are of one problem or another, and to compile one takes its time.
                text = json.dumps(media_type["schema"])
                if text not in validators:
                    validators[text] = _validator(document, media_type["schema"])
                for example in examples:
                    seen += 1
                    assert validators[text].is_valid(example), example
    assert seen > 50


def test_what_the_server_sets_is_in_no_input_but_what_a_get_gave(shipped):
    """The timestamps are always there; POST and PATCH refuse them, PUT passes over them."""
    schemas = shipped["components"]["schemas"]
    for name in ("createdAt", "updatedAt"):
        assert name in schemas["Todo"]["required"]
        assert schemas["Todo"]["properties"][name] == {"type": "string", "format": "date-time"}
        assert schemas["TodoReplacement"]["properties"][name]["readOnly"] is True
        for kind in ("TodoNew", "TodoPatch"):
            assert name not in schemas[kind]["properties"]


@pytest.mark.parametrize("schema", [MACHINE, SHOP])
def test_every_member_that_a_read_holds_is_required(schema):
    """All members of a representation are there, so generated types need no optional ones."""
    contract = _contract(schema)
    schemas = _document(schema)["components"]["schemas"]
    for resource in contract.resources:
        assert schemas[resource.name]["required"] == list(resource.members)


def test_the_fields_of_an_operations_result_are_named():
    """Those of any type that it may have; another name is refused, and so is none."""
    document = openapi_document(
        _contract("""
        type Cat { age: Int! }
        type Dog { kin: [Dog] age: String }
        union Pet = Cat | Dog
        type Query { pet: Pet age: Int pets: [Pet] }
        """)
    )
    found = {
        path: {
            name: _resolve(document, each["schema"]["items"])
            for each in document["paths"][path]["get"]["parameters"]
            if (name := each["name"]) == "fields"
        }
        for path in ("/rpc/pet", "/rpc/pets", "/rpc/age")
    }
    names = {"fields": {"type": "string", "enum": ["age", "kin", "kin.kin", "kin.age"]}}
    assert found == {"/rpc/pet": names, "/rpc/pets": names, "/rpc/age": {}}


def test_of_a_type_within_itself_an_interfaces_value_may_tell_its_type_alone():
    """What no selection set takes is not required; what one does is."""
    document = openapi_document(
        _contract("""
        interface Profile { name: String! }
        type Mine implements Profile { name: String! posts: [Post!]! }
        type Ghost implements Profile { name: String! }
        type Post { by: Profile! }
        type Query { me: Mine! }
        """)
    )
    result = _resolve(document, document["paths"]["/rpc/me"]["get"]["responses"]["200"])
    valid = _validator(document, result["content"]["application/json"]["schema"]).is_valid

    def by(author: dict[str, str]) -> dict[str, Any]:
        return {"result": {"name": "n", "posts": [{"by": author}]}}

    assert valid(by({"__typename": "Mine"}))
    assert valid(by({"__typename": "Ghost", "name": "n"}))
    assert not valid(by({"__typename": "Ghost"}))
    assert not valid(by({"__typename": "Mine", "nick": "n"}))


def test_a_key_of_several_fields_is_so_many_parameters():
    """A path names each key field, typed; POST's body holds them, PATCH's and PUT's may."""
    document = _document(SHOP)
    item = document["paths"]["/stock-levels/{warehouse}/{sku}/{lot}"]
    types = {each["name"]: each["schema"]["type"] for each in item["parameters"]}
    assert types == {"warehouse": "string", "sku": "string", "lot": "integer"}
    schemas = document["components"]["schemas"]
    assert {*types} <= set(schemas["StockLevelNew"]["required"])
    for kind in ("StockLevelPatch", "StockLevelReplacement"):
        assert {*types} <= schemas[kind]["properties"].keys()
        assert not {*types} & set(schemas[kind].get("required", ()))


def test_nested_values_have_schemas_for_reading_writing_and_patching():
    """A read holds every member; a write requires what its input does; a patch requires nothing."""
    schemas = _document(SHOP)["components"]["schemas"]
    assert schemas["Address"]["required"] == ["street", "city", "zip", "country", "geo", "floors"]
    assert schemas["AddressInput"]["required"] == ["street", "city"]
    patch = schemas["AddressInputPatch"]
    assert "required" not in patch
    assert patch["properties"]["street"] == {"type": "string"}, "null would take it away"
    assert patch["properties"]["geo"]["anyOf"] == [
        {"$ref": "#/components/schemas/GeoPointInputPatch"},
        {"type": "null"},
    ]


def test_a_member_that_is_only_written_stands_in_inputs_alone():
    """An older transformer's foreign key is taken, and never shown."""
    schemas = _document(WRITE_ONLY)["components"]["schemas"]
    assert "boardId" in schemas["CardNew"]["properties"]
    assert "boardId" not in schemas["Card"]["properties"]


@pytest.mark.parametrize("schema", [MACHINE, SHOP, SAME_NAMES])
def test_no_two_names_are_one_to_a_tool(schema):
    """Neither components nor operations differ in case or punctuation alone."""
    document = _document(schema)
    names = [re.sub("[^a-z0-9]", "", name.lower()) for name in document["components"]["schemas"]]
    ids = [operation["operationId"].lower() for _, _, operation in _operations(document)]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[A-Za-z0-9_]+", each) for each in document["components"]["schemas"])


def test_no_type_is_called_as_a_tool_calls_what_it_makes_of_an_operation():
    """The types keep their names; an operation gives way where orval would double one."""
    types = ("CheckoutResult", "LoginParams", "CallLoginResult", "LogoutResponse")
    own = "".join(f"type {name} {{ text: String }} " for name in types)
    fields = "checkout: CheckoutResult login: CallLoginResult other: LoginParams"
    schema = f"{own} type Query {{ {fields} logout: LogoutResponse }}"
    document = openapi_document(_contract(schema))
    ids = {
        path.rpartition("/")[2]: operation["operationId"]
        for path, method, operation in _operations(document)
        if path.startswith("/rpc/") and method == "post"
    }
    assert ids == {
        "checkout": "callCheckout",
        "login": "login2",
        "other": "other",
        "logout": "logout",
    }
    assert set(types) <= set(document["components"]["schemas"])


def test_types_called_like_the_gateways_own_keep_their_names():
    """A model called Problem is the model; the gateway's own schema has another name."""
    document = _document(SAME_NAMES)
    schemas = document["components"]["schemas"]
    assert "label" in schemas["Problem"]["properties"]
    content = document["paths"]["/health"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["$ref"] == "#/components/schemas/Health2"
    assert "requestId" in schemas["Problem2"]["properties"]


@pytest.mark.parametrize("schema", [MACHINE, SHOP, SAME_NAMES])
def test_no_operation_has_a_parameter_twice(schema):
    """Nor two that a generator would give one name."""
    document = _document(schema)
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            shared = item.get("parameters", [])
            found = [
                _resolve(document, each) for each in (*shared, *item[method].get("parameters", []))
            ]
            names = [(each["in"], each["name"].lower().replace("_", "")) for each in found]
            assert len(set(names)) == len(names), (path, method)


@pytest.mark.parametrize("schema", [MACHINE, SHOP])
def test_every_pattern_is_one_that_re2_takes(schema):
    r"""Go, Rust and RE2 know neither lookaround nor `\u`."""
    patterns = set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(_document(schema))))
    assert len(patterns) > 4
    for pattern in map(json.loads, patterns):
        re2.compile(pattern)


def test_null_is_documented_where_it_is_taken(shipped):
    """A member that may be empty takes null; one that never is does not."""
    schemas = shipped["components"]["schemas"]
    for kind in ("Todo", "TodoNew", "TodoReplacement", "TodoPatch"):
        assert schemas[kind]["properties"]["description"]["type"] == ["string", "null"]
        assert schemas[kind]["properties"]["name"]["type"] == "string"


def test_what_an_input_requires_is_documented_for_the_methods_that_it_is_of():
    """Create's for POST, update's for PATCH, and both for PUT; null only where neither is."""
    schemas = _document(SIGNED)["components"]["schemas"]
    kinds = ("PageNew", "PageReplacement", "PagePatch")
    required = {kind: schemas[kind]["required"] for kind in kinds}
    assert required == {
        "PageNew": ["text"],
        "PageReplacement": ["editor", "text"],
        "PagePatch": ["editor"],
    }
    editors = [schemas[kind]["properties"]["editor"]["type"] for kind in kinds]
    assert editors == [["string", "null"], "string", "string"]


@given(parts=st.lists(st.sampled_from(['"a"', 'W/"b"', '""', ",", " ", "*", '"', "é", "W/", "\t"])))
def test_lists_of_entity_tags_are_judged_alike(shipped, parts):
    """A header is valid by its pattern just where the gateway takes it."""
    value = "".join(parts).strip()
    pattern = shipped["components"]["parameters"]["If-Match"]["schema"]
    try:
        parse_entity_tags("if-match", value)
    except InvalidRequest:
        assert not jsonschema_rs.is_valid(pattern, value)
    else:
        assert jsonschema_rs.is_valid(pattern, value)


@given(value=st.text(st.sampled_from('ab"\\ é~\n'), max_size=6))
def test_idempotency_keys_are_judged_alike(shipped, value):
    """A key is valid by its pattern just where the gateway takes it."""
    value = value.strip()
    parameters = shipped["components"]["parameters"]
    try:
        parse_idempotency_key(value)
    except InvalidRequest:
        assert not jsonschema_rs.is_valid(parameters["Idempotency-Key"]["schema"], value)
    else:
        assert jsonschema_rs.is_valid(parameters["Idempotency-Key"]["schema"], value)


def test_a_resource_without_etags_documents_none():
    """Where conditions do not know updatedAt, there is no ETag, no If-Match and no 412 of it."""
    document = _document(OLDER)
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
    put = _document(schema)["paths"][f"{path}/{{id}}"]["put"]
    assert "404" in put["responses"]
    assert not {"201", "409"} & put["responses"].keys()
    assert put["parameters"] == [{"$ref": "#/components/parameters/If-Match"}]
    assert "create" not in put["summary"] + put["description"]


def test_changes_under_conflict_resolution_document_what_they_cost_and_may_meet():
    """A read and a write each, which may be of an unreadable item; a race may be merged."""
    document = openapi_document(_contract(DATASTORE))
    item = document["paths"]["/todos/{id}"]
    problems = document["components"]["responses"]

    def examples(method: str, status: str) -> set[str]:
        reference = item[method]["responses"][status]["$ref"].rpartition("/")[2]
        return set(problems[reference]["content"]["application/problem+json"]["examples"])

    for method in ("put", "patch", "delete"):
        assert "a read and a write" in item[method]["description"]
        assert "unreadable-item" in examples(method, "502")
    assert examples("patch", "409") == {"conflict", "merged-by-store"}
    assert examples("put", "409") == {"conflict", "merged-by-store", "deleted-item"}
    plain = openapi_document(load_contract())["paths"]["/todos/{id}"]
    assert not [
        each for each in ("put", "patch", "delete") if "a read" in plain[each]["description"]
    ]
