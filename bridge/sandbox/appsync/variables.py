"""Finds the first fault among a request's variables, in AppSync's words.

graphql-core coerces them again when it executes; AppSync (graphql-java) stops at the first fault,
looks for unknown fields before it looks at values, and names the variable for a missing value but
the field for a wrong one.
"""

import json
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_input_type,
    type_from_ast,
)
from graphql.language import get_location

from bridge.sandbox.appsync.messages import DocumentFault

_NOT_GIVEN = object()
_JAVA_INTEGERS = range(-(2**31), 2**31)
_SCALAR_WORDS = {
    "AWSDate": "date",
    "AWSDateTime": "DateTime",
    "AWSEmail": "email address",
    "AWSIPAddress": "IP address",
    "AWSJSON": "JSON",
    "AWSPhone": "phone number",
    "AWSTime": "time",
    "AWSTimestamp": "timestamp",
    "AWSURL": "URL",
}


def first_fault(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> DocumentFault | None:
    """Returns what is wrong with the variables of a valid operation; None when they fit."""
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        declared = type_from_ast(schema, definition.type)
        value = variables.get(name, _NOT_GIVEN)
        if value is _NOT_GIVEN:
            if definition.default_value is not None or not isinstance(declared, GraphQLNonNull):
                continue
            value = None
        if is_input_type(declared):
            try:
                _check(value, declared, name, name)
            except RecursionError:
                return DocumentFault("Variable values are nested too deeply.")
            except _UnfitError as unfit:
                return DocumentFault(
                    unfit.message, (_location(definition),) if unfit.is_located else None
                )
    return None


class _UnfitError(Exception):
    def __init__(self, message: str, is_located: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.is_located = is_located


def _check(value: Any, declared: GraphQLInputType, variable: str, leaf: str) -> None:
    """Raises _UnfitError unless the value fits the type.

    Args:
        value: The value, or a part of one.
        declared: Its type.
        variable: The variable's name.
        leaf: The name of the innermost input field around the value, else the variable's.
    """
    if isinstance(declared, GraphQLNonNull):
        if value is None:
            raise _UnfitError(
                f"Variable '{variable}' has coerced Null value for NonNull type '{declared}'"
            )
        declared = declared.of_type
    if value is None:
        return
    if isinstance(declared, GraphQLList):
        for element in value if isinstance(value, list) else [value]:
            _check(element, declared.of_type, variable, leaf)
    elif isinstance(declared, GraphQLInputObjectType):
        _check_object(value, declared, variable, leaf)
    elif not _is_leaf(value, declared):
        raise _UnfitError(f"Variable '{leaf}' has an invalid value. {_reason(value, declared)}")


def _check_object(value: Any, declared: GraphQLInputObjectType, variable: str, leaf: str) -> None:
    if not isinstance(value, dict):
        raise _UnfitError(
            f"Variable '{leaf}' has an invalid value. Expected type 'Map' but was"
            f" '{_java_type(value)}'. Variables for input objects must be an instance of type"
            " 'Map'."
        )
    if value.keys() - declared.fields.keys():
        raise _UnfitError(
            "The variables input contains a field that is not defined for input object type"
            f" '{declared.name}' ",
            is_located=False,
        )
    for name, field in declared.fields.items():
        if name in value or field.ast_node is None or field.ast_node.default_value is None:
            _check(value.get(name), field.type, variable, name)


def _is_leaf(value: Any, declared: GraphQLScalarType | GraphQLEnumType) -> bool:
    try:
        return declared.coerce_input_value(value) is not Undefined
    except GraphQLError:
        return False


def _reason(value: Any, declared: GraphQLScalarType | GraphQLEnumType) -> str:
    """Returns graphql-java's sentence about a value that is none of its type.

    Source: its CoercingParseValueExceptions, some of which stand in public reports of AppSync's
    replies; appsync-community#406 for the names of AppSync's own scalars.
    """
    if isinstance(declared, GraphQLEnumType):
        return f"Invalid input for Enum '{declared.name}'. No value found for name '{value}'"
    if declared.name in _SCALAR_WORDS:
        shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        return f"Unable to parse `{shown}` as a valid {_SCALAR_WORDS[declared.name]}."
    return f"Expected type '{declared.name}' but was '{_java_type(value)}'."


def _java_type(value: Any) -> str:
    """Returns the name of the class that a JSON value has in AppSync."""
    match value:
        case bool():
            return "Boolean"
        case int():
            return "Integer" if value in _JAVA_INTEGERS else "Long"
        case float():
            return "Double"
        case str():
            return "String"
        case list():
            return "ArrayList"
        case _:
            return "LinkedHashMap"


def _location(definition: VariableDefinitionNode) -> tuple[int, int]:
    if definition.loc is None:
        raise ValueError("the document was parsed without locations")
    place = get_location(definition.loc.source, definition.loc.start)
    return place.line, place.column
