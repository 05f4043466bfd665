"""The reader of HTTP replies beside urllib3's, which knows all that a server may send."""

import gzip
import io
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from chalicelib.aws.http_reply import MAX_REPLY_BYTES, Read, UnfitReplyError, receive_reply
from chalicelib.context import Deadline

STATUS_LINES = [
    *["HTTP/1.1 200 OK"] * 4,
    "HTTP/1.1 403 ",
    "HTTP/1.1 500",
    "HTTP/1.1 204 No Content",
    "HTTP/1.1 304 Not Modified",
    "HTTP/1.1 100 Continue",
    "HTTP/1.1 103 Early Hints",
    "HTTP/1.1 700 Beyond",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 2000 OK",
    "HTTP/1.0 200 OK",
    "HTTP/1.2 200 OK",
    "http/1.1 200 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 200 \xe9",
]
LINES = [
    *["Content-Length: 3"] * 4,
    "content-length:3",
    "Content-Length: \t3 ",
    "Content-Length: 2",
    "Content-Length: 40",
    "Content-Length: 03",
    "Content-Length: +3",
    "Content-Length: 1_0",
    "Content-Length: -1",
    "Content-Length: 0x3",
    "Content-Length: 3, 3",
    "Content-Length: ",
    "Content-Length : 3",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
    "Connection: close",
    "Connection: Keep-Alive",
    "X-Amzn-ErrorType: A:b",
    "x-amzn-errortype: c",
    "X-Odd: \xe9\x85",
    "X-Odd: a\x0bb\x0cc",
    "X-Odd: a\x00b",
    "X-Odd: a\rContent-Length: 1",
    "X-Empty:",
    " folded: 3",
    "no colon",
    ": no name",
]
BODIES = [
    b"abc",
    b"ab",
    b"",
    b"abcd",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3\r\nab",
    b"\r\n\r\nabc",
    b"x" * 40,
]

WRONG = (HTTPException, HTTPError, UnfitReplyError, OSError, ValueError)


class Pieces:
    """As much of a socket as the reader uses: it gives these bytes in these pieces, then ends."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def settimeout(self, seconds: float) -> None:
        """Takes the time, which is always enough."""

    def recv(self, size: int) -> bytes:
        """Returns the next bytes, as far as there is room."""
        if not self._pieces:
            return b""
        piece, rest = self._pieces[0][:size], self._pieces[0][size:]
        self._pieces[:1] = [rest] if rest else []
        return piece

    def recv_into(self, buffer: Any) -> int:
        """Puts the next bytes into the buffer."""
        piece = self.recv(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class Open(Pieces):
    """One whose other end keeps it open: who reads on after the bytes would wait."""

    def recv(self, size: int) -> bytes:
        """Returns the next bytes, as far as there is room."""
        piece = super().recv(size)
        if not piece:
            raise TimeoutError
        return piece


class Whole:
    """As much of a socket as urllib3 uses: it takes a request and holds the reply."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def makefile(self, _mode: str) -> io.BytesIO:
        """Returns the reply's bytes."""
        return self._file

    def sendall(self, data: bytes) -> None:
        """Takes the request."""

    def settimeout(self, seconds: float) -> None:
        """Takes the time, which is always enough."""

    def close(self) -> None:
        """Is closed."""


def read(*pieces: bytes) -> Read:
    """Returns what the reader makes of these bytes."""
    return receive_reply(Pieces(pieces), Deadline.after(60))  # type: ignore[arg-type]  # a fake


def by_urllib3(data: bytes) -> tuple[int, dict[str, str], bytes, bool]:
    """Returns status, headers, body and whether the connection may be kept, by urllib3 alone.

    Raises:
        Exception: It is no complete reply, or one that does not say where it ends.
    """
    connection = HTTPConnection("b.example")
    connection.sock = Whole(data)
    connection.request("POST", "/", b"{}", preload_content=False)
    reply = connection.getresponse()
    body = reply.read(MAX_REPLY_BYTES + 1, decode_content=True)
    if "content-length" not in reply.headers and not reply.chunked:
        raise UnfitReplyError("cut off")
    return reply.status, _on_one_line(reply.headers), body, connection.sock is not None


def _on_one_line(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): " ".join(value.split()) for name, value in headers.items()}


@given(
    status_line=st.sampled_from(STATUS_LINES),
    lines=st.lists(st.sampled_from(LINES), max_size=5),
    ends=st.lists(st.sampled_from(["\r\n"] * 8 + ["\n"]), min_size=7, max_size=7),
    body=st.sampled_from(BODIES),
    cuts=st.lists(st.integers(0, 200), max_size=4),
)
def test_reads_what_urllib3_reads(status_line, lines, ends, body, cuts):
    """The same status, headers and body, or an error for both, however the bytes come in pieces.

    And no connection is kept that urllib3 would close.
    """
    head = "".join(line + end for line, end in zip([status_line, *lines, ""], ends, strict=False))
    data = head.encode("latin-1") + body
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    try:
        expected = by_urllib3(data)
    except WRONG:
        with pytest.raises(WRONG):
            read(*pieces)
        return
    status, headers, content, keeps = expected
    found = read(*pieces)
    assert (found.reply.status, found.reply.body) == (status, content)
    assert _on_one_line(found.reply.headers) == headers
    assert all(name.islower() or not name for name in found.reply.headers)
    assert keeps or not found.reusable
    if keeps:
        kept = receive_reply(Open(pieces), Deadline.after(60))  # type: ignore[arg-type]  # a fake
        assert kept.reply == found.reply


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\n{}",
    ],
    ids=["line feeds alone", "one amid", "the last"],
)
def test_a_reply_with_bare_line_feeds_is_not_waited_for_once_it_is_there(answer):
    """As HTTP wants it read; the connection stays open, so waiting would last to the deadline.

    Source: RFC 9112, section 2.2.
    """
    found = receive_reply(Open([answer]), Deadline.after(60))  # type: ignore[arg-type]  # a fake
    assert (found.reply.status, found.reply.body) == (200, b"{}")


def test_what_is_not_http_is_told_at_once():
    """Another protocol's greeting, after which its server waits, is no reply that is late."""
    with pytest.raises(HTTPException):
        receive_reply(Open([b"SSH-2.0-server\r\n"]), Deadline.after(60))  # type: ignore[arg-type]  # a fake


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("size", [1, 2, 9000])
@pytest.mark.parametrize("whole", [CHUNKS, LENGTH], ids=["chunks", "length"])
def test_a_connection_over_which_more_has_come_is_not_kept(whole, size):
    """Whatever the reply's form: the rest would be taken for the next request's reply.

    What came in one piece TLS deciphers in one, so that nothing of it is left in the socket.
    """
    for more in (b"", LENGTH, b"x" * size):
        data = whole[:-1], whole[-1:] + more
        found = receive_reply(Open(data), Deadline.after(60))  # type: ignore[arg-type]  # a fake
        assert (found.reply.body, found.reusable) == (b"{}", not more)


@pytest.mark.parametrize("size", [0, 1, 3, 11])
def test_an_encoded_body_is_decoded_whatever_its_pieces(size):
    """Though none was asked for: what stands between may encode."""
    body = gzip.compress(b'{"data":{}}' * 100)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    data = head.encode() + body
    pieces = [data] if size == 0 else [data[at : at + size] for at in range(0, len(data), size)]
    found = read(*pieces)
    assert (found.reply.body, found.reusable) == (b'{"data":{}}' * 100, True)
