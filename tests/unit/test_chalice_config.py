"""Account A's declared configuration: three stages that Chalice deploys as they stand."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.files import FileFault
from bridge.project import stages_of
from chalicelib.config import Settings

CHALICE = Path(".chalice")
CONFIG: Any = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))
STAGES: Any = CONFIG["stages"]
DEPLOYED = ("dev", "prod")
# What the process that starts the local stage gives it, since it knows the sandbox's port.
FROM_MAKE_RUN = {
    "APPSYNC_URL": "http://127.0.0.1:8100/graphql",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:8100",
}


def variables(stage: str) -> dict[str, str]:
    """Returns the variables that a stage declares."""
    declared: dict[str, str] = STAGES[stage]["environment_variables"]
    return declared


def policy(stage: str) -> Any:
    """Returns the policy that a stage's role gets."""
    path = CHALICE / STAGES[stage]["iam_policy_file"]
    return json.loads(path.read_text(encoding="utf-8"))


def test_there_are_the_three_stages():
    """One for this machine, two for the cloud."""
    assert set(STAGES) == {"local", *DEPLOYED}


def test_chalice_writes_no_policy_of_its_own():
    """It would read app.py alone, and miss what chalicelib calls; each stage has its own file."""
    assert CONFIG["autogen_policy"] is False
    files = {stage["iam_policy_file"] for stage in STAGES.values()}
    assert files == {f"policy-{name}.json" for name in STAGES}


def test_the_api_is_regional_in_every_stage():
    """No stage overrules it."""
    assert CONFIG["api_gateway_endpoint_type"] == "REGIONAL"
    assert not [name for name, stage in STAGES.items() if "api_gateway_endpoint_type" in stage]


def test_only_the_local_stage_has_no_authorizer():
    """`none` is written out there; the others leave the default, IAM."""
    assert variables("local")["API_AUTHORIZER"] == "none"
    for name in DEPLOYED:
        assert Settings.from_environ(variables(name)).authorizer == "iam"


def test_only_the_local_stage_takes_batches():
    """A caller of /batch needs no right on the single routes, so nobody gets it unasked."""
    enabled = {
        name: Settings.from_environ({**FROM_MAKE_RUN, **variables(name)}).enable_batch
        for name in STAGES
    }
    assert enabled == {"local": True, "dev": False, "prod": False}


def test_the_local_stage_leaves_the_sandboxs_addresses_to_make_run():
    """A stage's variables overwrite the process's, so what it names could not be set."""
    assert not FROM_MAKE_RUN.keys() & variables("local").keys()


@pytest.mark.parametrize("stage", STAGES)
def test_the_role_may_assume_exactly_the_role_that_its_variables_name(stage):
    """One action on one role, and no wildcard in either."""
    actions = {
        (action, resource)
        for statement in policy(stage)["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if not action.startswith("logs:")
    }
    assert actions == {("sts:AssumeRole", variables(stage)["ASSUME_ROLE_ARN"])}


@pytest.mark.parametrize("stage", STAGES)
def test_the_role_may_write_its_own_functions_logs_and_no_others(stage):
    """Every log group named is the function's, `<app>-<stage>`."""
    groups = {
        resource.split(":log-group:")[1].split(":")[0]
        for statement in policy(stage)["Statement"]
        for resource in listed(statement["Resource"])
        if any(action.startswith("logs:") for action in listed(statement["Action"]))
    }
    assert groups == {f"/aws/lambda/{CONFIG['app_name']}-{stage}"}


@pytest.mark.parametrize("stage", STAGES)
def test_every_statement_allows_and_names_its_actions(stage):
    """No statement is turned around with Not…, and none allows a family of actions."""
    for statement in policy(stage)["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys()
        assert not [action for action in listed(statement["Action"]) if "*" in action]


def listed(value: Any) -> list[str]:
    """Returns a policy's text or list of texts as a list."""
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("name", ["policy\0.json", "\ud800.json", 5])
def test_a_policy_file_of_no_possible_name_is_a_fault_of_the_config(name):
    """The system would refuse to look for it with an error of its own."""
    config = {"app_name": "a", "stages": {"prod": {"iam_policy_file": name}}}
    with pytest.raises(FileFault, match="iam_policy_file of stage prod must be a file's name"):
        stages_of(config)


@pytest.mark.parametrize(("app", "stage"), [("\ud800", "prod"), ("a", "\0")])
def test_names_of_which_no_role_could_be_called_are_a_fault_of_the_config(app, stage):
    """They stand in role names, which no store and no request could carry."""
    with pytest.raises(FileFault, match="must be printable"):
        stages_of({"app_name": app, "stages": {stage: {}}})
