"""The overload in its short form; `make chaos` is the long one."""

from tests.chaos.overload import CONNECTIONS, GROWTH, overload
from tests.support.gateway import both_accounts


def test_200_connections_to_a_slow_account_b_are_all_answered(tmp_path):
    """Memory is flat and no thread is left; what is slower than the deadline is 504."""
    with both_accounts(tmp_path, lambda_timeout_seconds=2) as accounts:
        seen = overload(accounts, 3.0, 1.5, latency_milliseconds=4000)
    assert not seen.unanswered
    assert set(seen.statuses) == {504}, seen.text()
    assert seen.statuses[504] >= CONNECTIONS
    assert seen.growth < GROWTH, seen.text()
    assert seen.threads_after <= seen.threads_before
