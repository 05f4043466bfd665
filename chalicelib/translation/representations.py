"""Makes representations of items, and names what in them could not be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.contract.model import Resource
from chalicelib.contract.types import pointer_token
from chalicelib.graphql.replies import Item, Path

PROBLEMS = "problems"
_UNREADABLE = "could not be read"


def representation(
    resource: Resource, item: Item, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """Returns the item's JSON object, with `problems` where something could not be read.

    Args:
        resource: Whose item.
        item: As AppSync returned it.
        fields: The names that the client asked for; None for all.
    """
    values = item.values
    names = resource.members if fields is None else fields
    result = {name: values[name] for name in names if name in values}
    if item.problems:
        result[problems_name(resource)] = problem_list(values, item.problems)
    return result


def problem_list(values: Mapping[str, Any], problems: Sequence[Path]) -> list[dict[str, str]]:
    """Returns what names the parts of `values` that could not be read.

    Args:
        values: What the paths lead into.
        problems: The paths.
    """
    pointers = dict.fromkeys(_pointer(values, path) for path in problems)
    return [{"pointer": pointer, "detail": _UNREADABLE} for pointer in pointers]


def problems_name(resource: Resource) -> str:
    """Returns the member that names what could not be read: a type may have one called so."""
    return f"_{PROBLEMS}" if PROBLEMS in resource.members else PROBLEMS


def list_problem(position: int, paths: Sequence[Path]) -> dict[str, Any]:
    """Returns the entry that names an item which a list had to leave out.

    Args:
        position: How many items stand before it in this reply, left out or not.
        paths: What of it could not be read; none where the whole could not.
    """
    field = {"field": str(paths[0][0])} if paths else {}
    return {"position": position, **field, "detail": _UNREADABLE}


def _pointer(values: Mapping[str, Any], path: Path) -> str:
    """Returns the pointer to the null that stands where something on the path was not read."""
    pointer = ""
    held: Any = values
    for step in path:
        pointer += f"/{pointer_token(str(step))}"
        try:
            held = held[step]
        except (LookupError, TypeError):
            break
        if held is None:
            break
    return pointer
