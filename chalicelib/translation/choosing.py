"""Reads `fields` and `expand`: what of an item is shown, and which related items within it.

`fields=orderNo,customer.name` picks from related items, and so expands them.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from chalicelib.contract.model import Resource
from chalicelib.contract.types import type_ref
from chalicelib.errors import Violation
from chalicelib.graphql.selections import EMBEDDED, Chosen, Picked, Related
from chalicelib.translation.fields import Names, names_of, picked_of, unknown

MAX_DEPTH = 2
# Source: AWS AppSync, "Quotas": resolvers that one request may run.
MAX_RESOLVERS = 10_000
MAX_EMBEDDED = 1_000


class Cost(NamedTuple):
    """What the related items of one item cost at most.

    Attributes:
        resolvers: How many resolvers run.
        embedded: How many items are embedded.
    """

    resolvers: int = 0
    embedded: int = 0


def cost_of(chosen: Chosen | None) -> Cost:
    """Returns what a choice costs for each item that is shown."""
    resolvers = embedded = 0
    for each in chosen.related if chosen else ():
        below = cost_of(each.chosen)
        items = EMBEDDED if each.relation.many else 1
        resolvers += 1 + items * below.resolvers
        embedded += items * (1 + below.embedded)
    return Cost(resolvers, embedded)


def read_chosen(
    resource: Resource,
    fields: Sequence[str],
    expand: Sequence[str],
    violations: list[Violation],
    *,
    items: int = 1,
) -> Chosen | None:
    """Returns what of each item is shown; None for all its members and nothing else.

    Args:
        resource: Whose items.
        fields: The values of the parameter.
        expand: The values of the parameter.
        violations: Takes what is wrong.
        items: How many items are shown at most.
    """
    if not fields and not expand:
        return None
    chosen, wrong = _asked(resource, tuple(fields), tuple(expand))
    violations.extend(wrong)
    cost = cost_of(chosen)
    resolvers, embedded = items * cost.resolvers, items * cost.embedded
    if resolvers > MAX_RESOLVERS or embedded > MAX_EMBEDDED:
        detail = (
            f"may take {resolvers:,} resolvers and embed {embedded:,} items; a request may take"
            f" {MAX_RESOLVERS:,} and embed {MAX_EMBEDDED:,}"
        )
        violations.append(Violation("parameter", "expand" if expand else "fields", detail))
    return chosen


@lru_cache(maxsize=256)
def _asked(
    resource: Resource, fields: tuple[str, ...], expand: tuple[str, ...]
) -> tuple[Chosen, Sequence[Violation]]:
    """Returns what is asked for, and what is wrong with it; clients ask for the same ever again."""
    violations: list[Violation] = []
    chosen = _chosen(resource, names_of(fields), names_of(expand), violations, allowed=MAX_DEPTH)
    return chosen, violations


def _chosen(
    resource: Resource, fields: Names, expand: Names, violations: list[Violation], *, allowed: int
) -> Chosen:
    """Returns what of each item is shown; `allowed` more relations may follow one another."""
    relations = resource.relations if allowed else {}
    unknown(fields.below, (*resource.members, *relations), violations)
    if not expand.below.keys() <= relations.keys():
        there = ", ".join(relations) or "none"
        detail = f"names what is no relation of {resource.name}; the relations here are: {there}"
        violations.append(Violation("parameter", "expand", detail))
    named = [
        Picked(name, _below(resource, name, names, violations))
        for name, names in fields.below.items()
        if name in resource.members
    ]
    whole = fields.whole or not fields.below
    members = [Picked(name) for name in resource.members] if whole else named
    related = []
    for name in dict.fromkeys((*fields.below, *expand.below)):
        if name not in relations:
            continue
        relation = relations[name]
        target = resource.target(relation)
        below = _chosen(
            target,
            fields.below.get(name, Names()),
            expand.below.get(name, Names()),
            violations,
            allowed=allowed - 1,
        )
        related.append(Related(relation, target, below))
    return Chosen(tuple(members), tuple(related))


def _below(
    resource: Resource, name: str, names: Names, violations: list[Violation]
) -> tuple[Picked, ...] | None:
    return picked_of(resource.types, type_ref(resource.members[name]).name, names, violations)
