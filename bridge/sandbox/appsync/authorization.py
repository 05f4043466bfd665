"""Which callers a type or a field is for, by AppSync's own directives; no resolver has a say.

Source: AppSync Developer Guide, "Using additional authorization modes": a field's directives come
before its type's, and what has neither is for callers of the API's default mode. The refusal's
text: aws-amplify/amplify-cli#2694.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from graphql import (
    FieldDefinitionNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    TypeDefinitionNode,
    TypeExtensionNode,
    default_field_resolver,
)

from bridge.sandbox.appsync.amplify.recognition import Place
from bridge.sandbox.appsync.amplify.resolvers import not_authorized
from bridge.sandbox.appsync.amplify.rules import Role

_IAM = "aws_iam"
_MODES = {_IAM, "aws_api_key", "aws_oidc", "aws_lambda", "aws_auth", "aws_cognito_user_pools"}
_Node = FieldDefinitionNode | TypeDefinitionNode | TypeExtensionNode


def keep_from_iam_callers(schema: GraphQLSchema) -> None:
    """Lets IAM callers have what is marked for them alone, where IAM is not the default mode.

    The other fields refuse them; those that are marked are executed as they were.
    """
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        of_type = _modes((type_.ast_node, *type_.extension_ast_nodes))
        for name, field in type_.fields.items():
            if _IAM not in (_modes((field.ast_node,)) or of_type):
                resolve = field.resolve or default_field_resolver
                field.resolve = partial(_refuse, (type_.name, name), resolve)


def _modes(nodes: Iterable[_Node | None]) -> set[str]:
    return {
        directive.name.value
        for node in nodes
        if node is not None
        for directive in node.directives or ()
    } & _MODES


def _refuse(
    place: Place, resolve: Any, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any
) -> Any:
    if info.context.role is Role.API_KEY:
        return resolve(source, info, **arguments)
    raise not_authorized(place)
