"""The fault run: many clients, a schedule of faults, and then the store against the replies."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http.client import OK
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

from bridge.project import Project
from tests.chaos.client import Client
from tests.chaos.ledger import Ledger
from tests.chaos.schedule import KINDS, LATE_MILLISECONDS, Window, play, schedule
from tests.chaos.shared import Shared
from tests.chaos.shop import JOURNAL
from tests.chaos.subjects import Subject
from tests.support.gateway import BothAccounts
from tests.support.sandbox import copy_project
from tests.support.shop import shop_project

CLIENTS = 16
LEAST_ITEMS = 50
# Deadline of a request: this less the half second that the gateway keeps for the way back.
LAMBDA_TIMEOUT_SECONDS = 4


@dataclass
class Report:
    """What a run did and found.

    Attributes:
        subject: What was driven.
        seed: Repeats the schedule and each client's draws.
        windows: The schedule.
        requests: How many requests met each status, by their kind.
        hits: How often each fault hit.
        upstream: What the gateway's log lines sum up to.
        items: How many items' states were compared with the store.
        either: How many of them were left open by a 504, and were one of the two.
        contradictions: What cannot be; empty after a good run.
    """

    subject: Subject
    seed: int
    windows: tuple[Window, ...]
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    upstream: Counter[str] = field(default_factory=Counter)
    items: int = 0
    either: int = 0
    contradictions: list[str] = field(default_factory=list)

    @property
    def misses(self) -> list[str]:
        """What did not come to pass, though a run without it shows little; empty after a good run.

        A rate of requests depends on the machine: one that is too slow may never be throttled.
        """
        hit = {name.split()[1] for name, hits in self.hits.items() if hits}
        missed = [f"no {kind} hit" for kind in sorted(KINDS - hit)]
        if self.items <= LEAST_ITEMS:
            missed.append(f"{self.items} items are too few")
        if not self.upstream["retries"]:
            missed.append("no request was repeated")
        return missed

    @property
    def statuses(self) -> Counter[str]:
        """How many requests met each status."""
        counted: Counter[str] = Counter()
        for (_, status), number in self.requests.items():
            counted[status] += number
        return counted

    def text(self) -> str:
        """Returns the counts for a person."""
        lines = [
            f"{self.subject.title}, seed {self.seed}: {len(self.windows)} windows of faults",
            f"{self.requests.total()} requests, {self.items} items compared",
            f"{self.either} of them left open by a 504",
        ]
        for title, counted in (
            ("statuses", self.statuses),
            ("faults", self.hits),
            ("gateway", self.upstream),
        ):
            lines.append(title)
            lines.extend(f"  {number:6} {name}" for name, number in sorted(counted.items()))
        lines.append("requests")
        for kind in sorted({kind for kind, _ in self.requests}):
            each = {s: n for (k, s), n in sorted(self.requests.items()) if k == kind}
            lines.append(f"  {kind}: " + ", ".join(f"{n} of {s}" for s, n in each.items()))
        lines.append(f"contradictions: {len(self.contradictions)}")
        lines.extend(f"  {each}" for each in self.contradictions[:20])
        lines.extend(self.misses)
        return "\n".join(lines)


def project_of(subject: Subject, folder: Path) -> Path:
    """Returns a new folder `root` in this one, with the files of the subject's account B."""
    if not subject.shop:
        return copy_project(folder)
    root = shop_project(folder, versioned=subject.versioned)
    functions = Project.at(root).account_b.functions
    functions.write_text(functions.read_text(encoding="utf-8") + JOURNAL, encoding="utf-8")
    return root


def settings_of(subject: Subject) -> Mapping[str, Any]:
    """Returns the sandbox's settings for the subject."""
    return {"conflict_handler": subject.handler.value} if subject.handler else {}


def fault_run(
    accounts: BothAccounts, subject: Subject, seed: int, seconds: float, clients: int = CLIENTS
) -> Report:
    """Returns what a run of this length did and found; the store must be empty before."""
    report = Report(subject, seed, schedule(seed, seconds))
    stop = Event()
    with ExitStack() as stack:
        rests = [stack.enter_context(accounts.gateway.client()) for _ in range(clients)]
        for rest in rests:
            # One after the other: chalice local's queue holds five connections.
            assert rest.send("GET", "/health").status == OK
        shared = Shared(subject, rests[0])
        running = [Client(number, seed, rest, shared) for number, rest in enumerate(rests)]
        with ThreadPoolExecutor(clients) as pool:
            futures = [pool.submit(client.run, stop) for client in running]
            try:
                report.hits = play(report.windows, accounts.sandbox, Event())
            finally:
                stop.set()
            for future in futures:
                future.result()
    # A write that came too late for its reply may still be under way.
    _wait_for_quiet(accounts, LATE_MILLISECONDS / 1000)
    with closing(sqlite3.connect(accounts.sandbox.state / "store.sqlite3")) as connection:
        kept = read_kept(connection, subject)
    functions = Project.at(accounts.sandbox.root).account_b.functions
    compare(running, shared, kept, journal_of(functions), report)
    for line in accounts.gateway.log_lines():
        for name in ("appsyncCalls", "stsCalls", "retries", "throttles", "requests"):
            report.upstream[name] += line[name]
    return report


@dataclass(frozen=True)
class Kept:
    """What account B keeps, read past the gateway and past the sandbox's API.

    Attributes:
        items: By id; those that are marked as deleted are none.
        versions: Each state that an item had, by id and ETag; empty without conflict resolution.
    """

    items: dict[str, Mapping[str, Any]]
    versions: Mapping[str, Mapping[str, Any]]


def read_kept(connection: sqlite3.Connection, subject: Subject) -> Kept:
    """Returns what a sandbox's database holds of the subject's model."""

    def bodies(table: str) -> list[Mapping[str, Any]]:
        rows = connection.execute(f"SELECT body FROM {table} WHERE model = ?", (subject.model,))
        return [json.loads(body) for (body,) in rows]

    items = bodies("items")
    assert len({item["id"] for item in items}) == len(items), "an id twice"
    changes = bodies("delta") if subject.versioned else []
    return Kept(
        {item["id"]: item for item in items if not item.get("_deleted")},
        {f'{each["id"]} "{each["_version"]}"': each for each in changes},
    )


def journal_of(functions: Path) -> Counter[str]:
    """Returns how often each call of the function ran that notes them, by its argument."""
    journal = functions.with_name("journal")
    return Counter(journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ())


def compare(
    clients: Sequence[Client], shared: Shared, kept: Kept, runs: Counter[str], report: Report
) -> None:
    """Compares what the replies said with what account B keeps.

    Args:
        clients: All of them; they have stopped.
        shared: What they wrote together.
        kept: Of account B; what was told of is taken out of it.
        runs: How often each function ran.
        report: Gets the counts and the contradictions.
    """
    store = kept.items
    report.contradictions += shared.check(store, kept.versions)
    for client in clients:
        _compare(client.ledger, store, report)
        report.contradictions += [
            f"the function ran {runs[call]} times for {call}, and not one of {set(allowed)}"
            for call, allowed in client.ledger.runs.items()
            if runs[call] not in allowed
        ]
    report.contradictions += [f"nobody was told of {item}" for item in store.values()]


def _compare(ledger: Ledger, store: dict[str, Mapping[str, Any]], report: Report) -> None:
    """Compares one client's items with the store, and takes them out of it."""
    report.requests.update(ledger.counts)
    report.contradictions += ledger.contradictions
    state_of = ledger.subject.state_of
    for item_id, state in ledger.fixed.items():
        if state_of(store.pop(item_id)) != state:
            report.contradictions.append(f"{item_id} is no more {state}")
    for item_id, item in ledger.items.items():
        held = store.pop(item_id, None)
        report.items += 1
        report.either += len({str(each) for each in item.possible}) > 1
        if (state_of(held) if held is not None else None) not in item.possible:
            report.contradictions.append(f"{item_id} is {held}, and not one of {item.possible}")
    by_name = _by_name(store.values())
    for name, becomes in ledger.unplaced.items():
        found = by_name.get(name, [])
        report.items += 1
        report.either += 1
        if len(found) > 1 or any(state_of(item) != becomes for item in found):
            report.contradictions.append(f"{becomes} may be there once, and there is {found}")
        for each in found:
            del store[each["id"]]


def _by_name(items: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    named: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        named.setdefault(item["name"], []).append(item)
    return named


def _wait_for_quiet(accounts: BothAccounts, seconds: float) -> None:
    """Returns once account B has not ended any request for this long."""
    last, since = _events(accounts), monotonic()
    while monotonic() - since < seconds:
        sleep(0.1)
        now = _events(accounts)
        if now != last:
            last, since = now, monotonic()


def _events(accounts: BothAccounts) -> int:
    events = accounts.sandbox.events(after=0)
    return int(events[-1]["sequence"]) if events else 0
