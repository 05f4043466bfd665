"""The compiler's files in account B's folder: its schema and what REST is not to show of it."""

from pathlib import Path

from bridge.compiler.rest_settings import NAME, RestSettings, parse_rest_settings
from bridge.compiler.schema import CompileError, read_schema_file

SCHEMA = "built-schema.graphql"


def built_schema_of(folder: Path) -> Path:
    """Returns where account B's built schema is."""
    return folder / SCHEMA


def schema_text_of(folder: Path) -> str:
    """Returns account B's built schema.

    Raises:
        CompileError: It cannot be read; says what helps.
    """
    path = built_schema_of(folder)
    try:
        return read_schema_file(path)
    except OSError as error:
        raise CompileError(
            f"{path} cannot be read ({error.strerror}); `python -m bridge pull` fetches the API's"
            " schema"
        ) from error


def rest_settings_of(folder: Path) -> RestSettings:
    """Returns what the folder's rest.toml says; nothing where there is none.

    Raises:
        CompileError: It cannot be read, or holds what is no setting.
    """
    try:
        text = (folder / NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return RestSettings()
    except (OSError, UnicodeDecodeError) as error:
        raise CompileError(f"{folder / NAME}: {error}") from error
    return parse_rest_settings(text)
