"""`python -m bridge compile`: account B's built schema becomes the checked-in contract."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bridge.compiler.resources import Compilation, compile_schema
from bridge.compiler.schema import CompileError, read_built_schema
from chalicelib.contract.model import CONTRACT_FILE, Contract

BUILT_SCHEMA = Path("account_b/built-schema.graphql")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("schema", nargs="?", type=Path, default=BUILT_SCHEMA)
    parser.add_argument("--output", type=Path, default=CONTRACT_FILE)


def run(arguments: argparse.Namespace) -> int:
    """Writes the contract and names what was left out; returns the exit code."""
    try:
        compilation = compile_file(arguments.schema)
    except (CompileError, OSError) as error:
        print(f"compile: {error}", file=sys.stderr)
        return 1
    arguments.output.write_text(contract_text(compilation.contract), encoding="utf-8")
    for line in compilation.left_out:
        print(f"left out: {line}")
    for line in compilation.notes:
        print(f"note: {line}")
    for resource in compilation.contract.resources:
        print(f"resource: /{resource.path} ({resource.name})")
    return 0


def compile_file(path: Path) -> Compilation:
    """Returns what the compiler makes of the built schema in `path`.

    Raises:
        CompileError: The schema cannot become a REST API.
        OSError: The file cannot be read.
    """
    return compile_schema(read_built_schema(path.read_text(encoding="utf-8")))


def contract_text(contract: Contract) -> str:
    """Returns contract.json for `contract`."""
    return json.dumps(asdict(contract), indent=1) + "\n"
