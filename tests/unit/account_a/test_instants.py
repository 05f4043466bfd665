"""Dates, times and instants in filters: checked, and compared only where text has an order."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.translation.instants import instant_operand
from tests.support.account_b import Rest
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of, places_of

REFUSED = [
    ("todos", "dueAt.lt", "tomorrow"),
    ("todos", "dueAt", "2026-01-01"),  # an instant has a time, and nothing else is equal to it
    ("todos", "dueAt.ge", "2026-13"),
    ("todos", "dueAt.ge", "2026-01-01T00:00:00+01:00"),
    ("todos", "dueAt.between", "2026-01-01,2027-01-01T00:00-05:00"),
    ("todos", "dueAt.beginsWith", "tomorrow"),
    ("todos", "createdAt.gt", "2026-01-01T00:00:00.0001Z"),
    ("todos", "createdAt.gt", "0001-01-01T00:00:00+14:00"),
    ("customers", "birthday.lt", "today"),
    ("customers", "birthday.lt", "2026-01-01+02:00"),
    ("customers", "wakeAt.ge", "10:00+01:00"),
    ("customers", "wakeAt", "noon"),
    ("customers", "wakeAt.ge", "2026"),
    ("customers", "seenAt.lt", "2026-01-01"),
]


@pytest.mark.parametrize(("path", "name", "value"), REFUSED)
def test_what_is_none_or_has_no_order_is_400(rest: Rest, path: str, name: str, value: str) -> None:
    """And account B is not asked."""
    with shop_client() as shop:
        client = rest if path == "todos" else shop
        response = client.send("GET", f"/{path}", query=((name, value),))
        assert places_of(response) == [name]
        assert not client.transport.requests


@pytest.mark.parametrize(
    ("kind", "operator", "text"),
    [
        ("AWSDateTime", "eq", "2026-01-01T00:00:00+01:00"),
        ("AWSDateTime", "ge", "2026"),
        ("AWSDateTime", "lt", "2026-02"),
        ("AWSDateTime", "le", "2026-02-28"),
        ("AWSDateTime", "le", "2026-02-28T10:00:00.5Z"),
        ("AWSDateTime", "contains", "T10:"),
        ("AWSDateTime", "notContains", "T10:"),
        ("AWSDate", "gt", "2026-02-28"),
        ("AWSDate", "gt", "2026"),
        ("AWSTime", "gt", "10:00"),
    ],
)
def test_what_has_an_order_as_text_is_taken_as_it_is(kind: str, operator: str, text: str) -> None:
    """An equality is one of texts, and so has any form."""
    assert instant_operand(kind, operator, text, own=False) == text


@pytest.mark.parametrize("offset", ["+00:00", "-00:00", "+00:00:00"])
def test_a_bound_in_utc_has_one_form(offset: str) -> None:
    """Many a client writes UTC as an offset of nothing; an equality is still one of texts."""
    text = f"2026-01-01T00:00:00{offset}"
    assert instant_operand("AWSDateTime", "ge", text, own=False) == "2026-01-01T00:00:00Z"
    assert instant_operand("AWSDateTime", "eq", text, own=False) == text


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda each: timezone(timedelta(minutes=each)))
STAMPS = st.builds(
    lambda milliseconds, zone: (
        datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    ).astimezone(zone),
    st.integers(-(10**13), 10**13),
    ZONES,
)


@given(STAMPS, STAMPS)
@example(datetime(2, 1, 1, tzinfo=UTC), datetime(999, 12, 31, 0, 0, 0, 999_000, UTC))
def test_amplifys_own_form_is_ordered_as_the_instants_are(one: datetime, other: datetime) -> None:
    """Whatever the offsets that they were written with."""
    texts = [
        instant_operand("AWSDateTime", "lt", each.isoformat(), own=True) for each in (one, other)
    ]
    assert (texts[0] < texts[1]) == (one < other)
    assert [datetime.fromisoformat(each) for each in texts] == [one, other]
    assert texts[0] == f"{one.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def test_an_instant_of_another_offset_finds_what_was_created_then(rest: Rest) -> None:
    """The same instant, equal or as a bound."""
    made = body_of(rest.send("POST", "/todos", json.dumps({"name": "milk"})))
    created = datetime.fromisoformat(made["createdAt"])
    there = created.astimezone(timezone(timedelta(hours=5))).isoformat()
    for name in ("createdAt", "createdAt.ge", "createdAt.le"):
        page = body_of(rest.send("GET", "/todos", query=((name, there),)))
        assert [each["id"] for each in page["items"]] == [made["id"]], name
    assert body_of(rest.send("GET", "/todos", query=(("createdAt.lt", there),)))["items"] == []
