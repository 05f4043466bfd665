"""The text of an expression, as AppSync's `$util.transform` writes it, and DynamoDB's limit for it.

Names and values stand in it by placeholders, so what counts is how many conditions there are, how
deep they are nested and how long the fields' names are.

Source: the outputs recorded from AWS in localstack/appsync-utils, `transform.test.js.snap`;
DynamoDB Developer Guide, "Quotas", for the limit; pynamodb/PynamoDB#979 for the refusal's text;
nubo-db/dynoxide#146: 4,096 bytes of the text as it was sent pass, one more does not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.sandbox.appsync.messages import NoResult
from bridge.sandbox.dynamodb.expressions import SYMBOLS, Predicate, check_size, compile_expression

_FUNCTIONS = {
    "contains": "contains",
    "notContains": "NOT contains",
    "beginsWith": "begins_with",
    "attributeType": "attribute_type",
}
_BETWEEN_VALUES = 2


def compile_checked(
    given: Mapping[str, Any] | None, kind: str, added: Mapping[str, Any] | None = None
) -> Predicate:
    """Returns the test that a filter or condition input makes of an item.

    Args:
        given: The argument as coerced by the schema; None or empty holds for every item.
        kind: "FilterExpression" or "ConditionExpression", for the error texts.
        added: What Amplify's template adds to the expression; it counts for its size alone.

    Raises:
        DynamoDBError: DynamoDB refuses the expression.
        NoResult: Amplify's template breaks off while it writes the expression.
    """
    given = given or {}
    check_size(expression_text({"and": [added, given]} if added else given), kind)
    return compile_expression(given, kind)


def expression_text(given: Mapping[str, Any]) -> str:
    """Returns the expression that AppSync writes for a filter or condition input.

    Raises:
        NoResult: It cannot.
    """
    return " AND ".join(_parts(given, ":"))


def _parts(given: Mapping[str, Any], path: str) -> list[str]:
    """Returns the parts of an input, all of which must hold.

    Args:
        given: The input, at any depth.
        path: What the names of its values begin with: where it stands in the whole.
    """
    parts: list[str] = []
    for name, value in given.items():
        if not value:
            continue
        if name in {"and", "or"}:
            members = [
                " AND ".join(_parts(member, f"{path}{name}_{index}_"))
                for index, member in enumerate(value)
                if member
            ]
            parts.append(_group(members, name.upper()))
        elif name == "not":
            parts.append(f"(NOT {_group(_parts(value, f'{path}not_'), 'AND')})")
        else:
            parts.append(_field(f"#{name}", value, path + name))
    return parts


def _group(members: Sequence[str], joiner: str) -> str:
    joined = f" {joiner} ".join(members)
    return f"({joined})" if len(members) > 1 else joined


def _field(target: str, operations: Mapping[str, Any], value: str) -> str:
    each = [_test(target, name, operand, value) for name, operand in operations.items()]
    return _group(each, "AND")


def _test(target: str, operation: str, operand: Any, value: str) -> str:
    """Returns the text of one operator; `value` is what its values' names begin with."""
    value = f"{value}_{operation}"
    if operation == "size":
        return _field(f"size({target})", operand or {}, value)
    if operation == "attributeExists":
        return f"({'attribute_exists' if operand else 'attribute_not_exists'}({target}))"
    if operation == "between":
        # It takes the first two values of the list and breaks off without them.
        if operand is None or len(operand) < _BETWEEN_VALUES:
            raise NoResult
        return f"({target} BETWEEN {value}_start AND {value}_end)"
    if operation in _FUNCTIONS:
        return f"({_FUNCTIONS[operation]}({target},{value}))"
    return f"({target} {SYMBOLS[operation]} {value})"
