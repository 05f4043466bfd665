"""Reads a built schema with graphql-core."""

from graphql import GraphQLError, GraphQLSchema, build_schema

# Amplify's built schema uses AppSync's scalars and directives without declaring them.
# Source: https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html
PRELUDE = """
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


class CompileError(Exception):
    """The schema cannot become a REST API; the message says why."""


def read_built_schema(text: str) -> GraphQLSchema:
    """Returns the schema that `text`, Amplify's built schema, describes.

    Raises:
        CompileError: The text is no GraphQL schema.
    """
    try:
        return build_schema(PRELUDE + text)
    except (GraphQLError, TypeError) as error:
        # The line count of the prelude would lead astray, so only the message is kept.
        raise CompileError(f"not a GraphQL schema: {str(error).splitlines()[0]}") from error
