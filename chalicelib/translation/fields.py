"""Reads `fields`: names, and with dots names within values."""

from collections.abc import Iterable, Mapping

from chalicelib.contract.types import Types, type_ref
from chalicelib.errors import Violation
from chalicelib.graphql.selections import Picked

# What a name may reach into. AppSync takes deeper documents, up to the owner's own limit.
MAX_DEPTH = 10

# Names, each with what of it is asked for; empty for the whole of it.
Tree = dict[str, "Tree"]


def name_tree(values: Iterable[str]) -> Tree:
    """Returns the tree of the names in a parameter's values, in their order."""
    return _grown(values)[0]


def field_tree(values: Iterable[str]) -> Tree:
    """Returns the tree of the fields that the parameter's values name, in their order.

    A name that stands alone asks for all of its value, whatever asks for a part of it.
    """
    return _cut(*_grown(values))


def _grown(values: Iterable[str]) -> tuple[Tree, set[int]]:
    """Returns a tree, and the identities of what stands below the names as they were given."""
    tree: Tree = {}
    ends: set[int] = set()
    for value in values:
        for name in value.split(","):
            at, steps = tree, name.strip().split(".")
            for step in steps[:-1]:
                at = at.setdefault(step, {})
            ends.add(id(at.setdefault(steps[-1], {})))
    return tree, ends


def _cut(tree: Tree, whole: set[int]) -> Tree:
    return {name: {} if id(below) in whole else _cut(below, whole) for name, below in tree.items()}


def picked_of(
    types: Types, name: str, tree: Tree, violations: list[Violation]
) -> tuple[Picked, ...] | None:
    """Returns what a tree picks of a value of the type; None for the whole of it.

    Args:
        types: Where the type is.
        name: The type's.
        tree: The names.
        violations: Takes what is wrong.
    """
    if not tree:
        return None
    if depth_of(tree) > MAX_DEPTH:
        violations.append(refused(f"reaches over {MAX_DEPTH} levels deep"))
        return None
    return _picked(types, name, tree, violations)


def _picked(types: Types, name: str, tree: Tree, violations: list[Violation]) -> tuple[Picked, ...]:
    known = _fields(types, name)
    unknown(tree, known, violations)
    return tuple(
        Picked(each, _picked(types, type_ref(known[each]).name, below, violations) or None)
        for each, below in tree.items()
        if each in known
    )


def unknown(tree: Tree, known: Iterable[str], violations: list[Violation]) -> None:
    """Notes that a tree has names that are no fields."""
    names = tuple(known)
    strange = [each for each in tree if each not in names]
    if strange:
        shown = ", ".join(names) or "none"
        detail = f"names what is no field: {', '.join(strange)}; the fields are: {shown}"
        violations.append(refused(detail))


def refused(detail: str) -> Violation:
    """Returns the violation of the parameter."""
    return Violation("parameter", "fields", detail)


def depth_of(tree: Tree) -> int:
    """Returns how many levels a tree has."""
    return 1 + max((depth_of(below) for below in tree.values()), default=0) if tree else 0


def _fields(types: Types, name: str) -> Mapping[str, str]:
    """Returns the fields of the type, or of all types that a value of it may have."""
    found = dict(types.objects.get(name, {}))
    for each in types.abstract.get(name, ()):
        found |= types.objects.get(each, {})
    return found
