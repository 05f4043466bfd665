"""What the replies said, and so what the store must hold.

Each client works on its own items one request after the other, so for each item the ledger knows
the one state that it must have, or the two that it may have after a 504. An item with two is left
alone for the rest of the run: what is still under way could change it at any time.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.subjects import Subject
from tests.support.gateway import Reply

# What an item holds that a client set; None stands for no item at all.
State = Mapping[str, Any] | None
UNKNOWN = "outcome-unknown"
# What the gateway may answer to anything while account B fails: then nothing was done.
FAILED = frozenset({502, 503, 504})


def slug(document: Any) -> str:
    """Returns the end of a problem's type; empty for anything else."""
    kind = document.get("type", "") if isinstance(document, Mapping) else ""
    return str(kind).rpartition(":")[2]


@dataclass
class Item:
    """One of a client's own items.

    Attributes:
        possible: The states that it may have.
        etag: Of the state that it has, where a reply told.
        key: The Idempotency-Key that it was created with, and the body.
    """

    possible: list[State]
    etag: str | None = None
    key: tuple[str, Mapping[str, Any]] | None = None

    @property
    def certain(self) -> bool:
        """Whether the replies leave one state only."""
        return len(self.possible) == 1

    @property
    def state(self) -> State:
        """The one state; asked only where there is one."""
        (only,) = self.possible
        return only


@dataclass(frozen=True)
class Request:
    """One request, and what each reply to it would mean.

    Attributes:
        kind: For the counts.
        item_id: The item that it is about; None where the gateway chooses the id.
        becomes: The item's state once it is done.
        done: The statuses that say it is.
        refused: The statuses that say that it is not, and are right where nothing fails.
    """

    kind: str
    method: str
    target: str
    becomes: State
    done: frozenset[int]
    refused: frozenset[int] = frozenset()
    item_id: str | None = None
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None


@dataclass
class Ledger:
    """One client's items, counts and contradictions.

    Attributes:
        subject: What the items are.
        items: By id.
        fixed: By id too: items that stay as they are.
        runs: How often the function behind each call of an endpoint may have run, by its argument.
        unplaced: States by name, of creates whose id no reply told: each is there or not.
        counts: How often each kind of request met each status.
        contradictions: What cannot be, in words; empty after a good run.
    """

    subject: Subject
    items: dict[str, Item] = field(default_factory=dict)
    fixed: dict[str, State] = field(default_factory=dict)
    runs: dict[str, frozenset[int]] = field(default_factory=dict)
    unplaced: dict[str, State] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)

    def take(self, request: Request, status: int, headers: Mapping[str, str], body: Any) -> bool:
        """Draws the conclusions from one reply; returns whether it left the outcome unknown."""
        problem = slug(body) if status >= 400 else ""
        self.counts[request.kind, f"{status} {problem}".strip()] += 1
        if status in request.done:
            self._done(request, headers, body)
        elif status == 504 and problem == UNKNOWN and request.method != "GET":
            self._unknown(request)
            return True
        elif status not in FAILED and status not in request.refused:
            self.contradict(request, f"{status} {body}")
        return False

    def contradict(self, request: Request, what: str) -> None:
        """Notes something that cannot be."""
        item = self.items.get(request.item_id or "")
        self.contradictions.append(
            f"{request.kind}: {request.method} {request.target} {request.body} "
            f"{dict(request.headers)} met {what}; possible were {item and item.possible}"
        )

    def _done(self, request: Request, headers: Mapping[str, str], body: Any) -> None:
        item_id = request.item_id or body["id"]
        if request.item_id is None and item_id in self.items:
            self.contradict(request, f"the id of another item, {item_id}")
        if isinstance(body, Mapping) and self.subject.state_of(body) != request.becomes:
            self.contradict(request, f"a body that was not asked for: {body}")
        known = self.items.get(item_id)
        key = known.key if known else None
        if request.key:
            key = (request.key, request.body or {})
        elif known and known.state is None and request.becomes is not None:
            key = None  # created anew without the key, which would now meet another body
        self.items[item_id] = Item([request.becomes], headers.get("etag"), key)

    def _unknown(self, request: Request) -> None:
        if request.item_id is not None:
            item = self.items.setdefault(request.item_id, Item([None]))
            item.possible.append(request.becomes)
        elif request.becomes is not None:
            self.unplaced[request.becomes["name"]] = request.becomes

    def settle(self, request: Request, reply: Reply) -> None:
        """Draws the conclusions from the repetition of a request whose outcome was unknown.

        It was safe to repeat, so any of its answers but a failure says that the request is done,
        once: by this attempt or by the earlier one. The item is left alone all the same.
        """
        problem = slug(reply.json()) if reply.status >= 400 else ""
        self.counts[f"{request.kind}, repeated", f"{reply.status} {problem}".strip()] += 1
        if reply.status in request.done | SETTLED[request.method]:
            item_id = request.item_id or reply.json()["id"]
            self.items[item_id] = Item([request.becomes, request.becomes])
            self.unplaced.pop((request.becomes or {}).get("name", ""), None)
        elif reply.status not in FAILED:
            self.contradict(request, f"{reply.status} {reply.json()} at its repetition")


# Beside a success: the id exists, the ETag has changed, the item is gone. The first attempt did it.
SETTLED: Mapping[str, frozenset[int]] = {
    "POST": frozenset({200, 409}),
    "PATCH": frozenset({412}),
    "PUT": frozenset({200, 412}),
    "DELETE": frozenset({404}),
}
