"""What requests of each kind ask of account B, what that costs, and where its first wall stands.

The arithmetic behind docs/scale.md's part on indexes, related items and versions: quotas and prices
are AWS's, and what is assumed is named on the page.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ITEM_KILOBYTES = 1
INDEXES = 2
SCANNED_ITEMS = 10_000  # of which one in a hundred matches: the table of the bench

# Quotas: each with its source on the page.
APPSYNC_TOKENS_PER_SECOND = 2_000
TABLE_READ_UNITS_PER_SECOND = 40_000
PARTITION_READ_UNITS_PER_SECOND = 3_000
PARTITION_WRITE_UNITS_PER_SECOND = 1_000
# Dollars, us-east-1, on demand.
DOLLARS_A_MILLION_READ_UNITS = 0.125
DOLLARS_A_MILLION_WRITE_UNITS = 0.625


def query_units(items: int) -> float:
    """Returns the read units of one query or scan: half a unit for 4 KB of all items together."""
    return math.ceil(items * ITEM_KILOBYTES / 4) / 2


def item_units(items: int) -> float:
    """Returns the read units of items that are read one by one."""
    return items * math.ceil(ITEM_KILOBYTES / 4) / 2


@dataclass(frozen=True)
class Request:
    """What one REST request asks of account B.

    Attributes:
        name: What is asked.
        upstream: Requests to AppSync; each takes a token at the least.
        resolvers: How many of AppSync's resolvers run.
        reads: Read units.
        writes: Write units.
        table_reads: Of the read units, those of the table that is read most.
        partition_reads: Of them, those of the index partition that most requests name.
        partition_writes: Of the write units, likewise.
    """

    name: str
    upstream: float
    resolvers: float
    reads: float
    writes: float = 0
    table_reads: float = 0
    partition_reads: float = 0
    partition_writes: float = 0

    def dollars(self, once: float, appsync: float) -> float:
        """Returns the price of a million.

        Args:
            once: What a million requests cost before they reach account B.
            appsync: What a million requests to AppSync cost.
        """
        return (
            once
            + self.upstream * appsync
            + self.reads * DOLLARS_A_MILLION_READ_UNITS
            + self.writes * DOLLARS_A_MILLION_WRITE_UNITS
        )

    def walls(self) -> Mapping[str, float]:
        """Returns the REST requests a second at which each quota is met; endless where never."""
        asked = {
            "AppSync tokens": (APPSYNC_TOKENS_PER_SECOND, self.upstream),
            "reads of one table": (TABLE_READ_UNITS_PER_SECOND, self.table_reads),
            "reads of one index partition": (PARTITION_READ_UNITS_PER_SECOND, self.partition_reads),
            "writes of one index partition": (
                PARTITION_WRITE_UNITS_PER_SECOND,
                self.partition_writes,
            ),
        }
        return {name: quota / each if each else math.inf for name, (quota, each) in asked.items()}

    def first_wall(self) -> tuple[str, int]:
        """Returns the quota that is met first, and at how many REST requests a second."""
        name, rate = min(self.walls().items(), key=lambda wall: wall[1])
        return name, math.floor(rate)


def requests(scan_calls: int) -> Mapping[str, Request]:
    """Returns what each kind of request asks.

    Args:
        scan_calls: Upstream requests of a page of 100 that the bench filtered from its table.
    """
    read, page, scanned = item_units(1), query_units(100), query_units(SCANNED_ITEMS)
    listed, one_each, many_each = query_units(50), item_units(50), 50 * query_units(10)
    create = 1 + INDEXES
    return {
        "get": Request("GET of an item", 1, 1, read, table_reads=read),
        "index": Request(
            "a page of 100 by an index", 1, 1, page, table_reads=page, partition_reads=page
        ),
        "scan": Request(
            f"a page of 100 by a scan, 1 % of {SCANNED_ITEMS:,} match",
            scan_calls,
            scan_calls,
            scanned,
            table_reads=scanned,
        ),
        "one": Request(
            "a list of 50, `expand` of one item each",
            1,
            51,
            listed + one_each,
            table_reads=one_each,
        ),
        "many": Request(
            "a list of 50, `expand` of up to 10 items each",
            1,
            51,
            listed + many_each,
            table_reads=many_each,
        ),
        "create": Request("POST, no index", 1, 1, 0, 1),
        "create_indexed": Request(f"POST, {INDEXES} indexes", 1, 1, 0, create, partition_writes=1),
        "patch_indexed": Request(
            f"PATCH, {INDEXES} indexes, none of their keys", 1, 1, 0, create, partition_writes=1
        ),
        "move_indexed": Request(
            f"PATCH of the key of one of {INDEXES} indexes", 1, 1, 0, create + 1, partition_writes=2
        ),
        "create_versioned": Request(
            f"POST, {INDEXES} indexes, `_version`", 1, 1, 0, create + 1, partition_writes=1
        ),
        "patch_versioned": Request(
            f"PATCH, {INDEXES} indexes, `_version`",
            2,
            2,
            read,
            create + 1,
            table_reads=read,
            partition_writes=1,
        ),
    }


def mixed(name: str, kinds: Mapping[str, Request], shares: Mapping[str, float]) -> Request:
    """Returns what an average request of a mix asks.

    Args:
        name: The mix's.
        kinds: The requests by their names.
        shares: The share of each kind in all requests; together 1.
    """
    asked = [(share, kinds[kind]) for kind, share in shares.items()]
    return Request(
        name,
        sum(share * each.upstream for share, each in asked),
        sum(share * each.resolvers for share, each in asked),
        sum(share * each.reads for share, each in asked),
        sum(share * each.writes for share, each in asked),
        sum(share * each.table_reads for share, each in asked),
        sum(share * each.partition_reads for share, each in asked),
        sum(share * each.partition_writes for share, each in asked),
    )


MIXES: Mapping[str, Mapping[str, float]] = {
    "read-heavy: 75 % GET, 15 % pages by an index, 5 % `expand`, 5 % PATCH": {
        "get": 0.75,
        "index": 0.15,
        "one": 0.05,
        "patch_indexed": 0.05,
    },
    "the same, lists by a scan in place of the index": {
        "get": 0.75,
        "scan": 0.15,
        "one": 0.05,
        "patch_indexed": 0.05,
    },
    "write-heavy: 60 % POST, 20 % PATCH, 20 % GET": {
        "create_indexed": 0.60,
        "patch_indexed": 0.20,
        "get": 0.20,
    },
    "the same with `_version`": {
        "create_versioned": 0.60,
        "patch_versioned": 0.20,
        "get": 0.20,
    },
}


def request_table(kinds: Mapping[str, Request], once: float, appsync: float) -> str:
    """Returns the table of what each kind asks and costs."""
    titles = (
        "request",
        "to AppSync, so tokens at least",
        "resolvers",
        "read units",
        "write units",
        "a million",
        "first wall",
    )
    return _table(
        titles,
        [
            (
                each.name,
                f"{each.upstream:g}",
                f"{each.resolvers:g}",
                f"{each.reads:g}",
                f"{each.writes:g}",
                f"${each.dollars(once, appsync):.2f}",
                _wall(each),
            )
            for each in kinds.values()
        ],
    )


def mix_table(kinds: Mapping[str, Request], once: float, appsync: float) -> str:
    """Returns the table of the mixes: one average request of each, and its walls."""
    rows: list[tuple[str, ...]] = []
    for name, shares in MIXES.items():
        each = mixed(name, kinds, shares)
        rates = [f"{rate:,.0f}/s" if rate < math.inf else "never" for rate in each.walls().values()]
        dollars = f"${each.dollars(once, appsync):.2f}"
        rows.append((name, f"{each.upstream:.2f}", dollars, *rates, f"**{each.first_wall()[0]}**"))
    walls = kinds["get"].walls()
    return _table(("API", "to AppSync", "a million", *walls, "first wall"), rows)


def _wall(request: Request) -> str:
    name, rate = request.first_wall()
    return f"{rate:,}/s: {name}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines)
