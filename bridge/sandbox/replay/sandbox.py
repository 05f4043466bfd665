"""An empty sandbox of its own for a replay, and a connection to it."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bridge.errors import KnownError
from bridge.project import ACCOUNT_B, CONFIG, Project
from bridge.sandbox.replay.recording import Identity
from bridge.sandbox.replay.requests import SignedRequest

_ROOT = Path(__file__).parents[3]
_ADDRESS = re.compile(r"http://[\d.]+:\d+")
_TIMEOUT_SECONDS = 30
# The recording's account B listed this role, by the rule of the day.
_ADMIN_ROLES = {"adminRoleNames": ["TodoCrossAccountRole"]}
# Account A calls the API directly as well, which needs a resource share.
_ACCOUNTS = ["111111111111"]
_ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": "*"}],
}


class SandboxError(KnownError):
    """The sandbox did not start; the message is its own."""


@dataclass(frozen=True)
class HttpReply:
    """A reply as it came over the wire."""

    status: int
    content_type: str
    body: bytes


class Client:
    """A kept-alive connection to the sandbox's GraphQL endpoint."""

    def __init__(self, url: str) -> None:
        """Names the endpoint."""
        self.url = url
        parts = urlsplit(url)
        self._path = parts.path
        self._connection = HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)

    def send(self, request: SignedRequest) -> HttpReply:
        """Returns the reply to a request."""
        self._connection.request(request.method, self._path, request.body, dict(request.headers))
        reply = self._connection.getresponse()
        return HttpReply(reply.status, reply.headers.get("Content-Type", ""), reply.read())

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


@contextmanager
def running(identities: Iterable[Identity], project: Project) -> Iterator[Client]:
    """Runs an empty sandbox that knows these callers; gives a client of its GraphQL endpoint.

    Args:
        identities: The callers.
        project: What the sandbox gets a copy of.

    Raises:
        SandboxError: It did not start.
    """
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _copy(project, root)
        admin_list = Project.at(root).account_b.custom_roles
        admin_list.parent.mkdir(exist_ok=True)
        admin_list.write_text(json.dumps(_ADMIN_ROLES), encoding="utf-8")
        settings = root / "settings.json"
        principals = [_principal(identity) for identity in identities]
        document = {"principals": principals, "shared_with": _ACCOUNTS}
        settings.write_text(json.dumps(document), encoding="utf-8")
        arguments = ["--port", "0", "--root", str(root), "--settings", str(settings)]
        with subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "bridge", "sandbox", *arguments, "--state", str(root / "state")],
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        ) as process:
            client = Client(_address(process) + "/graphql")
            try:
                yield client
            finally:
                client.close()
                process.terminate()


def _copy(project: Project, root: Path) -> None:
    try:
        shutil.copytree(project.config.parent, root / CONFIG.parent)
        shutil.copytree(project.account_b.folder, root / ACCOUNT_B)
    except (OSError, shutil.Error) as error:
        raise SandboxError(f"the project's files cannot be copied: {error}") from error


def _address(process: subprocess.Popen[str]) -> str:
    said = []
    for line in process.stdout or ():
        said.append(line)
        match = _ADDRESS.search(line)
        if match:
            return match[0]
    raise SandboxError("the sandbox did not start\n" + "".join(said))


def _principal(identity: Identity) -> dict[str, Any]:
    principal: dict[str, Any] = {
        "access_key_id": identity.access_key,
        "secret_access_key": identity.secret,
        "session_token": identity.token,
        "arn": identity.user_arn,
        "policies": [] if identity.is_denied else [_ALLOWED],
    }
    if identity.is_expired:
        principal["expires_at"] = "2020-01-01T00:00:00+00:00"
    if identity.cognito:
        names = ("cognito_identity_id", "cognito_identity_auth_type", "cognito_identity_pool_id")
        principal.update(zip(names, identity.cognito, strict=True))
    return principal
