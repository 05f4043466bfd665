"""Every command of README.md, docs/ and account B's page is run as it is written, in its order.

What cannot run here is named with its reason; of AWS's commands the words are checked.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from graphql import get_introspection_query, graphql_sync

from bridge.cloudformation import read_template
from bridge.compiler.schema import read_built_schema
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, curl, whole_system
from tests.support.pages import PAGES, commands_of
from tests.support.schemas import MACHINE

SECONDS = 120
# By how a command begins, why it is not run: another test runs it, or this machine lacks what it
# needs.
NOT_RUN = {
    "make test": "of which this test is a part",
    "make package": "tests/e2e/test_production_package.py",
    "npm install": "tests/clients/test_clients_page.py",
    "npx ": "tests/clients/test_clients_page.py",
    "pip install": "tests/clients/test_clients_page.py",
    "openapi-python-client": "tests/clients/test_clients_page.py",
    "python client.py": "tests/clients/test_clients_page.py",
    "chalice deploy": "an AWS account",
    "terraform plan": "Terraform's provider for AWS",
    "python -m bridge doctor --stage prod": "both accounts",
}
# Each stands for what its reader has.
PLACEHOLDERS = {
    "<B>": "222222222222",
    "https://<id>.": "https://abcdefghijklmnopqrstuvwxyz.",
    "https://….": "https://abcdefghijklmnopqrstuvwxyz.",
    "ApiId=…": f"ApiId={'a' * 26}",
    "CallerRoleArn=…": "CallerRoleArn=arn:aws:iam::111111111111:role/appsync-rest-prod-api_handler",
    "--account-b DIR": "--account-b examples/shop",
}
# The AWS CLI's own, beside the API's operations.
OWN_OF_CLI = {
    "deploy": {
        *("--stack-name", "--template-file", "--capabilities", "--no-execute-changeset"),
        *("--parameter-overrides", "--s3-bucket"),
    },
    "package": {"--template-file", "--s3-bucket", "--output-template-file"},
}
GLOBAL = {"--query", "--output", "--region", "--profile"}
# Notes its words, each command's in a line of its own.
AWS = """#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word" >> "$NOTED"; done
printf '\\0' >> "$NOTED"
"""


class Reader:
    """Somebody who does what a page says, in a fresh copy of the project."""

    def __init__(self, project: Path, running: Callable[[Sequence[str]], WholeSystem]) -> None:
        """Takes the copy, and what gives a system that runs, by the arguments of its command."""
        self._project = project
        self._running = running
        self._more: list[str] = []
        self._stack = ExitStack()
        self._variables = ""
        self._noted = project / "noted"
        aws = project / ".bin" / "aws"
        aws.parent.mkdir()
        aws.write_text(AWS)
        aws.chmod(0o755)
        self.system: WholeSystem | None = None

    def follow(self, command: str) -> None:
        """Does what the command says; fails where it fails."""
        if any(command.startswith(each) for each in NOT_RUN):
            return
        if re.match(r"make run\b", command):
            self.run()
        elif re.fullmatch(r"(export )?[A-Z_]+=\S+(\s+#.*)?", command):
            self._variables += f"{command}\n"
        else:
            self._shell(command)

    def run(self) -> WholeSystem:
        """Starts the system anew."""
        self.stop()
        self.system = self._stack.enter_context(whole_system(self._project, more=self._more))
        return self.system

    def stop(self) -> None:
        """Ends the system."""
        self._stack.close()
        self.system = None

    def aws_commands(self) -> list[list[str]]:
        """Returns the words of the AWS commands, in their order."""
        text = self._noted.read_text() if self._noted.exists() else ""
        return [each.split("\0") for each in text.split("\0\0") if each]

    def _shell(self, command: str) -> None:
        first = command.split(maxsplit=1)[0]
        known = {"curl", "make", "cp", "rm", "aws", "python", ".venv/bin/python"}
        assert first in known or "aws sts" in command, f"nobody knows how to run {command}"
        if "--account-b DIR" in command:
            self._more = ["--account-b", "examples/shop"]
            self.stop()
        project = self._project
        environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
        if "localhost:" in command or "127.0.0.1:" in command or "bridge doctor" in command:
            # Who did not start one stands in the folder of one that runs, and only asks there.
            system = self.system or self._running(self._more)
            project = system.project
            environment["SANDBOX_PORT"] = system.sandbox_url.rpartition(":")[2]
            for port, url in (("8000", system.url), ("8100", system.sandbox_url)):
                own = url.removeprefix("http://")
                command = re.sub(rf"(localhost|127\.0\.0\.1):{port}", own, command)
        for placeholder, value in PLACEHOLDERS.items():
            command = command.replace(placeholder, value)
        assert "…" not in command, command
        assert "<" not in command, command
        command = re.sub(r"^curl ", "curl -sS --fail-with-body --max-time 60 ", command)
        stamp = f"-o {sys.prefix}/.installed VENV={sys.prefix}"
        command = re.sub(r"^make ", f"make --no-print-directory {stamp} ", command)
        command = re.sub(r"^(\.venv/bin/)?python ", f"{sys.executable} ", command)
        environment |= {
            "PATH": f"{self._project / '.bin'}:{os.environ['PATH']}",
            "NOTED": str(self._noted),
            "SCHEMA": str(self._project / "own.graphql"),
        }
        run = subprocess.run(
            ["sh", "-euc", f"{self._variables}{command}"],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert run.returncode == 0, f"{command}\n{run.stdout}"


# The first by the test before, the other by tests/e2e/test_shop_by_curl.py.
ELSEWHERE = ("README.md", "docs/rest.md")


@pytest.fixture
def reader(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Gives a reader."""

    def running(more: Sequence[str]) -> WholeSystem:
        system: WholeSystem = request.getfixturevalue("shop" if more else "todo")
        return system

    project = copy_runnable(tmp_path / "project")
    (project / "own.graphql").write_text(MACHINE)
    shutil.copy(project / "own.graphql", project / "a.graphql")
    result = graphql_sync(read_built_schema(MACHINE), get_introspection_query())
    (project / "b.json").write_text(json.dumps({"data": result.data}))
    made = Reader(project, running)
    try:
        yield made
    finally:
        made.stop()


def test_the_readme_leads_from_todo_to_ones_own_schema(reader: Reader) -> None:
    """To the letter: what is printed at its end creates an item, which is then listed."""
    for command in commands_of("README.md"):
        reader.follow(command)
    system = reader.system
    assert system is not None
    assert "/machines" in system.greeting
    created = curl(*system.printed_curl[2:])
    assert created.status == 201, created.body
    listed = curl(f"{system.url}/machines").json()
    assert listed == {"items": [created.json()]}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ELSEWHERE and commands_of(page)]
)
def test_each_command_of_a_page_does_what_it_says(reader: Reader, page: str) -> None:
    """None fails; AWS's have the words that AWS knows."""
    for command in commands_of(page):
        reader.follow(command)
    shown = sum(" aws " in f" {command}" for command in commands_of(page))
    asked = reader.aws_commands()
    assert len(asked) == shown
    for words in asked:
        _check(words)


def test_what_is_not_run_is_shown_somewhere() -> None:
    """A reason for a command that no page has is no reason."""
    shown = [command for page in PAGES for command in commands_of(page)]
    for beginning in NOT_RUN:
        assert any(command.startswith(beginning) for command in shown), beginning
    assert len(shown) > 40


def _check(words: list[str]) -> None:
    """Fails where the AWS CLI would not take the words."""
    service, verb, *rest = words
    options = [each for each in rest if each.startswith("--") and each not in GLOBAL]
    if service == "cloudformation" and verb in OWN_OF_CLI:
        assert set(options) <= OWN_OF_CLI[verb], words
        _check_parameters(rest)
        return
    if verb == "wait":
        waiters = Loader().load_service_model(service, "waiters-2")["waiters"]
        assert _camel(rest[0]) in waiters
        return
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    shape = model.operation_model(_camel(verb)).input_shape
    given = {_camel(each.removeprefix("--")) for each in options}
    members = {} if shape is None else {_camel(name): name for name in _words(shape.members)}
    required = set() if shape is None else {_camel(each) for each in _words(shape.required_members)}
    assert given <= set(members), words
    assert required <= given, words


def _check_parameters(words: list[str]) -> None:
    if "--parameter-overrides" in words:
        template = read_template(Path("account_b/template.yaml").read_text(encoding="utf-8"))
        given = words[words.index("--parameter-overrides") + 1 :]
        assert {each.partition("=")[0] for each in given} <= set(template["Parameters"])


def _words(names: Iterable[str]) -> list[str]:
    """Returns members' names as the CLI writes them: `apiId` is `api-id`."""
    return [
        re.sub(r"(?<!^)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "-", each).lower() for each in names
    ]


def _camel(words: str) -> str:
    return "".join(each.capitalize() for each in words.split("-"))


def test_a_command_that_fails_is_found(reader: Reader) -> None:
    """As is one that nobody knows, and one with a placeholder that nobody fills in."""
    for command in (
        "cp nothing somewhere",
        "npx-like thing",
        "python -m bridge coverage …",
    ):
        with pytest.raises(AssertionError):
            reader.follow(command)
    reader.follow("aws iam get-role --rolename x")
    (words,) = reader.aws_commands()
    assert shlex.join(words) == "iam get-role --rolename x"
    with pytest.raises(AssertionError):
        _check(words)
