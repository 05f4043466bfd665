"""AssumeRole by boto3's client, kept until shortly before its end: for `tuned` and `gql`."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

STS = boto3.client("sts")
RENEW_BEFORE = timedelta(minutes=5)
_held: dict[str, Any] = {}


def credentials() -> dict[str, Any]:
    """Returns STS's `Credentials`; the same object until they are renewed."""
    held: dict[str, Any] | None = _held.get("Credentials")
    if held is None or held["Expiration"] - RENEW_BEFORE < datetime.now(UTC):
        reply = STS.assume_role(
            RoleArn=os.environ["ASSUME_ROLE_ARN"], RoleSessionName="appsync-rest"
        )
        held = _held["Credentials"] = reply["Credentials"]
    return held
