"""The sandbox's settings file: what no file of the project declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.files import FileFault, read_object
from bridge.iam import Policy, PolicyError
from bridge.sandbox.appsync import AdminRule, ConflictHandler
from bridge.sandbox.appsync.front import AcceptedCallers
from bridge.sandbox.exchange.faults import Fault, FaultError
from bridge.sandbox.identity.configured import ConfiguredPrincipal


@dataclass(frozen=True)
class Settings:
    """What the sandbox is told beside the project's own files.

    Attributes:
        admin_rule: How Amplify's resolvers match the admin list (wall 2).
        conflict_handler: What AppSync does about conflicts, where types have `_version`.
        iam_authorization: Whether the API accepts IAM callers.
        api_keys: The API keys that it accepts beside them.
        shared_with: The accounts with which AWS RAM shares the API.
        sts_active: Whether STS is activated in the Region for account A.
        principals: More callers, by access key.
        faults: The faults in force from the start.
    """

    admin_rule: AdminRule = AdminRule.CONTAINS
    conflict_handler: ConflictHandler = ConflictHandler.OPTIMISTIC
    iam_authorization: bool = True
    api_keys: tuple[str, ...] = ()
    shared_with: tuple[str, ...] = ()
    sts_active: bool = True
    principals: Mapping[str, ConfiguredPrincipal] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def accepted_callers(self) -> AcceptedCallers:
        """Returns which callers the API accepts."""
        return AcceptedCallers(self.iam_authorization, self.api_keys, self.shared_with)


def read_settings(path: Path | None) -> Settings:
    """Returns the settings of a file, or the defaults without one.

    Raises:
        FileFault: The file is missing or malformed.
    """
    if path is None:
        return Settings()
    try:
        return _settings(read_object(path))
    except (FaultError, PolicyError, KeyError, TypeError, ValueError) as error:
        reason = f"misses {error}" if isinstance(error, KeyError) else error
        raise FileFault(path, reason) from error


def _settings(document: Mapping[str, Any]) -> Settings:
    unknown = sorted(set(document) - set(Settings.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown setting {', '.join(unknown)}")
    principals = [_principal(item) for item in document.get("principals", [])]
    return Settings(
        admin_rule=AdminRule(document.get("admin_rule", AdminRule.CONTAINS.value)),
        conflict_handler=ConflictHandler(
            document.get("conflict_handler", ConflictHandler.OPTIMISTIC.value)
        ),
        iam_authorization=_flag(document, "iam_authorization"),
        api_keys=tuple(document.get("api_keys", [])),
        shared_with=tuple(document.get("shared_with", [])),
        sts_active=_flag(document, "sts_active"),
        principals={principal.access_key_id: principal for principal in principals},
        faults=tuple(Fault.parse(item) for item in document.get("faults", [])),
    )


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, True)
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def _principal(document: Mapping[str, Any]) -> ConfiguredPrincipal:
    unknown = sorted(set(document) - set(ConfiguredPrincipal.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown setting of a principal: {', '.join(unknown)}")
    expires_at = document.get("expires_at")
    name = document["arn"].rpartition("/")[2]
    return ConfiguredPrincipal(
        access_key_id=document["access_key_id"],
        secret_access_key=document["secret_access_key"],
        session_token=document.get("session_token"),
        arn=document["arn"],
        policies=tuple(
            Policy.parse(policy, f"{name} policy {index}")
            for index, policy in enumerate(document.get("policies", []))
        ),
        expires_at=datetime.fromisoformat(expires_at).astimezone(UTC) if expires_at else None,
        cognito_identity_id=document.get("cognito_identity_id"),
        cognito_identity_auth_type=document.get("cognito_identity_auth_type"),
        cognito_identity_pool_id=document.get("cognito_identity_pool_id"),
    )
