"""schemathesis's hooks: the rules of the API that JSON Schema has no words for.

Where generated data is meant to be valid, each rule is kept here; where it is meant to be invalid,
nothing is touched. schemathesis.toml names this module.
"""

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st

from bridge.compiler.openapi.headers import ENTITY_TAGS

MAX_FILTERS = 20


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Names the format of entity tags: schemathesis's alphabet for headers has no quotes."""
    parameters = raw_schema["components"]["parameters"]
    for name in ("If-Match", "If-None-Match"):
        parameters[name]["schema"]["format"] = "entity-tags"
    # The document's example is no item's tag; `*` is every item's.
    parameters["If-Match"]["schema"]["examples"] = ["*"]


schemathesis.openapi.format(
    "entity-tags",
    st.one_of(
        st.sampled_from(["*", '"a"', 'W/"a"', '"a", W/"b"']),
        st.from_regex(ENTITY_TAGS, fullmatch=True, alphabet=st.characters(max_codepoint=126)),
    ),
)


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: Any
) -> None:
    """Keeps the rules in a case that is meant to be valid."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.query:
        _keep_query_rules(case.query)
    if isinstance(case.body, dict):
        # The key makes the id, so a body beside it has none.
        if "id" in case.body and "Idempotency-Key" in case.headers:
            del case.headers["Idempotency-Key"]
        _give_each_request_its_id(case.body.get("requests"))
    # An item cannot have an ETag and not be there.
    if case.method == "PUT" and {"If-Match", "If-None-Match"} <= set(case.headers):
        del case.headers["If-None-Match"]


def _keep_query_rules(query: dict[str, Any]) -> None:
    """Takes out a cursor that no page gave, orders bounds, and keeps to what the store takes."""
    query.pop("cursor", None)
    for name in list(query)[MAX_FILTERS:]:
        del query[name]
    for name, value in query.items():
        if name.endswith(".between"):
            lower, upper = str(value).split(",")
            key = int if name.startswith("priority") else str.encode
            query[name] = ",".join(sorted((lower, upper), key=key))
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
