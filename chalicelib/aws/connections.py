"""Kept connections to the two services.

requests knows the environment's proxies, the CA bundle and TLS; it and urllib3 are asked once an
endpoint, and at each connection that is made. A request itself goes past both: a Session merges
environment, cookies and redirects anew at every request, urllib3 retries and timeouts, and none of
that has a place here.
"""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
)
from urllib3.util.connection import allowed_gai_family

from chalicelib.aws.http_reply import DeadlineReader
from chalicelib.context import Deadline

CONNECT_SECONDS = 5.0
# A peer that acknowledges nothing of what it is sent for so long is gone: while Lambda freezes a
# process, networks forget its connections without a word, and a reply would be waited for to the
# deadline. A reply that is slow is not concerned.
ACKNOWLEDGED_SECONDS = 5.0
# Slots for idle connections; only chalice local, which has a thread for each client, fills them.
POOL_SIZE = 256


class Connections:
    """The connections of a process. Safe under threads.

    Args:
        ca_bundle: The file of certificates to trust; None for the environment's, or certifi's.
    """

    def __init__(self, ca_bundle: str | None = None) -> None:
        self._ca_bundle = ca_bundle
        self._session = requests.Session()
        self._adapter = _Adapter(pool_connections=4, pool_maxsize=POOL_SIZE)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._routes: list[Route] = []

    def route(self, url: str) -> "Route":
        """Returns the way to a URL, with the proxy and CA bundle of the environment.

        Both are looked up here, and not again: they do not change while a process lives.

        Raises:
            Exception: requests' or urllib3's, for a malformed proxy or a CA bundle that is not
                there.
        """
        environment = self._session.merge_environment_settings(url, {}, None, self._ca_bundle, None)
        route = self._adapter.route(url, environment)
        self._routes.append(route)
        return route

    def close(self) -> None:
        """Closes all that are idle now, and each other when it is given back; none is made then."""
        # A session only forgets its pools, each of which lives on in its routes.
        for each in self._routes:
            each.close()
        self._session.close()


class _Connection(HTTPConnection):
    """A connection that stands by a deadline: addresses, handshake and a proxy's answer included.

    Attributes:
        deadline: Of the request that connects.
    """

    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        """Returns a socket to the first of the host's addresses that takes it.

        urllib3 gives each address the whole time. A host may have many, and where a network lets
        nothing through, none of them answers.
        """
        named = self._dns_host, self.port
        failure: Exception = TimeoutError("the deadline passed")
        try:
            for place in self._places():
                self._dns_host, self.port = place
                self.timeout = self._seconds()
                if self.timeout <= 0:
                    break
                try:
                    sock = super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    failure = error
                    continue
                left = self._seconds()
                if left <= 0:
                    sock.close()
                    break
                sock.settimeout(left)
                return sock
        finally:
            self._dns_host, self.port = named
        raise failure

    def _places(self) -> Iterable[tuple[str, int]]:
        family = allowed_gai_family()
        name = self._dns_host.strip("[]")
        try:
            found = socket.getaddrinfo(name, self.port, family, socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        return dict.fromkeys((str(each[4][0]), int(each[4][1])) for each in found)

    def _seconds(self) -> float:
        return min(CONNECT_SECONDS, self.deadline.remaining())

    def response_class(  # type: ignore[override]  # a class, there
        self, sock: socket.socket, method: str | None = None
    ) -> HTTPResponse:
        """Returns http.client's reader of a proxy's answer to CONNECT."""
        # All that http.client asks of a socket is `makefile`.
        return HTTPResponse(DeadlineReader(sock, self.deadline), method=method)  # type: ignore[arg-type]


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def take(self, deadline: Deadline, *, tunnels: bool) -> Any:
        """Returns an idle connection that stands, or a new one, as urllib3 makes it.

        Args:
            deadline: Of the request that is to go over it.
            tunnels: Whether a proxy is to pass on what it cannot read.
        """
        connection: Any = self._get_conn()
        if connection.sock is None:
            connection.deadline = deadline
            try:
                if tunnels:
                    self._prepare_proxy(connection)
                else:
                    connection.connect()
            except Exception as error:
                proxy_failed = connection.proxy and not connection.has_connected_to_proxy
                connection.close()
                if proxy_failed:
                    raise ProxyError("no way through the proxy", error) from error
                raise
        return connection

    def give_back(self, connection: Any) -> None:
        """Keeps a connection for another request."""
        self._put_conn(connection)


class _TlsPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a URL.

    Attributes:
        target: What a request line names.
        headers: What a proxy wants to read in each request.
    """

    target: str
    headers: Mapping[str, str]
    _pool: _Pool
    _tunnels: bool

    def take(self, deadline: Deadline) -> Any:
        """Returns a connection that stands, for one request.

        Raises:
            Exception: urllib3's, ssl's or the system's: none can be made.
        """
        return self._pool.take(deadline, tunnels=self._tunnels)

    def give_back(self, connection: Any) -> None:
        """Keeps a connection for another request."""
        self._pool.give_back(connection)

    def close(self) -> None:
        """Closes its connections, those in use when they are given back."""
        self._pool.close()


class _Adapter(HTTPAdapter):
    """The session's adapter: requests' pools, proxies and TLS settings, our connections."""

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, **keywords, socket_options=_socket_options())
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **keywords, socket_options=_socket_options())
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def route(self, url: str, environment: Mapping[str, Any]) -> Route:
        """Returns the route to a URL under the environment's proxies and CA bundle."""
        request = requests.Request("POST", url).prepare()
        pool: Any = self.get_connection_with_tls_context(
            request, environment["verify"], environment["proxies"], environment["cert"]
        )
        self.cert_verify(pool, url, environment["verify"], environment["cert"])
        target = self.request_url(request, environment["proxies"])
        tunnels = pool.proxy is not None and urlsplit(url).scheme == "https"
        return Route(target, {} if tunnels else pool.proxy_headers, pool, tunnels)


_POOLS = {"http": _Pool, "https": _TlsPool}


def _socket_options() -> list[tuple[int, int, int]]:
    """Returns urllib3's own options, and the one for ACKNOWLEDGED_SECONDS, which only Linux has.

    Source: tcp(7), TCP_USER_TIMEOUT.
    """
    own: Any = HTTPConnection.default_socket_options
    option: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is None:
        return [*own]
    return [*own, (socket.IPPROTO_TCP, option, int(ACKNOWLEDGED_SECONDS * 1000))]
