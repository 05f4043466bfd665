"""Writes docs/performance.md and its plot from the results, with the ratios as they are."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.events import BATCH_SIZE
from bench.figures import MEGABYTE, Figure, figures, median_ratio
from bench.processes import CONTESTANTS
from tests.support.todo import PROJECT

PAGE = PROJECT / "docs" / "performance.md"
PLOT = PROJECT / "docs" / "performance.png"
NAMES = {
    "gateway": "gateway",
    "plain": "plain",
    "plain_kept": "plain, STS client kept",
    "tuned": "tuned",
    "floor": "floor",
    "gql_client": "gql",
}
YARDSTICK = "tuned"
_MARKERS = "osDv^"
# What the plot calls them, for who reads nothing but the plot.
_EXPLAINED = {
    "gateway": "this gateway, all that REST promises included",
    "plain": "a Lambda as articles show it: new clients each time",
    "plain_kept": "the same, its STS client kept",
    "tuned": "1 = a Lambda made with care: all clients and credentials kept",
    "floor": "the least possible: one signed POST by hand",
    "gql_client": "the GraphQL client gql, its session kept",
}
# The rows of the plot, by those of the table.
_PLOTTED = {
    "import + first request": "first request\nof a new process",
    "start in Lambda to first response, CPU": "start in Lambda,\nCPU time",
    "warm POST, CPU": "create an item,\nCPU time",
    "warm GET, CPU": "read an item,\nCPU time",
    "warm GET of a list of 50, CPU": "list 50 items,\nCPU time",
    f"{BATCH_SIZE} creates (gateway: one batch), CPU": (
        f"create {BATCH_SIZE} items\n(gateway: one batch),\nCPU time"
    ),
    "peak memory": "peak memory",
    "zip": "size of the zip",
}

_ABOUT = """# Performance

Written by `make bench`; do not edit. Ratios are the result: the times are one machine's.

## The bounds
{bounds}

## Side by side
The ratio to `tuned`, and in parentheses the median itself. Each ratio is the median of the ratios
within the rounds.

{table}

![What the gateway costs beside simpler ways, as ratios to tuned](performance.png)

## Counts
{counts}

## Who is measured
- **gateway**: app.py through its Lambda entry, with validation, ETag, log line and all.
- **plain**: the article's Lambda carried over to Python: AssumeRole by a boto3 client and a new
  connection at every request. The client is made within the handler, as published examples of
  AssumeRole in a Lambda make it. Where it is made once instead (**plain, STS client kept**), the
  CPU of a warm POST, gateway / plain, is {kept:.2f}.
- **tuned**: cached credentials (one boto3 STS client), one requests session, requests-aws4auth.
- **floor**: the same signed POST by http.client, signed by hand with a cached signing key.
- **gql**: gql's client with its AppSyncIAMAuthentication over aiohttp, one session kept.

All but the gateway do none of what the REST contract asks beyond the call itself: no validation, no
ETag, no problem documents, no log line, no page filled up, no retry.

## How
- STS and AppSync are stand-ins in processes of their own on loopback, over plain HTTP. They answer
  at once, in JSON without spaces as AppSync does: what is measured is the caller, and neither TLS
  nor distance, which are the same for all.
- A contestant is a Lambda handler in a process of its own. It gets API Gateway's events and returns
  API Gateway's response. The log goes to /dev/null. CPU is that of the process, all threads.
- *import + first request*: from before the handler's import to the end of the first POST,
  AssumeRole included, in a fresh process, {cold} of them for each.
- *a related item each*: of the shop, posts of 8 members with their authors against GETs of a post
  (plain), and orders with their customers of 24 members against GETs of a customer (nested: both
  hold addresses, lists and numbers); {shop} rounds in as many processes. *by an index*: the
  stand-in's table has so many items, of which every hundredth is asked for.
- *warm*: {warm} rounds of {requests} requests of a kind, contestants taking turns, each in
  {processes} processes one after another.
- *start in Lambda*: CPU from the process's start to its first response under awslambdaric, from
  the unpacked zip, with the runtime's boto3, whose bytecode is there. Ordinary bytecode is stale by
  a zip's dates and /var/task is read-only, so a start compiles what it imports from the zip. The
  gateway's is the zip of `make package`, which docs/deploy.md deploys: it holds bytecode that goes
  by the sources' hashes. The others' are their sources. {starts} starts each.
- *peak memory*: the resident set's high-water mark of those processes after all kinds of requests;
  the gateway's batch is among them.
- AssumeRole calls are counted by the stand-in. The gateway's threads enter below Chalice's Lambda
  entry, which takes one request at a time, as `chalice local` does. `plain` runs on one thread.

## Lists and batches: tried, and not taken
Numbers of one process on a busy machine, before and after.
- No garbage collection within a request: a batch 5.3 ms in place of 5.4, a list the same.
- One fragment for all selections of a batch's document, which is a quarter shorter: 12 µs of CPU
  send and receive 30 kB, and 7 µs 2 kB, so the bytes are not what a batch costs.
- What a list's query asks for, kept by the query's text: it spares 16 µs of 400. What `fields` and
  `expand` ask for is kept: about 100 µs of 2,100.
- The encoder in C kept between calls: 1.6 µs in place of 2.4 for a small item, by a constructor
  that no documentation names. In its place, what goes out together is encoded together.
- Bodies parsed without looking for names that stand twice: 56 µs in place of 86 for 13 kB, and no
  cheaper look was found that misses nothing.
- The encoder that escapes all beyond ASCII, where nothing is: 582 µs in place of 617 for a page of
  65 kB, and whoever writes other letters would pay for both. 426 of the 617 are members' names.
- Numbers looked at without a call of `math.isinf`: no difference for 71 kB with 350 of them. Not
  looking spares 43 of 542 µs, and would pass on what is beyond doubles.
- orjson for replies and answers: a page of 71 kB is decoded in 250 µs in place of 480 and encoded
  in 53 in place of 650, and a batch would spare 500 of 3,300. But it is 130 kB of the zip, half of
  the room that bytecode has, and a start in Lambda took 233 ms of CPU in place of 198: a fifth
  more, beyond its bound. `json` would have stayed beside it, for names that stand twice, integers
  beyond 64 bits and lone surrogates. In its place, items that are shown as they came go out in
  account B's own JSON, which is cut from the reply and not encoded: 1,240 µs in place of 1,770 for
  that page with its request.
- Random bytes for all ids of a batch at once: 4 µs in place of 36, of 2,700.

The batch is held against single creates, so each saving in those raises its ratio. What is left:
`json` alone (a batch's body, variables and reply) with one single create takes 28 % of what a batch
takes, and 70 % of what the list with nested values does (its reply, and one GET). The rest of a
batch is some 20 µs for each create: 2 to read its request, 6 to check it and make its call, 3 to
send it and to read what came back, 5 to make its answer and 2 to write that.

Measured {when} on {cpus} CPUs ({architecture}), Python {python}; load average {before:.1f} before
and {after:.1f} after (the measurement itself keeps about one CPU busy). All rounds are in
bench/results.json.
"""


def write_report(results: dict[str, Any]) -> str:
    """Returns the table of bounds; writes the page and its plot."""
    bounds = _bounds(figures(results))
    rows = _rows(results)
    warm, machine = results["warm"], results["machine"]
    text = _ABOUT.format(
        bounds=bounds,
        table=_table(rows),
        counts=_counts(results),
        kept=median_ratio(
            warm["gateway"]["post"]["cpu"],
            warm["plain_kept"]["post"]["cpu"],
        ),
        cold=len(results["cold"][YARDSTICK]),
        warm=len(warm[YARDSTICK]["post"]["cpu"]),
        requests=results["warmRequests"],
        processes=results["warmProcesses"],
        shop=len(results["shop"]["plain"]["single"]),
        starts=len(results["lambdaStart"][YARDSTICK]),
        when=results["measuredAt"],
        cpus=machine["cpus"],
        architecture=machine["architecture"],
        python=machine["python"],
        before=machine["loadAverageBefore"][0],
        after=machine["loadAverageAfter"][0],
    )
    PAGE.write_text(text, encoding="utf-8")
    _plot(rows)
    return bounds


def _bounds(measured: Sequence[Figure]) -> str:
    lines = ["| figure | at most | measured | |", "|---|---|---|---|"]
    for figure in measured:
        unit = f" {figure.unit}" if figure.unit else ""
        digits = 0 if isinstance(figure.value, int) else 1 if figure.at_most > 1 else 3
        lines.append(
            f"| {figure.name} | {figure.at_most:g}{unit} | {figure.value:.{digits}f}{unit} |"
            f" {'reached' if figure.reached else '**not reached**'} |"
        )
    return "\n".join(lines)


def _rows(results: Mapping[str, Any]) -> dict[str, dict[str, tuple[float, str]]]:
    """Returns for each quantity each contestant's ratio to the yardstick, and its median."""
    warm = results["warm"]
    rows = {
        "import + first request": _row(results["cold"], _milliseconds),
        "start in Lambda to first response, CPU": _row(results["lambdaStart"], _milliseconds),
    }
    for kind, name in {"post": "POST", "get": "GET", "list": "GET of a list of 50"}.items():
        for clock in ("cpu", "wall"):
            rounds = {each: warm[each][kind][clock] for each in CONTESTANTS}
            clock_name = "CPU" if clock == "cpu" else "wall time"
            rows[f"warm {name}, {clock_name}"] = _row(rounds, _microseconds)
    for clock in ("cpu", "wall"):
        rounds = {
            each: [BATCH_SIZE * seconds for seconds in warm[each]["post"][clock]]
            for each in CONTESTANTS
        }
        rounds["gateway"] = warm["gateway"]["batch"][clock]
        clock_name = "CPU" if clock == "cpu" else "wall time"
        rows[f"{BATCH_SIZE} creates (gateway: one batch), {clock_name}"] = _row(
            rounds, _milliseconds
        )
    rows["peak memory"] = _row(results["peakBytes"], _megabytes)
    rows["zip"] = _row({name: [size] for name, size in results["zipBytes"].items()}, _megabytes)
    return rows


def _row(
    rounds: Mapping[str, Sequence[float]], shown: Callable[[float], str]
) -> dict[str, tuple[float, str]]:
    return {
        name: (median_ratio(values, rounds[YARDSTICK]), shown(statistics.median(values)))
        for name, values in rounds.items()
    }


def _table(rows: Mapping[str, Mapping[str, tuple[float, str]]]) -> str:
    lines = [
        "| | " + " | ".join(NAMES[name] for name in CONTESTANTS) + " |",
        "|---|" + "---|" * len(CONTESTANTS),
    ]
    for title, row in rows.items():
        cells = [f"{row[name][0]:.2f} ({row[name][1]})" for name in CONTESTANTS]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _counts(results: Mapping[str, Any]) -> str:
    lines = [
        "| | AssumeRole calls | a page of 100 at 1 % match: upstream requests | items in it |",
        "|---|---|---|---|",
    ]
    for name in CONTESTANTS:
        asked, page = results["assumeRole"][name], results["page"][name]
        threads = f"{asked['threads']} thread" + "s" * (asked["threads"] > 1)
        lines.append(
            f"| {NAMES[name]} | {asked['assumeRole']:,} in {asked['requests']:,} requests,"
            f" {threads} | {page['upstreamRequests']} | {page['items']} |"
        )
    return "\n".join(lines)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.1f} ms"  # noqa: PLR2004 - two digits


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs"


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:.2f} MB" if size < 10 * MEGABYTE else f"{size / MEGABYTE:.0f} MB"


def _plot(rows: Mapping[str, Mapping[str, tuple[float, str]]]) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only the plot needs

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    shown = [name for name in CONTESTANTS if name != YARDSTICK]
    figure, axes = plt.subplots(figsize=(9, 8.4))
    for place, name in enumerate(shown):
        # Each has a lane of its own within a row, so that none hides another.
        lane = (place + 1) / (len(shown) + 1) - 0.5
        ratios = [rows[title][name][0] for title in _PLOTTED]
        heights = [row + lane for row in range(len(_PLOTTED))]
        axes.scatter(ratios, heights, marker=_MARKERS[place], s=55, label=_EXPLAINED[name])
        for ratio, height in zip(ratios, heights, strict=True):
            axes.annotate(
                f"{ratio:.2g}",
                (ratio, height),
                xytext=(-7 if ratio < 1 else 7, 0),
                textcoords="offset points",
                ha="right" if ratio < 1 else "left",
                va="center",
                fontsize=8,
                fontweight="bold" if name == "gateway" else "normal",
            )
    for row in range(0, len(_PLOTTED), 2):
        axes.axhspan(row - 0.5, row + 0.5, color="grey", alpha=0.08, linewidth=0)
    axes.axvline(1, color="black", linewidth=1, zorder=0, label=_EXPLAINED[YARDSTICK])
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.set_yticks(range(len(_PLOTTED)), list(_PLOTTED.values()))
    axes.set_ylim(len(_PLOTTED) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("times as much as a Lambda made with care (left is better)")
    axes.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    figure.suptitle(
        "What this REST gateway costs, beside simpler ways to the same API", fontsize=13
    )
    figure.legend(loc="lower center", ncols=2, fontsize=9, frameon=False)
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    # Without a date and a version in it, the same figures make the same file.
    figure.savefig(PLOT, dpi=110, metadata={"Software": None})
    plt.close(figure)
