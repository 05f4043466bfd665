"""The scalars' checks, value by value, and against account B's own."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.contract.key import Key
from chalicelib.contract.types import Types
from tests.support.account_b import Rest
from tests.unit.account_a.asking import places_of

NEEDED = {"label": "press", "running": True, "serials": [1]}
FIELDS = {
    "AWSDate": "built",
    "AWSTime": "shift",
    "AWSDateTime": "dueAt",
    "AWSTimestamp": "seen",
    "AWSEmail": "contact",
    "AWSJSON": "extra",
    "AWSURL": "manual",
    "AWSPhone": "phone",
    "AWSIPAddress": "address",
    "Float": "load",
    "Int": "slots",
    "String": "label",
}


TYPES = Types(enums={"Status": ("ON", "OFF")})


def checked(kind: str, value: Any) -> Any:
    """Returns what is sent for a value of this type, as GraphQL writes it.

    Raises:
        ValueError: Its first violation, as `pointer detail`.
    """
    violations: list[Any] = []
    sent = TYPES.check(kind)(value, "", violations)
    for each in violations:
        raise ValueError(f"{each.name} {each.detail}".strip())
    return sent


GOOD: dict[str, list[Any]] = {
    "String": ["", "milk", "\x00", "Grüße 🥛", "a" * 10_000],
    "Int": [0, -(2**31), 2**31 - 1, 2.0],
    "Float": [0, 0.0, 1.5, -1e-130, 9.9e125, 10**15],
    "Boolean": [True, False],
    "AWSDate": ["2026-12-31", "2024-02-29", "2026-12-31Z", "2026-12-31+01:00"],
    "AWSTime": ["23:59", "23:59:59", "23:59:59.123456789", "00:00:00Z", "12:00-08:00"],
    "AWSDateTime": ["2026-12-31T23:59:59.000Z", "2026-12-31T23:59Z", "2026-12-31T23:59:59+02:00"],
    "AWSTimestamp": [0, -1, 1_764_000_000, 2**53 - 1],
    "AWSEmail": ["a@b.example", "first.last+tag@sub.example.com"],
    "AWSJSON": ["{}", "[1, null]", '"x"', "1"],
    "AWSURL": ["https://example.com/a?b#c", "mailto:a@b.example"],
    "AWSPhone": ["+49 30 1234567", "030-1234567"],
    "AWSIPAddress": ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32"],
}
BAD: dict[str, list[Any]] = {
    "String": [1, True, [], {}, "\ud800"],
    "Int": [1.5, True, "1", 2**31, -(2**31) - 1, float("inf"), float("nan"), 10**400, []],
    "Float": [True, "1", float("inf"), float("nan"), 1e-131, 1e126, 10**400],
    "Boolean": [0, 1, "true", []],
    "AWSDate": ["2026-13-01", "2026-02-30", "2026-2-3", "26-02-03", "0000-01-01", "x", 1, ""],
    "AWSTime": ["24:00", "12:60", "12", "12:00:60", "12:00:00.", "12:00+19:00", "12:00z"],
    "AWSDateTime": [
        "2026-12-31T23:59:59",
        "2026-12-31 23:59Z",
        "2026-02-30T00:00Z",
        "\uff12026-12-31T00:00Z",
    ],
    "AWSTimestamp": [1.5, "1", 2**53, True],
    "AWSEmail": ["a", "a@", "@b", "a b@c.example", "a@b@c.example", "a@-b"],
    "AWSJSON": ["{", "NaN", "", {"a": 1}, "[" * 100_000],
    "AWSURL": ["example.com", "https://a b", "//x", "http:"],
    "AWSPhone": ["12", "abc", "+", "1" * 40, "٣٣٣٣٣٣٣٣"],
    "AWSIPAddress": ["1.2.3", "1.2.3.256", "x", 1, "fe80::1%"],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, each in GOOD.items() for v in each])
def test_a_good_value_passes(kind: str, value: Any) -> None:
    """What goes upstream is equal to what came."""
    assert checked(kind, value) == value


@pytest.mark.parametrize(("value", "sent"), [(2**53 + 1, 2.0**53), (-(10**30), -1e30)])
def test_a_whole_number_beyond_a_doubles_bits_goes_out_as_the_nearest_double(value, sent):
    """A Float is a double, in account B as in any JSON reader whose numbers are doubles."""
    passed = checked("Float", value)
    assert isinstance(passed, float)
    assert passed == sent


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, each in BAD.items() for v in each])
def test_a_bad_value_is_refused_with_a_reason(kind: str, value: Any) -> None:
    """The reason is a sentence's end, such as `is not an integer`, and repeats no long value."""
    with pytest.raises(ValueError, match=r"^(is|holds) ") as raised:
        checked(kind, value)
    assert len(str(raised.value)) < 100


def test_a_list_names_the_item_that_is_wrong() -> None:
    """By its index; null is an item's fault only where items are never null."""
    assert checked("[Int]", [1, None, 2]) == [1, None, 2]
    assert checked("[Int]", []) == []
    with pytest.raises(ValueError, match=r"^/2 is not an integer$"):
        checked("[Int]", [1, None, "x"])
    with pytest.raises(ValueError, match=r"^/1 is null, which it never is$"):
        checked("[Int!]", [1, None])
    with pytest.raises(ValueError, match=r"^is not a list of Int$"):
        checked("[Int]", 1)


def test_an_enum_takes_its_values_only() -> None:
    """Case counts, and so does the type."""
    assert checked("Status", "ON") == "ON"
    for value in ("on", "", 1, ["ON"]):
        with pytest.raises(ValueError, match=r"^is not one of ON, OFF$"):
            checked("Status", value)


@pytest.mark.parametrize("value", ["", ".", "..", "a" * 2049, "é" * 1025, 1, None, "\udfff"])
def test_an_id_that_cannot_be_a_path_segment_is_refused(value: Any) -> None:
    """Empty, a dot segment, over DynamoDB's 2,048 bytes, or no text."""
    with pytest.raises(ValueError, match=r"^(is|holds) "):
        Key({"id": "ID!"}).check("id", value)


@pytest.mark.parametrize("value", ["a/b", "...", "a" * 2048, "é" * 1024, "%2F", " ", "\n", "?#"])
def test_any_other_text_is_an_id(value: str) -> None:
    """It is encoded in Location, so nothing in it needs to be forbidden."""
    assert Key({"id": "ID!"}).check("id", value) == value


def texts(*alphabets: str) -> st.SearchStrategy[str]:
    """Returns short texts that often look like one of the scalars."""
    return st.one_of(st.text(max_size=12), *(st.text(each, max_size=24) for each in alphabets))


VALUES = st.one_of(
    texts(
        "0123456789-:TZ.+",
        "0123456789+- ()",
        "abAB@.<>()\"-_+'",
        "0123456789abcdef:./",
        "http:/a?#%&{}",
    ),
    st.sampled_from(
        [v for each in (*GOOD.values(), *BAD.values()) for v in each if len(str(v)) < 99]
    ),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.datetimes().map(lambda each: each.isoformat() + "Z"),
    st.dates().map(str),
    st.times().map(str),
    st.emails(),
    st.ip_addresses().map(str),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(FIELDS)), value=VALUES)
@example("AWSPhone", "123")
@example("AWSPhone", "1" * 20)
@example("AWSEmail", "a<b>@c")
@example("AWSEmail", "a@b..c")
@example("AWSURL", "http:")
@example("AWSTimestamp", 2**53 - 1)
@example("AWSDate", "2026-12-31+18:30")
@example("Float", 2**53 + 1)
def test_what_the_gateway_accepts_account_b_accepts(machines: Rest, kind: str, value: Any) -> None:
    """Else a client would be told 502 for a value of its own; and a 400 names the very field."""
    body = json.dumps({**NEEDED, FIELDS[kind]: value})
    response = machines.send("POST", "/machines", body)
    assert response.status in {201, 400}, response.body
    if response.status == 400 and "NaN" not in body and "Infinity" not in body:
        assert places_of(response) == [f"/{FIELDS[kind]}"]
