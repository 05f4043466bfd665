"""Credentials under load, through a real gateway and a real sandbox."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from tests.chaos.outage import THREADS, sts_outage
from tests.support.gateway import BothAccounts, RestClient, both_accounts
from tests.support.waiting import wait_until

LIST = "/todos?limit=1"
EACH = 5


@pytest.fixture(scope="module")
def accounts(tmp_path_factory):
    """Both accounts, for all tests of this file."""
    with both_accounts(tmp_path_factory.mktemp("accounts")) as running:
        yield running


def test_sixteen_threads_pass_an_expiry_with_one_call_and_no_failed_request(
    accounts: BothAccounts,
):
    """AppSync calls the session expired in the midst of it; one thread asks STS for another."""
    answered: Counter[int] = Counter()
    statuses: Counter[int] = Counter()
    hurry, stop = Event(), Event()

    def read(number: int, rest: RestClient) -> None:
        while not stop.is_set():
            statuses[rest.send("GET", LIST).status] += 1
            answered[number] += 1
            hurry.wait(0.2)

    def all_have_answers() -> bool:
        return len(answered) == THREADS and min(answered.values()) >= EACH

    with ExitStack() as stack:
        rests = [stack.enter_context(accounts.gateway.client()) for _ in range(THREADS)]
        for rest in rests:
            assert rest.send("GET", LIST).status == 200
        before = sts_calls(accounts)
        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(read, *each) for each in enumerate(rests)]
            try:
                wait_until(all_have_answers)
                # The session in use began before this many seconds, the next one begins after it.
                wait_for_age(accounts, 3)
                hurry.set()
                # So few requests that the next session, too, does not grow old enough under it.
                accounts.sandbox.set_faults(
                    {"kind": "expire_early", "seconds": 3, "target": "appsync", "count": THREADS}
                )
                wait_until(lambda: sts_calls(accounts) > before)
                answered.clear()
                wait_until(all_have_answers)
            finally:
                stop.set()
            for future in futures:
                future.result()
    assert set(statuses) == {200}
    assert sts_calls(accounts) == before + 1
    lines = accounts.gateway.log_lines()
    # Those that were under way at that moment were refused once, and repeated.
    assert sum(line["appsyncCalls"] for line in lines) > len(
        [line for line in lines if line["appsyncCalls"]]
    )


def test_a_failing_sts_is_asked_once_a_second_under_load(accounts: BothAccounts):
    """However many requests wait; once one goes on after its return, all do."""
    # Longer than the three repetitions that a request makes, so that some are refused.
    outage = sts_outage(accounts, 4.5)
    assert outage.refused > 0
    assert 1 <= outage.sts_calls <= outage.calls_allowed
    assert outage.refused_late == 0


def sts_calls(accounts: BothAccounts) -> int:
    """Returns how often the gateway asked STS, as its log tells."""
    return sum(line["stsCalls"] for line in accounts.gateway.log_lines())


def wait_for_age(accounts: BothAccounts, seconds: int) -> None:
    """Returns once the session in use is older than this."""
    wait_until(lambda: accounts.gateway.log_lines()[-1].get("credentialAgeSeconds", 0) > seconds)
