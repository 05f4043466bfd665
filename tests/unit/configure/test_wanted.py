"""Every value that `configure` is given is checked before anything is written."""

from dataclasses import replace

import pytest

from bridge.configure.command import with_stage
from bridge.configure.wanted import Wanted, faults_of
from bridge.project import stages_of

A, B = "111111111111", "222222222222"
URL = "https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/graphql"
WANTED = Wanted("prod", f"arn:aws:iam::{B}:role/TodoCrossAccountRole", URL, "eu-west-1")
CONFIG = {"app_name": "appsync-rest", "autogen_policy": False, "stages": {}}


def faults(config=CONFIG, **changes):
    """Returns what is wrong with the values, as they would stand in config.json."""
    wanted = replace(WANTED, **changes)
    return list(faults_of(wanted, stages_of(with_stage(config, wanted))[wanted.stage]))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"account_a": A},
        {"external_id": "shared:value"},
        {"role_arn": f"arn:aws:iam::{B}:role/team/Todo"},
        {"account_a": B, "same_account": True},
        {
            "role_arn": f"arn:aws-cn:iam::{B}:role/R",
            "region": "cn-north-1",
            "appsync_url": URL.replace("eu-west-1", "cn-north-1").replace(".com/", ".com.cn/"),
        },
    ],
)
def test_right_values_have_no_fault(changes):
    """Accounts, partitions and an ExternalId that fit together pass."""
    assert faults(**changes) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"role_arn": f"arn:aws:iam::{B}:user/x"}, "--role-arn is malformed"),
        ({"role_arn": "TodoCrossAccountRole"}, "--role-arn is malformed"),
        ({"role_arn": f"arn:aws-us-gov:iam::{B}:role/T"}, "another partition than --region"),
        ({"region": "eu-west-2"}, "--appsync-url is malformed: its Region is not --region"),
        ({"region": "Europe", "appsync_url": "https://x.test/graphql"}, "--region is malformed"),
        ({"appsync_url": URL.replace("https", "http")}, "--appsync-url is malformed: https"),
        ({"appsync_url": URL.replace("/graphql", "/")}, "--appsync-url is malformed: its path"),
        ({"appsync_url": "https://example.com/graphql"}, "--appsync-url is malformed: neither"),
        ({"appsync_url": "http://localhost:8100/graphql"}, "no Lambda function reaches"),
        ({"appsync_url": "https://[/graphql"}, "--appsync-url is malformed"),
        ({"external_id": "x"}, "--external-id is malformed"),
        ({"tag": ("team",)}, "--tag is malformed (KEY=VALUE"),
        ({"tag": ("aws:team=x",)}, "--tag is malformed (KEY=VALUE"),
        ({"boundary_a": "Limit"}, "--boundary-a is malformed (arn:aws:iam::"),
        ({"boundary_b": f"arn:aws:iam::{B}:role/Limit"}, "--boundary-b is malformed (arn:aws"),
        ({"offered": {"APPSYNC_HOST": "x.test"}}, "--appsync-host is malformed: the API's own"),
        ({"account_a": "1111"}, "--account-a is malformed"),
        ({"account_a": B}, "say --same-account if that is meant"),
        ({"stage": "a b"}, "--stage is malformed"),
        ({"stage": "s" * 41}, "--stage is too long"),
    ],
)
def test_each_wrong_value_is_named_by_its_option(changes, fault):
    """One fault for each value that is wrong names the option to mend."""
    found = faults(**changes)
    assert len(found) == len(changes)
    assert any(fault in each for each in found)


def test_all_faults_are_told_at_once():
    """Nobody has to run the command once for every mistake."""
    assert len(faults(role_arn="x", appsync_url="y", region="z", external_id="!", stage="/")) == 5


def test_a_role_made_elsewhere_tells_the_account():
    """Its ARN in config.json must agree with --account-a, and gives the account without it."""
    stage = {"manage_iam_role": False, "iam_role_arn": f"arn:aws:iam::{A}:role/own"}
    config = {**CONFIG, "stages": {"prod": stage}}
    assert faults(config) == []
    assert faults(config, account_a=A) == []
    assert "iam_role_arn" in faults(config, account_a="333333333333")[0]
    assert "--same-account" in faults(config, role_arn=f"arn:aws:iam::{A}:role/R")[0]


def test_what_else_a_stage_holds_is_kept():
    """Only the four variables are written; an ExternalId that is no longer wanted is removed."""
    variables = {"API_AUTHORIZER": "cognito", "EXTERNAL_ID": "old"}
    stage = {"lambda_timeout": 10, "iam_policy_file": "own.json"}
    config = {
        **CONFIG,
        "stages": {"dev": {}, "prod": {**stage, "environment_variables": variables}},
    }
    changed = with_stage(config, WANTED)
    assert list(changed["stages"]) == ["dev", "prod"]
    assert changed["stages"]["dev"] == {}
    assert changed["stages"]["prod"] == {
        **stage,
        "environment_variables": {
            "API_AUTHORIZER": "cognito",
            "ASSUME_ROLE_ARN": WANTED.role_arn,
            "REGION": "eu-west-1",
            "APPSYNC_URL": URL,
        },
    }
    assert variables == {"API_AUTHORIZER": "cognito", "EXTERNAL_ID": "old"}
