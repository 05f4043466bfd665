"""What `chalice package` makes of a clean copy: the zip, and CloudFormation's template."""

import json
import re
import sys
import zipfile
from typing import Any

import pytest

from tests.e2e.support.project import Package, copy_project, pinned_requirements, shared_package
from tests.support.todo import PROJECT

STAGES = ("local", "dev", "prod")
MAX_BYTES = 750_000
OPEN_PATHS = {"/health", "/openapi.json"}
SIGV4: Any = [{"sigv4": []}]


@pytest.fixture(scope="module", params=STAGES)
def stage(request) -> str:
    """Returns a stage's name."""
    return str(request.param)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory, stage) -> Package:
    """Returns the stage's package."""
    return shared_package(tmp_path_factory, stage)


@pytest.fixture(scope="module")
def template(packaged) -> Any:
    """Returns the stage's template."""
    return json.loads(packaged.template.read_text())


@pytest.fixture(scope="module")
def config() -> Any:
    """Returns Chalice's configuration."""
    return json.loads((PROJECT / ".chalice" / "config.json").read_text())


def test_the_zip_is_under_three_quarters_of_a_megabyte(packaged, stage):
    """Its size is printed and bounded."""
    size = packaged.archive.stat().st_size
    print(f"deployment.zip of {stage}: {size:,} bytes")  # noqa: T201 - to be read in the report
    assert size < MAX_BYTES


def test_the_zip_holds_account_a_and_what_it_requires_and_nothing_else(packaged, tmp_path):
    """Our files are the tracked ones; the rest are the packages of requirements.txt and Chalice.

    No bytecode of ours, though chalice imports app.py first.
    """
    with zipfile.ZipFile(packaged.archive) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    ours = copy_project(tmp_path, "app.py", "chalicelib")
    tracked = {str(path.relative_to(ours)) for path in ours.rglob("*") if path.is_file()}
    assert {name for name in names if re.match(r"app\.py|chalicelib/", name)} == tracked

    others = names - tracked
    theirs = {name.partition("/")[0] for name in others}
    packages = {name for name in theirs if not name.endswith(".dist-info")}
    assert packages == {"chalice", *(name.replace("-", "_") for name in pinned_requirements())}
    assert not [name for name in others if name.endswith(".pyc")]
    # A licence may be Markdown, and must be shipped.
    assert not [name for name in names if name.endswith(".md") and "/licenses/" not in name]


def test_the_zip_gets_its_requirements_from_the_pinned_list(packaged):
    """The versions inside are those of requirements.txt."""
    with zipfile.ZipFile(packaged.archive) as archive:
        folders = {name.partition("/")[0] for name in archive.namelist()}
    assert pinned_requirements().keys() >= {"requests", "requests-aws4auth"}
    for name, version in pinned_requirements().items():
        assert f"{name.replace('-', '_')}-{version}.dist-info" in folders


def test_the_api_is_regional(template):
    """No edge network stands before it."""
    api = template["Resources"]["RestAPI"]["Properties"]
    assert api["EndpointConfiguration"] == "REGIONAL"


def test_every_method_but_the_open_ones_is_behind_the_stages_authorizer(template, stage):
    """AWS_IAM by default; local alone has none, because it writes so."""
    api = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    methods = {
        (path, verb): method.get("security")
        for path, verbs in api["paths"].items()
        for verb, method in verbs.items()
    }
    guarded = {
        (path, verb) for path, verb in methods if path not in OPEN_PATHS and verb != "options"
    }
    assert {"/ready", "/batch", "/todos", "/todos/{id}"} == {path for path, _ in guarded}
    expected = None if stage == "local" else SIGV4
    assert {key: methods[key] for key in guarded} == dict.fromkeys(guarded, expected)
    assert all(methods[key] is None for key in methods.keys() - guarded)
    if stage != "local":
        definition = api["securityDefinitions"]["sigv4"]
        assert definition["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_every_path_takes_every_verb(template):
    """API Gateway answers a verb that is not registered with 403; registered, it gets our 405."""
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    verbs = {"get", "head", "post", "put", "patch", "delete", "options"}
    assert {path: set(methods) for path, methods in paths.items()} == dict.fromkeys(paths, verbs)


def test_the_role_has_the_stages_policy_and_no_other(template, config, stage):
    """The policy is the file's, to the letter; only Lambda may assume the role."""
    role = template["Resources"]["ApiHandlerRole"]["Properties"]
    file = PROJECT / ".chalice" / config["stages"][stage]["iam_policy_file"]
    assert [entry["PolicyDocument"] for entry in role["Policies"]] == [json.loads(file.read_text())]
    assert "ManagedPolicyArns" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_the_function_has_the_stages_variables_memory_and_timeout(template, config, stage):
    """The timeout is API Gateway's 29 seconds; the runtime is that of the packaging Python."""
    function = template["Resources"]["APIHandler"]["Properties"]
    assert function["Environment"]["Variables"] == config["stages"][stage]["environment_variables"]
    assert (function["MemorySize"], function["Timeout"]) == (512, 29)
    assert function["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"
