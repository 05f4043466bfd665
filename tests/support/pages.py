"""The commands that the project's pages show, in their order."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from tests.support.todo import PROJECT

PAGES = (
    "README.md",
    "account_b/README.md",
    "account_b/amplify/README.md",
    *sorted(str(each.relative_to(PROJECT)) for each in (PROJECT / "docs").rglob("*.md")),
)
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SHELL = ("", "sh")
# What stands in pictures, and in no command.
_PICTURED = ("⇒", "▶")


def commands_of(page: str) -> list[str]:
    """Returns a page's commands, each as it would be pasted."""
    text = (PROJECT / Path(page)).read_text(encoding="utf-8")
    blocks = (dedent(block) for language, block in _BLOCK.findall(text) if language in _SHELL)
    return [
        command
        for block in blocks
        if not any(mark in block for mark in _PICTURED)
        for command in _commands(block)
    ]


def _commands(block: str) -> Iterator[str]:
    command = ""
    for line in block.splitlines(keepends=True):
        command += line
        if command.strip() and not command.endswith("\\\n") and _is_whole(command):
            yield command.strip()
            command = ""
    assert not command.strip(), f"no whole command: {command}"


def _is_whole(command: str) -> bool:
    """Whether no quotation is left open."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True
