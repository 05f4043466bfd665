"""The overload in its short form; `make chaos` is the long one."""

import pytest

from tests.chaos.overload import CONNECTIONS, GROWTH, overload
from tests.support.gateway import both_accounts


@pytest.mark.parametrize(
    ("timeout_seconds", "latency_milliseconds", "status"),
    [pytest.param(12, 1000, 404, id="slow"), pytest.param(2, 4000, 504, id="past the deadline")],
)
def test_200_connections_to_a_slow_account_b_are_all_answered(
    tmp_path, timeout_seconds, latency_milliseconds, status
):
    """Memory is flat and no thread is left; what is slower than the deadline is 504."""
    with both_accounts(tmp_path, lambda_timeout_seconds=timeout_seconds) as accounts:
        seen = overload(accounts, 3.0, 1.5, latency_milliseconds)
    assert not seen.unanswered
    assert set(seen.statuses) == {status}, seen.text()
    assert seen.statuses[status] >= CONNECTIONS
    assert seen.growth < GROWTH, seen.text()
    assert seen.threads_after <= seen.threads_before
