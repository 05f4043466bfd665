"""`python -m bridge run`: the whole system on this machine, `make run`.

Account B (the sandbox) and account A (`chalice local`), wired to each other by the variables that
the AWS SDKs know, until Ctrl-C.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bridge.account_a import copy_account_a
from bridge.contracts import read_contract
from bridge.errors import KnownError
from bridge.log_relay import readable, relay
from bridge.project import (
    CONTRACT,
    LOCAL_STAGE,
    add_project_arguments,
    add_state_argument,
    port,
    project_of,
)
from bridge.samples import example_curl
from bridge.wiring import HOST, gateway_environment

if TYPE_CHECKING:
    from bridge.log_relay import Output

START_SECONDS = 30.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.05


class RunError(KnownError):
    """The system cannot be started, or a part of it ended; the message says which and why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--port", type=port, default=8000, help="account A: chalice local")
    parser.add_argument("--sandbox-port", type=port, default=8100, help="account B: the sandbox")
    parser.add_argument(
        "--log",
        choices=("short", "json"),
        default="short",
        help="one short line a request, or each line as it goes to CloudWatch",
    )
    add_project_arguments(parser)
    add_state_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs both accounts until Ctrl-C; returns the exit code."""
    # A shell's background job starts with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _check_ports(arguments)
        with contextlib.ExitStack() as stack:
            _run(arguments, stack)
    except KeyboardInterrupt:
        print("\nstopped")
    return 0


def _run(arguments: argparse.Namespace, stack: contextlib.ExitStack) -> None:
    project = project_of(arguments)
    state = arguments.state or project.state
    sandbox_url = f"http://{HOST}:{arguments.sandbox_port}"
    gateway_url = f"http://{HOST}:{arguments.port}"
    account_a = copy_account_a(project, state, gateway_url, sandbox_url)
    print("starting account B, the sandbox …", flush=True)
    command = [sys.executable, "-m", "bridge", "sandbox", "--stage", LOCAL_STAGE]
    command += ["--root", str(project.root), "--account-b", str(project.account_b.folder)]
    command += ["--port", str(arguments.sandbox_port), "--state", str(state)]
    command += ["--gateway-url", gateway_url]
    sandbox = stack.enter_context(_process(command, dict(os.environ)))
    _wait_for_reply(f"{sandbox_url}/_admin/faults", {"the sandbox": sandbox})
    print("starting account A, chalice local …", flush=True)
    command = [_chalice(), "--project-dir", str(account_a), "local", "--stage", LOCAL_STAGE]
    command += ["--host", HOST, "--port", str(arguments.port), "--no-autoreload"]
    environment = gateway_environment(sandbox_url, state)
    show = bytes if arguments.log == "json" else readable
    relayed = _relayed_process(command, environment, arguments.sandbox_port, show)
    gateway, reading = stack.enter_context(relayed)
    parts = {"the sandbox": sandbox, "chalice local": gateway}
    ready = _wait_for_reply(f"{gateway_url}/ready", parts) == HTTPStatus.OK
    curl = example_curl(read_contract(account_a / CONTRACT), gateway_url)
    print(_welcome(gateway_url, sandbox_url, curl, ready=ready), flush=True)
    while True:
        _check_alive(parts)
        if reading.done():
            # Raises what ended it, such as a closed pipe; the gateway's own end is seen above.
            reading.result()
        time.sleep(POLL_SECONDS)


def _chalice() -> str:
    found = Path(sys.executable).with_name("chalice")
    if not found.exists():
        raise RunError(f"there is no {found}: use the Python of .venv, which `make run` makes")
    return str(found)


def _check_ports(arguments: argparse.Namespace) -> None:
    if arguments.port == arguments.sandbox_port:
        raise RunError(f"PORT and SANDBOX_PORT are both {arguments.port}; they must differ")
    for name, number in (("PORT", arguments.port), ("SANDBOX_PORT", arguments.sandbox_port)):
        if number == 0:
            raise RunError(f"{name} is 0; both accounts must know it beforehand")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, number))
            except OSError as error:
                raise RunError(
                    f"port {number} is taken; choose another one: make run {name}=…"
                ) from error


@contextlib.contextmanager
def _process(
    command: list[str], environment: dict[str, str], output: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a process in a session of its own, so that a terminal's Ctrl-C reaches only us."""
    process = subprocess.Popen(  # noqa: S603 - our own programs
        command,
        env=environment,
        start_new_session=True,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _relayed_process(
    command: list[str],
    environment: dict[str, str],
    sandbox_port: int,
    show: Callable[[bytes], bytes | None],
) -> Iterator[tuple[subprocess.Popen[bytes], Future[None]]]:
    """Runs a process whose log lines the console page gets as well, and what reads its output."""
    # Once the process has ended, so has its output, and then the thread does.
    with ThreadPoolExecutor(1) as pool, _process(command, environment, subprocess.PIPE) as it:
        sandbox = (HOST, sandbox_port)
        output = cast("Output", it.stdout)  # a pipe, as asked for
        yield it, pool.submit(relay, output, sys.stdout.buffer, sandbox, show)


def _wait_for_reply(url: str, parts: Mapping[str, subprocess.Popen[bytes]]) -> int:
    """Returns the status of the URL's first reply; the last of the parts is to give it."""
    end = time.monotonic() + START_SECONDS
    while (status := _status(url)) is None:
        _check_alive(parts)
        if time.monotonic() > end:
            raise RunError(f"{list(parts)[-1]} did not answer within {START_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    return status


def _check_alive(parts: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for name, process in parts.items():
        if process.poll() is not None:
            raise RunError(f"{name} ended with exit code {process.returncode}")


def _status(url: str) -> int | None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def _welcome(gateway_url: str, sandbox_url: str, curl: str, *, ready: bool) -> str:
    broken = f"running, but a link of the chain is broken: {gateway_url}/ready says which"
    return f"""
{"ready" if ready else broken}
  account A, the REST API   {gateway_url}
  account B, the console    {sandbox_url}/console
  the REST API's page       {sandbox_url}/docs

  {curl}

Ctrl-C stops both.
"""
