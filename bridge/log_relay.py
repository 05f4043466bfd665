"""Shows the gateway's output, and hands its log lines to the sandbox's console page."""

import contextlib
import http.client
import json
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

TIMEOUT_SECONDS = 2.0
# Begins a line that tells a request's path.
PATH_LINE = "path "
_CHUNK_BYTES = 65536
# Chalice's access log, which is http.server's.
_ACCESS = re.compile(rb'\S+ - - \[[^]]*\] "[^"]*" (?P<status>\d{3}) \S+')


class Output(Protocol):
    """A process's output pipe."""

    def read1(self, size: int, /) -> bytes:
        """Returns what is there, at most `size` bytes; nothing at the end."""


def relay(
    output: Output,
    shown: BinaryIO,
    sandbox: tuple[str, int],
    show: Callable[[bytes], bytes | None] = bytes,
) -> None:
    """Shows the output line by line until it ends, and posts the log lines in it to the sandbox.

    A line that tells a request's path comes before its log line, which has the route alone: the
    sandbox gets both as one, and a person the log line. Where the path is null it gets none.

    What is there is read at once, so a busy gateway's lines share a POST and never wait for one
    each. A line that is not whole is shown as it is: were the output no longer read, the gateway
    would stand still once the pipe is full.

    Args:
        output: The gateway's standard output.
        shown: Where a person reads it.
        sandbox: The sandbox's host and port.
        show: Returns what of a line is shown, None for nothing; by default it is shown as it is.
    """
    rest = b""
    paths: dict[str, str | None] = {}
    while chunk := output.read1(_CHUNK_BYTES):
        *complete, rest = (rest + chunk).split(b"\n")
        complete = [line for line in complete if not _keep_path(line, paths)]
        _show(complete, shown, show)
        documents = [each for each in map(_log_line, complete) if each is not None]
        told = [each for each in documents if _add_path(each, paths)]
        if told:
            _post(told, *sandbox)
    if rest:
        _show([rest], shown, show)


def readable(line: bytes) -> bytes | None:
    """Returns one short line for a request; None for what says nothing more about it.

    Chalice's own access log has a line for each request. Where the gateway logged it too, that line
    is left out: Chalice alone answers 403, for a path that it does not know.
    """
    document = _log_line(line)
    if document is None:
        access = _ACCESS.fullmatch(line.rstrip())
        return None if access is not None and access["status"] != b"403" else line
    answered = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC).astimezone()
    told = [
        f"{answered:%H:%M:%S}",
        f"{document['method']:7}{document['route']}",
        f"{document['status']}",
        f"{document['milliseconds']} ms",
    ]
    counts = {"AppSync": document["appsyncCalls"], "STS": document["stsCalls"]}
    told += [f"{count} to {name}" for name, count in counts.items() if count]
    told += [f"{document[name]} {name}" for name in ("retries", "throttles") if document[name]]
    told += [document[name] for name in ("accessPath", "problem", "fault") if name in document]
    if "refusedOrigin" in document:
        told.append(f"refused origin {document['refusedOrigin']}")
    return "  ".join(told).encode()


def _show(lines: Iterable[bytes], shown: BinaryIO, show: Callable[[bytes], bytes | None]) -> None:
    for line in lines:
        text = show(line)
        if text is not None:
            shown.write(text + b"\n")
    shown.flush()


def _keep_path(line: bytes, paths: dict[str, str | None]) -> bool:
    """Returns whether the line tells a request's path, which is then kept by the request's id."""
    prefix = PATH_LINE.encode()
    told = _log_line(line.removeprefix(prefix)) if line.startswith(prefix) else None
    if told is None:
        return False
    paths[told["requestId"]] = told["path"]
    return True


def _add_path(document: dict[str, Any], paths: dict[str, str | None]) -> bool:
    """Adds a request's path to its log line; returns False where the page is not to know of it."""
    if document["requestId"] in paths:
        document["path"] = paths.pop(document["requestId"])
        return document["path"] is not None
    return True


def _log_line(line: bytes) -> dict[str, Any] | None:
    """Returns the gateway's log line; None where it is what chalice itself prints."""
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "requestId" in document else None


def _post(lines: list[dict[str, Any]], host: str, port: int) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request("POST", "/_admin/gateway-log", json.dumps(lines))
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            # The page lacks a hop; the gateway must neither wait nor end for that.
            print(f"run: the console page missed a log line: {error!r}", file=sys.stderr)
