"""STS down under load: how often it is asked, and how soon all goes on afterwards."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import OK
from threading import Event, Lock
from time import monotonic, sleep

from tests.support.gateway import BothAccounts, RestClient
from tests.support.waiting import wait_until

THREADS = 16
RECOVERY_SECONDS = 2.0
# STS tells times in whole seconds, so a session of the fault's may have ended before it began.
DOWN = (
    {"kind": "error", "status": 503, "target": "sts"},
    {"kind": "expire_early", "seconds": 0, "target": "appsync"},
)


@dataclass
class Outage:
    """What was seen of one outage.

    Attributes:
        seconds: How long STS was down.
        sts_calls: How often it was asked in this time.
        refused: How many requests were answered by an error in it.
        refused_late: How many of those that a client sent after the first success since then.
        recovery_seconds: How long after its end the last error was answered, or the last client
            had its first success, whichever was later.
    """

    seconds: float
    sts_calls: int = 0
    refused: int = 0
    refused_late: int = 0
    recovery_seconds: float = 0.0

    @property
    def calls_allowed(self) -> int:
        """One a second, and the first."""
        return int(self.seconds) + 1

    def text(self) -> str:
        """Returns the counts for a person."""
        return (
            f"STS down for {self.seconds:.1f} s under {THREADS} clients: {self.sts_calls} calls "
            f"({self.calls_allowed} allowed), {self.refused} requests refused, "
            f"recovered after {self.recovery_seconds:.2f} s"
        )


@dataclass
class _Seen:
    """How the replies went since STS is back. Safe under threads."""

    lock: Lock = field(default_factory=Lock)
    failed: int = 0
    failed_late: int = 0
    last_failure_at: float = 0.0
    first_success_at: dict[int, float] = field(default_factory=dict)

    def take(self, client: int, sent_at: float, status: int) -> None:
        with self.lock:
            if status == OK:
                self.first_success_at.setdefault(client, monotonic())
            else:
                self.failed += 1
                self.failed_late += sent_at > min(self.first_success_at.values(), default=sent_at)
                self.last_failure_at = monotonic()


def sts_outage(accounts: BothAccounts, seconds: float) -> Outage:
    """Takes STS down under the load of 16 clients that read: until one is refused, or longer.

    Args:
        accounts: Both accounts.
        seconds: How long it is down at the least.
    """
    seen, stop = _Seen(), Event()

    def read(number: int, rest: RestClient) -> None:
        while not stop.is_set():
            sent_at = monotonic()
            seen.take(number, sent_at, rest.send("GET", "/todos?limit=1").status)

    with ExitStack() as stack:
        rests = [stack.enter_context(accounts.gateway.client()) for _ in range(THREADS)]
        for rest in rests:
            # One after the other: chalice local's queue holds five connections.
            assert rest.send("GET", "/todos?limit=1").status == OK
        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(read, *each) for each in enumerate(rests)]
            try:
                outage = _outage(accounts, seconds, seen)
            finally:
                stop.set()
            for future in futures:
                future.result()
    return outage


def _outage(accounts: BothAccounts, seconds: float, seen: _Seen) -> Outage:
    wait_until(lambda: len(seen.first_success_at) == THREADS)
    assert not seen.failed
    began = monotonic()
    accounts.sandbox.set_faults(*DOWN)
    sleep(seconds)
    # Each request is repeated, so a busy machine needs longer for the first refusal.
    wait_until(lambda: seen.failed)
    accounts.sandbox.set_faults()
    ended = monotonic()
    # The sandbox keeps the last events only; without credentials hardly any are AppSync's.
    calls = sum("error" in event["faults"] for event in accounts.sandbox.events(service="sts"))
    with seen.lock:
        refused, seen.failed_late = seen.failed, 0
        seen.first_success_at.clear()
    wait_until(lambda: len(seen.first_success_at) == THREADS)
    with seen.lock:
        back = max(seen.last_failure_at, *seen.first_success_at.values())
        late = seen.failed_late
    return Outage(ended - began, calls, refused, late, max(0.0, back - ended))
