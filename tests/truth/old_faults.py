"""Faults that the gateway once had, each put back alone: the fuzz must find it.

Each is what one might write in the place of a rule of docs/retries.md.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws.appsync import _finite, _refuse
from chalicelib.errors import GatewayError, UnexpectedReply, Unforeseen
from chalicelib.gateway import settling
from chalicelib.gateway.calls import Call, Outcome
from chalicelib.graphql import faults, replies
from chalicelib.translation import body, comparing
from tests.truth.world import Contradiction, all_worlds

# Puts a value in the place of what a dotted name stands for.
Patch = Callable[[str, Any], None]


@dataclass(frozen=True)
class OldFault:
    """A fault, and how it shows.

    Attributes:
        put_back: Breaks the gateway.
        shows: Whether a contradiction is the one that the fault was known by.
    """

    put_back: Callable[[Patch], None]
    shows: Callable[[Contradiction], bool] = lambda _found: True


def cases_until_found(fault: OldFault, most: int) -> int | None:
    """Returns how many cases the fuzz takes to find a fault that was put back; None for more.

    Args:
        fault: What is to be found.
        most: How many are tried.
    """
    with all_worlds() as case:
        for seed in range(most):
            try:
                case(seed)
            except Contradiction as found:
                if fault.shows(found):
                    return seed + 1
    return None


def _told(slug: str, method: str, *, keyed: bool | None = None) -> Callable[[Contradiction], bool]:
    """Returns what knows a contradiction: what such a write was told."""

    def shows(found: Contradiction) -> bool:
        write = found.write
        return (found.slug, write.method) == (slug, method) and keyed in (None, write.keyed)

    return shows


def _keyed_with_id(found: Contradiction) -> bool:
    return found.slug == "conflict" and found.write.keyed and "id" in (found.write.body or {})


def _all_compared(patch: Patch) -> None:
    """What account B fills in makes an item another body."""

    def same(resource: Any, types: Mapping[str, str], item: Any, asked: Mapping[str, Any]) -> bool:
        filled_in = item.values.keys() - asked.keys() - {"createdAt", "updatedAt", "id"}
        return comparing.same_values(resource, types, item, asked) and all(
            item.values[name] is None for name in filled_in
        )

    patch("chalicelib.gateway.creates.same_values", same)


def _own_times_compared(patch: Patch) -> None:
    """The times that account B sets make an item another body."""

    def same(resource: Any, types: Mapping[str, str], item: Any, asked: Mapping[str, Any]) -> bool:
        own = {"createdAt", "updatedAt"} & item.values.keys()
        return comparing.same_values(resource, types, item, asked) and own <= asked.keys()

    patch("chalicelib.gateway.creates.same_values", same)


def _always_unmodified(patch: Patch) -> None:
    """Where no times tell, an item is taken for unmodified."""
    patch(
        "chalicelib.gateway.creates.unmodified",
        lambda resource, item: comparing.unmodified(resource, item) in (True, None),
    )


def _updated_at_taken(patch: Patch) -> None:
    """A PUT sets the time that the ETag is made of."""

    def put_input(resource: Any, write: Any, given: Mapping[str, Any], key: Any) -> Any:
        change = body.put_input(resource, write, given, key)
        own = {name: value for name, value in given.items() if name == "updatedAt"}
        return replace(change, values={**change.values, **own})

    patch("chalicelib.gateway.changes.put_input", put_input)


def _takes_for_proof(error_type: str, message: str = "") -> Callable[[Patch], None]:
    """An error that proves nothing is taken for a proof that nothing was done."""

    def put_back(patch: Patch) -> None:
        row = faults._Row(error_type, message, lambda fault, _: UnexpectedReply(fault.error_type))
        patch("chalicelib.graphql.faults._ROWS", (row, *faults._ROWS))

    return put_back


def _null_is_success(patch: Patch) -> None:
    """A mutation's null without an error is a success."""
    settled = settling._settle

    def settle(call: Call, write: Any, reason: str) -> settling.Writing:
        if "null without an error" in reason:
            return Outcome()
        return (yield from settled(call, write, reason))

    patch("chalicelib.gateway.settling._settle", settle)


def _below_is_failure(patch: Patch) -> None:
    """An error below the root counts as one of the root."""
    read = replies._root

    def root(*given: Any) -> Any:
        value, below = read(*given)
        if value is None and below:
            raise UnexpectedReply(below[0].message)
        return value, below

    patch("chalicelib.graphql.replies._root", root)


def _undone(error: Exception, *, maybe_done: bool) -> GatewayError:
    return error if isinstance(error, GatewayError) else Unforeseen(type(error).__name__)


def _unforeseen_in(module: str) -> Callable[[Patch], None]:
    """An error that nobody foresaw is one of a request that changed nothing."""
    return lambda patch: patch(f"chalicelib.gateway.{module}.unforeseen", _undone)


def _ends_the_batch(patch: Patch) -> None:
    """An error that nobody foresaw in one entry ends the whole batch."""

    def raise_on(error: Exception, *, maybe_done: bool) -> GatewayError:
        if isinstance(error, GatewayError):
            return error
        raise error

    patch("chalicelib.gateway.batch.unforeseen", raise_on)


def _unsettled_error_is_final(patch: Patch) -> None:
    """What may have been done is told as the failure of its last attempt."""
    patch("chalicelib.gateway.upstream._settled", lambda error, **_: error)


def _decoding(decoder: json.JSONDecoder) -> Callable[[Patch], None]:
    """A number that is none of JSON's is passed on."""
    return lambda patch: patch("chalicelib.aws.appsync._DECODE", decoder.decode)


def _another_clients_item(patch: Patch) -> None:
    """What is there after a lost reply is another client's, though it may have been changed."""
    patch("chalicelib.gateway.creates._refuse_unsettled", lambda _resource, _item: None)


def _log_in_the_way(patch: Patch) -> None:
    """A log that fails takes the response with it."""
    patch("chalicelib.gateway.handler.suppress", lambda *_: nullcontext())


# By what is wrong with each.
OLD_FAULTS: Mapping[str, OldFault] = {
    "a default makes a POST with an id 409": OldFault(
        _all_compared, _told("conflict", "POST", keyed=False)
    ),
    "a default makes a PUT that only creates 412": OldFault(
        _all_compared, _told("precondition-failed", "PUT")
    ),
    "a default makes a replay 422": OldFault(
        _all_compared, _told("idempotency-key-reused", "POST")
    ),
    "account B's times make a replay 422": OldFault(
        _own_times_compared, _told("idempotency-key-reused", "POST")
    ),
    "without times a replay after a change is 422": OldFault(
        _always_unmodified, _told("idempotency-key-reused", "POST")
    ),
    "without times a lost create that another client wrote over is 409": OldFault(
        _always_unmodified, _told("conflict", "POST")
    ),
    "a PUT keeps the ETag": OldFault(_updated_at_taken, _told("", "PUT")),
    "Lambda:Unhandled is a proof": OldFault(_takes_for_proof("^Lambda:Unhandled$")),
    "Lambda:IllegalArgument is a proof": OldFault(_takes_for_proof("^Lambda:IllegalArgument$")),
    "MappingTemplate is a proof": OldFault(_takes_for_proof("^MappingTemplate$")),
    "an unknown errorType is a proof": OldFault(_takes_for_proof("^OwnersOwnWord$")),
    "an empty errorType is a proof": OldFault(_takes_for_proof("^$", "^$")),
    "Cannot return null is a proof": OldFault(_takes_for_proof("^$", "^Cannot return null")),
    "an error below the root is a proof": OldFault(_below_is_failure),
    "null is success": OldFault(_null_is_success, lambda found: found.slug == ""),
    "an unforeseen error of the transport is 500": OldFault(_unforeseen_in("upstream")),
    "an error in our own code after a write is 500": OldFault(_unforeseen_in("handler")),
    "an error in our own code after a write of a batch is 500": OldFault(_unforeseen_in("batch")),
    "an unforeseen error ends a whole batch": OldFault(_ends_the_batch),
    "a log that fails makes 500 of a write": OldFault(_log_in_the_way),
    "a lost reply is a failure": OldFault(_unsettled_error_is_final),
    "NaN is passed on": OldFault(_decoding(json.JSONDecoder(parse_float=_finite))),
    "1e999 is passed on": OldFault(_decoding(json.JSONDecoder(parse_constant=_refuse))),
    "a key beside an id is 409": OldFault(_another_clients_item, _keyed_with_id),
}
