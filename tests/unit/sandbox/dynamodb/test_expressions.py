"""Conditions and filters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sandbox.appsync.amplify.expression_text import compile_checked
from bridge.sandbox.appsync.messages import NoResult
from bridge.sandbox.dynamodb.errors import DynamoDBError

ITEM = {
    "text": "abc",
    "empty": "",
    "number": 5,
    "fraction": 2.5,
    "yes": True,
    "no": False,
    "null": None,
    "list": ["a", "b"],
    "map": {"x": 1},
}


def holds(expression: dict[str, Any] | None, item: dict[str, Any] = ITEM) -> bool:
    """Returns whether the item passes the filter."""
    return compile_checked(expression, "FilterExpression")(item)


@pytest.mark.parametrize(
    ("name", "operation", "operand", "expected"),
    [
        ("text", "eq", "abc", True),
        ("text", "eq", "ABC", False),
        ("text", "ne", "abc", False),
        ("text", "ne", "x", True),
        ("text", "lt", "abd", True),
        ("text", "le", "abc", True),
        ("text", "gt", "abc", False),
        ("text", "ge", "abc", True),
        ("text", "contains", "bc", True),
        ("text", "contains", "x", False),
        ("text", "notContains", "x", True),
        ("text", "notContains", "b", False),
        ("text", "beginsWith", "ab", True),
        ("text", "beginsWith", "b", False),
        ("text", "between", ["abb", "abd"], True),
        ("text", "between", ["abd", "abe"], False),
        ("empty", "eq", "", True),
        ("number", "eq", 5.0, True),
        ("number", "lt", 5, False),
        ("number", "between", [5, 5], True),
        ("number", "between", [3, 6, 9], True),
        ("fraction", "gt", 2, True),
        ("yes", "eq", True, True),
        ("no", "ne", True, True),
        ("list", "contains", "a", True),
        ("list", "contains", "ab", False),
        ("list", "notContains", "c", True),
    ],
)
def test_operators_compare_as_dynamodb_does(name, operation, operand, expected):
    """Each operator, on an attribute of its own type."""
    assert holds({name: {operation: operand}}) is expected


@pytest.mark.parametrize(
    ("operation", "operand", "expected"),
    [
        ("eq", "x", False),
        ("ne", "x", True),
        ("lt", "x", False),
        ("le", "x", False),
        ("gt", "x", False),
        ("ge", "x", False),
        ("contains", "x", False),
        ("notContains", "x", True),
        ("beginsWith", "x", False),
        ("between", ["a", "z"], False),
        ("attributeExists", True, False),
        ("attributeExists", False, True),
        ("attributeType", "_null", False),
        ("size", {"ge": 0}, False),
        ("eq", None, False),
    ],
)
def test_a_missing_attribute_differs_from_everything(operation, operand, expected):
    """Comparisons with a missing attribute are false, and their negations true."""
    assert holds({"missing": {operation: operand}}) is expected


@pytest.mark.parametrize(
    ("operation", "operand", "expected"),
    [
        ("eq", None, True),
        ("ne", None, False),
        ("eq", "x", False),
        ("attributeExists", True, True),
        ("attributeExists", False, False),
        ("attributeType", "_null", True),
    ],
)
def test_null_is_a_value_and_not_an_absence(operation, operand, expected):
    """An attribute that holds NULL exists and equals NULL."""
    assert holds({"null": {operation: operand}}) is expected


@pytest.mark.parametrize(
    ("name", "operation", "operand", "expected"),
    [
        ("number", "eq", "5", False),
        ("number", "ne", "5", True),
        ("text", "lt", 9, False),
        ("text", "gt", 9, False),
        ("yes", "eq", 1, False),
        ("number", "eq", True, False),
        ("number", "beginsWith", "5", False),
        ("number", "contains", "5", False),
        ("number", "size", {"eq": 1}, False),
    ],
)
def test_values_of_different_types_never_compare(name, operation, operand, expected):
    """No operator coerces one type to another."""
    assert holds({name: {operation: operand}}) is expected


@pytest.mark.parametrize(
    ("name", "type_name"),
    [
        ("text", "string"),
        ("number", "number"),
        ("yes", "bool"),
        ("null", "_null"),
        ("list", "list"),
        ("map", "map"),
    ],
)
def test_attribute_type_names_dynamodbs_types(name, type_name):
    """Each stored value has exactly one of the types."""
    names = ["string", "number", "bool", "_null", "list", "map", "binary", "stringSet"]
    matching = [each for each in names if holds({name: {"attributeType": each}})]
    assert matching == [type_name]


@pytest.mark.parametrize(("name", "size"), [("text", 3), ("empty", 0), ("list", 2), ("map", 1)])
def test_size_counts_characters_and_elements(name, size):
    """Size takes the same comparisons as a number."""
    assert holds({name: {"size": {"eq": size}}})
    assert holds({name: {"size": {"between": [size, size]}}})
    assert not holds({name: {"size": {"ne": size}}})


def test_strings_are_ordered_by_their_utf_8_bytes():
    """A character beyond the BMP comes after all others, unlike in UTF-16."""
    assert holds({"text": {"gt": "\uff5e"}}, {"text": "\U0001f389"})


def test_and_or_not_nest_and_neighbours_are_anded():
    """All of an input's parts must hold; `or` needs one of its own."""
    yes, no = {"number": {"eq": 5}}, {"number": {"eq": 6}}
    assert holds({"and": [yes, {"or": [no, yes]}], "not": no})
    assert not holds({**yes, "or": [no, no]})
    assert not holds({"number": {"gt": 1, "lt": 5}})


@pytest.mark.parametrize("empty", [None, {}, {"and": []}, {"or": []}, {"not": {}}, {"text": None}])
def test_an_empty_expression_holds_for_every_item(empty):
    """Amplify's template writes nothing for empty parts."""
    assert holds(empty)


@pytest.mark.parametrize("bounds", [None, [], [3]])
def test_between_without_two_values_breaks_the_template(bounds):
    """The field becomes null without an error."""
    with pytest.raises(NoResult):
        holds({"number": {"between": bounds}})


@pytest.mark.parametrize(
    ("operation", "operand", "text"),
    [
        (
            "between",
            [6, 3],
            (
                "Invalid FilterExpression: The BETWEEN operator requires upper bound to be greater"
                " than or equal to lower bound; lower bound operand: AttributeValue: {N:6},"
                " upper bound"
                " operand: AttributeValue: {N:3}"
            ),
        ),
        (
            "lt",
            None,
            (
                "Invalid FilterExpression: Incorrect operand type for operator or function;"
                " operator: <, operand type: NULL"
            ),
        ),
        (
            "beginsWith",
            None,
            (
                "Invalid FilterExpression: Incorrect operand type for operator or function;"
                " operator or function: begins_with, operand type: NULL"
            ),
        ),
        (
            "attributeType",
            None,
            (
                "Invalid FilterExpression: Incorrect operand type for operator or function;"
                " operator or function: attribute_type, operand type: NULL"
            ),
        ),
    ],
)
def test_dynamodb_refuses_operands_that_make_no_sense(operation, operand, text):
    """The refusal is a DynamoDbException with DynamoDB's text."""
    with pytest.raises(DynamoDBError) as caught:
        holds({"number": {operation: operand}})
    assert caught.value.kind == "DynamoDbException"
    assert str(caught.value).startswith(text)


_VALUES = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))


@given(_VALUES, _VALUES)
def test_between_is_ge_and_le(value, low):
    """A range from a bound to itself holds for that value alone."""
    item = {"a": value}
    both = holds({"a": {"ge": low, "le": low}}, item)
    assert holds({"a": {"between": [low, low]}}, item) is both
    assert holds({"a": {"eq": low}}, item) is both


@given(st.dictionaries(st.sampled_from("ab"), st.one_of(_VALUES, st.none())), _VALUES)
def test_ne_and_not_contains_are_negations(item, operand):
    """Each negative operator is the positive one's opposite, missing attributes included."""
    assert holds({"a": {"ne": operand}}, item) is holds({"not": {"a": {"eq": operand}}}, item)
    assert holds({"a": {"notContains": operand}}, item) is not holds(
        {"a": {"contains": operand}}, item
    )
