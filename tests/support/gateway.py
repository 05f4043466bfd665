"""A real gateway for tests: `chalice local` over the project's own code, in front of a sandbox.

Both hops are real HTTP between real processes.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bridge.wiring import gateway_environment
from tests.support.ports import HOST, reserved_port
from tests.support.sandbox import RunningSandbox, copy_project, sandbox_process
from tests.support.todo import PROJECT
from tests.support.waiting import wait_until

START_SECONDS = 60.0
STOP_SECONDS = 10.0
REPLY_SECONDS = 60.0


@dataclass(frozen=True)
class Reply:
    """One reply of the gateway's; `headers` by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Returns the body's document; None for an empty body."""
        return json.loads(self.body) if self.body else None


class Sender(Protocol):
    """Sends a request and returns its reply."""

    def send(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Returns the reply to one request, whose body is a document for JSON."""
        ...


class RestClient:
    """One client with one connection that stays open. Used by one thread."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=REPLY_SECONDS)

    def send(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Returns the reply to one request; a body that is no bytes goes out as JSON."""
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        text = body if isinstance(body, bytes | None) else json.dumps(body)
        self._connection.request(method, target, text, sent)
        response = self._connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, names, response.read())

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


@dataclass
class RunningGateway:
    """A gateway that answers.

    Attributes:
        port: Where it listens on the loopback.
        process: `chalice local`.
        stdout: What it has printed: the log lines among it.
        stderr: What it has printed there: its access log among it.
    """

    port: int
    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    @contextmanager
    def client(self) -> Iterator[RestClient]:
        """Gives a client whose connection is closed at the end."""
        client = RestClient(self.port)
        try:
            yield client
        finally:
            client.close()

    def log_lines(self) -> list[dict[str, Any]]:
        """Returns the lines of the gateway's log so far."""
        # What comes after the last line's end is being written at this moment.
        text, _, _ = self.stdout.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in text.split("\n") if line.startswith('{"service"')]

    def process_status(self, name: str) -> int:
        """Returns a number of /proc/PID/status, such as VmRSS (in kB) or Threads."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name}:")]
        return int(line.split()[1])


@dataclass
class BothAccounts:
    """A gateway, and the sandbox behind it with its process."""

    gateway: RunningGateway
    sandbox: RunningSandbox
    sandbox_process: subprocess.Popen[str]


@contextmanager
def both_accounts(
    folder: Path,
    *,
    lambda_timeout_seconds: int = 29,
    variables: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    before_app: str = "",
) -> Iterator[BothAccounts]:
    """Runs account A in front of account B, each a process of its own.

    Args:
        folder: Gets `root` (what both are made of, unless it is there already), `state`, and A's
            output.
        lambda_timeout_seconds: Of the function; the deadline of a request follows from it.
        variables: Of the local stage, beside those that it declares.
        settings: The sandbox's settings file's document.
        before_app: Python that the gateway runs before anything of its own.
    """
    root = folder / "root"
    if not root.exists():
        copy_project(folder)
    app = (PROJECT / "app.py").read_text(encoding="utf-8")
    (root / "app.py").write_text(f"{before_app}{app}", encoding="utf-8")
    code = shutil.ignore_patterns("contract.json", "openapi.json")
    shutil.copytree(PROJECT / "chalicelib", root / "chalicelib", ignore=code, dirs_exist_ok=True)
    config = root / ".chalice" / "config.json"
    document = json.loads(config.read_text(encoding="utf-8"))
    document["lambda_timeout"] = lambda_timeout_seconds
    document["stages"]["local"]["environment_variables"].update(variables or {})
    config.write_text(json.dumps(document), encoding="utf-8")
    with sandbox_process(folder, settings) as (sandbox, process):
        environment = gateway_environment(sandbox.url, sandbox.state)
        with gateway_process(folder, root, environment) as gateway:
            yield BothAccounts(gateway, sandbox, process)


@contextmanager
def gateway_process(
    folder: Path, root: Path, environment: Mapping[str, str]
) -> Iterator[RunningGateway]:
    """Runs `chalice local` on a port of its own until the block ends.

    Args:
        folder: Gets its output.
        root: A project folder: app.py, chalicelib and .chalice.
        environment: In place of this process's.
    """
    command = [str(Path(sys.executable).with_name("chalice")), "local", "--stage", "local"]
    command += ["--host", HOST, "--no-autoreload"]
    stdout, stderr = folder / "gateway.stdout", folder / "gateway.stderr"
    with (
        reserved_port() as port,
        stdout.open("wb") as out,
        stderr.open("wb") as err,
        subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=root,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=err,
        ) as process,
    ):
        gateway = RunningGateway(port, process, stdout, stderr)
        try:
            wait_until(lambda: _answers(gateway), START_SECONDS)
            yield gateway
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(gateway: RunningGateway) -> bool:
    assert gateway.process.poll() is None, gateway.stderr.read_text(encoding="utf-8")
    try:
        with gateway.client() as client:
            return client.send("GET", "/health").status == http.HTTPStatus.OK
    except OSError:
        return False
