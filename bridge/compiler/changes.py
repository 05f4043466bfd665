"""What a new schema changes for the REST API's clients."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.contract.model import Contract, Field, Presence, Resource

_VERBS = {
    "list": "GET /{path}",
    "create": "POST /{path}",
    "get": "GET /{path}/{{id}}",
    "update": "PATCH and PUT /{path}/{{id}}",
    "delete": "DELETE /{path}/{{id}}",
}
_INPUTS = {"create": ("in_create", "POST"), "update": ("in_update", "PATCH and PUT")}


class Effect(StrEnum):
    """What a change means to a client that knows the API as it was."""

    ADDED = "added"
    REMOVED = "removed (breaking)"
    BREAKING = "breaking"
    RELAXED = "relaxed"


@dataclass(frozen=True)
class Change:
    """One change of the REST API."""

    effect: Effect
    what: str

    def __str__(self) -> str:
        return f"{self.effect}: {self.what}"


def changes_between(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Returns what has changed in the REST API, resource by resource."""
    return tuple(_changes(old, new))


def _changes(old: Contract, new: Contract) -> Iterator[Change]:
    for path in sorted(old.by_path.keys() | new.by_path.keys()):
        before, after = old.by_path.get(path), new.by_path.get(path)
        if before is None:
            yield Change(Effect.ADDED, f"/{path}")
        elif after is None:
            yield Change(Effect.REMOVED, f"/{path}")
        else:
            yield from _operations(before, after)
            yield from _fields(before, after)


def _operations(before: Resource, after: Resource) -> Iterator[Change]:
    for kind, verbs in _VERBS.items():
        had, has = getattr(before, kind) is not None, getattr(after, kind) is not None
        if had != has:
            effect = Effect.ADDED if has else Effect.REMOVED
            yield Change(effect, verbs.format(path=after.path))
    if before.conditional != after.conditional:
        effect = Effect.ADDED if after.conditional else Effect.REMOVED
        yield Change(effect, f"ETag and If-Match of /{after.path}")


def _fields(before: Resource, after: Resource) -> Iterator[Change]:
    for name in sorted(before.by_name.keys() | after.by_name.keys()):
        old, new = before.by_name.get(name), after.by_name.get(name)
        place = f"`{name}` of /{after.path}"
        if new is None:
            yield Change(Effect.REMOVED, place)
        elif old is None:
            yield Change(Effect.ADDED, f"{place}, {_shown_type(new)}")
            if new.in_create is Presence.REQUIRED:
                yield Change(Effect.BREAKING, f"{place} is required by POST")
        else:
            yield from _field(place, old, new)
            # An operation that came or went is told once, not for each of its fields.
            for kind, (attribute, verbs) in _INPUTS.items():
                if getattr(before, kind) and getattr(after, kind):
                    presences = (getattr(old, attribute), getattr(new, attribute))
                    yield from _presence(place, verbs, *presences)


def _field(place: str, old: Field, new: Field) -> Iterator[Change]:
    if (old.type, old.is_list) != (new.type, new.is_list):
        yield Change(Effect.BREAKING, f"{place} was {_shown_type(old)}, is {_shown_type(new)}")
    elif (old.required, old.item_required) != (new.required, new.item_required):
        # A null where none was is what a client may not be ready for.
        wider = new.required < old.required or new.item_required < old.item_required
        effect = Effect.BREAKING if wider else Effect.RELAXED
        yield Change(effect, f"{place} was {_shown_type(old)}, is {_shown_type(new)}")
    for what, had, has in (
        ("value", old.enum, new.enum),
        ("filter operator", old.operators, new.operators),
    ):
        for each in sorted(set(had) ^ set(has)):
            effect = Effect.ADDED if each in has else Effect.REMOVED
            yield Change(effect, f"{what} {each} of {place}")


def _presence(place: str, verbs: str, old: Presence, new: Presence) -> Iterator[Change]:
    match (old, new):
        case (Presence.ABSENT, Presence.OPTIONAL):
            yield Change(Effect.ADDED, f"{place} may be written by {verbs}")
        case (_, Presence.ABSENT) if old is not new:
            yield Change(Effect.REMOVED, f"{place} may no longer be written by {verbs}")
        case (_, Presence.REQUIRED) if old is not new:
            yield Change(Effect.BREAKING, f"{place} is required by {verbs}")
        case (Presence.REQUIRED, Presence.OPTIONAL):
            yield Change(Effect.RELAXED, f"{place} is no longer required by {verbs}")


def _shown_type(field: Field) -> str:
    """Returns the type as GraphQL writes it."""
    shown = field.type
    if field.is_list:
        shown = f"[{shown}{'!' if field.item_required else ''}]"
    return shown + ("!" if field.required else "")
