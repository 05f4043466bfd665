"""The boundary that every command ends in: one line, the right exit code, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from bridge.__main__ import COMMANDS, main
from tests.support.sandbox import copy_project
from tests.support.todo import PROJECT

NOT_UTF8 = b"type A { \xff"


def refusal(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str]:
    """Returns a command's exit code and the one line that it leaves on standard error."""
    code = main(list(command))
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert "Traceback" not in error
    return code, error


@pytest.mark.parametrize(
    ("file", "content", "command", "code", "told"),
    [
        ("account_b/built-schema.graphql", NOT_UTF8, "compile", 1, "save the file as UTF-8"),
        ("account_b/template.yaml", NOT_UTF8, "compile", 1, "not UTF-8"),
        (".chalice/config.json", b"[]", "compile", 1, "must hold a JSON object"),
        (".chalice/config.json", b"{", "doctor", 2, "malformed JSON"),
        (
            ".chalice/config.json",
            b'{"app_name": "a", "stages": {"dev": null}}',
            "compile",
            1,
            "stage dev must be an object",
        ),
        (
            ".chalice/config.json",
            b'{"app_name": "a", "stages": {"dev": {"environment_variables": {"REGION": 1}}}}',
            "compile",
            1,
            "environment_variables of stage dev must be texts",
        ),
        ("chalicelib/contract/contract.json", b"{}", "doctor", 2, "bridge compile"),
    ],
)
def test_a_malformed_file_is_one_line_that_names_it(
    tmp_path: Path, capsys, file, content, command, code, told
):
    """Whatever it holds, and whoever reads it; "could not" is 2 where 1 means something else."""
    root = copy_project(tmp_path)
    (root / file).write_bytes(content)
    found, error = refusal(capsys, command, "--root", str(root))
    assert found == code
    assert error.startswith(f"{command}: {root / file}: ")
    assert told in error


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path, capsys):
    """The folder of --html is missing; the exit code is that of what could not be seen."""
    root = copy_project(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "credentials").write_text(
        "[default]\naws_access_key_id=a\naws_secret_access_key=b\naws_session_token=c\n"
    )
    html = tmp_path / "nowhere" / "report.html"
    places = ("--root", str(root), "--state", str(tmp_path / "state"))
    code, error = refusal(capsys, "doctor", *places, "--html", str(html))
    assert code == 2
    assert error == f"doctor: {html}: No such file or directory\n"


@pytest.mark.parametrize("text", ["65536", "-1", "x", "٣", ""])
@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_a_port_out_of_range_is_refused_in_one_line(capsys, option, text):
    """With the option's name and the range, before anything is started."""
    with pytest.raises(SystemExit) as ended:
        main(["run", f"{option}={text}"])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.count("\n") == 1
    assert option in error
    assert "a number from 0 to 65535" in error


def test_a_missing_folder_of_an_account_b_is_named(capsys):
    """Whoever mistypes it learns which."""
    code, error = refusal(capsys, "compile", "--account-b", "nowhere")
    assert (code, error) == (1, "compile: --account-b nowhere: there is no such folder\n")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_names_each_option_with_its_default(capsys, name):
    """Where a default says something, it is shown."""
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "(default: None)" not in text
    assert "(default: False)" not in text
    if name == "run":
        assert "(default: 8000)" in text
        assert "(default: 8100)" in text


def test_a_closed_pipe_is_silent():
    """`bridge evaluate … | head -0`: no complaint, neither ours nor Python's at its end."""
    command = [sys.executable, "-m", "bridge", "evaluate", "tests/data/iam/cases.json"]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_console_command_says_its_version():
    """`bridge` is installed beside Python, and runs the code where it lies."""
    command = [str(Path(sys.executable).with_name("bridge")), "--version"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    name, version = done.stdout.split()
    assert name == "bridge"
    assert [part.isdigit() for part in version.split(".")] == [True, True, True]


def test_what_is_nobodys_but_ours_is_one_line_too(monkeypatch, capsys):
    """A fault in a command names its place, under an exit code that nothing else has."""

    def fail(_arguments):
        raise LookupError("three\nlines\nof text")

    monkeypatch.setattr("bridge.iam.command.run", fail)
    code, error = refusal(capsys, "evaluate", "cases.json")
    assert code == 70
    assert "a fault of bridge's own: LookupError at test_commands.py:" in error
    assert "three lines of text" in error


def test_make_alone_is_help_and_clean_keeps_data():
    """Nothing is run by accident, and no data is lost by cleaning up."""
    helped = subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, check=True)
    for target in ("run", "test", "check", "clean", "reset"):
        assert any(line.startswith(f"{target} ") for line in helped.stdout.splitlines())
    removed = {
        target: subprocess.run(
            ["make", "--dry-run", target], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout
        for target in ("clean", "reset")
    }
    assert ".sandbox" not in removed["clean"]
    assert "rm -rf .sandbox" in removed["reset"]
