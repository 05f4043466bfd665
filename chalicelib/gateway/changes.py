"""PATCH and PUT.

Most are one mutation with no read before it. A patch that reaches into a nested value, and one of a
part of an index key, needs what is there: it is read, merged, and written under the condition that
nobody else wrote meanwhile; where nothing tells two states apart, without a condition.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource, Write
from chalicelib.errors import (
    Conflict,
    OutcomeUnknown,
    PreconditionFailed,
    ResourceNotFound,
)
from chalicelib.gateway.calls import Outcome, Steps, write_call
from chalicelib.gateway.creates import create_for_put
from chalicelib.gateway.preconditions import (
    condition_of,
    if_match,
    only_create,
    refuse_if_none_match,
)
from chalicelib.gateway.reads import current, key_words, missing, tag_of
from chalicelib.gateway.settling import (
    ROUNDS,
    Writing,
    perform_write,
    read_to_settle,
    written_response,
)
from chalicelib.gateway.versioned import change_versioned
from chalicelib.rest.conditional import EntityTags
from chalicelib.rest.messages import RestRequest
from chalicelib.translation.body import body_object, patch_input, put_can_create, put_input
from chalicelib.translation.comparing import same_values
from chalicelib.translation.merging import Change, completed_values, needs_item, refuse_unread
from chalicelib.translation.query import read_no_query


def patch(resource: Resource, write: Write, request: RestRequest) -> Steps:
    """Changes what the merge patch names: 200."""
    key = resource.key_of(request.parameters)
    read_no_query(request)
    refuse_if_none_match(request)
    tags = if_match(resource, request)
    change = patch_input(resource, write, body_object(request), key)
    return (yield from _change(resource, write, key, change, tags))


def put(resource: Resource, write: Write, request: RestRequest) -> Steps:
    """Replaces the item (200), or creates it (201) where there is none and PUT can create."""
    key = resource.key_of(request.parameters)
    read_no_query(request)
    tags = if_match(resource, request)
    only_new = only_create(resource, request)
    change = put_input(resource, write, body_object(request), key)
    if tags is not None:
        try:
            return (yield from _change(resource, write, key, change, tags))
        except ResourceNotFound as error:
            raise PreconditionFailed("There is no item that could have this ETag.") from error
    given = {name: value for name, value in change.values.items() if value is not None}
    named = resource.key.arguments(key) if resource.key else {}
    for _ in range(ROUNDS):
        if not only_new:
            try:
                return (yield from _change(resource, write, key, change, None))
            except ResourceNotFound:
                if not put_can_create(resource):
                    raise
        if resource.create is not None:
            response = yield from create_for_put(
                resource, resource.create, request, {**named, **given}
            )
            if response is not None:
                return response
        if only_new:
            raise PreconditionFailed(f"There is an item with this {key_words(resource)} already.")
    raise Conflict("Other clients kept creating and deleting this item.")


def _change(
    resource: Resource, write: Write, key: KeyValues, change: Change, tags: EntityTags | None
) -> Steps:
    version = resource.version
    if version is not None and version.sent_as is not None:
        return (yield from change_versioned(resource, version, write, key, change, tags))
    if not needs_item(resource, change):
        return (yield from _update(resource, write, key, change.values, tags))
    for _ in range(ROUNDS):
        item = yield from current(resource, key)
        if item is None:
            raise missing(resource)
        refuse_unread(resource, change, item)
        tag = tag_of(resource, item)
        if tags is not None and not tags.match_strongly(tag):
            raise PreconditionFailed("The item has another ETag.")
        values = completed_values(resource, write, change, item.values)
        held = None if tag is None else EntityTags(strong=(tag,))
        try:
            return (yield from _update(resource, write, key, values, held))
        except PreconditionFailed:
            if tags is not None and not tags.any:
                raise
    raise Conflict("Other clients kept changing this item.")


def _update(
    resource: Resource,
    write: Write,
    key: KeyValues,
    values: Mapping[str, Any],
    tags: EntityTags | None,
) -> Steps:
    outcome = yield from _conditionally(resource, write, key, values, tags)
    if not outcome.condition_failed:
        return (yield from written_response(200, key, resource, outcome.item, values))
    item = None
    if tags is not None and not tags.any:
        item = yield from read_to_settle(resource, key)
    if item is None:
        raise missing(resource)
    if outcome.maybe_done and same_values(resource, write.takes, item, values):
        return (yield from written_response(200, key, resource, item, values))
    if outcome.maybe_done:
        raise OutcomeUnknown("AppSync", "another client wrote before the update was settled")
    raise PreconditionFailed("The item has another ETag.")


def _conditionally(
    resource: Resource,
    write: Write,
    key: KeyValues,
    values: Mapping[str, Any],
    tags: EntityTags | None,
) -> Writing:
    if tags is not None and not tags.any and not tags.strong:
        return Outcome(condition_failed=True)  # a weak tag never matches strongly
    condition = condition_of(resource.version, tags)
    named = resource.key.arguments(key) if resource.key else {}
    call = write_call(resource, write, {**named, **values}, condition)
    return (yield from perform_write(call, write))
