"""Sessions that AppSync refuses, over stand-ins for STS and AppSync on loopback."""

import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.aws.appsync import AppSyncTransport
from chalicelib.aws.assumed_role import REPLACE_SECONDS, AssumedRole
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.signed_post import SignedPost
from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import AppSyncDenied
from chalicelib.graphql.messages import Document, GraphQLRequest
from tests.support.account_b import Clock
from tests.support.scripted_server import ScriptedServer, reply, scripted_server

THREADS = 16
REQUEST = GraphQLRequest(Document("query Q { ping }", "Q", mutation=False), {})
REFUSED = reply(
    "403 Forbidden",
    b'{"errors":[{"errorType":"UnrecognizedClientException","message":"The security token'
    b' included in the request is invalid."}]}',
)


@dataclass
class AccountB:
    """Stand-ins for both services, and the gateway's transport to them.

    Attributes:
        transport: Signs with the sessions ASIA1, ASIA2 and so on.
        sts: Has answered with these sessions.
        appsync: Refuses the sessions of `refused`.
        refused: Their numbers.
        clock: By which the gateway replaces sessions; it stands still between a test's steps.
    """

    transport: AppSyncTransport
    sts: ScriptedServer
    appsync: ScriptedServer
    refused: range
    clock: Clock

    def statuses(self, requests: int) -> Counter[int]:
        """Returns how many of so many requests met each status of AppSync's."""
        with ThreadPoolExecutor(THREADS) as pool:
            return Counter(pool.map(self._status, range(requests)))

    def _status(self, _: int) -> int:
        try:
            self.transport.execute(REQUEST, CallContext("request-1", Deadline.after(60)))
        except AppSyncDenied as error:
            return error.status
        return 200


@contextmanager
def account_b(refused: range) -> Iterator[AccountB]:
    """Gives an account B whose AppSync refuses the sessions of these numbers."""

    def assume(connection: socket.socket, _request: bytes) -> None:
        number = len(sts.requests)
        expiration = datetime.now(UTC) + timedelta(hours=1)
        text = (
            f"<AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
            f"<SessionToken>token</SessionToken><Expiration>{expiration.isoformat()}</Expiration>"
        )
        connection.sendall(reply("200 OK", text.encode()))

    def answer(connection: socket.socket, request: bytes) -> None:
        number = int(request.partition(b"Credential=ASIA")[2].partition(b"/")[0])
        known = reply("200 OK", b'{"data":{"ping":null}}')
        connection.sendall(REFUSED if number in account.refused else known)

    post = SignedPost()
    with scripted_server(assume) as sts, scripted_server(answer) as appsync:
        settings = Settings.from_environ(
            {
                "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
                "REGION": "us-east-1",
                "APPSYNC_URL": appsync.url,
                "AWS_ENDPOINT_URL_STS": sts.url.removesuffix("/graphql"),
            }
        )
        source = Credentials("ASIA", "secret", "token")
        clock = Clock()
        role = AssumedRole(settings, post, lambda: source, monotonic=clock)
        transport = AppSyncTransport(settings, post, role)
        account = AccountB(transport, sts, appsync, refused, clock)
        yield account
    post.close()


def test_a_session_that_ended_early_is_replaced_at_once():
    """All threads that meet the refusal succeed with the next session, by one AssumeRole."""
    with account_b(refused=range(0)) as account:
        assert account.statuses(1) == {200: 1}
        account.refused = range(2)
        assert account.statuses(64) == {200: 64}
        assert len(account.sts.requests) == 2


def test_an_appsync_that_refuses_every_session_does_not_turn_requests_into_sts_calls():
    """STS is asked for one session more, and then once a second; none but that is repeated."""
    with account_b(refused=range(10_000)) as account:
        for second in range(3):
            assert account.statuses(200) == {403: 200}
            # The first session, and one more for each second.
            assert len(account.sts.requests) == 2 + second
            # Those that were under way when the session was replaced are sent once more.
            assert len(account.appsync.requests) <= (200 + THREADS) * (second + 1)
            account.clock.sleep(REPLACE_SECONDS)


def test_a_refused_session_is_replaced_after_a_while():
    """Once account B is mended, the session that it had refused does not stand in the way."""
    with account_b(refused=range(3)) as account:
        assert account.statuses(2) == {403: 2}
        account.clock.sleep(REPLACE_SECONDS)
        assert account.statuses(1) == {200: 1}
        assert len(account.sts.requests) == 3
