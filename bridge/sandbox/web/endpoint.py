"""One service's HTTP endpoint: reads the raw request, injects faults, records, replies."""

import asyncio
from typing import Any, Protocol

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bridge.files import FileFault
from bridge.sandbox.exchange.faults import Drawn, Faults, Kind
from bridge.sandbox.exchange.messages import RawRequest, Reply
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import AskedDocument, Trace
from bridge.sandbox.web.recorder import Recorder

# AppSync takes about 1 MB; STS needs far less.
MAX_BODY_BYTES = 1024 * 1024
_INTERNAL_ERROR = 500


class Service(Protocol):
    """What an endpoint serves."""

    @property
    def name(self) -> str:
        """Returns what faults call the service."""

    def operation_kind(self, request: RawRequest) -> str | None:
        """Returns "query" or "mutation" where the service knows these."""

    def document(self, request: RawRequest) -> AskedDocument | None:
        """Returns the GraphQL that is asked, where the service knows GraphQL."""

    async def answer(self, request: RawRequest, trace: Trace, drawn: Drawn) -> Reply:
        """Returns the reply, or raises Refusal or FileFault."""

    def refuse(self, refusal: Refusal, trace: Trace) -> Reply:
        """Returns a refusal in the service's form."""

    def throttled(self) -> Refusal:
        """Returns what the service says to too many requests."""


class CuttableProtocol(H11Protocol):
    """Uvicorn's HTTP protocol, with its transport within the application's reach.

    ASGI has no way to end a connection without a reply, and faults must do so.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Puts the transport into the state of this connection's requests."""
        # Uvicorn copies this mapping into the scope of each request; the server's own stays as is.
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class Endpoint:
    """An ASGI application that serves one service."""

    def __init__(self, service: Service, faults: Faults, recorder: Recorder) -> None:
        """Takes the service and what happens around it."""
        self._service = service
        self._faults = faults
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        body = await _read_body(receive)
        if body is None:
            return
        request = RawRequest(
            method=scope["method"],
            raw_path=scope["raw_path"],
            query=scope["query_string"],
            headers=tuple(scope["headers"]),
            body=body,
        )
        trace = Trace(self._service.name, request.header("x-request-id"))
        # Before any fault: what was asked is told even where nothing came of it.
        trace.document = self._service.document(request)
        drawn = self._faults.draw(self._service.name, lambda: self._service.operation_kind(request))
        await asyncio.sleep((drawn.number(Kind.LATENCY) or 0) / 1000)
        if Kind.CUT_BEFORE in drawn:
            self._recorder.add(trace, drawn, None)
            await _cut(scope)
            return
        reply = await self._reply(request, trace, drawn)
        is_cut = Kind.CUT_AFTER in drawn or Kind.CUT_REPLY in drawn
        self._recorder.add(trace, drawn, None if is_cut else reply.status)
        if Kind.CUT_AFTER in drawn:
            await _cut(scope)
        elif Kind.CUT_REPLY in drawn:
            await send(_start(reply, trace))
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await _cut(scope, flush=True)
        else:
            await send(_start(reply, trace))
            await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, request: RawRequest, trace: Trace, drawn: Drawn) -> Reply:
        refusal = self._faulty(request, drawn)
        if refusal is None:
            try:
                return await self._service.answer(request, trace, drawn)
            except Refusal as refused:
                refusal = refused
            except FileFault as fault:
                # No code of AWS's: whoever edits the files must see which one is broken.
                refusal = Refusal(500, "SandboxFileFault", _printable(str(fault)))
        trace.error, trace.message = refusal.code, refusal.message
        return self._service.refuse(refusal, trace)

    def _faulty(self, request: RawRequest, drawn: Drawn) -> Refusal | None:
        """Returns the refusal of a request that the service does not get to see."""
        if len(request.body) > MAX_BODY_BYTES:
            return Refusal(413, "RequestEntityTooLargeException", "Request body too large")
        if Kind.THROTTLE in drawn:
            return self._service.throttled()
        status = drawn.number(Kind.ERROR)
        if status is not None:
            code = "InternalFailure" if status == _INTERNAL_ERROR else "ServiceUnavailable"
            return Refusal(int(status), code, "The request processing has failed.")
        return None


def _printable(text: str) -> str:
    """Returns a text whose characters every reply can hold, whatever stood in a file."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


async def _read_body(receive: Receive) -> bytes | None:
    """Returns the body, or None when the client went away.

    Of a body that is too large the rest is read and dropped, so that the client gets to see the
    reply; what is returned is then one byte too long.
    """
    body = bytearray()
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        del body[MAX_BODY_BYTES + 1 :]
        if not message.get("more_body", False):
            return bytes(body)


def _start(reply: Reply, trace: Trace) -> Message:
    headers = (
        *reply.headers,
        ("x-amzn-RequestId", trace.request_id),
        ("Content-Length", str(len(reply.body))),
    )
    return {
        "type": "http.response.start",
        "status": reply.status,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }


async def _cut(scope: Scope, *, flush: bool = False) -> None:
    """Ends the connection; returns when uvicorn knows, so that it does not reply by itself."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if flush:
        transport.close()
    else:
        transport.abort()
    # The transport tells its protocol in a later turn of the loop.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
