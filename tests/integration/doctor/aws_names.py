"""AWS's own names on this machine: HTTPS by a certificate of ours, and the sandbox behind it."""

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.ports import HOST
from tests.support.scripted_server import reply, scripted_server
from tests.support.tls_front import Authority, tls_front

API_HOST = "z" * 26 + ".appsync-api.us-east-1.amazonaws.com"
ANOTHER_API = "y" * 26 + ".appsync-api.us-east-1.amazonaws.com"
VPC_ENDPOINT = "vpce-1-a.appsync-api.us-east-1.vpce.amazonaws.com"
STS = "sts.us-east-1.amazonaws.com"
ANOTHER_STS = "sts.eu-west-1.amazonaws.com"
MANAGEMENT = "appsync.us-east-1.amazonaws.com"
REST_API = "restapi123.execute-api.us-east-1.amazonaws.com"
PORTAL = "portal.example.com"
CUSTOM_DOMAIN = "api.example.com"
IAM = "iam.amazonaws.com"
# Those of the stand-ins.
OTHERS = tuple(f"{each}.us-east-1.amazonaws.com" for each in ("organizations", "ec2", "wafv2"))
NAMES = (
    *(PORTAL, CUSTOM_DOMAIN, API_HOST, ANOTHER_API, VPC_ENDPOINT, STS, ANOTHER_STS),
    *(MANAGEMENT, REST_API, IAM, *OTHERS),
)

# What stands on the way: the reply that it gives itself, else the request as it passes it on. An
# empty reply ends the connection.
OnTheWay = Callable[[bytes], tuple[bytes | None, bytes]]


@dataclass
class Names:
    """What the names lead to.

    Attributes:
        port: Where the sandbox is.
        on_the_way: What stands between; None for nothing.
        told: Returns a reply's body as it reaches who asked.
        domains: The custom domains that lead to the API.
    """

    port: int = 0
    on_the_way: OnTheWay | None = None
    told: Callable[[bytes], bytes] = bytes
    domains: set[str] = field(default_factory=set)

    def answer(self, connection: socket.socket, request: bytes) -> None:
        """Answers one request."""
        answered = None
        if self.on_the_way is not None:
            answered, request = self.on_the_way(request)
        if answered is None:
            answered = self._asked(request)
        if not answered:
            raise ConnectionResetError
        connection.sendall(answered)

    def _asked(self, request: bytes) -> bytes:
        host = host_of(request)
        if b"/graphql HTTP" in request.split(b"\r\n")[0] and host not in (API_HOST, *self.domains):
            return reply("404 -", b"{}")
        with socket.create_connection((HOST, self.port)) as there:
            return exchanged(there, request, self._as_told)

    def _as_told(self, body: bytes) -> bytes:
        own = f"http://{MANAGEMENT}/".encode()
        return self.told(body.replace(own, f"https://{API_HOST}/".encode()))


def exchanged(
    there: socket.socket, request: bytes, told: Callable[[bytes], bytes] = bytes
) -> bytes:
    """Returns the reply to a request on a connection of its own; none where it ends without.

    Args:
        there: The connection.
        request: As it is sent.
        told: Returns the reply's body as it is passed on.
    """
    there.sendall(request)
    response = http.client.HTTPResponse(there)
    try:
        response.begin()
        body = told(response.read())
    except (http.client.HTTPException, OSError):
        return b""
    kept = ("content-length", "transfer-encoding", "connection")
    headers = [f"{n}: {v}" for n, v in response.getheaders() if n.lower() not in kept]
    return reply(f"{response.status} -", body, *headers)


def host_of(request: bytes) -> str:
    """Returns the host that a request names."""
    for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"host":
            return value.strip().decode()
    return ""


@contextmanager
def named(names: Names, authority: Authority, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets AWS's names lead here, and every other name but the loopback's nowhere."""
    found = socket.getaddrinfo
    with (
        scripted_server(names.answer) as server,
        tls_front(authority.context(*NAMES), int(server.url.split(":")[2].split("/")[0])) as front,
    ):
        port = int(front.rpartition(":")[2])

        def resolved(host: Any, service: Any, *more: Any, **named_more: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name in NAMES:
                return found(HOST, port, *more, **named_more)
            if name in (HOST, "localhost", None):
                return found(host, service, *more, **named_more)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        patch.setattr(socket, "getaddrinfo", resolved)
        try:
            yield
        finally:
            patch.setattr(socket, "getaddrinfo", found)
