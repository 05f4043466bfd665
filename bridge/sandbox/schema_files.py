"""Reads the schema files of an account B: the built schema, and the source beside it."""

from graphql import GraphQLError

from bridge.files import FileFault, read_text
from bridge.project import AccountBFolder
from bridge.sandbox.appsync import MisfitError, Schema, SourceError, load_schema


def read_schema(folder: AccountBFolder, *, iam_by_default: bool = True) -> Schema:
    """Returns the schema that the files describe.

    Args:
        folder: Where they are.
        iam_by_default: Whether what no directive marks is for IAM callers.

    Raises:
        FileFault: One is missing or malformed, or they do not fit together.
    """
    built = read_text(folder.built_schema)
    source = read_text(folder.schema) if folder.schema.exists() else None
    try:
        return load_schema(built, source, iam_by_default=iam_by_default)
    except MisfitError as error:
        raise FileFault(
            folder.schema, f"does not fit {folder.built_schema.name}: {error}"
        ) from error
    except SourceError as error:
        raise FileFault(folder.schema, error) from error
    except (GraphQLError, TypeError, RecursionError) as error:
        raise FileFault(folder.built_schema, error) from error
