"""docs/clients.md is done as it is written: three commands each, and what they print."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, whole_system
from tests.support.todo import PROJECT

pytestmark = pytest.mark.clients

PAGE = (PROJECT / "docs/clients.md").read_text("utf-8")
INSTALLED = PROJECT / ".build/clients"
URL = "http://127.0.0.1:8000"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[WholeSystem]:
    """Yields the whole system with an empty store."""
    with whole_system(copy_runnable(tmp_path / "project")) as running:
        yield running


@pytest.mark.parametrize("language", ["TypeScript", "Python"])
def test_the_three_commands_do_what_the_page_says(system, language):
    """The first installs, which `make clients` has done by the same versions; the others run."""
    section = re.search(rf"^## {language}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    commands, program = re.findall(r"```\w+\n(.*?)```", section[1], re.DOTALL)
    install, *others = commands.strip().split("\n")
    assert len(others) == 2
    name = re.findall(r"`(client\.\w+)`", section[1])[0]

    work = INSTALLED / "page" / language
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "package.json").write_text("{}")
    (work / name).write_text(program.replace(URL, system.url))
    path = f"{INSTALLED}/node_modules/.bin:{PROJECT}/.venv/bin:{os.environ['PATH']}"
    for command in others:
        run = subprocess.run(
            ["sh", "-ec", command.replace(URL, system.url)],
            cwd=work,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stdout
    assert run.stdout.splitlines() in (["milk 2", "200 true"], ["milk 2", "200 True"])
    for pinned in re.findall(r"(\S+?)@([\d.]+)", install):
        assert '"{}": "{}"'.format(*pinned) in (INSTALLED / "package.json").read_text()
    for package, version in re.findall(r"(\S+)==([\d.]+)", install):
        assert f"{package}=={version} " in (PROJECT / "requirements-dev.txt").read_text()
