"""POST, and the create that a PUT makes.

AppSync gives one error for a false condition and for a duplicate create. Without a condition it is
the duplicate, and where an earlier attempt of the same create may have made it, a read tells.
"""

import os
from collections.abc import Generator, Mapping
from functools import lru_cache
from typing import Any

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource, Write
from chalicelib.errors import (
    Conflict,
    DeletedItem,
    IdempotencyKeyReused,
    InvalidRequest,
    OutcomeUnknown,
    Violation,
)
from chalicelib.gateway.calls import Call, Outcome, Steps, write_call
from chalicelib.gateway.reads import is_deleted, key_words
from chalicelib.gateway.settling import (
    ROUNDS,
    Reading,
    Responding,
    Writing,
    perform_write,
    read_to_settle,
    written_response,
)
from chalicelib.graphql.replies import Item
from chalicelib.rest.idempotency import idempotent_id, parse_idempotency_key
from chalicelib.rest.messages import RestRequest, RestResponse
from chalicelib.translation.body import body_object, create_input, takes_idempotency_key
from chalicelib.translation.comparing import is_whole, same_values, unmodified
from chalicelib.translation.query import read_no_query

IDEMPOTENCY_KEY = "idempotency-key"
# A hexadecimal digit with its two highest bits as a UUID has them.
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def create(resource: Resource, write: Write, request: RestRequest) -> Steps:
    """Creates an item: 201, or 200 where the same Idempotency-Key created it before."""
    read_no_query(request)
    values = create_input(resource, write, body_object(request))
    idempotency_key = None
    if IDEMPOTENCY_KEY in request.headers:
        idempotency_key = _idempotency_key(resource, request.headers[IDEMPOTENCY_KEY])
    chosen = _chosen_name(resource, write)
    ours = chosen is not None and chosen not in values
    if ours and chosen is not None:
        # Chosen before the first attempt, so that no repetition can create a second item.
        made = (
            _random_id()
            if idempotency_key is None
            else idempotent_id(request.caller, idempotency_key)
        )
        values = {chosen: made, **values}
    if idempotency_key is not None:
        return (yield from _create_with_key(resource, write, request, values, ours=ours))
    outcome = yield from _create(resource, write, values)
    if not outcome.condition_failed:
        return (yield from _created(resource, request, outcome.item, values))
    if outcome.maybe_done:
        item = yield from _settle(resource, write, values, certain=ours)
        if item is not None:
            return (yield from _created(resource, request, item, values))
    raise (yield from _duplicate(resource, values))


def create_for_put(
    resource: Resource, write: Write, request: RestRequest, values: Mapping[str, Any]
) -> Generator[Call, Outcome, RestResponse | None]:
    """Creates the item that PUT names; None where there is one that is not ours."""
    outcome = yield from _create(resource, write, values)
    if not outcome.condition_failed:
        return (yield from _created(resource, request, outcome.item, values))
    if outcome.maybe_done:
        item = yield from _settle(resource, write, values)
        if item is not None:
            return (yield from _created(resource, request, item, values))
    duplicate = yield from _duplicate(resource, values)
    if isinstance(duplicate, DeletedItem):
        raise duplicate
    return None


def _create_with_key(
    resource: Resource,
    write: Write,
    request: RestRequest,
    values: Mapping[str, Any],
    *,
    ours: bool,
) -> Steps:
    """Creates under an Idempotency-Key.

    Args:
        resource: Whose item.
        write: Its create.
        request: The POST.
        values: The create input, with the key.
        ours: The item's key was made of the Idempotency-Key, so nobody else's item has it.
    """
    for _ in range(ROUNDS):
        outcome = yield from _create(resource, write, values)
        if not outcome.condition_failed:
            return (yield from _created(resource, request, outcome.item, values))
        key = _key_of(resource, values)
        item = yield from read_to_settle(resource, key)
        if item is None:
            continue  # deleted since, so the key creates again
        if is_deleted(resource, item):
            raise _kept(resource)
        same = same_values(resource, write.takes, item, values)
        if outcome.maybe_done and same:
            return (yield from _created(resource, request, item, values))
        if not ours and not same:
            if outcome.maybe_done:
                _refuse_unsettled(resource, item)
            raise _taken(resource)
        if not same and is_whole(resource, item) and unmodified(resource, item):
            raise IdempotencyKeyReused("The Idempotency-Key came with another body before.")
        return (yield from written_response(200, key, resource, item, {}))
    raise Conflict("Other clients kept creating and deleting this item.")


def _create(resource: Resource, write: Write, values: Mapping[str, Any]) -> Writing:
    call = write_call(resource, write, values)
    if call.key is None:  # account B chooses it, and would choose another one the next time
        call = call._replace(repeatable=False)
    return perform_write(call, write)


def _settle(
    resource: Resource, write: Write, values: Mapping[str, Any], *, certain: bool = False
) -> Reading:
    """Returns the item if the broken-off attempt of this create made it, None if another did.

    Args:
        resource: Whose item.
        write: Its create.
        values: The create input.
        certain: Nobody else can have used the key.

    Raises:
        OutcomeUnknown: It has been changed or deleted since, or not all of it could be read, so
            nobody can tell.
    """
    item = yield from read_to_settle(resource, _key_of(resource, values))
    if item is not None and (certain or same_values(resource, write.takes, item, values)):
        return item
    _refuse_unsettled(resource, item)
    return None


def _refuse_unsettled(resource: Resource, item: Item | None) -> None:
    """Refuses to take what is there for what another client created.

    Raises:
        OutcomeUnknown: It may be ours: it was changed or deleted since, or not all of it was read.
    """
    if item is None or not is_whole(resource, item) or not unmodified(resource, item):
        raise OutcomeUnknown("AppSync", "another client wrote before the create was settled")


def _created(
    resource: Resource, request: RestRequest, item: Item | None, values: Mapping[str, Any]
) -> Responding:
    key = (item and _key_of(resource, item.values)) or _key_of(resource, values)
    path = resource.key.to_path(key) if key and resource.key else None  # else it has none to read
    location = {"Location": f"{request.base_path}/{resource.path}/{path}"} if path else {}
    return written_response(201, key, resource, item, values, location)


def _key_of(resource: Resource, values: Mapping[str, Any]) -> KeyValues | None:
    return resource.key.of(values) if resource.key else None


def _random_id() -> str:
    """Returns the text of a random UUID; `uuid.uuid4` and its text take nearly three times as long.

    Source: RFC 9562, section 5.4: six bits are version 4 and the variant.
    """
    text = os.urandom(16).hex()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


@lru_cache(maxsize=128)
def _chosen_name(resource: Resource, write: Write) -> str | None:
    """Returns the key field that the gateway chooses where a client does not; None for none."""
    name = resource.key.chosen_name if resource.key else None
    return name if name in write.takes and resource.guarantees.repeatable else None


def _idempotency_key(resource: Resource, header: str) -> str:
    key = parse_idempotency_key(header)
    if not takes_idempotency_key(resource):
        detail = "is not supported here: a repeated create could make a second item"
        raise InvalidRequest([Violation("header", IDEMPOTENCY_KEY, detail)])
    return key


def _duplicate(
    resource: Resource, values: Mapping[str, Any]
) -> Generator[Call, Outcome, Conflict | DeletedItem]:
    """Returns the error for a key that is taken: by an item, or by one that the store keeps."""
    if resource.version is None or resource.version.deleted is None:
        return _taken(resource)
    item = yield from read_to_settle(resource, _key_of(resource, values))
    return _kept(resource) if item and is_deleted(resource, item) else _taken(resource)


def _taken(resource: Resource) -> Conflict:
    return Conflict(f"There is a {resource.name} with this {key_words(resource)} already.")


def _kept(resource: Resource) -> DeletedItem:
    return DeletedItem(
        f"There was a {resource.name} with this {key_words(resource)}. The store keeps it as"
        " deleted for a while (30 days in Amplify), and until then takes no other in its place."
    )
