"""The simulation behind the scale page, against what queueing theory and Lambda's rules say."""

from dataclasses import replace

import pytest

from bench.simulation import Limits, Load, simulate

STEADY = Load(
    rate=500,
    seconds=20,
    busy_seconds=0.010,
    wait_seconds=0.030,
    wait_sigma=0.5,
    start_seconds=0.5,
)


def test_as_many_environments_are_busy_as_littles_law_says():
    """Rate times mean duration, whatever the durations' distribution."""
    course = simulate(STEADY, Limits(), seed=1)
    assert course.late_busy == pytest.approx(STEADY.rate * STEADY.mean_seconds, rel=0.05)
    assert course.refused == 0


def test_a_standstill_needs_an_environment_for_each_request_until_the_first_is_ready():
    """A start of half a second at 500 a second takes about 250 environments, and hardly more."""
    course = simulate(STEADY, Limits(), seed=1)
    assert 200 < course.cold_starts < 350
    assert course.late_starts == 0


def test_as_many_requests_are_refused_as_erlangs_formula_says():
    """It holds for any distribution of the durations; here are too few environments."""
    load = replace(STEADY, seconds=100, start_seconds=0)
    course = simulate(load, Limits(concurrency=20), seed=1)
    assert course.cold_starts == 20
    refused = erlang_b(20, load.rate * load.mean_seconds)
    assert course.refused / course.requests == pytest.approx(refused, rel=0.05)


def erlang_b(servers: int, offered: float) -> float:
    """Returns the share of requests that find all servers busy."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def test_new_environments_come_no_faster_than_lambda_makes_them():
    """At once as many as allowed, then at the refill's rate."""
    limits = Limits(new_at_once=10, new_per_second=1)
    course = simulate(STEADY, limits, seed=1)
    assert course.most_starts_in_a_second in {10, 11}
    assert course.cold_starts <= 10 + STEADY.seconds


def test_the_same_seed_gives_the_same_course():
    """The page changes with its inputs only."""
    assert simulate(STEADY, Limits(), seed=3) == simulate(STEADY, Limits(), seed=3)
