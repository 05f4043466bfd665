"""`python -m bridge <command>`, or `bridge <command>`: the developer's side, never deployed.

The one boundary that every command ends in: what is known to go wrong outside is a line on standard
error and an exit code, and a reader that goes away is no error at all.
"""

import argparse
import importlib
import os
import sys
import textwrap
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bridge import __version__
from bridge.errors import KnownError

INTERRUPTED = 130  # as a shell tells it: 128 and the signal's number
CLOSED_PIPE = 141
OWN_FAULT = 70  # EX_SOFTWARE of sysexits.h
_USAGE = 2


@dataclass(frozen=True)
class Command:
    """A command of the developer's side.

    Attributes:
        module: Has `add_arguments(parser)` and `run(arguments)`, which returns the exit code or
            raises KnownError; imported when it is asked for.
        summary: What it does.
        on_error: The exit code where something outside is not as it must be.
    """

    module: str
    summary: str
    on_error: int = 1


COMMANDS = {
    "compile": Command("bridge.compiler.command", "compile the built schema into the contract"),
    "configure": Command(
        "bridge.configure.command", "write a stage and print account B's commands"
    ),
    "coverage": Command("bridge.compiler.coverage_command", "say how much of a schema REST shows"),
    "doctor": Command("bridge.doctor.command", "say which link of the chain is broken", 2),
    "evaluate": Command("bridge.iam.command", "decide the IAM cases of a file", 2),
    "explain": Command(
        "bridge.compiler.explain_command", "say what a REST request asks of account B", 2
    ),
    "pull": Command("bridge.compiler.pull", "take over account B's schema and say what changes"),
    "run": Command("bridge.run", "run both accounts on this machine"),
    "replay": Command("bridge.sandbox.replay.command", "replay a recording on the sandbox", 2),
    "sandbox": Command("bridge.sandbox.command", "run account B on this machine"),
}


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows each default that says something, and breaks no value at its hyphens."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        says_nothing = action.default is None or isinstance(action.default, bool)
        return action.help if says_nothing else super()._get_help_string(action)


class _Parser(argparse.ArgumentParser):
    """Refuses in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE, f"{self.prog}: {message}; --help shows what there is\n")


def main(argv: list[str]) -> int:
    """Runs one command and returns its exit code."""
    name = argv[0] if argv else ""
    try:
        code = _run(argv)
        sys.stdout.flush()
    except KnownError as error:
        return _refused(name, str(error))
    except BrokenPipeError:
        # What is still buffered goes nowhere, lest Python complains of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except OSError as error:
        what = f"{error.filename}: " if error.filename is not None else ""
        return _refused(name, f"{what}{error.strerror or error}")
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - nobody is helped by a traceback
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        print(
            f"{name}: a fault of bridge's own: {type(error).__name__} at {place}: {_line(error)}",
            file=sys.stderr,
        )
        return OWN_FAULT
    return code


def console() -> NoReturn:
    """Runs the command line's command: the console command `bridge`."""
    sys.exit(main(sys.argv[1:]))


def _run(argv: list[str]) -> int:
    parser = _Parser(prog="bridge", description=__doc__.partition("\n")[0], formatter_class=_Help)
    parser.add_argument("--version", action="version", version=f"bridge {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=command.summary, description=command.summary, formatter_class=_Help
        )
        if argv[:1] == [name]:
            importlib.import_module(command.module).add_arguments(subparser)
    arguments = parser.parse_args(argv)
    module = importlib.import_module(COMMANDS[arguments.command].module)
    return int(module.run(arguments))


def _refused(name: str, text: str) -> int:
    print(f"{name}: {_line(text)}", file=sys.stderr)
    return COMMANDS[name].on_error if name in COMMANDS else 1


def _line(text: object) -> str:
    return " ".join(str(text).split())


if __name__ == "__main__":
    console()
