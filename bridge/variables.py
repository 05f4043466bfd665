"""The function's variables as people write them: each one's form, and configure's option."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One of the function's variables.

    Attributes:
        option: The option of `configure` that writes it.
        form: How a value of it looks.
    """

    option: str
    form: str


VARIABLES: Mapping[str, Variable] = {
    "ASSUME_ROLE_ARN": Variable("--role-arn", "arn:aws:iam::123456789012:role/NAME"),
    "REGION": Variable("--region", "us-east-1"),
    "APPSYNC_URL": Variable("--appsync-url", "https://ID.appsync-api.REGION.amazonaws.com/graphql"),
    "APPSYNC_HOST": Variable("--appsync-host", "ID.appsync-api.REGION.amazonaws.com"),
    "APPSYNC_ALLOWED_HOST": Variable("--allowed-host", "api.example.com"),
    "ROLE_SESSION_NAME": Variable("--session-name", "2 to 64 letters, digits and _+=,.@-"),
    "EXTERNAL_ID": Variable("--external-id", "2 to 1224 letters, digits and _+=,.@:/-"),
    "API_AUTHORIZER": Variable("--authorizer", "iam, cognito or none"),
    "COGNITO_USER_POOL_ARNS": Variable(
        "--user-pool-arn", "arn:aws:cognito-idp:REGION:123456789012:userpool/ID"
    ),
    "ENABLE_BATCH": Variable("--batch", "true or false"),
    "CORS_ALLOW_ORIGINS": Variable("--cors-origin", "https://app.example.com"),
}
