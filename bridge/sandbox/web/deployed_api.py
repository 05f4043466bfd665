"""The API that account B's schema files describe: made anew when one of them was edited."""

from collections.abc import Callable

from bridge.project import AccountBFolder
from bridge.sandbox.appsync import AppSyncApi, Schema
from bridge.sandbox.files import Watched
from bridge.sandbox.schema_files import read_schema


class DeployedSchema:
    """The schema of the files as they are, which two files of one content have in common."""

    def __init__(self, folder: AccountBFolder) -> None:
        """Names the files."""
        self._watched = Watched((folder.built_schema, folder.schema), lambda _: read_schema(folder))

    def __call__(self) -> Schema:
        """Returns the schema.

        Raises:
            FileFault: A file is missing or malformed, or they do not fit together.
        """
        return self._watched.value()


class DeployedApi:
    """The API of the schema files as they are."""

    def __init__(
        self,
        folder: AccountBFolder,
        make: Callable[[Schema], AppSyncApi],
        *,
        iam_by_default: bool,
    ) -> None:
        """Names the files.

        Args:
            folder: Where they are.
            make: Makes an API of a schema.
            iam_by_default: Whether what no directive marks is for IAM callers.
        """
        self._watched = Watched(
            (folder.built_schema, folder.schema),
            lambda _: make(read_schema(folder, iam_by_default=iam_by_default)),
        )

    def __call__(self) -> AppSyncApi:
        """Returns the API.

        Raises:
            FileFault: A file is missing or malformed, or they do not fit together.
        """
        return self._watched.value()
