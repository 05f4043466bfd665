"""Makes an executable schema of a built schema's SDL."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    ScalarTypeDefinitionNode,
    assert_valid_schema,
    build_ast_schema,
    parse,
)

from bridge.sandbox.appsync import documents, scalars
from bridge.sandbox.appsync.amplify.recognition import Meanings, Place, find_meanings
from bridge.sandbox.appsync.amplify.source import read_source
from bridge.sandbox.appsync.authorization import keep_from_iam_callers
from bridge.sandbox.appsync.documents import Document

# What AppSync knows without being told.
# Source: AppSync Developer Guide, "Scalar types in AWS AppSync" and "Authorization and
# authentication" (the directives).
_PLACES = "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | INPUT_OBJECT | ENUM"
_PRELUDE = f"""
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String!]!) on FIELD_DEFINITION
directive @aws_api_key on {_PLACES}
directive @aws_iam on {_PLACES}
directive @aws_oidc on {_PLACES}
directive @aws_lambda on {_PLACES}
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on {_PLACES}
""" + "\n".join(f"scalar {name}" for name in scalars.NAMES)


@dataclass(frozen=True)
class Schema:
    """An executable schema, which several APIs may share.

    Attributes:
        graphql: Its types. A field that has a resolver is resolved by the context's `resolve`,
            which is given the field's place.
        read: Reads a document against it, and remembers the last ones.
        meanings: What its fields do.
    """

    graphql: GraphQLSchema
    read: Callable[[str], Document]
    meanings: Meanings


@lru_cache(maxsize=16)
def load_schema(sdl: str, source: str | None = None, *, iam_by_default: bool = True) -> Schema:
    """Returns the schema of this SDL, its AWS scalars checking their values.

    Args:
        sdl: The built schema.
        source: The source schema that it was made of, where there is one.
        iam_by_default: Whether what no directive marks is for IAM callers.

    Raises:
        graphql.GraphQLError: The SDL is malformed.
        TypeError: Its types do not fit together.
        SourceError: The source is malformed, or the built schema cannot be made of it.
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
    assert_valid_schema(schema)
    scalars.install(schema)
    meanings = find_meanings(schema, None if source is None else read_source(source))
    for type_name, field_name in _resolved(meanings):
        type_ = schema.get_type(type_name)
        if isinstance(type_, GraphQLObjectType) and field_name in type_.fields:
            type_.fields[field_name].resolve = partial(_resolve, (type_name, field_name))
    if not iam_by_default:
        keep_from_iam_callers(schema)
    return Schema(schema, documents.reader(schema), meanings)


def _resolved(meanings: Meanings) -> set[Place]:
    """Returns the fields that have a resolver."""
    guarded = {
        (model.name, name) for model in meanings.models.values() for name in model.access.guarded
    }
    return guarded | meanings.fields.keys()


def _resolve(place: Place, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    return info.context.resolve(place, source, info, arguments)
