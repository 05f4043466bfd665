"""schemathesis against the whole system, from the document that it serves.

What is excepted, and why, stands in schemathesis.toml.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, whole_system
from tests.support.todo import PROJECT

# Thirty times what the short form takes of a processor: a busy machine is no hang.
HANGS_SECONDS = 240
PROGRAM = Path(sys.executable).with_name("schemathesis")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Yields the whole system, which all tests of this file share."""
    with whole_system(copy_runnable(tmp_path_factory.mktemp("system") / "project")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Yields the whole system with the shop: keys of several fields, nested values."""
    project = copy_runnable(tmp_path_factory.mktemp("shop") / "project")
    with whole_system(project, more=("--account-b", "examples/shop")) as running:
        yield running


def _finds_nothing(system: WholeSystem, *arguments: str, least: int, seconds: int) -> None:
    """Asserts that every request passes, and that there were at least so many."""
    run = subprocess.run(
        [str(PROGRAM), "run", f"{system.url}/openapi.json", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    counts = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert counts is not None, run.stdout
    assert int(counts[1]) == int(counts[2]) >= least


def test_the_short_form_finds_nothing(system):
    """Examples, each parameter's boundaries, and sequences of calls are answered as documented."""
    phases = ("--phases", "examples,coverage,stateful", "--seed", "1", "--max-examples", "5")
    _finds_nothing(system, *phases, least=400, seconds=HANGS_SECONDS)


@pytest.mark.slow
def test_the_long_form_finds_nothing(system):
    """All phases on all operations, with other random data in each run."""
    _finds_nothing(system, "--max-examples", "300", least=5000, seconds=3600)


def test_the_short_form_finds_nothing_in_the_shop(shop):
    """Examples of all operations, and sequences of calls through them."""
    phases = ("--phases", "examples,stateful", "--seed", "1", "--max-examples", "2")
    _finds_nothing(shop, *phases, least=150, seconds=100)


def test_keys_of_several_fields_are_answered_as_documented(shop):
    """Each boundary of a stock level's path and bodies: its key has three fields, one a number."""
    level = ("--include-path", "/stock-levels/{warehouse}/{sku}/{lot}")
    _finds_nothing(shop, "--phases", "coverage", "--seed", "1", *level, least=150, seconds=100)


@pytest.mark.slow
def test_the_long_form_finds_nothing_in_the_shop(shop):
    """All phases on all operations, with other random data in each run."""
    _finds_nothing(shop, "--max-examples", "30", least=10_000, seconds=3600)
