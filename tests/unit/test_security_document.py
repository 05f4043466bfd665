"""docs/security.md: each threat has a test, and each test is there."""

import ast
import re
from pathlib import Path

import pytest

DOCUMENT = Path("docs/security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOCUMENT)
THREATS = [
    line
    for line in DOCUMENT.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| threat |"))
]


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_named_test_exists(file, test):
    """The file has a test of this name."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_threat_names_a_test():
    """No row of the tables has an empty last column."""
    assert len(THREATS) > 15
    for row in THREATS:
        assert re.search(r"`tests/[\w/]+\.py::test_\w+` ?[|,]", row), row
