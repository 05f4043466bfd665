"""Performs calls upstream, and repeats those that are safe to repeat, inside the deadline."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, TypeVar

from chalicelib.context import CallContext
from chalicelib.contract.model import RootField
from chalicelib.contract.types import type_ref
from chalicelib.errors import (
    AppSyncDenied,
    ConditionCheckFailed,
    ContentTooLarge,
    GatewayError,
    GraphQLRequestRefused,
    OutcomeUnknown,
    RequestBlocked,
    TransportError,
    UpstreamThrottled,
)
from chalicelib.gateway.calls import Call, Outcome
from chalicelib.gateway.unforeseen import unforeseen
from chalicelib.graphql.documents import several, single
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.graphql.transport import Transport

MAX_ATTEMPTS = 4
BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 2.0
# What must be left of the deadline after a wait for another attempt to be worth it.
LEAST_SECONDS = 0.2
# AppSync takes requests of about 1 MB.
MAX_REQUEST_BYTES = 900_000

T = TypeVar("T")


class _BrokenOff(NamedTuple):
    """What became of one call of a document: throttled, out of time, or left without an answer."""

    error: TransportError
    maybe_done: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """Performs calls over a transport.

    Attributes:
        transport: Where documents go.
        sleep: Waits for a number of seconds.
        jitter: Returns a random number between two bounds.
    """

    transport: Transport
    sleep: Callable[[float], None]
    jitter: Callable[[float, float], float] = random.uniform

    def perform(self, call: Call, context: CallContext, *, maybe_done: bool = False) -> Outcome:
        """Returns the outcome of one call in a document of its own.

        Args:
            call: What to do.
            context: The request's companion.
            maybe_done: An earlier attempt broke off and may have been done.

        Raises:
            OutcomeUnknown: A write broke off and may have been done.
            GatewayError: Anything else that went wrong; then nothing was done.
        """
        key = call.root.field.name
        return self._execute(
            GraphQLRequest(single(call.root), call.variables),
            lambda response, maybe_done: _read(call, response, key, maybe_done=maybe_done),
            context,
            repeatable=call.repeatable,
            maybe_done=maybe_done,
        )

    def perform_together(
        self, calls: Sequence[Call], context: CallContext
    ) -> list[Outcome | GatewayError]:
        """Returns the outcomes of calls of one kind, queries or mutations, in as few documents.

        Mutations are done in their order. What concerns one call alone is its own outcome; where
        a document is refused as a whole, its calls are performed one by one.
        """
        if len(calls) > 1 and any(map(_is_exposed, {call.root.field for call in calls})):
            return [
                result
                for exposed, group in groupby(calls, lambda call: _is_exposed(call.root.field))
                for part in (((call,) for call in group) if exposed else (tuple(group),))
                for result in self.perform_together(part, context)
            ]
        if len(calls) <= 1:
            return [self._perform_alone(call, context) for call in calls]
        request = GraphQLRequest(
            several(tuple(call.root for call in calls)),
            {
                f"{name}{index}": value
                for index, call in enumerate(calls)
                for name, value in call.variables.items()
            },
        )
        if len(request.body) > MAX_REQUEST_BYTES:
            half = len(calls) // 2
            first = self.perform_together(calls[:half], context)
            return first + self.perform_together(calls[half:], context)
        try:
            results = self._execute(
                request,
                lambda response, maybe_done: _read_all(calls, response, maybe_done=maybe_done),
                context,
                repeatable=all(call.repeatable for call in calls),
            )
        except (GraphQLRequestRefused, AppSyncDenied, RequestBlocked, ContentTooLarge):
            return [self._perform_alone(call, context) for call in calls]
        except GatewayError as error:
            return [error] * len(calls)
        return [
            self._perform_again(call, result, context) if isinstance(result, _BrokenOff) else result
            for call, result in zip(calls, results, strict=True)
        ]

    def _perform_again(
        self, call: Call, broken_off: "_BrokenOff", context: CallContext
    ) -> Outcome | GatewayError:
        """Performs alone the call of a document whose other calls came to their end."""
        if broken_off.maybe_done and not call.repeatable:
            return _settled(broken_off.error, maybe_done=True)
        return self._perform_alone(call, context, maybe_done=broken_off.maybe_done)

    def _perform_alone(
        self, call: Call, context: CallContext, *, maybe_done: bool = False
    ) -> Outcome | GatewayError:
        try:
            return self.perform(call, context, maybe_done=maybe_done)
        except GatewayError as error:
            return error

    def _execute(
        self,
        request: GraphQLRequest,
        read: Callable[[GraphQLResponse, bool], T],
        context: CallContext,
        *,
        repeatable: bool,
        maybe_done: bool = False,
    ) -> T:
        """Returns what `read` makes of the reply, after as many attempts as are safe and useful.

        Args:
            request: What to execute.
            read: Reads a reply; it is told whether an earlier attempt may have been done.
            context: The request's companion.
            repeatable: An attempt that broke off may be repeated.
            maybe_done: One has broken off before.
        """
        mutation = request.document.mutation
        attempt = 0
        while True:
            try:
                return read(self.transport.execute(request, context), maybe_done)
            except TransportError as error:
                broke_off = mutation and error.sent and error.service == "AppSync"
                maybe_done = maybe_done or broke_off
                if isinstance(error, UpstreamThrottled):
                    context.tally.throttles += 1
                wait = self._wait(attempt, error, context)
                if wait is None or (broke_off and not repeatable):
                    raise _settled(error, maybe_done=maybe_done) from error
            except GatewayError as error:
                raise _settled(error, maybe_done=maybe_done) from error
            except Exception as error:
                # The transport raises none of these, so it is the reading of a reply that failed.
                raise unforeseen(error, maybe_done=mutation) from error
            attempt += 1
            context.tally.retries += 1
            self.sleep(wait)

    def _wait(self, attempt: int, error: TransportError, context: CallContext) -> float | None:
        """Returns the seconds to wait before the next attempt; None for no further attempt."""
        if attempt + 1 >= MAX_ATTEMPTS:
            return None
        wait = self.jitter(0.0, min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * 2.0**attempt))
        wait += error.retry_after_seconds or 0.0
        return wait if wait + LEAST_SECONDS <= context.deadline.remaining() else None


def _is_exposed(field: RootField) -> bool:
    """Whether its failing would take the replies of all others of its document with it.

    Source: GraphQL specification, section 6.4.4: a null that may not be one makes `data` null.
    """
    return field.mutation and type_ref(field.type).non_null


def _read(call: Call, response: GraphQLResponse, key: str, *, maybe_done: bool) -> Outcome:
    try:
        return Outcome(call.read(response, key), False, maybe_done)
    except ConditionCheckFailed:
        if not call.writes:
            raise
        return Outcome(condition_failed=True, maybe_done=maybe_done)


def _read_all(
    calls: Sequence[Call], response: GraphQLResponse, *, maybe_done: bool
) -> "list[Outcome | GatewayError | _BrokenOff]":
    results: list[Outcome | GatewayError | _BrokenOff] = []
    response = response.cut()
    for index, call in enumerate(calls):
        try:
            results.append(_read(call, response, f"r{index}", maybe_done=maybe_done))
        except GraphQLRequestRefused:
            raise  # it is the document's, not this call's
        except TransportError as error:
            results.append(_BrokenOff(error, maybe_done or (call.writes and error.sent)))
        except GatewayError as error:
            results.append(_settled(error, maybe_done=maybe_done))
    return results


def _settled(error: GatewayError, *, maybe_done: bool) -> GatewayError:
    """Returns the error to raise: after an attempt that may have been done, that is unknown."""
    if not maybe_done:
        return error
    return OutcomeUnknown("AppSync", f"a write broke off: {error}", sent=True)
