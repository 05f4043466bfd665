"""`python -m bridge sandbox`: account B on this machine."""

import argparse
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from bridge.sandbox.files import FileFault
from bridge.sandbox.settings import read_settings
from bridge.sandbox.web.server import GATEWAY_URL, HOST, Sandbox, Server, bind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--port", type=int, default=8100, help="0 means a free one")
    parser.add_argument("--stage", default="local", help="the stage of Chalice that calls")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's root")
    parser.add_argument(
        "--state", type=Path, default=Path(".sandbox"), help="the folder for what outlives a run"
    )
    parser.add_argument(
        "--gateway-url", default=GATEWAY_URL, help="account A, which /docs describes and calls"
    )
    parser.add_argument("--settings", type=Path, help="a JSON file of settings")


def run(arguments: argparse.Namespace) -> int:
    """Serves until a signal ends it; returns the exit code."""
    try:
        bound = bind(arguments.port)
    except OSError as error:
        print(f"Port {arguments.port} is not free: {error.strerror}.", file=sys.stderr)
        return 1
    with bound:
        try:
            settings = read_settings(arguments.settings)
            sandbox = Sandbox(
                arguments.root,
                arguments.state,
                arguments.stage,
                settings,
                gateway_url=arguments.gateway_url,
            )
        except FileFault as fault:
            print(fault, file=sys.stderr)
            return 1
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
