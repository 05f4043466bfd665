"""The compiler's files in account B's folder: its schema and what REST is not to show of it."""

from bridge.compiler.rest_settings import RestSettings, parse_rest_settings
from bridge.compiler.schema import CompileError, read_schema_file
from bridge.files import read_text
from bridge.project import AccountBFolder


def schema_text_of(account_b: AccountBFolder) -> str:
    """Returns account B's built schema.

    Raises:
        CompileError: It cannot be read; says what helps.
    """
    path = account_b.built_schema
    try:
        return read_schema_file(path)
    except OSError as error:
        raise CompileError(
            f"{path} cannot be read ({error.strerror}); `python -m bridge pull` fetches the API's"
            " schema"
        ) from error


def rest_settings_of(account_b: AccountBFolder) -> RestSettings:
    """Returns what the folder's rest.toml says; nothing where there is none.

    Raises:
        FileFault: It cannot be read.
        CompileError: It holds what is no setting.
    """
    if not account_b.rest.exists():
        return RestSettings()
    return parse_rest_settings(read_text(account_b.rest))
