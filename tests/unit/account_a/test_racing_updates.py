"""Sixteen clients update one versioned item, each in the midst of the others' requests."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.sandbox.appsync import ConflictHandler
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Rest, rest_client
from tests.support.shop import VERSIONED
from tests.unit.account_a.asking import body_of, slug_of

CLIENTS = 16
ORDER = {
    "customerId": "c",
    "orderNo": "1",
    "status": "DRAFT",
    "placedAt": "2026-01-01T00:00:00Z",
    "items": [],
    "priority": 0,
    "couponCodes": ["new"],
}
PATH = "/orders/c/1"


@dataclass
class Told:
    """What the clients were told.

    Attributes:
        done: The values of each success, by its ETag.
        answers: How often each status came, with its problem.
    """

    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def take(self, values: dict[str, Any], response: RestResponse) -> None:
        """Takes the response to an update with these values."""
        if response.status != 200:
            self.answers[f"{response.status} {slug_of(response)}"] += 1
            return
        self.answers["200"] += 1
        tag = response.headers["ETag"]
        assert tag not in self.done, "two successes of one version"
        shown = body_of(response)
        assert {name: shown[name] for name in values} == values
        self.done[tag] = values


def race(rest: Rest, update: Callable[[str, Callable[[], None]], None], updates: int) -> None:
    """Has each of the clients make so many updates, in the midst of others' as the seed draws.

    Args:
        rest: Whose gateway.
        update: Makes one update with a text that no other has; calls what it is given where
            another client may come between.
        updates: Of each client.
    """
    rng = random.Random(1)
    left = dict.fromkeys(range(CLIENTS), updates)
    busy: set[int] = set()

    def serve() -> None:
        idle = [client for client, number in left.items() if number and client not in busy]
        if not idle:
            return
        client = rng.choice(idle)
        busy.add(client)
        left[client] -= 1
        update(f"{client}/{left[client]}", between)
        busy.remove(client)

    def between() -> None:
        if rng.random() < 0.4:
            serve()

    def before(request: GraphQLRequest) -> None:
        if request.document.mutation:
            between()

    rest.transport.before = before
    while any(left.values()):
        serve()
        rest.transport.requests.clear()
    rest.transport.before = None


def history(rest: Rest) -> dict[str, dict[str, Any]]:
    """Returns each state that the order had, by its ETag."""
    states: dict[str, dict[str, Any]] = {}
    after = None
    while True:
        page = rest.store.changes("Order", 0, after, 10_000)
        states |= {f'"{each["_version"]}"': dict(each) for each in page.items}
        after = page.last
        if after is None:
            return states


def held_at_its_version(rest: Rest, told: Told) -> bool:
    """Whether each success was stored as it was sent, at the version that it told."""
    states = history(rest)
    return all(
        {name: states[tag].get(name) for name in values} == values
        for tag, values in told.done.items()
    )


def conditionally(handler: ConflictHandler, updates: int) -> Told:
    """Counts an order's priority up under If-Match; checks that no update is lost."""
    told = Told()
    with rest_client(VERSIONED.read_text(), conflict_handler=handler) as rest:
        assert rest.send("POST", "/orders", json.dumps(ORDER)).status == 201

        def update(mark: str, between: Callable[[], None]) -> None:
            read = rest.send("GET", PATH)
            between()
            values = {"priority": body_of(read)["priority"] + 1, "couponCodes": [mark]}
            tag = {"if-match": read.headers["ETag"]}
            told.take(values, rest.send("PATCH", PATH, json.dumps(values), headers=tag))

        race(rest, update, updates)
        assert body_of(rest.send("GET", PATH))["priority"] == told.answers["200"]
        assert held_at_its_version(rest, told)
    counted = sorted(values["priority"] for values in told.done.values())
    assert counted == list(range(1, told.answers["200"] + 1))
    merging = {"409 merged-by-store"} if handler is ConflictHandler.AUTOMERGE else set()
    assert set(told.answers) == {"200", "412 precondition-failed"} | merging
    return told


def unconditionally(handler: ConflictHandler, updates: int) -> Told:
    """Writes an order's members without If-Match; checks that each success was stored."""
    told = Told()
    numbers: Counter[str] = Counter()
    with rest_client(VERSIONED.read_text(), conflict_handler=handler) as rest:
        assert rest.send("POST", "/orders", json.dumps(ORDER)).status == 201

        def update(mark: str, between: Callable[[], None]) -> None:
            between()
            numbers["given"] += 1
            values = {"priority": numbers["given"], "couponCodes": [mark]}
            told.take(values, rest.send("PATCH", PATH, json.dumps(values)))

        race(rest, update, updates)
        assert held_at_its_version(rest, told)
    # The second: lost the race in each of its rounds.
    assert set(told.answers) == {"200", "409 conflict"}
    return told


@pytest.mark.parametrize("handler", list(ConflictHandler), ids=lambda each: each.value)
@pytest.mark.parametrize("drive", [conditionally, unconditionally])
def test_no_success_is_lost_or_merged_away(
    drive: Callable[[ConflictHandler, int], Told], handler: ConflictHandler
) -> None:
    """With If-Match every success counts; without it each was stored as it was sent."""
    told = drive(handler, 4)
    assert sum(told.answers.values()) == CLIENTS * 4


@pytest.mark.slow
@pytest.mark.parametrize("handler", list(ConflictHandler), ids=lambda each: each.value)
@pytest.mark.parametrize("drive", [conditionally, unconditionally])
def test_no_success_is_lost_or_merged_away_at_length(
    drive: Callable[[ConflictHandler, int], Told], handler: ConflictHandler
) -> None:
    """A thousand updates of each client."""
    told = drive(handler, 1000)
    assert sum(told.answers.values()) == CLIENTS * 1000
