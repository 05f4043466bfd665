"""Account B's owner, whose credentials the sandbox leaves in its state folder."""

from bridge.iam import Policy
from bridge.sandbox.identity.accounts import ACCOUNT_B
from bridge.sandbox.identity.configured import ConfiguredPrincipal
from bridge.source_credentials import SourceCredentials

# What docs/doctor.md says that a profile of account B needs, and no more.
_ACTIONS = (
    "appsync:GetApiAssociation",
    "appsync:GetFunction",
    "appsync:GetGraphqlApi",
    "appsync:GetIntrospectionSchema",
    "appsync:GetResolver",
    "appsync:ListGraphqlApis",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:ListRoles",
)
_ARN = f"arn:aws:sts::{ACCOUNT_B}:assumed-role/Owner/doctor"


def owner_of(credentials: SourceCredentials) -> ConfiguredPrincipal:
    """Returns the owner as the principal that has these credentials."""
    statement = {"Effect": "Allow", "Action": list(_ACTIONS), "Resource": "*"}
    policy = Policy.parse({"Version": "2012-10-17", "Statement": statement}, "owner")
    return ConfiguredPrincipal(
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
        arn=_ARN,
        policies=(policy,),
        expires_at=None,
        cognito_identity_id=None,
        cognito_identity_auth_type=None,
        cognito_identity_pool_id=None,
    )
