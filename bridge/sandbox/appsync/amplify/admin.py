"""Wall 2: whether Amplify's resolvers let an IAM caller in."""

import re
from collections.abc import Iterable
from enum import Enum

from bridge.sandbox.appsync.messages import GraphQLCaller

_SESSION_ARN = re.compile(r"arn:[^:]+:sts::\d*:assumed-role/(?P<session>[^/]+/.+)")


class AdminRule(Enum):
    """How the list of admin roles is matched.

    Source: the templates that amplify-category-api generates (CONTAINS); its PR #3528 (ANCHORED);
    `enableIamAuthorizationMode` of its CDK construct, as Gen 2 uses it (IAM).
    """

    CONTAINS = "contains"
    ANCHORED = "anchored"
    IAM = "iam"


def is_admitted(
    caller: GraphQLCaller,
    rule: AdminRule,
    admin_roles: Iterable[str],
    auth_role_arn: str,
    unauth_role_arn: str,
) -> bool:
    """Returns whether the resolvers of a model with `allow: private, provider: iam` go on.

    Args:
        caller: Who calls; without an ARN (an API key's holder) nobody that an IAM rule admits.
        rule: How `admin_roles` is matched.
        admin_roles: The entries of custom-roles.json.
        auth_role_arn: The session ARN that the identity pool gives to signed-in users.
        unauth_role_arn: The one that it gives to guests.
    """
    arn = caller.user_arn
    if not arn:
        return False
    if arn == auth_role_arn:
        return True
    if arn == unauth_role_arn:
        return False
    if rule is AdminRule.IAM:
        return caller.cognito_identity_id is None and caller.cognito_identity_pool_id is None
    if rule is AdminRule.CONTAINS:
        return any(role in arn for role in admin_roles)
    return any(f":assumed-role/{role}/" in f"{arn}/" for role in _role_names(admin_roles))


def _role_names(admin_roles: Iterable[str]) -> Iterable[str]:
    """Yields the entries as the CLI rewrites them: it ignores any ARN but an assumed role's."""
    for role in admin_roles:
        session = _SESSION_ARN.fullmatch(role)
        if session:
            yield session["session"]
        elif not role.startswith("arn:"):
            yield role
