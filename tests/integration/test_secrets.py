"""Nothing secret and no field value is in anything that either account writes about a request."""

import json
import re
import signal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote

import requests

from tests.support.gateway import BothAccounts, RestClient, both_accounts
from tests.support.sandbox import RunningSandbox
from tests.support.waiting import wait_until

MERGE_PATCH = "application/merge-patch+json"
EXTERNAL_ID = "zq-external-id"
# chalice local's own access log holds the request's target. In AWS there is none: API Gateway's
# own is declared in .chalice/production.yaml, and holds none.
ACCESS_LOG = re.compile(r'^127\.0\.0\.1 - - \[[^]]+\] "[A-Z]+ [^"]*" \d{3} -$')
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "throttle"},
    {"kind": "error", "status": 500},
    {"kind": "cut_before", "target": "appsync"},
    {"kind": "cut_after", "target": "appsync"},
    {"kind": "cut_reply", "target": "appsync"},
    {"kind": "latency", "milliseconds": 5000, "target": "appsync"},
    {"kind": "expire_early", "seconds": 0, "target": "appsync"},
    {"kind": "clock_skew", "seconds": 4000, "target": "appsync"},
)
PROBLEMS = {
    "appsync-denied",
    "assume-role-denied",
    "conflict",
    "content-too-large",
    "field-unauthorized",
    "idempotency-key-reused",
    "invalid-request",
    "method-not-allowed",
    "not-acceptable",
    "not-found",
    "not-ready",
    "outcome-unknown",
    "precondition-failed",
    "unreadable-item",
    "unsupported-media-type",
    "upstream-throttled",
    "upstream-timeout",
    "upstream-unreachable",
}


def test_no_output_holds_a_secret_or_a_field_value(tmp_path, capfd):
    """Log lines, standard output and error of both, and events: over success and every failure."""
    with (
        both_accounts(
            tmp_path, lambda_timeout_seconds=2, variables={"EXTERNAL_ID": EXTERNAL_ID}
        ) as accounts,
        accounts.gateway.client() as rest,
    ):
        run = _Run(accounts, rest)
        run.everything()
        secrets = list(_secrets(accounts.sandbox))
        written = {
            "the gateway's output": accounts.gateway.stdout.read_text(),
            "the gateway's errors": _without_access_log(accounts.gateway.stderr.read_text()),
            "the sandbox's events": json.dumps(run.events),
            "the console's documents": _without(run.marks, json.dumps(run.documents)),
            "the sandbox's output": _rest_of_output(accounts),
            "the sandbox's errors": capfd.readouterr().err,
        }
    assert run.problems >= PROBLEMS
    assert len(secrets) > 6
    assert len(run.marks) > 100
    assert len(run.events) > 50
    assert len(run.documents) > 50
    assert written["the gateway's output"].count('"requestId"') > 70
    for where, text in written.items():
        found = [mark for mark in [*run.marks, *secrets, "AWS4-HMAC", "Bearer"] if mark in text]
        assert not found, f"{where}: {found}"


def _without(marks: Sequence[str], documents: str) -> str:
    """Leaves the values out that a document shows by design; there is such a one."""
    shown = [mark for mark in marks if mark in documents]
    assert shown
    return re.sub("|".join(map(re.escape, marks)), "", documents)


def _without_access_log(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not ACCESS_LOG.match(line))


def _rest_of_output(accounts: BothAccounts) -> str:
    process = accounts.sandbox_process
    assert process.stdout is not None
    process.send_signal(signal.SIGTERM)
    return process.stdout.read()


def _secrets(sandbox: RunningSandbox) -> Iterator[str]:
    """Gives every secret key and session token that either account had, and the ExternalId."""
    yield EXTERNAL_ID
    with closing(sqlite3.connect(sandbox.state / "iam.sqlite3")) as connection:
        rows = connection.execute("SELECT secret_access_key, session_token FROM sessions")
        for row in rows.fetchall():
            yield from row


class _Run:
    """Success and every kind of failure, each with values that occur nowhere else."""

    def __init__(self, accounts: BothAccounts, rest: RestClient) -> None:
        self._sandbox = accounts.sandbox
        self._rest = rest
        self.marks: list[str] = []
        self.problems: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self.documents: list[dict[str, Any]] = []

    def everything(self) -> None:
        """Makes every request, in fair weather, under every fault, and with broken links."""
        self.all_verbs()
        self.client_errors()
        self.unreadable()
        for fault in FAULTS:
            self._sandbox.set_faults(fault)
            self.few_verbs()
        self._sandbox.set_faults()
        self.broken_links()
        self._keep_events()

    def mark(self) -> str:
        """Returns a text that occurs nowhere else."""
        self.marks.append(f"zq{len(self.marks)}zq")
        return self.marks[-1]

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> None:
        """Makes a request; of its reply only the problem's type matters."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self._rest.send(method, target, body, names)
        if reply.status >= 400:
            self.problems.add(reply.json()["type"].rpartition(":")[2])

    def all_verbs(self) -> None:
        """Sends every verb with values of its own, whatever becomes of it."""
        item = self.mark()
        self.send("POST", "/todos", {"id": item, "name": self.mark(), "description": self.mark()})
        key = {"Idempotency_Key": self.mark()}
        self.send("POST", "/todos", {"name": self.mark()}, **key)
        self.send("POST", "/todos", {"name": self.mark()}, **key)
        self.send("GET", f"/todos/{item}")
        search = self.mark()
        self.send("GET", f"/todos?name.contains={search}&limit=1")
        self.send("GET", "/todos?filter=" + quote(json.dumps({"name": {"ne": search}})))
        self.send("PATCH", f"/todos/{item}", {"name": self.mark()}, If_Match=f'"{self.mark()}"')
        self.send("PATCH", f"/todos/{item}", {"name": self.mark()}, Content_Type=MERGE_PATCH)
        self.send("PUT", f"/todos/{item}", {"name": self.mark()})
        entries = [
            {"id": "1", "method": "POST", "path": "/todos", "body": {"name": self.mark()}},
            {"id": "2", "method": "PATCH", "path": f"/todos/{item}", "body": {"x": self.mark()}},
        ]
        self.send("POST", "/batch", {"requests": entries})
        self.send("DELETE", f"/todos/{item}")
        self.send("GET", "/ready")

    def few_verbs(self) -> None:
        """Sends a write and a read, each of which may be repeated until its deadline."""
        key = {"Idempotency_Key": self.mark()}
        self.send("POST", "/todos", {"name": self.mark(), "description": self.mark()}, **key)
        self.send("GET", f"/todos/{self.mark()}?fields=name")

    def client_errors(self) -> None:
        """Sends what the caller can cure."""
        item = self.mark()
        name = {"name": self.mark()}
        self.send("POST", "/todos", {"id": item, **name})
        self.send("POST", "/todos", {"id": item, **name})
        self.send("POST", "/todos", {"name": 1, self.mark(): self.mark(), "dueAt": self.mark()})
        self.send("POST", "/todos", f'{{"name": "{self.mark()}"'.encode())
        self.send("POST", "/todos", {"name": self.mark()}, Content_Type=f"text/{self.mark()}")
        self.send("GET", "/todos", Accept=f"text/{self.mark()}")
        self.send("GET", f"/todos?{self.mark()}={self.mark()}")
        self.send("GET", f"/todos?cursor={self.mark()}")
        self.send("GET", f"/todos/{self.mark()}")
        self.send("PUT", f"/todos/{item}", name, If_None_Match="*")
        self.send("POST", f"/todos/{item}", name)
        self.send("GET", "/todos", Authorization=f"Bearer {self.mark()}", Cookie=self.mark())
        self.send("POST", "/todos", {"id": self.mark(), "name": "x" * 420_000})

    def unreadable(self) -> None:
        """Reads an item whose required field was nulled past the gateway."""
        item = self.mark()
        self.send("POST", "/todos", {"id": item, "name": self.mark()})
        document = "mutation($i: UpdateTodoInput!) { updateTodo(input: $i) { id } }"
        self._sandbox.graphql(document, {"i": {"id": item, "name": None}})
        self.send("GET", f"/todos/{item}")
        self.send("GET", f"/todos?name.attribute={self.mark()}")

    def broken_links(self) -> None:
        """Takes out of account B's files what each link of the chain needs."""
        sandbox = self._sandbox
        sandbox.edit_json("account_b/amplify/custom-roles.json", _forget_roles)
        self.all_verbs()
        sandbox.edit("account_b/template.yaml", "appsync:GraphQL", "appsync:GetType")
        self.all_verbs()
        sandbox.edit("account_b/template.yaml", "Action: sts:AssumeRole", "Action: sts:TagSession")
        sandbox.set_faults({"kind": "expire_early", "seconds": 0, "target": "appsync"})
        # A session that was replaced a moment ago is not replaced again at once.
        wait_until(self._is_not_trusted)
        self.all_verbs()

    def _is_not_trusted(self) -> bool:
        self.few_verbs()
        return "assume-role-denied" in self.problems

    def _keep_events(self) -> None:
        """Keeps the events, less the ids that the console page shows by design."""
        for event in self._sandbox.events():
            fields = [{**each, "ids": []} for each in event["fields"]]
            self.events.append({**event, "fields": fields})
            if event["service"] == "appsync":
                url = f"{self._sandbox.url}/console/data/documents/{event['requestId']}"
                self.documents.append(requests.get(url, timeout=60).json())


def _forget_roles(document: dict[str, Any]) -> None:
    document["adminRoleNames"] = []
