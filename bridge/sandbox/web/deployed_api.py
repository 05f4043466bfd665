"""The API that account B's schema files describe: made anew when one of them was edited."""

from collections.abc import Callable
from pathlib import Path

from graphql import GraphQLError

from bridge.files import FileFault, read_text
from bridge.sandbox.appsync import AppSyncApi, Schema, SourceError, load_schema
from bridge.sandbox.files import Fingerprint, Watched


class DeployedApi:
    """The API of these files as they are."""

    def __init__(self, built: Path, source: Path, make: Callable[[Schema], AppSyncApi]) -> None:
        """Names the files.

        Args:
            built: The built schema.
            source: The source schema; may be missing.
            make: Makes an API of a schema.
        """
        self._built = built
        self._source = source
        self._make = make
        self._watched = Watched((built, source), self._read)

    def __call__(self) -> AppSyncApi:
        """Returns the API.

        Raises:
            FileFault: A file is missing or malformed, or they do not fit together.
        """
        return self._watched.value()

    def _read(self, _: Fingerprint) -> AppSyncApi:
        built = read_text(self._built)
        source = read_text(self._source) if self._source.exists() else None
        try:
            return self._make(load_schema(built, source))
        except SourceError as error:
            raise FileFault(self._source, error) from error
        except (GraphQLError, TypeError, RecursionError) as error:
            raise FileFault(self._built, error) from error
