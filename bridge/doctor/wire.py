"""The wire as the doctor sees it: every exchange kept, names resolved, certificates checked."""

import os
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from chalicelib.aws.credentials import Credentials
from chalicelib.aws.http_reply import HttpReply
from chalicelib.aws.signed_post import Endpoint, SignedPost
from chalicelib.context import Deadline
from chalicelib.errors import GatewayError, Service

CONNECT_SECONDS = 5.0
# What AppSync answers to a key that it does not know, if it takes keys at all.
_NO_KEY = "da2-doctordoctordoctordoctor"
_STAMPS = re.compile(r"Signature (?:expired|not yet current): (\w+) is .*?\((\w+) [-+]")


@dataclass(frozen=True)
class Exchange:
    """One request with what came of it.

    Attributes:
        service: Where it went.
        action: What it asked of STS; empty for AppSync.
        reply: None where none came.
        error: What was raised in its place.
        milliseconds: Until the reply was complete.
        sent_at: When it was sent, by this machine's clock.
    """

    service: Service
    action: str
    reply: HttpReply | None
    error: GatewayError | None
    milliseconds: float
    sent_at: datetime


class ObservedPost(SignedPost):
    """The gateway's own way out, with a memory."""

    def __init__(self, ca_bundle: str | None = None) -> None:
        super().__init__(ca_bundle)
        self.exchanges: list[Exchange] = []

    def send(
        self,
        endpoint: Endpoint,
        body: bytes,
        credentials: Credentials,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Returns the reply, as the gateway gets it, and remembers it."""
        start, sent_at = time.perf_counter(), datetime.now(UTC)
        reply, raised = None, None
        try:
            reply = super().send(endpoint, body, credentials, deadline, headers)
        except GatewayError as error:
            raised = error
            raise
        finally:
            milliseconds = (time.perf_counter() - start) * 1000
            action = _action(body) if endpoint.service == "STS" else ""
            self.exchanges.append(
                Exchange(endpoint.service, action, reply, raised, milliseconds, sent_at)
            )
        return reply

    def last(self, service: Service) -> Exchange | None:
        """Returns the latest exchange with a service."""
        return next((each for each in reversed(self.exchanges) if each.service == service), None)

    def asked(self, action: str) -> Exchange | None:
        """Returns the first exchange that asked STS for an action."""
        return next((each for each in self.exchanges if each.action == action), None)


def _action(body: bytes) -> str:
    return parse_qs(body.decode("ascii", "replace")).get("Action", [""])[0]


@dataclass(frozen=True)
class StsError:
    """An error of the Query protocol."""

    code: str
    message: str


def sts_error(reply: HttpReply) -> StsError | None:
    """Returns the error that a reply of STS holds; None where it holds none."""
    text = reply.body.decode("utf-8", "replace")
    code = element(text, "Code")
    return StsError(code, element(text, "Message") or "") if code else None


def element(text: str, name: str) -> str | None:
    """Returns the text of the first XML element of this name."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return unescape(found[1]) if found else None


def clock_skew_seconds(exchange: Exchange) -> float | None:
    """Returns by how much the service's clock is ahead of ours, as its reply tells.

    A refusal names both times exactly; else there is the Date header, to the second.
    """
    if exchange.reply is None:
        return None
    found = _STAMPS.search(exchange.reply.body.decode("utf-8", "replace"))
    try:
        if found:
            ours, theirs = (datetime.strptime(each, "%Y%m%dT%H%M%S%z") for each in found.groups())
            return (theirs - ours).total_seconds()
        date = exchange.reply.headers.get("date")
        if date is None:
            return None
        return (parsedate_to_datetime(date) - exchange.sent_at).total_seconds()
    except ValueError:
        return None


@dataclass(frozen=True)
class Reach:
    """How far towards a host one gets.

    Attributes:
        host: With its port.
        proxy: The proxy that stands between, if one does; then nothing else is known.
        fault: What fails first: "dns", "connect", "tls"; None where nothing does.
        detail: What the system said to it.
        milliseconds: Of each step that was taken.
    """

    host: str
    proxy: str | None = None
    fault: str | None = None
    detail: str = ""
    milliseconds: Mapping[str, float] | None = None


def reach(url: str, ca_bundle: str | None = None) -> Reach:
    """Returns how far one gets towards a URL's host: name, connection, certificate.

    Args:
        url: Whose host it is.
        ca_bundle: The certificates that the gateway trusts, where it is told by AWS_CA_BUNDLE.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"{parts.hostname}:{port}"
    proxy = get_environ_proxies(url).get(parts.scheme)
    if proxy:
        return Reach(host, proxy=urlsplit(proxy).hostname or "a proxy")
    taken: dict[str, float] = {}
    step = "dns"
    try:
        start = time.perf_counter()
        socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        taken[step] = (time.perf_counter() - start) * 1000
        step, start = "connect", time.perf_counter()
        with socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS) as raw:
            taken[step] = (time.perf_counter() - start) * 1000
            step = "tls"
            _shake_hands(raw, parts, taken, ca_bundle)
    except (OSError, UnicodeError) as error:
        detail = getattr(error, "verify_message", None) or str(error)
        return Reach(host, fault=step, detail=detail, milliseconds=taken)
    return Reach(host, milliseconds=taken)


def _shake_hands(
    raw: socket.socket, parts: SplitResult, taken: dict[str, float], ca_bundle: str | None
) -> None:
    if parts.scheme != "https":
        return
    start = time.perf_counter()
    # The bundle that the gateway's requests use, so that both trust the same.
    own = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    context = ssl.create_default_context(cafile=own or DEFAULT_CA_BUNDLE_PATH)
    with context.wrap_socket(raw, server_hostname=parts.hostname):
        taken["tls"] = (time.perf_counter() - start) * 1000


def asks_for_api_key(url: str, ca_bundle: str | None = None) -> bool | None:
    """Tells whether an API takes API keys: to a key that nobody has, such an API says so.

    Returns None where no reply came.

    Source: AWS AppSync developer guide, "API_KEY authorization"; the text is recorded.
    """
    try:
        reply = requests.post(
            url,
            data=b'{"query":"{__typename}"}',
            headers={"x-api-key": _NO_KEY, "content-type": "application/json"},
            timeout=CONNECT_SECONDS,
            allow_redirects=False,
            verify=ca_bundle,
        )
    except requests.RequestException:
        return None
    return b"You are not authorized to make this call" in reply.content


def faults_on(url: str) -> tuple[Mapping[str, Any], ...]:
    """Returns the faults that are on in the sandbox at `url`; none where it does not say."""
    try:
        reply = requests.get(f"{url.rstrip('/')}/_admin/faults", timeout=CONNECT_SECONDS)
        return tuple(dict(each) for each in reply.json()["faults"])
    except (requests.RequestException, ValueError, LookupError, TypeError):
        return ()
