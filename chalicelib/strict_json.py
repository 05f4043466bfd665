"""JSON and no more: no NaN, no name twice in an object, no number of endless digits.

Source: RFC 8259.
"""

import json
from typing import Any


class DuplicateName(ValueError):
    """An object holds a name twice, and which one is meant cannot be told."""


def strict_json(text: str | bytes) -> Any:
    """Returns the value that `text` holds.

    Raises:
        ValueError: It holds none; the message says what is wrong.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=_unique, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise ValueError("is not UTF-8") from error
    except DuplicateName:
        raise
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise ValueError("holds a number that is not JSON's, or is too long") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DuplicateName("holds an object with the same name twice")
    return value


def _refuse(name: str) -> Any:
    raise ValueError(name)
