"""Both accounts as they are once deployed: under AWS's names, apart from the project's files."""

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from awscli.clidriver import create_clidriver
from chalice.cli import cli

from bridge.__main__ import main
from bridge.source_credentials import OWNER_FILE_NAME, read_source_credentials
from chalicelib import bootstrap
from tests.integration.doctor.aws_names import API_HOST, IAM, Names, named
from tests.integration.doctor.breaking import A
from tests.integration.doctor.patient import (
    AWS_VARIABLES,
    CONFIG,
    PARAMETERS,
    SCHEMA,
    Report,
    be_patient,
    paste,
)
from tests.integration.doctor.sites import Prescriptions
from tests.support.sandbox import ADMINISTRATOR, RunningSandbox, copy_project, sandbox_in_thread
from tests.support.tls_front import Authority

STAGE = "prod"
POLICY = f".chalice/policy-{STAGE}.json"
_BACKTICKS = re.compile(r"`([^`]+)`")
# Whose credentials a command of the AWS CLI is run with.
_OF_ACCOUNT_B = ("iam", "appsync")


class Deployed:
    """What is in force stands in `root`, which the sandbox reads; the doctor reads `project`.

    A command of the AWS CLI is run, as account B's administrator where it is about that account.
    `chalice deploy`, `aws cloudformation deploy` and `amplify push` carry over what they deploy.
    """

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capsys: Any, authority: Authority
    ) -> None:
        """Makes both copies; `start` deploys them."""
        self.folder = folder
        self.root = copy_project(folder)
        self.project = folder / "project"
        self.names = Names()
        self.prescriptions = Prescriptions(patch)
        self.printed = ""
        self.sandbox: RunningSandbox
        self._patch = patch
        self._capsys = capsys
        self._authority = authority
        self._running = ExitStack()
        self._always = ExitStack()
        self._set_up(self.root)
        shutil.copytree(self.root, self.project)
        be_patient(patch)

    @property
    def bundle(self) -> Path:
        """Returns whose certificates are to be trusted."""
        return self._authority.bundle

    def _set_up(self, root: Path) -> None:
        edit(
            root / CONFIG,
            lambda config: config["stages"][STAGE]["environment_variables"].update(
                APPSYNC_URL=f"https://{API_HOST}/graphql"
            ),
        )
        role = f"arn:aws:iam::{A}:role/appsync-rest-{STAGE}-api_handler"
        edit(root / PARAMETERS, lambda listed: _given(listed, {"CallerRoleArn": role}))

    def start(self, settings: Mapping[str, Any] | None = None) -> None:
        """Starts account B, anew if it runs, with more settings."""
        self._running.close()
        given = dict(settings or {})
        principals = [ADMINISTRATOR, *given.pop("principals", [])]
        self.sandbox = self._running.enter_context(
            sandbox_in_thread(
                self.folder, {**given, "principals": principals}, port=self.names.port, stage=STAGE
            )
        )
        first = self.names.port == 0
        self.names.port = int(self.sandbox.url.rpartition(":")[2])
        if first:
            self._always.enter_context(named(self.names, self._authority, self._patch))
        self.wire()

    def stop(self) -> None:
        """Ends what runs."""
        self._running.close()
        self._always.close()

    def wire(self, **changed: str | None) -> None:
        """Makes the environment what the function finds, but for what is changed; None unsets."""
        source = self.sandbox.source_credentials
        credentials = self.folder / "aws-credentials"
        owner = read_source_credentials(self.sandbox.state, OWNER_FILE_NAME)
        credentials.write_text(
            f"[owner]\naws_access_key_id = {owner.access_key_id}\n"
            f"aws_secret_access_key = {owner.secret_access_key}\n"
            f"aws_session_token = {owner.session_token}\n"
        )
        wired: dict[str, str | None] = {
            **dict.fromkeys((*AWS_VARIABLES, "https_proxy", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE")),
            "AWS_ACCESS_KEY_ID": source.access_key_id,
            "AWS_SECRET_ACCESS_KEY": source.secret_access_key,
            "AWS_SESSION_TOKEN": source.session_token,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CA_BUNDLE": str(self.bundle),
            "AWS_ENDPOINT_URL_IAM": f"https://{IAM}/iam/",
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **changed,
        }
        for name, value in wired.items():
            if value is None:
                self._patch.delenv(name, raising=False)
            else:
                self._patch.setenv(name, value)

    def examine(self, *more: str, profile: str | None = "owner") -> Report:
        """Returns the doctor's report, by the command."""
        where = ("--profile-b", profile) if profile else ()
        words = ["doctor", "--json", "--stage", STAGE, "--root", str(self.project), *where, *more]
        self._capsys.readouterr()
        code = main(words)
        return Report(self._capsys.readouterr().out, code)

    def apply(self, remedy: Mapping[str, Any], fill: Callable[[str], str] = str) -> None:
        """Pastes and runs what a remedy says, to its end.

        Args:
            remedy: As the report has it.
            fill: Returns a command with its words in capitals filled in.
        """
        for each in remedy["edits"]:
            paste(self.project / each["file"], each["place"], each["paste"])
        for command in (*remedy["commands"], *_BACKTICKS.findall(remedy["then"])):
            self.perform(shlex.split(fill(command)))

    def perform(self, words: list[str]) -> None:
        """Does what one command says."""
        match words:
            case ["python", "-m", "bridge", "doctor", *rest]:
                self.examine(*rest, profile=None)
            case ["python", "-m", "bridge", *rest]:
                self._bridge([*rest, "--root", str(self.project)])
            case ["chalice", "deploy", "--stage", name]:
                assert name == STAGE
                shutil.copytree(
                    self.project / ".chalice", self.root / ".chalice", dirs_exist_ok=True
                )
            case ["chalice", "url", "--stage", _]:
                self._chalice(words[1:])
            case ["amplify", "push"]:
                for file in ("account_b/amplify/custom-roles.json", SCHEMA):
                    shutil.copyfile(self.project / file, self.root / file)
            case ["aws", "cloudformation", "deploy", *rest]:
                self._deploy_stack(rest)
            case ["aws", service, *_]:
                self._aws(words[1:], administrator=service in _OF_ACCOUNT_B)
            case _:
                self._on_this_machine(words)

    def _on_this_machine(self, words: list[str]) -> None:
        match words:
            case ["unset", name]:
                self._patch.delenv(name)
            case ["sudo", "timedatectl", "set-ntp", "true"]:
                # One fault is both clocks' difference, whichever of them is wrong.
                self.sandbox.set_faults()
            case ["timedatectl", "timesync-status"]:
                pass
            case _:
                raise AssertionError(f"a remedy that this test cannot perform: {words}")

    def _aws(self, words: list[str], *, administrator: bool) -> None:
        own = {
            "AWS_ACCESS_KEY_ID": str(ADMINISTRATOR["access_key_id"]),
            "AWS_SECRET_ACCESS_KEY": str(ADMINISTRATOR["secret_access_key"]),
            "AWS_SESSION_TOKEN": "",
        }
        self._capsys.readouterr()
        with mock.patch.dict(os.environ, own if administrator else {}):
            code = create_clidriver().main(words)
        caught = self._capsys.readouterr()
        self.printed = caught.out
        assert code == 0, (words, caught.err)

    def _chalice(self, words: list[str]) -> None:
        self._capsys.readouterr()
        # Chalice goes to the project's folder, and stays there.
        with contextlib.chdir(Path.cwd()):
            cli.main(["--project-dir", str(self.project), *words], standalone_mode=False, obj={})
        self.printed = self._capsys.readouterr().out

    def _deploy_stack(self, words: list[str]) -> None:
        parser = argparse.ArgumentParser(exit_on_error=False)
        for name in ("region", "stack-name", "template-file", "capabilities"):
            parser.add_argument(f"--{name}", required=True)
        parser.add_argument("--parameter-overrides", nargs="+", default=[])
        asked = parser.parse_args(words)
        shutil.copyfile(self.project / asked.template_file, self.root / "account_b/template.yaml")
        wanted = dict(each.split("=", 1) for each in asked.parameter_overrides)
        self.deploy_stack(wanted)

    def deploy_stack(self, wanted: Mapping[str, str]) -> None:
        """Updates account B's stack; a parameter that is not named keeps its value."""
        edit(self.root / PARAMETERS, lambda listed: _given(listed, wanted))

    def _bridge(self, words: list[str]) -> None:
        bootstrap.chain.cache_clear()
        with mock.patch.dict(os.environ):
            try:
                assert main(words) == 0
            finally:
                bootstrap.chain.cache_clear()


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Changes the document of a JSON file."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def _given(listed: list[dict[str, str]], wanted: Mapping[str, str]) -> None:
    listed[:] = [each for each in listed if each["ParameterKey"] not in wanted]
    listed += [{"ParameterKey": n, "ParameterValue": v} for n, v in wanted.items()]
