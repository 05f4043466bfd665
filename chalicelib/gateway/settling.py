"""What all writes share: performing one, telling by a read what became of it, and its response.

A read settles a write whose reply was lost, or says nothing: only what was asked is compared.
"""

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Any

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource, Write
from chalicelib.contract.types import pointer_token, type_ref
from chalicelib.errors import (
    GatewayError,
    IndexValueRefused,
    InvalidRequest,
    KeyPartMissing,
    OutcomeUnknown,
    Unproven,
    VariableRefused,
    Violation,
)
from chalicelib.gateway.calls import Call, Outcome, get_call
from chalicelib.gateway.reads import (
    is_deleted,
    is_other,
    missing,
    shown_response,
    validator_headers,
)
from chalicelib.graphql.replies import Item
from chalicelib.rest.messages import RestResponse
from chalicelib.translation.comparing import same_values

# How often two steps that each lost a race against another client are taken again.
ROUNDS = 3

Reading = Generator[Call, Outcome, Item | None]
Showing = Generator[Call, Outcome, Item]
Writing = Generator[Call, Outcome, Outcome]
Responding = Generator[Call, Outcome, RestResponse]


def perform_write(call: Call, write: Write) -> Writing:
    """Writes; a value that account B refuses is the client's fault where only account B knows why.

    The scalars that are not AppSync's own are checked here just as there, so a refused value of
    theirs means that the schema has drifted.
    """
    try:
        outcome = yield call
    except VariableRefused as error:
        if not type_ref(write.takes.get(error.name, "")).name.startswith("AWS"):
            raise
        kind = type_ref(write.takes[error.name]).name
        raise _refused(error.name, f"is no {kind} that AppSync takes") from error
    except IndexValueRefused as error:
        name = error.name if error.name in write.takes else None
        raise _refused(name, "is null, empty or too long for a field of an index") from error
    except KeyPartMissing as error:
        raise _part_missing(call, write, error) from error
    except Unproven as error:
        return (yield from _settle(call, write, str(error)))
    if outcome.value is None and not outcome.condition_failed:
        return (yield from _settle(call, write, "the reply to a write is null without an error"))
    return outcome


def read_to_settle(resource: Resource, key: KeyValues | None) -> Reading:
    """Reads an item to settle what became of a write.

    Raises:
        OutcomeUnknown: It cannot be read.
    """
    if resource.get is None or key is None:
        raise OutcomeUnknown("AppSync", "there is no read that could settle the write")
    try:
        item = (yield get_call(resource, resource.get, key)).item
    except GatewayError as error:
        raise OutcomeUnknown("AppSync", f"the read after a write failed: {error}") from error
    return None if item is not None and is_other(resource, item, key) else item


def written_response(
    status: int,
    call_key: KeyValues | None,
    resource: Resource,
    item: Item | None,
    sent: Mapping[str, Any],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Responding:
    """Returns the written item; where it could not be read back, its key and the problems.

    Args:
        status: Of the response.
        call_key: The key that was written.
        resource: Whose item.
        item: As the write's reply, or a read after it, has it.
        sent: The input: what it set and the reply has as null is read back.
        headers: Of the response, beside the validators.
    """
    item = item or Item({})
    if not item.values and call_key is not None and resource.key is not None:
        item = Item(resource.key.arguments(call_key), item.problems)
    if hidden_names(resource, item, sent):
        item = yield from with_hidden(resource, call_key, item, sent)
    return shown_response(status, resource, item, {**validator_headers(resource, item), **headers})


def with_hidden(
    resource: Resource, key: KeyValues | None, item: Item, sent: Mapping[str, Any]
) -> Showing:
    """Returns the item with what a mutation's reply hides from it.

    Source: Amplify nulls a field with rules of its own in a mutation's reply, without an error.
    """
    hidden = hidden_names(resource, item, sent)
    if not hidden:
        return item
    try:
        read = yield from read_to_settle(resource, key)
    except OutcomeUnknown:
        read = None
    if read is None:
        read = Item({})
    found = {name: read.values[name] for name in hidden if read.values.get(name) is not None}
    missing = tuple((name,) for name in hidden if name not in found)
    return Item({**item.values, **found}, (*item.problems, *missing))


def hidden_names(resource: Resource, item: Item, sent: Mapping[str, Any]) -> list[str]:
    """Returns the members that were set and that the reply has as null, without an error."""
    if sent.items() <= item.values.items():
        return []
    named = {path[0] for path in item.problems}
    return [
        name
        for name, value in sent.items()
        if item.values.get(name, value) is None
        and value is not None
        and name in resource.members
        and name not in named
    ]


def _settle(call: Call, write: Write, reason: str) -> Writing:
    """Returns the outcome of a write whose reply proves neither that it was done nor that not."""
    resource = call.resource
    if resource is None:
        raise OutcomeUnknown("AppSync", reason, sent=True)
    item = yield from read_to_settle(resource, call.key)
    sent = call.variables["input"]
    if write is resource.delete:
        if item is None or is_deleted(resource, item):
            return Outcome(Item({}))
    elif item is not None and same_values(resource, write.takes, item, sent):
        return Outcome(item)
    elif item is None and write is resource.update and not resource.guarantees.repeatable:
        # A hand-written resolver says so that there is no such item; Amplify's gives an error.
        raise missing(resource)
    raise OutcomeUnknown("AppSync", reason, sent=True)


def _part_missing(call: Call, write: Write, error: KeyPartMissing) -> InvalidRequest:
    """Returns what is wrong: a part is missing, or one is given to which no client has the other.

    Amplify sets `updatedAt` only once it has checked the keys.
    """
    if error.name in write.takes:
        detail = f"is needed wherever the other fields of the index {error.index} are written"
        return _refused(error.name, detail)
    groups = call.resource.together if call.resource else ()
    parts = {name for group in groups if error.name in group for name in group}
    given = [name for name in call.variables["input"] if name in parts]
    detail = f"is taken by the index {error.index} only with {error.name}, which no client sets"
    return InvalidRequest(
        [Violation("pointer", f"/{pointer_token(name)}", detail) for name in given]
    )


def _refused(name: str | None, detail: str) -> InvalidRequest:
    place = "" if name is None else f"/{pointer_token(name)}"
    return InvalidRequest([Violation("pointer", place, detail)])
