"""What must be true of every IAM decision, whatever the policies say."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.iam import AccessRequest, Decision, Effect, Policy, Reason, evaluate

A, B = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{B}:role/peer"
FIELD = f"arn:aws:appsync:eu-west-1:{B}:apis/abc/types/Query/fields/getTodo"
CALLERS = (
    f"arn:aws:sts::{A}:assumed-role/fn/s",
    f"arn:aws:sts::{B}:assumed-role/src/s",
    f"arn:aws:iam::{A}:user/ann",
    f"arn:aws:iam::{B}:user/bob",
    f"arn:aws:iam::{B}:root",
)
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": [A, B]},
    {"AWS": B},
    {"AWS": f"arn:aws:iam::{A}:role/fn"},
    {"AWS": [f"arn:aws:iam::{B}:role/src", f"arn:aws:iam::{B}:user/bob"]},
    {"AWS": f"arn:aws:sts::{B}:assumed-role/src/s"},
    {"Service": "lambda.amazonaws.com"},
)
ACTIONS = ("*", "sts:*", "sts:AssumeRole", "appsync:Graph*", "s3:GetObject")
RESOURCES = ("*", ROLE, "arn:aws:iam::*:role/p*", f"arn:aws:appsync:*:{B}:apis/${{k}}/*")
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"StringEquals": {"k": "abc"}},
    {"StringNotLikeIfExists": {"k": ["a*", "b"]}},
    {"Null": {"k": "true"}},
    {"ForAllValues:StringEquals": {"k": ["abc", "x"]}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
)
SESSION_KEYS: tuple[dict[str, Any], ...] = ({}, {"k": "abc"}, {"aws:SourceIp": "10.0.0.1"})

Document = dict[str, Any]


def statements(*, resource_policy: bool, effects: tuple[str, ...] = tuple(Effect)):
    """Draws statements of an identity policy, or of a resource policy."""
    elements = {
        "Effect": st.sampled_from(effects),
        "Condition": st.sampled_from(CONDITIONS),
    }
    action = st.sampled_from(("Action", "Action", "NotAction"))
    who = st.sampled_from(PRINCIPALS if resource_policy else RESOURCES)
    element = "Principal" if resource_policy else "Resource"
    return st.builds(
        lambda fixed, key, covered, value: fixed | {key: covered, element: value},
        st.fixed_dictionaries(elements),
        action,
        st.sampled_from(ACTIONS),
        who,
    )


def policies(**options: Any):
    """Draws a policy's statements."""
    return st.lists(statements(**options), max_size=3)


requests = st.builds(
    AccessRequest,
    principal=st.sampled_from(CALLERS),
    action=st.sampled_from(("sts:AssumeRole", "appsync:GraphQL", "s3:GetObject")),
    resource=st.sampled_from((ROLE, FIELD)),
    resource_account=st.just(B),
    context=st.sampled_from(SESSION_KEYS),
)
identities = st.lists(policies(resource_policy=False), max_size=2)
trusts = st.none() | policies(resource_policy=True)
sessions = st.lists(policies(resource_policy=False), max_size=1)


def decide(
    request: AccessRequest,
    identity: list[list[Document]],
    trust: list[Document] | None,
    session: list[list[Document]],
) -> Decision:
    """Returns the decision about statements, each policy given as its list of them."""

    def policy(listed: list[Document], name: str) -> Policy:
        return Policy.parse({"Version": "2012-10-17", "Statement": listed}, name)

    return evaluate(
        request,
        [policy(listed, f"identity{index}") for index, listed in enumerate(identity)],
        None if trust is None else policy(trust, "trust"),
        [policy(listed, "session") for listed in session],
    )


@given(requests, identities, trusts, sessions)
def test_an_applying_deny_always_wins(request, identity, trust, session):
    """A request is allowed only if no deny applies, and denied explicitly only if one does."""
    decision = decide(request, identity, trust, session)
    denied = any(
        item.applies and item.statement.effect is Effect.DENY for item in decision.considered
    )
    assert denied is (decision.reason is Reason.EXPLICIT_DENY)
    assert not (denied and decision.allowed)


@given(requests, identities, trusts, sessions, st.data())
def test_the_order_of_statements_and_policies_never_matters(
    request, identity, trust, session, data
):
    """Shuffled policies and statements give the same decision for the same reason."""

    def shuffled(listed: list[Any]) -> list[Any]:
        return data.draw(st.permutations(listed)) if listed else listed

    before = decide(request, identity, trust, session)
    after = decide(
        request,
        shuffled([shuffled(listed) for listed in identity]),
        trust and shuffled(trust),
        [shuffled(listed) for listed in session],
    )
    assert (after.allowed, after.reason) == (before.allowed, before.reason)


@given(requests, identities, trusts, sessions, st.data())
def test_removing_an_allow_never_allows(request, identity, trust, session, data):
    """What is denied stays denied when an allow is taken out of any policy."""
    before = decide(request, identity, trust, session)
    lists = [*identity, *([trust] if trust else []), *session]
    allows = [
        (listed, statement)
        for listed in lists
        for statement in listed
        if statement["Effect"] == "Allow"
    ]
    if allows:
        listed, statement = data.draw(st.sampled_from(allows))
        listed.remove(statement)
    after = decide(request, identity, trust, session)
    assert before.allowed or not after.allowed


@given(
    requests,
    identities,
    trusts,
    sessions,
    statements(resource_policy=False, effects=("Deny",)),
    statements(resource_policy=True, effects=("Deny",)),
)
def test_adding_a_deny_never_allows(request, identity, trust, session, deny, trust_deny):
    """What is denied stays denied when a deny is added to the caller's or the resource's side."""
    before = decide(request, identity, trust, session)
    for after in (
        decide(request, [*identity, [deny]], trust, session),
        decide(request, identity, [*(trust or []), trust_deny], session),
    ):
        assert before.allowed or not after.allowed


@given(requests, identities, trusts, policies(resource_policy=False))
def test_a_session_policy_never_allows_more(request, identity, trust, session):
    """A session with a policy of its own may do nothing that the same session without may not."""
    without = decide(request, identity, trust, [])
    assert without.allowed or not decide(request, identity, trust, [session]).allowed


@given(requests, identities, trusts, sessions)
def test_nothing_is_allowed_without_an_allow(request, identity, trust, session):
    """An allowed request has an allowing statement that applies, or is root's in its account."""
    decision = decide(request, identity, trust, session)
    if decision.allowed and not request.principal.endswith(":root"):
        applying = [item.statement for item in decision.considered if item.applies]
        assert decision.statement in applying
        assert decision.statement is not None
        assert decision.statement.effect is Effect.ALLOW
    if not decision.allowed and decision.reason is not Reason.EXPLICIT_DENY:
        assert decision.statement is None
