"""Callers whose credentials and policies are written in the settings."""

from dataclasses import dataclass, field
from datetime import datetime

from bridge.iam import Policy


@dataclass(frozen=True)
class ConfiguredPrincipal:
    """A caller whose credentials and policies are written in the settings.

    Attributes:
        arn: A session's (`arn:aws:sts::…:assumed-role/ROLE/SESSION`) or a user's.
        session_token: None for a user's long-lived key.
        expires_at: None when the credentials never expire.
        cognito_identity_id: Set, with the two that follow, for an identity pool's caller.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False)
    arn: str
    policies: tuple[Policy, ...]
    expires_at: datetime | None
    cognito_identity_id: str | None
    cognito_identity_auth_type: str | None
    cognito_identity_pool_id: str | None
