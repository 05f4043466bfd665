"""What a profile of account B adds: one AccessDenied, and the one cause that it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bridge.doctor.account_b import (
    AdminRoles,
    ApiFacts,
    CannotLookError,
    Document,
    RoleFacts,
    Simulation,
)
from bridge.doctor.checks import (
    admin_roles,
    api,
    api_keys,
    assume_role,
    authorizer,
    caller_policy,
    role,
    role_policy,
    session_length,
    trust_policy,
)
from bridge.doctor.findings import Status, exit_code
from tests.integration.doctor.recorded import (
    DENIED,
    ROLE_ARN,
    A,
    Aws,
    B,
    diagnosis,
    identity,
    named,
    of,
    refusal,
    resolver_error,
)

CALLER_ROLE = f"arn:aws:iam::{A}:role/appsync-rest-prod-api_handler"
API_ID = "abcdefghijklmnopqrstuvwxyz"
API_ARN = f"arn:aws:appsync:us-east-1:{B}:apis/{API_ID}"


def trust(principal: Any = CALLER_ROLE, **more: Any) -> Document:
    """Returns a trust policy of one statement."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}


def policy(*resources: str, **more: Any) -> Document:
    """Returns an identity policy of one statement."""
    statement = {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": list(resources)}
    return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}


HEALTHY = RoleFacts(
    arn=ROLE_ARN,
    trust=trust(),
    max_session_seconds=3600,
    policies={"Own": policy(f"{API_ARN}/types/*")},
)


@dataclass
class AccountBInMemory:
    """What account B's owner sees, as values; an exception in their place is raised."""

    its_role: RoleFacts | CannotLookError | None = HEALTHY
    its_api: ApiFacts | None = field(
        default_factory=lambda: ApiFacts(API_ID, ("AMAZON_COGNITO_USER_POOLS", "AWS_IAM"))
    )
    admins: tuple[str, ...] = ("TodoCrossAccountRole",)
    others: tuple[str, ...] = ()

    def role(self, _arn: str) -> RoleFacts | None:
        """Returns the role."""
        if isinstance(self.its_role, CannotLookError):
            raise self.its_role
        return self.its_role

    def role_names(self) -> tuple[str, ...]:
        """Returns the account's roles."""
        return self.others

    def api(self, _url: str) -> ApiFacts | None:
        """Returns the API."""
        return self.its_api

    def admin_roles(self, _api: ApiFacts, field_name: str) -> AdminRoles | None:
        """Returns the list in the resolver."""
        return AdminRoles(self.admins, f"the resolver of Query.{field_name}")

    def policies_compiled(self, _arn: str) -> Mapping[str, Document] | None:
        """Returns None: only a deployment can tell."""

    def trust_under(self, _arn: str, _parameters: Mapping[str, str]) -> Document | None:
        """Returns None, as only a deployment can tell."""


@dataclass
class Simulator:
    """IAM's simulator with one answer."""

    answer: Simulation | CannotLookError

    def simulate(
        self, role_arn: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Simulation:
        """Returns the answer to the one question that there is."""
        assert (role_arn, action, resource) == (CALLER_ROLE, "sts:AssumeRole", ROLE_ARN)
        assert context == {"sts:RoleSessionName": "appsync-rest"}
        if isinstance(self.answer, CannotLookError):
            raise self.answer
        return self.answer


def test_all_is_well_where_both_accounts_can_be_read():
    """Every link is looked at, and none is left to be guessed."""
    findings = diagnosis(
        Aws(), account_b=AccountBInMemory(), simulator=Simulator(Simulation(allowed=True))
    )
    assert {finding.status for finding in findings} == {Status.OK}


TRUSTS = [
    (trust(f"arn:aws:iam::{A}:role/another"), "It trusts somebody else.", "CallerRoleArn="),
    (
        trust(f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler/another"),
        "It trusts another session of the function's role.",
        "CallerSessionArn=",
    ),
    (trust("AROAZZZZZZZZZZZZZZZZZ"), "It trusts a role that was deleted", "CallerAccountId="),
    (trust(f"arn:aws:iam::{B}:root"), "It trusts somebody else.", "CallerRoleArn="),
    (
        {"Version": "2012-10-17", "Statement": []},
        "It lets nobody assume the role.",
        "update-assume-role-policy",
    ),
    (
        trust("arn:aws:iam::*:role/appsync-rest-prod-api_handler"),
        "AWS would refuse it",
        "update-assume-role-policy",
    ),
]


@pytest.mark.parametrize(("document", "summary", "command"), TRUSTS)
def test_a_trust_policy_that_refuses_is_named_with_the_command_that_mends_it(
    document, summary, command
):
    """The same AccessDenied each time; what account B's trust says tells the causes apart."""
    account_b = AccountBInMemory(replace(HEALTHY, trust=document))
    findings = diagnosis(Aws(assume_role=DENIED), account_b=account_b)
    assert named(findings).keys() == {trust_policy.CHECK}
    found = of(findings, trust_policy.CHECK)
    assert found.summary.startswith(summary)
    assert found.remedy is not None
    assert command in found.remedy.commands[0]
    assert found.remedy.commands[-1].startswith("aws iam update-assume-role-policy")
    assert of(findings, assume_role.CHECK).summary == (
        "Not reached, for this is broken: trust policy."
    )


def test_a_role_that_does_not_exist_is_named_with_the_one_that_does():
    """The third cause of that text: nothing is wrong with either policy."""
    account_b = AccountBInMemory(None, others=(f"{ROLE_ARN}Prod", f"arn:aws:iam::{B}:role/Other"))
    findings = diagnosis(Aws(assume_role=DENIED), account_b=account_b)
    assert named(findings) == {role.CHECK: "There is no role TodoCrossAccountRole in account B."}
    remedy = of(findings, role.CHECK).remedy
    assert remedy is not None
    assert [edit.paste for edit in remedy.edits] == [f"{ROLE_ARN}Prod"]
    assert remedy.commands == ("chalice deploy --stage prod",)


def test_a_refusal_that_no_policy_explains_is_told_as_such():
    """Both sides allow as far as can be seen: what remains is above the accounts, or newer."""
    findings = diagnosis(
        Aws(assume_role=DENIED),
        account_b=AccountBInMemory(),
        simulator=Simulator(Simulation(allowed=True)),
    )
    assert named(findings).keys() == {assume_role.CHECK}
    evidence = of(findings, assume_role.CHECK).evidence
    assert any("SCP" in line for line in evidence)


@pytest.mark.parametrize(
    ("answer", "summary"),
    [
        (Simulation(allowed=False), "the policy in force does not."),
        (
            Simulation(allowed=False, by_organisation=True),
            "An organisation's policy (SCP) does not let account A's roles assume the role.",
        ),
        (
            Simulation(allowed=False, by_boundary=True),
            "A permissions boundary does not let account A's roles assume the role.",
        ),
    ],
)
def test_the_simulator_knows_more_than_the_policy_file(answer, summary):
    """The policy in force, an organisation's and a boundary are in no file of this project."""
    findings = diagnosis(
        Aws(assume_role=DENIED), account_b=AccountBInMemory(), simulator=Simulator(answer)
    )
    assert named(findings).keys() == {caller_policy.CHECK}
    assert summary in named(findings)[caller_policy.CHECK]


def test_the_policy_file_is_judged_where_the_simulator_may_not_be_asked():
    """Without iam:SimulatePrincipalPolicy there is still the file, and it is said so."""
    simulator = Simulator(CannotLookError("iam:SimulatePrincipalPolicy: AccessDenied"))
    found = of(diagnosis(Aws(), simulator=simulator), caller_policy.CHECK)
    assert found.status is Status.OK
    assert found.evidence == ("judged by .chalice/policy-prod.json",)


def test_what_may_not_be_read_in_account_b_is_not_known():
    """A profile without iam:GetRole leaves the causes as they were, and says why."""
    account_b = AccountBInMemory(
        CannotLookError("iam:GetRole and the role's policies: AccessDenied")
    )
    findings = diagnosis(Aws(assume_role=DENIED), account_b=account_b)
    found = of(findings, role.CHECK)
    assert found.status is Status.UNKNOWN
    assert found.evidence == ("iam:GetRole and the role's policies: AccessDenied",)
    assert "causes" in named(findings)[assume_role.CHECK]


def test_the_policies_are_judged_for_the_function_though_another_asks():
    """A developer who reads both accounts learns what the function would meet."""
    developer = f"arn:aws:sts::{A}:assumed-role/Developer/jane"
    refusing = AccountBInMemory(replace(HEALTHY, trust=trust(f"arn:aws:iam::{A}:role/another")))
    aws = Aws(caller=identity(developer), assume_role=DENIED)
    assert named(diagnosis(aws, account_b=refusing)).keys() == {trust_policy.CHECK}
    findings = diagnosis(aws, account_b=AccountBInMemory())
    assert of(findings, trust_policy.CHECK).status is Status.OK
    assert named(findings) == {}
    assert exit_code(findings) == 2


POLICIES = [
    (
        {"Own": policy(API_ARN)},
        "It names the API without `/types/…`, which grants nothing.",
    ),
    (
        {"Own": policy(f"{API_ARN}/types/*"), "Limit": policy("*", Effect="Deny")},
        "A statement denies Query.getTodo, Query.listTodos, Mutation.createTodo,",
    ),
    ({"Own": policy(f"{API_ARN}/types/*", Principal="*")}, "AWS would refuse it"),
]


@pytest.mark.parametrize(("policies", "summary"), POLICIES)
def test_an_identity_policy_that_refuses_is_named_with_the_command_that_mends_it(policies, summary):
    """AppSync's `Permission denied` has its cause in what IAM holds."""
    account_b = AccountBInMemory(replace(HEALTHY, policies=policies))
    denied = refusal(401, "UnauthorizedException", "Permission denied")
    findings = diagnosis(Aws(everything=denied), account_b=account_b)
    assert named(findings).keys() == {role_policy.CHECK}
    assert named(findings)[role_policy.CHECK].startswith(summary)
    remedy = of(findings, role_policy.CHECK).remedy
    assert remedy is not None
    (command,) = remedy.commands
    assert f"{API_ARN}/types/Query/fields/getTodo" in command


def test_a_permissions_boundary_is_taken_into_account():
    """What the policy allows, the boundary may still bar."""
    limited = replace(HEALTHY, boundary=policy(f"{API_ARN}/types/Mutation/*"))
    findings = diagnosis(
        Aws(
            graphql=dict.fromkeys(
                ("getTodo", "listTodos", "Batch"),
                refusal(401, "UnauthorizedException", "Permission denied"),
            )
        ),
        account_b=AccountBInMemory(limited),
    )
    assert named(findings) == {
        role_policy.CHECK: (
            "The permissions boundary does not allow Query.getTodo, Query.listTodos."
        )
    }


def test_a_refusal_that_the_policy_does_not_explain_is_told_as_such():
    """AppSync refuses what IAM's documents allow: a policy above the account."""
    denied = refusal(401, "UnauthorizedException", "Permission denied")
    findings = diagnosis(Aws(graphql={"getTodo": denied}), account_b=AccountBInMemory())
    assert named(findings)[role_policy.CHECK] == "AppSync refuses what the policy allows."


def test_the_apis_modes_tell_that_it_takes_no_iam_callers():
    """Before any request is made, and whatever it would answer."""
    account_b = AccountBInMemory(its_api=ApiFacts(API_ID, ("API_KEY",)))
    findings = diagnosis(Aws(assume_role=DENIED), account_b=account_b)
    assert named(findings)[api.CHECK] == "The API does not take IAM callers."
    assert of(findings, api_keys.CHECK).status is Status.WARNING


def test_an_endpoint_that_is_none_of_account_bs_is_named():
    """APPSYNC_URL may be another account's, or another stage's."""
    findings = diagnosis(Aws(), account_b=AccountBInMemory(its_api=None))
    assert named(findings) == {api.CHECK: "No API of account B has the address in APPSYNC_URL."}


def test_the_list_in_force_is_told_from_the_projects_file():
    """The resolver's own list lacks the role, whatever custom-roles.json says here."""
    refused = {
        name: resolver_error(name, "Unauthorized", f"Not Authorized to access {name} on type Query")
        for name in ("getTodo", "listTodos", "createTodo", "updateTodo", "deleteTodo")
    }
    refused["Batch"] = resolver_error("r0", "Unauthorized", "Not Authorized to access getTodo")
    account_b = AccountBInMemory(admins=("amplifyAuthRole",))
    findings = diagnosis(Aws(graphql=refused), account_b=account_b)
    assert named(findings).keys() == {admin_roles.CHECK}
    evidence = of(findings, admin_roles.CHECK).evidence
    assert "listed: amplifyAuthRole (the resolver of Query.getTodo)" in evidence


def test_a_maximum_session_under_an_hour_is_told_before_sts_refuses():
    """IAM takes no less than an hour, yet a role may be described otherwise by hand."""
    account_b = AccountBInMemory(replace(HEALTHY, max_session_seconds=1800))
    findings = diagnosis(Aws(assume_role=DENIED), account_b=account_b)
    assert named(findings).keys() == {session_length.CHECK}


def test_an_open_rest_api_is_warned_about():
    """A deployed stage whose authorizer is none is open to everybody."""
    findings = diagnosis(Aws(), API_AUTHORIZER="none")
    found = of(findings, authorizer.CHECK)
    assert found.status is Status.WARNING
    assert found.remedy is not None
    assert [edit.paste for edit in found.remedy.edits] == ["iam"]
