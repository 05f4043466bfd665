"""The places in the doctor's source that prescribe something, and which a report is from."""

import ast
import importlib
import inspect
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import bridge.doctor
from bridge.doctor.findings import Remedy

_ROOT = Path(bridge.doctor.__file__).parent
_MODULE = "of the module"
# A remedy as it stands in a report; `then` is filled in later.
Prescribed = tuple[str, str, str]


@cache
def sites() -> Mapping[str, tuple[Path, range]]:
    """Returns the lines of each `Remedy(…)` of the doctor's source, by names that stay.

    A name is file, function and, where a function has several, the number among them.
    """
    found: dict[str, list[tuple[Path, range]]] = {}
    for path in sorted(_ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        for function, lines in _calls(ast.parse(path.read_text()), _MODULE):
            found.setdefault(f"{name}: {function}", []).append((path, lines))
    return {
        name if len(places) == 1 else f"{name} {number}": place
        for name, places in found.items()
        for number, place in enumerate(places, start=1)
    }


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, range]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call) and getattr(child.func, "id", "") == "Remedy":
            yield inner, range(child.lineno, (child.end_lineno or child.lineno) + 1)
        yield from _calls(child, inner)


class Prescriptions:
    """Which place each remedy of a test was made at."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Watches remedies while the test runs; those of modules were made when they loaded."""
        self._sites = sites()
        self._made: dict[Prescribed, str] = {}
        for name in self._sites:
            module, _, function = name.partition(": ")
            if function.startswith(_MODULE):
                for value in vars(importlib.import_module(f"bridge.doctor.{module}")).values():
                    if isinstance(value, Remedy):
                        self._made[_key(vars(value))] = name
        plain = Remedy.__init__

        def watched(remedy: Remedy, *values: Any, **named: Any) -> None:
            plain(remedy, *values, **named)
            frame = inspect.currentframe()
            if site := self._site(frame.f_back if frame else None):
                self._made[_key(vars(remedy))] = site

        patch.setattr(Remedy, "__init__", watched)

    def of(self, remedy: Mapping[str, Any]) -> str:
        """Returns the place that a report's remedy is from."""
        return self._made[_key(remedy)]

    def _site(self, frame: FrameType | None) -> str | None:
        if frame is None:
            return None
        file, line = Path(frame.f_code.co_filename), frame.f_lineno
        within = {
            name: lines
            for name, (path, lines) in self._sites.items()
            if path == file and line in lines
        }
        # The innermost, should one stand within another.
        return min(within, key=lambda name: len(within[name]), default=None)


def _key(remedy: Mapping[str, Any]) -> Prescribed:
    edits = [each if isinstance(each, dict) else vars(each) for each in remedy["edits"]]
    return remedy["action"], json.dumps(edits), json.dumps(list(remedy["commands"]))
