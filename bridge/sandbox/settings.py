"""The sandbox's settings file: what no file of the project declares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.files import FileFault, read_object
from bridge.iam import Policy, PolicyError
from bridge.sandbox.appsync import AdminRule, ConflictHandler
from bridge.sandbox.appsync.front import IAM_MODE, AcceptedCallers
from bridge.sandbox.exchange.faults import Fault, FaultError
from bridge.sandbox.identity.configured import ConfiguredPrincipal

# Source: AppSync API Reference, GraphqlApi.authenticationType.
_MODES = (IAM_MODE, "API_KEY", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA")
_ANY = re.compile(r"[\x20-\x7e]+")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ACCESS_KEY = re.compile(r"\w{1,128}", re.ASCII)
_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:[\x21-\x7e]+", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """What the sandbox is told beside the project's own files.

    Attributes:
        admin_rule: How Amplify's resolvers match the admin list (wall 2).
        conflict_handler: What AppSync does about conflicts, where types have `_version`.
        default_authorization: The API's default mode, which counts where the schema has no
            directive: AWS_IAM, API_KEY and so on.
        iam_authorization: Whether the API accepts IAM callers.
        api_keys: The API keys that it accepts beside them.
        shared_with: The accounts with which AWS RAM shares the API.
        sts_active: Whether STS is activated in the Region for account A.
        principals: More callers, by access key.
        faults: The faults in force from the start.
    """

    admin_rule: AdminRule = AdminRule.CONTAINS
    conflict_handler: ConflictHandler = ConflictHandler.OPTIMISTIC
    default_authorization: str = IAM_MODE
    iam_authorization: bool = True
    api_keys: tuple[str, ...] = ()
    shared_with: tuple[str, ...] = ()
    sts_active: bool = True
    principals: Mapping[str, ConfiguredPrincipal] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def accepted_callers(self) -> AcceptedCallers:
        """Returns which callers the API accepts."""
        return AcceptedCallers(
            self.iam_authorization, self.api_keys, self.shared_with, self.default_authorization
        )


def read_settings(path: Path | None) -> Settings:
    """Returns the settings of a file, or the defaults without one.

    Raises:
        FileFault: The file is missing or malformed.
    """
    if path is None:
        return Settings()
    try:
        return _settings(read_object(path))
    except (FaultError, PolicyError, KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"misses {error}" if isinstance(error, KeyError) else error
        raise FileFault(path, reason) from error


def _settings(document: Mapping[str, Any]) -> Settings:
    unknown = sorted(set(document) - set(Settings.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown setting {', '.join(unknown)}")
    principals = [_principal(item) for item in _list(document, "principals")]
    return Settings(
        admin_rule=AdminRule(document.get("admin_rule", AdminRule.CONTAINS.value)),
        conflict_handler=ConflictHandler(
            document.get("conflict_handler", ConflictHandler.OPTIMISTIC.value)
        ),
        default_authorization=_mode(document),
        iam_authorization=_flag(document, "iam_authorization"),
        api_keys=_texts(document, "api_keys", _ANY),
        shared_with=_texts(document, "shared_with", _ACCOUNT),
        sts_active=_flag(document, "sts_active"),
        principals={principal.access_key_id: principal for principal in principals},
        faults=tuple(Fault.parse(item) for item in _list(document, "faults")),
    )


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, True)
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def _mode(document: Mapping[str, Any]) -> str:
    value = document.get("default_authorization", IAM_MODE)
    if value not in _MODES:
        raise ValueError(f"default_authorization must be one of {', '.join(_MODES)}")
    return str(value)


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name, [])
    if not isinstance(value, list):
        raise TypeError(f"{name} must be a list")
    return value


def _texts(document: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> tuple[str, ...]:
    listed = _list(document, name)
    for value in listed:
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise ValueError(f"{name} holds {value!r:.60}")
    return tuple(listed)


def _text(document: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    value = document[name]
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise ValueError(f"{name} of a principal is malformed: {value!r:.60}")
    return value


def _text_or_none(document: Mapping[str, Any], name: str) -> str | None:
    return None if document.get(name) is None else _text(document, name, _ANY)


def _principal(document: Any) -> ConfiguredPrincipal:
    if not isinstance(document, Mapping):
        raise TypeError("a principal must be an object")
    unknown = sorted(set(document) - set(ConfiguredPrincipal.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown setting of a principal: {', '.join(unknown)}")
    expires_at = _text_or_none(document, "expires_at")
    access_key_id = _text(document, "access_key_id", _ACCESS_KEY)
    arn = _text(document, "arn", _ARN)
    name = arn.rpartition("/")[2]
    return ConfiguredPrincipal(
        access_key_id=access_key_id,
        secret_access_key=_text(document, "secret_access_key", _ANY),
        session_token=_text_or_none(document, "session_token"),
        arn=arn,
        policies=tuple(
            Policy.parse(policy, f"{name} policy {index}")
            for index, policy in enumerate(_list(document, "policies"))
        ),
        expires_at=datetime.fromisoformat(expires_at).astimezone(UTC) if expires_at else None,
        cognito_identity_id=_text_or_none(document, "cognito_identity_id"),
        cognito_identity_auth_type=_text_or_none(document, "cognito_identity_auth_type"),
        cognito_identity_pool_id=_text_or_none(document, "cognito_identity_pool_id"),
    )
