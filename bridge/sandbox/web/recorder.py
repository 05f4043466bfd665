"""What the sandbox saw: one event a request, for the console page and for tests.

No secret key, token or signature comes here. What clients wrote is in a GraphQL document and in a
request's path; nothing else of it is in an event.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from bridge.iam import ConsideredStatement, StatementMatch
from bridge.sandbox.exchange.faults import Drawn
from bridge.sandbox.exchange.trace import AskedDecision, AskedDocument, ResolvedField, Trace

_CAPACITY = 1000


class Recorder:
    """The last events, numbered from 1; safe to use from several threads."""

    def __init__(self) -> None:
        """Begins without events."""
        self._lock = threading.Lock()
        self._events: deque[tuple[dict[str, Any], AskedDocument | None]] = deque(maxlen=_CAPACITY)
        self._sequence = 0

    def add(self, trace: Trace, drawn: Drawn, status: int | None) -> None:
        """Records a request that is done.

        Args:
            trace: What happened to it.
            drawn: The faults that hit it.
            status: The reply's status; None when the connection was cut instead.
        """
        event = {
            "time": trace.began_at.isoformat(timespec="milliseconds"),
            "service": trace.service,
            "operation": trace.operation,
            "requestId": trace.request_id,
            "clientRequestId": trace.client_request_id,
            "caller": trace.caller,
            "hops": [{"name": hop.name, "outcome": hop.outcome} for hop in trace.hops],
            "decisions": [_decision(asked) for asked in trace.decisions],
            "fields": [_field(resolved) for resolved in trace.resolved],
            "faults": [fault.kind.value for fault in drawn.faults],
            "status": status,
            "error": trace.error,
            "message": trace.message,
            "milliseconds": round((time.perf_counter() - trace.began) * 1000, 2),
        }
        self.keep(event, trace.document)

    def keep(self, event: Mapping[str, Any], document: AskedDocument | None = None) -> None:
        """Keeps an event under the next number, and the GraphQL that it is about."""
        with self._lock:
            self._sequence += 1
            self._events.append(({"sequence": self._sequence, **event}, document))

    def document(self, request_id: str) -> AskedDocument | None:
        """Returns the GraphQL of a request that is kept."""
        with self._lock:
            kept = (asked for event, asked in self._events if event.get("requestId") == request_id)
            return next(kept, None)

    def clear(self) -> None:
        """Forgets the events; the next one's number goes on."""
        with self._lock:
            self._events.clear()

    def after(self, sequence: int) -> list[dict[str, Any]]:
        """Returns the events that are kept and later than that number."""
        with self._lock:
            return [event for event, _ in self._events if event["sequence"] > sequence]


def _decision(asked: AskedDecision) -> dict[str, Any]:
    decision = asked.decision
    return {
        "action": asked.action,
        "resource": asked.resource,
        "allowed": decision.allowed,
        "reason": decision.reason.value,
        "statement": _statement(decision.statement) if decision.statement else None,
        "considered": _considered(decision.considered),
    }


def _considered(considered: Iterable[ConsideredStatement]) -> list[dict[str, Any]]:
    return [
        {
            "source": item.source.value,
            **_statement(item.statement),
            "applies": item.applies,
            "mismatches": [
                {"part": mismatch.part.value, "detail": mismatch.detail}
                for mismatch in item.mismatches
            ],
        }
        for item in considered
    ]


def _statement(match: StatementMatch) -> dict[str, Any]:
    return {
        "policy": match.policy,
        "index": match.index,
        "sid": match.sid,
        "effect": match.effect.value,
        "document": match.document,
    }


def _field(resolved: ResolvedField) -> dict[str, Any]:
    return {
        "parentType": resolved.parent_type,
        "field": resolved.field,
        "alias": resolved.alias,
        "ids": list(resolved.ids),
        "outcome": resolved.outcome,
        "resolvers": resolved.resolvers,
        "itemsRead": resolved.items_read,
        "access": resolved.access,
    }
