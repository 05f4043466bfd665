"""What a new schema changes for the REST API's clients."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.contract.model import Contract, Resource, Write
from chalicelib.contract.types import TypeRef, Types, type_ref
from chalicelib.translation.body import takes_idempotency_key

_VERBS = {
    "list": ("GET", False),
    "create": ("POST", False),
    "get": ("GET", True),
    "update": ("PATCH and PUT", True),
    "delete": ("DELETE", True),
}
_BODIES = {"create": "POST", "update": "PATCH and PUT"}


class Effect(StrEnum):
    """What a change means to a client that knows the API as it was."""

    ADDED = "added"
    REMOVED = "removed (breaking)"
    BREAKING = "breaking"
    RELAXED = "relaxed"

    @property
    def breaks(self) -> bool:
        """Whether a client that knows the API as it was may fail."""
        return self in {Effect.REMOVED, Effect.BREAKING}


@dataclass(frozen=True)
class Change:
    """One change of the REST API."""

    effect: Effect
    what: str

    def __str__(self) -> str:
        return f"{self.effect}: {self.what}"


def changes_between(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Returns what has changed: by resource, by endpoint, then by the types of their values."""
    return (*_resources(old, new), *_endpoints(old, new), *_Values(old, new).changes())


def _resources(old: Contract, new: Contract) -> Iterator[Change]:
    if old.types.json_values != new.types.json_values:
        shown = "JSON values" if new.types.json_values else "strings that hold JSON"
        yield Change(Effect.BREAKING, f"AWSJSON members are {shown}")
    for path in sorted(old.by_path.keys() | new.by_path.keys()):
        before, after = old.by_path.get(path), new.by_path.get(path)
        if before is None:
            yield Change(Effect.ADDED, f"/{path}")
        elif after is None:
            yield Change(Effect.REMOVED, f"/{path}")
        else:
            yield from _operations(before, after)
            yield from _members(before, after)
            for kind, verbs in _BODIES.items():
                yield from _body(verbs, getattr(before, kind), getattr(after, kind), path)
            yield from _filters(f"/{path}", before, after, old.types, new.types)


def _endpoints(old: Contract, new: Contract) -> Iterator[Change]:
    for name in sorted(old.endpoints.keys() | new.endpoints.keys()):
        path = f"/rpc/{name}"
        before, after = old.endpoints.get(name), new.endpoints.get(name)
        if before is None or after is None:
            yield Change(Effect.ADDED if before is None else Effect.REMOVED, path)
            continue
        if before.mutation != after.mutation:
            kind = "mutation" if after.mutation else "query"
            yield Change(Effect.BREAKING, f"{path} is a {kind}")
        yield from _output(f"`result` of {path}", before.type, after.type)
        for each in sorted(before.arguments.keys() | after.arguments.keys()):
            had, has = before.arguments.get(each), after.arguments.get(each)
            yield from _input(f"`{each}` of {path}", "POST", had, has)


def _operations(before: Resource, after: Resource) -> Iterator[Change]:
    for kind, (verbs, of_item) in _VERBS.items():
        had, has = getattr(before, kind) is not None, getattr(after, kind) is not None
        if had != has:
            shown = after if has else before
            place = shown.template if of_item else f"/{shown.path}"
            yield Change(Effect.ADDED if has else Effect.REMOVED, f"{verbs} {place}")
    if before.template != after.template:
        yield Change(Effect.BREAKING, f"{before.template} is {after.template}")
    elif before.key and after.key:
        for name in after.key.names:
            was, is_ = (type_ref(each.fields[name]).name for each in (before.key, after.key))
            if was != is_:
                yield Change(Effect.BREAKING, f"`{name}` of {after.template} was {was}, is {is_}")
    if (before.version is None) != (after.version is None):
        effect = Effect.ADDED if after.version else Effect.REMOVED
        yield Change(effect, f"ETag and If-Match of /{after.path}")
    had, has = map(takes_idempotency_key, (before, after))
    if had is not has and before.create and after.create:
        effect = Effect.ADDED if has else Effect.REMOVED
        yield Change(effect, f"Idempotency-Key of POST /{after.path}")


def _members(before: Resource, after: Resource) -> Iterator[Change]:
    for name in sorted(before.members.keys() | after.members.keys()):
        old, new = before.members.get(name), after.members.get(name)
        place = f"`{name}` of /{after.path}"
        yield from _output(place, old, new)


def _output(place: str, old: str | None, new: str | None) -> Iterator[Change]:
    """Gives what changes for who reads a value."""
    if old == new:
        return
    if new is None:
        yield Change(Effect.REMOVED, place)
    elif old is None:
        yield Change(Effect.ADDED, f"{place}, {new}")
    else:
        # A null where none was is what a client may not be ready for.
        fits = _is_narrower(type_ref(new), type_ref(old))
        yield Change(Effect.RELAXED if fits else Effect.BREAKING, f"{place} was {old}, is {new}")


def _is_narrower(narrow: TypeRef, wide: TypeRef) -> bool:
    """Whether each value of the one type is one of the other."""
    if wide.non_null and not narrow.non_null:
        return False
    if narrow.item is None or wide.item is None:
        return narrow.item is wide.item and narrow.name == wide.name
    return _is_narrower(narrow.item, wide.item)


def _body(verbs: str, old: Write | None, new: Write | None, path: str) -> Iterator[Change]:
    # An operation that came or went is told once, not for each of its members.
    if old is None or new is None:
        return
    for name in sorted(old.takes.keys() | new.takes.keys()):
        place = f"`{name}` of /{path}"
        yield from _input(place, verbs, old.takes.get(name), new.takes.get(name))


def _input(place: str, verbs: str, old: str | None, new: str | None) -> Iterator[Change]:
    """Gives what changes for who writes a value."""
    if old == new:
        return
    had, has = type_ref(old or ""), type_ref(new or "")
    if new is None:
        yield Change(Effect.REMOVED, f"{place} may no longer be written by {verbs}")
    elif has.required and not (old and had.required):
        yield Change(Effect.BREAKING, f"{place} is required by {verbs}")
    elif old is None:
        yield Change(Effect.ADDED, f"{place} may be written by {verbs}")
    elif _is_narrower(had, has):
        if had.required and not has.required:
            yield Change(Effect.RELAXED, f"{place} is no longer required by {verbs}")
        elif str(had) != str(has):
            yield Change(Effect.RELAXED, f"{place} as {verbs} takes it was {had}, is {has}")
    else:
        yield Change(Effect.BREAKING, f"{place} as {verbs} takes it was {had}, is {has}")


def _filters(
    place: str, before: Resource, after: Resource, old: Types, new: Types
) -> Iterator[Change]:
    if before.list is None or after.list is None:
        return
    had, has = _operators(before, old), _operators(after, new)
    for name in sorted(had.keys() | has.keys()):
        # A member that came or went is told once.
        if (name in before.members) == (name in after.members):
            what = f"filter operator {{}} of `{name}` of {place}"
            yield from _set(what, had.get(name, ()), has.get(name, ()))


def _operators(resource: Resource, types: Types) -> Mapping[str, Sequence[str]]:
    name = resource.list.filter if resource.list else None
    members = types.filters.get(name or "", {})
    return {member: types.operators.get(each, ()) for member, each in members.items()}


def _set(what: str, had: Sequence[str], has: Sequence[str]) -> Iterator[Change]:
    for each in sorted(set(had) ^ set(has)):
        yield Change(Effect.ADDED if each in has else Effect.REMOVED, what.format(each))


class _Values:
    """Compares the named types of which representations and bodies are made."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self._old, self._new = old, new

    def changes(self) -> Iterator[Change]:
        shown = _reached(self._old, inputs=False) & _reached(self._new, inputs=False)
        taken = _reached(self._old, inputs=True) & _reached(self._new, inputs=True)
        old, new = self._old.types, self._new.types
        for name in sorted(shown & old.objects.keys() & new.objects.keys()):
            had, has = old.objects[name], new.objects[name]
            for each in sorted(had.keys() | has.keys()):
                yield from _output(f"`{each}` of {name}", had.get(each), has.get(each))
        for name in sorted(taken & old.inputs.keys() & new.inputs.keys()):
            had, has = old.inputs[name], new.inputs[name]
            for each in sorted(had.keys() | has.keys()):
                place = f"`{each}` of {name}"
                yield from _input(place, "bodies", had.get(each), has.get(each))
        for name in sorted(shown & old.abstract.keys() & new.abstract.keys()):
            yield from _set(f"{{}} of {name}", old.abstract[name], new.abstract[name])
        for name in sorted((shown | taken) & old.enums.keys() & new.enums.keys()):
            yield from _set(f"value {{}} of {name}", old.enums[name], new.enums[name])


def _reached(contract: Contract, *, inputs: bool) -> set[str]:
    """Returns the names of the types in bodies, or in representations, at any depth."""
    types = contract.types
    todo: list[str] = []
    for endpoint in contract.endpoints.values():
        todo += endpoint.arguments.values() if inputs else (endpoint.type,)
    for resource in contract.resources:
        if inputs:
            writes = (resource.create, resource.update)
            todo += [text for write in writes if write for text in write.takes.values()]
        else:
            todo += resource.members.values()
    found: set[str] = set()
    while todo:
        name = type_ref(todo.pop()).name
        if name not in found:
            found.add(name)
            todo += (types.inputs if inputs else types.objects).get(name, {}).values()
            todo += () if inputs else types.abstract.get(name, ())
    return found
