"""The AWS scalars."""

import pytest
from graphql import GraphQLScalarType, Undefined

from bridge.sandbox.appsync import load_schema
from bridge.sandbox.appsync.variables import _is_leaf

SDL = "type Query { a: String }"


def accepts(name: str, value: object) -> bool:
    """Returns whether the scalar takes this value as input."""
    sdl = SDL + f" input I {{ value: {name} }} extend type Query {{ b(i: I): Int }}"
    named = load_schema(sdl).graphql.type_map[name]
    assert isinstance(named, GraphQLScalarType)
    return _is_leaf(value, named)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWSDateTime", "2026-12-31T23:59:59.000Z"),
        ("AWSDateTime", "2026-12-31T10:00:00+02:00"),
        ("AWSDateTime", "2026-12-31T10:00:00-07:30:15"),
        ("AWSDateTime", "2026-12-31T10:00:00.123456789Z"),
        ("AWSDateTime", "2028-02-29T00:00Z"),
        ("AWSDateTime", "-2017-01-01T00:00Z"),
        ("AWSDate", "2026-12-31"),
        ("AWSDate", "0000-02-29"),
        ("AWSDate", "1970-01-01Z"),
        ("AWSDate", "1970-01-01-07:00"),
        ("AWSTime", "12:00:34.000"),
        ("AWSTime", "12:00:34Z"),
        ("AWSTimestamp", -5),
        ("AWSTimestamp", 1795000000000),
        ("AWSEmail", "a.b+c@example.com"),
        ("AWSURL", "https://example.com/a?b=c"),
        ("AWSURL", "mailto:someone@example.com"),
        ("AWSPhone", "+1 (555) 010-9999"),
        ("AWSPhone", "5550109999"),
        ("AWSIPAddress", "127.0.0.1"),
        ("AWSIPAddress", "10.0.0.0/8"),
        ("AWSIPAddress", "::1"),
        ("AWSJSON", '{"a": [1, null]}'),
        ("AWSJSON", '"text"'),
    ],
)
def test_a_valid_value_is_accepted(name, value):
    """What the AppSync guide describes passes."""
    assert accepts(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWSDateTime", "2026-12-31"),
        ("AWSDateTime", "2026-12-31T10:00:00"),
        ("AWSDateTime", "2026-02-30T10:00:00Z"),
        ("AWSDateTime", "2026-12-31T25:00:00Z"),
        ("AWSDateTime", "2026-12-31T10:00:00+19:00"),
        ("AWSDateTime", "tomorrow"),
        ("AWSDateTime", 1795000000),
        ("AWSDate", "31.12.2026"),
        ("AWSDate", "2026-13-01"),
        ("AWSDate", "1900-02-29"),
        ("AWSTime", "noon"),
        ("AWSTime", "24:00:00"),
        ("AWSTimestamp", "1795000000"),
        ("AWSTimestamp", 1.5),
        ("AWSTimestamp", True),
        ("AWSTimestamp", 2**63),
        ("AWSEmail", "nobody"),
        ("AWSEmail", "a@"),
        ("AWSURL", "example.com"),
        ("AWSURL", "https://example.com//a"),
        ("AWSPhone", "call me"),
        ("AWSPhone", "123"),
        ("AWSIPAddress", "127.0.0.256"),
        ("AWSJSON", "{a: 1}"),
        ("AWSJSON", "NaN"),
        ("AWSJSON", {"a": 1}),
    ],
)
def test_an_invalid_value_is_refused(name, value):
    """What the AppSync guide does not describe is an invalid value."""
    assert not accepts(name, value)


def test_a_literal_is_checked_like_a_variable():
    """The same rules hold for values written into the document."""
    loaded = load_schema("type Query { at(time: AWSDateTime): AWSDateTime }")
    scalar = loaded.graphql.type_map["AWSDateTime"]
    assert isinstance(scalar, GraphQLScalarType)
    assert scalar.parse_value("2026-12-31T10:00:00Z") is not Undefined
