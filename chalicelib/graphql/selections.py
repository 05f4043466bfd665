"""Selection sets, built from the contract's names only and cached.

A nested type is selected whole, and cut at the first type that repeats: a document has an end.

Source: GraphQL specification, section 2.4 (selection sets) and 2.8 (inline fragments).
"""

from collections.abc import Sequence
from functools import lru_cache

from chalicelib.contract.model import Resource
from chalicelib.contract.types import Types, type_ref


@lru_cache(maxsize=1024)
def item_selection(resource: Resource, names: tuple[str, ...] | None = None) -> str:
    """Returns the selection set of an item, in the contract's order.

    The key is always in it, since it names the item, and so is what its ETag is made of.

    Args:
        resource: Whose item.
        names: Members that the client asked for; None for all.
    """
    always = _always(resource)
    wanted = resource.members if names is None else {*names, *always}
    parts = [
        name + _nested(resource.types, type_ref(text).name, ())
        for name, text in resource.members.items()
        if name in wanted
    ]
    parts.extend(name for name in always if name not in resource.members)
    return f"{{ {' '.join(parts)} }}"


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
def _nested(types: Types, name: str, within: tuple[str, ...]) -> str:
    """Returns what follows a field's name: a selection set, or nothing for a leaf."""
    if name in types.abstract:
        fragments = (
            f"... on {each}{_nested(types, each, (*within, name))}"
            for each in types.abstract[name]
            if each not in within
        )
        return f" {{ {' '.join(('__typename', *fragments))} }}"
    if name not in types.objects:
        return ""
    below = (*within, name)
    parts = [
        field + _nested(types, type_ref(text).name, below)
        for field, text in types.objects[name].items()
        if type_ref(text).name not in below and type_ref(text).name not in types.linked
    ]
    return f" {{ {' '.join(parts or ['__typename'])} }}"
