"""schemathesis against the whole system, from the document that it serves.

What is excepted, and why, stands in schemathesis.toml.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.support.whole_system import WholeSystem
from tests.support.todo import PROJECT

# Twenty times what a short form takes of a processor: a busy machine is no hang.
HANGS_SECONDS = 240
PROGRAM = Path(sys.executable).with_name("schemathesis")
CONFIG = PROJECT / "schemathesis.toml"
# The warnings are for a person who reads the report; to gather them takes as much as to ask.
SHORT = ("--seed", "1", "--warnings", "off")
# One run for all phases: the program's start costs as much as hundreds of requests.
COVERAGE_OF_A_STOCK_LEVEL = """
[[operations]]
exclude-path = "/stock-levels/{warehouse}/{sku}/{lot}"
phases.coverage.enabled = false
"""


def _finds_nothing(
    system: WholeSystem, *arguments: str, least: int, seconds: int, config: Path = CONFIG
) -> None:
    """Asserts that every request passes, and that there were at least so many."""
    command = [str(PROGRAM), "--config-file", str(config), "run", f"{system.url}/openapi.json"]
    run = subprocess.run(
        [*command, *arguments],
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


def test_the_short_form_finds_nothing(todo):
    """Examples, each parameter's boundaries, and sequences of calls are answered as documented."""
    phases = ("--phases", "examples,coverage,stateful", "--max-examples", "5")
    _finds_nothing(todo, *phases, *SHORT, least=400, seconds=HANGS_SECONDS)


@pytest.mark.slow
def test_the_long_form_finds_nothing(todo):
    """All phases on all operations, with other random data in each run."""
    _finds_nothing(todo, "--max-examples", "300", least=5000, seconds=3600)


def test_the_short_form_finds_nothing_in_the_shop(shop, tmp_path):
    """Examples of all operations; sequences of calls through them are the long form's.

    Of a stock level also each boundary of its path and bodies: its key has three fields, one a
    number.
    """
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.read_text() + COVERAGE_OF_A_STOCK_LEVEL)
    phases = ("--phases", "examples,coverage")
    _finds_nothing(shop, *phases, *SHORT, least=600, seconds=HANGS_SECONDS, config=config)


@pytest.mark.slow
def test_the_long_form_finds_nothing_in_the_shop(shop):
    """All phases on all operations, with other random data in each run."""
    _finds_nothing(shop, "--max-examples", "30", least=10_000, seconds=3600)
