"""One JSON line a request. No header, no variable, no body, no token is ever in it."""

from chalicelib.gateway import RequestLog
from chalicelib.rest.messages import json_text


def log_line(entry: RequestLog, *, service: str, cold_start: bool) -> str:
    """Returns the line for one answered request."""
    request = entry.request
    tally = request.context.tally
    line = {
        "service": service,
        "requestId": request.context.request_id,
        "traceId": request.headers.get("x-amzn-trace-id"),
        "caller": request.caller or None,
        "method": request.method,
        "route": entry.route,
        "status": entry.status,
        "problem": entry.problem,
        "fault": entry.fault,
        "milliseconds": round(entry.milliseconds, 1),
        "appsyncCalls": tally.appsync_calls,
        "appsyncMilliseconds": round(tally.appsync_milliseconds, 1),
        "stsCalls": tally.sts_calls,
        "stsMilliseconds": round(tally.sts_milliseconds, 1),
        "retries": tally.retries,
        "throttles": tally.throttles,
        "credentialAgeSeconds": tally.credential_age_seconds,
        "coldStart": cold_start,
    }
    return json_text({name: value for name, value in line.items() if value is not None})
