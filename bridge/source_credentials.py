"""The credentials that the sandbox leaves to both accounts, in the AWS SDKs' shared file format.

Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
"""

import configparser
import os
from dataclasses import dataclass, field
from pathlib import Path

from bridge.files import FileFault, read_text

FILE_NAME = "credentials"
OWNER_FILE_NAME = "owner-credentials"
_PROFILE = "default"


@dataclass(frozen=True)
class SourceCredentials:
    """Account A's: what the Lambda function would find. Or those of account B's owner."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


def read_source_credentials(state: Path, name: str = FILE_NAME) -> SourceCredentials:
    """Returns the credentials that a sandbox left in its state folder.

    Raises:
        FileFault: There are none, or they cannot be read.
    """
    path = state / name
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_text(path))
        profile = parser[_PROFILE]
        return SourceCredentials(
            profile["aws_access_key_id"],
            profile["aws_secret_access_key"],
            profile["aws_session_token"],
        )
    except (configparser.Error, KeyError) as error:
        raise FileFault(path, error) from error


def write_source_credentials(
    state: Path, credentials: SourceCredentials, name: str = FILE_NAME
) -> None:
    """Leaves credentials in the state folder, for its owner's eyes only."""
    descriptor = os.open(state / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(
            f"[{_PROFILE}]\n"
            f"aws_access_key_id = {credentials.access_key_id}\n"
            f"aws_secret_access_key = {credentials.secret_access_key}\n"
            f"aws_session_token = {credentials.session_token}\n"
        )
