"""`python -m bridge compile`: account B's built schema becomes the REST API and both policies."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bridge.compiler.openapi import openapi_text
from bridge.compiler.policies import account_a_policy, compiled_template, grants_for
from bridge.compiler.resources import Compilation, compile_schema
from bridge.compiler.schema import read_built_schema
from bridge.files import read_text, write_text
from bridge.project import CONTRACT, OPENAPI, Project, add_project_arguments, project_of
from chalicelib.contract.model import Contract


@dataclass(frozen=True)
class Compiled:
    """Everything that is made of a built schema.

    Attributes:
        compilation: The contract, and what was left out of it.
        files: The texts of the files, by their paths from the project's root.
        notes: What the user should know, one line each.
    """

    compilation: Compilation
    files: Mapping[Path, str]
    notes: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    add_project_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the files and names what was left out; returns the exit code."""
    project = project_of(arguments)
    write(project.root, compile_project(project))
    if not project.has_own_account_b:
        print(f"note: the REST API is now that of {project.account_b.folder}")
    return 0


def compile_project(project: Project, built_schema: str | None = None) -> Compiled:
    """Returns what is to be written for the project; writes nothing.

    Args:
        project: Whose account B it is.
        built_schema: The schema, where it is not the one in account B's folder.

    Raises:
        CompileError: The schema cannot become a REST API, or the template takes no policy.
        FileFault: A file is missing or malformed.
        ProjectError: A stage names no role.
    """
    files_of_b = project.account_b
    schema = read_built_schema(built_schema or read_text(files_of_b.built_schema))
    compilation = compile_schema(schema)
    grants = grants_for(compilation.contract, schema)
    files = {
        CONTRACT: contract_text(compilation.contract),
        OPENAPI: openapi_text(compilation.contract),
        Path(project.shown(files_of_b.template)): compiled_template(
            read_text(files_of_b.template), grants
        ),
    }
    for stage in project.stages().values():
        role = stage.variables.get("ASSUME_ROLE_ARN")
        if stage.policy_file is not None and role:
            files[stage.policy_file] = account_a_policy(stage, role)
    return Compiled(compilation, files, (*compilation.notes, *grants.notes))


def write(root: Path, compiled: Compiled) -> None:
    """Writes the files, and prints what they hold and what was left out."""
    for path, text in compiled.files.items():
        write_text(root / path, text)
    for line in compiled.compilation.left_out:
        print(f"left out: {line}")
    for line in compiled.notes:
        print(f"note: {line}")
    for resource in compiled.compilation.contract.resources:
        print(f"resource: /{resource.path} ({resource.name})")


def contract_text(contract: Contract) -> str:
    """Returns contract.json for `contract`."""
    return json.dumps(asdict(contract), indent=1) + "\n"
