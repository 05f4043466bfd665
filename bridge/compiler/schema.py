"""Reads an API's schema with graphql-core: SDL or the result of an introspection."""

import codecs
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Visitor,
    build_ast_schema,
    build_client_schema,
    is_introspection_type,
    is_specified_scalar_type,
    lexicographic_sort_schema,
    parse,
    print_schema,
    print_type,
    visit,
)
from graphql.validation.validate import validate_sdl

from bridge.errors import KnownError
from bridge.files import FileFault

# Amplify's built schema uses AppSync's scalars without declaring them.
# Source: https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html
_PRELUDE = parse(
    """
scalar AWSDate
scalar AWSTime
scalar AWSDateTime
scalar AWSTimestamp
scalar AWSEmail
scalar AWSJSON
scalar AWSURL
scalar AWSPhone
scalar AWSIPAddress
"""
)
# The only directives that say something to REST's clients; AppSync's own say who may call, and
# stand in places for which their definitions, where a schema has them, do not allow them.
_KEPT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SOURCE_SCHEMA = (
    "it is the source schema (`type {name} @model`), of which Amplify makes the one that AppSync"
    " has; Amplify keeps that one in amplify/backend/api/<api>/build/schema.graphql, and for any"
    " API `aws appsync get-introspection-schema --api-id API_ID --format SDL schema.graphql`"
    " writes it"
)


class CompileError(KnownError):
    """The schema cannot become a REST API; the message says why."""


def read_schema(path: Path) -> GraphQLSchema:
    """Returns the schema that a file describes.

    Raises:
        CompileError: It describes none; names the file, the place and the cure.
        FileFault: It cannot be read.
    """
    text = read_schema_file(path)
    try:
        return read_built_schema(text)
    except CompileError as error:
        raise CompileError(f"{path}: {error}") from error


def read_schema_file(path: Path) -> str:
    """Returns the SDL that a file holds, which may also hold an introspection's JSON.

    Raises:
        CompileError: It holds neither; names the file, the place and the cure.
        FileFault: It cannot be read.
    """
    try:
        text = _decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise FileFault(path, error.strerror) from error
    if not text.lstrip().startswith("{"):
        return text
    try:
        document = json.loads(text)
    except ValueError as error:
        raise CompileError(f"{path}: neither SDL nor JSON: {error}") from error
    try:
        return sdl_of(document.get("data", document))
    except CompileError as error:
        raise CompileError(f"{path}: {error}") from error


def sdl_of(introspection: Any) -> str:
    """Returns the SDL of an introspection's result.

    Raises:
        CompileError: It is none.
    """
    try:
        return print_schema(build_client_schema(introspection)) + "\n"
    except (GraphQLError, TypeError, KeyError, AttributeError) as error:
        raise CompileError(f"not the result of an introspection: {error}") from error


@lru_cache(maxsize=16)
def read_built_schema(text: str) -> GraphQLSchema:
    """Returns the schema that `text` describes; the same one for the same text, so not to change.

    Args:
        text: Amplify's built schema, or one that was fetched by introspection, which brings
            AppSync's own definitions along.

    Raises:
        CompileError: The text is no GraphQL schema, or the source of one.
    """
    try:
        document = parse(text)
        _refuse_source_schema(document)
        document = visit(document, _WithoutDirectives())
        own = {_key(definition) for definition in document.definitions}
        added = [each for each in _PRELUDE.definitions if _key(each) not in own]
        document = DocumentNode(definitions=(*added, *document.definitions))
        errors = validate_sdl(document)
        if errors:
            raise errors[0]
        return build_ast_schema(document, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        raise CompileError(f"not a GraphQL schema: {_first_line(error)}") from error
    except RecursionError as error:
        raise CompileError("not a GraphQL schema: it is nested too deeply") from error


def described_types(schema: GraphQLSchema) -> tuple[str, ...]:
    """Returns the schema's own types as text, sorted: what tells two schemas apart."""
    appsync = {key[1] for key in map(_key, _PRELUDE.definitions)}
    return tuple(
        print_type(each)
        for name, each in sorted(lexicographic_sort_schema(schema).type_map.items())
        if name not in appsync
        and not is_introspection_type(each)
        and not is_specified_scalar_type(each)
    )


class _WithoutDirectives(Visitor):
    """Takes out the directives that say nothing to REST's clients, and all their definitions."""

    @staticmethod
    def enter_directive(node: DirectiveNode, *_: Any) -> Any:
        return None if node.name.value in _KEPT_DIRECTIVES else Visitor.REMOVE

    @staticmethod
    def enter_directive_definition(_node: DirectiveDefinitionNode, *_: Any) -> Any:
        return Visitor.REMOVE


def _decoded(content: bytes, name: str) -> str:
    """Returns the text of a file in UTF-8 or, with its byte order mark, in UTF-16."""
    encoding = next((each for mark, each in _BOMS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CompileError(
            f"{name}: line {line} is not {encoding.removesuffix('-sig').upper()}"
            f" (byte {error.start}); save the file as UTF-8"
        ) from error
    if "\0" in text:
        raise CompileError(f"{name}: holds zero bytes, as UTF-16 does; save the file as UTF-8")
    return text


def _refuse_source_schema(document: DocumentNode) -> None:
    for definition in document.definitions:
        for directive in getattr(definition, "directives", None) or ():
            if directive.name.value == "model":
                name = _key(definition)[1]
                raise CompileError(_SOURCE_SCHEMA.format(name=name))


def _first_line(error: Exception) -> str:
    line = re.split(r"\n", str(error))[0]
    locations = getattr(error, "locations", None)
    if not locations:
        return line
    return f"{line} (line {locations[0].line}, column {locations[0].column})"


def _key(definition: DefinitionNode) -> tuple[str, str]:
    name = getattr(definition, "name", None)
    return (definition.kind, name.value if name else "")
