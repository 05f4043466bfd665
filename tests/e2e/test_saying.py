"""`.ci/saying`, by which the first `make` says what it does."""

import subprocess

import pytest

from tests.support.todo import PROJECT

SAYING = str(PROJECT / ".ci" / "saying")


def test_it_says_what_is_done_before_and_while_it_is_done() -> None:
    """The text at once, then a dot for each second, until the command ends."""
    with subprocess.Popen(
        [SAYING, "making tea", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        said = b""
        while not said.endswith(b"."):
            read = process.stdout.read(1)
            assert read, said
            said += read
        assert said == b"making tea ."
        process.stdin.close()
        assert process.stdout.read().strip(b".") == b"\n"
    assert process.returncode == 0


@pytest.mark.parametrize("code", [0, 1, 7])
def test_it_ends_as_the_command_ends(code: int) -> None:
    """So that make stops where an installation fails."""
    run = subprocess.run(
        [SAYING, "x", "sh", "-c", f"exit {code}"], capture_output=True, timeout=60, check=False
    )
    assert run.returncode == code
