"""What Amplify's filters and conditions compare with: operands that DynamoDB refuses.

`eq`, `ne`, `contains` and `notContains` take null as a value like others. A key's condition passes
a null operator over. What OpenSearch or an owner's own input takes, is not known here.

Source: ExtendDB/extenddb#216 and getmoto/moto#10272 (held against AWS) for comparisons and BETWEEN;
architect/dynalite's condition parser for begins_with and attribute_type.
"""

import re
from typing import Any

_COMPARING = re.compile(r"Model(?:ID|String|Int|Float|Boolean|Size)(?:Filter)?Input")
_NEVER_NULL = frozenset({"le", "lt", "ge", "gt", "beginsWith", "attributeType"})
BETWEEN = "between"


def compares(name: str) -> bool:
    """Whether an input's members are operators of Amplify's filters and conditions."""
    return _COMPARING.fullmatch(name) is not None


def operand_type(name: str, operator: str, text: str) -> str:
    """Returns the type of what an operator takes where it is given, as GraphQL writes it.

    Args:
        name: Of the input.
        operator: Its member.
        text: The member's type in the schema.
    """
    if not compares(name):
        return text
    if operator == BETWEEN and text.endswith("]"):
        return f"{text.removesuffix(']').removesuffix('!')}!]"
    return f"{text.removesuffix('!')}!" if operator in _NEVER_NULL else text


def is_out_of_order(bounds: Any) -> bool:
    """Whether a range's lower bound is above its upper one; text is compared by its bytes."""
    match bounds:
        case [str(lower), str(upper), *_]:
            return lower.encode() > upper.encode()
        case [int() | float() as lower, int() | float() as upper, *_]:
            return lower > upper
    return False
