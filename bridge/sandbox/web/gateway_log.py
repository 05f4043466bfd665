"""The gateway's log line as an event: the REST hop, which account B cannot see by itself."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.sandbox.web.json_reply import JsonReply
from bridge.sandbox.web.recorder import Recorder

# What the console page shows of a line; nothing else of it is kept.
_SHOWN = (
    "method",
    "path",
    "route",
    "status",
    "milliseconds",
    "caller",
    "stsCalls",
    "appsyncCalls",
    "retries",
    "throttles",
    "credentialAgeSeconds",
    "problem",
    "fault",
)


class LogLineError(ValueError):
    """It is no log line of the gateway; the message says why."""


def gateway_log_route(recorder: Recorder) -> Route:
    """Returns the route that takes log lines and records them as events."""

    async def gateway_log(request: Request) -> Response:
        try:
            events = read_gateway_log(await request.body())
        except LogLineError as error:
            return JsonReply({"error": str(error)}, 400)
        for event in events:
            recorder.keep(event)
        return Response(status_code=204)

    return Route("/_admin/gateway-log", gateway_log, methods=["POST"])


def read_gateway_log(body: bytes) -> list[dict[str, Any]]:
    """Returns the events that log lines tell of.

    Args:
        body: A JSON array of the lines' documents.

    Raises:
        LogLineError: One of them tells of no request.
    """
    try:
        lines = json.loads(body)
    except ValueError as error:
        raise LogLineError(f"not JSON: {error}") from error
    if not isinstance(lines, list):
        raise LogLineError("log lines must come as an array")
    return [_event(line) for line in lines]


def _event(line: Any) -> dict[str, Any]:
    if not isinstance(line, Mapping) or not isinstance(line.get("requestId"), str):
        raise LogLineError("a log line must be an object with a requestId")
    metrics = line.get("_aws")
    written_at = metrics.get("Timestamp") if isinstance(metrics, Mapping) else None
    milliseconds = line.get("milliseconds")
    if not isinstance(written_at, int | float) or not isinstance(milliseconds, int | float):
        raise LogLineError("a log line must tell its Timestamp and milliseconds")
    try:
        began_at = datetime.fromtimestamp((written_at - milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise LogLineError(f"Timestamp is no time: {error}") from error
    return {
        "time": began_at.isoformat(timespec="milliseconds"),
        "service": "rest",
        "clientRequestId": line["requestId"],
        **{name: line[name] for name in _SHOWN if name in line},
    }
