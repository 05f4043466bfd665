"""Measures the contestants side by side, taking turns in rounds, since the machine is shared."""

import itertools
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import events, shop
from bench.fifty import write_contract
from bench.lambda_runtime import compile_runtime, start
from bench.packages import packages
from bench.processes import CONTESTANTS, Standins, Worker, standins, worker
from tests.support.todo import PROJECT

COLD_ROUNDS = 15
# A process may be lucky or not in how its memory lies, so each contestant gets several.
WARM_PROCESSES = 5
WARM_ROUNDS = 8
WARM_REQUESTS = 50
WARM_BATCHES = 2
WARM_EXPANDED = 10
# The tables of which a page is read by an index.
INDEXED_ITEMS = (10_000, 1_000_000)
START_ROUNDS = 7
THREADS = 16
THREADED_REQUESTS = 10_000
# It asks STS at every request, and boto3 does not let threads make clients at the same time.
PLAIN_REQUESTS = 1_000

Say = Callable[[str], None]


def measure(say: Say) -> dict[str, Any]:
    """Returns all measurements, raw: a number for each round; seconds, bytes and counts.

    Args:
        say: Told what is going on.
    """
    results: dict[str, Any] = {
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "warmRequests": WARM_REQUESTS,
        "warmProcesses": WARM_PROCESSES,
        "machine": {
            "cpus": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
            "loadAverageBefore": os.getloadavg(),
        },
    }
    with standins() as account_b:
        say(f"cold: {COLD_ROUNDS} fresh processes each")
        results["cold"] = cold(account_b)
        results["coldFifty"] = cold_fifty(account_b)
        say(f"warm: {WARM_ROUNDS} rounds in each of {WARM_PROCESSES} processes")
        results["warm"] = warm(account_b)
        results.update(upstream_requests(account_b))
        say(f"the shop: {WARM_ROUNDS} rounds in each of {WARM_PROCESSES} processes")
        results["shop"] = warm_shop(account_b)
        say(f"AssumeRole: {THREADED_REQUESTS:,} requests over {THREADS} threads")
        results["assumeRole"] = assume_role_calls(account_b)
        say(f"packages: {START_ROUNDS} starts each under awslambdaric")
        results.update(starts(account_b))
    results["indexPages"] = index_pages()
    results["machine"]["loadAverageAfter"] = os.getloadavg()
    return results


def turns(rounds: int) -> Iterator[tuple[str, ...]]:
    """Returns for each round the contestants, each time begun with another one."""
    for number in range(rounds):
        first = number % len(CONTESTANTS)
        yield CONTESTANTS[first:] + CONTESTANTS[:first]


def cold(account_b: Standins) -> dict[str, list[float]]:
    """Returns the seconds of import and first request, in a fresh process each time."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for name in CONTESTANTS:  # writes the bytecode, once
        _first(name, account_b)
    for turn in turns(COLD_ROUNDS):
        for name in turn:
            seconds[name].append(_first(name, account_b))
    return seconds


def cold_fifty(account_b: Standins) -> dict[str, list[float]]:
    """Returns the same of the gateway with Todo's contract, and with one of 50 models."""
    with tempfile.TemporaryDirectory() as folder:
        contract = Path(folder) / "contract.json"
        write_contract(PROJECT, contract)
        seconds: dict[str, list[float]] = {name: [] for name in ("gateway", "gateway_fifty")}
        for _ in range(COLD_ROUNDS):
            for name, rounds in seconds.items():
                rounds.append(_first(name, account_b, contract))
    return seconds


def _first(name: str, account_b: Standins, contract: Path | None = None) -> float:
    environment = account_b.environment()
    if contract is not None:
        environment["BENCH_CONTRACT"] = str(contract)
    with worker(name, environment) as fresh_worker:
        told = fresh_worker.ask("cold", events.POST)
    _check(told, name)
    return float(told["wall"])


def warm(account_b: Standins) -> dict[str, Any]:
    """Returns CPU and wall seconds of one warm request of each kind."""
    rounds: dict[str, Any] = {name: {} for name in CONTESTANTS}
    for _ in range(WARM_PROCESSES):
        with _ready(account_b) as workers:
            for turn in turns(WARM_ROUNDS):
                for name in turn:
                    for kind, told in _round(workers[name]).items():
                        of_kind = rounds[name].setdefault(kind, {"cpu": [], "wall": []})
                        of_kind["cpu"].append(told["cpu"])
                        of_kind["wall"].append(told["wall"])
    return rounds


def upstream_requests(account_b: Standins) -> dict[str, Any]:
    """Returns the calls and items of the filtered page, and the calls of a batch."""
    with _ready(account_b) as workers:
        return {
            "page": {name: _page(each, account_b, events.PAGE) for name, each in workers.items()},
            "batchUpstreamRequests": _batch(workers["gateway"], account_b),
        }


def warm_shop(account_b: Standins) -> dict[str, dict[str, list[float]]]:
    """Returns the CPU seconds of lists with a related item in each, and of single GETs."""
    seconds: dict[str, dict[str, list[float]]] = {
        kind: {"expanded": [], "single": []} for kind in events.EXPANDED
    }
    for _ in range(WARM_PROCESSES):
        with _shop(account_b) as each:
            for event in itertools.chain(*events.EXPANDED.values()):
                _check(each.ask("once", event), each.name)
                each.ask("warm", event, times=WARM_REQUESTS)
            for _ in range(WARM_ROUNDS):
                for kind, (expanded, single) in events.EXPANDED.items():
                    told = each.ask("warm", expanded, times=WARM_EXPANDED)
                    seconds[kind]["expanded"].append(told["cpu"])
                    told = each.ask("warm", single, times=WARM_REQUESTS)
                    seconds[kind]["single"].append(told["cpu"])
    return seconds


def index_pages() -> dict[str, dict[str, int]]:
    """Returns the calls and items of a page that an index gives, by the table's size."""
    pages = {}
    for items in INDEXED_ITEMS:
        with standins(items) as account_b, _shop(account_b) as each:
            pages[str(items)] = _page(each, account_b, events.INDEX_PAGE)
    return pages


@contextmanager
def _shop(account_b: Standins) -> Iterator[Worker]:
    """Gives a worker of the gateway with the shop's contract, which has made its first request."""
    with tempfile.TemporaryDirectory() as folder:
        contract = Path(folder) / "contract.json"
        shop.write_contract(PROJECT, contract)
        environment = {**account_b.environment(), "BENCH_CONTRACT": str(contract)}
        with worker("gateway_shop", environment) as each:
            _check(each.ask("cold", events.INDEX_PAGE), each.name)
            yield each


@contextmanager
def _ready(account_b: Standins) -> Iterator[dict[str, Worker]]:
    """Gives a worker for each contestant, warm."""
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(worker(name, account_b.environment())) for name in CONTESTANTS
        }
        for name, each in workers.items():
            _check(each.ask("cold", events.POST), name)
            for event in events.WARM.values():
                _check(each.ask("once", event), name)
                each.ask("warm", event, times=WARM_REQUESTS)
        yield workers


def _round(each: Worker) -> dict[str, dict[str, float]]:
    told = {
        kind: each.ask("warm", event, times=WARM_REQUESTS) for kind, event in events.WARM.items()
    }
    if each.name == "gateway":
        told["batch"] = each.ask("warm", events.BATCH, times=WARM_BATCHES)
    return told


def _page(each: Worker, account_b: Standins, event: dict[str, Any]) -> dict[str, int]:
    before = account_b.appsync_calls()
    answer = each.ask("once", event)
    _check(answer, each.name)
    return {
        "upstreamRequests": account_b.appsync_calls() - before,
        "items": len(json.loads(answer["body"])["items"]),
    }


def _batch(each: Worker, account_b: Standins) -> int:
    before = account_b.appsync_calls()
    answer = each.ask("once", events.BATCH)
    _check(answer, each.name)
    statuses = {response["status"] for response in json.loads(answer["body"])["responses"]}
    if statuses != {201}:
        raise RuntimeError(f"the batch created not all: {statuses}")
    return account_b.appsync_calls() - before


def assume_role_calls(account_b: Standins) -> dict[str, dict[str, int]]:
    """Returns the AssumeRole and AppSync calls of many requests, from a start without any."""
    counts = {}
    for name in CONTESTANTS:
        plain = name.startswith("plain")
        times, threads = (PLAIN_REQUESTS, 1) if plain else (THREADED_REQUESTS, THREADS)
        sts, appsync = account_b.sts_calls(), account_b.appsync_calls()
        with worker(name, account_b.environment()) as each:
            told = each.ask("threads", events.POST, times=times, threads=threads)
        if told["succeeded"] != times:
            raise RuntimeError(f"{name}: {told['succeeded']} of {times} requests succeeded")
        counts[name] = {
            "requests": times,
            "threads": threads,
            "assumeRole": account_b.sts_calls() - sts,
            "appsync": account_b.appsync_calls() - appsync,
        }
    return counts


def starts(account_b: Standins) -> dict[str, Any]:
    """Returns each package's size, and of its starts the CPU seconds and the peak memory."""
    compile_runtime()
    with tempfile.TemporaryDirectory() as folder:
        made = {each.name: each for each in packages(Path(folder))}
        tasks = {name: each.unpack(Path(folder) / f"task-{name}") for name, each in made.items()}
        sizes = {name: each.archive.stat().st_size for name, each in made.items()}
        seconds: dict[str, list[float]] = {name: [] for name in made}
        peaks: dict[str, list[int]] = {name: [] for name in made}
        for turn in turns(START_ROUNDS):
            for name in turn:
                shown = start(made[name], tasks[name], account_b)
                seconds[name].append(shown.cpu_seconds)
                peaks[name].append(shown.peak_bytes)
    return {"zipBytes": sizes, "lambdaStart": seconds, "peakBytes": peaks}


def _check(answer: dict[str, Any], name: str) -> None:
    """Stops the measurement where a contestant did not succeed: an error would be quicker."""
    if answer["status"] not in {200, 201}:
        raise RuntimeError(f"{name}: {answer}")
