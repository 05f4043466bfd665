"""The orders that access paths give: those of their keys' sort fields."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chalicelib.contract.model import AccessPath, Resource
from chalicelib.contract.types import type_ref

NUMBERS = frozenset({"Int", "Float", "AWSTimestamp"})
# Of which no value holds the joint, or anything that is ordered before it.
ABOVE_JOINT = frozenset({"AWSDate", "AWSTime", "AWSDateTime"})


class Order(NamedTuple):
    """An order that an access path gives.

    Attributes:
        field: What orders the items.
        path: What gives it.
        needs: The fields that must have an `eq` for it.
    """

    field: str
    path: AccessPath
    needs: Sequence[str]


class NoOrder(ValueError):
    """No access path gives the order."""


def check_order(resource: Resource, paths: Sequence[AccessPath], sort: str | None) -> None:
    """Checks that some path gives an order under some conditions.

    Raises:
        NoOrder: None does.
    """
    if sort is None:
        return
    possible = {each.field: None for each in orders(resource, paths)}
    if sort.removeprefix("-") in possible:
        return
    if paths[0].related:
        names = " or ".join(f"{each} or -{each}" for each in possible)
    else:
        names = ", ".join(possible)
    raise NoOrder(f"is no order of these items; possible: {names or 'none'}")


def orders(resource: Resource, paths: Sequence[AccessPath]) -> Iterator[Order]:
    """Gives the orders that access paths give, each with what it needs."""
    for path in paths:
        if not path.directed or (path.partition is None and not path.related):
            continue
        partition = () if path.partition is None else (path.partition,)
        for index, name in enumerate(path.sort):
            if len(path.sort) == 1 or _orders_joined(resource, path, index):
                yield Order(name, path, (*partition, *path.sort[:index]))


def _orders_joined(resource: Resource, path: AccessPath, index: int) -> bool:
    """Whether the one text of several sort fields is ordered by this one, those before it fixed."""
    kind = kind_of(resource, path.sort[index])
    if index == len(path.sort) - 1:
        return kind not in NUMBERS
    return kind in ABOVE_JOINT or kind in resource.types.enums


def no_order(resource: Resource, paths: Sequence[AccessPath], sort: str) -> str:
    """Returns which conditions would make the order possible."""
    name = sort.removeprefix("-")
    needed = [each.needs for each in orders(resource, paths) if each.field == name]
    possible = " or ".join(" with ".join(f"{one}.eq" for one in each) for each in needed)
    return (
        f"needs {possible} as the one condition on that field, and of {name} itself at most one eq"
        " or one range"
    )


def kind_of(resource: Resource, name: str) -> str:
    """Returns the name of a member's type."""
    return type_ref(resource.members[name]).name
