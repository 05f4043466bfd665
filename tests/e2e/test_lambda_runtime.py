"""The packaged app under AWS's own runtime client, against a real account B on this machine.

As in the cloud: the code from deployment.zip, the prod stage's variables, role, session name and
policy, the event and environment of the proxy integration, awslambdaric and a boto3 of Lambda's.
Not as in the cloud: the Runtime API is a stand-in, and APPSYNC_URL and AWS_ENDPOINT_URL_STS lead
to the sandbox over plain HTTP.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from bridge.source_credentials import SourceCredentials
from tests.e2e.support.environments import BOTO3_VERSIONS, lambda_python
from tests.e2e.support.lambda_function import Answer, LambdaFunction, lambda_function
from tests.e2e.support.project import Package, package_of, pinned_requirements, shared_package
from tests.e2e.support.shop_walk import WALKED, walk
from tests.support.sandbox import RunningSandbox, copy_project, sandbox_in_thread
from tests.support.todo import PROJECT

STAGE = "prod"
ROLE = f"appsync-rest-{STAGE}-api_handler"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> Package:
    """Returns the prod stage's package."""
    return shared_package(tmp_path_factory, STAGE)


@pytest.fixture
def sandbox(tmp_path) -> Iterator[RunningSandbox]:
    """Gives an account B that trusts the prod stage's role, as its owner sets it up."""
    copy_project(tmp_path)
    parameters = tmp_path / "root" / "account_b" / "sandbox" / "parameters.json"
    local = "appsync-rest-local-api_handler"
    assert local in parameters.read_text()
    parameters.write_text(parameters.read_text().replace(local, ROLE))
    with sandbox_in_thread(tmp_path, stage=STAGE) as running:
        yield running


@pytest.fixture(params=BOTO3_VERSIONS)
def python(request) -> Path:
    """Returns the interpreter of an environment with awslambdaric and one boto3."""
    return lambda_python(request.param)


def test_a_todo_is_created_read_and_listed(tmp_path, packaged, sandbox, python):
    """Three API Gateway events lead through the assumed role to account B and back."""
    variables = {"APPSYNC_URL": sandbox.graphql_url, "AWS_ENDPOINT_URL_STS": sandbox.url}
    source = sandbox.source_credentials
    with lambda_function(python, packaged, tmp_path / "task", source, variables) as function:
        created = function.send("POST", "/todos", body={"name": "milk", "priority": 3})
        todo = created.json()
        item = {"path_parameters": {"id": todo["id"]}}
        read = function.send("GET", "/todos/{id}", **item)
        listed = function.send("GET", "/todos", query={"priority.gt": "2"})
        unchanged = function.send(
            "GET", "/todos/{id}", headers={"If-None-Match": created.headers["ETag"]}, **item
        )

    assert created.status == 201
    assert (todo["name"], todo["priority"]) == ("milk", 3)
    assert created.headers["Location"] == f"/api/todos/{todo['id']}"
    assert created.headers["ETag"] == f'"{todo["updatedAt"]}"'
    assert (read.status, read.json()) == (200, todo)
    assert (listed.status, listed.json()) == (200, {"items": [todo]})
    assert unchanged.status == 304

    # One AssumeRole for all, by the function's own role session.
    (assumed,) = sandbox.events(service="sts")
    assert assumed["caller"] == f"arn:aws:sts::111111111111:assumed-role/{ROLE}/appsync-rest-prod"
    assert {event["caller"] for event in sandbox.events(service="appsync")} == {
        "arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/appsync-rest"
    }


ODD = ("a/b", "a+b", "%2F", ".hidden", "🥛", "a b", "?#&=", "x" * 2048, "o'\"<>")


@pytest.fixture(scope="module")
def shops(tmp_path_factory) -> Iterator[tuple[LambdaFunction, RunningSandbox]]:
    """Gives the packaged shop in front of its account B, which trusts the prod stage's role."""
    folder: Path = tmp_path_factory.mktemp("shop")
    root = copy_project(folder)
    shutil.rmtree(root / "account_b")
    shutil.copytree(PROJECT / "examples" / "shop", root / "account_b")
    parameters = root / "account_b" / "sandbox" / "parameters.json"
    parameters.write_text(parameters.read_text().replace("appsync-rest-local-api_handler", ROLE))
    made = package_of(tmp_path_factory, STAGE, PROJECT / "examples" / "shop")
    with sandbox_in_thread(folder, stage=STAGE) as running:
        variables = {"APPSYNC_URL": running.graphql_url, "AWS_ENDPOINT_URL_STS": running.url}
        python, source = lambda_python(BOTO3_VERSIONS[0]), running.source_credentials
        with lambda_function(python, made, folder / "task", source, variables) as function:
            yield function, running


@pytest.fixture
def shop(shops: tuple[LambdaFunction, RunningSandbox]) -> LambdaFunction:
    """Returns the packaged shop with no item in it."""
    function, running = shops
    reply = requests.delete(f"{running.url}/_admin/tables", timeout=60)
    assert reply.status_code == 204, reply.text
    return function


def test_every_verb_is_answered_on_the_shops_items(shop: LambdaFunction) -> None:
    """An order, a stock level, a product and a customer, from POST to DELETE."""

    def send(method: str, template: str, key: Mapping[str, str], body: Any) -> Answer:
        return shop.send(method, template, path_parameters=key or None, body=body)

    for walked in WALKED:
        walk(send, "/api", walked)


def test_keys_of_several_fields_and_of_odd_values_lead_to_their_items(shop):
    """Path parameters come percent-encoded, as API Gateway gives them, and are decoded once."""
    for text in ODD:
        body = {"warehouse": text, "sku": text[:1000].replace("#", ""), "lot": 7, "quantity": 1}
        key = {name: quote(str(body[name]), safe="") for name in ("warehouse", "sku", "lot")}
        created = shop.send("POST", "/stock-levels", body=body)
        assert created.status == 201, created.body
        assert created.headers["Location"] == f"/api/stock-levels/{'/'.join(key.values())}"
        template = "/stock-levels/{warehouse}/{sku}/{lot}"
        read = shop.send("GET", template, path_parameters=key)
        assert (read.status, read.json()) == (200, created.json())
        patched = shop.send("PATCH", template, path_parameters=key, body={"quantity": 2})
        assert (patched.status, patched.json()["quantity"]) == (200, 2)
        gone = shop.send("DELETE", template, path_parameters=key)
        assert (gone.status, gone.body) == (204, "")
    key = {"warehouse": "w", "sku": "s", "lot": "7"}
    unfit = {"lot": ("07", "seven", "", "1.0", "99999999999"), "sku": ("", ".", "..", "a%23b")}
    for name, values in unfit.items():
        for value in values:
            refused = shop.send("GET", template, path_parameters={**key, name: value})
            assert refused.status == 400, value


def test_health_answers_before_the_variables_are_set(tmp_path, packaged, python):
    """The first deploy comes before account B's role: it loads, and says what is missing."""
    variables = {"ASSUME_ROLE_ARN": "", "REGION": "", "APPSYNC_URL": ""}
    source = SourceCredentials("ASIAEXAMPLEEXAMPLE00", "secret", "token")
    with lambda_function(python, packaged, tmp_path / "task", source, variables) as function:
        health = function.send("GET", "/health")
        refused = function.send("GET", "/todos")
    assert (health.status, health.json()) == (200, {"status": "ok"})
    assert refused.status == 500
    assert refused.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("boto3_version", BOTO3_VERSIONS)
def test_the_environment_holds_nothing_of_account_as(boto3_version):
    """Beside AWS's own there is nothing: what the function needs comes from deployment.zip.

    urllib3 is botocore's as well; the zip's takes its place.
    """
    script = (
        "import importlib.metadata as m, json; "
        "print(json.dumps({d.name: d.version for d in m.distributions()}))"
    )
    command = [str(lambda_python(boto3_version)), "-I", "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    installed = json.loads(run.stdout)
    assert installed["boto3"] == boto3_version
    assert "awslambdaric" in installed
    required = pinned_requirements().keys() - {"urllib3"}
    assert required >= {"requests", "requests-aws4auth"}
    assert not installed.keys() & {"chalice", *required}
