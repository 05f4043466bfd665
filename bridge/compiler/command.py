"""`python -m bridge compile`: account B's built schema becomes the REST API and both policies."""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphql import GraphQLSchema

from bridge.compiler.changes import Change, changes_between
from bridge.compiler.compilation import Compilation, compile_schema
from bridge.compiler.contract_file import contract_text
from bridge.compiler.coverage import Coverage
from bridge.compiler.exclusions import REASON
from bridge.compiler.grants import grants_for
from bridge.compiler.openapi import openapi_text
from bridge.compiler.owners_page import compiled_page
from bridge.compiler.policies import account_a_policy, compiled_template
from bridge.compiler.rest_settings import read_rest_settings
from bridge.compiler.role_forms.commands import commands_text
from bridge.compiler.role_forms.role import Role, role_of
from bridge.compiler.role_forms.terraform import terraform_text
from bridge.compiler.schema import CompileError, read_built_schema, read_schema
from bridge.contracts import MALFORMED, no_contract, read_contract
from bridge.files import FileFault, read_text, write_text
from bridge.project import (
    CONTRACT,
    OPENAPI,
    AccountBFolder,
    Project,
    add_project_arguments,
    project_of,
)

BREAKING = 3
# What else account B's role can be written as, and where.
_FORMS: Mapping[str, tuple[Callable[[Role], str], Callable[[AccountBFolder], Path]]] = {
    "terraform": (terraform_text, lambda folder: folder.terraform),
    "cli": (commands_text, lambda folder: folder.commands),
}


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
    parser.add_argument(
        "--format",
        choices=("cloudformation", *_FORMS),
        default="cloudformation",
        help="of account B's role: its template alone, or role.tf.json or role.sh beside it",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of account B's template, for the other formats; repeatable",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="writes all that is left out")
    parser.add_argument(
        "--fail-on-breaking",
        action="store_true",
        help=f"writes nothing and ends with {BREAKING} where a client of the API could fail",
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the files and names what was left out; returns the exit code."""
    project = project_of(arguments)
    compiled = compile_project(project)
    form = _form(project, compiled, arguments)
    if arguments.fail_on_breaking and _breaks(project, compiled):
        return BREAKING
    write(project.root, compiled)
    for path, text in form.items():
        write_text(path, text)
        print(f"account B's role: {project.shown(path)}, for account B's terminal")
    if arguments.report:
        lines = [*Coverage(compiled.compilation).lines(few=None), *compiled.notes]
        write_text(arguments.report, "".join(f"{line}\n" for line in lines))
    if not project.has_own_account_b:
        print(f"note: the REST API is now that of {project.account_b.folder}")
    return 0


def _form(
    project: Project, compiled: Compiled, arguments: argparse.Namespace
) -> Mapping[Path, str]:
    """Returns the file that account B's role is asked for in, if it is not the template alone."""
    if arguments.format not in _FORMS:
        if arguments.parameter:
            raise CompileError(
                "--parameter fills in a role for --format terraform or cli; the template takes"
                " its parameters where it is deployed"
            )
        return {}
    parameters = {}
    for each in arguments.parameter:
        name, equals, value = each.partition("=")
        if not equals:
            raise CompileError(f"--parameter {each}: NAME=VALUE is expected")
        parameters[name] = value
    template = compiled.files[Path(project.shown(project.account_b.template))]
    write_form, place = _FORMS[arguments.format]
    return {place(project.account_b): write_form(role_of(template, parameters))}


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
    schema = (
        read_built_schema(built_schema) if built_schema else _own_schema(files_of_b.built_schema)
    )
    compilation = compile_schema(schema, read_rest_settings(files_of_b.rest))
    excluded = [each.name for each in compilation.left_out if each.reason == REASON]
    grants = grants_for(compilation.contract, schema, excluded=excluded)
    files = {
        CONTRACT: contract_text(compilation.contract),
        OPENAPI: openapi_text(compilation.contract, compilation.left_out),
        Path(project.shown(files_of_b.template)): compiled_template(
            read_text(files_of_b.template), grants
        ),
    }
    if files_of_b.page.exists():
        files[Path(project.shown(files_of_b.page))] = compiled_page(
            read_text(files_of_b.page), compilation.contract, grants
        )
    for stage in project.stages().values():
        role = stage.variables.get("ASSUME_ROLE_ARN")
        if stage.policy_file is not None and role:
            files[stage.policy_file] = account_a_policy(stage, role)
    return Compiled(compilation, files, (*compilation.notes, *grants.notes))


def stale_files(project: Project) -> tuple[Path, ...]:
    """Returns the files that `compile` would write otherwise than they are, from the root.

    Raises:
        CompileError, FileFault, ProjectError: As `compile_project`.
    """
    files = compile_project(project).files
    return tuple(
        path
        for path, text in files.items()
        if not (project.root / path).exists() or read_text(project.root / path) != text
    )


def write(root: Path, compiled: Compiled) -> None:
    """Writes the files, and prints what they hold and what was left out."""
    for path, text in compiled.files.items():
        write_text(root / path, text)
    for resource in compiled.compilation.contract.resources:
        print(f"resource: {resource.template} ({resource.name})")
    for line in compiled.notes:
        print(f"note: {line}")
    for line in Coverage(compiled.compilation).lines():
        print(line)


def _own_schema(path: Path) -> GraphQLSchema:
    try:
        return read_schema(path)
    except FileFault as error:
        raise CompileError(f"{error}; `python -m bridge pull` fetches the API's schema") from error


def changes_since(project: Project, compiled: Compiled) -> tuple[Change, ...]:
    """Returns what changes in the REST API since it was compiled last.

    Raises:
        FileFault: What was compiled last is no contract.
    """
    before = read_contract(project.contract)
    try:
        return tuple(changes_between(before, compiled.compilation.contract))
    except MALFORMED as error:
        raise no_contract(project.contract) from error


def _breaks(project: Project, compiled: Compiled) -> bool:
    """Whether a client that knows the API as it was compiled last may fail; prints how."""
    changes = changes_since(project, compiled)
    breaking = [each for each in changes if each.effect.breaks]
    for change in breaking:
        print(change, file=sys.stderr)
    return bool(breaking)
