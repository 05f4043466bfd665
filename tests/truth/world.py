"""An account B, the gateway before it, and one case after the other."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from chalicelib.gateway import Gateway, Options, RequestLog
from chalicelib.gateway.upstream import Upstream
from chalicelib.strict_json import strict_json
from tests.support.account_b import Clock, Rest, rest_client
from tests.support.shop import shop_client
from tests.support.todo import BUILT_SCHEMA
from tests.truth.troubles import UNFORESEEN, Troubled, draw_troubles
from tests.truth.writes import (
    CUSTOMER,
    ORDER,
    STAMPED,
    STOCK,
    TODO,
    Kind,
    Write,
    draw_write,
)

# Tries the case of a seed.
Case = Callable[[int], None]
# So many cases begin with empty tables: a contradiction is met again by trying those before it.
BLOCK = 1000
# Tables are emptied beyond so many characters, so that each key is met both taken and free.
MOST_CHARACTERS = 6000
# How often a port of the gateway's fails in a case.
PORT_FAILS = 0.03
# What the write of a creation that was done before may not be told: that it was not done.
DENIALS = frozenset({"conflict", "idempotency-key-reused", "not-found", "precondition-failed"})
_STAMPS = "  createdAt: AWSDateTime!\n  updatedAt: AWSDateTime!\n"
_UPDATE_INPUT = "input UpdateTodoInput {\n"


class Contradiction(AssertionError):
    """A write was told what is not so.

    Attributes:
        write: Which one.
        slug: The type of the problem that it was told; empty for none.
    """

    def __init__(self, write: Write, slug: str, *notes: object) -> None:
        sent = (write.method, write.path, write.body, write.headers)
        super().__init__(" ".join(map(str, (*notes, *sent, slug or "success"))))
        self.write = write
        self.slug = slug


class Ports:
    """The ports of a gateway beside its transport; they fail where a case says so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failing: frozenset[str] = frozenset()

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        self._clock.seconds += seconds
        self._fail("sleep")

    def log(self, _entry: RequestLog) -> None:
        """Takes what is known of an answered request."""
        self._fail("log")

    def _fail(self, name: str) -> None:
        if name in self.failing:
            raise OSError(f"nobody foresaw that {name} would fail")


class World:
    """An account B and the gateway before it."""

    def __init__(self, rest: Rest, *kinds: Kind) -> None:
        self._kinds = kinds
        self._store = rest.store
        self._troubled = Troubled(rest.transport.api)
        self._ports = Ports(rest.clock)
        upstream = Upstream(self._troubled, self._ports.sleep, jitter=lambda _low, high: high)
        options = Options(enable_batch=True)
        gateway = Gateway(rest.contract, lambda: upstream, lambda: options, {}, self._ports.log)
        self._rest = replace(rest, gateway=gateway)
        self.empty()

    def empty(self) -> None:
        """Begins anew, with empty tables."""
        self._store.clear(*(kind.model for kind in self._kinds))
        self._marks = count(1_000_000_000)
        self._tags: dict[str, str] = {}

    def case(self, random: Random) -> None:
        """Sends one write, or a batch of some, under some troubles; checks what each is told.

        Raises:
            Contradiction: One was told what is not so.
        """
        batch = random.random() < 0.15
        writes: list[Write] = []
        for _ in range(random.randint(2, 4) if batch else 1):
            kind = random.choice(self._kinds)
            write = draw_write(random, kind, str(next(self._marks)), self._tags)
            if not (batch and write.method == "PUT") and write.item not in [w.item for w in writes]:
                writes.append(write)
        if not writes:
            return  # a batch takes no PUT
        before = {write.path for write in writes if write.method == "DELETE" and self._has(write)}
        troubles = self._meet(random)
        told = self._batch(writes) if batch else [self._alone(writes[0])]
        text = self._end(writes)
        for write, (status, slug) in zip(writes, told, strict=True):
            self._judge(write, status, slug, text, troubles, there=write.path in before)
        if writes[0].replayable and not batch and random.random() < 0.5:
            self._replay(random, writes[0], stored=writes[0].mark in text)
        if len(text) > MOST_CHARACTERS:
            self._store.clear(*(each.model for each in self._kinds if each.model != "Order"))

    def _meet(self, random: Random) -> list[Any]:
        """Lets the next requests meet troubles, and returns their names."""
        troubles = draw_troubles(random)
        self._troubled.troubles = list(troubles)
        self._troubled.overwritten.clear()
        failing = frozenset(name for name in ("sleep", "log") if random.random() < PORT_FAILS)
        self._ports.failing = failing
        names: list[Any] = [each and (each.name, each.done, each.trips) for each in troubles]
        return [*names, *(f"{UNFORESEEN} in {name}" for name in failing)]

    def _end(self, writes: list[Write]) -> str:
        """Ends the troubles, and returns what the tables of these writes hold.

        What was stored and then written over by another client was done all the same.
        """
        self._troubled.troubles = []
        self._ports.failing = frozenset()
        models = {write.kind.model for write in writes}
        return "".join((*map(self._text, models), *self._troubled.overwritten))

    def _judge(
        self,
        write: Write,
        status: int,
        slug: str,
        text: str,
        troubles: list[Any],
        *,
        there: bool,
    ) -> None:
        """Holds what a write is told against what the store holds.

        Args:
            write: The write.
            status: Of its response.
            slug: Its problem's type; empty for none.
            text: What the store holds now.
            troubles: The names of what it met.
            there: The item of a DELETE was there before.
        """
        # What nobody foresaw, in a read before any write, is the one internal error.
        if slug == "internal" and UNFORESEEN not in str(troubles):
            raise Contradiction(write, slug, "for nothing:", troubles)
        done, failed = status < 300, status >= 300 and slug != "outcome-unknown"
        if write.method == "DELETE":
            left = self._has(write)
            if (done and left) or (failed and there and not left):
                raise Contradiction(write, slug, "left:", left, troubles)
            return
        stored = write.mark in text
        if (done and not stored) or (failed and stored):
            raise Contradiction(write, slug, "stored:", stored, troubles)

    def _replay(self, random: Random, write: Write, *, stored: bool) -> None:
        """Sends a creation again, which another client may have changed, under other troubles.

        Args:
            random: Decides.
            write: A POST whose Idempotency-Key alone names its item.
            stored: It was done the first time.
        """
        changed = random.random() < 0.5
        if changed:
            for body in self._text(write.kind.model).splitlines():
                if write.mark in body:
                    self._troubled.change(write.kind.model, json.loads(body)["id"])
        troubles = self._meet(random)
        status, slug = self._alone(write)
        text = self._end([write])
        if stored and slug in DENIALS:
            raise Contradiction(write, slug, "replayed, changed:", changed, troubles)
        if not stored:
            self._judge(write, status, slug, text, troubles, there=False)

    def _alone(self, write: Write) -> tuple[int, str]:
        body = "" if write.body is None else json.dumps(write.body)
        try:
            response = self._rest.send(write.method, write.path, body, headers=write.headers)
        except Exception:  # noqa: BLE001 - Chalice makes a 500 of it
            return 500, "internal"
        if response.body:
            self._read(write, response.body)
        if "ETag" in response.headers and write.method != "POST":
            tag = response.headers["ETag"]
            if self._tags.get(write.path) == tag:
                raise Contradiction(write, response.problem or "", "the changed item kept its ETag")
            self._tags[write.path] = tag
        return response.status, response.problem or ""

    def _batch(self, writes: list[Write]) -> list[tuple[int, str]]:
        entries = [
            {
                "id": str(index),
                "method": write.method,
                "path": write.path,
                "headers": write.headers,
                **({} if write.body is None else {"body": write.body}),
            }
            for index, write in enumerate(writes)
        ]
        try:
            response = self._rest.send("POST", "/batch", json.dumps({"requests": entries}))
        except Exception:  # noqa: BLE001 - as above
            return [(500, "internal")] * len(writes)
        answer = self._read(writes[0], response.body)
        if response.status != 200:
            return [(response.status, response.problem or "")] * len(writes)
        return [
            (
                each["status"],
                each["body"]["type"].rpartition(":")[2] if each["status"] > 399 else "",
            )
            for each in answer["responses"]
        ]

    @staticmethod
    def _read(write: Write, body: str) -> Any:
        try:
            return strict_json(body)
        except ValueError as error:
            raise Contradiction(write, "", "no JSON:", body) from error

    def _text(self, model: str) -> str:
        """Returns the items of a table as lines of JSON."""
        rows = self._store._connection.execute("SELECT body FROM items WHERE model = ?", (model,))
        return "".join(f"{body}\n" for (body,) in rows)

    def _has(self, write: Write) -> bool:
        """Tells whether the item of a write's path is there."""
        key = write.kind.keys[write.path].items()
        items = self._store.scan(write.kind.model, None, 1000).items
        return any(all(item[name] == value for name, value in key) for item in items)


@contextmanager
def all_worlds() -> Iterator[Case]:
    """Gives what tries the case of a seed, in one of the worlds; each block begins anew.

    Todo and the shop; and Todo without its times, and with one that its update input takes.
    """
    schema = BUILT_SCHEMA.read_text(encoding="utf-8")
    stampless = schema.replace(_STAMPS, "")
    stamped = schema.replace(_UPDATE_INPUT, f"{_UPDATE_INPUT}  updatedAt: AWSDateTime\n")
    assert schema not in (stampless, stamped)
    with ExitStack() as stack:
        todo = World(stack.enter_context(rest_client(schema)), TODO)
        shop = World(stack.enter_context(shop_client()), ORDER, CUSTOMER, STOCK)
        without = World(stack.enter_context(rest_client(stampless)), TODO)
        taking = World(stack.enter_context(rest_client(stamped)), STAMPED)
        worlds = (todo, shop, without, shop, todo, shop, taking, shop)

        def case(seed: int) -> None:
            if seed % BLOCK == 0:
                for world in worlds:
                    world.empty()
            worlds[seed % len(worlds)].case(Random(seed))

        yield case
