"""What was acknowledged over HTTP is there after the server was killed."""

import itertools
import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests
from botocore.credentials import Credentials

from tests.support.sandbox import RunningSandbox, sandbox_process, sign

WRITES = 1000
THREADS = 16
KILLED_AFTER = 400
CREATE = "mutation Create($input: CreateTodoInput!) { createTodo(input: $input) { id } }"
LIST = """
    query List($nextToken: String) {
        listTodos(limit: 1000, nextToken: $nextToken) { items { id name } nextToken }
    }
"""


def test_kill_9_during_concurrent_writes_loses_nothing_that_was_acknowledged(tmp_path: Path):
    """Of 1,000 creates from 16 threads the server is killed amid; the next one has all it said.

    It goes on where it was: with the same source credentials, and with the session that it gave.
    """
    acknowledged: list[str] = []
    count = itertools.count(1)
    with sandbox_process(tmp_path) as (sandbox, process), ExitStack() as connections:
        source, credentials = sandbox.source_credentials, sandbox.assume_role()
        own = threading.local()

        def connect() -> None:
            own.session = connections.enter_context(requests.Session())

        def create(number: int) -> None:
            given = {"id": f"id-{number}", "name": f"name {number}"}
            try:
                data = post(own.session, sandbox, credentials, CREATE, input=given)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                return  # killed: nobody was told that it is written
            assert data == {"createTodo": {"id": given["id"]}}
            acknowledged.append(given["id"])
            if next(count) == KILLED_AFTER:
                process.kill()

        with ThreadPoolExecutor(THREADS, initializer=connect) as threads:
            list(threads.map(create, range(WRITES)))
        assert process.wait(60) == -signal.SIGKILL
    assert KILLED_AFTER <= len(acknowledged) < WRITES

    with sandbox_process(tmp_path) as (sandbox, _):
        assert sandbox.source_credentials == source
        stored = {item["id"]: item["name"] for item in items(sandbox, credentials)}
    assert {item_id: f"name {item_id[3:]}" for item_id in acknowledged}.items() <= stored.items()


def items(sandbox: RunningSandbox, credentials: Credentials) -> Iterator[dict[str, Any]]:
    """Yields all items of the table."""
    token = None
    with requests.Session() as session:
        while True:
            page = post(session, sandbox, credentials, LIST, nextToken=token)["listTodos"]
            yield from page["items"]
            token = page["nextToken"]
            if token is None:
                return


def post(
    session: requests.Session,
    sandbox: RunningSandbox,
    credentials: Credentials,
    query: str,
    **variables: Any,
) -> dict[str, Any]:
    """Returns the data of a reply without errors, over a connection that is kept."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = sign("POST", sandbox.graphql_url, body, credentials)
    reply = session.post(sandbox.graphql_url, body, headers=headers, timeout=60)
    document = reply.json()
    assert "errors" not in document, document
    data: dict[str, Any] = document["data"]
    return data
