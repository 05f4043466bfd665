"""One client of the fault run: random requests on its own items, and a few on shared ones."""

import random
import uuid
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any
from urllib.parse import quote

from tests.chaos.ledger import FAILED, Item, Ledger, Request, State, slug, state, state_of
from tests.chaos.shared import Shared
from tests.support.gateway import Reply, RestClient

MERGE_PATCH = "application/merge-patch+json"
# Enough for every kind of request to find an item, few enough to meet each again and again.
MOST_ITEMS = 30
REPETITIONS = 3


class Client:
    """Makes requests until it is told to stop, each drawn from the seed."""

    def __init__(self, number: int, seed: int, rest: RestClient, shared: Shared) -> None:
        self.ledger = Ledger()
        self._name = f"client-{number}"
        self._rng = random.Random(f"{seed}/{number}")
        self._rest = rest
        self._shared = shared
        self._steps = 0
        self._marks = 0
        self._choices = {
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
        }

    def run(self, stop: Event) -> None:
        """Makes one request after the other until `stop` is set."""
        while not stop.is_set():
            self._steps += 1
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
                "create with id", "POST", "/todos", becomes, done, body=body, item_id=item_id
            )
        if way == "key":
            key = str(uuid.UUID(int=self._rng.getrandbits(128)))
            header = self._rng.choice((key, f'"{key}"'))
            return Request(
                "create with key",
                "POST",
                "/todos",
                becomes,
                done,
                body=given,
                headers={"Idempotency-Key": header},
                key=key,
            )
        return Request("create", "POST", "/todos", becomes, done, body=given)

    def _replay_key(self) -> None:
        found = self._pick(lambda item: item.key is not None)
        if found is None:
            return
        item_id, item = found
        key, body = item.key or ("", {})
        # 201 after a broken attempt: nothing tells which of the two requests created it.
        kind, becomes, done = "replay of a key", item.state, frozenset({200, 201})
        if item.state is None:
            kind, becomes, done = "key after delete", state(**body), frozenset({201})
        self._send(
            Request(
                kind,
                "POST",
                "/todos",
                becomes,
                done,
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
        request = Request("read", "GET", _path(item_id), item.state, done, refused, item_id)
        reply = self._send(request)
        if reply.status == 200 and item.etag and reply.headers["etag"] != item.etag:
            self.ledger.contradict(request, f"{reply.headers['etag']} in place of {item.etag}")

    def _patch(self) -> None:
        found = self._pick(lambda item: item.state is not None)
        if found is not None:
            self._send(self._patching(*found))

    def _patching(self, item_id: str, item: Item) -> Request:
        held = item.state or {}
        change: dict[str, Any] = {"description": self._mark()}
        if self._rng.random() < 0.5:
            change["done"] = self._rng.choice((True, False, None))
        if self._rng.random() < 0.3:
            change["priority"] = self._rng.randint(-9, 9)
        headers = {"Content-Type": MERGE_PATCH}
        kind = "patch"
        if item.etag and self._rng.random() < 0.5:
            kind, headers["If-Match"] = "patch if match", item.etag
        return Request(
            kind,
            "PATCH",
            _path(item_id),
            state(**{**held, **change}),
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
        if item.state is not None:
            kind, done = "put", frozenset({200})
            if item.etag and self._rng.random() < 0.5:
                kind, headers = "put if match", {"If-Match": item.etag}
        elif self._rng.random() < 0.5:
            kind, headers = "put if none", {"If-None-Match": "*"}
        self._send(
            Request(
                kind,
                "PUT",
                _path(item_id),
                becomes,
                done,
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
            kind, "DELETE", _path(item_id), None, frozenset({204}), item_id=item_id, headers=headers
        )

    def _refused(self) -> None:
        """Makes a request that must change nothing, whatever else happens to it."""
        exists = self._rng.random() < 0.7
        found = self._pick(lambda item: (item.state is not None) is exists)
        if found is None:
            return
        item_id, item = found
        change = {"name": "refused", "description": self._mark()}
        stale = {"If-Match": '"2020-01-01T00:00:00.000Z"'}
        nothing: frozenset[int] = frozenset()
        options = (
            [
                (
                    "create of an existing id",
                    "POST",
                    "/todos",
                    {"id": item_id, **change},
                    {},
                    {409},
                ),
                ("patch, stale", "PATCH", _path(item_id), change, stale, {412}),
                ("put, stale", "PUT", _path(item_id), change, stale, {412}),
                ("delete, stale", "DELETE", _path(item_id), None, stale, {412}),
                ("put if none", "PUT", _path(item_id), change, {"If-None-Match": "*"}, {412}),
                ("not valid", "PATCH", _path(item_id), {"name": None}, {}, {400}),
            ]
            if exists
            else [
                ("patch of nothing", "PATCH", _path(item_id), change, {}, {404}),
                ("put of nothing", "PUT", _path(item_id), change, stale, {412}),
                # After a broken attempt it is 204: the item is gone.
                ("delete of nothing", "DELETE", _path(item_id), None, {}, {404, 204}),
            ]
        )
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
            self.ledger.take(each, answer["status"], headers, answer["body"])

    def _list(self) -> None:
        """Follows a list of the client's own items to its end; each must be in it once."""
        seen: list[Mapping[str, Any]] = []
        target = f"/todos?limit=50&name.beginsWith={quote(self._name + '.')}"
        query = Request("list", "GET", target, None, frozenset({200}))
        while True:
            reply = self._rest.send("GET", target)
            self.ledger.counts["list", f"{reply.status} {slug(reply.json())}".strip()] += 1
            if reply.status in FAILED:
                return
            if reply.status != 200:
                self.ledger.contradict(query, f"{reply.status} {reply.json()}")
                return
            seen.extend(reply.json()["items"])
            if "link" not in reply.headers:
                break
            target = reply.headers["link"].partition("<")[2].partition(">")[0]
        listed = {item["id"]: state_of(item) for item in seen}
        if len(listed) != len(seen):
            self.ledger.contradict(query, "an item twice")
        for item_id, item in self.ledger.items.items():
            if item.certain and listed.get(item_id) != item.state:
                self.ledger.contradict(query, f"{item_id}: {listed.get(item_id)}, not {item.state}")

    def _count_up(self) -> None:
        item_id = self._shared.pick_counter(self._rng)
        read = self._rest.send("GET", _path(item_id))
        self.ledger.counts["read of a counter", str(read.status)] += 1
        if read.status != 200:
            return
        value = int(read.json()["priority"]) + 1
        headers = {"If-Match": read.headers["etag"], "Content-Type": MERGE_PATCH}
        body = {"priority": value, "description": self._mark()}
        reply = self._rest.send("PATCH", _path(item_id), body, headers)
        self.ledger.counts["count up", f"{reply.status} {slug(_document(reply))}".strip()] += 1
        self._shared.counted(item_id, value, reply)

    def _race(self) -> None:
        race = self._shared.join_race(self._name, self._rng)
        if race is None:
            return
        body = {"id": race, "name": f"race by {self._name}"}
        reply = self._rest.send("POST", "/todos", body)
        self.ledger.counts["race", f"{reply.status} {slug(_document(reply))}".strip()] += 1
        self._shared.raced(race, body["name"], reply)

    def _send(self, request: Request) -> Reply:
        reply = self._rest.send(request.method, request.target, request.body, request.headers)
        document = reply.json()
        unknown = self.ledger.take(request, reply.status, reply.headers, document)
        if unknown and _is_safe_to_repeat(request):
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
        return state(
            name=f"{self._name}.{self._marks}",
            description=self._rng.choice((None, self._mark())),
            done=self._rng.choice((None, True, False)),
            priority=self._rng.choice((None, self._rng.randint(-99, 99))),
        )

    def _new_id(self) -> str:
        self._marks += 1
        return f"{self._name}/{self._marks} é"

    def _mark(self) -> str:
        """Returns a text that nobody else writes, so that each write can be told from any other."""
        self._marks += 1
        return f"{self._name} mark {self._marks}"


def _is_safe_to_repeat(request: Request) -> bool:
    """What docs/rest.md says: with an id or key, with If-Match, or PUT and DELETE as they are."""
    if request.method == "POST" and request.done:
        return request.item_id is not None or request.key is not None
    return bool(request.done) and (request.method != "PATCH" or "If-Match" in request.headers)


def _document(reply: Reply) -> State:
    document: State = reply.json()
    return document


def _path(item_id: str) -> str:
    return f"/todos/{quote(item_id, safe='')}"
