"""Assumed-role credentials under threads, over a stand-in for STS on loopback."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.assumed_role import FAILURE_SECONDS, AssumedRole
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.signed_post import SignedPost
from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import load_contract
from chalicelib.errors import (
    AssumeRoleDenied,
    AssumeRoleInvalid,
    SourceCredentialsRefused,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from chalicelib.gateway.calls import get_call
from chalicelib.gateway.upstream import Upstream
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from tests.support.account_b import Clock as Seconds
from tests.support.scripted_server import ScriptedServer, reply, scripted_server
from tests.support.waiting import wait_until

ENVIRON = {
    "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
    "REGION": "us-east-1",
    "APPSYNC_URL": "http://127.0.0.1:1/graphql",
    "EXTERNAL_ID": "shared-with-b",
}
# Longer than any test takes: a gate that opens by itself fails the test behind it.
GATE_SECONDS = 120.0
SOURCE = Credentials("ASIASOURCE", "source-secret", "source-token")
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A wall clock that a test sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Returns the instant that the test set."""
        return self.now


def context(seconds: float = 60.0) -> CallContext:
    """A request's companion with this much time."""
    return CallContext("request-1", Deadline.after(seconds))


def session(number: int, expiration: datetime) -> bytes:
    """STS's reply with the session of this number."""
    stamp = expiration.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}"
        f"</AccessKeyId><SecretAccessKey>secret/{number}+=</SecretAccessKey>"
        f"<SessionToken>token{number}==</SessionToken><Expiration>{stamp}</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
    return reply("200 OK", text.encode(), "Content-Type: text/xml")


def refusal(status: str, code: str) -> bytes:
    """STS's error reply."""
    text = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender'
        f"</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    )
    return reply(status, text.encode(), "Content-Type: text/xml")


@contextmanager
def assumed_role(
    answer: Callable[[int], bytes], clock: Clock | None = None, seconds: Seconds | None = None
) -> Iterator[tuple[AssumedRole, ScriptedServer]]:
    """Gives a role whose n-th AssumeRole is answered by `answer(n)`; its clocks stand still."""
    post = SignedPost()

    def respond(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(answer(len(server.requests)))

    with scripted_server(respond) as server:
        settings = Settings.from_environ(
            {**ENVIRON, "AWS_ENDPOINT_URL_STS": server.url.removesuffix("/graphql")}
        )
        yield (
            AssumedRole(settings, post, lambda: SOURCE, clock or Clock(), seconds or Seconds()),
            server,
        )
    post.close()


def test_asks_once_and_keeps_what_it_got():
    """A second request costs no second AssumeRole."""
    with assumed_role(lambda n: session(n, START + timedelta(hours=1))) as (role, sts):
        first = role.get(context())
        second = role.get(context())
    assert first == second == Credentials("ASIA1", "secret/1+=", "token1==")
    assert len(sts.requests) == 1


def test_sends_role_session_name_and_external_id():
    """The query names the role, the session and the ExternalId, and is signed for sts."""
    with assumed_role(lambda n: session(n, START + timedelta(hours=1))) as (role, sts):
        role.get(context())
    text = sts.requests[0].decode()
    assert "RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2FTodoCrossAccountRole" in text
    assert "RoleSessionName=appsync-rest" in text
    assert "ExternalId=shared-with-b" in text
    assert "/us-east-1/sts/aws4_request" in text


def test_sixteen_cold_threads_make_one_call():
    """Whoever comes while the first call is under way waits for it."""
    gate = threading.Event()

    def answer(number: int) -> bytes:
        gate.wait(GATE_SECONDS)
        return session(number, START + timedelta(hours=1))

    with assumed_role(answer) as (role, sts), ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(role.get, context()) for _ in range(16)]
        gate.set()
        keys = {future.result().access_key_id for future in futures}
    assert keys == {"ASIA1"}
    assert len(sts.requests) == 1


def test_one_thread_refreshes_ahead_while_the_others_go_on():
    """Inside the advisory time the old session serves until the new one is there."""
    clock = Clock()
    gate = threading.Event()

    def answer(number: int) -> bytes:
        if number == 2:
            gate.wait(GATE_SECONDS)
        return session(number, clock.now + timedelta(hours=1))

    with assumed_role(answer, clock) as (role, sts), ThreadPoolExecutor(1) as pool:
        role.get(context())
        clock.now += timedelta(minutes=50)
        refreshing = pool.submit(role.get, context())
        wait_until(lambda: len(sts.requests) == 2)
        assert {role.get(context()).access_key_id for _ in range(8)} == {"ASIA1"}
        gate.set()
        assert refreshing.result().access_key_id == "ASIA2"
        assert role.get(context()).access_key_id == "ASIA2"
    assert len(sts.requests) == 2


def test_threads_across_an_expiry_all_succeed_with_one_call():
    """Sixteen threads that meet an expired session get the new one, by one AssumeRole."""
    clock = Clock()
    with assumed_role(lambda n: session(n, clock.now + timedelta(hours=1)), clock) as (role, sts):
        role.get(context())
        clock.now += timedelta(hours=2)
        with ThreadPoolExecutor(16) as pool:
            keys = {
                f.result().access_key_id
                for f in [pool.submit(role.get, context()) for _ in range(64)]
            }
    assert keys == {"ASIA2"}
    assert len(sts.requests) == 2


def test_a_failed_refresh_ahead_leaves_the_old_session_in_use():
    """While the old session lasts, STS's failure is nobody's error, and is not asked again soon."""
    clock = Clock()

    def answer(number: int) -> bytes:
        if number == 1:
            return session(number, START + timedelta(hours=1))
        return refusal("500 Internal", "InternalFailure")

    with assumed_role(answer, clock) as (role, sts):
        role.get(context())
        clock.now += timedelta(minutes=50)
        assert [role.get(context()).access_key_id for _ in range(5)] == ["ASIA1"] * 5
    assert len(sts.requests) == 2


def test_a_failing_sts_is_asked_once_a_second_however_many_wait():
    """Sixteen threads that meet a failing STS share its one failure."""
    seconds = Seconds()
    down = refusal("503 Unavailable", "ServiceUnavailable")
    with assumed_role(lambda _n: down, seconds=seconds) as (role, sts):

        def attempt(_: int) -> type[Exception]:
            with pytest.raises(UpstreamUnreachable) as caught:
                role.get(context())
            return caught.type

        with ThreadPoolExecutor(16) as pool:
            for asked in (1, 2, 3):
                assert set(pool.map(attempt, range(64))) == {UpstreamUnreachable}
                assert len(sts.requests) == asked
                seconds.sleep(FAILURE_SECONDS)


@pytest.mark.parametrize("first", [b"broken\r\n\r\n", refusal("503 Unavailable", "Any")])
def test_a_repetition_waits_until_sts_may_be_asked_again(first):
    """One broken reply or failure of STS, as after a freeze, does not fail the request."""
    seconds = Seconds()
    nothing = GraphQLResponse({"getTodo": None}, ())

    class OverSts:
        """A transport that needs credentials and no AppSync."""

        def execute(self, _request: GraphQLRequest, context: CallContext) -> GraphQLResponse:
            """Returns an empty reply once there are credentials."""
            role.get(context)
            return nothing

    def answer(number: int) -> bytes:
        return first if number == 1 else session(number, START + timedelta(hours=1))

    resource = load_contract().by_path["todos"]
    assert resource.get is not None
    with assumed_role(answer, seconds=seconds) as (role, sts):
        upstream = Upstream(OverSts(), seconds.sleep, jitter=lambda low, _high: low)
        outcome = upstream.perform(get_call(resource, resource.get, ("a",)), context())
    assert outcome.item is None
    assert len(sts.requests) == 2
    assert seconds.slept == [FAILURE_SECONDS]


def test_a_discarded_session_is_replaced_but_a_newer_one_is_kept():
    """What AppSync refused is forgotten, unless another thread has replaced it already."""
    with assumed_role(lambda n: session(n, START + timedelta(hours=1))) as (role, _):
        first = role.get(context())
        role.discard(first)
        second = role.get(context())
        role.discard(first)
        third = role.get(context())
    assert (second.access_key_id, third.access_key_id) == ("ASIA2", "ASIA2")


def test_a_session_that_ends_early_is_refreshed_in_time():
    """A short session's last quarter is its time to refresh, not the last quarter of an hour."""
    clock = Clock()
    with assumed_role(lambda n: session(n, clock.now + timedelta(seconds=40)), clock) as (role, s):
        role.get(context())
        clock.now += timedelta(seconds=29)
        assert role.get(context()).access_key_id == "ASIA1"
        clock.now += timedelta(seconds=2)
        assert role.get(context()).access_key_id == "ASIA2"
    assert len(s.requests) == 2


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        ("403 Forbidden", "AccessDenied", AssumeRoleDenied),
        ("403 Forbidden", "ExpiredToken", SourceCredentialsRefused),
        ("403 Forbidden", "InvalidClientTokenId", SourceCredentialsRefused),
        ("403 Forbidden", "SignatureDoesNotMatch", SourceCredentialsRefused),
        ("403 Forbidden", "RegionDisabledException", AssumeRoleInvalid),
        ("400 Bad Request", "ValidationError", AssumeRoleInvalid),
        ("400 Bad Request", "Throttling", UpstreamThrottled),
        ("429 Too Many", "Whatever", UpstreamThrottled),
        ("500 Internal", "InternalFailure", UpstreamUnreachable),
    ],
)
def test_each_refusal_of_sts_has_its_own_error(status, code, error):
    """STS's Code decides, since one text serves for several causes."""
    with assumed_role(lambda _n: refusal(status, code)) as (role, _), pytest.raises(error):
        role.get(context())


def test_a_reply_without_credentials_is_an_error_of_its_own():
    """Something else than STS that answers 200 is not taken for it."""
    with (
        assumed_role(lambda _n: reply("200 OK", b"<html></html>")) as (role, _),
        pytest.raises(AssumeRoleInvalid),
    ):
        role.get(context())


def test_who_waits_for_another_thread_keeps_its_own_deadline():
    """A thread whose deadline passes while another one asks STS does not wait on."""
    gate = threading.Event()

    def answer(number: int) -> bytes:
        gate.wait(GATE_SECONDS)
        return session(number, START + timedelta(hours=1))

    with assumed_role(answer) as (role, sts), ThreadPoolExecutor(1) as pool:
        asking = pool.submit(role.get, context())
        wait_until(lambda: sts.requests)
        with pytest.raises(UpstreamTimeout):
            role.get(context(0.2))
        gate.set()
        assert asking.result().access_key_id == "ASIA1"


def test_a_session_is_discarded_without_waiting_for_who_asks_sts():
    """Whoever then needs another one waits for it, but no longer than its own deadline."""
    clock = Clock()
    gate = threading.Event()

    def answer(number: int) -> bytes:
        if number == 2:
            gate.wait(GATE_SECONDS)
        return session(number, clock.now + timedelta(hours=1))

    with assumed_role(answer, clock) as (role, sts), ThreadPoolExecutor(1) as pool:
        first = role.get(context())
        clock.now += timedelta(minutes=50)
        refreshing = pool.submit(role.get, context())
        wait_until(lambda: len(sts.requests) == 2)
        role.discard(first)
        with pytest.raises(UpstreamTimeout):
            role.get(CallContext("request-2", Deadline(0.0, clock=lambda: 0.0)))
        gate.set()
        assert refreshing.result().access_key_id == "ASIA2"
        assert role.get(context()).access_key_id == "ASIA2"
    assert len(sts.requests) == 2


def test_sts_gets_the_id_of_the_request_that_asks():
    """X-Request-Id joins the AssumeRole to the request's log line; it is not signed."""
    with assumed_role(lambda n: session(n, START + timedelta(hours=1))) as (role, sts):
        role.get(context())
    head = sts.requests[0].lower()
    assert b"x-request-id: request-1\r\n" in head
    assert b"signedheaders=content-type;host;x-amz-content-sha256;x-amz-date" in head
