"""Who is allowed what, within one account and across two, and which statement decided."""

import pytest

from bridge.iam import AccessRequest, Policy, PolicyError, Reason, Source, evaluate

A, B = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{B}:role/peer"
LAMBDA = f"arn:aws:sts::{A}:assumed-role/fn/fn-session"
LOCAL = f"arn:aws:sts::{B}:assumed-role/src/s1"
MAY_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}


def policy(*statements, name="policy"):
    """Returns a policy of the current version."""
    return Policy.parse({"Version": "2012-10-17", "Statement": list(statements)}, name)


def trust(principal, *more, element="Principal", effect="Allow"):
    """Returns a trust policy whose first statement is about one principal."""
    first = {"Effect": effect, element: principal, "Action": "sts:AssumeRole"}
    return policy(first, *more, name="trust")


def assume(caller, trusted, *, identity=(MAY_ASSUME,), session=(), **details):
    """Returns the decision on assuming account B's role."""
    request = AccessRequest(caller, "sts:AssumeRole", ROLE, B, **details)
    attached = [policy(*identity, name="identity")] if identity else []
    return evaluate(request, attached, trusted, session)


@pytest.mark.parametrize(
    ("principal", "reached"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": A}, True),
        ({"AWS": f"arn:aws:iam::{A}:root"}, True),
        ({"AWS": f"arn:aws:iam::{A}:role/fn"}, True),
        ({"AWS": LAMBDA}, True),
        ({"AWS": ["333333333333", LAMBDA]}, True),
        ({"AWS": "AROAEXAMPLEEXAMPLE123"}, True),
        ({"AWS": "AROAEXAMPLEEXAMPLE999"}, False),
        ({"AWS": []}, False),
        ({"AWS": B}, False),
        ({"AWS": f"arn:aws:iam::{A}:role/FN"}, False),
        ({"AWS": f"arn:aws:iam::{A}:role/service-role/fn"}, False),
        ({"AWS": f"arn:aws:iam::{B}:role/fn"}, False),
        ({"AWS": f"arn:aws:iam::{A}:user/fn"}, False),
        ({"AWS": f"arn:aws:sts::{A}:assumed-role/fn/other"}, False),
        ({"Service": "lambda.amazonaws.com"}, False),
        ({"Federated": "cognito-identity.amazonaws.com"}, False),
        ({"CanonicalUser": A}, False),
    ],
)
def test_across_accounts_a_trust_policy_must_reach_the_caller(principal, reached):
    """A session is reached by its ARN, its role, its role's unique id, its account or `*`."""
    decision = assume(LAMBDA, trust(principal), principal_unique_id="AROAEXAMPLEEXAMPLE123")
    assert decision.allowed is reached
    assert decision.reason is (Reason.ALLOWED if reached else Reason.NO_RESOURCE_ALLOW)


def test_across_accounts_both_sides_must_allow():
    """Neither the identity policy nor the trust policy is enough alone."""
    trusted = trust({"AWS": LAMBDA})
    assert assume(LAMBDA, trusted).allowed
    assert assume(LAMBDA, trusted, identity=()).reason is Reason.NO_IDENTITY_ALLOW
    assert assume(LAMBDA, None).reason is Reason.NO_RESOURCE_ALLOW


def test_a_roles_path_counts_where_it_is_known():
    """An assumed-role ARN has no path; the role's own ARN, with it, is what trust names."""
    with_path = f"arn:aws:iam::{A}:role/service-role/fn"
    trusted = trust({"AWS": with_path})
    assert not assume(LAMBDA, trusted).allowed
    assert assume(LAMBDA, trusted, principal_role_arn=with_path).allowed
    without = trust({"AWS": f"arn:aws:iam::{A}:role/fn"})
    assert not assume(LAMBDA, without, principal_role_arn=with_path).allowed


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        ({"AWS": f"arn:aws:iam::{B}:role/src"}, Reason.ALLOWED),
        ({"AWS": LOCAL}, Reason.ALLOWED),
        ("*", Reason.ALLOWED),
        ({"AWS": f"arn:aws:iam::{B}:root"}, Reason.NO_IDENTITY_ALLOW),
        ({"AWS": B}, Reason.NO_IDENTITY_ALLOW),
        ({"AWS": f"arn:aws:iam::{B}:role/other"}, Reason.NO_IDENTITY_ALLOW),
    ],
)
def test_within_an_account_trust_in_the_caller_is_enough(principal, reason):
    """Naming the caller suffices; naming the account leaves it to the identity policy."""
    assert assume(LOCAL, trust(principal), identity=()).reason is reason


def test_within_an_account_trust_in_the_account_needs_an_identity_policy():
    """The root principal delegates, and then the identity policy decides."""
    decision = assume(LOCAL, trust({"AWS": B}))
    assert decision.allowed
    assert decision.statement
    assert decision.statement.policy == "identity"


def test_within_an_account_an_identity_policy_cannot_open_a_role():
    """A trust policy must always allow, as a key's must, unlike other resource policies."""
    assert assume(LOCAL, None).reason is Reason.NO_RESOURCE_ALLOW
    assert assume(LOCAL, trust({"AWS": A})).reason is Reason.NO_RESOURCE_ALLOW
    everything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    for action, resource, opened in (
        ("s3:GetObject", "arn:aws:s3:::bucket/key", True),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{B}:key/1", False),
        ("kms:ListAliases", "*", True),
        ("iam:GetRole", ROLE, True),
    ):
        request = AccessRequest(LOCAL, action, resource, B)
        assert evaluate(request, [everything]).allowed is opened, action


def test_the_trust_that_survives_a_new_role_checks_the_callers_arn():
    """An account principal with ArnEquals aws:PrincipalArn lets one role in."""
    condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{A}:role/fn"}}
    trusted = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": A},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
    )
    assert assume(LAMBDA, trusted).allowed
    other = f"arn:aws:sts::{A}:assumed-role/other/fn-session"
    assert assume(other, trusted).reason is Reason.NO_RESOURCE_ALLOW


@pytest.mark.parametrize("place", list(Source))
def test_a_deny_anywhere_wins(place):
    """An explicit deny in any policy beats every allow, and is the deciding statement."""
    deny = {"Sid": "No", "Effect": "Deny", "Action": "sts:*"}
    with_resource = deny | {"Resource": "*"}
    with_principal = deny | {"Principal": {"AWS": A}}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    decision = assume(
        LAMBDA,
        trust("*", *([with_principal] if place is Source.RESOURCE else [])),
        identity=(MAY_ASSUME, *([with_resource] if place is Source.IDENTITY else [])),
        session=[policy(everything, *([with_resource] if place is Source.SESSION else []))],
    )
    assert decision.reason is Reason.EXPLICIT_DENY
    assert decision.statement
    assert (decision.statement.sid, decision.statement.index) == ("No", 1)


@pytest.mark.parametrize(
    ("spared", "denied"),
    [
        ([f"arn:aws:iam::{A}:role/fn", f"arn:aws:iam::{A}:root"], False),
        ([LAMBDA, A], False),
        ([f"arn:aws:iam::{A}:role/fn"], True),
        ([f"arn:aws:iam::{A}:root"], True),
        ([f"arn:aws:iam::{A}:role/other", A], True),
    ],
)
def test_a_deny_with_notprincipal_spares_whom_it_lists_with_their_account(spared, denied):
    """AWS checks the account as well as the role, so both must be listed."""
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": spared}, "Action": "*"}
    decision = assume(LAMBDA, trust("*", deny))
    assert decision.reason is (Reason.EXPLICIT_DENY if denied else Reason.ALLOWED)


@pytest.mark.parametrize(
    ("listed", "allowed"), [({"AWS": B}, True), ({"AWS": A}, False), ({"AWS": LAMBDA}, False)]
)
def test_an_allow_with_notprincipal_reaches_everybody_else(listed, allowed):
    """Whoever is listed, alone or by account, is left out."""
    assert assume(LAMBDA, trust(listed, element="NotPrincipal")).allowed is allowed


def test_a_deny_that_spares_everybody_denies_nobody():
    """NotPrincipal with `*` leaves nobody to deny."""
    deny = {"Effect": "Deny", "NotPrincipal": "*", "Action": "*"}
    assert assume(LAMBDA, trust("*", deny)).allowed


def test_a_session_policy_limits_what_the_role_may_do():
    """A session has what both its role's policies and the session policy allow."""
    request = AccessRequest(LOCAL, "appsync:GraphQL", f"arn:aws:appsync:eu-west-1:{B}:apis/a", B)
    everything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    only_sts = policy({"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    assert evaluate(request, [everything], None, [everything]).allowed
    assert evaluate(request, [everything], None, [only_sts]).reason is Reason.NO_SESSION_ALLOW
    assert evaluate(request, [only_sts], None, [everything]).reason is Reason.NO_IDENTITY_ALLOW
    assert evaluate(request, [everything], None, [policy()]).reason is Reason.NO_SESSION_ALLOW


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        ({"AWS": f"arn:aws:iam::{B}:role/src"}, Reason.NO_SESSION_ALLOW),
        ({"AWS": LOCAL}, Reason.ALLOWED),
        ("*", Reason.ALLOWED),
    ],
)
def test_a_session_policy_limits_a_grant_to_the_role_only(principal, reason):
    """Within an account, what a resource policy grants the session itself stays."""
    only_s3 = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    decision = assume(LOCAL, trust(principal), identity=(), session=[only_s3])
    assert decision.reason is reason
    role = f"arn:aws:iam::{B}:role/src"
    itself = assume(role, trust({"AWS": role}), identity=(), session=[only_s3])
    assert itself.reason is Reason.NO_SESSION_ALLOW


@pytest.mark.parametrize(
    "caller", [f"arn:aws:iam::{B}:user/a", f"arn:aws:sts::{B}:federated-user/a"]
)
def test_a_grant_to_a_user_itself_is_not_limited(caller):
    """Users and federated users that a resource policy names need no other policy."""
    only_s3 = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    assert assume(caller, trust({"AWS": caller}), identity=(), session=[only_s3]).allowed


def test_across_accounts_a_session_policy_always_limits():
    """The caller's account decides by identity and session policy together."""
    only_s3 = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    decision = assume(LAMBDA, trust({"AWS": LAMBDA}), session=[only_s3])
    assert decision.reason is Reason.NO_SESSION_ALLOW


def test_root_may_all_in_its_account_but_assume_no_role():
    """An account's root user needs no identity policy, and STS lets it assume nothing."""
    root = f"arn:aws:iam::{B}:root"
    assert evaluate(AccessRequest(root, "s3:GetObject", "arn:aws:s3:::b/k", B), []).allowed
    assert assume(root, trust({"AWS": B})).reason is Reason.ROOT_CANNOT_ASSUME_ROLES
    spared = {"Effect": "Deny", "NotPrincipal": {"AWS": B}, "Action": "*"}
    assert assume(root, trust("*", spared)).reason is Reason.ROOT_CANNOT_ASSUME_ROLES
    abroad = AccessRequest(f"arn:aws:iam::{A}:root", "s3:GetObject", "arn:aws:s3:::b/k", B)
    assert evaluate(abroad, []).reason is Reason.NO_RESOURCE_ALLOW


def test_a_service_is_let_in_by_its_name_alone():
    """A service has no account and no identity policy: the trust policy decides."""
    trusted = trust({"Service": "lambda.amazonaws.com"})
    assert assume("lambda.amazonaws.com", trusted, identity=()).allowed
    refused = assume("ec2.amazonaws.com", trusted, identity=())
    assert refused.reason is Reason.NO_RESOURCE_ALLOW
    told = {"Principal": "*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}}
    services = policy({"Effect": "Allow", "Action": "sts:AssumeRole", **told})
    assert assume("lambda.amazonaws.com", services, identity=()).allowed
    assert not assume(LAMBDA, services).allowed


def test_a_user_is_reached_by_arn_and_by_unique_id():
    """A user's own ARN or AIDA id in a trust policy grants directly."""
    user = f"arn:aws:iam::{B}:user/ann"
    assert assume(user, trust({"AWS": user}), identity=()).allowed
    assert assume(
        user,
        trust({"AWS": "AIDAEXAMPLEEXAMPLE123"}),
        identity=(),
        principal_unique_id="AIDAEXAMPLEEXAMPLE123",
    ).allowed


def test_the_deciding_statement_is_named():
    """A decision carries the policy, the place and the document of its statement."""
    decision = assume(LAMBDA, trust({"AWS": B}, trust_of_the_caller()))
    assert decision.statement
    assert (decision.statement.policy, decision.statement.index) == ("trust", 1)
    assert decision.statement.document == trust_of_the_caller()
    assert [item.applies for item in decision.considered] == [True, False, True]


def test_of_several_denying_statements_the_first_is_named():
    """As a person reads the policy."""
    denies = [{**MAY_ASSUME, "Effect": "Deny", "Sid": sid} for sid in ("one", "two")]
    decision = assume(LAMBDA, trust({"AWS": A}), identity=(MAY_ASSUME, *denies))
    assert decision.statement
    assert (decision.reason, decision.statement.sid) == (Reason.EXPLICIT_DENY, "one")


@pytest.mark.parametrize(("element", "verb"), [("Principal", "names"), ("NotPrincipal", "spares")])
def test_whom_a_statement_is_not_about_is_said_with_whom_it_names(element, verb):
    """Both sides, so that a person sees which of them is wrong."""
    listed = LOCAL if element == "Principal" else [LAMBDA, A]
    decision = assume(LAMBDA, trust({"AWS": listed}, element=element, effect="Deny"))
    (mismatch,) = decision.considered[1].mismatches
    assert mismatch.detail.startswith(f"{verb} arn:aws:sts::")
    assert mismatch.detail.endswith(f"; the caller is {LAMBDA}")


def trust_of_the_caller():
    """Returns a statement that lets the function's role in."""
    role = f"arn:aws:iam::{A}:role/fn"
    return {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"}


def test_a_policy_in_the_wrong_place_is_refused():
    """An identity policy has no principal, and a resource policy has one."""
    with pytest.raises(PolicyError, match="identity policy may not name a principal"):
        assume(LAMBDA, None, identity=(trust_of_the_caller(),))
    with pytest.raises(PolicyError, match="must name a principal"):
        assume(LAMBDA, policy(MAY_ASSUME))
