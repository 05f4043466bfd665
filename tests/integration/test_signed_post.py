"""The signed POST against servers that misbehave, over loopback."""

import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace

import botocore.credentials
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from chalicelib.aws import connections
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.http_reply import MAX_REPLY_BYTES
from chalicelib.aws.signed_post import Endpoint, SignedPost
from chalicelib.context import Deadline
from chalicelib.errors import UpstreamTimeout, UpstreamUnreachable
from tests.support.ports import reserved_port
from tests.support.scripted_server import Answer, reply, scripted_server

SO_ATTACH_FILTER = 26
CREDENTIALS = Credentials("ASIAEXAMPLE", "secret-of-the-test", "token-of-the-test")


@pytest.fixture
def post() -> Iterator[SignedPost]:
    """A poster whose connections are closed at the end."""
    poster = SignedPost()
    yield poster
    poster.close()


def endpoint(url: str) -> Endpoint:
    """AppSync at this address."""
    return Endpoint("AppSync", url, "us-east-1", "application/json")


def always(answer: bytes) -> Answer:
    """Answers every request with the same bytes."""
    return lambda connection, _request: connection.sendall(answer)


def drip(head: bytes, rest: bytes, dripped: threading.Event) -> Answer:
    """Sends `head` at once and `rest` a byte every 50 ms; sets the event if it comes to the end."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        for byte in rest:
            connection.sendall(bytes([byte]))
            threading.Event().wait(0.05)
        dripped.set()

    return answer


def drop_all_that_comes(connection: socket.socket) -> None:
    """Lets the kernel drop every segment before TCP sees it, as a network does that forgot it.

    Source: Linux's Documentation/networking/filter.rst; the filter's one instruction keeps 0 bytes.
    """
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(instruction))
    connection.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def test_keeps_one_connection_for_several_requests(post):
    """Two requests share a connection, and the reply arrives whole."""
    with scripted_server(always(reply("200 OK", b'{"data":{}}'))) as server:
        for _ in range(2):
            answered = post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
        assert (answered.status, answered.body) == (200, b'{"data":{}}')
        assert server.connections == 1


def test_signs_what_it_sends_and_sends_no_secret(post):
    """The request carries a signature and the token, and never the secret key."""
    with scripted_server(always(reply("200 OK", b"{}"))) as server:
        headers = {"X-Request-Id": "r-1"}
        post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60), headers)
    head = server.requests[0].decode().lower()
    assert "credential=asiaexample/" in head
    assert "us-east-1/appsync/aws4_request" in head
    assert "x-amz-security-token: token-of-the-test" in head
    assert "x-request-id: r-1" in head
    assert "secret-of-the-test" not in head


def test_a_host_of_its_own_is_sent_and_signed_where_the_url_only_leads_the_way(post):
    """One Host header, the API's; the signature is over it, as botocore computes it."""
    own = "abcdefghijklmnopqrstuvwxyz.appsync-api.us-east-1.amazonaws.com"
    with scripted_server(always(reply("200 OK", b"{}"))) as server:
        address = replace(endpoint(server.url), own_host=own)
        post.send(address, b"{}", CREDENTIALS, Deadline.after(60))
    head = server.requests[0].decode().partition("\r\n\r\n")[0].split("\r\n")[1:]
    sent = [tuple(line.split(": ", 1)) for line in head]
    assert [value for name, value in sent if name.lower() == "host"] == [own]
    headers = {name.lower(): value for name, value in sent}
    signed = AWSRequest("POST", f"https://{own}/graphql", data=b"{}")
    for name in ("content-type", "x-amz-content-sha256", "x-amz-date"):
        signed.headers[name] = headers[name]
    signed.context["timestamp"] = headers["x-amz-date"]
    key = botocore.credentials.Credentials(
        CREDENTIALS.access_key_id, CREDENTIALS.secret_access_key, CREDENTIALS.session_token
    )
    signer = SigV4Auth(key, "appsync", "us-east-1")
    signed.headers["x-amz-security-token"] = "token-of-the-test"
    canonical = signer.canonical_request(signed)
    expected = signer.signature(signer.string_to_sign(signed, canonical), signed)
    assert headers["authorization"].endswith(f"Signature={expected}")


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x" * 1000),
        (b"", b"HTTP/1.1 200 OK\r\n" + b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 200),
    ],
    ids=["body", "headers", "status line", "chunks"],
)
def test_a_dripping_reply_does_not_outlive_the_deadline(post, head, rest):
    """However slowly the bytes come, the deadline is kept: the client is gone amid them."""
    dripped = threading.Event()
    with scripted_server(drip(head, rest, dripped)) as server:
        with pytest.raises(UpstreamTimeout) as caught:
            post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(0.5))
        assert not dripped.is_set()
    assert caught.value.sent


def test_a_silent_server_does_not_outlive_the_deadline(post):
    """A server that takes the request and says nothing runs into the deadline."""
    over = threading.Event()

    def answer(_connection: socket.socket, _request: bytes) -> None:
        over.wait()

    with scripted_server(answer) as server:
        try:
            with pytest.raises(UpstreamTimeout) as caught:
                post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(0.3))
        finally:
            over.set()
    assert caught.value.sent


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="an option of Linux's")
def test_a_connection_that_a_network_forgot_is_broken_long_before_the_deadline(monkeypatch):
    """A kept connection whose other end is silently gone breaks; the next one is a new one.

    It breaks: at the deadline it would be a timeout instead.
    """
    monkeypatch.setattr(connections, "ACKNOWLEDGED_SECONDS", 0.5)
    with socket.socket() as probe:
        try:
            drop_all_that_comes(probe)
        except PermissionError:
            pytest.skip("left out: this kernel lets root alone attach a packet filter")

    def answer(connection: socket.socket, _request: bytes) -> None:
        if len(server.requests) == 1:
            drop_all_that_comes(connection)
        connection.sendall(reply("200 OK", b"{}"))

    post = SignedPost()
    with scripted_server(answer) as server:
        deadline = Deadline.after(60)
        assert post.send(endpoint(server.url), b"{}", CREDENTIALS, deadline).status == 200
        with pytest.raises(UpstreamUnreachable) as caught:
            post.send(endpoint(server.url), b"{}", CREDENTIALS, deadline)
        assert caught.value.sent
        assert post.send(endpoint(server.url), b"{}", CREDENTIALS, deadline).status == 200
        assert (server.connections, len(server.requests)) == (2, 2)
    post.close()


def test_nothing_is_sent_after_the_deadline(post):
    """A deadline that has passed already costs no request."""
    with scripted_server(always(reply("200 OK", b"{}"))) as server:
        with pytest.raises(UpstreamTimeout) as caught:
            post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(-1))
        assert server.requests == []
    assert not caught.value.sent


def test_a_redirect_is_not_followed(post):
    """The signed request goes nowhere else: a redirect is the reply."""
    moved = reply("307 Temporary Redirect", b"", "Location: http://127.0.0.1:1/")
    with scripted_server(always(moved)) as server:
        answered = post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
        assert answered.status == 307
        assert len(server.requests) == 1


def test_a_refused_connection_was_not_sent(post):
    """Where nobody listens, the request cannot have taken effect."""
    with reserved_port() as port, pytest.raises(UpstreamUnreachable) as caught:
        post.send(
            endpoint(f"http://127.0.0.1:{port}/graphql"), b"{}", CREDENTIALS, Deadline.after(60)
        )
    assert not caught.value.sent


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data"',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["no byte", "in the headers", "in the body", "in a chunk"],
)
def test_a_cut_reply_may_have_been_sent(post, answer):
    """A connection that breaks after the request leaves open what was done."""

    def cut(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with scripted_server(cut) as server, pytest.raises(UpstreamUnreachable) as caught:
        post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))
    assert caught.value.sent


def test_an_endless_reply_is_refused(post):
    """A reply over the bound is not kept in memory."""
    body = b"x" * (MAX_REPLY_BYTES + 10)
    with (
        scripted_server(always(reply("200 OK", body))) as server,
        pytest.raises(UpstreamUnreachable, match="too large"),
    ):
        post.send(endpoint(server.url), b"{}", CREDENTIALS, Deadline.after(60))


def test_a_failed_tls_handshake_was_not_sent(post):
    """A server that speaks no TLS has been given no request, so nothing can have been done."""
    with scripted_server(always(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        secured = server.url.replace("http:", "https:")
        with pytest.raises(UpstreamUnreachable) as caught:
            post.send(endpoint(secured), b"{}", CREDENTIALS, Deadline.after(60))
    assert not caught.value.sent


def test_a_silent_handshake_is_bounded_by_the_connect_time(post, monkeypatch):
    """A server that takes a connection and never speaks TLS is left long before the deadline."""
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 0.2)
    deadline = Deadline.after(600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/graphql"
        with pytest.raises(UpstreamUnreachable) as caught:
            post.send(endpoint(url), b"{}", CREDENTIALS, deadline)
    assert not caught.value.sent
    assert deadline.remaining() > 0


@pytest.mark.parametrize("proxy", ["http://[", "http://127.0.0.1:port", "://", "no proxy"])
def test_a_malformed_proxy_is_a_request_that_was_not_sent(monkeypatch, proxy):
    """The poster is made, and who asks is told that nothing went out."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    poster = SignedPost()
    with pytest.raises(UpstreamUnreachable) as caught:
        poster.send(endpoint("http://b.example/graphql"), b"{}", CREDENTIALS, Deadline.after(60))
    assert not caught.value.sent
    poster.close()


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_bad_ca_bundle_is_a_request_that_was_not_sent(tmp_path, content):
    """A file that is not there, is empty, or holds no certificate."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="ascii")
    poster = SignedPost(str(bundle))
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}/graphql"
        with pytest.raises(UpstreamUnreachable) as caught:
            poster.send(endpoint(url), b"{}", CREDENTIALS, Deadline.after(5))
    assert not caught.value.sent
    poster.close()


def test_a_session_token_that_no_header_can_carry_is_a_request_that_was_not_sent(post):
    """A token beyond Latin-1 breaks the request where it is built, and its text is told nobody."""
    beyond = Credentials("ASIAEXAMPLE", "secret-of-the-test", "tok\u20ac\u20ac")
    with scripted_server(always(reply("200 OK", b"{}"))) as server:
        with pytest.raises(UpstreamUnreachable) as caught:
            post.send(endpoint(server.url), b"{}", beyond, Deadline.after(60))
        assert server.requests == []
    assert not caught.value.sent
    assert "tok" not in str(caught.value)
