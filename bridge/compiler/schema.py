"""Reads a built schema with graphql-core."""

from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    build_ast_schema,
    is_introspection_type,
    is_specified_scalar_type,
    lexicographic_sort_schema,
    parse,
    print_type,
)

from bridge.errors import KnownError

# Amplify's built schema uses AppSync's scalars and directives without declaring them.
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
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_oidc on OBJECT | FIELD_DEFINITION
directive @aws_lambda on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on OBJECT | FIELD_DEFINITION
"""
)


class CompileError(KnownError):
    """The schema cannot become a REST API; the message says why."""


def read_built_schema(text: str) -> GraphQLSchema:
    """Returns the schema that `text` describes.

    Args:
        text: Amplify's built schema, or one that was fetched by introspection, which brings
            AppSync's own definitions along.

    Raises:
        CompileError: The text is no GraphQL schema.
    """
    try:
        document = parse(text, no_location=True)
        own = {_key(definition) for definition in document.definitions}
        added = [each for each in _PRELUDE.definitions if _key(each) not in own]
        return build_ast_schema(DocumentNode(definitions=(*added, *document.definitions)))
    except (GraphQLError, TypeError) as error:
        raise CompileError(f"not a GraphQL schema: {str(error).splitlines()[0]}") from error


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


def _key(definition: DefinitionNode) -> tuple[str, str]:
    name = getattr(definition, "name", None)
    return (definition.kind, name.value if name else "")
