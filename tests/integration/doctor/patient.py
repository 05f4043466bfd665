"""A chain to break, to examine and to mend by what the doctor said."""

import atexit
import json
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from bridge.__main__ import main
from bridge.cloudformation import read_template
from bridge.source_credentials import FILE_NAME, OWNER_FILE_NAME, read_source_credentials
from chalicelib import bootstrap
from tests.integration.doctor.sites import Prescriptions
from tests.support.sandbox import (
    RunningSandbox,
    copy_project,
    sandbox_in_thread,
)

CONTRACT = "chalicelib/contract/contract.json"
CONFIG = ".chalice/config.json"
POLICY = ".chalice/policy-local.json"
PARAMETERS = "account_b/sandbox/parameters.json"
CUSTOM_ROLES = "account_b/amplify/custom-roles.json"
SCHEMA = "account_b/built-schema.graphql"
_BACKTICKS = re.compile(r"`([^`]+)`")
_GIT = ("git", "-c", "user.name=Doctor", "-c", "user.email=doctor@example.invalid")
AWS_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL_STS",
    "AWS_LAMBDA_RUNTIME_API",
    "APPSYNC_URL",
    "ASSUME_ROLE_ARN",
    "REGION",
)

# How long the doctor and the gateway's own way out wait, and from when on a hop is called slow.
_WAITS = (
    "bridge.doctor.look.SECONDS",
    "bridge.doctor.verify.rest_api.SECONDS",
    "bridge.doctor.wire.CONNECT_SECONDS",
    "chalicelib.aws.connections.CONNECT_SECONDS",
)
_SLOW = "bridge.doctor.checks.latency.SLOW_MILLISECONDS"
_PATIENCE_SECONDS = 120.0

_Held = TypeVar("_Held")


@dataclass(frozen=True)
class Report:
    """What the doctor printed with --json."""

    text: str
    exit_code: int

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Returns the findings, in the chain's order."""
        listed: list[dict[str, Any]] = json.loads(self.text)["findings"]
        return listed

    def of_status(self, status: str) -> dict[str, str]:
        """Returns the summaries of the findings of a status, by their checks."""
        return {
            each["check"]: each["summary"] for each in self.findings if each["status"] == status
        }

    def finding(self, check: str) -> dict[str, Any]:
        """Returns the finding of a check."""
        (found,) = [each for each in self.findings if each["check"] == check]
        return found


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """Lets a machine that is busy be no fault of the chain: what is looked at is here, and answers.

    The doctor's own times are not what is tested where it looks at a whole chain.
    """
    for place in _WAITS:
        patch.setattr(place, _PATIENCE_SECONDS)
    patch.setattr(_SLOW, inf)


@cache
def _committed() -> Path:
    """Returns a folder with the files as a clone of the project has them: for copies."""
    made = tempfile.TemporaryDirectory(prefix="committed-")
    atexit.register(made.cleanup)
    root = copy_project(Path(made.name))
    # git's own templates are a dozen files that nothing reads here.
    for words in (["init", "-q", "--template="], ["add", "-A"], ["commit", "-qm", "As it was"]):
        subprocess.run([*_GIT, *words], cwd=root, check=True)
    return root


class Patient:
    """A sandbox over copies of the real files, with the doctor's command beside it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: Any) -> None:
        """Copies the files; the sandbox is started by `start`."""
        self.folder = folder
        self._patch = patch
        self._capsys = capsys
        self._running = ExitStack()
        self.sandbox: RunningSandbox
        self.prescriptions = Prescriptions(patch)
        self._port = 0
        shutil.copytree(_committed(), folder / "root", ignore=shutil.ignore_patterns(".git"))
        for name in AWS_VARIABLES:
            patch.delenv(name, raising=False)
        be_patient(patch)

    def start(self, settings: Mapping[str, Any] | None = None) -> None:
        """Starts the sandbox, anew if it runs."""
        self.stop()
        running = sandbox_in_thread(self.folder, settings, port=self._port)
        self.sandbox = self._running.enter_context(running)
        # Started anew it listens where it did.
        self._port = int(self.sandbox.url.rpartition(":")[2])
        self.wire()

    def stop(self) -> None:
        """Stops the sandbox, if it runs."""
        self._running.close()

    def keep(self, held: AbstractContextManager[_Held]) -> _Held:
        """Returns what it gives; it is given back when the sandbox stops."""
        return self._running.enter_context(held)

    def wire(self, **changed: str | None) -> None:
        """Makes the environment what `make run` makes it, but for what is changed; None unsets."""
        self._patch.setenv("SANDBOX_PORT", str(self._port))
        source = self.sandbox.source_credentials
        wired = {
            "AWS_ACCESS_KEY_ID": source.access_key_id,
            "AWS_SECRET_ACCESS_KEY": source.secret_access_key,
            "AWS_SESSION_TOKEN": source.session_token,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_STS": self.sandbox.url,
            "APPSYNC_URL": self.sandbox.graphql_url,
        }
        for name in AWS_VARIABLES:
            value = {**wired, **changed}.get(name)
            if value is None:
                self._patch.delenv(name, raising=False)
            else:
                self._patch.setenv(name, value)

    def set_environment(self, name: str, value: str) -> None:
        """Sets a variable of this shell."""
        self._patch.setenv(name, value)

    def examine(self, *more: str) -> Report:
        """Returns the doctor's report, which holds no secret."""
        self._capsys.readouterr()
        code = main(["doctor", "--json", *self._places(), *more])
        text = self._capsys.readouterr().out
        for name in (FILE_NAME, OWNER_FILE_NAME):
            held = read_source_credentials(self.sandbox.state, name)
            assert held.secret_access_key not in text
            assert held.session_token not in text
        return Report(text, code)

    def apply(self, report: Report) -> set[str]:
        """Does what the remedies of the broken links say, by their text alone, to their end.

        Returns:
            Where in the doctor's source these remedies are written.
        """
        performed = set()
        for finding in report.findings:
            if finding["status"] != "broken":
                continue
            remedy = finding["remedy"]
            assert remedy["action"]
            assert remedy["edits"] or remedy["commands"], remedy
            for edit in remedy["edits"]:
                paste(self.sandbox.root / edit["file"], edit["place"], edit["paste"])
            for command in (*remedy["commands"], *_BACKTICKS.findall(remedy["then"])):
                self._perform(shlex.split(command))
            performed.add(self.prescriptions.of(remedy))
        return performed

    def _perform(self, words: list[str]) -> None:
        """Runs a remedy's command on the copy; one that is none of ours is not known here."""
        match words:
            case ["python", "-m", "bridge", *rest]:
                self._run([*rest, "--root", str(self.sandbox.root)])
            case ["make", "run"]:
                self.start()
            case ["unset", name]:
                self._patch.delenv(name)
            case ["curl", "-X", "DELETE", url]:
                assert requests.delete(url, timeout=10).ok
            case ["git", "stash", "push", "--", _]:
                # Few remedies ask it, and it is dozens of folders.
                shutil.copytree(_committed() / ".git", self.sandbox.root / ".git")
                subprocess.run(words, cwd=self.sandbox.root, check=True, capture_output=True)
            case _:
                raise AssertionError(f"a remedy that this test cannot perform: {words}")

    def set_variable(self, name: str, value: str | None) -> None:
        """Sets one of the local stage's variables, or takes it out."""

        def change(config: Any) -> None:
            variables = config["stages"]["local"]["environment_variables"]
            variables.pop(name, None)
            if value is not None:
                variables[name] = value

        self.sandbox.edit_json(CONFIG, change)

    def set_parameter(self, name: str, value: str) -> None:
        """Sets one of the template's parameters."""

        def change(listed: Any) -> None:
            listed[:] = [each for each in listed if each["ParameterKey"] != name]
            listed.append({"ParameterKey": name, "ParameterValue": value})

        self.sandbox.edit_json(PARAMETERS, change)

    def edit_role(self, change: Callable[[Any], None]) -> None:
        """Changes the properties of account B's role in the template."""
        self.sandbox.edit_template(
            lambda document: change(document["Resources"]["CrossAccountRole"]["Properties"])
        )

    def edit_trust(self, change: Callable[[Any], None]) -> None:
        """Changes the one statement of the trust policy."""
        self.edit_role(lambda role: change(role["AssumeRolePolicyDocument"]["Statement"][0]))

    def _run(self, command: list[str]) -> None:
        bootstrap.chain.cache_clear()
        try:
            assert main(command) == 0
        finally:
            bootstrap.chain.cache_clear()

    def _places(self) -> list[str]:
        return ["--root", str(self.sandbox.root), "--state", str(self.sandbox.state)]


def write_built_schema(root: Path, text: str) -> None:
    """Gives the API another schema, from which the sandbox infers what the source would say."""
    file = root / SCHEMA
    file.chmod(0o644)
    file.write_text(text)
    (root / "account_b/schema.graphql").unlink(missing_ok=True)


def paste(file: Path, place: str, value: Any) -> None:
    """Pastes a value into a JSON or YAML file at a JSON pointer."""
    if place == "":
        file.write_text(json.dumps(value))
        return
    text = file.read_text()
    document: Any = json.loads(text) if file.suffix == ".json" else deepcopy(read_template(text))
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:]]
    target = document
    for part in path:
        target = target[int(part)] if isinstance(target, list) else target[part]
    if last == "-":
        target.append(value)
    elif isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value
    file.write_text(json.dumps(document))
