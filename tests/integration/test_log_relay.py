"""The gateway's output on its way to a person and to the console page."""

import io
import json
import re
import socket
from collections.abc import Callable

import pytest

from bridge.log_relay import PATH_LINE, readable, relay
from chalicelib.context import CallContext, Deadline
from chalicelib.gateway import RequestLog
from chalicelib.log import log_line
from chalicelib.rest.messages import RestRequest
from tests.support.ports import HOST, reserved_port
from tests.support.scripted_server import reply, scripted_server

LINE = {"requestId": "1", "status": 200}


@pytest.fixture
def logged() -> Callable[..., bytes]:
    """Returns a function that makes a log line as the gateway does."""

    def make(
        *,
        status: int,
        appsync_calls: int = 0,
        access: str | None = None,
        problem: str | None = None,
        fault: str | None = None,
    ) -> bytes:
        context = CallContext("1", Deadline.after(20.0))
        context.tally.appsync_calls = appsync_calls
        if access is not None:
            context.tally.access[access] = None
        request = RestRequest("GET", "/orders", context)
        entry = RequestLog(request, "/orders", status, problem, fault, 9.3)
        return log_line(entry, service="x", cold_start=False).encode()

    return make


class Pipe:
    """An output that comes in these chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = iter(chunks)

    def read1(self, _size: int, /) -> bytes:
        """Returns the next chunk; nothing at the end."""
        return next(self._chunks, b"")


def answer(connection: socket.socket, _request: bytes) -> None:
    """Accepts whatever is posted."""
    connection.sendall(reply("204 No Content", b""))


def address(url: str) -> tuple[str, int]:
    """Returns the host and port of a scripted server."""
    host, _, port = url.removeprefix("http://").removesuffix("/graphql").partition(":")
    return host, int(port)


def test_everything_is_shown_and_log_lines_are_handed_over():
    """Lines may be cut anywhere, several share a POST, and other output is only shown."""
    line = json.dumps(LINE).encode() + b"\n"
    chunks = (b"Serving on http://127.0.0.1:8000\n", line[:7], line[7:] + line, b"{}\n[1]\n{")
    shown = io.BytesIO()
    with scripted_server(answer) as sandbox:
        relay(Pipe(*chunks), shown, address(sandbox.url))
    assert shown.getvalue() == b"".join(chunks) + b"\n"
    (request,) = sandbox.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /_admin/gateway-log HTTP/1.1\r\n")
    assert json.loads(body) == [LINE, LINE]


def test_a_path_is_handed_over_with_its_log_line_and_not_shown():
    """Requests overlap, so the id joins path and line; a null path is the page's own request."""
    lines = [
        f"{PATH_LINE}{json.dumps({'requestId': '2', 'path': '/b?x=1'})}\n",
        f"{PATH_LINE}{json.dumps({'requestId': '1', 'path': '/a'})}\n",
        f"{PATH_LINE}{json.dumps({'requestId': '4', 'path': None})}\n",
        *(json.dumps({**LINE, "requestId": each}) + "\n" for each in "1234"),
    ]
    shown = io.BytesIO()
    with scripted_server(answer) as sandbox:
        relay(Pipe("".join(lines).encode()), shown, address(sandbox.url))
    assert shown.getvalue().decode() == "".join(lines[3:])
    body = sandbox.requests[0].partition(b"\r\n\r\n")[2]
    paths = [(line["requestId"], line.get("path")) for line in json.loads(body)]
    assert paths == [("1", "/a"), ("2", "/b?x=1"), ("3", None)]


def test_a_line_that_is_not_whole_is_shown_and_the_next_ones_are_read():
    """Two writers' lines may run into each other, cut short, or be of another kind."""
    path = f"{PATH_LINE}{json.dumps({'requestId': '1', 'path': '/a'})}"
    lines = [f"{path}{path}\n", f"{path[:-9]}\n", f"{PATH_LINE}to nowhere\n", f"{PATH_LINE}[]\n"]
    last = json.dumps(LINE) + "\n"
    shown = io.BytesIO()
    with scripted_server(answer) as sandbox:
        relay(
            Pipe("".join(lines).encode(), f"{path}\n{last}".encode()), shown, address(sandbox.url)
        )
    assert shown.getvalue().decode() == "".join((*lines, last))
    body = sandbox.requests[0].partition(b"\r\n\r\n")[2]
    assert json.loads(body) == [{**LINE, "path": "/a"}]


def test_a_sandbox_that_does_not_answer_does_not_keep_the_output_back(capsys):
    """What the page misses is said, and the rest is shown nevertheless."""
    shown = io.BytesIO()
    with reserved_port() as port:
        relay(Pipe(json.dumps(LINE).encode() + b"\n", b"more\n"), shown, (HOST, port))
    assert shown.getvalue().endswith(b"more\n")
    assert "the console page missed a log line" in capsys.readouterr().err


ACCESS = b'127.0.0.1 - - [28/Nov/2026 08:44:05] "GET /orders?limit=1 HTTP/1.1" %d -'


def test_a_logged_request_is_one_short_line(logged):
    """Verb, path, status, duration, what it took upstream, and how a list was read."""
    line = readable(logged(status=200, appsync_calls=2, access="scan"))
    assert line is not None
    shown = r"\d\d:\d\d:\d\d  GET    /orders  200  9.3 ms  2 to AppSync  scan"
    assert re.fullmatch(shown, line.decode())


def test_a_failed_request_is_one_short_line_with_its_reason(logged):
    """The problem's name and the fault, as the log has them."""
    line = readable(
        logged(status=400, problem="invalid-request", fault="InvalidRequest: not valid")
    )
    assert line is not None
    assert line.decode().endswith("400  9.3 ms  invalid-request  InvalidRequest: not valid")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(ACCESS % 200, None, id="logged by the gateway too"),
        pytest.param(ACCESS % 403, ACCESS % 403, id="a path that the gateway never saw"),
        pytest.param(
            b"Serving on http://127.0.0.1:8000", b"Serving on http://127.0.0.1:8000", id="other"
        ),
    ],
)
def test_a_request_has_one_line_and_nothing_else_is_lost(line, shown):
    """Chalice's own line about a request that the gateway logged says nothing more."""
    assert readable(line) == shown
