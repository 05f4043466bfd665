"""What the sandbox tells and takes beside AWS's own services, under /_admin."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.sandbox.exchange.faults import FaultError, Faults, parse_faults
from bridge.sandbox.web.gateway_log import gateway_log_route
from bridge.sandbox.web.json_reply import JsonReply
from bridge.sandbox.web.recorder import Recorder


def admin_routes(faults: Faults, recorder: Recorder) -> list[Route]:
    """Returns the routes of health, faults, recorded events and the gateway's log."""

    async def faults_in_force(request: Request) -> Response:
        """Tells, replaces or removes the faults."""
        if request.method == "PUT":
            try:
                faults.replace(parse_faults(json.loads(await request.body())))
            except (FaultError, ValueError) as error:
                return JsonReply({"error": str(error)}, 400)
        elif request.method == "DELETE":
            faults.replace(())
        return JsonReply({"faults": faults.describe()})

    async def events(request: Request) -> Response:
        """Tells the events after the one of the number `after`, or forgets all."""
        if request.method == "DELETE":
            recorder.clear()
            return JsonReply({"events": []})
        try:
            after = int(request.query_params.get("after", "0"))
        except ValueError:
            return JsonReply({"error": "after must be a whole number"}, 400)
        return JsonReply({"events": recorder.after(after)})

    async def health(_request: Request) -> Response:
        """Tells that the sandbox answers."""
        return JsonReply({"status": "ok"})

    return [
        Route("/_admin/health", health, methods=["GET"]),
        Route("/_admin/faults", faults_in_force, methods=["GET", "PUT", "DELETE"]),
        Route("/_admin/events", events, methods=["GET", "DELETE"]),
        gateway_log_route(recorder),
    ]
