"""Wall 2."""

import pytest

from bridge.sandbox.appsync.amplify.admin import AdminRule, role_of
from bridge.sandbox.appsync.amplify.rules import ASSUMED, Access
from bridge.sandbox.appsync.messages import GraphQLCaller
from tests.unit.sandbox.appsync.harness import STRANGER, Harness, message

ROLE = "arn:aws:sts::222222222222:assumed-role/"
AUTH = f"{ROLE}authRole/CognitoIdentityCredentials"
UNAUTH = f"{ROLE}unAuthRole/CognitoIdentityCredentials"


def admitted(rule: AdminRule, arn: str, *roles: str, cognito: str | None = None) -> bool:
    """Returns whether a caller with this ARN passes `allow: private, provider: iam`."""
    caller = GraphQLCaller(arn, cognito_identity_id=cognito)
    return Access(("id",), ASSUMED, {}).may(role_of(caller, rule, roles, AUTH, UNAUTH), "get")


@pytest.mark.parametrize(
    ("arn", "contains", "anchored"),
    [
        (f"{ROLE}TodoRole/session", True, True),
        (f"{ROLE}NotTheTodoRoleAtAll/session", True, False),
        (f"{ROLE}OtherRole/TodoRole", True, False),
        ("arn:aws:iam::222222222222:user/TodoRole", True, False),
        ("arn:aws:sts::111111111111:assumed-role/TodoRole/s", True, True),
        (f"{ROLE}todorole/session", False, False),
        (f"{ROLE}OtherRole/session", False, False),
    ],
)
def test_a_listed_role_name_admits(arn, contains, anchored):
    """CONTAINS looks anywhere in the ARN; ANCHORED at the role's whole name only."""
    assert admitted(AdminRule.CONTAINS, arn, "TodoRole") is contains
    assert admitted(AdminRule.ANCHORED, arn, "TodoRole") is anchored


@pytest.mark.parametrize("rule", AdminRule)
def test_amplifys_own_signed_in_role_is_admitted_and_its_guest_role_is_not(rule):
    """The rule `allow: private` means the auth role, whatever the list says."""
    assert admitted(rule, AUTH, cognito="us-east-1:1")
    assert not admitted(rule, UNAUTH, "unAuthRole", cognito="us-east-1:2")


def test_the_auth_role_under_another_session_name_is_a_stranger():
    """The auth role counts only with the session name that the identity pool gives."""
    assert not admitted(AdminRule.CONTAINS, f"{ROLE}authRole/other")


def test_anchored_reads_session_arns_and_role_slash_session_entries():
    """The CLI rewrites an assumed-role ARN to Role/Session and ignores other ARNs."""
    arn = f"{ROLE}TodoRole/session"
    assert admitted(AdminRule.ANCHORED, arn, arn)
    assert admitted(AdminRule.ANCHORED, arn, "TodoRole/session")
    assert not admitted(AdminRule.ANCHORED, arn, "TodoRole/other")
    assert not admitted(AdminRule.ANCHORED, arn, "arn:aws:iam::222222222222:role/TodoRole")


def test_iam_mode_admits_every_caller_but_cognitos():
    """With enableIamAuthorizationMode the IAM policy alone decides."""
    assert admitted(AdminRule.IAM, f"{ROLE}AnyRole/session")
    assert not admitted(AdminRule.IAM, f"{ROLE}AnyRole/session", cognito="us-east-1:3")


@pytest.mark.parametrize("rule", AdminRule)
def test_a_caller_without_an_iam_identity_is_refused(rule):
    """An API key is no IAM caller, whatever the mode."""
    assert not admitted(rule, "", "TodoRole", "")


def test_a_refused_caller_gets_a_null_field_and_the_unauthorized_error(todo: Harness):
    """Wall 2 answers 200 with errorType Unauthorized and amplify's text."""
    body = todo.ask('mutation {\n  createTodo(input: {name: "x"}) { id }\n}', caller=STRANGER)
    assert body == {
        "data": {"createTodo": None},
        "errors": [
            {
                "path": ["createTodo"],
                "data": None,
                "errorType": "Unauthorized",
                "errorInfo": None,
                "locations": [{"line": 2, "column": 3, "sourceName": None}],
                "message": "Not Authorized to access createTodo on type Mutation",
            }
        ],
    }
    assert [each.items for each in todo.store.tables()] == [0]


def test_validation_comes_before_wall_2(todo: Harness):
    """Even a refused caller is told of a faulty document."""
    body = todo.ask("mutation { createTodo(input: {}) { id } }", caller=STRANGER)
    assert "is missing required fields '[name]'" in message(body)


def test_an_edit_of_the_list_counts_for_the_next_request(todo: Harness):
    """The list of roles is asked for at each request."""
    assert todo.page() is not None
    todo.roles.clear()
    assert todo.page() is None
