"""`python -m bridge sandbox` as a user starts and stops it."""

import errno
import json
import signal
import socket
import stat
from pathlib import Path

import pytest

from bridge.__main__ import main
from tests.support.ports import HOST, reserved_port
from tests.support.sandbox import copy_project, sandbox_process

# Far more than a stop takes.
STOP_SECONDS = 60
READ = '{ getTodo(id: "1") { id } }'


def start(folder: Path, *arguments: str) -> int:
    """Returns the exit code of a sandbox that cannot start."""
    return main(["sandbox", "--state", str(folder / "state"), *arguments])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(tmp_path: Path, number):
    """Exit code 0, and nobody listens at its port any more."""
    with reserved_port() as port, sandbox_process(tmp_path, port=port) as (sandbox, process):
        assert sandbox.graphql(READ).status_code == 200
        process.send_signal(number)
        assert process.wait(STOP_SECONDS) == 0
        with socket.socket() as probe:
            assert probe.connect_ex((HOST, port)) == errno.ECONNREFUSED


def test_it_listens_on_one_loopback_address_alone(tmp_path: Path):
    """Nobody else on the network reaches account B: not even another loopback address does."""
    with sandbox_process(tmp_path) as (sandbox, _):
        port = int(sandbox.url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port), 5).close()
        with pytest.raises(OSError, match=r"refused|assign|unreachable"):
            socket.create_connection(("127.0.0.2", port), 5)


def test_the_source_credentials_are_for_their_owners_eyes(tmp_path: Path):
    """In the SDKs' file format, in a folder and a file that only the owner can read."""
    with sandbox_process(tmp_path) as (sandbox, _):
        file = sandbox.state / "credentials"
        assert file.read_text().startswith("[default]\naws_access_key_id = ASIA")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(sandbox.state.stat().st_mode) == 0o700


def test_a_taken_port_is_one_clear_line(tmp_path: Path, capsys):
    """And exit code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert start(tmp_path, "--port", str(port)) == 1
    assert capsys.readouterr().err == f"sandbox: port {port} is not free: Address already in use\n"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"colour": "red"}, "unknown setting colour"),
        ({"admin_rule": "regex"}, "'regex' is not a valid AdminRule"),
        ({"principals": [{"arn": "x"}]}, "misses 'access_key_id'"),
        ({"faults": [{"kind": "flood"}]}, "kind must be one of"),
        ({"sts_active": "no"}, "sts_active must be true or false"),
        ({"default_authorization": "IAM"}, "default_authorization must be one of AWS_IAM, API_KEY"),
    ],
)
def test_settings_that_make_no_sense_are_one_clear_line(tmp_path: Path, capsys, settings, told):
    """The line names the file and the fault; exit code 1."""
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    assert start(tmp_path, "--port", "0", "--settings", str(file)) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"sandbox: {file}: ")
    assert told in error
    assert error.count("\n") == 1


def test_a_file_that_is_broken_at_the_start_is_named(tmp_path: Path, capsys):
    """Nothing is served from half a project."""
    root = copy_project(tmp_path)
    (root / "account_b" / "template.yaml").unlink()
    assert start(tmp_path, "--port", "0", "--root", str(root)) == 1
    assert capsys.readouterr().err == (
        f"sandbox: {root}/account_b/template.yaml: No such file or directory\n"
    )
