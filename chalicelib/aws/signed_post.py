"""One signed POST: what both hops, AssumeRole and GraphQL, are."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ssl import SSLEOFError
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from chalicelib.aws.connections import Connections, Route
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.http_reply import HttpReply, UnfitReplyError, receive_reply
from chalicelib.aws.sigv4 import signer
from chalicelib.context import Deadline
from chalicelib.errors import Service, UpstreamTimeout, UpstreamUnreachable


@dataclass(frozen=True)
class Endpoint:
    """Where a POST goes and for what it is signed.

    Attributes:
        url: Where it goes.
        own_host: What the Host header is, and is signed as, where it is not the URL's.
    """

    service: Service
    url: str
    region: str
    content_type: str
    own_host: str | None = None

    @property
    def signing_name(self) -> str:
        """The service of the credential scope."""
        return self.service.lower()

    @cached_property
    def host(self) -> str:
        """The Host header: the port stands in it unless it is the scheme's own."""
        if self.own_host is not None:
            return self.own_host
        parts = urlsplit(self.url)
        default = {"http": 80, "https": 443}[parts.scheme]
        if parts.port == default:
            return parts.netloc.rpartition(":")[0]
        return parts.netloc


class SignedPost:
    """Sends signed POSTs. Safe under threads.

    Args:
        ca_bundle: The file of certificates to trust; None for the environment's, or certifi's.
    """

    def __init__(self, ca_bundle: str | None = None) -> None:
        self._connections = Connections(ca_bundle)
        self._ways: dict[Endpoint, _Way] = {}

    def send(
        self,
        endpoint: Endpoint,
        body: bytes,
        credentials: Credentials,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Returns the reply, whatever its status; a redirect is not followed.

        Args:
            endpoint: Where it goes.
            body: The exact bytes.
            credentials: What it is signed with.
            deadline: By when the reply must be complete.
            headers: Further headers, which are not signed.

        Raises:
            UpstreamTimeout: The deadline passed; `sent` tells whether the request had gone out.
            UpstreamUnreachable: The connection failed or broke, the reply is too large, or anything
                else went wrong, a malformed proxy or CA bundle included; `sent` as above.
        """
        if deadline.remaining() <= 0:
            raise UpstreamTimeout(endpoint.service, "the deadline had passed before the request")
        sent = reusable = False
        connection = None
        try:
            way = self._ways.get(endpoint) or self._find_way(endpoint)
            signed = _sign(endpoint, body, credentials)
            message = way.head + _header_lines({**signed, **(headers or {})}) + b"\r\n" + body
            connection = way.route.take(deadline)
            # A negative time, where making the connection took all there was, is an error.
            connection.sock.settimeout(deadline.remaining())
            sent = True
            _send(connection.sock, message)
            read = receive_reply(connection.sock, deadline)
            reusable = read.reusable
        except Exception as error:  # whatever it is, who asks must learn whether it was sent
            if deadline.remaining() <= 0:
                raise UpstreamTimeout(endpoint.service, "the deadline passed", sent=sent) from error
            raise UpstreamUnreachable(endpoint.service, _name(error), sent=sent) from error
        finally:
            if reusable:
                way.route.give_back(connection)
            elif connection is not None:
                connection.close()
        return read.reply

    def close(self) -> None:
        """Closes all connections."""
        self._connections.close()

    def _find_way(self, endpoint: Endpoint) -> "_Way":
        route = self._connections.route(endpoint.url)
        lines = _header_lines(
            {
                "Host": endpoint.host,
                "Accept-Encoding": "identity",
                "Content-Type": endpoint.content_type,
                "User-Agent": "appsync-rest",
                **route.headers,
            }
        )
        way = _Way(route, f"POST {route.target} HTTP/1.1\r\n".encode("ascii") + lines)
        self._ways[endpoint] = way
        return way


class _Way(NamedTuple):
    """What all requests to an endpoint have in common.

    Attributes:
        route: Its connections.
        head: The lines with which each request begins.
    """

    route: Route
    head: bytes


def _sign(endpoint: Endpoint, body: bytes, credentials: Credentials) -> dict[str, str]:
    """Returns the headers of a signed request; only those that must be are signed."""
    request = requests.PreparedRequest()
    request.method = "POST"
    request.url = endpoint.url
    request.body = body
    # A plain dict of lower-case names: the signer takes it, and a CaseInsensitiveDict costs more
    # than the signature's HMAC.
    headers: dict[str, str] = {"host": endpoint.host, "content-type": endpoint.content_type}
    request.headers = headers  # type: ignore[assignment]  # as said
    signer(credentials, endpoint.region, endpoint.signing_name)(request)
    del headers["host"], headers["content-type"]
    headers["content-length"] = str(len(body))
    return headers


def _header_lines(headers: Mapping[str, str]) -> bytes:
    """Returns the lines of a request's head.

    Raises:
        ValueError: A value is beyond Latin-1, or holds what ends a line: whoever chose it could
            write further headers.
    """
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if not lines.count("\r") == lines.count("\n") == len(headers) or "\0" in lines:
        raise ValueError("a header's value is more than one line")
    return lines.encode("latin-1")


def _send(sock: Any, message: bytes) -> None:
    """Sends head and body in one piece: one system call, and one segment for a small body."""
    try:
        sock.sendall(message)
    except (BrokenPipeError, ConnectionResetError, SSLEOFError):
        # Who refuses a request may have answered it before it was there, and gone.
        return


def _name(error: BaseException) -> str:
    return str(error) if isinstance(error, UnfitReplyError) else type(error).__name__


def milliseconds_since(start: float) -> float:
    """Returns the milliseconds since `start`, an instant of time.perf_counter()."""
    return (time.perf_counter() - start) * 1000
