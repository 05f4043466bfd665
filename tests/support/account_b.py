"""Account B as an in-memory port: the sandbox's own engine behind the gateway's transport.

No HTTP, no signature, no policy: what the gateway makes of GraphQL is tried here, and the chain
itself in tests/integration.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from bridge.compiler.compilation import compile_schema
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import read_built_schema
from bridge.sandbox.appsync import (
    AdminRule,
    AppSyncApi,
    ConflictHandler,
    GraphQLCaller,
    load_schema,
)
from bridge.sandbox.dynamodb.store import Store
from bridge.sandbox.exchange.trace import ResolvedField
from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import AccessPath, Contract, Resource
from chalicelib.errors import UpstreamTimeout
from chalicelib.gateway import Gateway, Options, RequestLog
from chalicelib.gateway.upstream import Upstream
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.rest.messages import RestRequest, RestResponse
from tests.support.todo import BUILT_SCHEMA

CALLER = GraphQLCaller("arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/appsync-rest")


def the_list(resource: Resource) -> AccessPath:
    """Returns the resource's list, which it must have."""
    assert resource.list is not None
    return resource.list


@dataclass
class Clock:
    """A monotonic clock that only sleeping, or a test, moves."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Returns the seconds that have passed."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Lets this much time pass."""
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class TickingCalendar:
    """Account B's time: later by a millisecond whenever it is asked, so no two writes share one."""

    now: datetime = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self) -> datetime:
        """Returns the time as aware UTC."""
        with self._lock:
            self.now += timedelta(milliseconds=1)
            return self.now


@dataclass
class Fault:
    """What goes wrong with one request.

    Attributes:
        error: What the transport raises.
        committed: The request has taken effect before it breaks off.
    """

    error: Exception
    committed: bool = False


@dataclass
class FakeTransport:
    """The transport port over the sandbox's engine, with faults on demand.

    Attributes:
        api: The engine.
        requests: Every request that was executed or broken off, in order.
        faults: What goes wrong with the next requests; None lets one pass.
        before: Called with each request before it is executed or broken off, for races.
        after: Called with each request and its reply; returns the reply to give instead.
        resolved: What account B counted of each root field.
    """

    api: AppSyncApi
    requests: list[GraphQLRequest] = field(default_factory=list)
    faults: deque[Fault | None] = field(default_factory=deque)
    before: Callable[[GraphQLRequest], None] | None = None
    after: Callable[[GraphQLRequest, GraphQLResponse], GraphQLResponse] | None = None
    resolved: list[ResolvedField] = field(default_factory=list)

    def execute(self, request: GraphQLRequest, context: CallContext) -> GraphQLResponse:
        """Returns the engine's reply."""
        if context.deadline.remaining() <= 0:
            raise UpstreamTimeout("AppSync", "the deadline had passed before the request")
        self.requests.append(request)
        context.tally.appsync_calls += 1
        fault = self.faults.popleft() if self.faults else None
        if self.before is not None:
            self.before(request)
        if fault is not None and not fault.committed:
            raise fault.error
        reply = self.api.execute(
            request.body, CALLER, lambda _parent, _field: True, self.resolved.append
        )
        if fault is not None:
            raise fault.error
        headers = {name.lower(): value for name, value in reply.headers}
        response = read_reply(HttpReply(reply.status, headers, reply.body))
        return self.after(request, response) if self.after else response


@dataclass
class Rest:
    """A REST client of a gateway over a fake account B."""

    gateway: Gateway
    transport: FakeTransport
    store: Store
    contract: Contract
    logged: list[RequestLog]
    clock: Clock

    @property
    def slept(self) -> list[float]:
        """Every wait before a further attempt, in seconds."""
        return self.clock.slept

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str = b"",
        *,
        query: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
        caller: str = "arn:aws:iam::111111111111:role/client",
        base_path: str = "",
        seconds: float = 20.0,
    ) -> RestResponse:
        """Returns the response to one request; a body is JSON unless a header says otherwise."""
        sent = {"content-type": "application/json"} if body else {}
        return self.gateway.handle(
            RestRequest(
                method=method,
                path=path,
                context=CallContext("request-1", Deadline(self.clock() + seconds, self.clock)),
                query=tuple(query.items()) if isinstance(query, Mapping) else query,
                headers={**sent, **(headers or {})},
                body=body.encode() if isinstance(body, str) else body,
                caller=caller,
                base_path=base_path,
            )
        )

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Runs a document of the test's own against account B, past the gateway."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        reply = self.transport.api.execute(body, CALLER, lambda _parent, _field: True)
        result: dict[str, Any] = json.loads(reply.body)
        return result


@cache
def _contract(schema: str, *, json_values: bool) -> Contract:
    """Returns the contract of a built schema; frozen, so that tests may share it."""
    settings = RestSettings(json_values=json_values)
    return compile_schema(read_built_schema(schema), settings).contract


@contextmanager
def rest_client(
    schema: str | None = None,
    options: Options | None = None,
    conflict_handler: ConflictHandler = ConflictHandler.OPTIMISTIC,
    *,
    source: str | None = None,
    functions: Path | None = None,
    json_values: bool = False,
    database: Path | None = None,
) -> Iterator[Rest]:
    """Gives a REST client over an empty account B.

    Args:
        schema: Its built schema; Todo's where none is given.
        options: What the settings would decide.
        conflict_handler: What account B does about conflicts, where its types have `_version`.
        source: The source schema, where there is one.
        functions: The stand-ins of its Lambda functions, where there are some.
        json_values: Its rest.toml shows AWSJSON as JSON values.
        database: The file of its tables; in memory where none is given.
    """
    text = BUILT_SCHEMA.read_text(encoding="utf-8") if schema is None else schema
    contract = _contract(text, json_values=json_values)
    store = Store.open(database or ":memory:")
    logged: list[RequestLog] = []
    clock = Clock()
    try:
        api = AppSyncApi(
            load_schema(text, source),
            store,
            AdminRule.IAM,
            list,
            clock=TickingCalendar(),
            functions=functions,
            conflict_handler=conflict_handler,
        )
        transport = FakeTransport(api)
        upstream = Upstream(transport, clock.sleep, jitter=lambda _low, high: high)
        chosen = options or Options()
        gateway = Gateway(contract, lambda: upstream, lambda: chosen, {}, logged.append)
        yield Rest(gateway, transport, store, contract, logged, clock)
    finally:
        store.close()
