"""A stand-in for Lambda's Runtime API: what AWS's runtime client asks for invocations.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
"""

import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PREFIX = "/2018-06-01/runtime"
# The function's timeout in .chalice/config.json.
TIMEOUT_SECONDS = 29
_WAIT_SECONDS = 40


class FunctionFailed(Exception):
    """The function reported an error, at its initialisation or in an invocation."""


@dataclass(frozen=True)
class _Invocation:
    request_id: str
    event: bytes


@dataclass
class RuntimeApi:
    """The service's side: hands out one invocation after another.

    Attributes:
        address: What AWS_LAMBDA_RUNTIME_API is set to.
        function_arn: The ARN that is invoked.
    """

    address: str
    function_arn: str
    _invocations: queue.Queue[_Invocation | None] = field(default_factory=queue.Queue)
    _results: queue.Queue[tuple[str, bytes]] = field(default_factory=queue.Queue)

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what the function returns for an event.

        Raises:
            FunctionFailed: It raised, or could not be loaded.
        """
        invocation = _Invocation(str(uuid.uuid4()), json.dumps(event).encode())
        self._invocations.put(invocation)
        path, body = self._results.get(timeout=_WAIT_SECONDS)
        if path != f"{_PREFIX}/invocation/{invocation.request_id}/response":
            raise FunctionFailed(f"{path}: {body.decode()}")
        result: dict[str, Any] = json.loads(body)
        return result


@contextmanager
def runtime_api(function_name: str) -> Iterator[RuntimeApi]:
    """Serves the Runtime API of a function on a free port."""
    arn = f"arn:aws:lambda:us-east-1:111111111111:function:{function_name}"
    with _Server() as server:
        server.api = RuntimeApi(f"127.0.0.1:{server.server_address[1]}", arn)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.api
        finally:
            # Ends a wait for an invocation that will not come.
            server.api._invocations.put(None)
            server.shutdown()
            thread.join(10)


class _Server(ThreadingHTTPServer):
    api: RuntimeApi

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}/invocation/next":
            self._answer(404)
            return
        invocation = self.server.api._invocations.get()
        if invocation is None:
            self._answer(410)
            return
        deadline_milliseconds = int((time.time() + TIMEOUT_SECONDS) * 1000)
        self._answer(
            200,
            invocation.event,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline_milliseconds),
                "Lambda-Runtime-Invoked-Function-Arn": self.server.api.function_arn,
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # An invocation's response or error, or the initialisation's error.
        self.server.api._results.put((self.path, body))
        self._answer(202)

    def log_message(self, *_: Any) -> None:
        """Keeps the server's access log out of the tests' output."""

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
