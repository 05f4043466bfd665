"""Selection sets, built from the contract's names only and cached.

A nested type is selected whole, and cut at the first type that repeats: a document has an end.

Source: GraphQL specification, section 2.4 (selection sets) and 2.8 (inline fragments).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from chalicelib.contract.model import Relation, Resource
from chalicelib.contract.types import Types, type_ref

# How many items of a to-many relation are embedded in an item.
EMBEDDED = 10


class Picked(NamedTuple):
    """A field that a client asked for.

    Attributes:
        name: Its name.
        below: What of its value; None for the whole of it.
    """

    name: str
    below: "tuple[Picked, ...] | None" = None


class Related(NamedTuple):
    """Related items that are shown within an item.

    Attributes:
        relation: What leads to them.
        target: Their resource.
        chosen: What of each of them.
    """

    relation: Relation
    target: Resource
    chosen: "Chosen"


class Chosen(NamedTuple):
    """What of an item a client asked for.

    Attributes:
        members: Of its members.
        related: Items that it leads to.
    """

    members: tuple[Picked, ...] = ()
    related: tuple[Related, ...] = ()


@lru_cache(maxsize=1024)
def item_selection(resource: Resource, chosen: Chosen | None = None) -> str:
    """Returns the selection set of an item.

    The key is always in it, since it names the item, and so is what its ETag is made of.

    Args:
        resource: Whose item.
        chosen: What the client asked for; None for all members.
    """
    members = [Picked(each) for each in resource.members] if chosen is None else chosen.members
    parts = {
        each.name: each.name
        + value_selection(resource.types, type_ref(resource.members[each.name]).name, each.below)
        for each in members
    }
    parts.update({name: name for name in _always(resource)})
    for related in chosen.related if chosen else ():
        name = related.relation.name
        parts[name] = related_selection(name, related)
    return f"{{ {' '.join(parts.values())} }}"


def related_selection(field: str, related: Related) -> str:
    """Returns the part of a selection set that embeds related items.

    Args:
        field: The relation's name, with its arguments where they are not those of embedded items.
        related: What is embedded.
    """
    selection = item_selection(related.target, related.chosen)
    if not related.relation.many:
        return f"{field} {selection}"
    arguments = "" if field != related.relation.name else f"(limit: {EMBEDDED})"
    return f"{field}{arguments} {{ items {selection} nextToken }}"


@lru_cache(maxsize=128)
def key_selection(resource: Resource) -> str:
    """Returns the selection set of an item's key alone."""
    names = resource.key.names if resource.key else ("__typename",)
    return f"{{ {' '.join(names)} }}"


def _always(resource: Resource) -> Sequence[str]:
    names = list(resource.key.names) if resource.key else []
    if resource.version is not None:
        names += [each for each in (resource.version.field, resource.version.deleted) if each]
    return names


@lru_cache(maxsize=1024)
def value_selection(
    types: Types, name: str, picked: tuple[Picked, ...] | None = None, *, result: bool = False
) -> str:
    """Returns what follows the name of a field of this type: a selection set, or nothing.

    Args:
        types: Where the type is.
        name: The type's.
        picked: What a client asked for of the value; None for the whole of it.
        result: It is of an endpoint's result, where items of resources are values too.
    """
    return _nested(types, name, (), result) if picked is None else _picked(types, name, picked)


def _picked(types: Types, name: str, picked: tuple[Picked, ...], of: str = "") -> str:
    if name in types.abstract:
        parts = ["__typename"]
        for each in types.abstract[name]:
            here = tuple(pick for pick in picked if pick.name in types.objects.get(each, {}))
            parts += [f"... on {each}{_picked(types, each, here, name)}"] if here else []
        return f" {{ {' '.join(parts)} }}"
    fields = types.objects[name]
    kinds = ((each, type_ref(fields[each.name]).name) for each in picked)
    parts = [
        _named(types, of, name, each.name) + value_selection(types, kind, each.below, result=True)
        for each, kind in kinds
    ]
    return f" {{ {' '.join(parts)} }}"


@lru_cache(maxsize=1024)
def _nested(
    types: Types, name: str, within: tuple[str, ...], result: bool = False, of: str = ""
) -> str:
    """Returns what follows a field's name: a selection set, or nothing for a leaf.

    Args:
        types: Where the type is.
        name: The type's.
        within: The types around it.
        result: It is of an endpoint's result.
        of: The interface or union whose value it is a possible type of.
    """
    if name in types.abstract:
        fragments = (
            f"... on {each}{_nested(types, each, (*within, name), result, name)}"
            for each in types.abstract[name]
            if each not in within
        )
        return f" {{ {' '.join(('__typename', *fragments))} }}"
    if name not in types.objects:
        return ""
    below = (*within, name)
    parts = []
    for field, text in types.objects[name].items():
        kind = type_ref(text).name
        if kind in below or (
            kind in types.linked and not (result and holds_items(types, name, kind))
        ):
            continue
        parts.append(_named(types, of, name, field) + _nested(types, kind, below, result))
    return f" {{ {' '.join(parts or ['__typename'])} }}"


def _named(types: Types, of: str, owner: str, field: str) -> str:
    """Returns a field's name, with an alias before it where it cannot stand without one."""
    alias = types.aliases.get((of, owner, field))
    return field if alias is None else f"{alias}: {field}"


def holds_items(types: Types, owner: str, kind: str) -> bool:
    """Whether a type holds items of a resource as values, rather than leads to them.

    A page does, and so does a type that is neither a resource nor its page; pages within another
    type are relations.
    """
    return is_page(types, owner) or not (owner in types.linked or is_page(types, kind))


def is_page(types: Types, name: str) -> bool:
    """Whether values of the type are pages."""
    return {"items", "nextToken"} <= types.objects.get(name, {}).keys()
