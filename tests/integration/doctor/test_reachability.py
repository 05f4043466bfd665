"""Names, connections, certificates and proxies, over loopback."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bridge.doctor.wire import reach
from tests.support.ports import reserved_port


@contextmanager
def tls_server(folder: Path) -> Iterator[str]:
    """Gives the address of a server whose certificate it has signed itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, True) as shaken:
                shaken.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"https://localhost:{listener.getsockname()[1]}/graphql"
        finally:
            thread.join(10)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Takes the machine's own proxies and bundles away."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path):
    """The name resolves and the port answers; it is the certificate that fails."""
    with tls_server(tmp_path) as url:
        found = reach(url)
    assert found.fault == "tls"
    assert "self-signed certificate" in found.detail
    assert found.milliseconds is not None
    assert found.milliseconds.keys() == {"dns", "connect"}


def test_a_certificate_of_the_bundle_that_the_gateway_trusts_is_trusted(tmp_path, monkeypatch):
    """REQUESTS_CA_BUNDLE counts here as it does for the gateway's own requests."""
    with tls_server(tmp_path) as url:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
        found = reach(url)
    assert found.fault is None
    assert found.milliseconds is not None
    assert found.milliseconds.keys() == {"dns", "connect", "tls"}


def test_a_host_without_an_address_is_told():
    """RFC 2606 keeps .invalid free."""
    found = reach("https://sts.example.invalid/")
    assert (found.host, found.fault) == ("sts.example.invalid:443", "dns")


def test_a_port_where_nobody_listens_is_told():
    """The name resolves, and nothing answers there."""
    with reserved_port() as port:
        assert reach(f"http://127.0.0.1:{port}/").fault == "connect"


def test_a_proxy_is_named_and_what_lies_behind_it_is_not_judged(monkeypatch):
    """Through a proxy neither DNS nor the certificate is this machine's matter; no password."""
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.example:3128")
    found = reach("https://sts.us-east-1.amazonaws.com/")
    assert found.proxy == "proxy.example"
    assert found.fault is None
