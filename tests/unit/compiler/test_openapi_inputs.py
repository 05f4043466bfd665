"""What the document says of bodies and filters is what the gateway takes."""

import json

import jsonschema_rs
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.compiler.compilation import compile_schema
from bridge.compiler.openapi import openapi_document
from bridge.compiler.schema import read_built_schema
from chalicelib.errors import InvalidRequest
from chalicelib.translation.body import create_input, patch_input, put_input
from chalicelib.translation.filters import FilterReader
from tests.support.schemas import MACHINE

(RESOURCE,) = compile_schema(read_built_schema(MACHINE)).contract.resources
DOCUMENT = openapi_document(compile_schema(read_built_schema(MACHINE)).contract)
# JSON Schema cannot look into `extra`, a string that holds JSON.
NAMES = st.sampled_from(sorted(RESOURCE.by_name.keys() - {"extra"} | {"nothing"}))
TEXTS = ("", "text", "IDLE", "2026-12-31", "23:59", "{}", "..", "2026-12-31T23:59Z", "x" * 2049)
ADDRESSES = ("a@b", "http:x", "+1 555", "192.0.2.1")
LISTS: tuple[list[object], ...] = ([], [1], ["IDLE"], [None], ["a", None])
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, 1.5, 2**31, 1e-131, {}, *TEXTS, *ADDRESSES, *LISTS],
)
OPERANDS = st.one_of(VALUES, st.just([1, 2]), st.just(["a", "b"]), st.just([1, 2, 3]))
OPERATORS = st.sampled_from(
    ["eq", "ne", "gt", "contains", "notContains", "beginsWith", "between", "exists", "in", "is"]
)
FIELDS = st.one_of(OPERANDS, st.dictionaries(OPERATORS, OPERANDS, max_size=2))
TREES = st.recursive(
    st.dictionaries(NAMES, FIELDS, max_size=2),
    lambda trees: st.one_of(
        st.dictionaries(st.just("not"), trees),
        st.dictionaries(st.sampled_from(["and", "or"]), st.lists(trees, max_size=2)),
        st.dictionaries(st.sampled_from(["and", "or", "not"]), OPERANDS, max_size=1),
    ),
    max_leaves=4,
)


def _validator(name):
    reference = {"$ref": f"#/components/schemas/Machine.{name}"}
    return jsonschema_rs.validator_for({**reference, "components": DOCUMENT["components"]})


NEW, REPLACEMENT, PATCH, FILTER = map(_validator, ("new", "replacement", "patch", "filter"))


def _takes(read, body) -> bool:
    try:
        read(RESOURCE, body)
    except InvalidRequest:
        return False
    return True


@given(body=st.dictionaries(NAMES, VALUES, max_size=4), whole=st.booleans())
def test_bodies_are_judged_alike(body, whole):
    """A body is valid by its schema just where POST, PUT or PATCH takes it."""
    if whole:
        body = {"label": "a", "running": True, "serials": [], **body}
    assert NEW.is_valid(body) == _takes(create_input, body)
    assert REPLACEMENT.is_valid(body) == _takes(put_input, body)
    assert PATCH.is_valid(body) == _takes(patch_input, body)


@given(tree=TREES)
@example(tree={"label": {}})
@example(tree={"not": {}})
@example(tree={"or": [{"status": "IDLE"}, {"load": {"between": [1, 2]}}]})
def test_filters_are_judged_alike(tree):
    """A filter is valid by its schema just where the list takes it."""
    reader = FilterReader(RESOURCE)
    reader.add_json(json.dumps(tree))
    assert FILTER.is_valid(tree) == (not reader.violations), reader.violations
