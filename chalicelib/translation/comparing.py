"""Tells whether an item is what a write asked for, to settle what became of that write."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.contract.model import Resource
from chalicelib.contract.types import TypeRef, Types, type_ref
from chalicelib.graphql.replies import Item

# What conflict resolution gives a new item.
# Source: AppSync developer guide, "Versioned data sources".
FIRST_VERSION = 1


def same_values(
    resource: Resource, asked_types: Mapping[str, str], item: Item, asked: Mapping[str, Any]
) -> bool:
    """Whether the item holds just what was asked: instants and JSON compared by their meaning.

    What was not asked is not compared: account B may have filled it in. A write-only member, which
    no read returns, is not compared either.

    Args:
        resource: Whose item.
        asked_types: The types of the write's members.
        item: As AppSync returned it.
        asked: The write's input.
    """
    return all(
        _same(resource.types, type_ref(asked_types[name]), item.values.get(name), value)
        for name, value in asked.items()
        if name in resource.members
    )


def is_whole(resource: Resource, item: Item) -> bool:
    """Whether all members of the item could be read, so that it can be told from another one."""
    return not item.problems and item.values.keys() >= resource.members.keys()


def unmodified(resource: Resource, item: Item) -> bool | None:
    """Whether the item is as it was created; None where nothing tells."""
    version = resource.version
    if version is not None and version.sent_as is not None:
        return item.values.get(version.field) == FIRST_VERSION
    if version is None or version.created is None:
        return None
    return bool(item.values.get(version.created) == item.values.get(version.field))


def _same(types: Types, ref: TypeRef, held: Any, asked: Any) -> bool:
    if held == asked:
        return True
    if isinstance(held, list) and isinstance(asked, list) and ref.item is not None:
        pairs = zip(held, asked, strict=False)
        return len(held) == len(asked) and all(_same(types, ref.item, *pair) for pair in pairs)
    members = types.inputs.get(ref.name)
    if members is not None and isinstance(held, dict) and isinstance(asked, dict):
        # A member that is left out and one that is null read the same.
        names = held.keys() & members.keys() | asked.keys()
        return all(
            _same(types, type_ref(members[name]), held.get(name), asked.get(name)) for name in names
        )
    read = _READ.get(ref.name)
    try:
        return read is not None and read(held) == read(asked)
    except (TypeError, ValueError, RecursionError):
        return False


def _json(text: str) -> str:
    # AppSync gives JSON back without its white space; a number may lose its form as well.
    return json.dumps(json.loads(text, parse_int=float), sort_keys=True)


# How values are read whose text does not tell whether they are the same. A datetime holds
# microseconds; what is beyond them is compared as text before.
_READ: Mapping[str, Callable[[str], object]] = {
    "AWSDateTime": datetime.fromisoformat,
    "AWSJSON": _json,
}
