"""Assumed-role credentials: kept for their life, refreshed ahead of it, safe under threads.

Source: AWS STS API reference, AssumeRole; the query protocol's XML.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlencode

from chalicelib.aws.credentials import Credentials
from chalicelib.aws.http_reply import HttpReply
from chalicelib.aws.signed_post import Endpoint, SignedPost, milliseconds_since
from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import (
    AssumeRoleDenied,
    AssumeRoleInvalid,
    GatewayError,
    SourceCredentialsRefused,
    TransportError,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)

# From here on one thread refreshes while the others go on; a quarter of a short session's life.
ADVISORY_SECONDS = 900.0
# From here on everybody waits; a tenth of a short session's life.
MANDATORY_SECONDS = 60.0
# A failing STS is asked at most this often, however many requests wait.
FAILURE_SECONDS = 1.0
# Sessions that AppSync refuses are replaced at most this often: it may refuse every new one too.
REPLACE_SECONDS = 1.0
# How long a request may be held up by a refresh that it could do without.
ADVISORY_DEADLINE_SECONDS = 3.0
# AssumeRole's default, which role chaining (Lambda's role to account B's) does not exceed.
DURATION_SECONDS = 3600

_REFUSED_SOURCE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})
_OK = 200
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class _Held(NamedTuple):
    credentials: Credentials
    since: datetime
    refresh_at: datetime
    must_refresh_at: datetime


class AssumedRole:
    """Gives the assumed role's credentials, from STS only when it has to."""

    def __init__(
        self,
        settings: Settings,
        post: SignedPost,
        source: Callable[[], Credentials],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post = post
        self._source = source
        self._now = now
        self._monotonic = monotonic
        self._endpoint = Endpoint(
            "STS",
            settings.sts_url,
            settings.sts_region,
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        parameters = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": settings.assume_role_arn,
            "RoleSessionName": settings.role_session_name,
        }
        if settings.external_id:
            parameters["ExternalId"] = settings.external_id
        self._body = urlencode(parameters).encode()
        self._lock = Lock()
        self._held: _Held | None = None
        self._discarded: _Held | None = None
        self._failure: GatewayError | None = None
        self._failed_at = float("-inf")
        self._discarded_at = float("-inf")

    def get(self, context: CallContext) -> Credentials:
        """Returns frozen credentials for account B.

        Raises:
            CredentialError: There are none to be had.
            TransportError: STS is throttling, unreachable or past the deadline.
        """
        now = self._now()
        held = self._usable(now)
        if held is None:
            held = self._wait_for_refresh(context)
        elif now >= held.refresh_at:
            held = self._refresh_ahead(held, context)
        context.tally.credential_age_seconds = (self._now() - held.since).total_seconds()
        return held.credentials

    def discard(self, credentials: Credentials) -> None:
        """Gives these credentials, which AppSync refused, to nobody any more.

        They are kept where others were discarded a moment ago, so that an AppSync which refuses
        whatever STS gives does not make each request ask STS.

        It waits for nobody, not even for a thread that is asking STS: it only marks what is held,
        so newer credentials that take its place at this moment are not touched.
        """
        held = self._held
        now = self._monotonic()
        if held is None or held.credentials != credentials:
            return
        if now - self._discarded_at >= REPLACE_SECONDS:
            # The time first: whoever gets others because of the mark must find it.
            self._discarded_at = now
            self._discarded = held

    def _usable(self, now: datetime) -> _Held | None:
        held = self._held
        if held is None or held is self._discarded or now >= held.must_refresh_at:
            return None
        return held

    def _wait_for_refresh(self, context: CallContext) -> _Held:
        if not self._lock.acquire(timeout=max(0.0, context.deadline.remaining())):
            raise UpstreamTimeout("STS", "the deadline passed while another thread asked")
        try:
            held = self._usable(self._now())
            if held is not None:
                return held
            if self._failure is not None and self._just_failed():
                raise self._failure.with_traceback(None)
            return self._refresh(context, context.deadline)
        finally:
            self._lock.release()

    def _refresh_ahead(self, held: _Held, context: CallContext) -> _Held:
        """Returns new credentials if this thread is the one to fetch them, else those held."""
        if self._just_failed() or not self._lock.acquire(blocking=False):
            return held
        try:
            if self._held is not held:
                return self._held or held
            seconds = min(ADVISORY_DEADLINE_SECONDS, context.deadline.remaining())
            return self._refresh(context, Deadline.after(seconds))
        except GatewayError:
            return held
        finally:
            self._lock.release()

    def _just_failed(self) -> bool:
        return self._monotonic() - self._failed_at < FAILURE_SECONDS

    def _refresh(self, context: CallContext, deadline: Deadline) -> _Held:
        try:
            held = self._assume_role(context, deadline)
        except GatewayError as error:
            if isinstance(error, TransportError):
                # A repetition that came sooner would only meet this failure again.
                error.retry_after_seconds = FAILURE_SECONDS
            self._failure = error
            self._failed_at = self._monotonic()
            raise
        self._held = held
        self._failure = None
        return held

    def _assume_role(self, context: CallContext, deadline: Deadline) -> _Held:
        source = self._source()
        context.tally.sts_calls += 1
        start = time.perf_counter()
        try:
            reply = self._post.send(
                self._endpoint,
                self._body,
                source,
                deadline,
                {"X-Request-Id": context.request_id},
            )
        finally:
            context.tally.sts_milliseconds += milliseconds_since(start)
        text = reply.body.decode("utf-8", "replace")
        if reply.status != _OK:
            raise _failure(reply, text)
        now = self._now()
        try:
            credentials = Credentials(
                _element(text, "AccessKeyId"),
                _element(text, "SecretAccessKey"),
                _element(text, "SessionToken"),
            )
            expiration = datetime.fromisoformat(_element(text, "Expiration"))
            seconds = min((expiration - now).total_seconds(), DURATION_SECONDS)
        except (LookupError, ValueError, TypeError) as error:
            raise AssumeRoleInvalid("STS's reply is not understood") from error
        expires = now + timedelta(seconds=seconds)
        return _Held(
            credentials,
            since=now,
            refresh_at=expires - timedelta(seconds=min(ADVISORY_SECONDS, seconds / 4)),
            must_refresh_at=expires - timedelta(seconds=min(MANDATORY_SECONDS, seconds / 10)),
        )


def _failure(reply: HttpReply, text: str) -> GatewayError:
    try:
        code = _element(text, "Code")
    except LookupError:
        code = ""
    if code in _THROTTLED or reply.status == _TOO_MANY_REQUESTS:
        return UpstreamThrottled("STS", code)
    if reply.status >= _SERVER_ERROR:
        return UpstreamUnreachable("STS", f"status {reply.status}")
    if code == "AccessDenied":
        return AssumeRoleDenied("STS refused AssumeRole: AccessDenied")
    if code in _REFUSED_SOURCE:
        return SourceCredentialsRefused(f"STS refused the source credentials: {code}")
    return AssumeRoleInvalid(f"STS refused AssumeRole: {code or reply.status}")


def _element(text: str, name: str) -> str:
    """Returns the text of the first element of this name.

    The elements that are read here hold identifiers, base64 and instants, none of which XML has
    to escape; an XML parser would cost more start-up time than all of this file.
    """
    match = re.search(rf"<{name}>([^<&]+)</{name}>", text)
    if match is None:
        raise LookupError(name)
    return match.group(1)
