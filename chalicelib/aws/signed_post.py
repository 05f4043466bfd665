"""One signed POST: what both hops, AssumeRole and GraphQL, are.

One requests session is kept for the process, with its connections alive. A request goes straight to
the session's adapter: a Session merges environment, cookies and redirects anew at every request,
and none of that has a place here.
"""

import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPResponse
from threading import local
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from chalicelib.aws.credentials import Credentials
from chalicelib.aws.sigv4 import signer
from chalicelib.context import Deadline
from chalicelib.errors import Service, TransportError, UpstreamTimeout, UpstreamUnreachable

CONNECT_SECONDS = 5.0
# A peer that acknowledges nothing of what it is sent for so long is gone: while Lambda freezes a
# process, networks forget its connections without a word, and a reply would be waited for to the
# deadline. A reply that is slow is not concerned.
ACKNOWLEDGED_SECONDS = 5.0
# AppSync's and STS's replies are bounded themselves; this bounds what stands in memory.
MAX_REPLY_BYTES = 6 * 1024 * 1024
# Slots for idle connections; only chalice local, which has a thread for each client, fills them.
POOL_SIZE = 256


class _Current(local):
    """The request that this thread is sending, inside urllib3, where no argument of ours reaches.

    Attributes:
        deadline: The request's; http.client makes its reader of it.
        sent: Whether bytes of it have been handed to a socket, so that it may have gone out.
    """

    deadline: Deadline | None = None
    sent: bool = False


_current = _Current()


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A complete reply.

    Attributes:
        status: The HTTP status.
        headers: By case-insensitive names.
        body: The exact bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        self._ca_bundle = ca_bundle
        self._session = requests.Session()
        self._adapter = _DeadlineAdapter(pool_connections=4, pool_maxsize=POOL_SIZE)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._routes: dict[str, _Route] = {}

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
        remaining = deadline.remaining()
        if remaining <= 0:
            raise UpstreamTimeout(endpoint.service, "the deadline had passed before the request")
        _current.deadline = deadline
        _current.sent = False
        try:
            signed = _sign(endpoint, body, credentials)
            if headers:
                signed.update(headers)
            route = self._routes.get(endpoint.url) or self._find_route(endpoint.url)
            response = route.pool.urlopen(
                "POST",
                route.target,
                body=body,
                headers=signed,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                timeout=Timeout(connect=min(CONNECT_SECONDS, remaining), read=remaining),
            )
            return _read(response, endpoint.service)
        except TransportError:
            raise
        except Exception as error:  # whatever it is, who asks must learn whether it was sent
            sent = _current.sent
            if deadline.remaining() <= 0:
                raise UpstreamTimeout(endpoint.service, "the deadline passed", sent=sent) from error
            raise UpstreamUnreachable(endpoint.service, _name(error), sent=sent) from error
        finally:
            _current.deadline = None

    def close(self) -> None:
        """Closes all connections."""
        self._session.close()

    def _find_route(self, url: str) -> "_Route":
        """Returns the pool for a URL, with the proxy and CA bundle of the environment.

        Both are looked up once: they do not change while a process lives.
        """
        environment = self._session.merge_environment_settings(url, {}, None, self._ca_bundle, None)
        route = self._adapter.route(url, environment)
        self._routes[url] = route
        return route


def _sign(endpoint: Endpoint, body: bytes, credentials: Credentials) -> dict[str, str]:
    """Returns the headers of a signed request; only those that must be are signed."""
    request = requests.PreparedRequest()
    request.method = "POST"
    request.url = endpoint.url
    request.body = body
    # A plain dict of lower-case names: the signer takes it, and a CaseInsensitiveDict costs more
    # than the signature's HMAC.
    headers: dict[str, str] = {"host": endpoint.host, "content-type": endpoint.content_type}
    request.headers = headers  # type: ignore[assignment]
    signer(credentials, endpoint.region, endpoint.signing_name)(request)
    headers["content-length"] = str(len(body))
    headers["user-agent"] = "appsync-rest"
    return headers


def _name(error: BaseException) -> str:
    return type(error).__name__


def _read(response: BaseHTTPResponse, service: Service) -> HttpReply:
    body = response.read(MAX_REPLY_BYTES + 1, decode_content=True)
    if len(body) > MAX_REPLY_BYTES:
        response.close()
        raise UpstreamUnreachable(service, "the reply is too large", sent=True)
    # urllib3 has counted the bytes of a reply that says how long it is. One that does not (AppSync
    # and STS always do) was cut off within its headers.
    if "Content-Length" not in response.headers and not getattr(response, "chunked", False):
        response.close()
        raise UpstreamUnreachable(service, "the reply was cut off", sent=True)
    response.release_conn()
    return HttpReply(response.status, response.headers, body)


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket and looks at the deadline before each read.

    A socket's own timeout bounds one read, so a dripping reply, headers included, would outlive
    any timeout.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._deadline.remaining()
        if remaining <= 0:
            raise TimeoutError("the deadline passed")
        self._sock.settimeout(remaining)
        return self._file.readinto(buffer)

    def close(self) -> None:
        # The file keeps the socket's descriptor open until it is closed itself.
        if not self.closed:
            self._file.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    """http.client's response over a `_DeadlineReader`."""

    def __init__(self, sock: socket.socket, *args: Any, **keywords: Any) -> None:
        super().__init__(sock, *args, **keywords)
        deadline = _current.deadline
        if deadline is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_DeadlineReader(sock, deadline))


class _OneSend(HTTPConnection):
    """Sends head and body in one piece: one system call, and one segment for a small body."""

    response_class = _DeadlineResponse
    _held: list[bytes] | None = None

    def request(self, *args: Any, **keywords: Any) -> None:
        self._held = []
        try:
            super().request(*args, **keywords)
            held = b"".join(self._held)
        finally:
            self._held = None
        if self.sock is None:
            self.connect()
        _current.sent = True
        super().send(held)

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)


class _Connection(_OneSend):
    pass


class _TlsConnection(_OneSend, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@dataclass(frozen=True, slots=True)
class _Route:
    """A URL's pool, and the request target to send over it."""

    pool: HTTPConnectionPool
    target: str


class _DeadlineAdapter(HTTPAdapter):
    """The session's adapter: requests' pools, proxies and TLS settings, our connections."""

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        options = [*HTTPConnection.default_socket_options, *_acknowledged()]
        super().init_poolmanager(*args, **keywords, socket_options=options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def route(self, url: str, environment: Mapping[str, Any]) -> _Route:
        """Returns the route to a URL under the environment's proxies and CA bundle."""
        request = requests.Request("POST", url).prepare()
        pool: Any = self.get_connection_with_tls_context(
            request, environment["verify"], environment["proxies"], environment["cert"]
        )
        self.cert_verify(pool, url, environment["verify"], environment["cert"])
        return _Route(pool, self.request_url(request, environment["proxies"]))


def _acknowledged() -> list[tuple[int, int, int]]:
    """Returns the socket option for it, which only Linux has.

    Source: tcp(7), TCP_USER_TIMEOUT.
    """
    option: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is None:
        return []
    return [(socket.IPPROTO_TCP, option, int(ACKNOWLEDGED_SECONDS * 1000))]


def milliseconds_since(start: float) -> float:
    """Returns the milliseconds since `start`, an instant of time.perf_counter()."""
    return (time.perf_counter() - start) * 1000
