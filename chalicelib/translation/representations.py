"""Makes representations of items, and names what in them could not be read."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Relation, Resource
from chalicelib.contract.types import Types, pointer_token, type_ref
from chalicelib.graphql.replies import Item, Path
from chalicelib.graphql.selections import Chosen, Related
from chalicelib.rest.messages import json_text
from chalicelib.translation.cursor import Cursor, encode_cursor, filter_hash
from chalicelib.translation.shown import is_changed, shown_value

PROBLEMS = "problems"
_UNREADABLE = "could not be read"

Show: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def representation(
    resource: Resource, item: Item, chosen: Chosen | None = None
) -> Mapping[str, Any]:
    """Returns the item's JSON object, with `problems` where something could not be read.

    Args:
        resource: Whose item.
        item: As AppSync returned it.
        chosen: What of it the client asked for; None for all members.
    """
    shown = showing(resource, chosen)(item.values)
    if not item.problems:
        return shown
    problems = problem_list(resource.types, item.values, item.problems)
    return {**shown, problems_name(resource): problems}


@lru_cache(maxsize=512)
def showing(resource: Resource, chosen: Chosen | None = None) -> Show:
    """Returns what makes the members of representations: of items with such a choice all alike.

    An item that is shown as it came is returned itself.

    Args:
        resource: Whose items.
        chosen: What of each the client asked for; None for all members.
    """
    types, members = resource.types, resource.members
    names = tuple(members) if chosen is None else tuple(each.name for each in chosen.members)
    changed = {name: type_ref(members[name]) for name in names}
    changed = {name: ref for name, ref in changed.items() if is_changed(types, ref)}
    related = [
        (each.relation.name, each, showing(each.target, each.chosen))
        for each in (chosen.related if chosen else ())
    ]
    shown_names = (*names, *(name for name, _, _ in related))
    all_shown = frozenset(shown_names)

    def show(values: Mapping[str, Any]) -> Mapping[str, Any]:
        if values.keys() == all_shown:
            return values
        return {name: values[name] for name in shown_names if name in values}

    def change(values: Mapping[str, Any]) -> Mapping[str, Any]:
        others = {
            name: shown_value(types, ref, values[name])
            for name, ref in changed.items()
            if name in values
        }
        for name, each, show_related in related:
            if name in values:
                held = _embedded(resource, values, each, show_related)
                if held is not values[name]:
                    others[name] = held
        return {**show(values), **others} if others else show(values)

    return change if changed or related else show


def _embedded(resource: Resource, values: Mapping[str, Any], related: Related, show: Show) -> Any:
    """Returns the related items; null where one is none, or could not be read."""
    held = values[related.relation.name]
    if not isinstance(held, dict):
        return None
    if not related.relation.many:
        return _related(related, show, held)
    listed = held.get("items")
    items = [
        _related(related, show, each)
        for each in (listed if isinstance(listed, list) else ())
        if not (isinstance(each, dict) and is_deleted(related.target, each))
    ]
    key = resource.key.of(values) if resource.key else None
    if key is None or held.get("nextToken") is None:
        return {"items": items}
    bound_to = filter_hash(relation_place(resource, key, related.relation), None)
    return {"items": items, "nextCursor": encode_cursor(Cursor(held["nextToken"]), bound_to)}


def _related(related: Related, show: Show, values: Any) -> Mapping[str, Any] | None:
    if not isinstance(values, dict) or is_deleted(related.target, values):
        return None
    return show(values)


def is_deleted(resource: Resource, values: Mapping[str, Any]) -> bool:
    """Whether the store keeps the item as a deleted one."""
    version = resource.version
    if version is None or version.deleted is None:
        return False
    return values.get(version.deleted) is True


def relation_place(resource: Resource, key: KeyValues, relation: Relation) -> str:
    """Returns what the cursors of an item's related items are bound to."""
    return json_text([resource.path, *key, relation.name])


def problem_list(
    types: Types, values: Mapping[str, Any], problems: Sequence[Path]
) -> list[dict[str, str]]:
    """Returns what names the parts of `values` that could not be read.

    Args:
        types: Where the aliases are that stand in paths and values.
        values: What the paths lead into, as AppSync gave it.
        problems: The paths.
    """
    pointers = dict.fromkeys(_pointer(types, values, path) for path in problems)
    return [{"pointer": pointer, "detail": _UNREADABLE} for pointer in pointers]


def problems_name(resource: Resource) -> str:
    """Returns the member that names what could not be read: a type may have one called so."""
    return f"_{PROBLEMS}" if PROBLEMS in resource.members else PROBLEMS


def list_problem(position: int, paths: Sequence[Path]) -> dict[str, Any]:
    """Returns the entry that names an item which a list had to leave out.

    Args:
        position: How many items stand before it in this reply, left out or not.
        paths: What of it could not be read; none where the whole could not.
    """
    field = {"field": str(paths[0][0])} if paths else {}
    return {"position": position, **field, "detail": _UNREADABLE}


def _pointer(types: Types, values: Mapping[str, Any], path: Path) -> str:
    """Returns the pointer to the null that stands where something on the path was not read."""
    pointer = ""
    held: Any = values
    for step in path:
        name = types.aliased.get(step, step) if isinstance(step, str) else step
        pointer += f"/{pointer_token(str(name))}"
        try:
            held = held[step]
        except (LookupError, TypeError):
            break
        if held is None:
            break
    return pointer
