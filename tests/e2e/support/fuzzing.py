"""schemathesis's hooks: the rules of the API that JSON Schema has no words for.

Where generated data is meant to be valid, each rule is kept here; where it is meant to be invalid,
nothing is touched. schemathesis.toml names this module.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import strategies as st

from bridge.compiler.openapi.headers import ENTITY_TAGS
from chalicelib.contract.model import Resource
from chalicelib.contract.scalars import MIN_NUMBER
from tests.support.compiling import compiled
from tests.support.contents import FORMATTED
from tests.support.shop import BUILT

if TYPE_CHECKING:
    from chalicelib.errors import Violation

MAX_FILTERS = 20
# The arguments with which the shop's functions fail: numbers out of bounds, and certain words.
COUNTS = ("times", "limit", "count")
WORDS = ("how", "customerId", "prefix")
MAX_COUNT = 1000
# The fields by which the shop's related items are read, which only account B knows.
READ_BY = {
    "/customers/{id}/referred": {"referrerId", "joinedAt"},
    "/customers/{id}/orders": {"customerId", "orderNo"},
    "/customers/{id}/reviews": {"customerId"},
    "/orders/{customerId}/{orderNo}/shipments": {"orderCustomerId", "orderOrderNo"},
    "/orders/{customerId}/{orderNo}/notes": {"orderNotesCustomerId", "orderNotesOrderNo"},
    "/products/{sku}/reviews": {"productSku", "stars"},
    "/authors/{handle}/posts": {"authorHandle", "publishedAt"},
    "/posts/{id}/comments": {"postCommentsId"},
    "/posts/{id}/labels": {"postId"},
    "/labels/{id}/posts": {"labelId"},
}
# What a filter compares with: instants in UTC, as they are stored. Amplify's own stamps have
# milliseconds and nothing finer.
STAMPS = ("createdAt", "updatedAt")
_IN_UTC = st.datetimes().map(lambda each: f"{each.isoformat(timespec='milliseconds')}Z")
_COMPARED = {
    "date-time": _IN_UTC,
    "date": _IN_UTC.map(lambda each: each.partition("T")[0]),
    "time": _IN_UTC.map(lambda each: each.partition("T")[2]),
}
_members: set[str] = set()
# The first segments of the document's paths.
_served: set[str] = set()
# The lists whose filter takes one condition of each field.
_one_each: set[str] = set()
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
    for path, item in raw_schema["paths"].items():
        _served.add(path.split("/")[1])
        for parameter in item.get("get", {}).get("parameters", ()):
            if parameter.get("name") == "filter":
                if "one condition" in parameter["description"]:
                    _one_each.add(path)
                name = parameter["schema"]["contentSchema"]["$ref"].rpartition("/")[2]
                parameter["schema"]["format"] = name
                schemathesis.openapi.format(name, _filters(schemas, name).map(json.dumps))
    _name_json(schemas)


def _name_json(schema: Any) -> None:
    """Gives texts that hold JSON a format: schemathesis would fill them with any text."""
    if isinstance(schema, dict) and "contentMediaType" in schema and "contentSchema" not in schema:
        schema["format"] = "json-text"
    for each in _below(schema):
        _name_json(each)


def _below(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


schemathesis.openapi.format(
    "entity-tags",
    st.one_of(
        st.sampled_from(["*", '"a"', 'W/"a"', '"a", W/"b"']),
        st.from_regex(ENTITY_TAGS, fullmatch=True, alphabet=st.characters(max_codepoint=126)),
    ),
)
schemathesis.openapi.format("json-text", st.dictionaries(_TEXT, st.integers()).map(json.dumps))
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
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    if schema.get("format") in _COMPARED:
        return _COMPARED[schema["format"]]
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
    for values in (case.query, case.body) if case.path.startswith("/rpc/") else ():
        _keep_arguments(values)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.query:
        _keep_query_rules(case.path, case.query)
    if isinstance(case.body, dict):
        _keep_body_rules(case, _sendable(case.body))
    # An item cannot have an ETag and not be there.
    if case.method == "PUT" and {"If-Match", "If-None-Match"} <= set(case.headers):
        del case.headers["If-None-Match"]


def _keep_body_rules(case: schemathesis.Case[Any], body: dict[str, Any]) -> None:
    """Gives the case the body, less what only the item that is there could make valid."""
    if case.method == "PATCH":
        _keep_whole(case.path, body)
    _keep_index_keys(case.method, case.path, body)
    if case.path.startswith("/rpc/"):
        body.pop("nextToken", None)
        _order_bounds(body.get("filter"))
    # A body may repeat the path's key, and no other.
    for name in case.path_parameters or ():
        body.pop(name, None)
    # The key makes the id, so a body beside it has none.
    if "id" in body and "Idempotency-Key" in case.headers:
        del case.headers["Idempotency-Key"]
    _give_each_request_its_id(body.get("requests"))
    case.body = body


def _names_members(fields: Any) -> bool:
    names = fields.split(",") if isinstance(fields, str) else fields
    return isinstance(names, list) and all(
        str(name).partition(".")[0] in _members for name in names
    )


def _sendable(value: Any) -> Any:
    """Returns a value less lone surrogates, and less what is too near to zero."""
    if isinstance(value, dict):
        return {_sendable(name): _sendable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_sendable(each) for each in value]
    if isinstance(value, str):
        return value.encode(errors="ignore").decode()
    return 0.0 if isinstance(value, float) and abs(value) < MIN_NUMBER else value


def _keep_arguments(values: Any) -> None:
    """Keeps to what the shop's functions do not fail at; what is no number or text stays."""
    for name, value in values.items() if isinstance(values, dict) else ():
        if name in COUNTS and re.fullmatch(r"-?\d+(\.0)?", str(value)):
            values[name] = max(1, abs(int(float(value))) % MAX_COUNT)
        elif name in WORDS and isinstance(value, str):
            values[name] = f"x{value}"


def _keep_whole(path: str, body: dict[str, Any]) -> None:
    """Takes a patch of a nested value out that is no whole value: the item may have none yet."""
    resource = _shop().get(path.split("/")[1])
    if resource is None or resource.update is None:
        return
    for name in [name for name, value in body.items() if isinstance(value, dict)]:
        violations: list[Violation] = []
        resource.types.check(resource.update.takes[name])(body[name], "", violations)
        if violations:
            del body[name]


def _keep_index_keys(method: str, path: str, body: dict[str, Any]) -> None:
    """Takes out an index key of which a part is missing, and the partition that it belongs to."""
    resource = _shop().get(path.split("/")[1])
    for index in resource.indexes if resource else ():
        if len(index.sort) > 1 and any(body.get(name) is None for name in index.sort):
            for name in (*index.sort, *([] if method == "POST" else [str(index.partition)])):
                body.pop(name, None)


@cache
def _shop() -> Mapping[str, Resource]:
    """Returns the shop's resources by their paths; none where another API is asked."""
    return compiled(BUILT).contract.by_path if "stock-levels" in _served else {}


def _keep_query_rules(path: str, query: dict[str, Any]) -> None:
    """Takes out a cursor that no page gave, orders bounds, and keeps to what the store takes."""
    query.pop("cursor", None)
    query.pop("nextToken", None)
    # An order needs its key's equality, with a value that a key can have, and nothing else on it;
    # tests/e2e/test_document_examples.py sends each with what it needs.
    query.pop("sort", None)
    for name, value in query.items():
        query[name] = _sendable(value)
    if path.startswith("/rpc/"):
        # Names of the result's own fields.
        query.pop("fields", None)
    for name in STAMPS:
        if re.match(r"\d{4}-", str(query.get(name))):
            query[name] = f"{query[name][:19]}.000Z"
    # How much is embedded is a product of `limit` and of all that `expand` names.
    if "expand" in query and not path.endswith("}"):
        query["limit"] = 1
    read_by = READ_BY.get(path, set())
    for name in (*list(query)[MAX_FILTERS:], *(read_by & query.keys())):
        query.pop(name)
    if "filter" in query:
        text = query.pop("filter")
        # A link fills a parameter with what another operation answered, which need not be JSON.
        with suppress(ValueError):
            tree = json.loads(text)
            _order_bounds(tree)
            if not read_by & set(_mentioned(tree)):
                query["filter"] = json.dumps(tree)
            for name in _mentioned(tree) if path in _one_each else ():
                query.pop(name, None)


def _mentioned(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from tree
    for branch in _below(tree):
        yield from _mentioned(branch)


def _order_bounds(tree: Any) -> None:
    for name, value in tree.items() if isinstance(tree, dict) else ():
        if name == "between" and isinstance(value, list):
            value.sort(key=lambda each: each.encode() if isinstance(each, str) else each)
        for branch in value if isinstance(value, list) else (value,):
            _order_bounds(branch)


def _give_each_request_its_id(requests: Any) -> None:
    for index, request in enumerate(requests if isinstance(requests, list) else ()):
        request["id"] = f"{index}{request['id']}"[:128]
