"""`python -m bridge pull`: takes over account B's schema, and says what that changes.

The schema comes by introspection through the very chain that the gateway uses, or from a file
that `aws appsync get-introspection-schema` wrote, for an owner may have turned introspection off.
"""

import argparse
import os
from pathlib import Path

from graphql import get_introspection_query

from bridge.compiler.changes import changes_between
from bridge.compiler.command import compile_project, write
from bridge.compiler.schema import described_types, read_built_schema, read_schema_file, sdl_of
from bridge.contracts import read_contract
from bridge.errors import KnownError
from bridge.files import write_text
from bridge.project import Project, add_project_arguments, add_state_argument, project_of
from bridge.wiring import stage_environment
from chalicelib.bootstrap import chain
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import ConfigurationError, GatewayError
from chalicelib.graphql.messages import Document, GraphQLRequest

SECONDS = 30.0
_INSTEAD = (
    "account B's owner can write it to a file instead: aws appsync get-introspection-schema"
    " --api-id API_ID --format SDL schema.graphql; then: python -m bridge pull schema.graphql"
)


class PullError(KnownError):
    """The schema cannot be had; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "file", nargs="?", type=Path, help="SDL or JSON; without it, introspection is asked"
    )
    source.add_argument("--stage", help="whose variables lead to the API; else the environment's")
    add_project_arguments(parser)
    add_state_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Says what changes in the REST API, then writes it; returns the exit code."""
    project = project_of(arguments)
    state = arguments.state or project.state
    built_schema = project.account_b.built_schema
    file = arguments.file
    text = read_schema_file(file) if file else _introspect(project, arguments.stage, state)
    compiled = compile_project(project, text)
    before = read_schema_file(built_schema)
    schemas = [described_types(read_built_schema(each)) for each in (before, text)]
    old = read_contract(project.contract)
    changes = changes_between(old, compiled.compilation.contract)
    for change in changes:
        print(change)
    if not changes:
        print("the REST API stays as it is")
    # Introspection keeps neither order nor directives, so a schema that says the same is left.
    if schemas[0] != schemas[1]:
        write_text(built_schema, text)
    write(project.root, compiled)
    return 0


def _introspect(project: Project, stage: str | None, state: Path) -> str:
    if stage is not None:
        # As Chalice does it: a stage's variables take the place of the environment's.
        os.environ.update(stage_environment(project.stage(stage), state))
    query = get_introspection_query(descriptions=False)
    request = GraphQLRequest(Document(query, "IntrospectionQuery", mutation=False), {})
    try:
        reply = chain().transport.execute(
            request, CallContext("bridge-pull", Deadline.after(SECONDS))
        )
    except ConfigurationError as error:
        wanted = "" if stage else "; --stage STAGE takes those of .chalice/config.json"
        raise PullError(f"ConfigurationError: {error}{wanted}") from error
    except GatewayError as error:
        raise PullError(f"{type(error).__name__}: {error}") from error
    if reply.data is None or reply.errors:
        said = "; ".join(f"{each.error_type} {each.message}".strip() for each in reply.errors)
        raise PullError(f"the API does not answer introspection ({said}); {_INSTEAD}")
    return sdl_of(reply.data)
