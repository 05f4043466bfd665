"""Writes docs/scale.md: what the measurements mean from 1 to 20,000 requests a second.

`python -m bench.scale` takes what `make bench` measured and simulates Lambda over it; the quotas
and prices are AWS's, and everything assumed is named on the page.
"""

import json
import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.__main__ import RESULTS
from bench.simulation import Course, Limits, Load, simulate
from bench.walls import (
    APPSYNC_TOKENS_PER_SECOND,
    DOLLARS_A_MILLION_READ_UNITS,
    DOLLARS_A_MILLION_WRITE_UNITS,
    ITEM_KILOBYTES,
    PARTITION_READ_UNITS_PER_SECOND,
    PARTITION_WRITE_UNITS_PER_SECOND,
    TABLE_READ_UNITS_PER_SECOND,
    mix_table,
    request_table,
    requests,
)
from chalicelib.aws.assumed_role import ADVISORY_SECONDS, DURATION_SECONDS

TEXT = Path(__file__).with_name("scale_page.md")
PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
RATES = (1, 10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
MEMORIES = (128, 256, 512, 1_024)
SECONDS = 20.0
SEED = 1

# Assumed, for want of an AWS account to measure in: the page names them.
APPSYNC_WAIT_SECONDS = 0.025
APPSYNC_WAIT_SIGMA = 0.6
STS_WAIT_SECONDS = 0.020
ENVIRONMENT_SECONDS = 0.150
TOKENS_A_REQUEST = 1

# Quotas: each with its source on the page.
STS_PER_SECOND = 600
API_GATEWAY_PER_SECOND = 10_000
LAMBDA_PER_SECOND_AND_CONCURRENCY = 10
LIMITS = Limits()
# The memory at which Lambda gives one whole CPU; below, a share in proportion.
FULL_CPU_MEGABYTES = 1_769
DEPLOYED_MEGABYTES = 512

# Dollars, us-east-1, x86, first tier, without the free tier.
DOLLARS_A_MILLION = {"API Gateway REST": 3.50, "Lambda requests": 0.20, "AppSync": 4.00}
LAMBDA_GIGABYTE_SECOND = 0.0000166667


@dataclass(frozen=True)
class Measured:
    """What the simulation takes from bench/results.json.

    Attributes:
        name: The contestant's.
        cpu_seconds: Of a warm POST.
        start_seconds: CPU from the process's start to its first response under awslambdaric.
        sts_waits: AssumeRole calls that a warm request waits for.
    """

    name: str
    cpu_seconds: float
    start_seconds: float
    sts_waits: int

    @classmethod
    def of(cls, results: Mapping[str, Any], name: str) -> "Measured":
        """Returns a contestant's medians."""
        counted = results["assumeRole"][name]
        return cls(
            name,
            statistics.median(results["warm"][name]["post"]["cpu"]),
            statistics.median(results["lambdaStart"][name]),
            round(counted["assumeRole"] / counted["requests"]),
        )

    def load(self, rate: float, megabytes: int) -> Load:
        """Returns the load of POSTs at a rate on a function of this memory."""
        slower = max(1.0, FULL_CPU_MEGABYTES / megabytes)
        return Load(
            rate=rate,
            seconds=SECONDS,
            busy_seconds=self.cpu_seconds * slower + self.sts_waits * STS_WAIT_SECONDS,
            wait_seconds=APPSYNC_WAIT_SECONDS,
            wait_sigma=APPSYNC_WAIT_SIGMA,
            # An init has a whole CPU, whatever the memory.
            start_seconds=ENVIRONMENT_SECONDS + self.start_seconds + STS_WAIT_SECONDS,
        )

    def dollars(self, megabytes: int) -> float:
        """Returns the price of a million warm requests; Lambda bills whole milliseconds."""
        milliseconds = self.load(1, megabytes).mean_seconds * 1000 + 0.5
        gigabyte_seconds = milliseconds * 1000 * megabytes / 1024
        return sum(DOLLARS_A_MILLION.values()) + gigabyte_seconds * LAMBDA_GIGABYTE_SECOND


def main() -> None:
    """Writes the page."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    gateway, plain = Measured.of(results, "gateway"), Measured.of(results, "plain")
    PAGE.write_text(page(results, gateway, plain), encoding="utf-8")
    print(f"wrote {PAGE}")


def page(results: Mapping[str, Any], gateway: Measured, plain: Measured) -> str:
    """Returns the page's text."""
    load = gateway.load(1, DEPLOYED_MEGABYTES)
    plain_load = plain.load(1, DEPLOYED_MEGABYTES)
    lambda_rate = LIMITS.concurrency * LAMBDA_PER_SECOND_AND_CONCURRENCY
    refresh = DURATION_SECONDS - ADVISORY_SECONDS
    appsync = DOLLARS_A_MILLION["AppSync"]
    once = gateway.dollars(DEPLOYED_MEGABYTES) - appsync
    kinds = requests(results["page"]["gateway"]["upstreamRequests"])
    return TEXT.read_text(encoding="utf-8").format(
        measured_at=results["measuredAt"],
        cpu_microseconds=gateway.cpu_seconds * 1e6,
        plain_cpu_microseconds=plain.cpu_seconds * 1e6,
        start_milliseconds=gateway.start_seconds * 1e3,
        plain_start_milliseconds=plain.start_seconds * 1e3,
        calls=results["assumeRole"]["gateway"]["assumeRole"],
        requests=results["assumeRole"]["gateway"]["requests"],
        page_calls=results["page"]["gateway"]["upstreamRequests"],
        batch_calls=results["batchUpstreamRequests"],
        peak=statistics.median(results["peakBytes"]["gateway"]) / 1e6,
        mean_milliseconds=load.mean_seconds * 1e3,
        plain_mean_milliseconds=plain_load.mean_seconds * 1e3,
        cold_milliseconds=(load.start_seconds + load.mean_seconds) * 1e3,
        wait=APPSYNC_WAIT_SECONDS * 1e3,
        mean_wait=(load.mean_seconds - load.busy_seconds) * 1e3,
        sts_wait=STS_WAIT_SECONDS * 1e3,
        environment=ENVIRONMENT_SECONDS * 1e3,
        megabytes=DEPLOYED_MEGABYTES,
        seconds=SECONDS,
        refresh=refresh,
        rates=_rates(gateway),
        cost=_cost(gateway, plain),
        asked=request_table(kinds, once, appsync),
        mixes=mix_table(kinds, once, appsync),
        once=once,
        kilobytes=ITEM_KILOBYTES,
        partition_reads=PARTITION_READ_UNITS_PER_SECOND,
        table_reads=TABLE_READ_UNITS_PER_SECOND,
        get_dollars=kinds["get"].dollars(once, appsync),
        single_dollars=51 * kinds["get"].dollars(once, appsync),
        partition_writes=PARTITION_WRITE_UNITS_PER_SECOND,
        read_price=DOLLARS_A_MILLION_READ_UNITS,
        write_price=DOLLARS_A_MILLION_WRITE_UNITS,
        burst_sts=_first_rate(gateway, lambda c: c.most_starts_in_a_second > STS_PER_SECOND),
        burst_refused=_first_rate(gateway, lambda course: course.refused > 0),
        sts=STS_PER_SECOND,
        tokens=APPSYNC_TOKENS_PER_SECOND,
        token_rate=APPSYNC_TOKENS_PER_SECOND // TOKENS_A_REQUEST,
        api_gateway=API_GATEWAY_PER_SECOND,
        lambda_rate=lambda_rate,
        concurrency=LIMITS.concurrency,
        concurrency_rate=math.floor(LIMITS.concurrency / load.mean_seconds / 100) * 100,
        plain_concurrency_rate=math.floor(LIMITS.concurrency / plain_load.mean_seconds / 100) * 100,
        new_at_once=LIMITS.new_at_once,
        new_per_second=LIMITS.new_per_second,
        gigabyte_second=LAMBDA_GIGABYTE_SECOND,
        **{f"price_{n}": price for n, price in enumerate(DOLLARS_A_MILLION.values())},
    )


def _rates(gateway: Measured) -> str:
    titles = (
        "requests/s",
        "environments busy, later",
        "cold starts from a standstill",
        "refused then",
        "AssumeRole/s, busiest second",
        "AssumeRole/s, later",
        "the same, `plain`",
        "AppSync tokens/s",
        "first wall when steady",
    )
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for rate in RATES:
        course = simulate(gateway.load(rate, DEPLOYED_MEGABYTES), LIMITS, SEED)
        later = course.cold_starts / (DURATION_SECONDS - ADVISORY_SECONDS)
        lines.append(
            f"| {rate:,} | {course.late_busy:,.1f} | {course.cold_starts:,}"
            f" | {course.refused / course.requests:.1%} | {course.most_starts_in_a_second:,}"
            f" | {later:.3f} | {rate:,} | {rate * TOKENS_A_REQUEST:,}"
            f" | {first_wall(rate, course)} |"
        )
    return "\n".join(lines)


def first_wall(rate: float, course: Course) -> str:
    """Returns the quota that a steady rate is over the most; `none` where it is over none."""
    over = {
        "AppSync tokens": rate * TOKENS_A_REQUEST / APPSYNC_TOKENS_PER_SECOND,
        "API Gateway": rate / API_GATEWAY_PER_SECOND,
        "Lambda requests": rate / (LIMITS.concurrency * LAMBDA_PER_SECOND_AND_CONCURRENCY),
        "Lambda concurrency": course.late_busy / LIMITS.concurrency,
    }
    wall, share = max(over.items(), key=lambda pair: pair[1])
    return wall if share > 1 else "none"


def _first_rate(gateway: Measured, happens: Callable[[Course], bool]) -> int:
    """Returns the lowest rate, in steps of 50, at which a load from a standstill has it happen."""
    for rate in range(50, max(RATES), 50):
        load = replace(gateway.load(rate, DEPLOYED_MEGABYTES), seconds=3.0)
        if happens(simulate(load, LIMITS, SEED)):
            return rate
    raise LookupError("it happens at no rate")


def _cost(gateway: Measured, plain: Measured) -> str:
    titles = (
        "memory",
        "gateway: milliseconds a request",
        "a million requests",
        "of it Lambda",
        "`plain`: milliseconds",
        "a million requests",
        "of it Lambda",
    )
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    others = DOLLARS_A_MILLION["API Gateway REST"] + DOLLARS_A_MILLION["AppSync"]
    for megabytes in MEMORIES:
        cells = [f"{megabytes:,} MB"]
        for each in (gateway, plain):
            dollars = each.dollars(megabytes)
            cells += [
                f"{each.load(1, megabytes).mean_seconds * 1e3:.1f}",
                f"${dollars:.2f}",
                f"${dollars - others:.2f}",
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
