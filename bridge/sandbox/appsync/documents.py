"""Parses and validates documents, and tells their faults in AppSync's words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    StreamDirectiveOnListField,
    ValidationRule,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VariableNode,
    get_location,
    parse,
    specified_rules,
    validate,
)

from bridge.sandbox.appsync.literals import default_fault, literal_fault
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
        return Document(node, _faults(schema, node))

    remembered = lru_cache(maxsize=_CACHED_DOCUMENTS)(read)
    return lambda text: (remembered if len(text) <= _CACHED_CHARACTERS else read)(text)


def unparsable() -> RequestError:
    """Returns the refusal of a body that is no GraphQL request."""
    return RequestError(400, "MalformedHttpRequestException", "Unable to parse GraphQL query.")


@dataclass(frozen=True)
class _Sentence:
    """How AppSync, which runs graphql-java, tells what graphql-core found.

    Attributes:
        pattern: graphql-core's sentence.
        kind: The type of AppSync's error.
        text: Its own sentence; {path} is the place of the field.
        node: Which of graphql-core's nodes it points at; None for all.
        at_field: Whether it points at the field instead.
    """

    pattern: re.Pattern[str]
    kind: str
    text: str
    node: int | None = None
    at_field: bool = False


# Source: public reports of AppSync's replies: amplify-js#4853 (FieldUndefined), amplify-swift#854
# (MissingFieldArgument), amplify-android#702 (SubSelectionRequired), amplify-cli#1296
# (SubSelectionNotAllowed), graphql-java#2600 (UnknownType), graphql-tag#652 (VariableTypeMismatch);
# graphql-java's own rules for the others.
_SENTENCES = (
    _Sentence(
        re.compile(r"Cannot query field '(.+)' on type '(.+)'\."),
        "FieldUndefined",
        "Field '{0}' in type '{1}' is undefined @ '{path}'",
    ),
    _Sentence(
        re.compile(r"Unknown argument '(.+)' on field '.+'\."),
        "UnknownArgument",
        "Unknown field argument {0} @ '{path}'",
    ),
    _Sentence(
        re.compile(
            r"Argument '[^@]+\((.+):\)' of type '.+' is required, but it was not provided\."
        ),
        "MissingFieldArgument",
        "Missing field argument {0} @ '{path}'",
    ),
    _Sentence(
        re.compile(r"Field '(.+)' of type '(.+)' must have a selection of subfields\..*"),
        "SubSelectionRequired",
        "Sub selection required for type {1} of field {0} @ '{path}'",
    ),
    _Sentence(
        re.compile(r"Field '(.+)' must not have a selection since type '(.+)' has no subfields\."),
        "SubSelectionNotAllowed",
        "Sub selection not allowed on leaf type {1} of field {0} @ '{path}'",
        at_field=True,
    ),
    _Sentence(re.compile(r"Unknown type '(.+)'\."), "UnknownType", "Unknown type {0}"),
    _Sentence(
        re.compile(r"(argument '.+' with value '.*)", re.DOTALL), "WrongType", "{0} @ '{path}'"
    ),
    _Sentence(re.compile(r"(Bad default value .*)", re.DOTALL), "BadValueForDefaultArg", "{0}"),
    _Sentence(
        re.compile(r"Fields '(.+)' conflict because (they have differing arguments)\..*"),
        "FieldsConflict",
        "{0}: {1}",
    ),
    _Sentence(
        re.compile(r"Variable '\$(.+)' is not defined(?: by operation '.+')?\."),
        "UndefinedVariable",
        "Undefined variable {0} @ '{path}'",
        node=0,
    ),
    _Sentence(
        re.compile(r"Variable '\$.+' of type '(.+)' used in position expecting type '(.+)'\."),
        "VariableTypeMismatch",
        "Variable type '{0}' doesn't match expected type '{1}' @ '{path}'",
        node=-1,
    ),
)


class _LiteralRule(ValidationRule):
    """Finds the first fault of each argument's literal, as graphql-java does."""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Checks an argument of a field or of a directive."""
        declared = self.context.get_input_type()
        fault = declared and literal_fault(node, declared)
        if fault:
            self.report_error(GraphQLError(fault, node))

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Checks a variable's default value."""
        declared = self.context.get_input_type()
        if declared and node.default_value:
            fault = default_fault(node.default_value, declared)
            if fault:
                self.report_error(GraphQLError(fault, node))


# Of `@defer` and `@stream` AppSync knows nothing: they are refused as unknown.
_OF_DELIVERY = {
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    StreamDirectiveOnListField,
}
_RULES = tuple(
    _LiteralRule if it is ValuesOfCorrectTypeRule else it
    for it in specified_rules
    if it not in _OF_DELIVERY
)


def _faults(schema: GraphQLSchema, document: DocumentNode) -> tuple[DocumentFault, ...]:
    """Returns the faults of a document in the order of their places."""
    errors = validate(schema, document, _RULES, hide_suggestions=True)
    faults = [_fault(error, document) for error in errors]
    return tuple(sorted(faults, key=lambda fault: (fault.locations or ())[:1]))


def _fault(error: GraphQLError, document: DocumentNode) -> DocumentFault:
    nodes = error.nodes or ()
    for sentence in _SENTENCES:
        match = sentence.pattern.fullmatch(error.message)
        if not match:
            continue
        shown = [nodes[sentence.node]] if nodes and sentence.node is not None else list(nodes)
        path, field = _field_around(document, shown[0]) if shown else ((), None)
        if sentence.at_field and field:
            shown = [field]
        text = sentence.text.format(*match.groups(), path="/".join(path))
        return DocumentFault(
            f"Validation error of type {sentence.kind}: {text}", tuple(map(_place, shown))
        )
    quoted = re.sub(r"'([^']*)'", r'"\1"', error.message)
    return DocumentFault(
        f"Validation error of type WrongType: {quoted}",
        tuple((place.line, place.column) for place in error.locations or ()),
    )


def _place(node: Node) -> tuple[int, int]:
    if node.loc is None:
        raise ValueError("the document was parsed without locations")
    place = get_location(node.loc.source, node.loc.start)
    return place.line, place.column


def _field_around(document: DocumentNode, target: Node) -> tuple[tuple[str, ...], FieldNode | None]:
    """Returns the innermost field that `target` belongs to, with the names from the root to it."""
    found: tuple[tuple[str, ...], FieldNode | None] = ((), None)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            prefix = (
                (definition.name.value,) if isinstance(definition, FragmentDefinitionNode) else ()
            )
            for path, field in _fields(definition.selection_set, prefix):
                if _is_in(target, field):
                    found = (path, field)
    return found


def _is_in(target: Node, field: FieldNode) -> bool:
    if target in (field, field.selection_set):
        return True
    return any(
        node.loc and target.loc and node.loc.start <= target.loc.start < node.loc.end
        for node in (*(field.arguments or ()), *(field.directives or ()))
    )


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
