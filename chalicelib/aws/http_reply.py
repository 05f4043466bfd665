"""The reply to one POST, read from its connection by the deadline.

Most replies are regular: HTTP/1.1, a plain head, and a length. Their head is read here, for a
tenth of what http.client's parser of mail headers costs. Everything else (chunks, encodings,
HTTP/1.0, interim replies, folded lines) is left to http.client and urllib3.
"""

import io
import re
import socket
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, NamedTuple

from urllib3 import HTTPHeaderDict
from urllib3 import HTTPResponse as DecodingResponse

from chalicelib.context import Deadline

# AppSync's and STS's replies are bounded themselves; this bounds what stands in memory.
MAX_REPLY_BYTES = 6 * 1024 * 1024
_PIECE = 64 * 1024
# Visible characters only, and names as RFC 9110 has them: both readers agree on such a head.
_REGULAR_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2}) [\x20-\x7e]*\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e]*\r\n)*)\r\n"
)
_BEGINNING = b"HTTP/1.1 "
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(r"[0-9]{1,10}")
# From here on a status is the last one; an interim reply is followed by another.
_FINAL = 200
_WITHOUT_BODY = frozenset({204, 304})


class HttpReply(NamedTuple):
    """A complete reply.

    Attributes:
        status: The HTTP status.
        headers: By lower-case names; the values of a header that came several times as one.
        body: The exact bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class UnfitReplyError(Exception):
    """A reply that is cut off or too large; the text says which."""


class Read(NamedTuple):
    """What was read from a connection.

    Attributes:
        reply: The reply.
        reusable: Whether the connection may carry another request.
    """

    reply: HttpReply
    reusable: bool


class DeadlineReader(io.RawIOBase):
    """Reads from a socket and looks at the deadline before each read.

    A socket's own timeout bounds one read, so a dripping reply, headers included, would outlive
    any timeout.

    Args:
        sock: Whose bytes are read; closing the reader leaves it open.
        deadline: By when the bytes must be there.
        before: Bytes that have been read already, and are read first.

    Attributes:
        surplus: Whether more had come than was read, when its file was closed.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, before: bytes = b"") -> None:
        self._sock = sock
        self._deadline = deadline
        self._before = before
        self._ended = False
        self.surplus = False

    def readable(self) -> bool:
        """Tells that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Returns how many bytes it has put into the buffer, 0 at the end.

        Raises:
            OSError: The deadline passed (TimeoutError), or the connection broke.
        """
        if self._before:
            piece, self._before = self._before[: len(buffer)], self._before[len(buffer) :]
            buffer[: len(piece)] = piece
            return len(piece)
        if self._ended:
            return 0
        self._await()
        return self._sock.recv_into(buffer)

    def receive(self) -> bytes:
        """Returns the next bytes, none at the end; raises as `readinto` does."""
        self._await()
        return self._sock.recv(_PIECE)

    def end_with(self, file: io.BufferedReader) -> None:
        """Reads no more from the socket, and sees whether the file holds what nobody has read."""
        self._ended = True
        self.surplus = bool(file.peek(1))

    def _await(self) -> None:
        remaining = self._deadline.remaining()
        if remaining <= 0:
            raise TimeoutError("the deadline passed")
        self._sock.settimeout(remaining)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Returns a file of it: http.client takes it for a socket."""
        return _ReplyFile(self)


class _ReplyFile(io.BufferedReader):
    """What http.client reads and closes at the reply's end."""

    raw: DeadlineReader

    def close(self) -> None:
        if not self.closed:
            self.raw.end_with(self)
        super().close()


def receive_reply(sock: socket.socket, deadline: Deadline) -> Read:
    """Returns the reply to a POST.

    Raises:
        OSError: The deadline passed (TimeoutError), or the connection broke.
        UnfitReplyError: The reply is cut off or too large.
        Exception: http.client's or urllib3's, for a reply that is not HTTP or breaks off.
    """
    reader = DeadlineReader(sock, deadline)
    received = reader.receive()
    while b"\r\n\r\n" not in received and _may_be_regular(received):
        piece = reader.receive()
        if not piece:
            break
        received += piece
    head = _regular_head(received)
    if head is None:
        return _read_irregular(DeadlineReader(sock, deadline, received))
    body = _read_body(reader, received[head.size :], head.length)
    closes = "close" in head.headers.get("connection", "").lower()
    # Where more has come than the reply, nobody knows what the rest answers.
    reusable = not closes and len(body) == head.length
    return Read(HttpReply(head.status, head.headers, body[: head.length]), reusable)


def _may_be_regular(received: bytes) -> bool:
    """Whether more may make it a regular head; another may have ended already, by other signs."""
    return (
        len(received) < _PIECE
        and received.startswith(_BEGINNING[: len(received)])
        and not _BARE_LINE_FEED.search(received)
    )


class _Head(NamedTuple):
    """A regular head.

    Attributes:
        status: The HTTP status.
        headers: By lower-case names.
        size: Its own bytes.
        length: The body's bytes.
    """

    status: int
    headers: Mapping[str, str]
    size: int
    length: int


def _regular_head(received: bytes) -> _Head | None:
    """Returns the head; None where it is not there, or it takes http.client to tell the body."""
    found = _REGULAR_HEAD.match(received)
    if found is None:
        return None
    status = int(found[1])
    lines = found[2].decode("ascii").split("\r\n")[:-1]
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip(" \t")
    length = headers.get("content-length", "")
    if (
        len(headers) < len(lines)  # one came several times
        or not _LENGTH.fullmatch(length)
        or "transfer-encoding" in headers
        or "content-encoding" in headers
        or status in _WITHOUT_BODY
    ):
        return None
    return _Head(status, headers, found.end(), int(length))


def _read_body(reader: DeadlineReader, received: bytes, length: int) -> bytes:
    """Returns the body, of which the first bytes are those received already.

    And at least one byte more where that has come with it: what TLS has deciphered nobody sees in
    the socket.
    """
    if length > MAX_REPLY_BYTES:
        raise UnfitReplyError("the reply is too large")
    if len(received) >= length:
        return received
    body = bytearray(length + 1)
    have = len(received)
    body[:have] = received
    with memoryview(body) as view:
        while have < length:
            count = reader.readinto(view[have:])
            if count == 0:
                raise UnfitReplyError("the reply was cut off")
            have += count
        return bytes(view[:have])


def _read_irregular(reader: DeadlineReader) -> Read:
    # All that http.client asks of a socket is `makefile`.
    raw = HTTPResponse(reader, method="POST")  # type: ignore[arg-type]
    with raw:
        raw.begin()
        response = DecodingResponse(
            raw,
            headers=HTTPHeaderDict(raw.headers.items()),
            status=raw.status,
            preload_content=False,
            original_response=raw,
            request_method="POST",
        )
        body = response.read(MAX_REPLY_BYTES + 1, decode_content=True)
        if len(body) > MAX_REPLY_BYTES:
            raise UnfitReplyError("the reply is too large")
        # urllib3 has counted the bytes of a reply that says how long it is. One that does not
        # (AppSync and STS always do) was cut off within its headers.
        if "content-length" not in response.headers and not response.chunked:
            raise UnfitReplyError("the reply was cut off")
        # A folded value is one line all the same.
        headers = {
            name.lower(): " ".join(value.split()) for name, value in response.headers.items()
        }
        reusable = raw.isclosed() and not raw.will_close and raw.status >= _FINAL
        reusable = reusable and not reader.surplus
    return Read(HttpReply(raw.status, headers, body), reusable)
