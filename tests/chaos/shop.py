"""What a client of the fault run asks a shop beside its items: indexed lists, relations, endpoints.

Each client has a customer of its own who referred all those that it writes.
"""

import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from tests.chaos.ledger import FAILED, UNKNOWN, Ledger, Request, slug
from tests.chaos.lists import Expected, check, follow
from tests.support.gateway import Reply, Sender

# What the shop's function is given in place of its own `recount`: it notes each of its runs.
JOURNAL = """

def recount(arguments, event):
    import pathlib
    with (pathlib.Path(__file__).parent / "journal").open("a", encoding="utf-8") as journal:
        journal.write(arguments["warehouse"] + "\\n")
    return len(arguments["warehouse"])
"""
_EMBEDDED = 10


class ShopClient:
    """The reads and endpoint calls of one client, whose own customer it makes."""

    def __init__(self, name: str, rng: random.Random, rest: Sender, ledger: Ledger) -> None:
        self._name = name
        self._rng = rng
        self._rest = rest
        self._ledger = ledger
        self._calls = 0
        values = {"name": name, "email": f"{name}@example.org"}
        assert rest.send("POST", "/customers", {"id": name, **values}).status == 201
        ledger.fixed[name] = ledger.subject.state(**values)

    def indexed_list(self) -> None:
        """Follows the index of those whom the own customer referred, filtered and ordered."""
        least = self._rng.choice((None, self._rng.randint(0, 99)))
        order = self._rng.choice(("joinedAt", "-joinedAt"))
        given = {"referrerId": self._name, "sort": order, "limit": "50"}
        if least is not None:
            given["seenAt.ge"] = str(least)

        def fits(item: Mapping[str, Any]) -> bool:
            if item["referrerId"] != self._name or item["joinedAt"] is None:
                return False
            return least is None or (item["seenAt"] is not None and item["seenAt"] >= least)

        target = f"/customers?{urlencode(given)}"
        follow(self._rest, self._ledger, Expected("indexed list", target, fits, order))

    def related(self) -> None:
        """Follows the relation to those whom the own customer referred."""
        order = self._rng.choice(("joinedAt", "-joinedAt"))
        target = f"/customers/{self._name}/referred?limit=50&sort={order}"
        expected = Expected("related", target, self._was_referred, order)
        follow(self._rest, self._ledger, expected)

    def embedded(self) -> None:
        """Reads the own customer with the first of those whom it referred."""
        expected = Expected(
            "embedded", f"/customers/{self._name}?expand=referred", self._was_referred, "joinedAt"
        )
        request = Request(expected.kind, "GET", expected.target, None, frozenset({200}))
        reply = self._rest.send("GET", expected.target)
        document = self._read(request, reply)
        if document is not None:
            page = document["referred"]
            whole = "nextCursor" not in page
            if len(page["items"]) > _EMBEDDED:
                self._ledger.contradict(request, f"{len(page['items'])} embedded items")
            check(self._ledger, request, expected, page["items"], whole=whole)

    def referrer(self, item_id: str, referrer: str | None) -> None:
        """Reads who referred an item, by itself or embedded in the item."""
        state, place = self._ledger.fixed[self._name], f"/customers/{quote(item_id, safe='')}"
        if self._rng.random() < 0.5:
            refused = frozenset() if referrer else frozenset({404})
            done = frozenset({200}) if referrer else frozenset()
            request = Request("referrer", "GET", f"{place}/referrer", state, done, refused)
            document = self._read(request, self._rest.send("GET", request.target))
        else:
            request = Request(
                "referrer embedded", "GET", f"{place}?expand=referrer", state, frozenset({200})
            )
            whole = self._read(request, self._rest.send("GET", request.target))
            if whole is None:
                return
            document = whole["referrer"]
            if (document is None) != (referrer is None):
                self._ledger.contradict(request, f"{document} in place of {referrer}")
        if document is not None and self._ledger.subject.state_of(document) != state:
            self._ledger.contradict(request, f"another item: {document}")

    def endpoint(self) -> None:
        """Calls an endpoint: a query, or a mutation that must run once where it says so."""
        request = self.call()
        reply = self._rest.send(request.method, request.target, request.body)
        self.take(request, reply.status, reply.json())

    def call(self) -> Request:
        """Returns the call of an endpoint; `becomes` is its result."""
        self._calls += 1
        text = f"{self._name} call {self._calls}"
        if self._rng.random() < 0.4:
            times = self._rng.randint(0, 3)
            result = {"result": " ".join([text] * times)}
            target = f"/rpc/echo?{urlencode({'text': text, 'times': times})}"
            return Request("query endpoint", "GET", target, result, frozenset({200}))
        return Request(
            "mutation endpoint",
            "POST",
            "/rpc/recount",
            {"result": len(text)},
            frozenset({200}),
            body={"warehouse": text},
        )

    def take(self, request: Request, status: int, document: Any) -> None:
        """Draws the conclusions from the reply to an endpoint's call."""
        problem = slug(document) if status >= 400 else ""
        self._ledger.counts[request.kind, f"{status} {problem}".strip()] += 1
        unknown = status == 504 and problem == UNKNOWN
        if request.body is not None:
            runs = {0, 1} if unknown else {int(status == 200)}
            self._ledger.runs[request.body["warehouse"]] = frozenset(runs)
        if status == 200 and document != request.becomes:
            self._ledger.contradict(request, f"{document} in place of {request.becomes}")
        if status != 200 and status not in FAILED:
            self._ledger.contradict(request, f"{status} {document}")

    def _was_referred(self, item: Mapping[str, Any]) -> bool:
        # An index holds only what has its sort field.
        return item["referrerId"] == self._name and item["joinedAt"] is not None

    def _read(self, request: Request, reply: Reply) -> Any:
        """Returns the reply's document where it is the one that is wanted, else None."""
        document = reply.json()
        self._ledger.counts[request.kind, f"{reply.status} {slug(document)}".strip()] += 1
        if reply.status in request.done and "problems" not in document:
            return document
        if reply.status not in FAILED | request.refused:
            self._ledger.contradict(request, f"{reply.status} {document}")
        return None
