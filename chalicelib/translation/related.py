"""Reads the query of a sub-collection: that of a list, within the parent's partition."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.contract.model import AccessPath, Resource
from chalicelib.errors import InvalidRequest, Violation
from chalicelib.rest.messages import RestRequest
from chalicelib.translation.filters import FilterReader
from chalicelib.translation.query import ListQuery, read_list_query


def read_related_query(
    target: Resource, path: AccessPath, request: RestRequest, place: str
) -> tuple[ListQuery, Mapping[str, Any]]:
    """Returns what a request for related items asks for, and the key arguments of its pages.

    A condition on the one sort field of the index goes into the key: the store
    takes none in a filter.

    Args:
        target: The related items' resource.
        path: How they are read.
        request: The request.
        place: What cursors are bound to beside the filter.

    Raises:
        InvalidRequest: Every violation.
    """
    violations: list[Violation] = []
    given: dict[str, Any] = {}
    rest: list[tuple[str, str]] = []
    bound = [place]
    for name, value in request.query:
        field = name.partition(".")[0]
        if name == "sort":
            given |= _direction(path, value, violations)
        elif (field,) == path.sort:
            given |= _condition(target, path, (name, value), given, violations)
        else:
            rest.append((name, value))
            continue
        bound.append(f"{name}={value}")
    plain = replace(request, query=tuple(rest))
    try:
        query = read_list_query(target, (path,), plain, "&".join(bound))
    except InvalidRequest as error:
        raise InvalidRequest([*violations, *error.violations]) from error
    if violations:
        raise InvalidRequest(violations)
    return query, given


def _direction(path: AccessPath, value: str, violations: list[Violation]) -> dict[str, str]:
    field = path.sort[0] if path.directed and len(path.sort) == 1 else None
    if field is None or value.removeprefix("-") != field:
        possible = f"{field} or -{field}" if field else "none"
        detail = f"is no order of these items; possible: {possible}"
        violations.append(Violation("parameter", "sort", detail))
        return {}
    return {"sortDirection": "DESC" if value.startswith("-") else "ASC"}


def _condition(
    target: Resource,
    path: AccessPath,
    parameter: tuple[str, str],
    given: Mapping[str, Any],
    violations: list[Violation],
) -> dict[str, Any]:
    """Returns the key argument for a condition on the one sort field."""
    reader = FilterReader(target, path)
    reader.add_parameter(*parameter)
    condition = (reader.result() or {}).get(path.sort[0], {})
    violations.extend(reader.violations)
    if reader.violations:
        return {}
    offered = target.types.operators.get(path.arguments.get(path.sort_argument or "", ""), ())
    if path.sort_argument is None or not condition or not condition.keys() <= {*offered}:
        detail = f"takes here one of: {', '.join(offered) or 'no condition'}"
    elif path.sort_argument in given:
        detail = "takes one condition here, since these items are read by it"
    else:
        return {path.sort_argument: condition}
    violations.append(Violation("parameter", parameter[0], detail))
    return {}
