"""The document's scalars are what the gateway takes, but for what the document says of formats."""

import jsonschema_rs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.compiler.openapi.scalars import EXAMPLES, SCALARS, key_schema
from chalicelib.contract.key import Key
from chalicelib.contract.scalars import MIN_NUMBER, SCALAR_CHECKS
from tests.support.contents import FORMATTED

# A format says somewhat more or less, and JSON Schema cannot look into a string that holds JSON.
EXACT = sorted(name for name, each in SCALARS.items() if "format" not in each or name == "Int")
EXACT.remove("AWSJSON")
FORMATS = sorted(name for name, each in SCALARS.items() if each.get("format") in FORMATTED)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.sampled_from([2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 - 1, 2**53, 0, 1]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e125, 1e126, 1e-130, -1e-130, -1e126, 0.0, 2.0]),
    st.text(max_size=20),
    st.text(st.sampled_from("+0123456789 -"), max_size=18),
    st.lists(st.integers(), max_size=2),
)


def _takes(name, value) -> bool:
    try:
        SCALAR_CHECKS[name](value)
    except ValueError:
        return False
    return True


def _is_valid(schema, value) -> bool:
    return jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(value)


@pytest.mark.parametrize("name", [*EXACT, "Float", "AWSTimestamp"])
@given(value=VALUES)
def test_the_schema_takes_the_values_that_the_gateway_takes(name, value):
    """Any JSON value is valid by the schema just where the gateway accepts it."""
    if name == "Float" and isinstance(value, float):
        assume(value == 0 or abs(value) >= MIN_NUMBER)
    assert _is_valid(SCALARS[name], value) == _takes(name, value), (name, value)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_what_a_format_says_is_accepted(name, data):
    """Each text of a format, within the limits that the document names, is taken by both."""
    value = data.draw(FORMATTED[SCALARS[name]["format"]])
    assert _is_valid(SCALARS[name], value), value
    assert _takes(name, value), value


@pytest.mark.parametrize("name", FORMATS)
@given(value=VALUES)
def test_what_is_no_text_has_no_format(name, value):
    """A number, a list or null is refused by both, and so is a text that no format has."""
    if not isinstance(value, str):
        assert not _is_valid(SCALARS[name], value)
        assert not _takes(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWSDate", "2026-13-01"),
        ("AWSDate", "2026-02-30"),
        ("AWSDateTime", "2026-02-30T00:00:00Z"),
        ("AWSDateTime", "2026-12-31T24:00:00Z"),
        ("AWSTime", "23:60:00Z"),
        ("AWSEmail", "a@"),
        ("AWSURL", "no scheme"),
    ],
)
def test_near_misses_are_refused(name, value):
    """What only looks like its format is refused by both."""
    assert not _is_valid(SCALARS[name], value)
    assert not _takes(name, value)


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_each_example_is_valid(name):
    """The example of a scalar is one of its values."""
    assert _takes(name, EXAMPLES[name])
    assert _is_valid(SCALARS[name], EXAMPLES[name])


@pytest.mark.parametrize(
    "key",
    [
        Key({"id": "ID!"}),
        Key({"warehouse": "String!", "sku": "String!", "lot": "Int!"}),
        Key({"a": "ID!", "b": "String!", "c": "String!"}),
    ],
)
@given(value=st.one_of(VALUES, st.text(st.sampled_from(".#a\n é"), max_size=5)))
def test_keys_are_judged_alike(key, value):
    """A key field's value is valid by its schema just where a path can name it."""
    for name in key.fields:
        try:
            key.check(name, value)
        except ValueError:
            assert not _is_valid(key_schema(key, name), value), (name, value)
        else:
            assert _is_valid(key_schema(key, name), value), (name, value)
