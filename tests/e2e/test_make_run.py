"""`python -m bridge run`, what `make run` starts, in a fresh copy of the project."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import IO

import pytest

from bridge.__main__ import CLOSED_PIPE
from bridge.project import CONTRACT, OPENAPI
from tests.e2e.conftest import ORIGIN, THEIRS
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import (
    STOP_SECONDS,
    Reply,
    curl,
    start,
    whole_system,
)
from tests.support.ports import HOST, reserved_port
from tests.support.schemas import MACHINE
from tests.support.waiting import wait_until

# At once, and how many each.
CLIENTS, REQUESTS = 8, 20
SHORT_LINE = re.compile(r"\d\d:\d\d:\d\d  GET    /(health|ready)  200  [\d.]+ ms(  \d to \w+)*\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Returns a fresh copy of the project."""
    return copy_runnable(tmp_path / "project")


def test_the_printed_curl_creates_a_todo_and_every_verb_goes_on_from_there(todo):
    """POST gives 201 with Location and ETag; GET, PATCH and DELETE find what it made.

    A chunked body, which `chalice local` does not read, gets an answer that says so.
    """
    created = curl(*todo.printed_curl[1:])
    assert created.status == 201
    assert created.json()["name"] == "milk"
    assert created.headers["ETag"] == f'"{created.json()["updatedAt"]}"'
    location = f"{todo.url}{created.headers['Location']}"

    assert curl(location).json() == created.json()
    assert curl(f"{todo.url}/todos").json() == {"items": [created.json()]}

    merge_patch = ("-X", "PATCH", "-H", "content-type: application/merge-patch+json")
    if_match = ("-H", f"If-Match: {created.headers['ETag']}")
    patched = curl(*merge_patch, *if_match, "-d", '{"done": true}', location)
    assert patched.status == 200
    assert patched.json()["done"] is True
    assert curl(*merge_patch, *if_match, "-d", '{"done": false}', location).status == 412

    chunked = (*todo.printed_curl[1:], "-H", "transfer-encoding: chunked")
    refused = curl(*chunked)
    assert refused.status == 400
    assert [each["header"] for each in refused.json()["errors"]] == ["transfer-encoding"]
    assert curl(f"{todo.url}/todos").json() == {"items": [patched.json()]}

    deleted = curl("-X", "DELETE", location)
    assert (deleted.status, deleted.body) == (204, "")
    assert curl(location).status == 404


def test_the_first_page_of_both_ports_says_where_things_are(todo):
    """Each link leads somewhere, the curl is the greeting's, and the other port leads there."""
    page = curl(f"{todo.url}/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    places = re.findall(r'href="([^"]+)"', page.body)
    assert {f"{todo.sandbox_url}/docs", f"{todo.sandbox_url}/console"} < set(places)
    assert f"{todo.url}/openapi.json" in places
    reached = [curl("--location", place) for place in places]
    assert [each.status for each in reached][2:] == [200, 200]
    assert all("<html" in each.body for each in reached[:2])
    (printed,) = re.findall("<pre>(.*)</pre>", page.body)
    assert shlex.split(unescape(printed)) == todo.printed_curl
    there = curl(f"{todo.sandbox_url}/")
    assert (there.status, there.headers["Location"]) == (307, f"{todo.url}/")
    asked = curl(f"{todo.sandbox_url}/?Action=GetCallerIdentity")
    assert (asked.status, asked.headers["Content-Type"]) == (403, "text/xml")


def test_the_local_stages_origins_stand_beside_those_of_the_docs(todo):
    """CORS_ALLOW_ORIGINS in the local stage does not take the page's place, nor the other way."""
    own = todo.sandbox_url.replace(HOST, "localhost")
    asked = (ORIGIN, todo.sandbox_url, own, "https://b.example")
    allowed = [
        curl("-H", f"Origin: {each}", f"{todo.url}/todos").headers["Access-Control-Allow-Origin"]
        for each in asked
    ]
    assert allowed == [*asked[:3], None]
    wait_until(lambda: "refused origin https://b.example" in todo.reader.so_far())


def test_ctrl_c_leaves_nobody_behind_and_the_item_survives_it(project):
    """The output, which every process holds open, ends; nobody listens; a restart reads it."""
    with whole_system(project) as system:
        created = curl(*system.printed_curl[1:])
        rest = system.interrupt()
        assert rest.rstrip().endswith("stopped")
        assert system.process.wait(STOP_SECONDS) == 0
        for url in (system.url, system.sandbox_url):
            with socket.socket() as probe:
                assert probe.connect_ex((HOST, int(url.rpartition(":")[2]))) != 0
    with whole_system(project) as system:
        read = curl(f"{system.url}{created.headers['Location']}")
    assert (read.status, read.json()) == (200, created.json())


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_a_clear_message(project, name):
    """It names the port and the variable that chooses another one; nothing is started."""
    with reserved_port() as free, socket.create_server((HOST, 0)) as server:
        taken = server.getsockname()[1]
        ports = (taken, free) if name == "PORT" else (free, taken)
        with start(project, *ports) as process:
            output, _ = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 1
    assert output == f"run: port {taken} is taken; choose another one: make run {name}=…\n"


def test_one_port_cannot_serve_both_accounts(project):
    """Equal ports are refused before anything is started."""
    with reserved_port() as port, start(project, port, port) as process:
        output, _ = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 1
    assert output == f"run: PORT and SANDBOX_PORT are both {port}; they must differ\n"


@pytest.mark.parametrize(
    ("file", "part", "code"),
    [("account_b/sandbox/parameters.json", "the sandbox", 1), ("app.py", "chalice local", 2)],
)
def test_a_part_that_ends_ends_the_whole(project, file, part, code):
    """The message names the part that could not start, and the other one does not stay behind."""
    (project / file).write_text("{")
    with (
        reserved_port() as port,
        reserved_port() as sandbox_port,
        start(project, port, sandbox_port) as process,
    ):
        output, _ = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 1
    assert output.splitlines()[-1] == f"run: {part} ended with exit code {code}"


def test_requests_at_once_are_each_shown_and_a_closed_output_ends_the_whole(project):
    """No line runs into another one; what nobody reads does not stand still once a pipe is full."""
    with (
        reserved_port() as port,
        reserved_port() as sandbox_port,
        start(project, port, sandbox_port) as process,
    ):
        try:
            assert process.stdout is not None
            while "Ctrl-C stops both" not in process.stdout.readline():
                assert process.poll() is None
            url = f"http://{HOST}:{port}/health"
            many = f"{url}#[1-{REQUESTS}]"
            with ThreadPoolExecutor(CLIENTS) as pool:
                replies = list(pool.map(curl, ["--fail-early"] * CLIENTS, [many] * CLIENTS))
            assert [reply.status for reply in replies] == [200] * CLIENTS
            shown = [line for line in _lines(process.stdout, CLIENTS * REQUESTS) if line.strip()]
            assert [line for line in shown if not SHORT_LINE.match(line)] == []
            process.stdout.close()
            # Its line in the log ends the system, which may be before its reply is whole.
            with socket.create_connection((HOST, port)) as last:
                last.sendall(f"GET /health HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                assert process.wait(STOP_SECONDS) == CLOSED_PIPE
        finally:
            process.terminate()


def _lines(output: IO[str], healths: int) -> Iterator[str]:
    """Returns the lines up to the one in which so many are told of requests of /health."""
    while healths > 0:
        line = output.readline()
        healths -= line.count("/health")
        yield line


def test_both_walls_are_said_and_an_edit_takes_each_away(project):
    """It starts and names /ready; the same curl meets wall 1, then wall 2, and then gets 201."""
    trust = _replace(
        project / "account_b/template.yaml", "Action: sts:AssumeRole", "Action: sts:TagSession"
    )
    listed = _replace(project / "account_b/amplify/custom-roles.json", '"TodoCrossAccountRole"', "")
    with whole_system(project) as system:
        assert f"a link of the chain is broken: {system.url}/ready says which" in system.greeting
        assert curl(f"{system.url}/ready").status == 503

        def post() -> Reply:
            return curl(*system.printed_curl[1:])

        _meets(post(), "assume-role-denied")
        trust()
        # The refusal by STS is remembered for a second.
        wait_until(lambda: "assume-role-denied" not in post().body)
        _meets(post(), "field-unauthorized")
        listed()
        assert post().status == 201


def _replace(file: Path, old: str, new: str) -> Callable[[], object]:
    """Replaces a text, which must be there, in a file; returns what undoes it."""
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new))
    return lambda: file.write_text(before)


def _meets(refused: Reply, problem: str) -> None:
    assert refused.status == 502
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == f"urn:problem-type:appsync-rest:{problem}"
    assert "arn:" not in refused.body


def test_a_profile_and_a_proxy_of_the_users_do_not_get_in_the_way(todo):
    """AWS_PROFILE and a proxy are set, and the system still reaches its own account B."""
    environment = Path(f"/proc/{todo.process.pid}/environ").read_text().split("\0")
    assert {f"{name}={value}" for name, value in THEIRS.items()} <= set(environment)
    assert curl("--noproxy", "*", f"{todo.url}/ready").status == 200


def test_another_account_b_runs_beside_the_projects_own(project):
    """Its printed curl creates an item of its schema; what is checked in stays as it was."""
    other = project / "other"
    shutil.copytree(project / "account_b", other)
    (other / "built-schema.graphql").write_text(MACHINE)
    checked_in = [project / CONTRACT, project / OPENAPI, project / "account_b/template.yaml"]
    before = [file.read_bytes() for file in checked_in]
    with whole_system(project, more=("--account-b", "other")) as system:
        assert "compiled the role's policy into other/template.yaml" in system.greeting
        created = curl(*system.printed_curl[1:])
        assert created.status == 201, created.body
        assert created.headers["Location"].startswith("/machines/")
        assert curl(f"{system.url}/todos").status in {403, 404}
        port = system.sandbox_url.rpartition(":")[2]
        doctor = subprocess.run(
            [sys.executable, "-m", "bridge", "doctor", "--account-b", "other"],
            cwd=project,
            env={**os.environ, "SANDBOX_PORT": port},
            capture_output=True,
            text=True,
            check=False,
        )
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert [file.read_bytes() for file in checked_in] == before
    assert not (project / ".sandbox" / "store.sqlite3").exists()
