"""`python -m bridge compile`: account B's built schema becomes the REST API and both policies."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.compiler.compilation import Compilation, compile_schema
from bridge.compiler.contract_file import contract_text
from bridge.compiler.openapi import openapi_text
from bridge.compiler.policies import account_a_policy, compiled_template, grants_for
from bridge.compiler.schema import CompileError, read_built_schema
from bridge.stages import StageError, read_config, stages_of

BUILT_SCHEMA = Path("account_b/built-schema.graphql")
TEMPLATE = Path("account_b/template.yaml")
CONTRACT = Path("chalicelib/contract/contract.json")
OPENAPI = Path("chalicelib/contract/openapi.json")


@dataclass(frozen=True)
class Compiled:
    """Everything that is made of a built schema.

    Attributes:
        compilation: The contract, and what was left out of it.
        files: The texts of the files, by their paths within the project.
        notes: What the user should know, one line each.
    """

    compilation: Compilation
    files: Mapping[Path, str]
    notes: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Writes the files and names what was left out; returns the exit code."""
    try:
        text = (arguments.root / BUILT_SCHEMA).read_text(encoding="utf-8")
        compiled = compile_project(arguments.root, text)
    except (CompileError, StageError, OSError) as error:
        print(f"compile: {error}", file=sys.stderr)
        return 1
    write(arguments.root, compiled)
    return 0


def compile_project(root: Path, built_schema: str) -> Compiled:
    """Returns what is to be written for the project under `root`; writes nothing.

    Raises:
        CompileError: The schema cannot become a REST API, or the template takes no policy.
        StageError: config.json is missing or malformed.
        OSError: The template cannot be read.
    """
    schema = read_built_schema(built_schema)
    compilation = compile_schema(schema)
    grants = grants_for(compilation.contract, schema)
    template = (root / TEMPLATE).read_text(encoding="utf-8")
    files = {
        CONTRACT: contract_text(compilation.contract),
        OPENAPI: openapi_text(compilation.contract),
        TEMPLATE: compiled_template(template, grants),
    }
    for stage in stages_of(read_config(root)).values():
        role = stage.variables.get("ASSUME_ROLE_ARN")
        if stage.policy_file is not None and role:
            files[stage.policy_file] = account_a_policy(stage, role)
    return Compiled(compilation, files, (*compilation.notes, *grants.notes))


def write(root: Path, compiled: Compiled) -> None:
    """Writes the files, and prints what they hold and what was left out."""
    for path, text in compiled.files.items():
        (root / path).write_text(text, encoding="utf-8")
    for line in compiled.compilation.left_out:
        print(f"left out: {line}")
    for line in compiled.notes:
        print(f"note: {line}")
    for resource in compiled.compilation.contract.resources:
        print(f"resource: /{resource.path} ({resource.name})")
