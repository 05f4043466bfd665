"""`python -m bridge sandbox`: account B on this machine."""

import argparse
import signal
from collections.abc import Iterable
from pathlib import Path

from bridge.project import (
    ProjectError,
    add_project_arguments,
    add_state_argument,
    port,
    project_of,
)
from bridge.sandbox.settings import read_settings
from bridge.sandbox.web.server import GATEWAY_URL, HOST, Sandbox, Server, bind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--port", type=port, default=8100, help="0 means a free one")
    parser.add_argument("--stage", default="local", help="the stage of Chalice that calls")
    add_project_arguments(parser)
    add_state_argument(parser)
    parser.add_argument(
        "--gateway-url", default=GATEWAY_URL, help="account A, which /docs describes and calls"
    )
    parser.add_argument("--settings", type=Path, help="a JSON file of settings")


def run(arguments: argparse.Namespace) -> int:
    """Serves until a signal ends it; returns the exit code."""
    project = project_of(arguments)
    try:
        bound = bind(arguments.port)
    except OSError as error:
        raise ProjectError(f"port {arguments.port} is not free: {error.strerror}") from error
    with bound:
        sandbox = Sandbox(
            project,
            arguments.state or project.state,
            arguments.stage,
            read_settings(arguments.settings),
            gateway_url=arguments.gateway_url,
        )
        url = f"http://{HOST}:{bound.getsockname()[1]}"
        server = Server(
            sandbox,
            bound,
            lambda: _greet(url, sandbox.assumptions),
        )
        # Uvicorn stops at these signals and then raises them again, for these handlers.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        try:
            server.serve_forever()
        finally:
            sandbox.close()
    return 0


def _greet(url: str, assumptions: Iterable[str]) -> None:
    print(f"Account B listens at {url}: STS at /, AppSync at /graphql", flush=True)
    for assumption in assumptions:
        print(f"Without schema.graphql the sandbox assumes {assumption}.", flush=True)
