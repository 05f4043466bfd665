"""The fault run itself, in one process: it finds nothing in the gateway, and every broken one.

Without threads: while one client's request is on its way, another's may be served.
"""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bridge.sandbox.appsync import ConflictHandler
from chalicelib.errors import UpstreamUnreachable
from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLRequest
from tests.chaos.breakages import BREAKAGES
from tests.chaos.client import Client
from tests.chaos.fault_run import Report, compare, journal_of, read_kept
from tests.chaos.shared import Shared
from tests.chaos.shop import JOURNAL
from tests.chaos.subjects import SUBJECTS, Subject
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.gateway import Reply
from tests.support.shop import BUILT, FUNCTIONS, SOURCE, VERSIONED

CLIENTS = 3
STEPS = 100
# After which each breakage has shown: a run ends with its first contradiction.
STEPS_TO_BREAK = 150


class InProcess:
    """A REST client of the fault run, over a gateway of this process."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def send(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Returns the reply to one request."""
        path, _, query = target.partition("?")
        given = {name.lower(): value for name, value in (headers or {}).items()}
        text = "" if body is None else json.dumps(body)
        response = self._rest.send(method, path, text, query=tuple(parse_qsl(query)), headers=given)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, names, response.body.encode())


def run(subject: Subject, seed: int, folder: Path, steps: int = STEPS) -> Report:
    """Returns what a run in this process found."""
    rng = random.Random(seed)
    functions = folder / "functions.py"
    functions.write_text(FUNCTIONS.read_text() + JOURNAL)
    built = None
    if subject.shop:
        built = VERSIONED.read_text() if subject.versioned else BUILT
    with rest_client(
        built,
        Options(enable_batch=True),
        subject.handler or ConflictHandler.OPTIMISTIC,
        source=SOURCE if subject.shop else None,
        functions=functions,
    ) as rest:
        client = InProcess(rest)
        shared = Shared(subject, client)
        clients = [Client(number, seed, client, shared) for number in range(CLIENTS)]
        busy: list[Client] = []

        def serve(one: Client) -> None:
            busy.append(one)
            one.step()
            busy.remove(one)

        def meanwhile(request: GraphQLRequest) -> None:
            idle = [each for each in clients if each not in busy]
            if request.document.mutation and idle and rng.random() < 0.3:
                serve(rng.choice(idle))

        rest.transport.before = meanwhile
        for _ in range(steps):
            if shared.contradictions or any(each.ledger.contradictions for each in clients):
                break
            rest.transport.faults.extend(_weather(rng))
            serve(rng.choice(clients))
            rest.transport.faults.clear()
        report = Report(subject, seed, ())
        kept = read_kept(rest.store._connection, subject)
        compare(clients, shared, kept, journal_of(functions), report)
        return report


def _weather(rng: random.Random) -> list[Fault | None]:
    """Returns what happens to the next calls: mostly nothing."""
    if rng.random() < 0.6:
        return []
    cut = UpstreamUnreachable("AppSync", "cut", sent=True)
    none = UpstreamUnreachable("AppSync", "no connection", sent=False)
    happens = (None, None, None, Fault(cut, committed=True), Fault(cut), Fault(none))
    return [rng.choice(happens) for _ in range(4)]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.title)
def test_nothing_contradicts_the_gateways_replies(subject: Subject, tmp_path: Path) -> None:
    """With conflict resolution and without, under cuts and races."""
    report = run(subject, 1, tmp_path)
    assert report.contradictions == []
    statuses = {status.split()[0] for status in report.statuses}
    assert {"200", "201", "204", "404", "412", "504"} <= statuses, report.text()


@pytest.mark.parametrize(
    ("name", "subject"),
    [(name, subjects[-1]) for name, (_, subjects) in BREAKAGES.items()],
    ids=lambda each: each if isinstance(each, str) else each.title,
)
def test_a_broken_gateway_is_caught(
    name: str, subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is broken shows in a contradiction."""
    BREAKAGES[name][0](monkeypatch.setattr)
    assert run(subject, 1, tmp_path, STEPS_TO_BREAK).contradictions
