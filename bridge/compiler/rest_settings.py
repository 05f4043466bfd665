"""`account_b/rest.toml`: what of account B's schema is not to be shown over REST, and how."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.compiler.schema import CompileError
from bridge.files import read_text

NAME = "rest.toml"
_JSON = ("string", "value")


@dataclass(frozen=True)
class RestSettings:
    """What an owner may choose.

    Attributes:
        exclude: Names of types, and of fields as `Type.field`.
        json_values: AWSJSON members are JSON values, no strings that hold JSON.
    """

    exclude: frozenset[str] = frozenset()
    json_values: bool = False


def read_rest_settings(path: Path) -> RestSettings:
    """Returns what an account B's rest.toml says; nothing where there is none.

    Raises:
        CompileError: It holds what is no setting.
        FileFault: It cannot be read.
    """
    return parse_rest_settings(read_text(path)) if path.exists() else RestSettings()


def parse_rest_settings(text: str) -> RestSettings:
    """Returns the settings that the file's text holds.

    Raises:
        CompileError: It is no TOML, or holds what is no setting.
    """
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CompileError(f"{NAME}: {error}") from error
    unknown = sorted(found.keys() - {"exclude", "json"})
    if unknown:
        raise CompileError(f"{NAME}: no setting is called {', '.join(unknown)}")
    exclude = found.get("exclude", [])
    if not isinstance(exclude, list) or not all(isinstance(each, str) for each in exclude):
        raise CompileError(f'{NAME}: exclude is no list of names such as ["AuditLog"]')
    json = found.get("json", "string")
    if json not in _JSON:
        raise CompileError(f'{NAME}: json is neither "string" nor "value"')
    return RestSettings(frozenset(exclude), json == "value")
