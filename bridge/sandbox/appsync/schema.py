"""Makes an executable schema of a built schema's SDL."""

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLSchema,
    ScalarTypeDefinitionNode,
    build_ast_schema,
    parse,
)

from bridge.sandbox.appsync import scalars

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


def load(sdl: str) -> GraphQLSchema:
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
    return schema
