"""Wall 2: whether Amplify's resolvers let an IAM caller in."""

import re
from collections.abc import Iterable
from enum import Enum

from bridge.sandbox.appsync.amplify.rules import Role
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


def role_of(
    caller: GraphQLCaller,
    rule: AdminRule,
    admin_roles: Iterable[str],
    auth_role_arn: str,
    unauth_role_arn: str,
) -> Role:
    """Returns what a caller is to the resolvers.

    Args:
        caller: Who calls; without an ARN the holder of an API key.
        rule: How `admin_roles` is matched.
        admin_roles: The entries of custom-roles.json.
        auth_role_arn: The session ARN that the identity pool gives to signed-in users.
        unauth_role_arn: The one that it gives to guests.
    """
    arn = caller.user_arn
    if not arn:
        return Role.API_KEY
    if arn == auth_role_arn:
        return Role.PRIVATE
    if arn == unauth_role_arn:
        return Role.PUBLIC
    if rule is AdminRule.IAM:
        is_cognito = caller.cognito_identity_id or caller.cognito_identity_pool_id
        return Role.NOBODY if is_cognito else Role.IAM
    if rule is AdminRule.CONTAINS:
        is_admin = any(role in arn for role in admin_roles)
    else:
        is_admin = any(f":assumed-role/{role}/" in f"{arn}/" for role in _role_names(admin_roles))
    return Role.ADMIN if is_admin else Role.NOBODY


def _role_names(admin_roles: Iterable[str]) -> Iterable[str]:
    """Yields the entries as the CLI rewrites them: it ignores any ARN but an assumed role's."""
    for role in admin_roles:
        session = _SESSION_ARN.fullmatch(role)
        if session:
            yield session["session"]
        elif not role.startswith("arn:"):
            yield role
