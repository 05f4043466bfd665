"""Merges a change with the item that is there: nested values, and the parts of index keys.

Source: RFC 7396 (merge patch); Amplify replaces nested values whole, and takes an update of one
field of a two-field index key only with the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.contract.model import AccessPath, Resource, Write
from chalicelib.contract.types import Types, pointer_token, type_ref
from chalicelib.errors import InvalidRequest, UnreadableItem, Violation
from chalicelib.graphql.replies import Item
from chalicelib.translation.shown import shown_value


@dataclass(frozen=True, slots=True)
class Change:
    """What a PATCH or PUT asks for.

    Attributes:
        values: The members of the update input, less the key.
        merges: Merge patches for nested values, which need the values that are there.
    """

    values: Mapping[str, Any]
    merges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def touched(self, resource: Resource) -> frozenset[str]:
        """Returns the members whose present values are needed."""
        parts = (name for path in _partial(resource, self.values) for name in _group(path))
        return frozenset((*self.merges, *parts))


def refuse_unread(resource: Resource, change: Change, item: Item) -> None:
    """Refuses a change that needs what could not be read: a null of it is no value.

    Raises:
        UnreadableItem: Something at or below a member that the change touches was not read.
    """
    unread = {str(path[0]) for path in item.problems} & change.touched(resource)
    if unread:
        raise UnreadableItem(f"{resource.name}: {', '.join(sorted(unread))}")


def needs_item(resource: Resource, change: Change) -> bool:
    """Whether the change needs what is there."""
    return bool(change.merges) or any(True for _ in _partial(resource, change.values))


def completed_values(
    resource: Resource, write: Write, change: Change, held: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the members of the update input for a change of an item that holds these values.

    Raises:
        InvalidRequest: A merged value is not of its type, or an index key would be left in parts.
    """
    violations: list[Violation] = []
    values = dict(change.values)
    for name, patch in change.merges.items():
        kind = type_ref(write.takes[name]).name
        shown = held.get(name)
        if name in resource.members:
            shown = shown_value(resource.types, type_ref(resource.members[name]), shown)
        merged = _merge(_input_members(resource.types, kind, shown), patch)
        check = resource.types.check(write.takes[name])
        values[name] = check(merged, f"/{pointer_token(name)}", violations)
    for path in _partial(resource, change.values):
        target = {name: values.get(name, held.get(name)) for name in path.sort}
        if all(target[name] == held.get(name) for name in path.sort):
            for name in path.sort:
                values.pop(name, None)
        elif None in target.values() and _in_index(path, {**held, **values}):
            # Account B would leave the text `null` in the index.
            violations.extend(_left_in_parts(path, target))
        else:
            values.update(target)
    if violations:
        raise InvalidRequest(violations)
    return values


def _partial(resource: Resource, values: Mapping[str, Any]) -> Iterator[AccessPath]:
    """Gives the indexes of two sort fields that the values touch and do not set whole."""
    for path in resource.indexes:
        touched = len(path.sort) > 1 and not values.keys().isdisjoint(path.sort)
        if touched and any(values.get(name) is None for name in path.sort):
            yield path


def _group(path: AccessPath) -> tuple[str, ...]:
    return path.sort if path.partition is None else (path.partition, *path.sort)


def _in_index(path: AccessPath, values: Mapping[str, Any]) -> bool:
    """Whether an item with these values has a partition in the index."""
    return path.partition is not None and values.get(path.partition) is not None


def _left_in_parts(path: AccessPath, target: Mapping[str, Any]) -> Iterator[Violation]:
    others = " and ".join(path.sort)
    for name, value in target.items():
        if value is None:
            detail = f"is null: {others} make one index key while {path.partition} is set"
            yield Violation("pointer", f"/{pointer_token(name)}", detail)


def _input_members(types: Types, name: str, held: Any) -> Any:
    """Returns a nested value less what its input does not take, such as `__typename`."""
    members = types.inputs.get(name)
    if members is None:
        return held
    if isinstance(held, list):
        return [_input_members(types, name, each) for each in held]
    if not isinstance(held, dict):
        return held
    return {
        each: _input_members(types, type_ref(members[each]).name, value)
        for each, value in held.items()
        if each in members
    }


def _merge(held: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(held) if isinstance(held, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merge(result.get(name), value)
    return result
