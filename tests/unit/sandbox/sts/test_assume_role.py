"""The parameters of AssumeRole, held to STS's constraints in STS's words."""

import pytest

from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.sts.assume_role import read_request

ROLE_ARN = "arn:aws:iam::222222222222:role/R"
NEEDED = {"RoleArn": ROLE_ARN, "RoleSessionName": "session"}


def refusal_of(**parameters: str | None) -> Refusal:
    """Returns the refusal of a request; a parameter that is None is left out."""
    given = {key: value for key, value in (NEEDED | parameters).items() if value is not None}
    with pytest.raises(Refusal) as raised:
        read_request(given)
    assert raised.value.status == 400
    return raised.value


def test_a_request_has_its_defaults():
    """An hour, and nothing else."""
    request = read_request(NEEDED)
    assert (request.role_arn, request.session_name) == (ROLE_ARN, "session")
    assert request.duration_seconds == 3600
    assert (request.external_id, request.policy, request.source_identity) == (None, None, None)
    assert request.tags == {}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("RoleArn", None, "Member must not be null"),
        ("RoleArn", "arn:short", "Member must have length greater than or equal to 20"),
        ("RoleSessionName", None, "Member must not be null"),
        ("RoleSessionName", "x", "Member must have length greater than or equal to 2"),
        ("RoleSessionName", "x" * 65, "Member must have length less than or equal to 64"),
        (
            "RoleSessionName",
            "a b",
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            "RoleSessionName",
            "naïve",
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        ("ExternalId", "x", "Member must have length greater than or equal to 2"),
        (
            "ExternalId",
            "a b",
            r"Member must satisfy regular expression pattern: [\w+=,.@:\/-]*",
        ),
        ("DurationSeconds", "899", "Member must have value greater than or equal to 900"),
        ("DurationSeconds", "43201", "Member must have value less than or equal to 43200"),
        ("Policy", "x" * 2049, "Member must have length less than or equal to 2048"),
    ],
)
def test_a_parameter_outside_its_constraint_is_named(name, value, rule):
    """The text has the value and the member's name in lower camel case."""
    refusal = refusal_of(**{name: value})
    shown = "null" if value is None else f"'{value}'"
    member = name[0].lower() + name[1:]
    assert refusal.code == "ValidationError"
    assert refusal.message == (
        f"1 validation error detected: Value {shown} at '{member}' "
        f"failed to satisfy constraint: {rule}"
    )


def test_all_violations_are_told_at_once():
    """Their number stands before them."""
    refusal = refusal_of(RoleSessionName="x", DurationSeconds="1")
    assert refusal.message.startswith("2 validation errors detected: Value 'x' at ")
    assert "; Value '1' at 'durationSeconds'" in refusal.message


def test_what_is_no_roles_arn_is_invalid():
    """It has the length of an ARN and is none."""
    assert refusal_of(RoleArn="arn:aws:iam::222222222222:user/U").message == (
        "arn:aws:iam::222222222222:user/U is invalid"
    )


def test_a_session_policy_must_be_a_policy():
    """Syntax errors are refused before anybody is asked."""
    assert refusal_of(Policy="{").code == "MalformedPolicyDocument"
    assert refusal_of(Policy='{"Statement": [{}]}').code == "MalformedPolicyDocument"


def test_tags_are_read_in_their_order():
    """Numbered members become pairs."""
    request = read_request(
        NEEDED
        | {
            "Tags.member.2.Key": "b",
            "Tags.member.2.Value": "2",
            "Tags.member.1.Key": "a",
            "Tags.member.1.Value": "1",
        }
    )
    assert request.tags == {"a": "1", "b": "2"}


def test_what_the_sandbox_cannot_check_is_refused():
    """Managed policies and MFA would change the answer, so they are not ignored."""
    message = refusal_of(**{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/X"}).message
    assert message == "The sandbox does not know PolicyArns"
    assert "SerialNumber" in refusal_of(SerialNumber="arn:aws:iam::1:mfa/x").message
