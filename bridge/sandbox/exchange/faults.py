"""Faults on demand: what goes wrong, for which requests, how often."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FaultError(ValueError):
    """A fault's description makes no sense; the message says why."""


class Kind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"  # refused as too many; `per_second` lets that many through
    LATENCY = "latency"  # answered `milliseconds` later
    ERROR = "error"  # answered with `status`, 5xx
    CUT_BEFORE = "cut_before"  # the connection ends, nothing was done
    CUT_AFTER = "cut_after"  # the connection ends, the request was carried out
    CUT_REPLY = "cut_reply"  # the connection ends in the middle of the reply
    EXPIRE_EARLY = "expire_early"  # sessions end `seconds` after they began
    CLOCK_SKEW = "clock_skew"  # the service's clock is `seconds` ahead


# Which number each kind takes, and whether it must.
_NUMBERS: Mapping[Kind, tuple[str, bool]] = {
    Kind.THROTTLE: ("per_second", False),
    Kind.LATENCY: ("milliseconds", True),
    Kind.ERROR: ("status", True),
    Kind.EXPIRE_EARLY: ("seconds", True),
    Kind.CLOCK_SKEW: ("seconds", True),
}
_TARGETS = ("sts", "appsync")
_OPERATIONS = ("query", "mutation")
_SERVER_ERRORS = range(500, 600)
# Twice what AppSync gives a request: whoever waits longer has no sandbox any more.
# Source: AWS General Reference, "AWS AppSync endpoints and quotas", request execution time, 30 s.
MOST_LATENCY_MILLISECONDS = 60_000


@dataclass(frozen=True)
class Fault:
    """One fault that is in force.

    Attributes:
        kind: What goes wrong.
        number: The kind's number: requests a second, milliseconds, status or seconds.
        target: "sts" or "appsync"; None for both.
        operation: "query" or "mutation" of AppSync; None for any request.
        count: How many requests it hits; None for all.
        probability: Of hitting a request that it is about, 0 to 1.
        seed: Of the probability's random numbers, so that a run can be repeated.
    """

    kind: Kind
    number: float | None = None
    target: str | None = None
    operation: str | None = None
    count: int | None = None
    probability: float = 1.0
    seed: int | None = None

    @classmethod
    def parse(cls, document: Any) -> "Fault":
        """Returns a fault from its JSON description.

        Raises:
            FaultError: The description makes no sense.
        """
        if not isinstance(document, Mapping):
            raise FaultError("a fault must be an object")
        try:
            kind = Kind(document.get("kind", ""))
        except ValueError:
            raise FaultError(f"kind must be one of {', '.join(Kind)}") from None
        name, is_needed = _NUMBERS.get(kind, (None, False))
        known = {"kind", "target", "operation", "count", "probability", "seed", name}
        unknown = sorted(str(key) for key in document if key not in known)
        if unknown:
            raise FaultError(f"{kind} takes no {', '.join(unknown)}")
        fault = cls(
            kind=kind,
            number=_number(document, name) if name else None,
            target=document.get("target"),
            operation=document.get("operation"),
            count=_whole(document, "count"),
            probability=_number(document, "probability", 1.0) or 0.0,
            seed=_whole(document, "seed"),
        )
        if fault.target not in (None, *_TARGETS):
            raise FaultError(f"target must be one of {', '.join(_TARGETS)}")
        if fault.operation not in (None, *_OPERATIONS):
            raise FaultError(f"operation must be one of {', '.join(_OPERATIONS)}")
        if is_needed and fault.number is None:
            raise FaultError(f"{kind} needs {name}")
        if kind is Kind.ERROR and fault.number not in _SERVER_ERRORS:
            raise FaultError("status must be 500 to 599")
        if kind is Kind.LATENCY and (fault.number or 0) > MOST_LATENCY_MILLISECONDS:
            raise FaultError(f"milliseconds must be at most {MOST_LATENCY_MILLISECONDS}")
        return fault

    def describe(self) -> dict[str, Any]:
        """Returns the JSON description that `parse` takes, without what is left at its default."""
        name = _NUMBERS.get(self.kind, ("number", False))[0]
        described = {
            "kind": self.kind.value,
            name: self.number,
            "target": self.target,
            "operation": self.operation,
            "count": self.count,
            "probability": self.probability if self.probability != 1.0 else None,
            "seed": self.seed,
        }
        return {key: value for key, value in described.items() if value is not None}


@dataclass(frozen=True)
class Drawn:
    """The faults that hit one request."""

    faults: tuple[Fault, ...] = ()

    def __contains__(self, kind: Kind) -> bool:
        """Tells whether a fault of this kind hits the request."""
        return any(fault.kind is kind for fault in self.faults)

    def number(self, kind: Kind) -> float | None:
        """Returns the number of the first fault of this kind, or None."""
        return next((fault.number for fault in self.faults if fault.kind is kind), None)


class _Armed:
    """A fault with its counters."""

    def __init__(self, fault: Fault, clock: Callable[[], float]) -> None:
        self.fault = fault
        self.hits = 0
        self._random = random.Random(fault.seed)  # noqa: S311 - repeatable, not secret
        self._clock = clock
        self._allowance = max(fault.number or 0.0, 1.0)
        self._counted_at = clock()

    def concerns(self, target: str, operation: Callable[[], str | None]) -> bool:
        fault = self.fault
        return fault.target in (None, target) and (
            fault.operation is None or fault.operation == operation()
        )

    def hit(self) -> bool:
        """Tells whether this request is hit, and counts it if so."""
        fault = self.fault
        if fault.count is not None and self.hits >= fault.count:
            return False
        if fault.probability < 1.0 and self._random.random() >= fault.probability:
            return False
        if fault.kind is Kind.THROTTLE and fault.number is not None and self._let_through():
            return False
        self.hits += 1
        return True

    def _let_through(self) -> bool:
        """A token bucket that holds one second's worth, and one token at least."""
        now, rate = self._clock(), self.fault.number or 0.0
        self._allowance = min(max(rate, 1.0), self._allowance + (now - self._counted_at) * rate)
        self._counted_at = now
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True


class Faults:
    """The faults in force; safe to use from several threads."""

    def __init__(
        self, faults: Iterable[Fault] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Arms the faults that are in force from the start."""
        self._clock = clock
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self.replace(faults)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Makes these the faults in force; their counters begin at nought."""
        armed = [_Armed(fault, self._clock) for fault in faults]
        with self._lock:
            self._armed = armed

    def draw(self, target: str, operation: Callable[[], str | None]) -> Drawn:
        """Returns the faults that hit the next request, and counts them.

        Args:
            target: "sts" or "appsync".
            operation: Returns "query", "mutation" or None; asked only when a fault depends on it.
        """
        with self._lock:
            if not self._armed:
                return Drawn()
            concerned = [armed for armed in self._armed if armed.concerns(target, operation)]
            return Drawn(tuple(armed.fault for armed in concerned if armed.hit()))

    def describe(self) -> list[dict[str, Any]]:
        """Returns each fault's JSON description with its number of `hits`."""
        with self._lock:
            return [{**armed.fault.describe(), "hits": armed.hits} for armed in self._armed]


def parse_faults(document: Any) -> tuple[Fault, ...]:
    """Returns the faults of `{"faults": [...]}`; `hits`, as `describe` gives it, is ignored.

    Raises:
        FaultError: The description makes no sense.
    """
    listed = document.get("faults") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise FaultError('must be {"faults": [...]}')
    without_hits = (
        {key: value for key, value in item.items() if key != "hits"}
        if isinstance(item, Mapping)
        else item
        for item in listed
    )
    return tuple(Fault.parse(item) for item in without_hits)


def _number(document: Mapping[str, Any], name: str, default: float | None = None) -> float | None:
    value = document.get(name, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FaultError(f"{name} must be a number")
    return value


def _whole(document: Mapping[str, Any], name: str) -> int | None:
    value = document.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise FaultError(f"{name} must be a whole number")
    return value
