"""One JSON line a request, which CloudWatch also takes its metrics from.

No header but the trace id and an origin that CORS refused, no variable, no body and no token is
ever in it. The caller's name is: account B sees one session for all callers, so only this line
tells them apart.

Source: CloudWatch user guide, "Specification: Embedded metric format".
"""

import time
from typing import Any

from chalicelib.gateway import RequestLog
from chalicelib.rest.messages import json_text

NAMESPACE = "AppSyncRest"
_REQUEST_METRICS = {
    "Namespace": NAMESPACE,
    "Dimensions": [["service"], ["service", "route"]],
    "Metrics": [
        {"Name": "requests", "Unit": "Count"},
        {"Name": "milliseconds", "Unit": "Milliseconds"},
        {"Name": "throttles", "Unit": "Count"},
        {"Name": "stsCalls", "Unit": "Count"},
    ],
}
_ERROR_METRICS = {
    name: {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"], ["service", "problem"]],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    for name in ("clientErrors", "serverErrors")
}
_SERVER_ERROR = 500


def log_line(entry: RequestLog, *, service: str, cold_start: bool) -> str:
    """Returns the line for one answered request.

    Args:
        entry: What is known of the request.
        service: The function's name.
        cold_start: It was the first request of this process.
    """
    request = entry.request
    tally = request.context.tally
    age = tally.credential_age_seconds
    line: dict[str, Any] = {
        "service": service,
        "requestId": request.context.request_id,
        "method": request.method,
        "route": entry.route,
        "status": entry.status,
        "milliseconds": round(entry.milliseconds, 1),
        "appsyncCalls": tally.appsync_calls,
        "appsyncMilliseconds": round(tally.appsync_milliseconds, 1),
        "stsCalls": tally.sts_calls,
        "stsMilliseconds": round(tally.sts_milliseconds, 1),
        "retries": tally.retries,
        "throttles": tally.throttles,
        "coldStart": cold_start,
        "requests": 1,
    }
    optional = {
        "traceId": request.headers.get("x-amzn-trace-id"),
        "caller": request.caller or None,
        "credentialAgeSeconds": None if age is None else round(age),
        "accessPath": ", ".join(tally.access) or None,
        "problem": entry.problem,
        "fault": entry.fault,
        # A page of another origin is not told why it may not read the answer; here it is.
        "refusedOrigin": entry.refused_origin,
    }
    line.update((name, value) for name, value in optional.items() if value is not None)
    metrics = [_REQUEST_METRICS]
    if entry.problem is not None:
        # Apart, so that an alarm need not count each 404.
        name = "serverErrors" if entry.status >= _SERVER_ERROR else "clientErrors"
        line[name] = 1
        metrics = [_REQUEST_METRICS, _ERROR_METRICS[name]]
    line["_aws"] = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
    return json_text(line)
