"""A real sandbox for tests: on a free port, over files of Todo's.

`sandbox_in_thread` is fast and gives access to the server's parts; `sandbox_process` is the
command as a user starts it, to be killed and restarted.
"""

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from bridge.cloudformation import read_template
from bridge.project import Project
from bridge.sandbox.settings import read_settings
from bridge.sandbox.web.server import Sandbox, Server, bind
from bridge.source_credentials import SourceCredentials, read_source_credentials
from tests.support.todo import PROJECT, todo_project

ROLE_ARN = "arn:aws:iam::222222222222:role/TodoCrossAccountRole"
REGION = "us-east-1"
# A principal of the sandbox's settings: somebody who may do all to account B's roles and APIs.
ADMINISTRATOR: dict[str, Any] = {
    "access_key_id": "AKIAADMINISTRATOR0000",
    "secret_access_key": "of-the-administrator",
    "arn": "arn:aws:iam::222222222222:user/administrator",
    "policies": [
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": ["iam:*", "appsync:*"], "Resource": "*"},
        }
    ],
}
# Far more than a stop takes.
STOP_SECONDS = 60.0


@dataclass
class RunningSandbox:
    """A sandbox that answers, and the files that it reads."""

    url: str
    root: Path
    state: Path

    @property
    def graphql_url(self) -> str:
        """Returns what a gateway takes as APPSYNC_URL."""
        return f"{self.url}/graphql"

    @property
    def source_credentials(self) -> SourceCredentials:
        """Returns the credentials of account A's function."""
        return read_source_credentials(self.state)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces a text, which must be there, in one of the copied files."""
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new))

    def edit_json(self, path: str, change: Callable[[Any], None]) -> None:
        """Changes the document of one of the copied JSON files."""
        file = self.root / path
        document = json.loads(file.read_text())
        change(document)
        file.write_text(json.dumps(document))

    def edit_template(self, change: Callable[[Any], None]) -> None:
        """Changes the document of account B's template, its functions in their long form."""
        file = self.root / "account_b" / "template.yaml"
        document = deepcopy(read_template(file.read_text()))
        change(document)
        file.write_text(json.dumps(document))

    def set_faults(self, *faults: dict[str, Any]) -> None:
        """Makes these the faults in force."""
        reply = requests.put(f"{self.url}/_admin/faults", json={"faults": list(faults)}, timeout=60)
        assert reply.status_code == 200, reply.text

    def events(self, after: int = 0, service: str | None = None) -> list[dict[str, Any]]:
        """Returns the recorded requests, of one service ("sts" or "appsync") if it is named."""
        reply = requests.get(f"{self.url}/_admin/events", params={"after": after}, timeout=60)
        return [e for e in reply.json()["events"] if service in (None, e["service"])]

    def sts(self, credentials: Any = None) -> Any:
        """Returns boto3's STS client with the source credentials, or with those given."""
        key = as_botocore(credentials or self.source_credentials)
        return boto3.client(
            "sts",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key.access_key,
            aws_secret_access_key=key.secret_key,
            aws_session_token=key.token,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def assume_role(self, **parameters: Any) -> Credentials:
        """Returns credentials of account B's role, as the function's role gets them."""
        given = {"RoleArn": ROLE_ARN, "RoleSessionName": "test-session", **parameters}
        issued = self.sts().assume_role(**given)["Credentials"]
        return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        credentials: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Returns the reply to a signed GraphQL request; without credentials it assumes the role.

        Args:
            query: The document.
            variables: Its variables.
            credentials: Whose signature it gets.
            headers: More headers, signed as well.
        """
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        signed = sign("POST", self.graphql_url, body, credentials or self.assume_role(), headers)
        return requests.post(self.graphql_url, body, headers=signed, timeout=60)


@dataclass
class StoppedClock:
    """A sandbox's clock, which only a test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        """Returns the time that the test chose."""
        return self.now


def as_botocore(credentials: Any) -> Credentials:
    """Returns credentials of either shape in botocore's."""
    if isinstance(credentials, Credentials):
        return credentials
    return Credentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token
    )


def sign(
    method: str,
    url: str,
    body: bytes,
    credentials: Any,
    headers: Mapping[str, str] | None = None,
    service: str = "appsync",
    region: str = REGION,
) -> dict[str, str]:
    """Returns the request's headers with botocore's signature.

    Args:
        method: As "POST".
        url: Of the request.
        body: The exact bytes.
        credentials: botocore's or the sandbox's.
        headers: Headers to sign beside those that botocore adds.
        service: Of the credential scope.
        region: Of the credential scope.
    """
    given = {"Content-Type": "application/json", **(headers or {})}
    request = AWSRequest(method, url, headers=given, data=body)
    SigV4Auth(as_botocore(credentials), service, region).add_auth(request)
    return dict(request.headers.items())


def signed_at(headers: Mapping[str, str]) -> datetime:
    """Returns the time of a signed request, to the second."""
    return datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def copy_project(folder: Path) -> Path:
    """Returns a new root in the folder with the files that the sandbox reads, of Todo's API."""
    return Path(shutil.copytree(todo_project(), folder / "root"))


def write_settings(folder: Path, settings: Mapping[str, Any] | None) -> Path | None:
    """Returns the file that the settings were written to, or None without any."""
    if settings is None:
        return None
    path = folder / "settings.json"
    path.write_text(json.dumps(settings))
    return path


@contextmanager
def sandbox_in_thread(
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    port: int = 0,
    stage: str = "local",
) -> Iterator[RunningSandbox]:
    """Runs a sandbox in a thread of this process.

    Args:
        folder: Gets `root` (copies, unless it is there already) and `state`.
        settings: The settings file's document.
        clock: Returns the sandbox's time.
        port: 0 means a free one.
        stage: The stage of Chalice that calls.
    """
    root, state = folder / "root", folder / "state"
    if not root.exists():
        copy_project(folder)
    given = read_settings(write_settings(folder, settings))
    sandbox = Sandbox(Project.at(root), state, stage, given, clock)
    ready = threading.Event()
    with bind(port) as bound:
        server = Server(sandbox, bound, ready.set)
        # A daemon: one that does not stop fails its test, and does not hold up the end of them all.
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            assert ready.wait(60), "the sandbox did not start"
            yield RunningSandbox(f"http://127.0.0.1:{bound.getsockname()[1]}", root, state)
        finally:
            server.should_exit = True
            thread.join(STOP_SECONDS)
            sandbox.close()
            assert not thread.is_alive(), "the sandbox did not stop"


@contextmanager
def sandbox_process(
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    port: int = 0,
    stage: str = "local",
) -> Iterator[tuple[RunningSandbox, subprocess.Popen[str]]]:
    """Runs `python -m bridge sandbox`, and gives it with its process.

    Args:
        folder: As for `sandbox_in_thread`.
        settings: The settings file's document.
        port: 0 means a free one.
        stage: The stage of Chalice that calls.
    """
    root, state = folder / "root", folder / "state"
    if not root.exists():
        copy_project(folder)
    command = [sys.executable, "-m", "bridge", "sandbox", "--port", str(port)]
    command += ["--root", str(root), "--state", str(state), "--stage", stage]
    path = write_settings(folder, settings)
    command += ["--settings", str(path)] if path else []
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            # "Account B listens at URL: …"; an empty line means that it ended instead.
            greeting = process.stdout.readline()
            assert greeting, "the sandbox did not start"
            url = greeting.split(" at ")[1].split(": ")[0]
            yield RunningSandbox(url, root, state), process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                _await_end(process)


def _await_end(process: subprocess.Popen[str]) -> None:
    """Waits for a process that was told to end, with a bound, which a Popen's own end lacks."""
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
