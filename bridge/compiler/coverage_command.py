"""`python -m bridge coverage SCHEMA…`: how much of each schema REST shows, and why not more."""

import argparse
import json
import sys
from pathlib import Path

from bridge.compiler.compilation import compile_schema
from bridge.compiler.coverage import Coverage, table
from bridge.compiler.rest_settings import RestSettings, read_rest_settings
from bridge.compiler.schema import read_schema
from bridge.errors import KnownError
from bridge.project import add_project_arguments, project_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument(
        "schemas",
        nargs="*",
        type=Path,
        metavar="SCHEMA",
        help="SDL or an introspection's JSON; without one, account B's with its rest.toml",
    )
    parser.add_argument("--json", action="store_true", help="the whole report as JSON")
    add_project_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; returns 1 where a schema cannot be read."""
    account_b = project_of(arguments).account_b
    covered: dict[str, Coverage] = {}
    faults = []
    for path in arguments.schemas or [account_b.built_schema]:
        try:
            own = not arguments.schemas
            settings = read_rest_settings(account_b.rest) if own else RestSettings()
            covered[str(path)] = Coverage(compile_schema(read_schema(path), settings))
        except KnownError as error:
            # One that cannot be read does not hide the others.
            faults.append(f"coverage: {path}: {str(error).removeprefix(f'{path}: ')}")
    if arguments.json:
        print(json.dumps({name: each.as_json() for name, each in covered.items()}, indent=1))
    else:
        _print(covered)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _print(covered: dict[str, Coverage]) -> None:
    for line in table(covered) if covered else ():
        print(line)
    for name, each in covered.items():
        print(f"\n{name}")
        for line in each.lines(few=None):
            print(f"  {line}")
