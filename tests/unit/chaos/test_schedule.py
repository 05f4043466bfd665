"""The schedule of `make chaos`."""

from tests.chaos.schedule import KINDS, schedule


def test_a_seed_repeats_the_schedule():
    """The same seed gives the same windows, another one gives others, and all kinds come."""
    assert schedule(7, 60) == schedule(7, 60)
    assert schedule(7, 60) != schedule(8, 60)
    assert abs(sum(window.seconds for window in schedule(7, 60)) - 60) < 0.001
    faults = [fault["kind"] for window in schedule(7, 60) for fault in window.faults]
    assert set(faults) == KINDS
