"""One signed POST: what both hops, AssumeRole and GraphQL, are.

One requests session is kept for the process, with its connections alive. Of requests, the adapter
alone is used: a Session merges environment, cookies and redirects anew at every request, none of
which has a place here.
"""

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from socket import socket
from threading import local
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from chalicelib.aws.credentials import Credentials
from chalicelib.aws.sigv4 import signer
from chalicelib.context import Deadline
from chalicelib.errors import Service, UpstreamTimeout, UpstreamUnreachable

CONNECT_SECONDS = 5.0
_BEFORE_SENDING = frozenset(
    {
        "ConnectTimeoutError",
        "NameResolutionError",
        "NewConnectionError",
        "SSLCertVerificationError",
    }
)
# AppSync's and STS's replies are bounded themselves; this bounds what stands in memory.
MAX_REPLY_BYTES = 6 * 1024 * 1024
POOL_SIZE = 32

# The deadline of the request that this thread is sending: http.client makes its reader inside
# urllib3, where no argument of ours reaches.
_current = local()


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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a POST goes and for what it is signed."""

    service: Service
    url: str
    region: str
    content_type: str

    @property
    def signing_name(self) -> str:
        """The service of the credential scope."""
        return self.service.lower()


class SignedPost:
    """Sends signed POSTs. Safe under threads."""

    def __init__(self) -> None:
        self._session = requests.Session()
        adapter = _DeadlineAdapter(pool_connections=4, pool_maxsize=POOL_SIZE)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._environment: dict[str, Mapping[str, Any]] = {}

    def send(
        self,
        endpoint: Endpoint,
        body: bytes,
        credentials: Credentials,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Returns the reply, whatever its status; a redirect is not followed.

        Raises:
            UpstreamTimeout: The deadline passed; `sent` tells whether the request had gone out.
            UpstreamUnreachable: The connection failed or broke, or the reply is too large.
        """
        remaining = deadline.remaining()
        if remaining <= 0:
            raise UpstreamTimeout(endpoint.service, "the deadline had passed before the request")
        prepared = requests.PreparedRequest()
        prepared.method = "POST"
        prepared.url = endpoint.url
        prepared.body = body
        prepared.headers = CaseInsensitiveDict(
            {
                "Content-Type": endpoint.content_type,
                "Content-Length": str(len(body)),
                "Accept-Encoding": "identity",
                "User-Agent": "appsync-rest",
                **(headers or {}),
            }
        )
        signer(credentials, endpoint.region, endpoint.signing_name)(prepared)
        _current.deadline = deadline
        try:
            response = self._session.get_adapter(endpoint.url).send(
                prepared,
                stream=True,
                timeout=(min(CONNECT_SECONDS, remaining), remaining),
                **self._environment_for(endpoint.url),
            )
            return _read(response, endpoint.service)
        except (requests.ConnectTimeout, requests.exceptions.ProxyError) as error:
            raise self._failure(endpoint.service, deadline, error, sent=False) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            sent = not _never_connected(error)
            raise self._failure(endpoint.service, deadline, error, sent=sent) from error
        finally:
            _current.deadline = None

    def close(self) -> None:
        """Closes all connections."""
        self._session.close()

    def _environment_for(self, url: str) -> Mapping[str, Any]:
        """Returns the proxies and the CA bundle that the environment asks for, looked up once."""
        known = self._environment.get(url)
        if known is None:
            merged = self._session.merge_environment_settings(url, {}, None, None, None)
            known = {key: merged[key] for key in ("proxies", "verify", "cert")}
            self._environment[url] = known
        return known

    @staticmethod
    def _failure(
        service: Service, deadline: Deadline, error: Exception, *, sent: bool
    ) -> UpstreamTimeout | UpstreamUnreachable:
        if deadline.remaining() <= 0:
            return UpstreamTimeout(service, "the deadline passed", sent=sent)
        return UpstreamUnreachable(service, type(error).__name__, sent=sent)


def _never_connected(error: BaseException | None) -> bool:
    """Whether the request cannot have gone out: no connection was made for it."""
    seen = 0
    while error is not None and seen < 10:  # noqa: PLR2004 - a bound against a cycle
        name = type(error).__name__
        if name in _BEFORE_SENDING:
            return True
        if name == "MaxRetryError":
            error = getattr(error, "reason", None)
        else:
            error = error.args[0] if error.args and isinstance(error.args[0], Exception) else None
        seen += 1
    return False


def _read(response: requests.Response, service: Service) -> HttpReply:
    raw = response.raw
    body: bytes = raw.read(MAX_REPLY_BYTES + 1, decode_content=True)
    if len(body) > MAX_REPLY_BYTES:
        response.close()
        raise UpstreamUnreachable(service, "the reply is too large", sent=True)
    # urllib3 has counted the bytes of a reply that says how long it is. One that does not (AppSync
    # and STS always do) was cut off within its headers.
    if "Content-Length" not in response.headers and not raw.chunked:
        response.close()
        raise UpstreamUnreachable(service, "the reply was cut off", sent=True)
    raw.release_conn()
    return HttpReply(response.status_code, response.headers, body)


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket and looks at the deadline before each read.

    A socket's own timeout bounds one read, so a dripping reply, headers included, would outlive
    any timeout.
    """

    def __init__(self, sock: socket, deadline: Deadline) -> None:
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

    def __init__(self, sock: socket, *args: Any, **keywords: Any) -> None:
        super().__init__(sock, *args, **keywords)
        deadline: Deadline | None = getattr(_current, "deadline", None)
        if deadline is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_DeadlineReader(sock, deadline))


class _Connection(HTTPConnection):
    response_class = _DeadlineResponse


class _TlsConnection(HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _DeadlineAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def milliseconds_since(start: float) -> float:
    """Returns the milliseconds since `start`, an instant of time.perf_counter()."""
    return (time.perf_counter() - start) * 1000
