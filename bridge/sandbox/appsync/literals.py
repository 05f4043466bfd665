"""Tells what is wrong with an argument written in a document, in graphql-java's words.

Source: graphql-java's ArgumentsOfCorrectType and its ValidationUtil, which AppSync runs; the texts
"is missing required fields" and "is not a valid" stand in public reports of AppSync's replies.
"""

from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
)


@dataclass(frozen=True)
class _Unfit:
    place: str
    value: ValueNode
    reason: str


def literal_fault(argument: ArgumentNode, declared: GraphQLInputType) -> str | None:
    """Returns what is wrong with an argument's literal; None where it fits its type."""
    unfit = _find(argument.value, declared, argument.name.value)
    if unfit is None:
        return None
    return f"argument '{unfit.place}' with value '{_shown(unfit.value)}' {unfit.reason}"


def default_fault(value: ValueNode, declared: GraphQLInputType) -> str | None:
    """Returns what is wrong with a variable's default value; None where it fits its type."""
    if _find(value, declared, "") is None:
        return None
    return f"Bad default value {_shown(value)} for type {declared}"


def _find(value: ValueNode, declared: GraphQLInputType, place: str) -> _Unfit | None:
    if isinstance(value, VariableNode):
        return None
    if isinstance(declared, GraphQLNonNull):
        if isinstance(value, NullValueNode):
            return _Unfit(place, value, "must not be null")
        declared = declared.of_type
    if isinstance(value, NullValueNode):
        return None
    if isinstance(declared, GraphQLList):
        if not isinstance(value, ListValueNode):
            return _find(value, declared.of_type, place)
        return next(
            filter(
                None,
                (
                    _find(element, declared.of_type, f"{place}[{number}]")
                    for number, element in enumerate(value.values)
                ),
            ),
            None,
        )
    if isinstance(declared, GraphQLInputObjectType):
        return _find_in_object(value, declared, place)
    try:
        parsed = declared.parse_literal(value)
    except GraphQLError:
        parsed = Undefined
    if parsed is Undefined:
        return _Unfit(place, value, f"is not a valid '{get_named_type(declared).name}'")
    return None


def _find_in_object(
    value: ValueNode, declared: GraphQLInputObjectType, place: str
) -> _Unfit | None:
    if not isinstance(value, ObjectValueNode):
        return _Unfit(place, value, "must be an object type")
    given = {node.name.value: node.value for node in value.fields}
    missing = [
        name
        for name, it in declared.fields.items()
        if isinstance(it.type, GraphQLNonNull)
        and name not in given
        and (it.ast_node is None or it.ast_node.default_value is None)
    ]
    if missing:
        return _Unfit(place, value, f"is missing required fields '[{', '.join(missing)}]'")
    for name, inner in given.items():
        if name not in declared.fields:
            return _Unfit(place, value, f"contains a field not in '{declared.name}': '{name}'")
        unfit = _find(inner, declared.fields[name].type, f"{place}.{name}")
        if unfit:
            return unfit
    return None


def _shown(value: ValueNode) -> str:
    """Returns a literal as graphql-java's classes print it."""
    match value:
        case ObjectValueNode():
            fields = ", ".join(
                f"ObjectField{{name='{node.name.value}', value={_shown(node.value)}}}"
                for node in value.fields
            )
            return f"ObjectValue{{objectFields=[{fields}]}}"
        case ListValueNode():
            return f"ArrayValue{{values=[{', '.join(map(_shown, value.values))}]}}"
        case StringValueNode():
            return f"StringValue{{value='{value.value}'}}"
        case EnumValueNode():
            return f"EnumValue{{name='{value.value}'}}"
        case BooleanValueNode() | IntValueNode() | FloatValueNode():
            kind = type(value).__name__.removesuffix("Node")
            return f"{kind}{{value={str(value.value).lower()}}}"
        case VariableNode():
            return f"VariableReference{{name='{value.name.value}'}}"
        case _:
            return "NullValue{}"
