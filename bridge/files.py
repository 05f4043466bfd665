"""Text files as their users left them: read whole, or refused in a line that names the file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.errors import KnownError


class FileFault(KnownError):
    """A file is missing, unreadable or malformed; the message names it and the fault."""

    def __init__(self, path: Path, fault: object) -> None:
        super().__init__(f"{path}: {fault}")
        self.path = path
        self.fault = str(fault)


def read_text(path: Path) -> str:
    """Returns the file's text.

    Raises:
        FileFault: It is missing or unreadable.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileFault(path, error.strerror) from error
    except ValueError as error:  # no UTF-8, or a path with a NUL in it
        raise FileFault(path, "not UTF-8") from error


def read_object(path: Path) -> Mapping[str, Any]:
    """Returns the JSON object that the file holds.

    Raises:
        FileFault: It is missing, unreadable, no JSON or no object.
    """
    found = read_json(path)
    if not isinstance(found, dict):
        raise FileFault(path, "must hold a JSON object")
    return found


def read_json(path: Path) -> Any:
    """Returns the JSON value that the file holds.

    Raises:
        FileFault: It is missing, unreadable or no JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except ValueError as error:
        raise FileFault(path, f"malformed JSON: {error}") from error
    except RecursionError as error:
        raise FileFault(path, "malformed JSON: nested too deeply") from error


def write_text(path: Path, text: str) -> None:
    """Writes the file's text, as UTF-8.

    Raises:
        FileFault: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileFault(path, error.strerror) from error
    except ValueError as error:  # a NUL in the path, half a character in the text
        raise FileFault(path, error) from error
