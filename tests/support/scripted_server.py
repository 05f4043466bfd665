"""A loopback server that answers with exact bytes, slowly or not at all."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[[socket.socket, bytes], None]


@dataclass
class ScriptedServer:
    """A server that answers each request by a function of the test's.

    Attributes:
        url: Its address.
        requests: The head and body of each request, in order of arrival.
        connections: How many connections were accepted.
    """

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def scripted_server(answer: Answer) -> Iterator[ScriptedServer]:
    """Runs a server whose connections are answered, request after request, by `answer`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ScriptedServer(f"http://127.0.0.1:{listener.getsockname()[1]}/graphql")
        running = _Running(listener, server, answer)
        running.start()
        try:
            yield server
        finally:
            running.stop()


class _Running:
    """The server's threads: one that accepts, and one a connection."""

    def __init__(self, listener: socket.socket, server: ScriptedServer, answer: Answer) -> None:
        self._listener = listener
        self._server = server
        self._answer = answer
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []

    def start(self) -> None:
        self._begin(self._accept)

    def stop(self) -> None:
        self._stopping.set()
        # A connection of our own wakes the thread that accepts.
        with socket.create_connection(self._listener.getsockname()[:2]):
            self._threads[0].join(5)
        for connection in self._sockets:
            _shut(connection)
        for thread in self._threads:
            thread.join(5)

    def _begin(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopping.is_set():
                connection.close()
                return
            self._server.connections += 1
            self._sockets.append(connection)
            self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while request := _read_request(connection):
                self._server.requests.append(request)
                try:
                    self._answer(connection, request)
                except OSError:
                    return


def reply(status: str, body: bytes, *headers: str) -> bytes:
    """Returns the bytes of a complete reply."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received:
                return b""
            data += received
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            received = connection.recv(65536)
            if not received:
                return b""
            body += received
    except OSError:
        return b""
    return head + b"\r\n\r\n" + body


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
