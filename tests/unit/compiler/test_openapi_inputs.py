"""What the document says of bodies and filters is what the gateway takes."""

import json

import jsonschema_rs
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.compiler.openapi import openapi_document
from chalicelib.errors import InvalidRequest
from chalicelib.translation.body import create_input, patch_input, put_input
from chalicelib.translation.filters import FilterReader
from tests.support.compiling import compiled
from tests.support.schemas import MACHINE

CONTRACT = compiled(MACHINE).contract
(RESOURCE,) = CONTRACT.resources
DOCUMENT = openapi_document(CONTRACT)
KEY = ("1",)
# JSON Schema cannot look into `extra`, which holds JSON, nor has it a format for `address`.
NAMES = st.sampled_from(sorted(RESOURCE.members.keys() - {"extra", "address"} | {"nothing"}))
TIMES = ("2026-12-31", "23:59:00Z", "2026-12-31T23:59:00Z")
TEXTS = ("", "1", "text", "IDLE", "{}", "..", "x" * 2049)
ADDRESSES = ("a@b.com", "http:x", "+1 555", "192.0.2.1")
LISTS: tuple[list[object], ...] = ([], [1], ["IDLE"], [None], ["a", None])
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, 1.5, 2**31, 1e-131, {}, *TEXTS, *TIMES, *ADDRESSES, *LISTS],
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
    reference = {"$ref": f"#/components/schemas/Machine{name}"}
    whole = {**reference, "components": DOCUMENT["components"]}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


NEW, REPLACEMENT, PATCH, FILTER = map(_validator, ("New", "Replacement", "Patch", "Filter"))


def _takes(read, *arguments) -> bool:
    try:
        read(RESOURCE, *arguments)
    except InvalidRequest:
        return False
    return True


@given(body=st.dictionaries(NAMES, VALUES, max_size=4), whole=st.booleans())
def test_bodies_are_judged_alike(body, whole):
    """A body is valid by its schema just where POST, PUT or PATCH takes it."""
    if whole:
        body = {"label": "a", "running": True, "serials": [], **body}
    assert NEW.is_valid(body) == _takes(create_input, RESOURCE.create, body)
    if "id" in body:
        body["id"] = KEY[0]  # a schema cannot know which item the path names
    read_only = {name: body.pop(name) for name in ("createdAt", "updatedAt") if name in body}
    assert PATCH.is_valid(body) == _takes(patch_input, RESOURCE.update, body, KEY)
    assert REPLACEMENT.is_valid(body) == _takes(put_input, RESOURCE.update, body, KEY)
    if read_only:
        assert not PATCH.is_valid(body | read_only)
        assert not _takes(patch_input, RESOURCE.update, body | read_only, KEY)


@given(tree=TREES)
@example(tree={"label": {}})
@example(tree={"not": {}})
@example(tree={"or": [{"status": "IDLE"}, {"load": {"between": [1, 2]}}]})
def test_filters_are_judged_alike(tree):
    """A filter is valid by its schema just where the list takes it."""
    assert RESOURCE.list is not None
    reader = FilterReader(RESOURCE, RESOURCE.list)
    reader.add_json(json.dumps(tree))
    assert FILTER.is_valid(tree) == (not reader.violations), reader.violations
