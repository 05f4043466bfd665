"""HTTPS in front of a server on this machine, by a certificate of an authority of our own."""

import select
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import HOST

_NEW_KEY = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
# Well beyond any test's run.
_DAYS = "2"


class Authority:
    """A certificate authority.

    Args:
        folder: Gets its files; it must not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.bundle = folder / "ca.pem"
        _openssl(
            *(*_NEW_KEY, "-subj", "/CN=Authority", "-days", _DAYS, *self._files("ca")),
            # Python 3.13 trusts no authority without it.
            *("-addext", "keyUsage=critical,keyCertSign"),
        )

    def context(self, *names: str) -> ssl.SSLContext:
        """Returns a server's context with a new certificate for the loopback, and for names."""
        alternatives = ",".join((f"IP:{HOST}", *(f"DNS:{name}" for name in names)))
        _openssl(
            *(*_NEW_KEY, "-subj", f"/CN={HOST}", "-days", _DAYS, *self._files("leaf")),
            *("-CA", str(self.bundle), "-CAkey", str(self._folder / "ca.key")),
            *("-addext", f"subjectAltName={alternatives}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "leaf.pem", self._folder / "leaf.key")
        return context

    def _files(self, name: str) -> tuple[str, ...]:
        key, certificate = self._folder / f"{name}.key", self._folder / f"{name}.pem"
        return ("-keyout", str(key), "-out", str(certificate))


@contextmanager
def tls_front(context: ssl.SSLContext, port: int) -> Iterator[str]:
    """Passes on what comes over TLS to a port of this machine; gives the URL."""

    class PassOn(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # A handshake that the client gives up is what some tests are about.
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as client,
                socket.create_connection((HOST, port)) as there,
            ):
                _pass_on(client, there)

    with socketserver.ThreadingTCPServer((HOST, 0), PassOn) as server:
        # A client may keep its connection; what is behind it ends it.
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://{HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _pass_on(client: ssl.SSLSocket, there: socket.socket) -> None:
    others = {client: there, there: client}
    while True:
        ready = [client] if client.pending() else select.select([client, there], [], [])[0]
        for source in ready:
            piece = source.recv(65536)
            if not piece:
                return
            others[source].sendall(piece)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
