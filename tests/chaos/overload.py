"""Many connections and a slow account B: every request is answered, and nothing piles up."""

import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import OK
from time import monotonic, sleep

from tests.support.gateway import BothAccounts, RestClient
from tests.support.waiting import wait_until

CONNECTIONS = 200
LATENCY_MILLISECONDS = 2000
# How far the memory's peak may lie above its level once all connections are served.
GROWTH = 1.2
LEVEL_AFTER_SECONDS = 5.0
# How long the memory is watched at the least once its level is taken.
WATCH_SECONDS = 1.0


@dataclass
class Overload:
    """What was seen of one overload.

    Attributes:
        seconds: How long it lasted.
        statuses: How many requests met each status.
        unanswered: What went wrong with the others; empty when all were answered.
        level_kilobytes: Resident memory once every connection had been served.
        peak_kilobytes: The most resident memory from then on.
        threads_before: The gateway's threads before.
        threads_after: The gateway's threads once the connections were closed.
        slowest_seconds: The longest that a client waited for its reply.
    """

    seconds: float
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    level_kilobytes: int = 0
    peak_kilobytes: int = 0
    threads_before: int = 0
    threads_after: int = 0
    slowest_seconds: float = 0.0

    @property
    def growth(self) -> float:
        """The memory's peak by its level."""
        return self.peak_kilobytes / self.level_kilobytes

    def text(self) -> str:
        """Returns the counts for a person."""
        return (
            f"{CONNECTIONS} connections for {self.seconds:.0f} s: {dict(self.statuses)}, "
            f"{len(self.unanswered)} unanswered, slowest {self.slowest_seconds:.1f} s, "
            f"memory {self.level_kilobytes} kB, at most {self.peak_kilobytes} kB "
            f"({self.growth:.2f} of it), threads {self.threads_before} before and "
            f"{self.threads_after} after"
        )


class _Load:
    """What the clients saw. Safe under threads."""

    def __init__(self, result: Overload) -> None:
        self.stop = threading.Event()
        self.served: set[int] = set()
        self._result = result
        self._lock = threading.Lock()

    def run(self, number: int, rest: RestClient) -> None:
        while not self.stop.is_set():
            began = monotonic()
            try:
                status = rest.send("GET", "/todos/nothing").status
            except OSError as error:
                with self._lock:
                    self._result.unanswered.append(repr(error))
                return
            with self._lock:
                self._result.statuses[status] += 1
                self.served.add(number)
                self._result.slowest_seconds = max(
                    self._result.slowest_seconds, monotonic() - began
                )


def overload(
    accounts: BothAccounts,
    seconds: float,
    level_after_seconds: float,
    latency_milliseconds: int,
) -> Overload:
    """Keeps 200 connections busy for this long with account B as slow as that.

    Args:
        accounts: Both accounts.
        seconds: How long the load lasts, if the memory has been watched long enough by then.
        level_after_seconds: When the memory's level is taken, if every connection has been
            served by then; else once it has.
        latency_milliseconds: Account B's.
    """
    gateway = accounts.gateway
    result = Overload(seconds)
    load = _Load(result)
    with gateway.client() as rest:
        assert rest.send("GET", "/todos/nothing").status
    wait_until(lambda: _threads_are_still(accounts))
    result.threads_before = gateway.process_status("Threads")
    accounts.sandbox.set_faults(
        {"kind": "latency", "milliseconds": latency_milliseconds, "target": "appsync"}
    )
    with ExitStack() as stack:
        rests = [stack.enter_context(gateway.client()) for _ in range(CONNECTIONS)]
        for rest in rests:
            # One after the other: chalice local's queue holds five connections.
            assert rest.send("GET", "/health").status == OK
        threads = [
            threading.Thread(target=load.run, args=(number, rest))
            for number, rest in enumerate(rests)
        ]
        began = monotonic()
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: len(load.served) + len(result.unanswered) == CONNECTIONS, 60)
            sleep(max(0.0, began + level_after_seconds - monotonic()))
            result.level_kilobytes = gateway.process_status("VmRSS")
            end = max(began + seconds, monotonic() + WATCH_SECONDS)
            while monotonic() < end:
                sleep(0.1)
                rss = gateway.process_status("VmRSS")
                result.peak_kilobytes = max(result.peak_kilobytes, rss)
        finally:
            load.stop.set()
            for thread in threads:
                thread.join()
    accounts.sandbox.set_faults()
    wait_until(lambda: gateway.process_status("Threads") <= result.threads_before)
    result.threads_after = gateway.process_status("Threads")
    return result


def _threads_are_still(accounts: BothAccounts) -> bool:
    """Whether only chalice local's own thread is left."""
    return accounts.gateway.process_status("Threads") == 1
