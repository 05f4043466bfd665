"""When which faults are in force: drawn from a seed, so that a run can be repeated."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

import requests

from tests.support.sandbox import RunningSandbox

# Each of them must hit for a run to mean something.
KINDS = {"throttle", "latency", "cut_before", "cut_after", "cut_reply", "error", "expire_early"}
Fault = Mapping[str, Any]
# Longer than a request of the run may take, so that what arrives so late is answered by 504.
LATE_MILLISECONDS = 4000
LEAST_SECONDS, MOST_SECONDS = 0.4, 0.8


@dataclass(frozen=True)
class Window:
    """Some faults and how long they are in force."""

    name: str
    seconds: float
    faults: tuple[Fault, ...]


def schedule(seed: int, seconds: float) -> tuple[Window, ...]:
    """Returns windows that fill this time; each kind of weather comes once before any again."""
    rng = random.Random(seed)
    windows: list[Window] = []
    left = seconds
    while left > 0:
        kinds = list(_WEATHER.items())
        rng.shuffle(kinds)
        for name, faults in kinds:
            length = min(left, rng.uniform(LEAST_SECONDS, MOST_SECONDS))
            if length > 0:
                windows.append(Window(name, length, faults(rng)))
                left -= length
    return tuple(windows)


def play(windows: tuple[Window, ...], sandbox: RunningSandbox, stop: Event) -> Counter[str]:
    """Puts each window's faults in force in its time; returns how often each kind hit."""
    hits: Counter[str] = Counter()
    end = monotonic()
    for window in windows:
        sandbox.set_faults(*map(dict, window.faults))
        end += window.seconds
        stop.wait(max(0.0, end - monotonic()))
        hits.update(_hits(sandbox))
    sandbox.set_faults()
    return hits


def _hits(sandbox: RunningSandbox) -> dict[str, int]:
    reply = requests.get(f"{sandbox.url}/_admin/faults", timeout=10)
    counted: Counter[str] = Counter()
    for fault in reply.json()["faults"]:
        counted[f"{fault.get('target', 'any')} {fault['kind']}"] += fault["hits"]
    return counted


def _sometimes(kind: str) -> Callable[[random.Random], tuple[Fault, ...]]:
    return lambda rng: (_fault(rng, kind),)


def _fault(rng: random.Random, kind: str, most: float = 0.35, **more: Any) -> Fault:
    return {
        "kind": kind,
        "target": "appsync",
        "probability": round(rng.uniform(most / 4, most), 3),
        "seed": rng.randrange(2**31),
        **more,
    }


def _sts_down(rng: random.Random) -> tuple[Fault, ...]:
    down: Fault = {"kind": "error", "status": rng.choice((500, 503)), "target": "sts"}
    cut: Fault = {"kind": "cut_before", "target": "sts"}
    return (rng.choice((down, cut)), _short_sessions())


def _short_sessions() -> Fault:
    # STS tells times in whole seconds, so this is a life of 0.3 s to 1.3 s.
    return {"kind": "expire_early", "seconds": 1.3, "target": "appsync"}


def _storm(rng: random.Random) -> tuple[Fault, ...]:
    kinds = ("cut_before", "cut_after", "cut_reply", "throttle")
    return (
        *(_fault(rng, kind, 0.15) for kind in kinds),
        _fault(rng, "latency", 0.5, milliseconds=rng.randint(20, 200)),
    )


_WEATHER: Mapping[str, Callable[[random.Random], tuple[Fault, ...]]] = {
    "calm": lambda _: (),
    "throttled": lambda rng: (
        {"kind": "throttle", "target": "appsync", "per_second": rng.randint(20, 80)},
    ),
    "slow": lambda rng: (_fault(rng, "latency", 0.9, milliseconds=rng.randint(50, 300)),),
    "late": lambda rng: (
        _fault(rng, "latency", 0.08, milliseconds=LATE_MILLISECONDS, operation="mutation"),
    ),
    "cut before": _sometimes("cut_before"),
    "cut after": _sometimes("cut_after"),
    "cut reply": _sometimes("cut_reply"),
    "errors": lambda rng: (_fault(rng, "error", status=rng.choice((500, 502, 503))),),
    "expired": lambda _: (_short_sessions(),),
    "sts down": _sts_down,
    "sts throttled": lambda _: (
        {"kind": "throttle", "target": "sts", "per_second": 1},
        _short_sessions(),
    ),
    "storm": _storm,
}
