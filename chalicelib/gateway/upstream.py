"""Performs calls upstream, and repeats those that are safe to repeat, inside the deadline."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.context import CallContext
from chalicelib.errors import (
    ConditionCheckFailed,
    GatewayError,
    OutcomeUnknown,
    TransportError,
    UpstreamThrottled,
)
from chalicelib.gateway.steps import Call, Outcome
from chalicelib.graphql.documents import single
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.graphql.transport import Transport
from chalicelib.translation.replies import read_item, read_page

MAX_ATTEMPTS = 4
BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 2.0
# What must be left of the deadline after a wait for another attempt to be worth it.
LEAST_SECONDS = 0.2


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

    def perform(self, call: Call, context: CallContext) -> Outcome:
        """Returns the outcome of one call in a document of its own.

        Raises:
            OutcomeUnknown: A write broke off and may have been done.
            GatewayError: Anything else that went wrong; then nothing was done.
        """
        request = GraphQLRequest(single(call.root), call.variables)
        key = call.root.operation.field
        mutation = request.document.mutation
        maybe_done = False
        attempt = 0
        while True:
            try:
                response = self.transport.execute(request, context)
                return read_outcome(call, response, key, maybe_done=maybe_done)
            except TransportError as error:
                broke_off = mutation and error.sent and error.service == "AppSync"
                maybe_done = maybe_done or broke_off
                if isinstance(error, UpstreamThrottled):
                    context.tally.throttles += 1
                wait = self._wait(attempt, error, context)
                if wait is None or (broke_off and not call.repeatable):
                    raise _settled(error, maybe_done=maybe_done) from error
            except GatewayError as error:
                raise _settled(error, maybe_done=maybe_done) from error
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


def read_outcome(call: Call, response: GraphQLResponse, key: str, *, maybe_done: bool) -> Outcome:
    """Returns what became of the call whose root field stands under the response key.

    Raises:
        GatewayError: The reply holds an error for it.
    """
    try:
        if call.root.kind == "list":
            return Outcome(read_page(response, key))
        return Outcome(read_item(response, key), maybe_done=maybe_done)
    except ConditionCheckFailed:
        return Outcome(condition_failed=True, maybe_done=maybe_done)


def _settled(error: GatewayError, *, maybe_done: bool) -> GatewayError:
    """Returns the error to raise: after an attempt that may have been done, that is unknown."""
    if not maybe_done:
        return error
    return OutcomeUnknown("AppSync", f"a write broke off: {error}", sent=True)
