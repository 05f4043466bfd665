"""The commands for account B make a role that the function, and it alone, can assume."""

import shlex
from dataclasses import replace

import pytest

from bridge.cloudformation import Environment, Stack, read_template
from bridge.configure.command import with_stage
from bridge.configure.instructions import instructions
from bridge.configure.wanted import Wanted
from bridge.iam import AccessRequest, Policy, evaluate
from bridge.project import Project, stages_of
from tests.support.todo import todo_project

TEMPLATE = Project.at(todo_project()).account_b.template

A, B = "111111111111", "222222222222"
WANTED = Wanted(
    "prod",
    f"arn:aws:iam::{B}:role/TodoRole",
    "https://abcdefghijklmnopqrstuvwxyz.appsync-api.us-east-1.amazonaws.com/graphql",
    "us-east-1",
    account_a=A,
)
SESSION = f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler/appsync-rest-prod"
OWN_ROLE = {
    "prod": {"manage_iam_role": False, "iam_role_arn": f"arn:aws:iam::{A}:role/team/own"},
}


def printed(stages=None, **changes):
    """Returns what is printed for the values."""
    wanted = replace(WANTED, **changes)
    config = {"app_name": "appsync-rest", "stages": stages or {}}
    return instructions(wanted, stages_of(with_stage(config, wanted))["prod"])


def parameters(text, **variables):
    """Returns the stack's parameters as a shell would pass them on."""
    command = text[text.index("aws cloudformation deploy") :].split("\n\n")[0].replace("\\\n", "")
    for name, value in {"API_ID": "a" * 26, **variables}.items():
        command = command.replace(f'"${name}"', value)
    words = shlex.split(command)
    return dict(word.split("=", 1) for word in words[words.index("--parameter-overrides") + 1 :])


def may_assume(given, caller, external_id=None):
    """Tells whether a caller may assume the role of the stack that is made with the parameters."""
    document = read_template(TEMPLATE.read_text(encoding="utf-8"))
    stack = Stack(document, given, Environment(B, "us-east-1"), lambda *_: "")
    role = stack.resolve(stack.resources["CrossAccountRole"]["Properties"])
    assert role["RoleName"] == "TodoRole"
    identity = Policy.parse(
        {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": WANTED.role_arn}},
        "identity",
    )
    context = {"sts:ExternalId": external_id} if external_id else {}
    request = AccessRequest(caller, "sts:AssumeRole", WANTED.role_arn, B, context)
    trust = Policy.parse(role["AssumeRolePolicyDocument"], "trust")
    return evaluate(request, [identity], trust).allowed


@pytest.mark.parametrize("trust", ["role", "session", "account"])
@pytest.mark.parametrize("external_id", [None, "shared/value"])
def test_the_printed_stack_trusts_the_function(trust, external_id):
    """Each kind of trust lets the function's session in, and not another role's."""
    given = parameters(printed(trust=trust, external_id=external_id))
    assert may_assume(given, SESSION, external_id)
    assert not may_assume(given, f"arn:aws:sts::{A}:assumed-role/other/x", external_id)
    assert may_assume(given, SESSION) is (external_id is None)


def test_an_unknown_account_is_asked_for_by_a_command():
    """Without --account-a the commands fetch the id, and use it wherever it is needed."""
    text = printed(account_a=None, trust="session")
    assert "ACCOUNT_A=$(aws sts get-caller-identity --query Account --output text)" in text
    given = parameters(text, ACCOUNT_A=A)
    assert given == parameters(printed(trust="session"))
    assert may_assume(given, SESSION)


def test_every_parameter_of_the_template_is_given():
    """One that were left out would keep its last value, which is right for the owner's own only."""
    template = read_template(TEMPLATE.read_text(encoding="utf-8"))
    owners = {f"Tag{n}{part}" for n in (1, 2, 3) for part in ("Key", "Value")}
    given = set(parameters(printed()))
    assert given == set(template["Parameters"]) - owners


@pytest.mark.parametrize("path", ["/", "/team/", "/team/api/"])
def test_the_roles_path_is_that_of_its_arn(path):
    """Which account A names before there is a role."""
    text = printed(role_arn=f"arn:aws:iam::{B}:role{path}TodoRole")
    assert parameters(text)["RolePath"] == path
    assert parameters(text)["RoleName"] == "TodoRole"


def test_grant_types_is_passed_on():
    """`--grant-types` is the template's GrantTypes."""
    assert parameters(printed(grant_types=True))["GrantTypes"] == "true"
    assert parameters(printed())["GrantTypes"] == "false"


def test_read_only_is_passed_on():
    """`--read-only` is the template's ReadOnly."""
    assert parameters(printed(read_only=True))["ReadOnly"] == "true"
    assert parameters(printed())["ReadOnly"] == "false"


@pytest.mark.parametrize("trust", ["role", "account"])
def test_a_role_made_elsewhere_is_trusted_by_its_own_arn(trust):
    """With `iam_role_arn` nothing is asked of Chalice, and its account and path are used."""
    text = printed(stages=OWN_ROLE, account_a=None, trust=trust)
    given = parameters(text)
    assert given["CallerRoleArn"] == f"arn:aws:iam::{A}:role/team/own"
    assert given["CallerAccountId"] == (A if trust == "account" else "")
    assert "get-caller-identity" not in text


def test_the_role_name_is_listed_bare():
    """Amplify's list takes the bare name of account B's role."""
    assert '{"adminRoleNames": ["TodoRole"]}' in printed()


def test_the_api_id_is_looked_up_by_the_url_or_by_the_custom_domain():
    """The id is not the URL's first label, so a command finds it."""
    assert f"uris.GRAPHQL=='{WANTED.appsync_url}'" in printed()
    assert "get-api-association --domain-name api.example.com" in printed(
        appsync_url="https://api.example.com/graphql"
    )
