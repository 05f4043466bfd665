"""Reads `fields`: names, and with dots names within values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.contract.types import Types, type_ref
from chalicelib.errors import Violation
from chalicelib.graphql.selections import Picked

# What a name may reach into. AppSync takes deeper documents, up to the owner's own limit.
MAX_DEPTH = 10


@dataclass(slots=True)
class Names:
    """What is asked for of a value, while a parameter is read.

    Attributes:
        whole: All of it, whatever else is asked for.
        below: What is asked for of its fields.
    """

    whole: bool = False
    below: "dict[str, Names]" = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many levels of names there are."""
        return 1 + max(each.depth for each in self.below.values()) if self.below else 0


def names_of(values: Iterable[str]) -> Names:
    """Returns the names that a parameter's values hold, in their order."""
    found = Names()
    for value in values:
        for name in value.split(","):
            at = found
            for step in name.strip().split("."):
                at = at.below.setdefault(step, Names())
            at.whole = True
    return found


def picked_of(
    types: Types, name: str, names: Names, violations: list[Violation]
) -> tuple[Picked, ...] | None:
    """Returns what names pick of a value of the type; None for the whole of it.

    Args:
        types: Where the type is.
        name: The type's.
        names: What is asked for.
        violations: Takes what is wrong.
    """
    if names.depth > MAX_DEPTH:
        violations.append(refused(f"reaches over {MAX_DEPTH} levels deep"))
        return None
    return _picked(types, name, names, violations)


def _picked(
    types: Types, name: str, names: Names, violations: list[Violation]
) -> tuple[Picked, ...] | None:
    known = _fields(types, name)
    unknown(names.below, known, violations)
    picked = tuple(
        Picked(each, _picked(types, type_ref(known[each]).name, below, violations))
        for each, below in names.below.items()
        if each in known
    )
    return None if names.whole else picked or None


def unknown(asked: Iterable[str], known: Iterable[str], violations: list[Violation]) -> None:
    """Notes that some names are no fields."""
    names = tuple(known)
    strange = [each for each in asked if each not in names]
    if strange:
        shown = ", ".join(names) or "none"
        detail = f"names what is no field: {', '.join(strange)}; the fields are: {shown}"
        violations.append(refused(detail))


def refused(detail: str) -> Violation:
    """Returns the violation of the parameter."""
    return Violation("parameter", "fields", detail)


def _fields(types: Types, name: str) -> Mapping[str, str]:
    """Returns the fields of the type, or of all types that a value of it may have."""
    found = dict(types.objects.get(name, {}))
    for each in types.abstract.get(name, ()):
        found |= types.objects.get(each, {})
    return found
