"""Which connections a signed POST goes over: kept, left, through a proxy; over loopback."""

import gzip
import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import urllib3.util.connection

from chalicelib.aws.connections import CONNECT_SECONDS
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.signed_post import Endpoint, SignedPost
from chalicelib.context import Deadline
from chalicelib.errors import UpstreamTimeout, UpstreamUnreachable
from tests.support.scripted_server import ScriptedServer, reply, scripted_server
from tests.support.tls_front import Authority, tls_front

CREDENTIALS = Credentials("ASIAEXAMPLE", "secret-of-the-test", "token-of-the-test")
DATA = b'{"data":{}}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + DATA + b"\r\n0\r\n\r\n"
AUTHORIZATION = "proxy-authorization: basic dxnlcjpwyxnz"  # user:pass, in lower case


@pytest.fixture
def post() -> Iterator[SignedPost]:
    """A poster whose connections are closed at the end."""
    poster = SignedPost()
    yield poster
    poster.close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Takes the machine's own proxies and bundles away."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def endpoint(url: str) -> Endpoint:
    """AppSync at this address."""
    return Endpoint("AppSync", url, "us-east-1", "application/json")


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (reply("200 OK", DATA), 1),
        (reply("200 OK", DATA, "Connection: keep-alive"), 1),
        (reply("200 OK", gzip.compress(DATA), "Content-Encoding: gzip"), 1),
        (CHUNKED, 1),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + reply("200 OK", DATA), 1),
        (reply("200 OK", DATA, "Connection: close"), 2),
        (reply("200 OK", DATA, "Connection: Close, x"), 2),
        (reply("200 OK", DATA).replace(b"HTTP/1.1", b"HTTP/1.0"), 2),
        (reply("200 OK", DATA) + b"more", 2),
    ],
    ids=[
        *("length", "keep-alive", "gzip", "chunked", "interim"),
        *("close", "close among others", "HTTP/1.0", "more than the reply"),
    ],
)
def test_a_connection_is_kept_where_the_reply_ends_it_cleanly(post, answer, connections):
    """And only there; the body is the same, whatever it came in."""
    with scripted_server(lambda connection, _: connection.sendall(answer)) as server:
        for _ in range(2):
            answered = post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
            assert (answered.status, answered.body) == (200, DATA)
        assert (server.connections, len(server.requests)) == (connections, 2)


def test_a_connection_that_was_closed_while_it_was_idle_is_not_used(post):
    """It is seen to be gone before anything is sent over it."""
    closed = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(reply("200 OK", DATA))
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with scripted_server(answer) as server:
        for _ in range(2):
            closed.clear()
            post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
            assert closed.wait(10)
        assert server.connections == 2


def lead(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Makes every name one of a host with these addresses, in this order."""
    known = socket.getaddrinfo

    def found(host: str, port: int, *more: Any) -> list[Any]:
        places = addresses if host == "b.example" else (host,)
        return [each for place in places for each in known(place, port, *more)]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_all_addresses_of_a_host_share_the_deadline(post, monkeypatch):
    """Where nothing comes through, each takes its connect time, and none is tried after all."""
    now = 0.0
    tried = []

    def silent(address: tuple[str, int], timeout: float, **_options: Any) -> socket.socket:
        nonlocal now
        tried.append((address[0], timeout))
        now += timeout
        raise TimeoutError

    lead(monkeypatch, "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
    monkeypatch.setattr("urllib3.util.connection.create_connection", silent)
    deadline = Deadline(CONNECT_SECONDS + 2, lambda: now)
    with pytest.raises(UpstreamTimeout) as caught:
        post.send(endpoint("http://b.example/graphql"), b"{}", CREDENTIALS, deadline)
    assert not caught.value.sent
    assert tried == [("127.0.0.2", CONNECT_SECONDS), ("127.0.0.3", 2)]


def test_the_handshake_has_what_the_connecting_left_of_the_deadline(post, monkeypatch):
    """Its own time would begin anew: a server that is silent then would be waited for too long."""
    now = 0.0
    left = []
    connect = urllib3.util.connection.create_connection

    def slow(address: tuple[str, int], timeout: float, **options: Any) -> socket.socket:
        nonlocal now
        now += 3
        return connect(address, timeout, **options)

    def handshake(sock: socket.socket, **_options: Any) -> None:
        left.append(sock.gettimeout())
        sock.close()
        raise ssl.SSLError

    monkeypatch.setattr("urllib3.util.connection.create_connection", slow)
    monkeypatch.setattr("urllib3.connection._ssl_wrap_socket_and_match_hostname", handshake)
    with scripted_server(lambda connection, _: connection.sendall(b"")) as server:
        asked = endpoint(server.url.replace("http:", "https:"))
        with pytest.raises(UpstreamUnreachable):
            post.send(asked, b"{}", CREDENTIALS, Deadline(4, lambda: now))
    assert left == [1]


def test_an_address_that_takes_no_connection_is_passed_over(monkeypatch, tmp_path):
    """The next one is tried, and the certificate is still looked at for the host's name."""
    authority = Authority(tmp_path / "authority")
    lead(monkeypatch, "127.0.0.2", "127.0.0.1")
    with scripted_server(lambda connection, _: connection.sendall(reply("200 OK", DATA))) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with tls_front(authority.context("b.example"), port) as url:
            post = SignedPost(str(authority.bundle))
            named = url.replace("127.0.0.1", "b.example")
            answered = post.send(endpoint(named), b"{}", CREDENTIALS, Deadline.after(60))
            post.close()
    assert answered.body == DATA


def test_a_closed_poster_holds_no_connection_and_makes_none():
    """Who is done with it closes what it kept, and a request after that was not sent."""
    ended: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(reply("200 OK", DATA))
        ended.put(connection.recv(1))

    with scripted_server(answer) as server:
        post = SignedPost()
        post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
        post.close()
        assert ended.get(timeout=10) == b""
        with pytest.raises(UpstreamUnreachable) as caught:
            post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
    assert not caught.value.sent


def test_a_refusal_that_comes_before_the_request_is_whole_is_the_reply(post):
    """Who has no use for so large a body answers, and closes, while it is still being sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(reply("413 Content Too Large", b"{}"))

        thread = threading.Thread(target=refuse)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        answered = post.send(endpoint(url), b"x" * 16_000_000, CREDENTIALS, Deadline.after(60))
        thread.join()
    assert answered.status == 413


def test_over_tls_too_a_refusal_that_comes_before_the_request_is_whole_is_the_reply(tmp_path):
    """As without TLS, whose library names a broken pipe otherwise."""
    authority = Authority(tmp_path / "authority")
    context = authority.context()
    answered_to = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(1000)
                secure.sendall(reply("413 Content Too Large", b"{}"))
                secure.shutdown(socket.SHUT_RDWR)
                answered_to.wait(60)

        thread = threading.Thread(target=refuse)
        thread.start()
        post = SignedPost(str(authority.bundle))
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/graphql"
        try:
            answered = post.send(endpoint(url), b"x" * 16_000_000, CREDENTIALS, Deadline.after(60))
        finally:
            answered_to.set()
            thread.join()
            post.close()
    assert answered.status == 413


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\r\n "])
@pytest.mark.parametrize("where", ["header", "token"])
def test_no_value_can_add_a_header(post, where, end):
    """What would end a header's line breaks the request where it is built."""
    text = f"r-1{end}X-Evil: 1"
    token = text if where == "token" else "token-of-the-test"
    credentials = Credentials("ASIAEXAMPLE", "secret-of-the-test", token)
    headers = {"X-Request-Id": text if where == "header" else "r-1"}
    with scripted_server(lambda connection, _: connection.sendall(reply("200 OK", DATA))) as server:
        with pytest.raises(UpstreamUnreachable) as caught:
            post.send(endpoint(server.url), b"{}", credentials, Deadline.after(60), headers)
        assert server.requests == []
    assert not caught.value.sent


@contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch, scheme: str, proxy_url: str) -> Iterator[SignedPost]:
    """Gives a poster whose environment has this proxy for a scheme, with a name and a password."""
    monkeypatch.setenv(f"{scheme}_proxy", proxy_url.replace("http://", "http://user:pass@"))
    poster = SignedPost()
    try:
        yield poster
    finally:
        poster.close()


def test_a_proxy_is_told_the_whole_address_and_who_asks(monkeypatch):
    """Over plain HTTP it passes the request on itself; the connection to it is kept."""
    with (
        scripted_server(lambda connection, _: connection.sendall(reply("200 OK", DATA))) as proxy,
        proxied(monkeypatch, "http", proxy.url) as post,
    ):
        for _ in range(2):
            url = "http://b.example:81/graphql"
            assert post.send(endpoint(url), b"{}", CREDENTIALS, Deadline.after(60)).body == DATA
        assert proxy.connections == 1
    for request in proxy.requests:
        lines = request.decode().lower().split("\r\n")
        assert lines[0] == "post http://b.example:81/graphql http/1.1"
        assert "host: b.example:81" in lines
        assert AUTHORIZATION in lines


def test_what_breaks_off_behind_a_proxy_may_have_been_sent(monkeypatch):
    """A proxy that closes without an answer may have passed the request on."""
    with (
        scripted_server(lambda connection, _: connection.shutdown(socket.SHUT_RDWR)) as proxy,
        proxied(monkeypatch, "http", proxy.url) as post,
        pytest.raises(UpstreamUnreachable) as caught,
    ):
        post.send(endpoint("http://b.example/graphql"), b"{}", CREDENTIALS, Deadline.after(60))
    assert len(proxy.requests) == 1
    assert caught.value.sent


def test_a_reply_that_drips_through_a_proxy_does_not_outlive_the_deadline(monkeypatch):
    """As without one."""
    dripped = threading.Event()

    def drip(connection: socket.socket, _request: bytes) -> None:
        for byte in reply("200 OK", b"x" * 1000):
            connection.sendall(bytes([byte]))
            threading.Event().wait(0.05)
        dripped.set()

    with (
        scripted_server(drip) as proxy,
        proxied(monkeypatch, "http", proxy.url) as post,
    ):
        with pytest.raises(UpstreamTimeout) as caught:
            post.send(endpoint("http://b.example/graphql"), b"{}", CREDENTIALS, Deadline.after(0.5))
        assert not dripped.is_set()
    assert caught.value.sent


def tunnel(connection: socket.socket, request: bytes) -> None:
    """Answers CONNECT, as a proxy does, and passes on what comes."""
    host, port = request.split()[1].decode().split(":")
    with ExitStack() as stack:
        stack.callback(connection.close)
        there = stack.enter_context(socket.create_connection((host, int(port))))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pass_on, args=(there, connection))
        back.start()
        _pass_on(connection, there)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def secured(folder: Path) -> Iterator[tuple[ScriptedServer, str, str]]:
    """Gives a server, its https address, and the bundle with its certificate's authority."""
    authority = Authority(folder / "authority")
    context = authority.context()
    with scripted_server(lambda connection, _: connection.sendall(reply("200 OK", DATA))) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with tls_front(context, port) as url:
            yield server, f"{url}/graphql", str(authority.bundle)


def test_over_tls_a_proxy_only_passes_on_what_it_cannot_read(monkeypatch, tmp_path):
    """CONNECT once; the proxy's password stays with the proxy, and the connection is kept."""
    with (
        secured(tmp_path) as (server, url, bundle),
        scripted_server(tunnel) as proxy,
    ):
        monkeypatch.setenv("https_proxy", proxy.url.replace("http://", "http://user:pass@"))
        post = SignedPost(bundle)
        for _ in range(2):
            assert post.send(endpoint(url), b"{}", CREDENTIALS, Deadline.after(60)).body == DATA
        post.close()
    assert [request.split()[0] for request in proxy.requests] == [b"CONNECT"]
    assert AUTHORIZATION in proxy.requests[0].decode().lower()
    assert len(server.requests) == 2
    for request in server.requests:
        assert request.startswith(b"POST /graphql HTTP/1.1\r\n")
        assert b"proxy-authorization" not in request.lower()


@pytest.mark.parametrize(
    ("answer", "seconds", "error"),
    [
        (reply("407 Proxy Authentication Required", b""), 60, UpstreamUnreachable),
        (b"no HTTP\r\n\r\n", 60, UpstreamUnreachable),
        (b"", 0.5, UpstreamTimeout),
    ],
    ids=["refuses", "speaks no HTTP", "is silent"],
)
def test_a_proxy_that_makes_no_tunnel_was_given_no_request(monkeypatch, answer, seconds, error):
    """Nothing can have been done; a proxy that says nothing is left at the deadline."""
    asked = endpoint("https://b.example/graphql")
    with (
        scripted_server(lambda connection, _: connection.sendall(answer)) as proxy,
        proxied(monkeypatch, "https", proxy.url) as post,
        pytest.raises(error) as caught,
    ):
        post.send(asked, b"{}", CREDENTIALS, Deadline.after(seconds))
    assert not caught.value.sent
    assert [request.split()[:2] for request in proxy.requests] == [[b"CONNECT", b"b.example:443"]]
