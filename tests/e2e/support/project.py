"""Clean copies of the project: what git tracks and nothing that lies beside it."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from bridge.compiler.command import compile_project
from bridge.project import CONTRACT, OPENAPI, Project
from tests.support.todo import PROJECT, todo_project

# What a system runs from, and what the pages' commands read.
_RUN = (
    *("app.py", "bridge", "chalicelib", ".chalice", "account_b", "examples", "tests/data"),
    *("Makefile", ".ci", "pyproject.toml", "requirements*", "README.md", "docs"),
)
# What account A's owner deploys from.
DEPLOYED = ("app.py", "chalicelib", ".chalice", "requirements.txt")
# What `make package` needs beside it.
PACKAGED_BY = (".ci", "Makefile")
PACKAGE_SECONDS = 120
# Where chalice keeps what it fetched, by what requirements.txt says.
_FETCHED = ".chalice/deployments"


@dataclass(frozen=True)
class Package:
    """What `chalice package` made.

    Attributes:
        archive: The function's code, deployment.zip.
        template: The SAM template, sam.json.
    """

    archive: Path
    template: Path


def copy_runnable(folder: Path) -> Path:
    """Returns the folder, with copies of what runs, and of the bytecode that is there."""
    copy_project(folder, *_RUN)
    for source in folder.rglob("*.py"):
        compiled = Path(cache_from_source(str(source)))
        with suppress(FileNotFoundError):
            compiled.parent.mkdir(exist_ok=True)
            shutil.copyfile(PROJECT / compiled.relative_to(folder), compiled)
    return folder


def copy_project(folder: Path, *paths: str) -> Path:
    """Returns the folder, with copies of the tracked files under these paths, or of all.

    The API is Todo's, whatever the project holds.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *paths],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if not (PROJECT / name).exists():
            continue  # as Todo's source, which whoever has another schema takes away
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, target)
    if (folder / "account_b").exists():
        shutil.rmtree(folder / "account_b")
        shutil.copytree(todo_project() / "account_b", folder / "account_b")
    for name in ("chalicelib/contract", ".chalice"):
        if (folder / name).exists():
            shutil.copytree(todo_project() / name, folder / name, dirs_exist_ok=True)
    return folder


def pinned_requirements() -> dict[str, str]:
    """Returns what account A's function requires: each version of requirements.txt, by its name."""
    text = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def production_package(root: Path) -> Package:
    """Returns what `make package STAGE=prod` makes of a folder that holds what is deployed.

    Args:
        root: A copy of DEPLOYED and of PACKAGED_BY.
    """
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    run = subprocess.run(
        # The environment of the tests is the one that is installed already.
        ["make", "package", "STAGE=prod", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.installed"],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PACKAGE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    made = root / ".build/package/prod"
    return Package(made / "deployment.zip", made / "sam.yaml")


def package(folder: Path, stage: str) -> Package:
    """Returns what `chalice package` makes of a clean copy.

    Args:
        folder: Gets the copy and each stage's package. Of one copy chalice fetches the requirements
            once, so several stages may share a folder.
        stage: The stage's name.
    """
    source, out = folder / "source", folder / stage
    made = Package(out / "deployment.zip", out / "sam.json")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not source.exists():
            copy_project(source, *DEPLOYED)
        if not made.template.exists():
            _package(source, stage, out)
    return made


def shared_package(factory: pytest.TempPathFactory, stage: str) -> Package:
    """Returns a stage's package, which is made once for all tests of a run.

    Args:
        factory: Its folders of parallel workers lie side by side.
        stage: The stage's name.
    """
    return package(_shared(factory), stage)


def package_of(factory: pytest.TempPathFactory, stage: str, account_b: Path) -> Package:
    """Returns what `chalice package` makes for another account B.

    Args:
        factory: Of the run, whose requirements are fetched once.
        stage: The stage's name.
        account_b: A folder like account_b/.
    """
    folder = factory.mktemp("package")
    source = copy_fetched(factory, folder / "source")
    compiled = compile_project(Project.at(PROJECT, account_b))
    for path in (CONTRACT, OPENAPI):
        (source / path).write_text(compiled.files[path], encoding="utf-8")
    _package(source, stage, folder)
    return Package(folder / "deployment.zip", folder / "sam.json")


def copy_fetched(factory: pytest.TempPathFactory, folder: Path, *more: str) -> Path:
    """Returns the folder, with what is deployed, more, and the requirements as chalice keeps them.

    To fetch them takes more than all else that chalice does.
    """
    shared_package(factory, "prod")
    copy_project(folder, *DEPLOYED, *more)
    shutil.copytree(_shared(factory) / "source" / _FETCHED, folder / _FETCHED)
    return folder


def _shared(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"


def _package(source: Path, stage: str, out: Path) -> None:
    # The Region decides the partition and no more: the template names no Region. Python writes
    # bytecode where nobody has told it not to, which app.py does.
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(
        [Path(sys.executable).with_name("chalice"), "package", "--stage", stage, str(out)],
        cwd=source,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PACKAGE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout
