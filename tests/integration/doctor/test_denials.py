"""Every denial text of AssumeRole that the documentation knows, each by its cause and its owner."""

from itertools import product

import pytest

from bridge.doctor.checks import assume_role, caller_policy, trust_policy
from bridge.doctor.denials import PolicyKind, read_denial
from bridge.doctor.findings import Status
from tests.integration.doctor.recorded import (
    CALLER,
    ROLE_ARN,
    A,
    Aws,
    diagnosis,
    identity,
    of,
    sts_error,
)
from tests.integration.doctor.recorded import named as broken

ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
USER, ROOT = f"arn:aws:iam::{A}:user/alice", f"arn:aws:iam::{A}:root"
OF_B = {"resource-based policy", "role trust policy", "resource control policy"}
OWNERS = {
    "identity-based policy": "Account A's owner",
    "resource-based policy": "Account B's owner",
    "role trust policy": "Account B's owner",
    "permissions boundary": "Whoever administers account A",
    "session policy": "Whoever made the caller's session",
    "service control policy": "The management account of account A's organisation",
    "resource control policy": "The management account of account B's organisation",
    "VPC endpoint policy": "Whoever administers account A's network",
}
ARTICLES = {kind: f"{'an' if kind[0] == 'i' else 'a'} {kind}" for kind in OWNERS} | {
    "role trust policy": "the role trust policy"
}
ORGANISATION = "arn:aws:organizations::999999999999:policy/o-1"
POLICY_ARNS = {
    "identity-based policy": f"arn:aws:iam::{A}:policy/Guard",
    "permissions boundary": f"arn:aws:iam::{A}:policy/Boundary",
    "service control policy": f"{ORGANISATION}/service_control_policy/p-1",
    "resource control policy": f"{ORGANISATION}/resource_control_policy/p-2",
}


def text(caller: str, action: str, kind: str, how: str) -> str:
    """Returns AWS's text."""
    start = f"User: {caller} is not authorized to perform: {action} on resource: {ROLE_ARN}"
    if how == "implicit":
        return f"{start} because no {kind} allows the {action} action"
    policy = f": {POLICY_ARNS[kind]}" if how == "named" else ""
    return f"{start} with an explicit deny in {ARTICLES[kind]}{policy}"


FORMS = [*product(OWNERS, ("implicit", "explicit")), *((kind, "named") for kind in POLICY_ARNS)]
TABLE = [(action, kind, how) for action, (kind, how) in product(ACTIONS, FORMS)]


def test_the_table_holds_all_combinations():
    """Each kind of policy, implicitly and explicitly, with its ARN where AWS appends one."""
    assert len({text(CALLER, *row) for row in TABLE}) == len(TABLE) == 60
    assert set(OWNERS) == {kind.value for kind in PolicyKind}


@pytest.mark.parametrize(("action", "kind", "how"), TABLE)
def test_a_denial_of_the_function_names_the_policy_and_its_owner(action, kind, how):
    """One link is broken, its remedy says whose the policy is, and nothing is left open."""
    said = text(CALLER, action, kind, how)
    findings = diagnosis(Aws(assume_role=sts_error(403, "AccessDenied", said)))
    check = trust_policy.CHECK if kind in OF_B else caller_policy.CHECK
    assert broken(findings).keys() == {check}
    found = of(findings, check)
    assert ("does not allow" if how == "implicit" else "denies") in found.summary
    assert action in found.summary
    assert f"AccessDenied: {said}" in found.evidence
    assert found.remedy is not None
    assert found.remedy.action.startswith(OWNERS[kind])
    assert found.remedy.commands
    if how == "named":
        assert f"the policy is {POLICY_ARNS[kind]}" in found.evidence
    assert not any("does not say" in each.summary for each in findings)


@pytest.mark.parametrize("caller", [USER, ROOT])
@pytest.mark.parametrize(("kind", "how"), FORMS)
def test_a_denial_of_another_caller_names_the_policy_and_nothing_of_the_function(caller, kind, how):
    """A user's or root's refusal is told with its cause, and proves nothing of the function."""
    said = text(caller, "sts:AssumeRole", kind, how)
    aws = Aws(caller=identity(caller), assume_role=sts_error(403, "AccessDenied", said))
    findings = diagnosis(aws)
    assert broken(findings) == {}
    found = of(findings, assume_role.CHECK)
    assert found.status is Status.UNKNOWN
    assert "does not say" not in found.summary
    assert ("does not allow" if how == "implicit" else "denies") in found.summary
    assert read_denial(said).caller == caller


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Access denied",
        f"User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {ROLE_ARN}",
        f"User: {CALLER} is not authorized because of something new",
    ],
)
def test_a_text_that_names_no_policy_leaves_it_open(said):
    """What AWS does not say is not guessed."""
    assert read_denial(said).kind is None
