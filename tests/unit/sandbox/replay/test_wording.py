"""When two fronts' words tell the same fault."""

from typing import Any

import pytest

from bridge.sandbox.replay.wording import in_newer_words

PREFIX = "Validation error of type "


def body(message: str, path: Any = None) -> dict[str, Any]:
    """Returns a body with one error."""
    return {"data": None, "errors": [{"path": path, "locations": [], "message": message}]}


MISSING = PREFIX + 'WrongType: Field "T.name" of required type "String!" was not provided.'
LACKS = PREFIX + "WrongType: argument 'i' with value 'x' is missing required fields"
CONFLICT = PREFIX + 'WrongType: Fields "f" conflict because they have differing arguments. X.'
PAIRS = [
    (
        "Variable 'a' has an invalid value.",
        "Variable 'a' has an invalid value. Expected type 'Int' but was 'String'.",
        "Variable 'b' has an invalid value. Expected type 'Int' but was 'String'.",
    ),
    (
        MISSING,
        PREFIX
        + "WrongType: argument 'i' with value 'x' is missing required fields '[a, name]' @ 'f'",
        PREFIX
        + "WrongType: argument 'i' with value 'x' is missing required fields '[names]' @ 'f'",
    ),
    (
        PREFIX + 'WrongType: Field "x" is not defined by type "T".',
        PREFIX + "WrongType: argument 'i' with value 'x' contains a field not in 'T': 'x' @ 'f'",
        PREFIX + "WrongType: argument 'i' with value 'x' contains a field not in 'U': 'x' @ 'f'",
    ),
    (
        PREFIX
        + 'WrongType: Fields "f" conflict because they have differing arguments. Use aliases.',
        PREFIX + "FieldsConflict: f: they have differing arguments",
        PREFIX + "FieldsConflict: g: they have differing arguments",
    ),
    (
        PREFIX + 'WrongType: Variable "$i" of type "A" used in position expecting type "B".',
        PREFIX + "VariableTypeMismatch: Variable type 'A' doesn't match expected type 'B' @ 'f'",
        PREFIX + "VariableTypeMismatch: Variable type 'B' doesn't match expected type 'A' @ 'f'",
    ),
]


@pytest.mark.parametrize(("older", "newer", "other"), PAIRS)
def test_an_older_fronts_words_are_the_newer_ones_where_they_name_the_same(older, newer, other):
    """Another name is another fault, and stays a difference."""
    assert in_newer_words(body(older), body(newer)) == body(newer)
    assert in_newer_words(body(older), body(other)) == body(older)


@pytest.mark.parametrize(
    "given",
    [
        body("something else"),
        body(PAIRS[1][1], ["f"]),
        {"data": None, "errors": []},
        {"data": None},
        "text",
    ],
)
def test_anything_else_stays_as_it_was_recorded(given):
    """Another path, other words, another number of errors."""
    assert in_newer_words(body(MISSING), given) == body(MISSING)
