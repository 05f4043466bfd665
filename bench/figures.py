"""The arithmetic: from raw rounds to ratios and to the bounds that they must keep."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.events import BATCH_SIZE

MEGABYTE = 1_000_000
EXPANDED_ITEMS = 50


@dataclass(frozen=True)
class Figure:
    """One figure that has a bound.

    Attributes:
        name: What it is of.
        value: As measured.
        at_most: The bound.
        unit: Of both; empty for a ratio or a count.
    """

    name: str
    value: float
    at_most: float
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the bound holds."""
        return self.value <= self.at_most


def median_ratio(upper: Sequence[float], lower: Sequence[float]) -> float:
    """Returns the median of the rounds' ratios.

    What disturbs a round of a shared machine disturbs both of its measurements, so ratios within
    a round are steadier than a ratio of medians.
    """
    return statistics.median(a / b for a, b in zip(upper, lower, strict=True))


def figures(results: dict[str, Any]) -> list[Figure]:
    """Returns every figure with its bound.

    Args:
        results: As `bench.measure` made them.
    """
    start, warm = results["cold"], results["warm"]
    post = {name: rounds["post"]["cpu"] for name, rounds in warm.items()}
    singles = [seconds * BATCH_SIZE for seconds in post["gateway"]]
    counted = results["assumeRole"]["gateway"]
    return [
        Figure(
            "import + first request, gateway / tuned",
            median_ratio(start["gateway"], start["tuned"]),
            0.50,
        ),
        Figure(
            "import + first request, a contract of 50 models / Todo's",
            median_ratio(results["coldFifty"]["gateway_fifty"], results["coldFifty"]["gateway"]),
            1.15,
        ),
        Figure(
            "start in Lambda to first response, CPU, gateway / tuned",
            median_ratio(results["lambdaStart"]["gateway"], results["lambdaStart"]["tuned"]),
            0.60,
        ),
        Figure(
            "CPU of a warm POST, gateway / tuned",
            median_ratio(post["gateway"], post["tuned"]),
            0.58,
        ),
        Figure(
            "CPU of a warm POST, gateway / plain",
            median_ratio(post["gateway"], post["plain"]),
            0.12,
        ),
        Figure(
            "CPU of a warm GET of 50 items, gateway / tuned",
            median_ratio(warm["gateway"]["list"]["cpu"], warm["tuned"]["list"]["cpu"]),
            0.80,
        ),
        *(
            Figure(
                f"CPU of a GET of {EXPANDED_ITEMS} with a related item each /"
                f" {1 + EXPANDED_ITEMS} single GETs, {kind} values",
                median_ratio(
                    rounds["expanded"],
                    [seconds * (1 + EXPANDED_ITEMS) for seconds in rounds["single"]],
                ),
                0.08,
            )
            for kind, rounds in results["shop"].items()
        ),
        Figure(
            f"CPU of {BATCH_SIZE} creates in one batch / {BATCH_SIZE} single creates",
            median_ratio(warm["gateway"]["batch"]["cpu"], singles),
            0.075,
        ),
        Figure(
            f"upstream requests of a batch of {BATCH_SIZE} creates",
            results["batchUpstreamRequests"],
            2,
        ),
        Figure(
            f"AssumeRole calls in {counted['requests']:,} requests over"
            f" {counted['threads']} threads",
            counted["assumeRole"],
            1,
        ),
        Figure("zip", results["zipBytes"]["gateway"] / MEGABYTE, 0.95, "MB"),
        Figure(
            "peak memory under awslambdaric",
            statistics.median(results["peakBytes"]["gateway"]) / MEGABYTE,
            38,
            "MB",
        ),
        Figure(
            "a page of 100 filtered from 10,000 items at 1 % match, upstream requests",
            results["page"]["gateway"]["upstreamRequests"],
            12,
        ),
        *(
            Figure(
                f"a page of 100 by an index from {int(items):,} items, upstream requests",
                page["upstreamRequests"],
                1,
            )
            for items, page in results["indexPages"].items()
        ),
    ]
