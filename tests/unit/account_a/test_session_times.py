"""When a session is fetched, how long that may take, and until when it is used."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.aws.appsync import AppSyncTransport
from chalicelib.aws.assumed_role import AssumedRole
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.http_reply import HttpReply
from chalicelib.aws.signed_post import Endpoint, SignedPost
from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import ConfigurationError, UpstreamTimeout
from chalicelib.readiness import Chain

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCE = Credentials("ASIASOURCE", "source-secret", None)
ENVIRON = {
    "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
    "REGION": "us-east-1",
    "APPSYNC_URL": "http://127.0.0.1:1/graphql",
}
LAMBDA = {**ENVIRON, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}
SNAPSHOT = {**LAMBDA, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


@dataclass
class FakePost(SignedPost):
    """STS as the port of a signed POST: each session lasts as long as it is told to.

    Attributes:
        lasts: From now to the session's end.
        now: The time.
        fails: STS does not answer within its deadline.
        until: By when each call must have its reply, in seconds of the monotonic clock.
    """

    lasts: timedelta = timedelta(hours=1)
    now: datetime = START
    fails: bool = False
    until: list[float] = field(default_factory=list)

    def send(
        self,
        _endpoint: Endpoint,
        _body: bytes,
        _credentials: Credentials,
        deadline: Deadline,
        _headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Returns the next session."""
        self.until.append(deadline.at)
        if self.fails:
            raise UpstreamTimeout("STS", "the deadline passed", sent=True)
        held = {
            "AccessKeyId": f"ASIA{len(self.until)}",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": (self.now + self.lasts).isoformat(),
        }
        return HttpReply(200, {}, "".join(f"<{n}>{v}</{n}>" for n, v in held.items()).encode())


def role_of(post: FakePost, environ: Mapping[str, str] = ENVIRON) -> AssumedRole:
    """Returns the role whose sessions this gives."""
    settings = Settings.from_environ(environ)
    return AssumedRole(settings, post, lambda: SOURCE, lambda: post.now)


def key_of(role: AssumedRole, seconds: float = 20.0) -> str:
    """Returns the id of the session that a request gets, which has so much time left."""
    return role.get(CallContext("r", Deadline(seconds, lambda: 0.0))).access_key_id


@pytest.mark.parametrize(("request_seconds", "most"), [(20.0, 3.0), (1.0, 1.0)])
def test_a_refresh_that_a_request_could_do_without_holds_it_up_for_3_seconds(
    request_seconds: float, most: float
) -> None:
    """Or for what is left of its own time; the session that must be waited for may take it all."""
    post = FakePost()
    role = role_of(post)
    assert key_of(role) == "ASIA1"
    assert post.until == [20.0]
    post.now += timedelta(minutes=50)
    before = time.monotonic()
    assert key_of(role, request_seconds) == "ASIA2"
    assert before + most <= post.until[1] <= time.monotonic() + most


@pytest.mark.parametrize("hours", [1, 12, 24 * 365])
def test_no_session_is_held_for_longer_than_was_asked_for(hours: int) -> None:
    """An hour, less its last quarter, whatever end STS names or a clock that is off makes of it."""
    post = FakePost(lasts=timedelta(hours=hours))
    role = role_of(post)
    key_of(role)
    post.now = START + timedelta(minutes=44, seconds=59)
    assert key_of(role) == "ASIA1"
    post.now = START + timedelta(minutes=45)
    assert key_of(role) == "ASIA2"


def test_in_its_last_minute_a_session_is_given_to_nobody() -> None:
    """Until then it is kept where STS fails."""
    post = FakePost()
    role = role_of(post)
    key_of(role)
    post.fails = True
    post.now = START + timedelta(minutes=58, seconds=59)
    assert key_of(role) == "ASIA1"
    post.now = START + timedelta(minutes=59)
    with pytest.raises(UpstreamTimeout):
        key_of(role)


def chain_of(post: FakePost, environ: Mapping[str, str]) -> Chain:
    """Returns the chain that this environment makes over the port."""
    settings = Settings.from_environ(environ)
    role = role_of(post, environ)
    return Chain(settings, role, AppSyncTransport(settings, post, role))


@pytest.mark.parametrize(("environ", "calls"), [(LAMBDA, 1), (ENVIRON, 0), (SNAPSHOT, 0)])
def test_a_function_fetches_its_session_before_the_first_request(
    environ: Mapping[str, str], calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within three of the ten seconds of an init; not elsewhere, nor into a snapshot's file."""
    post = FakePost()
    chain = chain_of(post, environ)
    monkeypatch.setattr(bootstrap, "chain", lambda: chain)
    before = time.monotonic()
    bootstrap.warm_up()
    after = time.monotonic()
    assert len(post.until) == calls
    assert all(before + 3 <= until <= after + 3 for until in post.until)
    assert key_of(chain.role) == "ASIA1"
    assert len(post.until) == 1


def test_what_fails_before_the_first_request_harms_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither an STS that does not answer nor settings that are missing."""
    post = FakePost(fails=True)
    chain = chain_of(post, LAMBDA)
    monkeypatch.setattr(bootstrap, "chain", lambda: chain)
    bootstrap.warm_up()
    assert len(post.until) == 1

    def unset() -> Chain:
        raise ConfigurationError(["REGION is missing"])

    monkeypatch.setattr(bootstrap, "chain", unset)
    bootstrap.warm_up()
