"""Chooses the access path of a list: the table's own, an index's, or a scan of the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.contract.model import AccessPath, Resource
from chalicelib.translation.attempt import Attempt, Part, parts_of
from chalicelib.translation.orders import NoOrder, no_order


class Weighed(NamedTuple):
    """What one access path is worth for a list.

    Attributes:
        path: Which one.
        reason: Why it does not serve; None where it does.
        pushed: How many conditions its key takes.
    """

    path: AccessPath
    reason: str | None
    pushed: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list is read.

    Attributes:
        path: The access path.
        given: Its key arguments and its direction, by the names of its arguments.
        filter: The conditions that are left for the filter; None for none.
        dropped: The bounds that the key took in and the list leaves out, by their fields: the
            gateway drops the items that stand on one.
        weighed: All access paths, in the order in which they were weighed.
    """

    path: AccessPath
    given: Mapping[str, Any]
    filter: Part | None
    dropped: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    weighed: Sequence[Weighed] = ()

    @property
    def access(self) -> str:
        """What is read: a scan, the table by its key, or an index query by its name."""
        if self.path.related:
            return f"relation {self.path.parent}.{self.path.name}"
        if self.path.partition not in self.given:
            return "scan"
        return f"index {self.path.name}" if self.path.index else "table"


class Unserved(ValueError):
    """Related items are read by one path alone, and it does not take the conditions."""


def choose(
    resource: Resource, paths: Sequence[AccessPath], asked: Part | None, sort: str | None
) -> Plan:
    """Returns the plan with the most key conditions; of equals the first.

    Args:
        resource: Whose items.
        paths: The table's own path, whose filter input `asked` is of, and then the indexes'; or a
            relation's alone.
        asked: The filter input with all conditions; None for none.
        sort: The field that orders the items, with `-` before it for descending; None for any
            order.

    Raises:
        NoOrder: No path gives that order.
        Unserved: The relation's path does not take the conditions.
    """
    wanted = list(parts_of(resource, asked or {}))
    tried = [Attempt(resource, path, wanted, sort) for path in paths]
    weighed = []
    best = None
    for each in tried:
        reason = each.weigh()
        if reason is None and each.left and each.path.filter != paths[0].filter:
            reason = "its filter is not the table's"
        weighed.append(Weighed(each.path, reason, each.pushed))
        if reason is None and (best is None or each.pushed > best.pushed):
            best = each
    if best is not None:
        given = best.given
        if sort is not None:
            given = {**given, "sortDirection": "DESC" if sort.startswith("-") else "ASC"}
        left = asked if len(best.left) == len(wanted) else _all_of(resource, best.path, best.left)
        return Plan(best.path, given, left, best.dropped, weighed)
    if paths[0].related:
        raise Unserved(weighed[0].reason) if sort is None else NoOrder(weighed[0].reason)
    if sort is not None:
        raise NoOrder(no_order(resource, paths, sort))
    return Plan(paths[0], {}, asked, weighed=weighed)


def _all_of(
    resource: Resource, path: AccessPath, parts: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Returns one filter input for several; one without `and` takes them as members."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    if "and" in resource.types.filters.get(path.filter or "", {}):
        return {"and": list(parts)}
    return {name: value for part in parts for name, value in part.items()}
