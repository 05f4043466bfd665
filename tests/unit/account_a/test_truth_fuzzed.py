"""Never a false word: whatever goes wrong upstream, what a write is told is what the store holds.

Account B is the sandbox's engine, and each call of its meets a fault of a list: before the work, so
that nothing is done, or after it, so that the work is done and its reply lost, broken, or an error
that proves nothing; or another client writes over it. Each write carries a text that no other has.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.context import CallContext
from chalicelib.errors import (
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from chalicelib.gateway import Options
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.strict_json import strict_json
from tests.support.account_b import CALLER, Rest, rest_client
from tests.support.examples import examples
from tests.support.shop import shop_client

CASES = 10_000

# A reply: of this status and body, given the keys of the operation's root fields.
Replying = Callable[[list[str]], HttpReply]


def _http(status: int, body: Any) -> Replying:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _keys: HttpReply(status, {}, text)


def _null(kind: str | None, message: str | None, *below: str) -> Replying:
    """Returns what answers null to each root field, with an error of it or below it."""

    def reply(keys: list[str]) -> HttpReply:
        errors = [
            {"path": [key, *below], "errorType": kind, "message": message, "data": None}
            for key in keys
        ]
        document = {"data": dict.fromkeys(keys), "errors": errors}
        return HttpReply(200, {}, json.dumps(document).encode())

    return reply


def _number(text: str) -> Replying:
    """Returns what answers with items that hold this number, which is none of JSON's."""

    def reply(keys: list[str]) -> HttpReply:
        held = ", ".join(f'"{name}": {text}' for name in ("priority", "credit", "reserved"))
        roots = ", ".join(f'"{key}": {{{held}}}' for key in keys)
        return HttpReply(200, {}, f'{{"data": {{{roots}}}}}'.encode())

    return reply


def _nulls(keys: list[str]) -> HttpReply:
    return HttpReply(200, {}, json.dumps({"data": dict.fromkeys(keys)}).encode())


# What proves nothing: account B answers so before a write as well as after it.
UNPROVEN: Mapping[str, Replying] = {
    "null": _nulls,
    "Lambda:Unhandled": _null("Lambda:Unhandled", "boom"),
    "Lambda:IllegalArgument": _null("Lambda:IllegalArgument", "boom"),
    "MappingTemplate": _null("MappingTemplate", "boom"),
    "unknown": _null("OwnersOwnWord", "boom"),
    "empty": _null("", None),
    "no type": _null(None, "boom"),
    "Cannot return null": _null(None, "Cannot return null for non-nullable type"),
    "timeout": _null("Lambda:ExecutionTimeoutException", "timed out"),
    "internal": _null("InternalFailure", ""),
    "store's 500": _null("DynamoDB:DynamoDbException", "(Status Code: 500; ...)"),
    "no JSON": _http(200, b"<html>"),
    "NaN": _number("NaN"),
    "1e999": _number("1e999"),
    "-Infinity": _number("-Infinity"),
    "empty body": _http(200, b""),
    "deep": _http(200, b'{"data":' + b"[" * 20_000),
    "list": _http(200, []),
    "no data": _http(200, {"data": {}}),
    "accepted": _http(202, {"data": None}),
    "bad gateway": _http(502, b"<html>"),
    "unavailable": _http(503, {"errors": []}),
    "odd errors": _http(200, {"data": None, "errors": [5]}),
}
# What account B answers where it did nothing.
REFUSALS: Mapping[str, Replying] = {
    "Unauthorized": _null("Unauthorized", "Not Authorized to access"),
    "throttled": _null("DynamoDB:ProvisionedThroughputExceededException", ""),
    "limit": _null("ResolverExecutionLimitReached", ""),
    "too many": _http(429, {"errors": [{"errorType": "TooManyRequests"}]}),
    "firewall": _http(403, {"errors": [{"errorType": "WAFForbiddenException"}]}),
    "403 in HTML": _http(403, b"<html>Request blocked</html>"),
    "denied": _http(401, {"errors": [{"errorType": "UnrecognizedClientException"}]}),
    "bad request": _http(400, {"errors": [{"errorType": "MalformedHttpRequestException"}]}),
    "too large": _http(413, b""),
    "gone": _http(410, b""),
}
Raising = Callable[[], Exception]
UNSENT: Mapping[str, Raising] = {
    "refused": lambda: UpstreamUnreachable("AppSync", "refused"),
    "STS throttles": lambda: UpstreamThrottled("STS", "429"),
    "STS is slow": lambda: UpstreamTimeout("STS", "the deadline passed", sent=True),
}
SENT: Mapping[str, Raising] = {
    "broken": lambda: UpstreamUnreachable("AppSync", "broken", sent=True),
    "late": lambda: UpstreamTimeout("AppSync", "the deadline passed", sent=True),
    "unforeseen": lambda: RuntimeError("nobody foresaw this"),
}


# Below the root there was a value, so that what was asked was done.
BELOW = _null(None, "Cannot return null for non-nullable type: 'String'", "x")


@dataclass(frozen=True)
class Trouble:
    """What one call to account B meets.

    Attributes:
        name: For a failing test's message.
        done: The call is executed before.
        replies: What account B answers; None where it is `raises` that ends the call.
        raises: What the transport raises.
        overtaken: Another client writes over it before the call ends.
    """

    name: str
    done: bool
    replies: Replying | None = None
    raises: Raising | None = None
    overtaken: bool = False


TROUBLES = (
    *(Trouble(name, done, each) for name, each in UNPROVEN.items() for done in (True, False)),
    Trouble("below", True, BELOW),
    *(Trouble(name, False, each) for name, each in REFUSALS.items()),
    *(Trouble(name, False, raises=each) for name, each in UNSENT.items()),
    *(Trouble(name, done, raises=each) for name, each in SENT.items() for done in (True, False)),
    *(Trouble("overtaken", True, raises=SENT["broken"], overtaken=True) for _ in range(5)),
)
# The writes that another client can write over: of one item that its id names.
OVERTAKEN = re.compile(r"(?:create|update)(Todo|Customer)\(")


class Troubled:
    """The transport of a gateway, whose calls meet one trouble each while there are some."""

    def __init__(self, rest: Rest) -> None:
        self._api = rest.transport.api
        self.troubles: list[Trouble | None] = []
        self.overwritten: list[str] = []

    def execute(self, request: GraphQLRequest, context: CallContext) -> GraphQLResponse:
        """Executes the request, or meets the next trouble."""
        if context.deadline.remaining() <= 0:
            raise UpstreamTimeout("AppSync", "the deadline had passed before the request")
        trouble = self.troubles.pop(0) if self.troubles else None
        reply = None
        if trouble is not None and trouble.replies is _nulls and not request.document.mutation:
            trouble = None  # a null that says that no item is there, of one that is, is a lie
        if trouble is None or trouble.done:
            made = self._api.execute(request.body, CALLER, lambda _parent, _field: True)
            headers = {name.lower(): value for name, value in made.headers}
            reply = HttpReply(made.status, headers, made.body)
        if trouble is not None and trouble.overtaken:
            self._overtake(request, reply)
        if trouble is not None and trouble.raises is not None:
            raise trouble.raises()
        if trouble is not None and trouble.replies is not None:
            # Below a null that has an error of its own, nothing is told.
            if trouble.replies is BELOW and reply is not None and not _has_values(reply):
                return read_reply(reply)
            reply = trouble.replies(_keys(request))
        assert reply is not None
        return read_reply(reply)

    def _overtake(self, request: GraphQLRequest, reply: HttpReply | None) -> None:
        """Lets another client write over what a request has just written, and keeps what it was."""
        document = json.loads(request.body)
        found = OVERTAKEN.search(document["query"])
        given = document["variables"].get("input", {})
        if found is None or reply is None or not _has_values(reply) or not given.get("id"):
            return
        self.overwritten.append(json.dumps(given))
        change = f'update{found[1]}(input: {{id: $id, name: "x"}}) {{ id }}'
        query = f"mutation M($id: ID!) {{ {change} }}"
        body = json.dumps({"query": query, "variables": {"id": given["id"]}}).encode()
        self._api.execute(body, CALLER, lambda _parent, _field: True)


def _has_values(reply: HttpReply) -> bool:
    return all((json.loads(reply.body)["data"] or {}).values())


def _keys(request: GraphQLRequest) -> list[str]:
    """Returns the response keys of the document's root fields: the aliases of several, or one."""
    document: str = json.loads(request.body)["query"]
    roots = document[document.index("{") + 1 :]
    aliases = [f"r{index}" for index in range(20) if f"r{index}:" in roots]
    return aliases or [roots.strip().partition("(")[0].strip()]


@dataclass(frozen=True)
class Kind:
    """A resource to write to.

    Attributes:
        model: Its type.
        collection: Its path.
        keys: The paths of two items, with the members of their keys.
        body: The members that a create needs, with the text that tells one write from another.
        patches: What a patch of an item may be; some reach into nested values.
    """

    model: str
    collection: str
    keys: Mapping[str, Mapping[str, Any]]
    body: Callable[[str], dict[str, Any]]
    patches: Callable[[str], list[dict[str, Any]]]


TODO = Kind(
    "Todo",
    "/todos",
    {"/todos/a": {"id": "a"}, "/todos/b": {"id": "b"}},
    lambda mark: {"name": mark, "dueAt": "2027-01-01T00:00:00+01:00"},
    lambda mark: [{"name": mark}, {"description": mark, "done": None}],
)
ORDER = Kind(
    "Order",
    "/orders",
    {
        "/orders/c/1": {"customerId": "c", "orderNo": "1"},
        "/orders/c/2": {"customerId": "c", "orderNo": "2"},
    },
    lambda mark: {
        "status": "DRAFT",
        "placedAt": "2026-11-24T10:00:00Z",
        "items": [{"sku": mark, "quantity": 1, "unitPrice": {"amount": 1.5, "currency": "EUR"}}],
        "shipTo": {"street": "s", "city": "c", "geo": {"lat": 1.0, "lon": 2.0}},
    },
    lambda mark: [
        {"shipTo": {"street": mark}},
        {"shipTo": {"street": mark, "geo": {"lat": 5.0, "lon": 6.0}}},
        {"items": [{"sku": mark, "quantity": 2}]},
        {"channel": mark, "status": "PAID"},
    ],
)
CUSTOMER = Kind(
    "Customer",
    "/customers",
    {"/customers/a": {"id": "a"}, "/customers/b": {"id": "b"}},
    lambda mark: {"name": mark, "email": "a@example.com", "prefs": '{"a": 1}'},
    lambda mark: [{"name": mark}, {"nicknames": [mark]}],
)
STOCK = Kind(
    "StockLevel",
    "/stock-levels",
    {"/stock-levels/w/s/1": {"warehouse": "w", "sku": "s", "lot": 1}},
    lambda mark: {"quantity": int(mark)},
    lambda mark: [{"quantity": int(mark)}, {"reserved": int(mark)}],
)


@dataclass
class Write:
    """One write, and what became of it.

    Attributes:
        method: POST, PUT, PATCH or DELETE.
        kind: What it is written to.
        path: Where it goes.
        body: What it sends; None for nothing.
        headers: Its preconditions and its key.
        mark: What is in the store once it was done.
    """

    method: str
    kind: Kind
    path: str
    body: dict[str, Any] | None
    headers: dict[str, str]
    mark: str

    @property
    def item(self) -> str:
        """The path of the item, so that those of a batch go to different ones."""
        if self.body is None or self.method != "POST":
            return self.path
        named = (
            path
            for path, key in self.kind.keys.items()
            if all(self.body.get(name) == value for name, value in key.items())
        )
        return next(named, f"{self.path} {self.mark}")


def _write(random: Random, kind: Kind, mark: str, tags: Mapping[str, str]) -> Write:
    """Returns any write to one of the kind's items.

    Args:
        random: Decides.
        kind: What it is written to.
        mark: What tells it from other writes.
        tags: The ETag that each item had when it was last told.
    """
    path, named = random.choice(list(kind.keys.items()))
    method = random.choice(("POST", "POST", "PUT", "PATCH", "PATCH", "DELETE"))
    headers: dict[str, str] = {}
    if method == "POST":
        chosen = list(named) == ["id"] and random.random() < 0.6
        if random.random() < 0.4:
            headers["idempotency-key"] = f"key-{mark}"
        body = kind.body(mark) if chosen else {**named, **kind.body(mark)}
        return Write(method, kind, kind.collection, body, headers, mark)
    if path in tags and random.random() < 0.4:
        headers["if-match"] = tags[path]
    elif method == "PUT" and random.random() < 0.3:
        headers["if-none-match"] = "*"
    bodies: dict[str, list[Any]] = {
        "PUT": [kind.body(mark)],
        "PATCH": kind.patches(mark),
        "DELETE": [None],
    }
    return Write(method, kind, path, random.choice(bodies[method]), headers, mark)


class World:
    """An account B, the gateway before it, and what is known of their items."""

    def __init__(self, rest: Rest, kinds: tuple[Kind, ...]) -> None:
        self._rest = rest
        self._kinds = kinds
        self._marks = count(1_000_000_000)
        self._tags: dict[str, str] = {}
        self._troubled = Troubled(rest)
        rest.transport.execute = self._troubled.execute  # type: ignore[method-assign] # a stand-in

    def case(self, random: Random) -> None:
        """Sends one write, or a batch of some, under some troubles; checks what each is told."""
        batch = random.random() < 0.15
        writes: list[Write] = []
        for _ in range(random.randint(2, 4) if batch else 1):
            kind = random.choice(self._kinds)
            write = _write(random, kind, str(next(self._marks)), self._tags)
            if not (batch and write.method == "PUT") and write.item not in [w.item for w in writes]:
                writes.append(write)
        if not writes:
            return  # a batch takes no PUT
        before = self._stored(writes)
        troubles = [
            None if random.random() < 0.25 else random.choice(TROUBLES)
            for _ in range(random.choice((0, 1, 1, 2, 3, 6)))
        ]
        self._troubled.troubles = list(troubles)
        self._troubled.overwritten.clear()
        told = self._batch(writes) if batch else self._alone(writes[0])
        self._troubled.troubles = []
        after = self._stored(writes)
        # What was stored and then written over by another client was done all the same.
        after = Held(after.paths, "".join((after.text, *self._troubled.overwritten)))
        for write, (status, slug) in zip(writes, told, strict=True):
            names = [trouble and (trouble.name, trouble.done) for trouble in troubles]
            note = (names, write.method, write.path, write.body, write.headers, status, slug)
            # What nobody foresaw, in a read before any write, is the one internal error.
            assert slug != "internal" or ("unforeseen" in str(names)), note
            self._judge(write, status, slug, before, after, note)
        self._thin(after)

    @staticmethod
    def _judge(
        write: Write, status: int, slug: str, before: "Held", after: "Held", note: object
    ) -> None:
        """Holds what a write is told against what the store holds."""
        if write.method == "DELETE":
            there, left = write.path in before.paths, write.path in after.paths
            assert not (status < 300 and left), note
            failed = status >= 300 and slug != "outcome-unknown"
            assert not (failed and there and not left), note
            return
        stored = write.mark in after.text
        assert not (status < 300 and not stored), note
        assert not (status >= 300 and slug != "outcome-unknown" and stored), note

    def _alone(self, write: Write) -> list[tuple[int, str]]:
        response = self._rest.send(
            write.method,
            write.path,
            "" if write.body is None else json.dumps(write.body),
            headers=write.headers,
        )
        if response.body:
            strict_json(response.body)
        if "ETag" in response.headers and write.method != "POST":
            self._tags[write.path] = response.headers["ETag"]
        return [(response.status, response.problem or "")]

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
        response = self._rest.send("POST", "/batch", json.dumps({"requests": entries}))
        assert response.status == 200, response.body
        answers = strict_json(response.body)["responses"]
        return [
            (
                each["status"],
                each["body"]["type"].rpartition(":")[2] if each["status"] > 399 else "",
            )
            for each in answers
        ]

    def _stored(self, writes: list[Write]) -> "Held":
        """Returns what the tables of these writes hold."""
        kinds = {write.kind.model: write.kind for write in writes}
        paths: set[str] = set()
        texts: list[str] = []
        for model, kind in kinds.items():
            items = self._rest.store.scan(model, None, 1000).items
            texts.extend(json.dumps(item) for item in items)
            paths.update(
                path
                for path, named in kind.keys.items()
                if any(all(item[key] == value for key, value in named.items()) for item in items)
            )
        return Held(frozenset(paths), "\n".join(texts))

    def _thin(self, held: "Held") -> None:
        """Empties the tables now and then, so that each key is met both taken and free."""
        if len(held.text) > 6000:
            for kind in self._kinds:
                table = {"Todo": ("id",), "Customer": ("id",)}.get(kind.model)
                for item in self._rest.store.scan(kind.model, None, 1000).items if table else ():
                    self._rest.store.delete(kind.model, (item["id"],))


@dataclass(frozen=True)
class Held:
    """What some tables hold.

    Attributes:
        paths: Of the items with a known path that are there.
        text: All items as JSON.
    """

    paths: frozenset[str]
    text: str


def test_no_write_is_told_a_false_word() -> None:
    """Thousands of writes, alone and in batches, each under its troubles, to Todo and the shop."""
    options = Options(enable_batch=True)
    with ExitStack() as stack:
        worlds = (
            World(stack.enter_context(rest_client(options=options)), (TODO,)),
            World(stack.enter_context(shop_client(options)), (ORDER, CUSTOMER, STOCK)),
        )
        for seed in range(examples(CASES)):
            worlds[seed % 2].case(Random(seed))
