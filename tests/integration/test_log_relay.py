"""The gateway's output on its way to a person and to the console page."""

import io
import json
import socket

from bridge.log_relay import relay
from tests.support.ports import HOST, reserved_port
from tests.support.scripted_server import reply, scripted_server

LINE = {"requestId": "1", "status": 200}


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
    assert shown.getvalue() == b"".join(chunks)
    (request,) = sandbox.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /_admin/gateway-log HTTP/1.1\r\n")
    assert json.loads(body) == [LINE, LINE]


def test_a_sandbox_that_does_not_answer_does_not_keep_the_output_back(capsys):
    """What the page misses is said, and the rest is shown nevertheless."""
    shown = io.BytesIO()
    with reserved_port() as port:
        relay(Pipe(json.dumps(LINE).encode() + b"\n", b"more\n"), shown, (HOST, port))
    assert shown.getvalue().endswith(b"more\n")
    assert "the console page missed a log line" in capsys.readouterr().err
