"""`python -m bridge compile`: account B's built schema becomes the REST API and both policies."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.compiler.account_b import rest_settings_of, schema_text_of
from bridge.compiler.changes import changes_between
from bridge.compiler.compilation import Compilation, compile_schema
from bridge.compiler.contract_file import contract_text
from bridge.compiler.coverage import Coverage
from bridge.compiler.exclusions import REASON
from bridge.compiler.openapi import openapi_text
from bridge.compiler.policies import account_a_policy, compiled_template, grants_for
from bridge.compiler.schema import CompileError, read_built_schema
from bridge.stages import StageError, read_config, stages_of
from chalicelib.contract.model import Contract, contract_from_json

ACCOUNT_B = Path("account_b")
BUILT_SCHEMA = ACCOUNT_B / "built-schema.graphql"
TEMPLATE = ACCOUNT_B / "template.yaml"
CONTRACT = Path("chalicelib/contract/contract.json")
OPENAPI = Path("chalicelib/contract/openapi.json")
BREAKING = 3


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
    parser.add_argument(
        "--account-b", type=Path, default=ACCOUNT_B, metavar="DIR", help="account B's folder"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="writes all that is left out")
    parser.add_argument(
        "--fail-on-breaking",
        action="store_true",
        help=f"writes nothing and ends with {BREAKING} where a client of the API could fail",
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the files and names what was left out; returns the exit code."""
    root = arguments.root
    try:
        text = schema_text_of(root / arguments.account_b)
        compiled = compile_project(root, text, arguments.account_b)
        if arguments.fail_on_breaking and _breaks(root, compiled.compilation.contract):
            return BREAKING
        write(root, compiled)
        if arguments.report:
            lines = Coverage(compiled.compilation).lines(few=None)
            arguments.report.write_text("\n".join([*lines, *compiled.notes, ""]), encoding="utf-8")
    except (CompileError, StageError, OSError) as error:
        print(f"compile: {error}", file=sys.stderr)
        return 1
    return 0


def compile_project(root: Path, built_schema: str, account_b: Path = ACCOUNT_B) -> Compiled:
    """Returns what is to be written for the project under `root`; writes nothing.

    Args:
        root: The project's folder.
        built_schema: Account B's schema, as SDL.
        account_b: Account B's folder, relative to `root`.

    Raises:
        CompileError: The schema cannot become a REST API, or the template takes no policy.
        StageError: config.json is missing or malformed.
        OSError: The template cannot be read.
    """
    schema = read_built_schema(built_schema)
    compilation = compile_schema(schema, rest_settings_of(root / account_b))
    excluded = [each.name for each in compilation.left_out if each.reason == REASON]
    grants = grants_for(compilation.contract, schema, excluded=excluded)
    template = account_b / TEMPLATE.name
    files = {
        CONTRACT: contract_text(compilation.contract),
        OPENAPI: openapi_text(compilation.contract),
        template: compiled_template((root / template).read_text(encoding="utf-8"), grants),
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
    for resource in compiled.compilation.contract.resources:
        print(f"resource: {resource.template} ({resource.name})")
    for line in compiled.notes:
        print(f"note: {line}")
    for line in Coverage(compiled.compilation).lines():
        print(line)


def read_contract(root: Path) -> Contract:
    """Returns the contract that was compiled last.

    Raises:
        CompileError: It is not one of this version.
        OSError: It cannot be read.
    """
    text = (root / CONTRACT).read_text(encoding="utf-8")
    try:
        return contract_from_json(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise CompileError(
            f"{CONTRACT} is none of this version; `python -m bridge compile` writes it anew"
        ) from error


def _breaks(root: Path, new: Contract) -> bool:
    breaking = [each for each in changes_between(read_contract(root), new) if each.effect.breaks]
    for change in breaking:
        print(change, file=sys.stderr)
    return bool(breaking)
