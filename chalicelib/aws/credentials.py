"""Credentials, and where the process's own come from."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.config import Settings
from chalicelib.errors import SourceCredentialsMissing


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key and what belongs to it; only the id is ever printed."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False)


def source_credentials(settings: Settings) -> Callable[[], Credentials]:
    """Returns a function that gives the process's own credentials, those before AssumeRole.

    In Lambda they stand in the environment and last as long as the process. Elsewhere, and under
    SnapStart, boto3 resolves them (profiles, SSO, containers, instances) and refreshes them; the
    environment comes first there too, so boto3 is imported only when it is empty.

    The function raises SourceCredentialsMissing when there are none.

    Source: AWS Lambda developer guide, "Activating and managing Lambda SnapStart".
    """
    own = settings.source_credentials
    if own is not None:
        credentials = Credentials(own.access_key_id, own.secret_access_key, own.session_token)
        return lambda: credentials
    if settings.environment_only:
        return _none
    return _from_boto3()


def _none() -> Credentials:
    raise SourceCredentialsMissing("the environment holds no credentials")


def _from_boto3() -> Callable[[], Credentials]:
    import boto3  # noqa: PLC0415 - 150 ms that a process with credentials in its environment saves
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as above

    try:
        resolved = boto3.Session().get_credentials()
    except BotoCoreError as error:
        raise SourceCredentialsMissing(type(error).__name__) from error
    if resolved is None:
        return _none

    def frozen() -> Credentials:
        try:
            current = resolved.get_frozen_credentials()
        except BotoCoreError as error:
            raise SourceCredentialsMissing(type(error).__name__) from error
        if not current.access_key or not current.secret_key:
            raise SourceCredentialsMissing("boto3 found no credentials")
        return Credentials(current.access_key, current.secret_key, current.token)

    return frozen
