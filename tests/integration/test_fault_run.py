"""The fault run in its short form; `make chaos` is the long one."""

from tests.chaos.fault_run import LAMBDA_TIMEOUT_SECONDS, fault_run
from tests.chaos.schedule import schedule
from tests.support.gateway import both_accounts

SEED = 1
SECONDS = 6.0
# Every kind of fault must have hit for the run to mean something.
KINDS = {"throttle", "latency", "cut_before", "cut_after", "cut_reply", "error", "expire_early"}


def test_the_store_holds_exactly_what_the_replies_said(tmp_path):
    """Every 2xx write is there once, no refused one is, and every 504 is one of the two."""
    with both_accounts(tmp_path, lambda_timeout_seconds=LAMBDA_TIMEOUT_SECONDS) as accounts:
        report = fault_run(accounts, SEED, SECONDS)
    assert not report.contradictions, report.text()
    assert {name.split()[1] for name, hits in report.hits.items() if hits} == KINDS
    assert report.items > 50
    assert report.upstream["retries"] > 0


def test_a_seed_repeats_the_schedule():
    """The same seed gives the same windows, another one gives others, and all kinds come."""
    assert schedule(7, 60) == schedule(7, 60)
    assert schedule(7, 60) != schedule(8, 60)
    assert abs(sum(window.seconds for window in schedule(7, 60)) - 60) < 0.001
    faults = [fault["kind"] for window in schedule(7, 60) for fault in window.faults]
    assert set(faults) == KINDS
