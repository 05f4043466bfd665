"""Parses and validates documents, and tells their faults in AppSync's words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    validate,
)

from bridge.sandbox.appsync.messages import DocumentFault, RequestError

_CACHED_DOCUMENTS = 512
# Longer ones are seldom sent twice, and their trees are large.
_CACHED_CHARACTERS = 20_000


@dataclass(frozen=True)
class Document:
    """A parsed document; `faults` is empty when the schema admits it."""

    node: DocumentNode
    faults: tuple[DocumentFault, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Returns the operation to run.

        Raises:
            RequestError: The name, or the lack of one, picks out no single operation.
        """
        found = [
            node
            for node in self.node.definitions
            if isinstance(node, OperationDefinitionNode)
            and (not name or (node.name and node.name.value == name))
        ]
        if len(found) != 1:
            raise RequestError(400, "BadRequestException", "Unable to determine the operation.")
        return found[0]


def reader(schema: GraphQLSchema) -> Callable[[str], Document]:
    """Returns a function that reads documents against this schema and remembers the last ones.

    The function raises RequestError when the text is no GraphQL document.
    """

    def read(text: str) -> Document:
        try:
            node = parse(text)
        except GraphQLSyntaxError:
            raise unparsable() from None
        errors = validate(schema, node, hide_suggestions=True)
        return Document(node, tuple(_fault(error, node, schema) for error in errors))

    remembered = lru_cache(maxsize=_CACHED_DOCUMENTS)(read)
    return lambda text: (remembered if len(text) <= _CACHED_CHARACTERS else read)(text)


def unparsable() -> RequestError:
    """Returns the refusal of a body that is no GraphQL request."""
    return RequestError(400, "MalformedHttpRequestException", "Unable to parse GraphQL query.")


# graphql-core's sentence, the type of AppSync's error (which runs graphql-java), its own sentence.
# {path} is the place of the field, {type} the type of an input field.
# Source: public reports of AppSync's replies: amplify-js#4853 (FieldUndefined), amplify-swift#854
# (MissingFieldArgument), amplify-android#702 (SubSelectionRequired), amplify-cli#1296
# (SubSelectionNotAllowed), graphql-java#2600 (UnknownType).
_SENTENCES = tuple(
    (re.compile(pattern), kind, sentence)
    for pattern, kind, sentence in (
        (
            r"Cannot query field '(.+)' on type '(.+)'\.",
            "FieldUndefined",
            "Field '{0}' in type '{1}' is undefined @ '{path}'",
        ),
        (
            r"Unknown argument '(.+)' on field '.+'\.",
            "UnknownArgument",
            "Unknown field argument {0} @ '{path}'",
        ),
        (
            r"Argument '[^@]+\((.+):\)' of type '.+' is required, but it was not provided\.",
            "MissingFieldArgument",
            "Missing field argument {0} @ '{path}'",
        ),
        (
            r"Field '(.+)' of type '(.+)' must have a selection of subfields\..*",
            "SubSelectionRequired",
            "Sub selection required for type {1} of field {0} @ '{path}'",
        ),
        (
            r"Field '(.+)' must not have a selection since type '(.+)' has no subfields\.",
            "SubSelectionNotAllowed",
            "Sub selection not allowed on leaf type {1} of field {0} @ '{path}'",
        ),
        (r"Unknown type '(.+)'\.", "UnknownType", "Unknown type {0}"),
        (
            r"Expected value of type '(.+)' to include required field '(.+?)', found: (?s:.*)",
            "WrongType",
            'Field "{0}.{1}" of required type "{type}" was not provided.',
        ),
        (
            r"Expected value of type '(.+)' not to include unknown field '(.+?)', found: (?s:.*)",
            "WrongType",
            'Field "{1}" is not defined by type "{0}".',
        ),
        (
            r"Expected value of non-null type '(.+)' not to be None\.",
            "WrongType",
            'Expected value of type "{0}", found null.',
        ),
    )
)


def _fault(error: GraphQLError, document: DocumentNode, schema: GraphQLSchema) -> DocumentFault:
    kind, sentence = "WrongType", re.sub(r"'([^']*)'", r'"\1"', error.message)
    for pattern, its_kind, its_sentence in _SENTENCES:
        match = pattern.fullmatch(error.message)
        if match:
            node = error.nodes[0] if error.nodes else None
            path = "/".join(_field_path(document, node))
            owner = schema.get_type(match[1])
            declared = (
                owner.fields[match.groups()[-1]].type
                if isinstance(owner, GraphQLInputObjectType) and match.groups()[-1] in owner.fields
                else None
            )
            kind = its_kind
            sentence = its_sentence.format(*match.groups(), path=path, type=declared)
            break
    return DocumentFault(
        f"Validation error of type {kind}: {sentence}",
        tuple((place.line, place.column) for place in error.locations or ()),
    )


def _field_path(document: DocumentNode, target: Node | None) -> tuple[str, ...]:
    """Returns the names of the fields around and including the one that `target` belongs to."""
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            prefix = (
                (definition.name.value,) if isinstance(definition, FragmentDefinitionNode) else ()
            )
            for path, field in _fields(definition.selection_set, prefix):
                if target in (field, field.selection_set) or target in (field.arguments or ()):
                    return path
    return ()


def _fields(
    selections: SelectionSetNode, prefix: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], FieldNode]]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            path = (*prefix, selection.name.value)
            yield path, selection
            if selection.selection_set:
                yield from _fields(selection.selection_set, path)
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, prefix)


def selected_names(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[str]:
    """Yields the names, as in the schema, of the fields that a selection names at its own level."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from selected_names(selection.selection_set, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            yield from selected_names(fragments[selection.name.value].selection_set, fragments)


def root_fields(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> frozenset[str]:
    """Returns the names, as in the schema, of the root fields that will run.

    Args:
        document: A valid document.
        operation: One of its operations.
        variables: As the request gave them, already found to fit.
    """
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    defaults = {
        node.variable.name.value: node.default_value.value
        for node in operation.variable_definitions or ()
        if isinstance(node.default_value, BooleanValueNode)
    }
    values = {**defaults, **variables}

    def is_included(node: FieldNode | InlineFragmentNode | FragmentSpreadNode) -> bool:
        for directive in node.directives or ():
            if directive.name.value in {"skip", "include"} and directive.arguments:
                condition = directive.arguments[0].value
                given = (
                    values.get(condition.name.value)
                    if isinstance(condition, VariableNode)
                    else isinstance(condition, BooleanValueNode) and condition.value
                )
                if bool(given) is (directive.name.value == "skip"):
                    return False
        return True

    def collect(selections: SelectionSetNode) -> Iterator[str]:
        for selection in selections.selections:
            if not isinstance(
                selection, FieldNode | InlineFragmentNode | FragmentSpreadNode
            ) or not is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection.name.value
            elif isinstance(selection, InlineFragmentNode):
                yield from collect(selection.selection_set)
            else:
                yield from collect(fragments[selection.name.value].selection_set)

    return frozenset(collect(operation.selection_set))
