"""Wildcards, variables, Action and Resource, and their Not forms."""

import pytest

from bridge.iam import AccessRequest, Part, Policy, evaluate

B = "222222222222"
FIELD = f"arn:aws:appsync:eu-west-1:{B}:apis/abc/types/Query/fields/getTodo"


def decide(statement, *, version="2012-10-17", context=None, resource=FIELD, principal=None):
    """Returns the decision on appsync:GraphQL for a caller of the resource's own account."""
    request = AccessRequest(
        principal=principal or f"arn:aws:sts::{B}:assumed-role/peer/bridge",
        action="appsync:GraphQL",
        resource=resource,
        resource_account=B,
        context=context or {},
    )
    document = {"Version": version, "Statement": {"Effect": "Allow"} | statement}
    return evaluate(request, [Policy.parse(document)])


@pytest.mark.parametrize(
    ("element", "covered"),
    [
        ({"Action": "appsync:GraphQL"}, True),
        ({"Action": "AppSync:graphql"}, True),
        ({"Action": "appsync:Graph*"}, True),
        ({"Action": "appsync:?raphQL"}, True),
        ({"Action": "appsync:Graph?"}, False),
        ({"Action": "*"}, True),
        ({"Action": ["sts:*", "appsync:*"]}, True),
        ({"Action": "appsync:GraphQLX"}, False),
        ({"NotAction": "sts:*"}, True),
        ({"NotAction": ["sts:*", "appsync:graphql"]}, False),
    ],
)
def test_an_action_is_matched_without_case(element, covered):
    """Actions ignore case; NotAction covers all but what it names."""
    assert decide({"Resource": "*"} | element).allowed is covered


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("*", True),
        (FIELD, True),
        (FIELD.replace("getTodo", "GetTodo"), False),
        (f"arn:aws:appsync:eu-west-1:{B}:apis/abc", False),
        (f"arn:aws:appsync:eu-west-1:{B}:apis/abc/*", True),
        (f"arn:aws:appsync:eu-west-1:{B}:apis/*/types/Query/*", True),
        (f"arn:aws:appsync:eu-west-1:{B}:apis/abc/types/create/*", False),
        (f"arn:aws:appsync:eu-west-?:{B}:apis/ab?/types/Query/fields/getTod?", True),
        (f"arn:aws:appsync:eu-west-1:{B}:apis/abc/types/Query/fields/getTodo?", False),
        ("arn:aws:appsync:*:*:apis/abc/*", True),
        ("arn:aws:appsync:*", True),
        ("arn:aws:*", True),
        (f"arn:aws:appsync:eu-*-1:{B}:*", True),
        (f"arn:aws:appsync:*-1:{B}:apis/other/*", False),
        (f"arn:aws:*:{B}:apis/abc/*", True),
        (f"arn:aws:a*:{B}:apis/abc/*", True),
        ("arn:aws:appsync:e*c/types/Query/fields/getTodo", False),
        ("arn:aws:a??s???:e*c/types/Query/fields/getTodo", False),
        ("arn:aws:appsync:eu-west-1:2*c/types/Query/fields/getTodo", False),
        (f"arn:aws:appsync:us-east-1:{B}:apis/abc/*", False),
        ("arn:aws-cn:appsync:*:*:apis/abc/*", False),
    ],
)
def test_a_resource_is_matched_with_case_and_by_segment(pattern, covered):
    """A wildcard crosses a colon only as the last character of its segment."""
    assert decide({"Action": "*", "Resource": pattern}).allowed is covered
    assert decide({"Action": "*", "NotResource": pattern}).allowed is not covered


def test_colons_in_the_resources_own_part_are_no_segments():
    """After the fifth colon a wildcard stands for anything."""
    stream = f"arn:aws:logs:eu-west-1:{B}:log-group:/aws/lambda/fn:log-stream:2026"
    for pattern in ("log-*:2026", "log-g*fn:log-stream:*", "log-group?/aws/lambda/fn:*6"):
        resource = f"arn:aws:logs:*:*:{pattern}"
        assert decide({"Action": "*", "Resource": resource}, resource=stream).allowed


def test_a_resource_pattern_has_no_regular_expression_in_it():
    """Characters that mean something to a regular expression stand for themselves."""
    assert not decide({"Action": "*", "Resource": FIELD.replace("abc", "a.c")}).allowed
    assert not decide({"Action": "*", "Resource": FIELD.replace("abc", "[abc]+")}).allowed


@pytest.mark.parametrize(
    ("text", "version", "context", "covered"),
    [
        ("${aws:PrincipalTag/api}", "2012-10-17", {"aws:PrincipalTag/api": "abc"}, True),
        ("${AWS:principaltag/API}", "2012-10-17", {"aws:PrincipalTag/api": "abc"}, True),
        ("${aws:PrincipalTag/api}", "2012-10-17", {"aws:PrincipalTag/api": "a*"}, False),
        ("${aws:PrincipalTag/api}", "2012-10-17", {}, False),
        ("${aws:PrincipalTag/api}", "2012-10-17", {"aws:PrincipalTag/api": ["abc", "x"]}, False),
        ("${aws:PrincipalTag/api}", "2008-10-17", {"aws:PrincipalTag/api": "abc"}, False),
        ("${aws:PrincipalTag/api, 'abc'}", "2012-10-17", {}, True),
        ("${aws:PrincipalTag/api,'abc'}", "2012-10-17", {"aws:PrincipalTag/api": "x"}, False),
        ("a${*}", "2012-10-17", {}, False),
        ("a${?}c", "2012-10-17", {}, False),
    ],
)
def test_a_variable_is_its_value_and_no_wildcard(text, version, context, covered):
    """Variables come from the context, have defaults, and exist since 2012-10-17."""
    resource = FIELD.replace("abc", text)
    decision = decide({"Action": "*", "Resource": resource}, version=version, context=context)
    assert decision.allowed is covered


@pytest.mark.parametrize(
    ("text", "api"),
    [("a${*}", "a*"), ("a${?}c", "a?c"), ("${$}{x}", "${x}"), ("${aws:PrincipalTag/api}", "a?c")],
)
def test_special_characters_can_be_meant_literally(text, api):
    """`${*}`, `${?}` and `${$}` are the characters, and so are those in a value."""
    decision = decide(
        {"Action": "*", "Resource": FIELD.replace("abc", text)},
        resource=FIELD.replace("abc", api),
        context={"aws:PrincipalTag/api": api},
    )
    assert decision.allowed


def test_a_variable_in_an_old_policy_is_literal():
    """Before 2012-10-17 `${aws:username}` is fifteen characters."""
    literal = FIELD.replace("abc", "${aws:username}")
    statement = {"Action": "*", "Resource": literal}
    assert decide(statement, version="2008-10-17", resource=literal).allowed


def test_a_notresource_with_an_unknown_variable_spares_what_it_may_have_meant():
    """A variable without a value invalidates the statement where the rest of it fits."""
    unknown = FIELD.replace("abc", "${aws:PrincipalTag/none}")
    assert not decide({"Action": "*", "NotResource": unknown}).allowed
    other = "arn:aws:iam::222222222222:role/${aws:PrincipalTag/none}"
    assert decide({"Action": "*", "NotResource": other}).allowed


def test_the_callers_own_keys_are_filled_in():
    """aws:username, aws:userid and their like follow from the caller."""
    statement = {
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "aws:username": "ann",
                "aws:PrincipalType": "User",
                "aws:PrincipalAccount": B,
                "aws:ResourceAccount": B,
                "aws:PrincipalArn": f"arn:aws:iam::{B}:user/team/ann",
            },
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    assert decide(statement, principal=f"arn:aws:iam::{B}:user/team/ann").allowed
    assert not decide(statement).allowed


def test_a_sessions_keys_are_its_roles():
    """A session has its role's ARN and unique id, and no user name."""
    request = AccessRequest(
        principal=f"arn:aws:sts::{B}:assumed-role/peer/bridge",
        action="appsync:GraphQL",
        resource=FIELD,
        resource_account=B,
        principal_unique_id="AROAEXAMPLEEXAMPLE123",
        principal_role_arn=f"arn:aws:iam::{B}:role/service-role/peer",
    )
    condition = {
        "StringEquals": {
            "aws:userid": "AROAEXAMPLEEXAMPLE123:bridge",
            "aws:PrincipalType": "AssumedRole",
        },
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{B}:role/service-role/peer"},
        "Null": {"aws:username": "true"},
    }
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    assert evaluate(request, [Policy.parse({"Statement": statement})]).allowed


@pytest.mark.parametrize(
    ("caller", "kind"),
    [
        (f"arn:aws:iam::{B}:root", "Account"),
        (f"arn:aws:iam::{B}:user/ann", "User"),
        (f"arn:aws:sts::{B}:assumed-role/peer/ann", "AssumedRole"),
        (f"arn:aws:sts::{B}:federated-user/ann", "FederatedUser"),
    ],
)
def test_each_kind_of_caller_has_its_type(caller, kind):
    """As the table of principal key values has it."""
    condition = {"StringEquals": {"aws:PrincipalType": kind}}
    assert decide(
        {"Action": "*", "Resource": "*", "Condition": condition}, principal=caller
    ).allowed


@pytest.mark.parametrize(
    ("caller", "unique_id", "condition"),
    [
        ("iam::{}:user/ann", "AIDA1", {"StringEquals": {"aws:userid": "AIDA1"}}),
        ("iam::{}:user/ann", None, {"Null": {"aws:userid": "true"}}),
        ("sts::{}:assumed-role/peer/ann", "AROA1", {"StringEquals": {"aws:userid": "AROA1:ann"}}),
        ("sts::{}:assumed-role/peer/ann", None, {"Null": {"aws:userid": "true"}}),
    ],
)
def test_a_user_id_is_a_unique_id_and_a_sessions_has_its_name(caller, unique_id, condition):
    """Where nobody knows the unique id there is no such key."""
    request = AccessRequest(
        principal=f"arn:aws:{caller.format(B)}",
        action="appsync:GraphQL",
        resource=FIELD,
        resource_account=B,
        principal_unique_id=unique_id,
    )
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    assert evaluate(request, [Policy.parse({"Statement": statement})]).allowed


def test_roots_user_id_is_its_account():
    """For the root user aws:userid is the account's number."""
    condition = {"StringEquals": {"aws:userid": B, "aws:PrincipalType": "Account"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    root = decide(deny, principal=f"arn:aws:iam::{B}:root")
    assert root.considered[0].applies
    assert not root.allowed
    user = decide(deny, principal=f"arn:aws:iam::{B}:user/ann")
    assert not user.considered[0].applies


def test_a_stated_key_goes_before_one_that_follows():
    """The request's own aws:PrincipalArn replaces the one derived from the caller."""
    role = f"arn:aws:iam::{B}:role/service-role/peer"
    condition = {"ArnEquals": {"aws:PrincipalArn": role}}
    statement = {"Action": "*", "Resource": "*", "Condition": condition}
    assert not decide(statement).allowed
    assert decide(statement, context={"AWS:PrincipalArn": role}).allowed


def test_a_decision_says_why_each_statement_did_not_apply():
    """Every part that the request does not fit is named, not only the first."""
    decision = decide(
        {
            "Action": "sts:*",
            "Resource": "arn:aws:s3:::bucket",
            "Condition": {"StringEquals": {"sts:ExternalId": "x"}, "StringLike": {"k": []}},
        },
        context={"sts:ExternalId": "y"},
    )
    (considered,) = decision.considered
    assert [item.part for item in considered.mismatches] == [
        Part.ACTION,
        Part.RESOURCE,
        Part.CONDITION,
        Part.CONDITION,
    ]
    assert 'wants "x"; the request has "y"' in considered.mismatches[2].detail
    nothing = "StringLike k wants nothing; the request has no such key"
    assert considered.mismatches[3].detail == nothing
