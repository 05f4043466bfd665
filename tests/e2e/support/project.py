"""Clean copies of the project: what git tracks and nothing that lies beside it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[3]
# What account A's owner deploys from.
DEPLOYED = ("app.py", "chalicelib", ".chalice", "requirements.txt")
PACKAGE_SECONDS = 120


@dataclass(frozen=True)
class Package:
    """What `chalice package` made.

    Attributes:
        archive: The function's code, deployment.zip.
        template: The SAM template, sam.json.
    """

    archive: Path
    template: Path


def copy_project(folder: Path, *paths: str) -> Path:
    """Returns the folder, with copies of the tracked files under these paths, or of all."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *paths],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, target)
    return folder


def package(folder: Path, stage: str) -> Package:
    """Returns what `chalice package` makes of a clean copy, in a new folder."""
    source, out = copy_project(folder / "source", *DEPLOYED), folder / "package"
    run = subprocess.run(
        [Path(sys.executable).with_name("chalice"), "package", "--stage", stage, str(out)],
        cwd=source,
        # The Region decides the partition and no more: the template names no Region.
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PACKAGE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return Package(out / "deployment.zip", out / "sam.json")
