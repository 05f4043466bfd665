"""The document's scalars are what the gateway takes, no more and no less."""

import itertools

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compiler.openapi.scalars import SCALARS
from chalicelib.contract.scalars import SCALAR_CHECKS

# JSON Schema cannot look into a string that holds JSON.
EXACT = sorted(SCALARS.keys() - {"AWSJSON"})
PATTERNED = [name for name in EXACT if "pattern" in SCALARS[name]]
# What values of the patterned scalars are made of, and near misses of it.
_PIECES = (
    "0000 2024 2023 1900 2000 0004 - - : : T Z + . / 00 01 02 12 13 18 19 23 24 28 29 30 31 59 60"
    " :: a F fe80 255 256 127 128 129 32 33 0 1 % @ example .com http { 1.2.3.4"
)
FRAGMENTS = st.sampled_from([*_PIECES.split(" "), *" \n\u0085\ufeff\u00e9\u0661"])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.sampled_from([2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 - 1, 2**53, 0, 1]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e125, 1e126, 1e-130, 1e-131, -1e-130, -1e126, 0.0, 2.0]),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
)


def _takes(name, value) -> bool:
    try:
        SCALAR_CHECKS[name](value)
    except ValueError:
        return False
    return True


def _agrees(name, value) -> None:
    assert jsonschema_rs.is_valid(SCALARS[name], value) == _takes(name, value), (name, value)


@pytest.mark.parametrize("name", EXACT)
@given(value=VALUES)
def test_the_schema_takes_the_values_that_the_gateway_takes(name, value):
    """Any JSON value is valid by the schema just where the gateway accepts it."""
    _agrees(name, value)


@pytest.mark.parametrize("name", PATTERNED)
@given(data=st.data())
def test_what_matches_the_pattern_is_accepted(name, data):
    """Every text of a scalar's pattern is accepted by the gateway."""
    value = data.draw(st.from_regex(SCALARS[name]["pattern"], fullmatch=False))

    _agrees(name, value)


@pytest.mark.parametrize("name", PATTERNED)
@given(parts=st.lists(FRAGMENTS, min_size=1, max_size=12))
def test_near_misses_are_judged_alike(name, parts):
    """Texts made of the scalars' own pieces are valid just where the gateway accepts them."""
    _agrees(name, "".join(parts))


@pytest.mark.parametrize("name", ["AWSDate", "AWSDateTime"])
def test_every_day_is_judged_alike(name):
    """Every day of the month, of common and of leap years, is valid just where it exists."""
    clock = "T00:00Z" if name == "AWSDateTime" else ""
    for year, month, day in itertools.product(
        ("0000", "0001", "0004", "1900", "2000", "2023", "2024", "2100", "2400", "9999"),
        range(14),
        range(33),
    ):
        _agrees(name, f"{year}-{month:02}-{day:02}{clock}")


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_each_example_is_valid(name):
    """The example that stands with a scalar is one of its values."""
    for example in SCALARS[name]["examples"]:
        assert _takes(name, example)
        assert jsonschema_rs.is_valid(SCALARS[name], example)
