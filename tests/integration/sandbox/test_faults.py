"""Faults over the wire: what a client of STS and of AppSync really gets to see."""

import asyncio
import http.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from tests.support.sandbox import RunningSandbox, sandbox_in_thread, sign

READ = '{ getTodo(id: "1") { id } }'
WRITE = 'mutation { createTodo(input: {id: "1", name: "milk"}) { id } }'
IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def is_written(sandbox: RunningSandbox, session) -> bool:
    """Returns whether the Todo of WRITE is in the store."""
    return sandbox.graphql(READ, credentials=session).json()["data"]["getTodo"] is not None


@pytest.mark.parametrize(("kind", "written"), [("cut_before", False), ("cut_after", True)])
def test_a_connection_can_be_cut_before_or_after_the_write(sandbox: RunningSandbox, kind, written):
    """The client sees the same, a connection that ended without a reply; the store differs."""
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": kind, "operation": "mutation", "count": 1})
    with pytest.raises(requests.ConnectionError):
        sandbox.graphql(WRITE, credentials=session)
    assert is_written(sandbox, session) is written
    event = sandbox.events(service="appsync")[0]
    assert (event["status"], event["faults"]) == (None, [kind])


def test_no_byte_of_a_reply_precedes_a_cut(sandbox: RunningSandbox):
    """The socket ends at once: nothing that could be taken for a reply is sent."""
    sandbox.set_faults({"kind": "cut_after", "target": "sts"})
    headers = sign(
        "POST",
        f"{sandbox.url}/",
        IDENTITY,
        sandbox.source_credentials,
        {"Content-Type": "application/x-www-form-urlencoded"},
        "sts",
    )
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=60)
    connection.request("POST", "/", IDENTITY, headers)
    assert connection.sock is not None
    try:
        received = connection.sock.recv(1)
    except ConnectionResetError:
        received = b""
    connection.close()
    assert received == b""


def test_a_reply_can_be_cut_in_the_middle(sandbox: RunningSandbox):
    """Status and length arrive, half of the body, and then the end."""
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": "cut_reply", "target": "appsync", "count": 1})
    body = b'{"query": "{ listTodos { items { id } } }"}'
    headers = sign("POST", sandbox.graphql_url, body, session)
    with requests.post(
        sandbox.graphql_url, body, headers=headers, timeout=60, stream=True
    ) as reply:
        assert reply.status_code == 200
        length = int(reply.headers["Content-Length"])
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead") as cut:
            _ = reply.content
        assert f"IncompleteRead({length // 2} bytes read" in str(cut.value)


def test_both_services_throttle_in_their_own_words(sandbox: RunningSandbox):
    """429 is AppSync's status, 400 with a code STS's."""
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": "throttle"})
    assert sandbox.graphql(READ, credentials=session).status_code == 429
    with pytest.raises(ClientError) as refused:
        sandbox.assume_role()
    assert refused.value.response["Error"] == {
        "Type": "Sender",
        "Code": "Throttling",
        "Message": "Rate exceeded",
    }
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    sandbox.set_faults()
    assert sandbox.graphql(READ, credentials=session).status_code == 200


def test_the_next_so_many_requests_can_fail(sandbox: RunningSandbox):
    """And the one after them passes, without anybody removing the fault."""
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": "error", "status": 503, "target": "appsync", "count": 2})
    statuses = [sandbox.graphql(READ, credentials=session).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    "fault", [{"kind": "error", "status": 500}, {"kind": "error", "status": 503}]
)
def test_sts_can_be_down_with_an_answer(sandbox: RunningSandbox, fault):
    """5xx in STS's envelope, while AppSync goes on."""
    session = sandbox.assume_role()
    sandbox.set_faults({**fault, "target": "sts"})
    with pytest.raises(ClientError) as failed:
        sandbox.assume_role()
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == fault["status"]
    assert sandbox.graphql(READ, credentials=session).status_code == 200


def test_sts_can_be_down_without_one(sandbox: RunningSandbox):
    """Every connection ends, while AppSync goes on."""
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": "cut_before", "target": "sts"})
    with pytest.raises((HTTPClientError, EndpointConnectionError)):
        sandbox.assume_role()
    assert sandbox.graphql(READ, credentials=session).status_code == 200


def test_latency_delays_one_request_and_not_its_neighbours(sandbox: RunningSandbox, monkeypatch):
    """A slow request does not keep the server from serving others."""
    sleep, held, over = asyncio.sleep, Event(), Event()

    async def wait(seconds: float) -> None:
        if seconds != 1.5:
            await sleep(seconds)
            return
        held.set()
        await asyncio.to_thread(over.wait)

    monkeypatch.setattr(asyncio, "sleep", wait)
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": "latency", "milliseconds": 1500, "operation": "mutation"})
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(sandbox.graphql, WRITE, credentials=session)
        try:
            assert held.wait(60)
            assert not is_written(sandbox, session)
            assert not writing.done()
        finally:
            over.set()
        assert writing.result().status_code == 200
    assert is_written(sandbox, session)


def test_tokens_can_expire_early(sandbox: RunningSandbox):
    """STS still promises an hour, but the session is expired at once, until the fault is gone."""
    session = sandbox.assume_role()
    sandbox.set_faults({"kind": "expire_early", "seconds": 0, "target": "appsync"})
    reply = sandbox.graphql(READ, credentials=session)
    assert reply.status_code == 403
    assert reply.json()["errors"][0]["errorType"] == "ExpiredTokenException"
    assert sandbox.sts(session).get_caller_identity()["Account"] == "222222222222"
    sandbox.set_faults({"kind": "expire_early", "seconds": 0, "target": "sts"})
    with pytest.raises(ClientError) as expired:
        sandbox.assume_role()
    assert expired.value.response["Error"]["Code"] == "ExpiredToken"
    sandbox.set_faults({"kind": "expire_early", "seconds": 3600})
    assert sandbox.graphql(READ, credentials=session).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(400, "Signature expired: "), (-400, "Signature not yet current: ")],
)
def test_the_clocks_can_disagree(sandbox: RunningSandbox, seconds, text):
    """Seven minutes are too many for AppSync, and few enough for STS."""
    sandbox.set_faults({"kind": "clock_skew", "seconds": seconds})
    reply = sandbox.graphql(READ)
    assert reply.status_code == 403
    assert reply.json()["errors"][0]["message"].startswith(text)
    sandbox.set_faults({"kind": "clock_skew", "seconds": 3 * seconds})
    with pytest.raises(ClientError, match=text):
        sandbox.assume_role()


def test_faults_are_told_replaced_and_removed(sandbox: RunningSandbox):
    """The admin endpoint takes what it tells, and refuses what makes no sense."""
    url = f"{sandbox.url}/_admin/faults"
    assert requests.get(url, timeout=60).json() == {"faults": []}
    fault: dict[str, Any] = {"kind": "throttle", "target": "sts", "count": 1}
    told = requests.put(url, json={"faults": [fault]}, timeout=60)
    assert told.json() == {"faults": [{**fault, "hits": 0}]}
    refused = requests.put(url, json={"faults": [{"kind": "flood"}]}, timeout=60)
    assert refused.status_code == 400
    assert "kind must be one of" in refused.json()["error"]
    assert requests.put(url, data="{", timeout=60).status_code == 400
    assert requests.get(url, timeout=60).json() == told.json()
    assert requests.delete(url, timeout=60).json() == {"faults": []}


def test_faults_can_be_in_force_from_the_start(tmp_path: Path):
    """The settings file takes the same descriptions."""
    settings = {"faults": [{"kind": "error", "status": 500, "target": "appsync"}]}
    with sandbox_in_thread(tmp_path, settings) as sandbox:
        assert sandbox.graphql(READ).status_code == 500
