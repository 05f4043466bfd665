"""`make chaos`: the fault runs, the outage and the overload, in full length, with their counts."""

import argparse
import sys
import tempfile
from http import HTTPStatus
from pathlib import Path

from tests.chaos.fault_run import LAMBDA_TIMEOUT_SECONDS, fault_run, project_of, settings_of
from tests.chaos.outage import RECOVERY_SECONDS, sts_outage
from tests.chaos.overload import GROWTH, LATENCY_MILLISECONDS, LEVEL_AFTER_SECONDS, overload
from tests.chaos.subjects import SHOP, TODO, VERSIONED_SHOPS, Subject
from tests.support.gateway import both_accounts

# There are four of them; each kind of weather comes three times or more in this time.
SHOP_SECONDS = 30.0
OUTAGE_SECONDS = 10.0
OVERLOAD_SECONDS = 30.0


def main() -> int:
    """Runs all of them; returns 1 if any of them found what must not be."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the schedule and the requests")
    parser.add_argument("--seconds", type=float, default=60.0, help="of Todo's fault run")
    arguments = parser.parse_args()
    good = [
        _faults(TODO, arguments.seed, arguments.seconds),
        *(_faults(each, arguments.seed, SHOP_SECONDS) for each in (SHOP, *VERSIONED_SHOPS)),
        _outage(),
        _overload(29, LATENCY_MILLISECONDS, HTTPStatus.NOT_FOUND),
        # Slower than the deadline.
        _overload(2, 2 * LATENCY_MILLISECONDS, HTTPStatus.GATEWAY_TIMEOUT),
    ]
    print("all good" if all(good) else "NOT GOOD")  # noqa: T201 - a command-line program prints
    return 0 if all(good) else 1


def _faults(subject: Subject, seed: int, seconds: float) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        project_of(subject, Path(folder))
        with both_accounts(
            Path(folder),
            lambda_timeout_seconds=LAMBDA_TIMEOUT_SECONDS,
            settings=settings_of(subject),
        ) as accounts:
            report = fault_run(accounts, subject, seed, seconds)
    _print(report.text())
    return not report.contradictions and not report.misses


def _outage() -> bool:
    with tempfile.TemporaryDirectory() as folder, both_accounts(Path(folder)) as accounts:
        seen = sts_outage(accounts, OUTAGE_SECONDS)
    _print(seen.text())
    asked = 1 <= seen.sts_calls <= seen.calls_allowed
    recovered = not seen.refused_late and seen.recovery_seconds < RECOVERY_SECONDS
    return asked and seen.refused > 0 and recovered


def _overload(lambda_timeout_seconds: int, latency_milliseconds: int, status: int) -> bool:
    with (
        tempfile.TemporaryDirectory() as folder,
        both_accounts(Path(folder), lambda_timeout_seconds=lambda_timeout_seconds) as accounts,
    ):
        seen = overload(accounts, OVERLOAD_SECONDS, LEVEL_AFTER_SECONDS, latency_milliseconds)
    _print(seen.text())
    answered = not seen.unanswered and set(seen.statuses) == {status}
    return answered and seen.growth < GROWTH and seen.threads_after <= seen.threads_before


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command-line program prints


if __name__ == "__main__":
    sys.exit(main())
