"""One client of the fault run: random requests on its own items, and a few on shared ones."""

import random
import uuid
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any
from urllib.parse import quote

from tests.chaos.ledger import FAILED, Item, Ledger, Request, State, slug
from tests.chaos.lists import Expected, follow
from tests.chaos.shared import Shared
from tests.chaos.shop import ShopClient
from tests.chaos.subjects import merged
from tests.support.gateway import Reply, Sender

MERGE_PATCH = "application/merge-patch+json"
# Enough for every kind of request to find an item, few enough to meet each again and again.
MOST_ITEMS = 30
REPETITIONS = 3


class Client:
    """Makes requests until it is told to stop, each drawn from the seed."""

    def __init__(self, number: int, seed: int, rest: Sender, shared: Shared) -> None:
        self._subject = shared.subject
        self.ledger = Ledger(self._subject)
        self._name = f"client-{number}"
        self._rng = random.Random(f"{seed}/{number}")
        self._rest = rest
        self._shared = shared
        self._marks = 0
        self._choices: dict[Callable[[], None], int] = {
            self._create: 14,
            self._replay_key: 4,
            self._read: 14,
            self._patch: 22,
            self._put: 12,
            self._delete: 10,
            self._refused: 8,
            self._batch: 10,
            self._list: 2,
            self._count_up: 6,
            self._race: 6,
            self._overwrite: 12,
        }
        self._shop: ShopClient | None = None
        if self._subject.shop:
            self._shop = ShopClient(self._name, self._rng, rest, self.ledger)
            self._choices |= {
                self._shop.indexed_list: 6,
                self._shop.related: 4,
                self._shop.embedded: 4,
                self._referrer: 6,
                self._shop.endpoint: 10,
            }

    def run(self, stop: Event) -> None:
        """Makes one request after the other until `stop` is set."""
        while not stop.is_set():
            self.step()

    def step(self) -> None:
        """Makes one request, or the few that belong together."""
        (step,) = self._rng.choices([*self._choices], [*self._choices.values()])
        step()

    def _create(self) -> None:
        self._send(self._creation())

    def _creation(self, *, with_key: bool = True) -> Request:
        becomes = self._new_state()
        given: Mapping[str, Any] = {name: v for name, v in becomes.items() if v is not None}
        way = self._rng.choice(("plain", "id", "key") if with_key else ("plain", "id"))
        done = frozenset({201})
        if way == "id":
            item_id = self._new_id()
            body = {"id": item_id, **given}
            return Request(
                "create with id",
                "POST",
                self._subject.path,
                becomes,
                done,
                body=body,
                item_id=item_id,
            )
        if way == "key":
            key = str(uuid.UUID(int=self._rng.getrandbits(128)))
            header = self._rng.choice((key, f'"{key}"'))
            return Request(
                "create with key",
                "POST",
                self._subject.path,
                becomes,
                done,
                body=given,
                headers={"Idempotency-Key": header},
                key=key,
            )
        return Request("create", "POST", self._subject.path, becomes, done, body=given)

    def _replay_key(self) -> None:
        found = self._pick(lambda item: item.key is not None)
        if found is None:
            return
        item_id, item = found
        key, body = item.key or ("", {})
        # 201 after a broken attempt: nothing tells which of the two requests created it.
        kind, becomes, done = "replay of a key", item.state, frozenset({200, 201})
        refused: frozenset[int] = frozenset()
        if item.state is None:
            kind, becomes = "key after delete", self._subject.state(**body)
            done = frozenset({201})
        if item.state is None and self._subject.versioned:
            becomes, done, refused = None, frozenset(), frozenset({409})
        self._send(
            Request(
                kind,
                "POST",
                self._subject.path,
                becomes,
                done,
                refused,
                body=body,
                item_id=item_id,
                headers={"Idempotency-Key": key},
                key=key,
            )
        )

    def _read(self) -> None:
        found = self._pick(lambda _: True)
        if found is None:
            return
        item_id, item = found
        exists = item.state is not None
        done = frozenset({200}) if exists else frozenset()
        refused = frozenset() if exists else frozenset({404})
        request = Request("read", "GET", self._path(item_id), item.state, done, refused, item_id)
        reply = self._send(request)
        if reply.status == 200 and item.etag and reply.headers["etag"] != item.etag:
            self.ledger.contradict(request, f"{reply.headers['etag']} in place of {item.etag}")

    def _patch(self) -> None:
        found = self._pick(lambda item: item.state is not None)
        if found is not None:
            self._send(self._patching(*found))

    def _patching(self, item_id: str, item: Item) -> Request:
        held = item.state or {}
        change = self._subject.change(self._rng, held, self._mark())
        headers = {"Content-Type": MERGE_PATCH}
        kind = "patch"
        if item.etag and self._rng.random() < 0.5:
            kind, headers["If-Match"] = "patch if match", item.etag
        return Request(
            kind,
            "PATCH",
            self._path(item_id),
            self._subject.state(**merged(held, change)),
            frozenset({200}),
            item_id=item_id,
            body=change,
            headers=headers,
        )

    def _put(self) -> None:
        becomes = self._new_state()
        given = {name: value for name, value in becomes.items() if value is not None}
        found = self._pick(lambda _: True)
        item_id, item = found or (self._new_id(), Item([None]))
        kind, done, headers = "put new", frozenset({201}), {}
        refused: frozenset[int] = frozenset()
        if item.state is not None:
            kind, done = "put", frozenset({200})
            if item.etag and self._rng.random() < 0.5:
                kind, headers = "put if match", {"If-Match": item.etag}
        elif self._rng.random() < 0.5:
            kind, headers = "put if none", {"If-None-Match": "*"}
        if item.state is None and found is not None and self._subject.versioned:
            kind, done, refused = f"{kind} on a deleted", frozenset(), frozenset({409})
        self._send(
            Request(
                kind,
                "PUT",
                self._path(item_id),
                becomes if done else None,
                done,
                refused,
                item_id=item_id,
                body=given,
                headers=headers,
            )
        )

    def _delete(self) -> None:
        found = self._pick(lambda item: item.state is not None)
        if found is not None:
            self._send(self._deletion(*found))

    def _deletion(self, item_id: str, item: Item) -> Request:
        kind, headers = "delete", {}
        if item.etag and self._rng.random() < 0.5:
            kind, headers = "delete if match", {"If-Match": item.etag}
        return Request(
            kind,
            "DELETE",
            self._path(item_id),
            None,
            frozenset({204}),
            item_id=item_id,
            headers=headers,
        )

    def _refused(self) -> None:
        """Makes a request that must change nothing, whatever else happens to it."""
        exists = self._rng.random() < 0.7
        found = self._pick(lambda item: (item.state is not None) is exists)
        if found is None:
            return
        item_id, item = found
        change = {
            **self._subject.named("refused", self._mark()),
            self._subject.counter: self._rng.randint(0, 99),
        }
        stale = {"If-Match": '"0"' if self._subject.versioned else '"2020-01-01T00:00:00.000Z"'}
        nothing: frozenset[int] = frozenset()
        # After a broken attempt it is 204, since the item is gone; a versioned one is read before.
        gone = {404} if self._subject.versioned else {404, 204}
        options = (
            [
                (
                    "create of an existing id",
                    "POST",
                    self._subject.path,
                    {"id": item_id, **change},
                    {},
                    {409},
                ),
                ("patch, stale", "PATCH", self._path(item_id), change, stale, {412}),
                ("put, stale", "PUT", self._path(item_id), change, stale, {412}),
                ("delete, stale", "DELETE", self._path(item_id), None, stale, {412}),
                ("put if none", "PUT", self._path(item_id), change, {"If-None-Match": "*"}, {412}),
                ("not valid", "PATCH", self._path(item_id), {"name": None}, {}, {400}),
            ]
            if exists
            else [
                ("patch of nothing", "PATCH", self._path(item_id), change, {}, {404}),
                ("put of nothing", "PUT", self._path(item_id), change, stale, {412}),
                ("delete of nothing", "DELETE", self._path(item_id), None, {}, gone),
            ]
        )
        if not exists and self._subject.versioned:
            taken = {"id": item_id, **change}
            options.append(("create of a deleted id", "POST", self._subject.path, taken, {}, {409}))
        kind, method, target, body, headers, refused = self._rng.choice(options)
        self._send(
            Request(
                kind,
                method,
                target,
                item.state,
                nothing,
                frozenset(refused),
                item_id,
                body,
                headers,
            )
        )

    def _batch(self) -> None:
        requests = [self._creation(with_key=self._rng.random() < 0.5) for _ in range(2)]
        taken: set[str] = set()
        for make in (self._patching, self._deletion, self._patching):
            found = self._pick(lambda item: item.state is not None)
            if found is not None and found[0] not in taken:
                taken.add(found[0])
                requests.append(make(*found))
        if self._shop is not None:
            requests.append(self._shop.call())
        self._rng.shuffle(requests)
        body = {
            "requests": [
                {
                    "id": str(index),
                    "method": each.method,
                    "path": each.target,
                    "headers": dict(each.headers),
                    **({"body": each.body} if each.body is not None else {}),
                }
                for index, each in enumerate(requests)
            ]
        }
        reply = self._rest.send("POST", "/batch", body)
        answers = reply.json()
        self.ledger.counts["batch", f"{reply.status} {slug(answers)}".strip()] += 1
        if reply.status != 200:
            self.ledger.contradictions.append(f"batch met {reply.status} {answers}")
            return
        for each, answer in zip(requests, answers["responses"], strict=True):
            headers = {name.lower(): value for name, value in answer["headers"].items()}
            if self._shop is not None and each.target.startswith("/rpc/"):
                self._shop.take(each, answer["status"], answer["body"])
                continue
            self.ledger.take(each, answer["status"], headers, answer["body"])

    def _list(self) -> None:
        """Follows a list of the client's own items to its end; each must be in it once."""
        begin = f"{self._name}."
        target = f"{self._subject.path}?limit=50&name.beginsWith={quote(begin)}"
        expected = Expected("list", target, lambda item: str(item["name"]).startswith(begin))
        follow(self._rest, self.ledger, expected)

    def _referrer(self) -> None:
        found = self._pick(lambda item: item.state is not None)
        if found is not None and self._shop is not None:
            self._shop.referrer(found[0], (found[1].state or {})["referrerId"])

    def _count_up(self) -> None:
        item_id = self._shared.pick_counter(self._rng)
        read = self._rest.send("GET", self._path(item_id))
        self.ledger.counts["read of a counter", str(read.status)] += 1
        if read.status != 200:
            return
        value = int(read.json()[self._subject.counter]) + 1
        headers = {"If-Match": read.headers["etag"], "Content-Type": MERGE_PATCH}
        body = {self._subject.counter: value, **self._subject.marked(self._mark())}
        reply = self._rest.send("PATCH", self._path(item_id), body, headers)
        self.ledger.counts["count up", f"{reply.status} {slug(_document(reply))}".strip()] += 1
        self._shared.counted(item_id, body, reply)

    def _overwrite(self) -> None:
        """Writes an item of all clients' without If-Match."""
        item_id = self._shared.pick_board(self._rng)
        body = self._subject.marked(self._mark())
        reply = self._rest.send("PATCH", self._path(item_id), body, {"Content-Type": MERGE_PATCH})
        self.ledger.counts["overwrite", f"{reply.status} {slug(_document(reply))}".strip()] += 1
        self._shared.overwrote(item_id, body, reply)

    def _race(self) -> None:
        race = self._shared.join_race(self._name, self._rng)
        if race is None:
            return
        body = {"id": race, **self._subject.named(f"race by {self._name}", self._mark())}
        reply = self._rest.send("POST", self._subject.path, body)
        self.ledger.counts["race", f"{reply.status} {slug(_document(reply))}".strip()] += 1
        self._shared.raced(race, body["name"], reply)

    def _send(self, request: Request) -> Reply:
        reply = self._rest.send(request.method, request.target, request.body, request.headers)
        document = reply.json()
        unknown = self.ledger.take(request, reply.status, reply.headers, document)
        if unknown and self._is_safe_to_repeat(request):
            self._repeat(request)
        return reply

    def _repeat(self, request: Request) -> None:
        for _ in range(self._rng.randint(0, REPETITIONS)):
            reply = self._rest.send(request.method, request.target, request.body, request.headers)
            self.ledger.settle(request, reply)
            if reply.status not in FAILED:
                return

    def _pick(self, wanted: Callable[[Item], bool]) -> tuple[str, Item] | None:
        fitting = [
            (i, item) for i, item in self.ledger.items.items() if item.certain and wanted(item)
        ][-MOST_ITEMS:]
        return self._rng.choice(fitting) if fitting else None

    def _new_state(self) -> dict[str, Any]:
        self._marks += 1
        name = f"{self._name}.{self._marks}"
        return self._subject.state(**self._subject.draw(self._rng, name, self._name, self._mark()))

    def _new_id(self) -> str:
        self._marks += 1
        return f"{self._name}/{self._marks} é"

    def _mark(self) -> str:
        """Returns a text that nobody else writes, so that each write can be told from any other."""
        self._marks += 1
        return f"{self._name} mark {self._marks}"

    def _is_safe_to_repeat(self, request: Request) -> bool:
        """What docs/rest.md says: with an id or key, with If-Match, or PUT and DELETE as they are.

        Under automerge no change is, since the first attempt may still be under way.
        """
        if request.method == "POST" and request.done:
            return request.item_id is not None or request.key is not None
        if self._subject.merges and request.method in {"PATCH", "PUT"}:
            return False
        return bool(request.done) and (request.method != "PATCH" or "If-Match" in request.headers)

    def _path(self, item_id: str) -> str:
        return f"{self._subject.path}/{quote(item_id, safe='')}"


def _document(reply: Reply) -> State:
    document: State = reply.json()
    return document
