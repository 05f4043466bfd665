"""Update and delete under conflict resolution: the store merges or refuses what is stale.

The same schema serves optimistic concurrency, automerge and a Lambda handler, so the reply decides
what became of a write. Each write names the version that it changes, which is read before: a stale
one would append lists under automerge. Only a race between that read and the write may still merge.

Source: AppSync developer guide, "Conflict detection and resolution".
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource, Version, Write
from chalicelib.errors import (
    Conflict,
    MergedByStore,
    OutcomeUnknown,
    PreconditionFailed,
    UnreadableItem,
    VersionConflict,
)
from chalicelib.gateway.calls import Outcome, Steps, write_call
from chalicelib.gateway.reads import current, is_deleted, missing, tag_of
from chalicelib.gateway.settling import (
    ROUNDS,
    Showing,
    Writing,
    perform_write,
    read_to_settle,
    with_hidden,
    written_response,
)
from chalicelib.graphql.replies import Item
from chalicelib.rest.conditional import EntityTags
from chalicelib.rest.messages import RestResponse
from chalicelib.translation.comparing import same_values
from chalicelib.translation.merging import Change, completed_values, refuse_unread


def change_versioned(
    resource: Resource,
    version: Version,
    write: Write,
    key: KeyValues,
    change: Change,
    tags: EntityTags | None,
) -> Steps:
    """Changes an item: 200 where its values are stored as they were sent, at the next version."""
    for _ in range(ROUNDS):
        item = yield from _item_to_write(resource, version, key, tags)
        refuse_unread(resource, change, item)
        values = completed_values(resource, write, change, item.values)
        outcome = yield from _write(resource, version, write, key, item, values)
        if outcome.condition_failed and _holds(tags):
            raise PreconditionFailed("Another client wrote meanwhile; nothing was changed.")
        if outcome.item is None:
            continue
        written = yield from with_hidden(resource, key, outcome.item, values)
        if _is_next(version, item, written) and same_values(resource, write.takes, written, values):
            return (yield from written_response(200, key, resource, written, values))
        if _holds(tags):
            raise MergedByStore(
                "Another client wrote meanwhile, and the store merged both: the change may be"
                " partly applied. Read the item again."
            )
    raise Conflict("Other clients kept changing this item.")


def delete_versioned(
    resource: Resource,
    version: Version,
    write: Write,
    key: KeyValues,
    tags: EntityTags | None,
) -> Steps:
    """Deletes an item, which the store keeps as deleted: 204."""
    for _ in range(ROUNDS):
        item = yield from _item_to_write(resource, version, key, tags)
        outcome = yield from _write(resource, version, write, key, item, {})
        if not outcome.condition_failed:
            return RestResponse(204)
        if _holds(tags):
            raise PreconditionFailed("Another client wrote meanwhile; nothing was deleted.")
    raise Conflict("Other clients kept changing this item.")


def _item_to_write(
    resource: Resource, version: Version, key: KeyValues, tags: EntityTags | None
) -> Showing:
    item = yield from current(resource, key)
    if item is None or is_deleted(resource, item):
        raise missing(resource)
    if not isinstance(item.values.get(version.field), int):
        # A write without a version would be one of version 0, which is stale.
        raise UnreadableItem(f"{resource.name}: {version.field}")
    if tags is not None and not tags.match_strongly(tag_of(resource, item)):
        raise PreconditionFailed("The item has another ETag.")
    return item


def _write(
    resource: Resource,
    version: Version,
    write: Write,
    key: KeyValues,
    item: Item,
    values: Mapping[str, Any],
) -> Writing:
    """Writes once; a version that has moved on is a failed condition, after which nothing was done.

    Never repeated once it was sent: under automerge the repetition would append lists again.
    """
    sent: dict[str, Any] = {str(version.sent_as): item.values.get(version.field)}
    named = resource.key.arguments(key) if resource.key else {}
    call = write_call(resource, write, {**named, **values, **sent}, repeatable=False)
    try:
        return (yield from perform_write(call, write))
    except VersionConflict:
        return Outcome(condition_failed=True)
    except OutcomeUnknown:
        found = yield from read_to_settle(resource, key)
        deletes = write is resource.delete
        if found is None or not _is_next(version, item, found):
            raise
        if deletes != is_deleted(resource, found):
            raise
        if not same_values(resource, write.takes, found, values):
            raise
        return Outcome(found)


def _is_next(version: Version, before: Item, after: Item) -> bool:
    """Whether exactly one write lies between the two states."""
    old, new = before.values.get(version.field), after.values.get(version.field)
    return isinstance(old, int) and isinstance(new, int) and new == old + 1


def _holds(tags: EntityTags | None) -> bool:
    return tags is not None and not tags.any
