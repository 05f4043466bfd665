"""What happens to one request, gathered on its way; no secret, token or signature comes here."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.iam import Decision


@dataclass(frozen=True)
class ResolvedField:
    """What became of one root field, for the console page and for tests.

    Attributes:
        parent_type: "Query" or "Mutation".
        field: The field's name in the schema.
        alias: The name under which the reply shows it.
        ids: The key values among its arguments; no other argument is told.
        outcome: "ok", or the errorType.
        resolvers: How many resolvers ran for it, its own and those of the fields below.
        items_read: How many items were read for them, before filters.
        access: How it read a table itself: "scan", "key", or an index's name; empty for not at all.
    """

    parent_type: str
    field: str
    alias: str
    ids: tuple[str, ...]
    outcome: str
    resolvers: int = 1
    items_read: int = 0
    access: str = ""


@dataclass(frozen=True)
class Hop:
    """One step of a request, such as "signature"; the outcome is "ok" or what went wrong."""

    name: str
    outcome: str = "ok"


@dataclass(frozen=True)
class AskedDecision:
    """What was asked of IAM, and the answer."""

    action: str
    resource: str
    decision: Decision


@dataclass(frozen=True)
class AskedDocument:
    """The GraphQL document of a request as it was sent, and its variables."""

    query: str
    variables: Mapping[str, Any]


@dataclass
class Trace:
    """What happens to one request, gathered on its way.

    Attributes:
        service: "sts" or "appsync".
        client_request_id: The id that the caller sent, which joins both to its own log.
        request_id: The id in the reply.
        operation: STS's action, or "query" or "mutation".
        document: What was asked in GraphQL; None where it was none, or too long to keep.
        error: The code with which the whole request was refused.
        message: The text to it.
    """

    service: str
    client_request_id: str | None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.perf_counter)
    operation: str | None = None
    caller: str | None = None
    document: AskedDocument | None = None
    error: str | None = None
    message: str | None = None
    hops: list[Hop] = field(default_factory=list)
    decisions: list[AskedDecision] = field(default_factory=list)
    resolved: list[ResolvedField] = field(default_factory=list)

    def step(self, name: str, outcome: str = "ok") -> None:
        """Notes a step that is done."""
        self.hops.append(Hop(name, outcome))

    def decided(self, action: str, resource: str, decision: Decision) -> None:
        """Notes a decision of IAM."""
        self.decisions.append(AskedDecision(action, resource, decision))
