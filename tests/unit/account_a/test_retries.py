"""Retries: every fault crossed with every operation.

For each pair: the status, the calls upstream, what the store holds, and that no wait passes the
deadline. The table in FAULTS says what a fault means, the functions under it what must follow.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.context import CallContext, Deadline
from chalicelib.errors import (
    AppSyncDenied,
    GatewayError,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from chalicelib.gateway.calls import get_call
from chalicelib.gateway.upstream import MAX_ATTEMPTS, Upstream
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Fault, Rest
from tests.unit.account_a.asking import body_of, create, slug_of, stored, stored_ids


@dataclass(frozen=True)
class Trouble:
    """One kind of fault.

    Attributes:
        error: What the transport raises.
        committed: The request took effect before it broke off.
        status: What a request is told when the fault does not go away, unless the outcome of a
            write is unknown.
        lasting: It comes at each attempt; else at the first alone.
    """

    error: Callable[[], GatewayError]
    status: int
    committed: bool = False
    lasting: bool = False

    @property
    def ambiguous(self) -> bool:
        """Whether nobody can tell if the request took effect."""
        return bool(getattr(self.error(), "sent", False))


def throttled() -> GatewayError:
    """AppSync asks to slow down, and for how long."""
    return UpstreamThrottled("AppSync", "429", retry_after_seconds=1.0)


def sts_throttled() -> GatewayError:
    """STS asks to slow down."""
    return UpstreamThrottled("STS", "429")


def unreachable() -> GatewayError:
    """No connection to AppSync: nothing was sent."""
    return UpstreamUnreachable("AppSync", "refused")


def sts_down() -> GatewayError:
    """No connection to STS: nothing was sent to AppSync either."""
    return UpstreamUnreachable("STS", "refused")


def broken_off() -> GatewayError:
    """The connection broke after the request was sent."""
    return UpstreamUnreachable("AppSync", "reset", sent=True)


def server_error() -> GatewayError:
    """AppSync answered with a 5xx."""
    return UpstreamUnreachable("AppSync", "status 500", sent=True)


def timed_out() -> GatewayError:
    """The deadline passed while AppSync had the request."""
    return UpstreamTimeout("AppSync", "the deadline passed", sent=True)


TROUBLES: dict[str, Trouble] = {
    "throttled once": Trouble(throttled, 503),
    "throttled for ever": Trouble(throttled, 503, lasting=True),
    "unreachable once": Trouble(unreachable, 502),
    "unreachable for ever": Trouble(unreachable, 502, lasting=True),
    "broken off once, not committed": Trouble(broken_off, 502),
    "broken off once, committed": Trouble(broken_off, 502, committed=True),
    "broken off for ever, not committed": Trouble(broken_off, 502, lasting=True),
    "broken off for ever, committed": Trouble(broken_off, 502, committed=True, lasting=True),
    "5xx once, not committed": Trouble(server_error, 502),
    "5xx once, committed": Trouble(server_error, 502, committed=True),
    "timed out, not committed": Trouble(timed_out, 504, lasting=True),
    "timed out, committed": Trouble(timed_out, 504, committed=True, lasting=True),
    "STS down once": Trouble(sts_down, 502),
    "STS down for ever": Trouble(sts_down, 502, lasting=True),
    "STS throttled once": Trouble(sts_throttled, 503),
}


@dataclass(frozen=True)
class Doing:
    """One operation.

    Attributes:
        ask: Sends it.
        status: What it is told when all goes well.
        writes: Whether it changes the store.
        done: Whether the store holds what it asked for.
    """

    ask: Callable[[Rest], RestResponse]
    status: int
    done: Callable[[Rest], bool] = lambda _: True
    writes: bool = True


def sending(method: str, path: str, body: Any = None, **headers: str) -> Callable[[Rest], Any]:
    """Returns what sends this request; `{etag}` in a header stands for the tag of item a."""

    def ask(rest: Rest) -> RestResponse:
        item = stored(rest, "a")
        tag = f'"{item["updatedAt"]}"' if item else '"none"'
        sent = {
            name.replace("_", "-"): each.replace("{etag}", tag) for name, each in headers.items()
        }
        text = "" if body is None else json.dumps(body)
        return rest.send(method, path, text, headers=sent)

    return ask


def a_is(**fields: Any) -> Callable[[Rest], bool]:
    """Returns what tells whether item a has these values."""

    def done(rest: Rest) -> bool:
        item = stored(rest, "a")
        return item is not None and fields.items() <= item.items()

    return done


def count_is(count: int) -> Callable[[Rest], bool]:
    """Returns what tells whether the store holds so many items."""
    return lambda rest: len(stored_ids(rest)) == count


BATCH = {
    "requests": [
        {
            "id": str(index),
            "method": "POST",
            "path": "/todos",
            "body": {"id": f"b{index}", "name": "x"},
        }
        for index in range(3)
    ]
}

# The store holds one item, a, before each of them.
DOINGS: dict[str, Doing] = {
    "create": Doing(sending("POST", "/todos", {"name": "n"}), 201, count_is(2)),
    "create with id": Doing(sending("POST", "/todos", {"id": "n", "name": "n"}), 201, count_is(2)),
    "create with key": Doing(
        sending("POST", "/todos", {"name": "n"}, idempotency_key="k"), 201, count_is(2)
    ),
    "patch": Doing(sending("PATCH", "/todos/a", {"name": "n"}), 200, a_is(name="n")),
    "patch with If-Match": Doing(
        sending("PATCH", "/todos/a", {"name": "n"}, if_match="{etag}"), 200, a_is(name="n")
    ),
    "put over an item": Doing(
        sending("PUT", "/todos/a", {"name": "n"}), 200, a_is(name="n", priority=None)
    ),
    "put with If-None-Match": Doing(
        sending("PUT", "/todos/n", {"name": "n"}, if_none_match="*"), 201, count_is(2)
    ),
    "delete": Doing(sending("DELETE", "/todos/a"), 204, count_is(0)),
    "delete with If-Match": Doing(
        sending("DELETE", "/todos/a", if_match="{etag}"), 204, count_is(0)
    ),
    "get": Doing(sending("GET", "/todos/a"), 200, writes=False),
    "list": Doing(sending("GET", "/todos"), 200, writes=False),
    "batch": Doing(sending("POST", "/batch", BATCH), 200, count_is(4)),
}


@pytest.mark.parametrize("doing", DOINGS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_fault_meets_every_operation(rest: Rest, trouble: str, doing: str) -> None:
    """What is told is what the store holds, in the deadline, with as few attempts as useful."""
    fault, operation = TROUBLES[trouble], DOINGS[doing]
    create(rest, id="a", priority=1)
    before = stored(rest, "a")
    rest.transport.requests.clear()
    broken = Fault(fault.error(), fault.committed)
    if fault.error is timed_out:
        # The deadline is over when it comes.
        rest.transport.before = pass_time(rest)
    rest.transport.faults.extend([broken] * (50 if fault.lasting else 1))
    response = operation.ask(rest)
    rest.transport.faults.clear()
    rest.transport.before = None

    told = told_by(response)
    if not fault.lasting:
        assert told == operation.status, response.body
    elif fault.ambiguous and operation.writes:
        assert (told, told_slug(response)) == (504, "outcome-unknown")
    else:
        assert told == fault.status
    if told == operation.status:
        assert operation.done(rest)
    elif told == 504 and operation.writes:
        # One of the two, and here it is known which.
        assert operation.done(rest) is fault.committed
    else:
        assert stored(rest, "a") == before
        assert len(stored_ids(rest)) == 1
    assert len(rest.transport.requests) <= MAX_ATTEMPTS + 1
    assert sum(rest.slept) <= 20.0
    if fault.error is timed_out:
        assert rest.slept == []
    elif fault.lasting:
        assert len(rest.transport.requests) >= MAX_ATTEMPTS


def pass_time(rest: Rest) -> Callable[[GraphQLRequest], None]:
    """Returns what lets each request upstream take all the time there is."""

    def wait(_: GraphQLRequest) -> None:
        rest.clock.seconds += 20.0

    return wait


def told_by(response: RestResponse) -> int:
    """Returns the status, of a batch the one that all its answers have unless all went well."""
    if response.status != 200 or '"responses"' not in response.body:
        return response.status
    (status,) = {answer["status"] for answer in body_of(response)["responses"]}
    return 200 if status == 201 else int(status)


def told_slug(response: RestResponse) -> str:
    """Returns the problem type, of a batch that of its first answer."""
    if '"responses"' in response.body:
        problem = body_of(response)["responses"][0]["body"]
        return str(problem["type"].rpartition(":")[2])
    return slug_of(response)


@pytest.mark.parametrize(
    "doing", [name for name, each in DOINGS.items() if each.writes and name != "batch"]
)
def test_a_committed_write_whose_reply_was_lost_costs_few_calls(rest: Rest, doing: str) -> None:
    """One repetition, and one read where only a read can tell whose write it was."""
    create(rest, id="a", priority=1)
    rest.transport.requests.clear()
    rest.transport.faults.append(Fault(broken_off(), committed=True))
    assert DOINGS[doing].ask(rest).status == DOINGS[doing].status
    needs_read = doing.startswith("create") or "If-" in doing
    assert len(rest.transport.requests) == (3 if needs_read else 2)


def test_an_error_that_no_repetition_cures_is_not_repeated(rest: Rest) -> None:
    """A refusal is one call."""
    rest.transport.faults.extend([Fault(AppSyncDenied(403, "X"))] * 5)
    assert rest.send("GET", "/todos/a").status == 502
    assert len(rest.transport.requests) == 1
    assert rest.slept == []


def test_waits_grow_and_are_never_longer_than_the_backoff_allows(rest: Rest) -> None:
    """Exponential with full jitter: here jitter gives its upper bound."""
    rest.transport.faults.extend([Fault(unreachable())] * 10)
    rest.send("GET", "/todos/a")
    assert rest.slept == [0.1, 0.2, 0.4]


def test_jitter_may_let_a_call_wait_for_nothing(rest: Rest) -> None:
    """Full jitter begins at none."""
    todos = rest.contract.resources[0]
    assert todos.get is not None
    rest.transport.faults.append(Fault(unreachable()))
    slept: list[float] = []
    upstream = Upstream(rest.transport, slept.append, jitter=lambda low, _high: low)
    context = CallContext("request-1", Deadline(20.0, rest.clock))
    assert upstream.perform(get_call(todos, todos.get, ("a",)), context).value is None
    assert slept == [0.0]


def test_retry_after_is_honoured_within_the_deadline(rest: Rest) -> None:
    """It is waited out where the time suffices, and told to the client where it does not."""
    asked = UpstreamThrottled("AppSync", "429", retry_after_seconds=5.0)
    rest.transport.faults.append(Fault(asked))
    create(rest, id="a")
    assert len(rest.slept) == 1
    assert rest.slept[0] >= 5.0
    rest.transport.faults.append(Fault(asked))
    response = rest.send("GET", "/todos/a", seconds=4.0)
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert len(rest.slept) == 1


@pytest.mark.parametrize("seconds", [0.05, 0.25, 0.35, 0.6, 1.0, 3.0])
@pytest.mark.parametrize("error", [throttled, unreachable, broken_off])
def test_no_wait_passes_the_deadline(
    rest: Rest, seconds: float, error: Callable[[], GatewayError]
) -> None:
    """Whatever is left of it."""
    for method, body in (("GET", ""), ("PATCH", '{"done": true}')):
        rest.slept.clear()
        rest.transport.faults.extend([Fault(error())] * 10)
        assert rest.send(method, "/todos/a", body, seconds=seconds).status >= 500
        rest.transport.faults.clear()
        assert sum(rest.slept) < seconds


def test_the_tally_counts_calls_retries_and_throttles(rest: Rest) -> None:
    """They are in the request's line in the log."""
    rest.transport.faults.extend([Fault(throttled()), Fault(unreachable()), None])
    rest.send("GET", "/todos/a")
    tally = rest.logged[-1].request.context.tally
    assert (tally.appsync_calls, tally.retries, tally.throttles) == (3, 2, 1)
