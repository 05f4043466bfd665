"""Reads query parameters, every violation at once."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chalicelib.contract.model import AccessPath, Resource
from chalicelib.errors import InvalidRequest, Violation
from chalicelib.graphql.selections import Chosen, Picked, item_selection
from chalicelib.rest.messages import RestRequest
from chalicelib.translation.choosing import (
    MAX_EMBEDDED,
    MAX_RESOLVERS,
    cost_of,
    read_chosen,
)
from chalicelib.translation.cursor import MAX_UPSTREAM_LIMIT, Cursor, decode_cursor, filter_hash
from chalicelib.translation.filters import LISTED, FilterReader
from chalicelib.translation.orders import NoOrder, check_order
from chalicelib.translation.planner import Plan, Unserved, choose

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
# The parameters that may be repeated.
_LISTS = frozenset({"fields", "expand"})
_LIMIT = r"0*([1-9]\d*)"


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What a request for one item asks for.

    Attributes:
        chosen: What of each item is shown; None for all its members.
        selection: The selection set for upstream.
    """

    chosen: Chosen | None
    selection: str


@dataclass(frozen=True, slots=True)
class ListQuery(ItemQuery):
    """What a request for a list asks for.

    Attributes:
        limit: How many items a page holds.
        plan: The access path, what it is given, and the filter.
        cursor: Where the list goes on.
        bound_to: The hash that binds cursors to this list.
        most_read: How many items one upstream request may read.
    """

    limit: int
    plan: Plan
    cursor: Cursor
    bound_to: str
    most_read: int


def read_no_query(request: RestRequest) -> None:
    """Checks that no parameter came with a request that takes none.

    Raises:
        InvalidRequest: One did.
    """
    if request.query:
        raise InvalidRequest(
            [Violation("parameter", name, "is unknown") for name in dict(request.query)]
        )


def read_item_query(resource: Resource, request: RestRequest) -> ItemQuery:
    """Returns what a request for one item asks for.

    Raises:
        InvalidRequest: Every violation.
    """
    if not request.query:
        return ItemQuery(None, item_selection(resource))
    parameters, violations = _once_each(request)
    chosen = read_chosen(resource, _all(request, "fields"), _all(request, "expand"), violations)
    violations.extend(Violation("parameter", name, "is unknown") for name in parameters)
    if violations:
        raise InvalidRequest(violations)
    return ItemQuery(chosen, item_selection(resource, chosen))


def read_list_query(
    resource: Resource,
    paths: Sequence[AccessPath],
    request: RestRequest,
    place: str | None = None,
) -> ListQuery:
    """Returns what a request for a list asks for.

    Args:
        resource: Whose items.
        paths: How they can be read: the table's own path, or a relation's, then the indexes'.
        request: The request.
        place: What cursors are bound to beside the filter; the resource where nothing is given.

    Raises:
        InvalidRequest: Every violation.
    """
    parameters, violations = _once_each(request)
    limit = _limit(parameters.pop("limit", None), violations)
    fields, expand = _all(request, "fields"), _all(request, "expand")
    chosen = read_chosen(resource, fields, expand, violations, items=limit)
    text = parameters.pop("cursor", None)
    sort = parameters.pop("sort", None)
    reader = FilterReader(resource, paths[0])
    tree = parameters.pop("filter", None)
    if tree is not None:
        reader.add_json(tree)
    for name, value in parameters.items():
        reader.add_parameter(name, value)
    graphql_filter = reader.result()
    violations.extend(reader.violations)
    plan = Plan(paths[0], {}, graphql_filter)
    try:
        # Conditions that are wrong take no order away: that of a field may be wrong all the same.
        check_order(resource, paths, sort)
        if not reader.violations:
            plan = choose(resource, paths, graphql_filter, sort)
    except NoOrder as error:
        violations.append(Violation("parameter", "sort", str(error)))
    except Unserved as error:
        violations.append(Violation("parameter", paths[0].sort[0], str(error)))
    bound_to = _bound(place or resource.path, plan)
    cursor = Cursor()
    if text is not None and not reader.violations:
        try:
            cursor = decode_cursor(text, bound_to)
        except ValueError as error:
            violations.append(Violation("parameter", "cursor", str(error)))
    if violations:
        raise InvalidRequest(violations)
    return ListQuery(
        chosen,
        item_selection(resource, _with(chosen, plan.dropped)),
        limit,
        plan,
        cursor,
        bound_to,
        _most_read(chosen),
    )


def _with(chosen: Chosen | None, names: Collection[str]) -> Chosen | None:
    """Returns the choice with further members, which the gateway looks at and does not show."""
    if chosen is None:
        return None
    return chosen._replace(members=(*chosen.members, *map(Picked, names)))


def _bound(place: str, plan: Plan) -> str:
    """Returns what binds a cursor to its list: the place, the conditions, the order, the path."""
    if not plan.given:
        return filter_hash(place, plan.filter)
    given = json.dumps([plan.given, plan.dropped], sort_keys=True)
    return filter_hash(f"{place} {plan.path.name} {given}", plan.filter)


def _most_read(chosen: Chosen | None) -> int:
    """Returns how many items one upstream request may read, each with its related items."""
    cost = cost_of(chosen)
    if not cost.resolvers:
        return MAX_UPSTREAM_LIMIT
    most = min(MAX_RESOLVERS // cost.resolvers, MAX_EMBEDDED // cost.embedded)
    return min(MAX_UPSTREAM_LIMIT, most)  # at least one: what costs more is refused before


def _all(request: RestRequest, name: str) -> list[str]:
    """Returns the values of a parameter that is a list, and so may be repeated."""
    return [value for each, value in request.query if each == name]


def _once_each(request: RestRequest) -> tuple[dict[str, str], list[Violation]]:
    """Returns the parameters; one that is a list may be repeated, or have its values parted."""
    given: dict[str, list[str]] = {}
    for name, value in request.query:
        if name not in _LISTS:
            given.setdefault(name, []).append(value)
    repeated = [
        Violation("parameter", name, "is given more than once")
        for name, values in given.items()
        if len(values) > 1 and not _is_list(name)
    ]
    return {
        name: ",".join(values) if _is_list(name) else values[-1] for name, values in given.items()
    }, repeated


def _is_list(name: str) -> bool:
    return name.rpartition(".")[2] in LISTED


def _limit(value: str | None, violations: list[Violation]) -> int:
    if value is None:
        return DEFAULT_LIMIT
    match = re.fullmatch(_LIMIT, value, re.ASCII)
    if match is None:
        violations.append(Violation("parameter", "limit", "is not a whole number from 1"))
        return DEFAULT_LIMIT
    digits = match.group(1)
    return MAX_LIMIT if len(digits) > len(str(MAX_LIMIT)) else min(int(digits), MAX_LIMIT)
