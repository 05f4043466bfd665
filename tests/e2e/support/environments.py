"""Virtual environments that hold a few packages and nothing of the project's, kept under .build."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.todo import PROJECT

# Source: a report in terricain/aioboto3#381 of what Lambda's Python 3.12 and 3.13 runtimes held in
# August 2025. AWS gives no list: it depends on the runtime and the Region.
OLDER_BOTO3 = "1.38.36"
RUNTIME_CLIENT = "awslambdaric==4.2.2"
# The Makefile installs it beside this interpreter.
_UV = str(Path(sys.executable).with_name("uv"))
_INSTALL_SECONDS = 150


def newest_boto3() -> str:
    """Returns the version that requirements-dev.in pins."""
    lines = (PROJECT / "requirements-dev.in").read_text(encoding="utf-8").splitlines()
    (pinned,) = [line for line in lines if line.startswith("boto3==")]
    return pinned.removeprefix("boto3==")


BOTO3_VERSIONS = (OLDER_BOTO3, newest_boto3())


def lambda_python(boto3_version: str) -> Path:
    """Returns the interpreter of an environment with AWS's runtime client and this boto3 alone."""
    return environment(RUNTIME_CLIENT, f"boto3=={boto3_version}")


def environment(*requirements: str) -> Path:
    """Returns the interpreter of an environment with these packages, made if it is missing.

    Several test processes may ask at once: one makes it, the others wait for the lock.
    """
    key = "\n".join((sys.version, *requirements)).encode()
    folder = PROJECT / ".build" / f"venv-{hashlib.sha256(key).hexdigest()[:16]}"
    folder.parent.mkdir(exist_ok=True)
    complete = folder / ".complete"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
            _install(str(folder / "bin" / "python"), *requirements)
            complete.touch()
    return folder / "bin" / "python"


def _install(python: str, *requirements: str) -> None:
    """Installs as the Makefile does: by uv, and where it cannot, by pip."""
    try:
        _run(_UV, "pip", "install", "--python", python, *requirements)
    except RuntimeError:
        _run(sys.executable, "-m", "pip", "--python", python, "install", *requirements)


def _run(*command: str) -> None:
    run = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    if run.returncode != 0:
        raise RuntimeError(run.stdout)
