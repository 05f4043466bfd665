"""What is closed unless somebody opens it, and what account A's role may do."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest
from chalice import CognitoUserPoolAuthorizer, IAMAuthorizer

from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import Contract
from chalicelib.contract.types import Types
from chalicelib.readiness import Chain, respond
from chalicelib.rest.messages import RestRequest

if TYPE_CHECKING:
    from chalicelib.aws.assumed_role import AssumedRole
    from chalicelib.graphql.transport import Transport

OPEN = {"/health", "/openapi.json"}
POOL = "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc"
ENVIRON = {
    "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
    "REGION": "us-east-1",
    "APPSYNC_URL": "http://127.0.0.1:1/graphql",
}


def load_app(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> ModuleType:
    """Returns app.py as a process with these variables alone would load it."""
    for name in ("API_AUTHORIZER", "COGNITO_USER_POOL_ARNS", *ENVIRON):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    specification = importlib.util.spec_from_file_location("app_under_test", "app.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def guards(module: ModuleType) -> dict[str, set[type | None]]:
    """Returns the kinds of authorizers of each path, its OPTIONS left out."""
    return {
        path: {
            type(entry.authorizer) if entry.authorizer else None
            for verb, entry in entries.items()
            if verb != "OPTIONS"
        }
        for path, entries in module.app.routes.items()
    }


@pytest.mark.parametrize(
    ("variables", "guard"),
    [
        ({}, IAMAuthorizer),
        ({"API_AUTHORIZER": ""}, IAMAuthorizer),
        ({"API_AUTHORIZER": "iam"}, IAMAuthorizer),
        (
            {"API_AUTHORIZER": "cognito", "COGNITO_USER_POOL_ARNS": POOL},
            CognitoUserPoolAuthorizer,
        ),
        ({"API_AUTHORIZER": "none"}, None),
    ],
)
def test_every_path_with_data_is_closed_unless_none_is_written_out(monkeypatch, variables, guard):
    """Without the variable, or with an empty one, callers are authenticated by IAM."""
    found = guards(load_app(monkeypatch, variables))
    assert {path for path, kinds in found.items() if kinds == {None}} >= OPEN
    assert {"/todos", "/todos/{id}", "/batch", "/ready"} <= found.keys()
    for path in found.keys() - OPEN:
        assert found[path] == {guard}, path


@pytest.mark.parametrize(
    ("authorizer", "status"), [("iam", "ok"), ("cognito", "ok"), ("none", "warning")]
)
def test_ready_warns_of_an_api_without_an_authorizer(authorizer, status):
    """It stays 200, since the chain works; who looks sees that anybody may come in."""

    class Role:
        def get(self, _context: CallContext) -> None: ...

    settings = Settings.from_environ(ENVIRON)._replace(authorizer=authorizer)
    chain = Chain(settings, cast("AssumedRole", Role()), cast("Transport", None))
    request = RestRequest("GET", "/ready", CallContext("request-1", Deadline.after(5)))
    response = respond(lambda: chain, Contract(Types(), ()), request)
    links = {link["link"]: link for link in json.loads(response.body)["links"]}
    assert response.status == 200
    assert links["authorizer"] == {"link": "authorizer", "status": status}


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_account_as_role_may_do_exactly_this(stage):
    """Assume one role and write its own function's logs: the whole document, word for word."""
    group = f"arn:aws:logs:*:*:log-group:/aws/lambda/appsync-rest-{stage}"
    expected: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AssumeAccountBRole",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
            },
            {
                "Sid": "WriteOwnLogs",
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                ],
                "Resource": [group, f"{group}:log-stream:*"],
            },
        ],
    }
    document = Path(".chalice", f"policy-{stage}.json").read_text(encoding="utf-8")
    assert json.loads(document) == expected


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_to_one_version_and_its_hashes(file):
    """What ships in the zip, and what makes it, is named with its exact version and hashes."""
    text = Path(file).read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert requirements
    assert all("==" in line and "--hash=sha256:" in line for line in requirements)
