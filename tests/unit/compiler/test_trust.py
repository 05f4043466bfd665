"""Every kind of trust that account B's template offers, resolved and decided."""

from itertools import product

import pytest

from bridge.cloudformation import Environment, Stack, TemplateFault, read_template
from bridge.iam import AccessRequest, Policy, evaluate
from bridge.project import Project
from tests.support.todo import todo_project

TEMPLATE = Project.at(todo_project()).account_b.template

A, B, C = "111111111111", "222222222222", "333333333333"
CALLER = f"arn:aws:iam::{A}:role/appsync-rest-prod-api_handler"
SESSION = f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler/appsync-rest-prod"
ROLE = f"arn:aws:iam::{B}:role/TodoCrossAccountRole"
MAY_ASSUME = Policy.parse(
    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}, "identity"
)
KINDS = {
    "role": {},
    "session": {"CallerSessionArn": SESSION},
    "account": {"CallerAccountId": A},
}


def trust(**parameters):
    """Returns the role's trust policy as CloudFormation makes it."""
    given = {"ApiId": "a" * 26, "CallerRoleArn": CALLER, **parameters}
    document = read_template(TEMPLATE.read_text(encoding="utf-8"))
    stack = Stack(document, given, Environment(B, "us-east-1"), lambda *_: "")
    role = stack.resolve(stack.resources["CrossAccountRole"]["Properties"])
    return role["AssumeRolePolicyDocument"]


def may_assume(document, caller, external_id=None):
    """Tells whether a caller whose own policy allows it may assume account B's role."""
    context = {} if external_id is None else {"sts:ExternalId": external_id}
    request = AccessRequest(caller, "sts:AssumeRole", ROLE, B, context)
    return evaluate(request, [MAY_ASSUME], Policy.parse(document, "trust")).allowed


STRANGERS = [
    f"arn:aws:sts::{A}:assumed-role/another/appsync-rest-prod",
    f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler2/appsync-rest-prod",
    f"arn:aws:sts::{C}:assumed-role/appsync-rest-prod-api_handler/appsync-rest-prod",
    f"arn:aws:iam::{A}:user/appsync-rest-prod-api_handler",
    f"arn:aws:iam::{A}:root",
]


@pytest.mark.parametrize(("kind", "external_id"), list(product(KINDS, ["", "shared-value"])))
def test_every_kind_of_trust_lets_the_function_in_and_nobody_else(kind, external_id):
    """The function's session passes; other roles, accounts, users and the root do not."""
    document = trust(**KINDS[kind], ExternalId=external_id)
    sent = external_id or None
    assert may_assume(document, SESSION, sent)
    assert not any(may_assume(document, stranger, sent) for stranger in STRANGERS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_external_id_must_be_the_one_that_was_agreed(kind):
    """Without it, or with another one, nobody passes."""
    document = trust(**KINDS[kind], ExternalId="shared-value")
    assert not may_assume(document, SESSION)
    assert not may_assume(document, SESSION, "another-value")


@pytest.mark.parametrize(
    ("kind", "others"), [("role", True), ("session", False), ("account", True)]
)
def test_only_the_session_kind_tells_sessions_of_the_role_apart(kind, others):
    """Trust by role takes every session of it; trust by session takes the one."""
    other = f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler/somebody"
    assert may_assume(trust(**KINDS[kind]), other) is others


def test_trust_by_account_always_names_the_role_as_well():
    """The account's principal never stands without the condition on the caller's ARN."""
    (statement,) = trust(CallerAccountId=A)["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{A}:root"}
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": CALLER}}


@pytest.mark.parametrize(("kind", "survives"), [("role", False), ("account", True)])
def test_trust_by_account_survives_that_the_callers_role_is_made_again(kind, survives):
    """IAM keeps a role that a principal names as its unique id, and a condition as its text."""
    document = trust(**KINDS[kind])
    (statement,) = document["Statement"]
    if ":role/" in statement["Principal"]["AWS"]:
        statement["Principal"] = {"AWS": "AROAEXAMPLEOFTHEOLDONE"}
    request = AccessRequest(
        SESSION, "sts:AssumeRole", ROLE, B, {}, principal_unique_id="AROAEXAMPLEOFTHENEWONE"
    )
    assert evaluate(request, [MAY_ASSUME], Policy.parse(document, "trust")).allowed is survives


@pytest.mark.parametrize("kind", KINDS)
def test_no_condition_is_left_empty(kind):
    """What a parameter leaves out leaves no empty block behind."""
    (statement,) = trust(**KINDS[kind])["Statement"]
    assert statement.get("Condition", {"some": "condition"})


@pytest.mark.parametrize(
    "parameters",
    [
        {"CallerRoleArn": f"arn:aws:iam::{A}:root"},
        {"CallerRoleArn": f"arn:aws:iam::{A}:role/*"},
        {"CallerRoleArn": "*"},
        {"CallerSessionArn": f"arn:aws:sts::{A}:assumed-role/fn/*"},
        {"CallerAccountId": "*"},
        {"ExternalId": "x"},
        {"ReadOnly": "yes"},
        {"ApiId": "*"},
    ],
)
def test_a_parameter_that_would_open_more_is_refused(parameters):
    """No parameter takes a wildcard, an account's root or a value that IAM refuses."""
    with pytest.raises(TemplateFault, match=next(iter(parameters))):
        trust(**parameters)
