"""Conflict resolution: what AppSync does with a write of another version than the item's.

Source: AppSync Developer Guide, "Conflict detection and resolution" and "Versioned data sources".

`@versioned` of Amplify's first transformer is less: a create makes version 1, an update and a
delete are done under the condition that the item has the version that they expect, and an update
makes the next one.

Source: Amplify's documentation of @versioned.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from bridge.sandbox.appsync.messages import ResolverError
from bridge.sandbox.dynamodb.store import Item

# Source: the settings that Amplify generates, BaseTableTTL and DeltaSyncTableTTL.
TOMBSTONE_LIFETIME = timedelta(days=30)
DELTA_LIFETIME = timedelta(minutes=30)

# What @versioned calls its field and the member of the inputs, where the owner names neither.
COUNTED = "version"
EXPECTED = "expectedVersion"


class ConflictHandler(Enum):
    """What is done about a conflict; LAMBDA is a function that rejects every one."""

    OPTIMISTIC = "optimistic"
    AUTOMERGE = "automerge"
    LAMBDA = "lambda"


def is_conflict(handler: ConflictHandler, existing: Item, version: int | None) -> bool:
    """Returns whether a write was made without knowing the item as it is.

    The templates send version 0 where none is given. Automerge takes a later version than the
    item's for its own.
    """
    given, current = version or 0, int(existing["_version"])
    return given < current if handler is ConflictHandler.AUTOMERGE else given != current


def rejected(existing: Item) -> ResolverError:
    """Returns the error of a write that is not done: the item as it is goes with it.

    Source: aws-amplify/amplify-flutter#1501, a real reply.
    """
    return ResolverError("ConflictUnhandled", "Conflict resolver rejects mutation.", existing)


def merged(existing: Mapping[str, Any], incoming: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an item and a stale write to it as automerge makes one of them.

    What is new, or null in the item, is taken over; of lists both sides stay, of sets the union, of
    maps each member by these rules; of anything else the item's value stays.
    """
    return {
        name: _merge(existing.get(name), incoming[name]) if name in incoming else existing[name]
        for name in {**existing, **incoming}
    }


def _merge(mine: Any, other: Any) -> Any:
    if mine is None:
        return other
    if isinstance(mine, list) and isinstance(other, list):
        return mine + other
    if isinstance(mine, set) and isinstance(other, set):
        return mine | other
    if isinstance(mine, dict) and isinstance(other, dict):
        return merged(mine, other)
    return mine
