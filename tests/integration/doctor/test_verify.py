"""`--verify` against both accounts as `make run` runs them: what can be asked is, with no trace."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from bridge.__main__ import main
from bridge.compiler.compilation import compile_schema
from bridge.compiler.schema import read_built_schema
from bridge.doctor.findings import Finding, Status
from bridge.doctor.verify.probes import (
    BELOW_THE_ROOT,
    CONDITION_BESIDE_VERSION,
    GATEWAY_RESPONSES,
    INTROSPECTION,
    PATH_PARAMETERS,
    Asking,
    verify,
)
from tests.integration.doctor.patient import AWS_VARIABLES, Patient, write_built_schema
from tests.integration.doctor.recorded import Aws, looking_at, refusal, resolver_error
from tests.support.gateway import both_accounts
from tests.support.ports import reserved_port
from tests.support.scripted_server import reply, scripted_server

DATASTORE = Path(__file__).parents[2] / "data/amplify/built-schema-datastore.graphql"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Takes AWS's variables out of the environment."""
    for name in AWS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_what_make_run_can_tell_is_told_and_no_item_of_anybody_is_touched(
    tmp_path: Path, environment, capsys
):
    """Three probes are answered, two say what they need; the store is afterwards as before."""
    with both_accounts(tmp_path) as both:
        with both.gateway.client() as client:
            assert client.send("POST", "/todos", {"name": "somebody's"}).status == 201
            before = client.send("GET", "/todos").json()
        environment.setenv("SANDBOX_PORT", both.sandbox.url.rpartition(":")[2])
        kept = tmp_path / "kept.md"
        code = main(
            [
                *("doctor", "--verify", "--json", "--report", str(kept)),
                *("--api-url", f"http://127.0.0.1:{both.gateway.port}"),
                *("--root", str(both.sandbox.root), "--state", str(both.sandbox.state)),
            ]
        )
        document = json.loads(capsys.readouterr().out)
        with both.gateway.client() as client:
            assert client.send("GET", "/todos").json() == before
    found = {each["check"]: (each["status"], each["summary"]) for each in document["findings"]}
    assert {name: status for name, (status, _) in found.items()} == {
        "path parameters": "ok",
        "IAM below the root": "ok",
        "condition beside _version": "skipped",
        "gateway responses": "skipped",
        "introspection under field policies": "ok",
    }
    assert code == 0, document
    text = kept.read_text()
    assert text.startswith("# What was verified on stage local\n")
    assert all(f"## {name}: " in text for name in found)
    assert "'%2Fb': 200" in text


def test_a_condition_is_tried_beside_a_version_on_an_item_of_its_own(patient: Patient):
    """Under conflict resolution: nothing is written, and the item is deleted again."""
    root = patient.folder / "root"
    write_built_schema(root, DATASTORE.read_text())
    assert main(["compile", "--root", str(root)]) == 0
    patient.start()
    with reserved_port() as port:
        url, kept = f"http://127.0.0.1:{port}", patient.folder / "kept.md"
        report = patient.examine("--verify", "--api-url", url, "--report", str(kept))
    finding = report.finding(CONDITION_BESIDE_VERSION)
    assert (finding["status"], finding["summary"]) == (
        "ok",
        "A condition holds beside `_version`.",
    )
    assert report.finding(PATH_PARAMETERS)["status"] == "skipped"
    assert f"it needs the REST API to answer at {url}" in kept.read_text()
    items = patient.sandbox.graphql("{ listTodos { items { id _deleted } } }").json()["data"]
    assert all(each["_deleted"] for each in items["listTodos"]["items"])


def found_by(aws: Aws, api_url: str | None = None, **where: Any) -> dict[str, Finding]:
    """Returns what the probes find over a stand-in, by their names."""
    with looking_at(aws, None, **where) as look:
        return {each.check: each for each in verify(Asking(look, api_url))}


def test_a_refusal_below_the_root_asks_for_the_types():
    """The remedy is the template's parameter, as a command for account B's owner."""
    message = "Not Authorized to access items on type ModelTodoConnection"
    refused = resolver_error("listTodos", "Unauthorized", message, "items")
    finding = found_by(Aws(graphql={"listTodos": refused}))[BELOW_THE_ROOT]
    assert finding.status is Status.BROKEN
    assert finding.remedy is not None
    assert "--parameter-overrides GrantTypes=true" in finding.remedy.commands[0]


def test_introspection_that_is_refused_is_told_and_needs_no_cure():
    """The role's policy names fields, and AppSync may count introspection as none of them."""
    denied = refusal(403, "UnauthorizedException", "Permission denied")
    finding = found_by(Aws(graphql={"IntrospectionQuery": denied}))[INTROSPECTION]
    assert finding.status is Status.WARNING
    assert "as its owner" in finding.summary


def test_without_the_rest_apis_address_two_probes_say_that_they_need_it():
    """They are not asked, which is no fault of the chain."""
    found = found_by(Aws())
    for name in (PATH_PARAMETERS, GATEWAY_RESPONSES):
        assert found[name].status is Status.SKIPPED
        assert "it needs --api-url" in found[name].summary


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/problem+json", '{"code":"MISSING_AUTHENTICATION_TOKEN"}', Status.OK),
        ("application/json", '{"message":"Missing Authentication Token"}', Status.BROKEN),
        ("application/problem+json", '{"detail":"arn:aws:iam::1:role/x"}', Status.BROKEN),
    ],
)
def test_what_api_gateway_refuses_is_looked_at_for_its_form(kind, body, status):
    """The API's own form is told from API Gateway's, and from one that names an ARN."""

    def refuse(connection, _request):
        connection.sendall(reply("403 -", body.encode(), f"Content-Type: {kind}"))

    with scripted_server(refuse) as server:
        finding = found_by(Aws(), server.url)[GATEWAY_RESPONSES]
    assert finding.status is status
    assert len(finding.evidence) == 3


def test_keys_that_come_changed_through_a_path_are_named():
    """A way that decodes a path once more loses what was encoded; the rest is not called wrong."""
    kept: dict[str, Any] = {}

    def decoding(connection, request):
        head, _, body = request.partition(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        if method == "POST":
            item = json.loads(body)
            kept[item["id"]] = item
            connection.sendall(reply("201 -", body))
            return
        key = unquote(unquote(target)).rpartition("/")[2]
        found = kept.pop(key, None) if method == "DELETE" else kept.get(key)
        status = "404 -" if found is None else "204 -" if method == "DELETE" else "200 -"
        connection.sendall(reply(status, b"" if method == "DELETE" else json.dumps(found).encode()))

    with scripted_server(decoding) as server:
        finding = found_by(Aws(), server.url.removesuffix("/graphql"))[PATH_PARAMETERS]
    assert finding.status is Status.BROKEN
    assert finding.summary == "API Gateway hands keys over changed: '/b', '%2Fb'."
    assert sum("is still there" in line for line in finding.evidence) == len(kept) == 2
    assert finding.remedy is None


@dataclass(frozen=True)
class Versioned(Aws):
    """An API under conflict resolution with one item, whose update may not look at conditions.

    Attributes:
        update: What becomes of an update under a condition; None where it is written.
        item: The item, by its members.
    """

    update: tuple[int, str] | None = None
    item: dict[str, Any] = field(default_factory=dict)

    def _choose(self, head: bytes, body: bytes) -> tuple[int, str]:
        asked = json.loads(body) if body.startswith(b"{") else {}
        operation = asked.get("operationName", "")
        given = asked.get("variables", {}).get("input", {})
        if operation == "UpdateTodo" and self.update is not None:
            return self.update
        if operation in ("CreateTodo", "UpdateTodo") and "id" in given:
            self.item.update({**given, "_version": self.item.get("_version", 0) + 1})
        if operation in ("CreateTodo", "UpdateTodo", "GetTodo", "DeleteTodo"):
            name = operation[0].lower() + operation[1:]
            return 200, json.dumps({"data": {name: self.item}})
        return super()._choose(head, body)


@pytest.mark.parametrize(
    ("update", "status", "said"),
    [
        (None, Status.BROKEN, "is not looked at"),
        (
            resolver_error(
                "updateTodo", "ConflictUnhandled", "Conflict resolver rejects mutation."
            ),
            Status.WARNING,
            "the answer is another one",
        ),
    ],
)
def test_a_condition_that_is_not_looked_at_beside_a_version_is_told(update, status, said):
    """What was written under a condition that cannot hold breaks what is counted on."""
    contract = compile_schema(read_built_schema(DATASTORE.read_text())).contract
    api = Versioned(update=update)
    finding = found_by(api, contract=contract)[CONDITION_BESIDE_VERSION]
    assert finding.status is status
    assert said in finding.summary
    assert ("changed by the doctor" in api.item.values()) is (update is None)
    assert ("If-Match alone" in finding.evidence[-1]) is (update is None)
    assert finding.remedy is None
