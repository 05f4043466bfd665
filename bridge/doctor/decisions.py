"""The policies of both accounts asked through bridge.iam: what the function may do, and why not."""

from collections.abc import Mapping, Sequence

from bridge.doctor.account_b import Document
from bridge.doctor.look import Function, Look
from bridge.iam import (
    AccessRequest,
    ConsideredStatement,
    Decision,
    Effect,
    Part,
    Policy,
    Source,
    evaluate,
)

ASSUME_ROLE = "sts:AssumeRole"
GRAPHQL = "appsync:GraphQL"
_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
# Stands for the side that is not asked about, so that the answer is the other side's alone.
_ALLOW_ALL = Policy.parse({"Version": "2012-10-17", "Statement": _EVERYTHING}, "any")
_TRUST_ALL = Policy.parse(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"},
    },
    "any",
)


def assume_role_context(look: Look) -> dict[str, str]:
    """Returns AssumeRole's condition keys as the function's call sets them."""
    context = {"sts:RoleSessionName": look.made.role_session_name}
    if look.made.external_id:
        context["sts:ExternalId"] = look.made.external_id
    return context


def may_ask(look: Look, function: Function, policy: Document) -> Decision:
    """Returns whether a policy of account A lets the function assume the role."""
    request = _assume_role(look, function)
    return evaluate(request, [Policy.parse(policy, "policy")], _TRUST_ALL)


def is_trusted(look: Look, function: Function, trust: Document) -> Decision:
    """Returns whether a trust policy lets the function assume the role."""
    request = _assume_role(look, function)
    return evaluate(request, [_ALLOW_ALL], Policy.parse(trust, "trust policy"))


def may_use(
    look: Look, resource: str, policies: Mapping[str, Document], boundary: Document | None
) -> Decision:
    """Returns whether account B's role may use a field of the API.

    Args:
        look: Whose settings name the role.
        resource: The field's ARN.
        policies: The role's identity policies.
        boundary: Its permissions boundary.
    """
    role = look.made.assume_role_arn
    partition, account, name = role.split(":")[1], role.split(":")[4], role.rpartition("/")[2]
    request = AccessRequest(
        principal=f"arn:{partition}:sts::{account}:assumed-role/{name}/"
        f"{look.made.role_session_name}",
        action=GRAPHQL,
        resource=resource,
        resource_account=account,
        context={"aws:SecureTransport": "true"},
        principal_role_arn=role,
    )
    identity = [Policy.parse(document, policy) for policy, document in policies.items()]
    limits = [Policy.parse(boundary, "permissions boundary")] if boundary else []
    return evaluate(request, identity, session=limits)


def closest(decision: Decision, source: Source) -> ConsideredStatement | None:
    """Returns the statement about the action that is nearest to allowing it.

    None where no statement of that policy is about the action at all.
    """
    candidates = [
        item
        for item in decision.considered
        if item.source is source
        and item.statement.effect is Effect.ALLOW
        and not any(mismatch.part is Part.ACTION for mismatch in item.mismatches)
    ]
    return min(candidates, key=lambda item: len(item.mismatches), default=None)


def parts_of(item: ConsideredStatement) -> frozenset[Part]:
    """Returns the parts of a statement that the request does not fit."""
    return frozenset(mismatch.part for mismatch in item.mismatches)


def explain(statements: Sequence[ConsideredStatement]) -> tuple[str, ...]:
    """Returns why statements do not apply, one line each."""
    return tuple(
        f"{item.statement.policy}.Statement[{item.statement.index}] {mismatch.part}:"
        f" {mismatch.detail}"
        for item in statements
        for mismatch in item.mismatches
    )


def _assume_role(look: Look, function: Function) -> AccessRequest:
    return AccessRequest(
        principal=function.session_arn,
        action=ASSUME_ROLE,
        resource=look.made.assume_role_arn,
        resource_account=look.made.assume_role_arn.split(":")[4],
        context={"aws:SecureTransport": "true", **assume_role_context(look)},
        principal_unique_id=function.unique_id,
        principal_role_arn=function.role_arn,
    )
