"""What goes wrong with a call to account B, and the transport that meets it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from bridge.sandbox.appsync import AppSyncApi
from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.context import CallContext
from chalicelib.errors import UpstreamThrottled, UpstreamTimeout, UpstreamUnreachable
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from tests.support.account_b import CALLER

# How often the gateway's own code looks into a reply before it fails, at the most.
LOOKS = 12
# What an error that nobody foresaw says.
UNFORESEEN = "unforeseen"

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
        replies: What account B answers; None where it is its own reply, or `raises` ends the call.
        raises: What the transport raises.
        overtaken: Another client writes over it before the call ends.
        trips: After how many looks into account B's own reply the gateway's code fails; 0: never.
    """

    name: str
    done: bool
    replies: Replying | None = None
    raises: Raising | None = None
    overtaken: bool = False
    trips: int = 0


_UNPROVEN = tuple(
    Trouble(name, done, each) for name, each in UNPROVEN.items() for done in (True, False)
)
_SENT = tuple(
    Trouble(name, done, raises=each) for name, each in SENT.items() for done in (True, False)
)
_TRIPPED = tuple(
    Trouble(f"{UNFORESEEN} in our own code", True, trips=looks) for looks in range(1, LOOKS + 1)
)
# Drawn alike, so that what is one trouble alone is met as often as what is one of forty.
FAMILIES: tuple[tuple[Trouble, ...], ...] = (
    _UNPROVEN,
    _UNPROVEN,
    _UNPROVEN,
    _SENT,
    _SENT,
    _TRIPPED,
    tuple(Trouble(name, False, each) for name, each in REFUSALS.items()),
    tuple(Trouble(name, False, raises=each) for name, each in UNSENT.items()),
    (Trouble("below", True, BELOW),),
    (Trouble("overtaken", True, raises=SENT["broken"], overtaken=True),),
)
# The writes that another client can write over: of one item that its id names.
OVERTAKEN = re.compile(r"(?:create|update)(Todo|Customer)\(")


def draw_troubles(random: Random) -> list[Trouble | None]:
    """Returns what the next calls meet; None lets one pass."""
    return [
        None if random.random() < 0.25 else random.choice(random.choice(FAMILIES))
        for _ in range(random.choice((0, 1, 1, 2, 3, 6)))
    ]


class Tripwire(dict[str, Any]):
    """An item of a reply, into which the gateway looks so many times, and then its code fails."""

    def __init__(self, held: Mapping[str, Any], looks: int) -> None:
        super().__init__(held)
        self._left = looks

    def _look(self) -> None:
        self._left -= 1
        if self._left <= 0:
            raise RuntimeError("nobody foresaw this in our own code")

    def __getitem__(self, name: str) -> Any:
        """Returns a member's value."""
        self._look()
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        """Tells whether there is such a member."""
        self._look()
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Returns a member's value, or the default."""
        self._look()
        return super().get(name, default)

    def keys(self) -> Any:
        """Returns the members' names."""
        self._look()
        return super().keys()

    def items(self) -> Any:
        """Returns the members."""
        self._look()
        return super().items()


class Troubled:
    """The transport of a gateway, whose calls meet one trouble each while there are some.

    Attributes:
        troubles: What the next calls meet.
        overwritten: What writes sent over which another client wrote.
    """

    def __init__(self, api: AppSyncApi) -> None:
        self._api = api
        self.troubles: list[Trouble | None] = []
        self.overwritten: list[str] = []

    def execute(self, request: GraphQLRequest, context: CallContext) -> GraphQLResponse:
        """Executes the request, or meets the next trouble."""
        if context.deadline.remaining() <= 0:
            raise UpstreamTimeout("AppSync", "the deadline had passed before the request")
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and trouble.replies is _nulls and not request.document.mutation:
            trouble = None  # a null that says that no item is there, of one that is, is a lie
        if trouble is None:
            return read_reply(self._reply(request.body))
        reply = self._reply(request.body) if trouble.done else None
        if trouble.overtaken and reply is not None:
            self._overtake(request, reply)
        if trouble.raises is not None:
            raise trouble.raises()
        # Below a null that has an error of its own, nothing is told.
        hidden = trouble.replies is BELOW and reply is not None and not _has_values(reply)
        if trouble.replies is not None and not hidden:
            reply = trouble.replies(_keys(request))
        assert reply is not None
        response = read_reply(reply)
        return _tripped(response, trouble.trips) if trouble.trips else response

    def change(self, model: str, key: str) -> None:
        """Lets another client give an item of this id another name."""
        change = f'update{model}(input: {{id: $id, name: "x"}}) {{ id }}'
        query = f"mutation M($id: ID!) {{ {change} }}"
        self._reply(json.dumps({"query": query, "variables": {"id": key}}).encode())

    def _overtake(self, request: GraphQLRequest, reply: HttpReply) -> None:
        """Lets another client write over what a request has just written, and keeps what it was."""
        found = OVERTAKEN.search(request.document.text)
        given = request.variables.get("input", {})
        if found is None or not _has_values(reply) or not given.get("id"):
            return
        self.overwritten.append(json.dumps(given))
        self.change(found[1], given["id"])

    def _reply(self, body: bytes) -> HttpReply:
        made = self._api.execute(body, CALLER, lambda _parent, _field: True)
        headers = {name.lower(): value for name, value in made.headers}
        return HttpReply(made.status, headers, made.body)


def _tripped(response: GraphQLResponse, looks: int) -> GraphQLResponse:
    data = {
        key: Tripwire(value, looks) if isinstance(value, dict) else value
        for key, value in (response.data or {}).items()
    }
    return response._replace(data=data)


def _has_values(reply: HttpReply) -> bool:
    return all((json.loads(reply.body)["data"] or {}).values())


def _keys(request: GraphQLRequest) -> list[str]:
    """Returns the response keys of the document's root fields: the aliases of several, or one."""
    document = request.document.text
    roots = document[document.index("{") + 1 :]
    aliases = [f"r{index}" for index in range(20) if f"r{index}:" in roots]
    return aliases or [roots.strip().partition("(")[0].strip()]
