"""What the console page asks the sandbox for, and what protects the page."""

import re
from typing import Any

import pytest
import requests

from bridge.iam.evaluation import Reason
from bridge.sandbox.exchange.faults import Kind
from bridge.sandbox.web.console.routes import _PAGE
from tests.support.sandbox import ROLE_ARN, RunningSandbox

CREATE = "mutation C($input: CreateTodoInput!) { createTodo(input: $input) { id } }"


def get(sandbox: RunningSandbox, path: str, status: int = 200):
    """Returns the reply's document, whose status is checked."""
    reply = requests.get(f"{sandbox.url}/console/{path}", timeout=60)
    assert reply.status_code == status, reply.text
    return reply.json()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/console.css", "text/css; charset=utf-8"),
        ("/data/policies", "application/json"),
        ("/data/tables", "application/json"),
        ("/data/tables/Todo", "application/json"),
    ],
)
def test_nothing_but_the_pages_own_files_may_run(sandbox: RunningSandbox, path, content_type):
    """Each reply forbids scripts from elsewhere, inline ones, frames, and guesses at its type."""
    reply = requests.get(f"{sandbox.url}/console{path}", timeout=60)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == content_type
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["../routes.py", "..%2froutes.py", "%2e%2e/__init__.py"])
def test_no_file_beside_the_page_is_served(sandbox: RunningSandbox, path):
    """A path that climbs out of the folder is unknown."""
    request = requests.Request("GET", sandbox.url).prepare()
    request.url = f"{sandbox.url}/console/{path}"
    with requests.Session() as session:
        assert session.send(request, timeout=60).status_code == 404


def test_the_page_has_no_inline_script_and_writes_no_markup():
    """What the policy would block is not there, and text of clients never becomes markup."""
    page = (_PAGE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|https?://", page)
    scripts = "".join(file.read_text() for file in _PAGE.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval", scripts)


def test_there_is_a_switch_for_each_kind_of_fault():
    """A new kind needs its card."""
    cards = re.findall(r'kind: "(\w+)"', (_PAGE / "faults.js").read_text())
    assert sorted(cards) == sorted(Kind)


def test_the_page_knows_which_side_refuses_by_iams_own_words():
    """The texts that decisions.js looks for are those of the evaluator."""
    script = (_PAGE / "decisions.js").read_text()
    silent = [*re.findall(r'"([^"]+ does not allow it|no [^"]+ allows it)"', script)]
    assert set(silent) == {
        Reason.NO_IDENTITY_ALLOW,
        Reason.NO_RESOURCE_ALLOW,
        Reason.NO_SESSION_ALLOW,
    }


def test_policies_are_those_in_force(sandbox: RunningSandbox):
    """Account A's, the trust, the role's own and the admin list; an edit shows at once."""
    told = get(sandbox, "data/policies")
    assert [(it["account"], it["kind"], it["name"]) for it in told["policies"]] == [
        ("A", "identity", "policy-local.json"),
        ("B", "trust", "TodoCrossAccountRole trust policy"),
        ("B", "identity", "UseTheApisFields"),
    ]
    trust = told["policies"][1]
    assert trust["role"] == ROLE_ARN
    assert trust["statements"][0]["sid"] == "TrustTheCallersRole"
    assert trust["statements"][0]["document"]["Principal"] == {
        "AWS": "arn:aws:iam::111111111111:role/appsync-rest-local-api_handler"
    }
    assert (told["adminRoles"], told["adminRule"]) == (["TodoCrossAccountRole"], "contains")

    sandbox.edit("account_b/template.yaml", "Sid: ReadTheApisFields", "Sid: Renamed")
    renamed = get(sandbox, "data/policies")["policies"][2]
    assert renamed["statements"][0]["sid"] == "Renamed"


def test_a_malformed_file_is_named(sandbox: RunningSandbox):
    """The page shows which file is broken instead of policies that no longer hold."""
    (sandbox.root / "account_b" / "template.yaml").write_text("{")
    assert "template.yaml" in get(sandbox, "data/policies", 500)["error"]


def test_tables_are_read_page_by_page(sandbox: RunningSandbox):
    """The sizes, then 50 items at a time until the table ends; every item once."""
    assert [it["items"] for it in get(sandbox, "data/tables")["tables"]] == [0]
    credentials = sandbox.assume_role()
    creates = " ".join(
        f'c{n}: createTodo(input: {{id: "{n}", name: "n"}}) {{ id }}' for n in range(60)
    )
    assert (
        "errors" not in sandbox.graphql(f"mutation {{ {creates} }}", credentials=credentials).json()
    )
    (table,) = get(sandbox, "data/tables")["tables"]
    assert (table["name"], table["items"]) == ("Todo", 60)
    assert (table["key"], table["indexes"]) == (["id"], [])

    first = get(sandbox, "data/tables/Todo")
    rest = get(sandbox, f"data/tables/Todo?after={first['last']}")
    assert (len(first["items"]), len(rest["items"]), rest["last"]) == (50, 10, None)
    ids = {item["id"] for item in first["items"] + rest["items"]}
    assert ids == {str(n) for n in range(60)}
    assert "hexadecimal" in get(sandbox, "data/tables/Todo?after=x", 400)["error"]


def created(sandbox: RunningSandbox, *ids: str) -> dict[str, str]:
    """Creates items, and returns each one's place by its id."""
    creates = " ".join(f'c{n}: createTodo(input: {{id: "{n}", name: "n"}}) {{ id }}' for n in ids)
    reply = sandbox.graphql(f"mutation {{ {creates} }}").json()
    assert "errors" not in reply
    page = get(sandbox, "data/tables/Todo")
    return dict(zip([item["id"] for item in page["items"]], page["places"], strict=True))


def test_an_item_is_changed_and_deleted_by_its_place(sandbox: RunningSandbox):
    """AppSync reads what was written; another item of the table stays as it is."""
    places = created(sandbox, "1", "2")
    url = f"{sandbox.url}/_admin/tables/Todo/{places['1']}"
    changed = {"id": "1", "name": "changed", "unknown": [1.5, None]}
    assert requests.put(url, json=changed, timeout=60).status_code == 204
    read = sandbox.graphql('{ a: getTodo(id: "1") { name } b: getTodo(id: "2") { name } }').json()
    assert read["data"] == {"a": {"name": "changed"}, "b": {"name": "n"}}
    assert changed in get(sandbox, "data/tables/Todo")["items"]

    assert requests.delete(url, timeout=60).status_code == 204
    assert [it["id"] for it in get(sandbox, "data/tables/Todo")["items"]] == ["2"]
    again = requests.delete(url, timeout=60)
    assert (again.status_code, "no such item" in again.json()["error"]) == (404, True)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"id": "2", "name": "n"}', "the key stays"),
        ('{"name": "n"}', "the key stays"),
        ("[]", "a JSON object"),
        ("{", "not JSON"),
        ('{"id": "1", "priority": NaN}', "NaN is no number"),
        ('{"id": "1", "priority": 1e300}', "Number overflow"),
    ],
)
def test_an_item_that_cannot_be_written_changes_nothing(sandbox: RunningSandbox, body, text):
    """400 says why."""
    places = created(sandbox, "1")
    before = get(sandbox, "data/tables/Todo")
    reply = requests.put(f"{sandbox.url}/_admin/tables/Todo/{places['1']}", body, timeout=60)
    assert reply.status_code == 400
    assert text in reply.json()["error"]
    assert get(sandbox, "data/tables/Todo") == before


@pytest.mark.parametrize("path", ["/Todo", ""])
def test_a_table_is_emptied(sandbox: RunningSandbox, path):
    """One by its name, or all; AppSync finds nothing, and the key can be taken anew."""
    created(sandbox, "1", "2")
    assert requests.delete(f"{sandbox.url}/_admin/tables{path}", timeout=60).status_code == 204
    assert get(sandbox, "data/tables/Todo")["items"] == []
    assert sandbox.graphql("{ listTodos { items { id } } }").json()["data"] == {
        "listTodos": {"items": []}
    }
    assert list(created(sandbox, "1")) == ["1"]


def last_document(sandbox: RunningSandbox) -> Any:
    """Returns the document of AppSync's last request."""
    request_id = sandbox.events(service="appsync")[-1]["requestId"]
    return get(sandbox, f"data/documents/{request_id}")["document"]


def test_a_request_has_its_document_and_variables(sandbox: RunningSandbox):
    """As they were sent, also of a request that a fault kept from AppSync."""
    fault: Any = {"faults": [{"kind": "error", "status": 503, "target": "appsync", "count": 1}]}
    requests.put(f"{sandbox.url}/_admin/faults", json=fault, timeout=60)
    query = "query  Q($id: ID!) { getTodo(id: $id) { id } }"
    assert sandbox.graphql(query, {"id": "\ud800"}).status_code == 503
    assert last_document(sandbox) == {
        "query": query,
        "variables": {"id": "\ud800"},
    }


def test_no_document_is_kept_of_a_long_request(sandbox: RunningSandbox):
    """A thousand events are kept, so each must be small; the request itself is answered."""
    reply = sandbox.graphql("{ getTodo(id: 1) { id } }", {"unused": "x" * 70_000})
    assert reply.status_code == 200
    assert last_document(sandbox) is None


def test_events_can_be_cleared(sandbox: RunningSandbox):
    """Those until now are gone, and the next one's number goes on."""
    sandbox.graphql("{ __typename }")
    last = sandbox.events()[-1]["sequence"]
    assert requests.delete(f"{sandbox.url}/_admin/events", timeout=60).json() == {"events": []}
    assert sandbox.events() == []
    sandbox.graphql("{ __typename }")
    assert min(it["sequence"] for it in sandbox.events()) > last


def test_a_gateways_log_line_becomes_an_event(sandbox: RunningSandbox):
    """Only what the page shows of it is kept; it joins account B's events by the request id."""
    sandbox.graphql("{ listTodos { items { id } } }", headers={"X-Request-Id": "request-1"})
    line: Any = {
        "requestId": "request-1",
        "method": "GET",
        "route": "/todos",
        "status": 200,
        "milliseconds": 10.5,
        "stsCalls": 1,
        "traceId": "not shown",
        "_aws": {"Timestamp": 1795478400000},
    }
    url = f"{sandbox.url}/_admin/gateway-log"
    assert requests.post(url, json=[line, line], timeout=60).status_code == 204
    appsync, rest = (sandbox.events(service=name)[-1] for name in ("appsync", "rest"))
    assert appsync["clientRequestId"] == rest["clientRequestId"] == "request-1"
    assert rest == {
        "sequence": appsync["sequence"] + 2,
        "time": "2026-11-23T23:59:59.989+00:00",
        "service": "rest",
        "clientRequestId": "request-1",
        "method": "GET",
        "route": "/todos",
        "status": 200,
        "milliseconds": 10.5,
        "stsCalls": 1,
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "not JSON"),
        (b"{}", "must come as an array"),
        (b"[1]", "an object with a requestId"),
        (b'[{"requestId": "1"}]', "Timestamp and milliseconds"),
        (b'[{"requestId": "1", "milliseconds": 1, "_aws": {"Timestamp": 1e300}}]', "no time"),
    ],
)
def test_what_is_no_log_line_is_refused(sandbox: RunningSandbox, body, text):
    """400 says why, and nothing is recorded."""
    reply = requests.post(f"{sandbox.url}/_admin/gateway-log", body, timeout=60)
    assert reply.status_code == 400
    assert text in reply.json()["error"]
    assert sandbox.events() == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ getTodo(id: 1) { title } }", "Validation error of type FieldUndefined"),
        ("{", "Unable to parse GraphQL query."),
        ("{ getTodo(id: 1) { id } }", None),
        ("{ __typename }", None),
    ],
)
def test_an_event_tells_why_no_resolver_ran(sandbox: RunningSandbox, query, message):
    """A document that is refused has no field to show, so the event has AppSync's text."""
    sandbox.graphql(query)
    told = sandbox.events(service="appsync")[-1]["message"]
    assert told is None if message is None else told.startswith(message)
