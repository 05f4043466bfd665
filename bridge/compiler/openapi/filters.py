"""Filters: a list's `field.op` parameters, and the schema of `filter={JSON}`.

What a schema cannot say stands in descriptions: the order of `between`, the depth of a filter and
the number of its conditions.
"""

from collections.abc import Mapping
from typing import Any

from bridge.compiler.openapi.scalars import BOOLEAN, FLOAT, INT, Schema
from chalicelib.contract.model import Field, Resource
from chalicelib.translation.filters import (
    IN,
    MAX_CONDITIONS,
    MAX_DEPTH,
    PAIR,
    operators_of,
)

_MEANINGS: Mapping[str, str] = {
    "eq": "equal to it",
    "ne": "not equal to it, or without a value",
    "gt": "greater than it",
    "ge": "greater than or equal to it",
    "lt": "less than it",
    "le": "less than or equal to it",
    "contains": "containing it",
    "notContains": "not containing it",
    "beginsWith": "beginning with it",
    "between": "between the first value and the second, which is not less than the first",
    "exists": "present (true) or absent (false)",
    IN: "equal to one of them",
}
_LISTED = frozenset({IN, "between"})


def filter_parameters(resource: Resource, own: frozenset[str]) -> list[dict[str, Any]]:
    """Returns the parameters that filter a list.

    Args:
        resource: Whose list.
        own: The names of the list's other parameters, which no short form may take.
    """
    parameters: list[dict[str, Any]] = []
    for field in resource.fields:
        for operator in operators_of(field):
            names = [f"{field.name}.{operator}"]
            if operator == "eq" and field.name not in own:
                names.insert(0, field.name)
            parameters.extend(_parameter(name, field, operator) for name in names)
    return parameters


def filter_schemas(resource: Resource) -> dict[str, Schema]:
    """Returns the component schemas of `filter={JSON}`, by their names."""
    name = f"{resource.name}.filter"
    # A branch of and, or and not holds at least one condition.
    branch = {"$ref": f"#/components/schemas/{name}", "minProperties": 1}
    branches = {"type": "array", "minItems": 1, "items": branch}
    logic: dict[str, Schema] = {"and": branches, "or": branches, "not": branch}
    fields = {field.name: _conditions(field) for field in resource.fields if operators_of(field)}
    return {
        name: {
            "type": "object",
            "description": (
                "Conditions that all must hold, with `and`, `or` and `not` around others; nested at"
                f" most {MAX_DEPTH} deep, at most {MAX_CONDITIONS} conditions in one request, and"
                " fewer where the store's limit for their expression, 4 KB, comes first."
            ),
            "additionalProperties": False,
            # A field of such a name takes the word's place.
            "properties": {
                **{word: each for word, each in logic.items() if word not in resource.by_name},
                **fields,
            },
        }
    }


def _parameter(name: str, field: Field, operator: str) -> dict[str, Any]:
    parameter: dict[str, Any] = {
        "name": name,
        "in": "query",
        "description": f"Items with `{field.name}` {_MEANINGS[operator]}.",
        "schema": _operand(field, operator, in_text=True),
    }
    if operator in _LISTED:
        parameter |= {"style": "form", "explode": False}
    return parameter


def _conditions(field: Field) -> Schema:
    operators = operators_of(field)
    by_operator: Schema = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {each: _operand(field, each, in_text=False) for each in operators},
    }
    if "eq" not in operators:
        return by_operator
    return {"anyOf": [_operand(field, "eq", in_text=False), by_operator]}


def _operand(field: Field, operator: str, *, in_text: bool) -> Schema:
    """Returns the schema of what an operator takes.

    Args:
        field: Which field is filtered.
        operator: By which operator.
        in_text: The operand is a parameter's text, where commas part the values of a list.
    """
    value = _compared(field)
    if operator == "exists":
        value = {"type": "boolean"}
    elif operator in _LISTED:
        if in_text and value == {"type": "string"}:
            value = {"type": "string", "pattern": "^[^,]*$"}
        value = {"type": "array", "minItems": 1, "items": value}
        if operator == "between":
            value |= {"minItems": PAIR, "maxItems": PAIR}
    return value


def _compared(field: Field) -> Schema:
    """Returns the schema of what a field is compared with; text is compared as text."""
    match field.type:
        case "Boolean":
            schema = BOOLEAN
        case "Int" | "AWSTimestamp":
            schema = INT
        case "Float":
            schema = FLOAT
        case _:
            return {"type": "string", **({"enum": list(field.enum)} if field.enum else {})}
    return {name: value for name, value in schema.items() if name != "examples"}
