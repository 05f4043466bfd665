"""`python -m bridge <command>`: the developer's side, never deployed."""

import argparse
import importlib
import sys

# Each command is a module with `add_arguments(parser)` and `run(arguments) -> exit code`; only the
# one that is asked for is imported.
COMMANDS = {
    "compile": ("bridge.compiler.command", "compile the built schema into the contract"),
    "configure": ("bridge.configure.command", "write a stage and print account B's commands"),
    "coverage": ("bridge.compiler.coverage_command", "say how much of a schema REST shows"),
    "doctor": ("bridge.doctor.command", "say which link of the chain is broken"),
    "evaluate": ("bridge.iam.command", "decide the IAM cases of a file"),
    "pull": ("bridge.compiler.pull", "take over account B's schema and say what changes"),
    "run": ("bridge.run", "run both accounts on this machine"),
    "replay": ("bridge.sandbox.replay.command", "replay a recorded account B on the sandbox"),
    "sandbox": ("bridge.sandbox.command", "run account B on this machine"),
}


def main(argv: list[str]) -> int:
    """Runs one command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bridge", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, summary) in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if argv[:1] == [name]:
            importlib.import_module(module).add_arguments(subparser)
    arguments = parser.parse_args(argv)
    module, _ = COMMANDS[arguments.command]
    return int(importlib.import_module(module).run(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
