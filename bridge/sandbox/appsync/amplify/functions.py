"""The stand-ins of account B's Lambda functions: plain Python in `sandbox/functions.py`.

Source: Amplify's documentation of @function, for the event; aws-appsync-community#209 and
aws-amplify/amplify-cli#9378, for what becomes of an exception.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from bridge.files import FileFault, read_text
from bridge.sandbox.appsync.messages import ResolverError
from bridge.sandbox.files import Watched

Handler: TypeAlias = Callable[[Any, Any], Any]


class Functions:
    """The functions of a file, read again when it was edited."""

    def __init__(self, path: Path | None) -> None:
        """Names the file; None where there is none."""
        self._path = path
        self._watched = Watched((path,), lambda _: _load(path)) if path else None

    def has(self, field: str) -> bool:
        """Returns whether somebody wrote a function of this name."""
        return field in self._handlers()

    def call(
        self, place: tuple[str, str], arguments: Mapping[str, Any], event: Mapping[str, Any]
    ) -> Any:
        """Returns what the function of a field returns.

        Args:
            place: The field, as (type, name): its function has the field's name.
            arguments: The field's.
            event: What Amplify's resolver tells a function.

        Raises:
            ResolverError: The function raised an exception, or nobody wrote it.
        """
        field = place[1]
        handler = self._handlers().get(field)
        if handler is None:
            raise ResolverError(
                "SandboxUnsupported",
                f"The sandbox resolves {'.'.join(place)} by a function that stands in for"
                f" Lambda's: write `def {field}(arguments, event):` in"
                f" {self._path or 'sandbox/functions.py'}.",
            )
        # A function gets and gives JSON: what it changes is its own.
        sent = json.loads(json.dumps({"arguments": arguments, "event": event}))
        try:
            return json.loads(json.dumps(handler(sent["arguments"], sent["event"])))
        except (Exception, SystemExit) as error:  # the function's own, whatever it is
            raise ResolverError("Lambda:Unhandled", str(error)) from error

    def _handlers(self) -> Mapping[str, Handler]:
        if self._watched is None or self._path is None or not self._path.exists():
            return {}
        return self._watched.value()


def _load(path: Path) -> Mapping[str, Handler]:
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(read_text(path), path, "exec"), names)  # noqa: S102 - it is there to be run
    except FileFault:
        raise
    except (Exception, SystemExit) as error:  # of the file's own code
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        raise FileFault(path, f"{place}{type(error).__name__}: {error}") from error
    return {name: value for name, value in names.items() if callable(value)}
