"""Shows the gateway's output, and hands its log lines to the sandbox's console page."""

import contextlib
import http.client
import json
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO, Protocol

TIMEOUT_SECONDS = 2.0
_CHUNK_BYTES = 65536


class Output(Protocol):
    """A process's output pipe."""

    def read1(self, size: int, /) -> bytes:
        """Returns what is there, at most `size` bytes; nothing at the end."""


def relay(output: Output, shown: BinaryIO, sandbox: tuple[str, int]) -> None:
    """Copies the output to `shown` until it ends, and posts the log lines in it to the sandbox.

    What is there is read at once, so a busy gateway's lines share a POST and never wait for one
    each.

    Args:
        output: The gateway's standard output.
        shown: Where a person reads it.
        sandbox: The sandbox's host and port.
    """
    rest = b""
    while chunk := output.read1(_CHUNK_BYTES):
        shown.write(chunk)
        shown.flush()
        *complete, rest = (rest + chunk).split(b"\n")
        lines = list(_log_lines(complete))
        if lines:
            _post(lines, *sandbox)


def _log_lines(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            document = json.loads(line)
        except ValueError:
            continue  # what chalice itself prints
        if isinstance(document, dict) and "requestId" in document:
            yield document


def _post(lines: list[dict[str, Any]], host: str, port: int) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request("POST", "/_admin/gateway-log", json.dumps(lines))
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            # The page lacks a hop; the gateway must neither wait nor end for that.
            print(f"run: the console page missed a log line: {error!r}", file=sys.stderr)
