"""The whole system as a user starts it: `python -m bridge run`, and curl beside it."""

import json
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import IO, Any

from tests.support.ports import HOST, reserved_port

# Far more than a stop takes.
STOP_SECONDS = 60


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
        project: The copy of the project from which it runs.
        url: Account A's REST API.
        sandbox_url: Account B.
        process: The command; its output is a pipe that its children hold open too.
        greeting: What it printed until it was ready.
        reader: Reads what it prints from then on.
    """

    project: Path
    url: str
    sandbox_url: str
    process: subprocess.Popen[str]
    greeting: str
    reader: "_Reader"

    @property
    def printed_curl(self) -> list[str]:
        """Returns the command that the greeting offers."""
        (line,) = [line for line in self.greeting.splitlines() if "curl" in line]
        return shlex.split(line)

    def interrupt(self) -> str:
        """Returns the rest of the output after Ctrl-C; it ends once every process has ended."""
        self.process.send_signal(signal.SIGINT)
        return self.reader.rest()


class _Reader:
    """Reads what a system prints, lest it fill the pipe and hold the system up."""

    def __init__(self, output: IO[str]) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._thread.start()

    def _read(self, output: IO[str]) -> None:
        with output:
            for line in output:
                self._lines.append(line)

    def so_far(self) -> str:
        """Returns what was printed until now."""
        return "".join(self._lines)

    def rest(self) -> str:
        """Returns all that was printed, once every process that holds the output has ended."""
        self._thread.join(STOP_SECONDS)
        assert not self._thread.is_alive(), "the output has not ended"
        return "".join(self._lines)


def start(
    project: Path,
    port: int,
    sandbox_port: int,
    environment: Mapping[str, str] | None = None,
    more: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """Returns the command's process, run in the project's folder, with more arguments."""
    command = [sys.executable, "-m", "bridge", "run", *more]
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
    project: Path, environment: Mapping[str, str] | None = None, more: Sequence[str] = ()
) -> Iterator[WholeSystem]:
    """Runs both accounts on ports of their own over a copy of the project, whose state it keeps.

    Args:
        project: A copy of everything that git tracks.
        environment: In place of this process's.
        more: More arguments of the command.
    """
    with (
        reserved_port() as port,
        reserved_port() as sandbox_port,
        start(project, port, sandbox_port, environment, more) as process,
    ):
        reader = None
        try:
            assert process.stdout is not None
            greeting = ""
            while "Ctrl-C stops both" not in greeting:
                line = process.stdout.readline()
                assert line, f"it did not start:\n{greeting}"
                greeting += line
            url, sandbox_url = f"http://{HOST}:{port}", f"http://{HOST}:{sandbox_port}"
            # The reader's alone from here on: while it reads, a Popen that closed the output at its
            # end would wait for it, without end where a process that was left behind holds it open.
            output, process.stdout = process.stdout, None
            reader = _Reader(output)
            yield WholeSystem(project, url, sandbox_url, process, greeting, reader)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                _await_end(process)
            if reader is not None:
                reader.rest()


def _await_end(process: subprocess.Popen[str]) -> None:
    """Waits for a process that was told to end, with a bound, which a Popen's own end lacks."""
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def curl(*arguments: str) -> Reply:
    """Returns what curl, the program, receives.

    Args:
        arguments: Its own, the URL among them.
    """
    run = subprocess.run(
        ["curl", "--silent", "--show-error", "--include", "--max-time", "60", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    head, _, body = run.stdout.partition("\n\n")
    status_line, _, headers = head.partition("\n")
    return Reply(int(status_line.split()[1]), Parser().parsestr(headers, headersonly=True), body)
