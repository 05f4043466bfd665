"""What a start imports, and what it leaves alone."""

import subprocess
import sys

from tests.support.todo import PROJECT


def run(code: str) -> tuple[str, str]:
    """Returns what a new process writes, for which warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", code]
    made = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return made.stdout, made.stderr


def test_a_start_imports_no_guesser_of_charsets_and_warns_of_nothing():
    """The package requests is there, without it."""
    code = "import sys, app; print('requests' in sys.modules, 'charset_normalizer' in sys.modules)"
    assert run(code) == ("True False\n", "")


def test_who_wants_the_guesser_still_gets_it():
    """It was only kept from requests."""
    assert run("import app, charset_normalizer; print(charset_normalizer.__name__)") == (
        "charset_normalizer\n",
        "",
    )


def test_requests_that_is_there_already_stays_as_it_is():
    """Whoever imported it first has its guesser."""
    code = "import requests, app; print(requests.compat.chardet.__name__)"
    assert run(code) == ("charset_normalizer\n", "")


def test_garbage_is_collected_once_the_start_is_over():
    """It is not while app.py is imported, since what that makes stays."""
    assert run("import gc, app; print(gc.isenabled())") == ("True\n", "")
