"""schemathesis's hooks: the rules of the API that JSON Schema has no words for.

Where generated data is meant to be valid, each rule is kept here; where it is meant to be invalid,
nothing is touched. schemathesis.toml names this module.
"""

import json
from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import strategies as st

from bridge.compiler.openapi.headers import ENTITY_TAGS
from chalicelib.contract.scalars import MIN_NUMBER
from tests.support.contents import FORMATTED

MAX_FILTERS = 20
_members: set[str] = set()
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Names what is in a header and in `filter`: formats that schemathesis cannot know."""
    parameters = raw_schema["components"].get("parameters", {})
    for name in {"If-Match", "If-None-Match"} & parameters.keys():
        parameters[name]["schema"]["format"] = "entity-tags"
    # The document's example is no item's tag; `*` is every item's.
    if "If-Match" in parameters:
        parameters["If-Match"]["schema"]["examples"] = ["*"]
    schemas = raw_schema["components"]["schemas"]
    _members.update(name for each in schemas.values() for name in each.get("properties", ()))
    for item in raw_schema["paths"].values():
        for parameter in item.get("get", {}).get("parameters", ()):
            if parameter.get("name") == "filter":
                name = parameter["schema"]["contentSchema"]["$ref"].rpartition("/")[2]
                parameter["schema"]["format"] = name
                schemathesis.openapi.format(name, _filters(schemas, name).map(json.dumps))


schemathesis.openapi.format(
    "entity-tags",
    st.one_of(
        st.sampled_from(["*", '"a"', 'W/"a"', '"a", W/"b"']),
        st.from_regex(ENTITY_TAGS, fullmatch=True, alphabet=st.characters(max_codepoint=126)),
    ),
)
for each, strategy in FORMATTED.items():
    schemathesis.openapi.format(each, strategy)


def _filters(schemas: Mapping[str, Any], name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Returns filters that the schema under `name` takes."""
    members = schemas[name]["properties"]
    logic = {word for word in ("and", "or", "not") if "Filter" in json.dumps(members.get(word))}
    one = st.sampled_from(sorted(members.keys() - logic)).flatmap(
        lambda member: _value(schemas, members[member]).map(lambda value: {member: value})
    )
    if not logic:
        return one
    return st.recursive(
        one,
        lambda trees: st.one_of(
            trees.map(lambda tree: {"not": tree}),
            st.builds(
                lambda word, branches: {word: branches},
                st.sampled_from(["and", "or"]),
                st.lists(trees, min_size=1, max_size=3),
            ),
        ),
        max_leaves=4,
    )


def _value(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Returns values of what a filter is made of."""
    if "$ref" in schema:
        return _value(schemas, schemas[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of(*(_value(schemas, each) for each in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        return st.sampled_from(sorted(schema["properties"])).flatmap(
            lambda name: _value(schemas, schema["properties"][name]).map(lambda each: {name: each})
        )
    if schema["type"] == "array":
        least = schema["minItems"]
        most = schema.get("maxItems", 3)
        return st.lists(_value(schemas, schema["items"]), min_size=least, max_size=most)
    return {
        "string": _TEXT,
        "boolean": st.booleans(),
        "integer": st.integers(schema.get("minimum"), schema.get("maximum")),
        "number": st.floats(-1e9, 1e9).filter(lambda each: each == 0 or abs(each) > MIN_NUMBER),
    }[schema["type"]]


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: Any
) -> None:
    """Keeps the rules in a case that is meant to be valid."""
    # With `fields` a representation lacks what its schema requires.
    if case.query and _names_members(case.query.get("fields")):
        del case.query["fields"]
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.query:
        _keep_query_rules(case.query)
    if isinstance(case.body, dict):
        # A body may repeat the path's key, and no more.
        for name in case.path_parameters or {}:
            case.body.pop(name, None)
        # The key makes the id, so a body beside it has none.
        if "id" in case.body and "Idempotency-Key" in case.headers:
            del case.headers["Idempotency-Key"]
        _give_each_request_its_id(case.body.get("requests"))
        # A body may repeat the key that the path names, and no other.
        for name in case.path_parameters or ():
            case.body.pop(name, None)
    # An item cannot have an ETag and not be there.
    if case.method == "PUT" and {"If-Match", "If-None-Match"} <= set(case.headers):
        del case.headers["If-None-Match"]


def _names_members(fields: Any) -> bool:
    names = fields.split(",") if isinstance(fields, str) else fields
    return isinstance(names, list) and all(str(name) in _members for name in names)


def _keep_query_rules(query: dict[str, Any]) -> None:
    """Takes out a cursor that no page gave, orders bounds, and keeps to what the store takes."""
    query.pop("cursor", None)
    for name in list(query)[MAX_FILTERS:]:
        del query[name]
    if "filter" in query:
        tree = json.loads(query["filter"])
        _order_bounds(tree)
        query["filter"] = json.dumps(tree)


def _order_bounds(tree: Any) -> None:
    for name, value in tree.items() if isinstance(tree, dict) else ():
        if name == "between" and isinstance(value, list):
            value.sort(key=lambda each: each.encode() if isinstance(each, str) else each)
        for branch in value if isinstance(value, list) else (value,):
            _order_bounds(branch)


def _give_each_request_its_id(requests: Any) -> None:
    for index, request in enumerate(requests if isinstance(requests, list) else ()):
        request["id"] = f"{index}{request['id']}"[:128]
