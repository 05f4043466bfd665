"""The whole system as a user starts it: `python -m bridge run`, and curl beside it."""

import json
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

STOP_SECONDS = 20


@dataclass(frozen=True)
class Reply:
    """What curl received."""

    status: int
    headers: Message
    body: str

    def json(self) -> Any:
        """Returns the body's document."""
        return json.loads(self.body)


@dataclass
class WholeSystem:
    """Both accounts, started by one command.

    Attributes:
        url: Account A's REST API.
        sandbox_url: Account B.
        process: The command; its output is a pipe that its children hold open too.
        greeting: What it printed until it was ready.
    """

    url: str
    sandbox_url: str
    process: subprocess.Popen[str]
    greeting: str

    @property
    def printed_curl(self) -> list[str]:
        """Returns the command that the greeting offers."""
        (line,) = [line for line in self.greeting.splitlines() if "curl" in line]
        return shlex.split(line)

    def interrupt(self) -> str:
        """Returns the rest of the output after Ctrl-C; it ends once every process has ended."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=STOP_SECONDS)[0]


def start(
    project: Path, port: int, sandbox_port: int, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Returns the command's process, run in the project's folder."""
    command = [sys.executable, "-m", "bridge", "run"]
    command += ["--port", str(port), "--sandbox-port", str(sandbox_port)]
    return subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def whole_system(
    project: Path, environment: Mapping[str, str] | None = None
) -> Iterator[WholeSystem]:
    """Runs both accounts on free ports over a copy of the project, whose state it keeps.

    Args:
        project: A copy of everything that git tracks.
        environment: In place of this process's.
    """
    port, sandbox_port = free_ports()
    with start(project, port, sandbox_port, environment) as process:
        try:
            assert process.stdout is not None
            greeting = ""
            while "Ctrl-C stops both" not in greeting:
                line = process.stdout.readline()
                assert line, f"it did not start:\n{greeting}"
                greeting += line
            yield WholeSystem(
                f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}", process, greeting
            )
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=STOP_SECONDS)


def curl(*arguments: str) -> Reply:
    """Returns what curl, the program, receives.

    Args:
        arguments: Its own, the URL among them.
    """
    run = subprocess.run(
        ["curl", "--silent", "--show-error", "--include", "--max-time", "20", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    head, _, body = run.stdout.partition("\n\n")
    status_line, _, headers = head.partition("\n")
    return Reply(int(status_line.split()[1]), Parser().parsestr(headers, headersonly=True), body)


def free_ports() -> tuple[int, int]:
    """Returns two ports that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as b:
        return one.getsockname()[1], b.getsockname()[1]
