"""Every command over damaged inputs: its own exit codes, at most one line, never a traceback."""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.run import RunError
from chalicelib import bootstrap
from tests.integration.mutating import damage_one
from tests.support.sandbox import RunningSandbox, sandbox_in_thread
from tests.support.todo import PROJECT, todo_project

CONFIG = ".chalice/config.json"
SCHEMA = "account_b/built-schema.graphql"
TEMPLATE = "account_b/template.yaml"
PARAMETERS = "account_b/sandbox/parameters.json"
CUSTOM_ROLES = "account_b/amplify/custom-roles.json"
CONTRACT = "chalicelib/contract/contract.json"
POLICY = ".chalice/policy-local.json"
PULLED, CASES = "pulled.graphql", "cases.json"
RECORDING, IDENTITIES = "transcript.jsonl", "identities.json"
SHORT, LONG = 12, 223  # of each of twelve commands: 2,676

# For each command: what it is given, and the files of which one is damaged.
COMMANDS: dict[str, tuple[Callable[[Path], list[str]], list[str]]] = {
    "compile": (lambda root: ["compile", "--root", str(root)], [CONFIG, SCHEMA, TEMPLATE]),
    "coverage": (lambda root: ["coverage", str(root / SCHEMA)], [SCHEMA]),
    "explain": (
        lambda root: ["explain", "--root", str(root), "GET /todos?done=true"],
        [SCHEMA],
    ),
    "explain of another account B": (
        lambda root: [
            "explain",
            *("--root", str(root), "--account-b", str(root / "other")),
            *("PATCH /todos/1", "--body", '{"done": true}'),
        ],
        [SCHEMA.replace("account_b", "other")],
    ),
    "pull": (
        lambda root: ["pull", "--root", str(root), str(root / PULLED)],
        [PULLED, CONFIG, SCHEMA, TEMPLATE, CONTRACT],
    ),
    "configure": (
        lambda root: [
            "configure",
            *("--root", str(root), "--stage", "prod", "--region", "us-east-1"),
            *("--role-arn", "arn:aws:iam::333333333333:role/Caller"),
            *("--appsync-url", f"https://{'a' * 26}.appsync-api.us-east-1.amazonaws.com/graphql"),
        ],
        [CONFIG],
    ),
    "evaluate": (lambda root: ["evaluate", str(root / CASES)], [CASES]),
    "replay": (
        lambda root: ["replay", "--root", str(root), str(root / RECORDING)],
        [RECORDING, IDENTITIES],
    ),
    "doctor": (
        lambda root: ["doctor", "--root", str(root), "--state", str(root / "state"), "--json"],
        [CONFIG, POLICY, TEMPLATE, PARAMETERS, CUSTOM_ROLES, CONTRACT, "state/credentials"],
    ),
    "doctor as the owner": (
        lambda root: [
            *("doctor", "--as-owner", "--root", str(root), "--state", str(root / "state")),
        ],
        [CONFIG, TEMPLATE, PARAMETERS, CUSTOM_ROLES, CONTRACT, "state/owner-credentials"],
    ),
    "doctor of another account B": (
        lambda root: [
            "doctor",
            *("--root", str(root), "--state", str(root / "state")),
            *("--account-b", str(root / "other"), "--html", str(root / "report.html")),
        ],
        [path.replace("account_b", "other") for path in (TEMPLATE, PARAMETERS, SCHEMA)],
    ),
    "run": (
        lambda root: [
            "run",
            *("--root", str(root), "--account-b", str(root / "other")),
            *("--state", str(root / "state"), "--port", "1", "--sandbox-port", "2"),
        ],
        [CONFIG, *(path.replace("account_b", "other") for path in (TEMPLATE, SCHEMA))],
    ),
}


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """Yields a sandbox that is well, to which the variables lead; only what reads it is damaged."""
    with sandbox_in_thread(tmp_path / "well") as running:
        source = running.source_credentials
        for name, value in {
            "AWS_ACCESS_KEY_ID": source.access_key_id,
            "AWS_SECRET_ACCESS_KEY": source.secret_access_key,
            "AWS_SESSION_TOKEN": source.session_token,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_STS": running.url,
            "APPSYNC_URL": running.graphql_url,
        }.items():
            monkeypatch.setenv(name, value)
        yield running


def whole(folder: Path, state: Path) -> Path:
    """Returns a project with every input that the commands take, undamaged."""
    root = folder / "root"
    shutil.copytree(todo_project(), root)
    shutil.copytree(root / "account_b", root / "other")
    shutil.copyfile(root / SCHEMA, root / PULLED)
    shutil.copyfile(PROJECT / "tests/data/iam/cases.json", root / CASES)
    recorded = PROJECT / "tests/data/amplify"
    shutil.copyfile(recorded / IDENTITIES, root / IDENTITIES)
    lines = (recorded / RECORDING).read_text().splitlines(keepends=True)
    (root / RECORDING).write_text("".join(lines[:5]))
    shutil.copytree(PROJECT / "chalicelib/gateway", root / "chalicelib/gateway")
    shutil.copyfile(PROJECT / "app.py", root / "app.py")
    shutil.copytree(state, root / "state")
    return root


def refusing(*_arguments: object, **_named: object) -> None:
    """Stands where processes are started: what comes before that is what reads the inputs."""
    raise RunError("nothing is started here")


def damaged(
    command: str, count: int, sandbox: RunningSandbox, tmp_path: Path, monkeypatch, capsys
) -> set[int]:
    """Returns the exit codes over so many damaged inputs, each held to what a command may do."""

    @contextmanager
    def no_sandbox(*_arguments: object) -> Iterator[None]:
        raise RunError("nothing is started here")
        yield

    monkeypatch.setattr("bridge.run._process", refusing)
    monkeypatch.setattr("bridge.run._check_ports", lambda _arguments: None)
    monkeypatch.setattr("bridge.sandbox.replay.command.running", no_sandbox)
    words, files = COMMANDS[command]
    codes = set()
    for seed in range(count):
        folder = tmp_path / str(seed)
        folder.mkdir()
        root = whole(folder, sandbox.state)
        done = damage_one(random.Random(f"{command} {seed}"), root, files)
        bootstrap.chain.cache_clear()
        capsys.readouterr()
        code = main(words(root))
        said = capsys.readouterr()
        told = f"{command}, seed {seed}, {done}: {code}\n{said.err}"
        assert code in {0, 1, 2}, told
        assert "Traceback" not in said.err + said.out, told
        assert command.startswith("configure") or said.err.count("\n") <= 1, told
        assert (code == 0) <= (said.err == ""), told
        codes.add(code)
        shutil.rmtree(folder)
    return codes


@pytest.mark.parametrize("command", COMMANDS)
def test_a_damaged_input_is_at_most_one_line(
    command, sandbox: RunningSandbox, tmp_path: Path, monkeypatch, capsys
):
    """Cut, overwritten, of another type, missing, a folder: some of it is refused, none crashes."""
    codes = damaged(command, SHORT, sandbox, tmp_path, monkeypatch, capsys)
    assert codes - {0}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_two_thousand_damaged_inputs_crash_no_command(
    command, sandbox: RunningSandbox, tmp_path: Path, monkeypatch, capsys
):
    """The same at length, as `make fuzz` runs it."""
    assert LONG * len(COMMANDS) >= 2000
    damaged(command, LONG, sandbox, tmp_path, monkeypatch, capsys)


def test_run_names_the_stage_that_is_missing(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch, capsys
):
    """The stage that it runs may have another name, or none."""
    monkeypatch.setattr("bridge.run._check_ports", lambda _arguments: None)
    root = whole(tmp_path, sandbox.state)
    config = json.loads((root / CONFIG).read_text())
    config["stages"] = {"prod": {}}
    (root / CONFIG).write_text(json.dumps(config))
    assert main(COMMANDS["run"][0](root)) == 1
    assert capsys.readouterr().err == "run: there is no stage local: there are prod\n"
