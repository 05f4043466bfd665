"""Files as a user may leave them: accepted, or a fault that names the file; nothing else."""

import asyncio
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.cloudformation import read_template
from bridge.files import FileFault
from bridge.project import Project
from bridge.sandbox.settings import Settings, read_settings
from bridge.sandbox.web.server import Sandbox
from tests.support.examples import SHORT, examples
from tests.support.sandbox import ROLE_ARN, StoppedClock, sign
from tests.support.todo import PROJECT, todo_project

BASE = "http://127.0.0.1:8100"
FAULT = "SandboxFileFault"
DEEP = 3000
# Each reads a file anew four times, so the short form has fewer; the long one has all.
EXAMPLES = 12 if examples(SHORT) == SHORT else examples(SHORT)
# What stands in a file where something else belongs.
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    "one hour",
    "9999-12-31T23:59:59-18:00",
    "0001-01-01T00:00:00+18:00",
    "*",
    "(?",
    "${",
    "${AWS::Region",
    "arn:",
    "a.b",
    "\x00",
    "\ud800",
    [],
    {},
    [None],
    [[]],
    {"Ref": 5},
    {"Ref": "AWS::NoValue"},
    {"Fn::Sub": []},
    {"Fn::Sub": ["${x}", 5]},
    {"Fn::If": ["HasExternalId", 1]},
    {"Fn::Join": 5},
    {"Fn::Join": [",", 5]},
    {"Fn::GetAtt": ["CrossAccountRole", {}]},
    {"Fn::Nothing": 1},
    {"Condition": []},
)
ODD_CHARACTERS = '\x00\ufeff\ud7ff"\\{}[]()@!:,#\t\n9'
SETTINGS: dict[str, Any] = {
    "admin_rule": "contains",
    "conflict_handler": "optimistic",
    "default_authorization": "AWS_IAM",
    "iam_authorization": True,
    "api_keys": ["da2-x"],
    "shared_with": ["111111111111"],
    "sts_active": True,
    "faults": [{"kind": "latency", "target": "appsync", "milliseconds": 0, "count": 1}],
    "principals": [
        {
            "arn": "arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/other",
            "access_key_id": "ASIAOTHER00000000001",
            "secret_access_key": "secret",
            "session_token": "token",
            "expires_at": "2999-01-01T00:00:00+00:00",
            "policies": [
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "All",
                            "Effect": "Allow",
                            "Action": ["appsync:*"],
                            "Resource": "*",
                            "Condition": {
                                "DateLessThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"},
                                "StringLike": {"aws:userid": ["*", "${aws:userid}"]},
                                "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
                                "NumericLessThan": {"aws:EpochTime": "99999999999"},
                            },
                        }
                    ],
                }
            ],
        }
    ],
}


@dataclass(frozen=True)
class _Session:
    access_key_id: str
    secret_access_key: str
    session_token: str


OTHER = _Session("ASIAOTHER00000000001", "secret", "token")


def mutated_text(draw: random.Random, text: str) -> str:
    """Returns a text with one thing gone wrong in it."""
    start = draw.randrange(len(text) + 1)
    end = min(len(text), start + draw.choice((1, 2, 5, 20, 200)))
    lines = text.splitlines(keepends=True)
    line = draw.randrange(len(lines))
    words = [*re.finditer(r"[\w$]+", text)]
    word, other = draw.choice(words), draw.choice(words)
    changes: tuple[Callable[[], str], ...] = (
        lambda: text[:start],
        lambda: text[:start] + text[end:],
        lambda: text[:end] + text[start:],
        lambda: text[:start] + draw.choice(ODD_CHARACTERS) + text[start:],
        lambda: "".join([*lines[:line], *lines[line + 1 :]]),
        lambda: "".join([*lines[: line + 1], *lines[line:]]),
        lambda: text[: word.start()] + other[0] + text[word.end() :],
        lambda: (
            text[: word.start()] + draw.choice(("", "5", "null", "{}", '""')) + text[word.end() :]
        ),
    )
    return draw.choice(changes)()


def mutated_document(draw: random.Random, document: Any) -> str:
    """Returns the JSON of a document with one place of it changed; a key may stand twice in it."""
    places = list(_places(document))
    holder, key = draw.choice(places)
    old = holder[key]
    doubled = '"": 0'
    match draw.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [old]
        case 2:
            holder[key] = {"x": old}
        case 3 if isinstance(holder, dict):
            doubled = f"{json.dumps(key)}: {json.dumps(draw.choice(ODD))}"
        case 4:
            holder[key] = "DEEP"
        case _:
            holder[key] = draw.choice(ODD)
    text = json.dumps(document)
    deep = "[" * DEEP + "]" * DEEP if draw.random() < 0.5 else '{"a":' * DEEP + "1" + "}" * DEEP
    text = text.replace('"DEEP"', deep)
    if doubled != '"": 0':
        text = text.replace(f"{json.dumps(key)}: ", f"{doubled}, {json.dumps(key)}: ", 1)
    return text


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from _places(value[key])


@dataclass(frozen=True)
class Running:
    """A sandbox in this process, and requests to it that were signed beforehand."""

    sandbox: Sandbox
    root: Path
    requests: tuple[tuple[str, str, dict[str, str], bytes], ...]

    def ask(self) -> list[tuple[int, bytes]]:
        """Returns status and body of the reply to each request."""
        application = self.sandbox.application()
        return [asyncio.run(_reply(application, *request)) for request in self.requests]


async def _reply(
    application: Any, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    listed = {**headers, "Host": BASE.removeprefix("http://")}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in listed.items()],
        "state": {},
    }
    await application(scope, receive, send)
    return sent[0]["status"], b"".join(it.get("body", b"") for it in sent[1:])


def graphql(query: str, credentials: Any) -> tuple[str, str, dict[str, str], bytes]:
    """Returns a signed GraphQL request."""
    body = json.dumps({"query": query}).encode()
    return "POST", "/graphql", sign("POST", f"{BASE}/graphql", body, credentials), body


def assume_role(credentials: Any) -> tuple[str, str, dict[str, str], bytes]:
    """Returns a signed request for a session of account B's role."""
    given = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE_ARN}
    body = urlencode({**given, "RoleSessionName": "session", "DurationSeconds": "3600"}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return "POST", "/", sign("POST", f"{BASE}/", body, credentials, form, "sts"), body


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Runs a sandbox of the shop over copies of its files."""
    root = folder / "root"
    shutil.copytree(todo_project(), root)
    shutil.rmtree(root / "account_b")
    shutil.copytree(PROJECT / "examples" / "shop", root / "account_b")
    settings = folder / "settings.json"
    settings.write_text(json.dumps(SETTINGS))
    given = read_settings(settings)
    sandbox = Sandbox(Project.at(root), folder / "state", "local", given, StoppedClock())
    try:
        source = sandbox.source_credentials
        first = Running(sandbox, root, (assume_role(source),))
        ((status, body),) = first.ask()
        assert status == 200, body
        found = dict(re.findall(rb"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)<", body))
        session = _Session(
            found[b"AccessKeyId"].decode(),
            found[b"SecretAccessKey"].decode(),
            found[b"SessionToken"].decode(),
        )
        query = "{ listOrders { items { orderNo customer { id } } } }"
        yield Running(
            sandbox,
            root,
            (
                assume_role(source),
                graphql(query, session),
                graphql('{ echo(text: "x") }', OTHER),
                ("GET", "/console/data/policies", {}, b""),
            ),
        )
    finally:
        sandbox.close()


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def _yaml(path: Path) -> Any:
    return deepcopy(read_template(path.read_text()))


FILES: dict[str, Callable[[Path], Any] | None] = {
    ".chalice/config.json": _json,
    ".chalice/policy-local.json": _json,
    "account_b/template.yaml": _yaml,
    "account_b/sandbox/parameters.json": _json,
    "account_b/amplify/custom-roles.json": _json,
    "account_b/schema.graphql": None,
    "account_b/built-schema.graphql": None,
    "account_b/sandbox/functions.py": None,
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> Iterator[Running]:
    """Returns a sandbox whose files the tests break and mend."""
    with running(tmp_path_factory.mktemp("broken")) as made:
        assert [status for status, _ in made.ask()] == [200, 200, 200, 200]
        yield made


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32))
def test_a_broken_file_is_accepted_or_told_by_its_name(sandbox, name, seed):
    """At the next request: no reply but AWS's own, or one that names the file."""
    path = sandbox.root / name
    whole = path.read_bytes()
    draw = random.Random(seed)
    read = FILES[name]
    if read is None or draw.random() < 0.3:
        broken = mutated_text(draw, whole.decode())
    else:
        broken = mutated_document(draw, read(path))
    try:
        path.write_bytes(broken.encode("utf-8", "surrogatepass"))
        for status, body in sandbox.ask():
            if status == 500:
                assert FAULT.encode() in body or b'"error"' in body
                # A configuration may name a policy file that does not exist.
                named = str(sandbox.root) if name == ".chalice/config.json" else path.name
                assert named.encode() in body, body
    finally:
        path.write_bytes(whole)


def accepted(path: Path) -> Settings | None:
    """Returns the settings of a file; None where it is refused by its name."""
    try:
        return read_settings(path)
    except FileFault as fault:
        named = fault.path
    assert named == path
    return None


@given(seed=st.integers(0, 2**32))
def test_broken_settings_are_accepted_or_told_by_their_name(tmp_path_factory, sandbox, seed):
    """Before the sandbox starts; what it accepts serves whoever calls."""
    draw = random.Random(seed)
    document = json.loads(json.dumps(SETTINGS))
    broken = (
        mutated_text(draw, json.dumps(document))
        if draw.random() < 0.3
        else mutated_document(draw, document)
    )
    path = sandbox.root / "settings.json"
    path.write_bytes(broken.encode("utf-8", "surrogatepass"))
    settings = accepted(path)
    if settings is None:
        return
    state = sandbox.root / "another-state"
    other = Sandbox(Project.at(sandbox.root), state, "local", settings, StoppedClock())
    try:
        requests = [
            graphql("{ listOrders { nextToken } }", _Session(it.access_key_id, "secret", "token"))
            for it in settings.principals.values()
            if it.access_key_id.isalnum()
        ]
        for status, body in Running(other, sandbox.root, tuple(requests)).ask():
            assert status != 500 or FAULT.encode() in body
    finally:
        other.close()
