"""Simulates how Lambda meets a load that begins at once: environments, cold starts, refusals.

Arrivals are random (Poisson). A request takes an idle environment or else a new one; where Lambda
may not make one, the request is refused with 429, as a synchronous caller gets it. Environments are
kept for the whole of the simulated time.

Source: AWS Lambda developer guide, "Lambda scaling behavior".
"""

import heapq
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What arrives, and how long it takes.

    Attributes:
        rate: Requests a second on average.
        seconds: How long they arrive; before, nothing runs.
        busy_seconds: What a warm request takes of CPU time, at the function's memory.
        wait_seconds: The median wait for AppSync.
        wait_sigma: How far that spreads: the standard deviation of its logarithm.
        start_seconds: What a cold start takes besides.
    """

    rate: float
    seconds: float
    busy_seconds: float
    wait_seconds: float
    wait_sigma: float
    start_seconds: float

    @property
    def mean_seconds(self) -> float:
        """What a warm request takes on average."""
        return self.busy_seconds + self.wait_seconds * math.exp(self.wait_sigma**2 / 2)


@dataclass(frozen=True)
class Limits:
    """What Lambda allows a function.

    Attributes:
        concurrency: Environments at most.
        new_at_once: Environments that it makes at once.
        new_per_second: How fast that allowance refills.
    """

    concurrency: int = 1_000
    new_at_once: float = 1_000
    new_per_second: float = 100


@dataclass(frozen=True)
class Course:
    """What happened.

    Attributes:
        requests: How many arrived.
        refused: How many of them were refused.
        cold_starts: How many environments were made.
        most_starts_in_a_second: Of them, in the second that saw most.
        late_starts: Of them, in the second half of the time.
        late_busy: Environments busy on average in the second half.
    """

    requests: int
    refused: int
    cold_starts: int
    most_starts_in_a_second: int
    late_starts: int
    late_busy: float


def simulate(load: Load, limits: Limits, seed: int) -> Course:
    """Returns the course of a load from a standstill."""
    chance = random.Random(seed)
    busy_until: list[float] = []
    idle = made = refused = requests = late_starts = 0
    allowance, refilled_at = limits.new_at_once, 0.0
    busy_seconds_late = 0.0
    half = load.seconds / 2
    starts: Counter[int] = Counter()
    for now in _arrivals(load, chance):
        requests += 1
        while busy_until and busy_until[0] <= now:
            heapq.heappop(busy_until)
            idle += 1
        duration = load.busy_seconds + load.wait_seconds * chance.lognormvariate(0, load.wait_sigma)
        if idle:
            idle -= 1
        else:
            refill = (now - refilled_at) * limits.new_per_second
            allowance, refilled_at = min(limits.new_at_once, allowance + refill), now
            if made >= limits.concurrency or allowance < 1:
                refused += 1
                continue
            allowance -= 1
            made += 1
            starts[int(now)] += 1
            late_starts += now >= half
            duration += load.start_seconds
        heapq.heappush(busy_until, now + duration)
        busy_seconds_late += max(0.0, min(now + duration, load.seconds) - max(now, half))
    return Course(
        requests=requests,
        refused=refused,
        cold_starts=made,
        most_starts_in_a_second=max(starts.values(), default=0),
        late_starts=late_starts,
        late_busy=busy_seconds_late / (load.seconds - half),
    )


def _arrivals(load: Load, chance: random.Random) -> Iterator[float]:
    now = chance.expovariate(load.rate)
    while now < load.seconds:
        yield now
        now += chance.expovariate(load.rate)
