"""Holds a built schema against the source schema that it is said to be made of."""

from collections.abc import Mapping

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, get_nullable_type
from graphql.type import GraphQLList

from bridge.sandbox.appsync.amplify.relations import Place, Target
from bridge.sandbox.appsync.amplify.source import MisfitError, SourceModel


def check_fit(
    schema: GraphQLSchema, models: Mapping[str, SourceModel], targets: Mapping[Place, Target]
) -> None:
    """Checks that the built schema can have been made of these models.

    Raises:
        MisfitError: It cannot; the message names the first difference.
    """
    for model in models.values():
        built = schema.get_type(model.name)
        if not isinstance(built, GraphQLObjectType):
            raise MisfitError(f"the source's model {model.name} is no type of the built schema")
        for name, declared in model.fields.items():
            if name not in built.fields:
                raise MisfitError(f"the source's {model.name}.{name} is not in the built schema")
            if (model.name, name) in targets and declared.is_list:
                continue
            made = built.fields[name].type
            is_list = isinstance(get_nullable_type(made), GraphQLList)
            if (get_named_type(made).name, is_list) != (declared.name, declared.is_list):
                raise MisfitError(
                    f"{model.name}.{name} is {made} in the built schema, and"
                    f" {'a list of ' * declared.is_list}{declared.name} in the source"
                )
