"""A list that is followed to its end: what must be in it, what may not, and in which order."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.ledger import FAILED, Ledger, Request, State, slug
from tests.support.gateway import Sender


@dataclass(frozen=True)
class Expected:
    """What a list of a client's own items must be.

    Attributes:
        kind: For the counts.
        target: Its first page.
        fits: Whether an item is one of the list's.
        order: The member that orders it, with `-` before it for descending; empty for no order.
    """

    kind: str
    target: str
    fits: Callable[[Mapping[str, Any]], bool]
    order: str = ""


def follow(rest: Sender, ledger: Ledger, expected: Expected) -> None:
    """Reads the list to its end; what in it contradicts the ledger is noted there."""
    seen: list[Mapping[str, Any]] = []
    target = expected.target
    query = Request(expected.kind, "GET", target, None, frozenset({200}))
    while True:
        reply = rest.send("GET", target)
        document = reply.json()
        ledger.counts[expected.kind, f"{reply.status} {slug(document)}".strip()] += 1
        if reply.status in FAILED:
            return
        if reply.status != 200 or "problems" in document:
            ledger.contradict(query, f"{reply.status} {document}")
            return
        seen.extend(document["items"])
        if "link" not in reply.headers:
            break
        target = reply.headers["link"].partition("<")[2].partition(">")[0]
    check(ledger, query, expected, seen, whole=True)


def check(
    ledger: Ledger,
    query: Request,
    expected: Expected,
    seen: list[Mapping[str, Any]],
    *,
    whole: bool,
) -> None:
    """Notes what in these items contradicts the ledger.

    Args:
        ledger: Gets the contradictions.
        query: What asked for them.
        expected: What they must be.
        seen: The items, in order.
        whole: All that fits must be among them; else there are more.
    """
    times = Counter(item["id"] for item in seen)
    listed = {item["id"]: item for item in seen}
    for item_id, item in listed.items():
        _check_one(ledger, query, expected, item_id, item)
        if times[item_id] > 1 and _is_certain(ledger, item_id):
            ledger.contradict(query, f"{item_id} twice")
    if expected.order:
        # What is uncertain may be changed between two pages, and so come out of its order.
        name = expected.order.lstrip("-")
        values = [item[name] for item in seen if _is_certain(ledger, item["id"])]
        if values != sorted(values, reverse=expected.order.startswith("-")):
            ledger.contradict(query, f"another order than {expected.order}: {values}")
    for item_id, known in ledger.items.items():
        wanted = known.certain and known.state and expected.fits(known.state)
        if whole and wanted and item_id not in listed:
            ledger.contradict(query, f"no {item_id}, which is {known.state}")


def _check_one(
    ledger: Ledger, query: Request, expected: Expected, item_id: str, item: Mapping[str, Any]
) -> None:
    shown: State = ledger.subject.state_of(item)
    if not expected.fits(item):
        ledger.contradict(query, f"{item_id}, which is none of this list: {shown}")
    known = ledger.items.get(item_id)
    if known is None and item["name"] not in ledger.unplaced:
        ledger.contradict(query, f"{item_id}, of which nobody was told: {shown}")
    if known is not None and known.certain and shown != known.state:
        ledger.contradict(query, f"{item_id}: {shown}, not {known.state}")


def _is_certain(ledger: Ledger, item_id: str) -> bool:
    known = ledger.items.get(item_id)
    return known is not None and known.certain
