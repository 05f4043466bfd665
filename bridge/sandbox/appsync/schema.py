"""Makes an executable schema of a built schema's SDL."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    ScalarTypeDefinitionNode,
    build_ast_schema,
    parse,
)

from bridge.sandbox.appsync import documents, scalars
from bridge.sandbox.appsync.amplify.models import Operation, find_operations
from bridge.sandbox.appsync.documents import Document

# What AppSync knows without being told.
# Source: AppSync Developer Guide, "Scalar types in AWS AppSync" and "Authorization and
# authentication" (the directives).
_PRELUDE = """
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String!]!) on FIELD_DEFINITION
directive @aws_api_key on FIELD_DEFINITION | OBJECT
directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_lambda on FIELD_DEFINITION | OBJECT
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on FIELD_DEFINITION | OBJECT
""" + "\n".join(f"scalar {name}" for name in scalars.NAMES)


@dataclass(frozen=True)
class Schema:
    """An executable schema, which several APIs may share.

    Attributes:
        graphql: Its types. A root field is resolved by the context's `resolve`, which is given the
            field's operation, or None for a field that is no operation of a model.
        read: Reads a document against it, and remembers the last ones.
    """

    graphql: GraphQLSchema
    read: Callable[[str], Document]


@lru_cache(maxsize=8)
def load_schema(sdl: str) -> Schema:
    """Returns the schema of this SDL, its AWS scalars checking their values.

    Raises:
        graphql.GraphQLError: The SDL is malformed.
        TypeError: Its types do not fit together.
    """
    document = parse(sdl)
    defined = {
        node.name.value
        for node in document.definitions
        if isinstance(node, ScalarTypeDefinitionNode | DirectiveDefinitionNode)
    }
    prelude = tuple(
        node
        for node in parse(_PRELUDE).definitions
        if isinstance(node, ScalarTypeDefinitionNode | DirectiveDefinitionNode)
        and node.name.value not in defined
    )
    schema = build_ast_schema(DocumentNode(definitions=(*prelude, *document.definitions)))
    scalars.install(schema)
    operations = find_operations(schema)
    for parent in filter(None, (schema.query_type, schema.mutation_type)):
        for name, field in parent.fields.items():
            field.resolve = partial(_resolve, operations.get((parent.name, name)))
    return Schema(schema, documents.reader(schema))


def _resolve(
    operation: Operation | None, _source: None, info: GraphQLResolveInfo[Any], **arguments: Any
) -> Any:
    return info.context.resolve(operation, info, arguments)
