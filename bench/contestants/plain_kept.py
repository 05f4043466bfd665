"""`plain` with its STS client, and so the connection to STS, kept; still AssumeRole every time."""

from typing import Any

import boto3

from bench.contestants.plain import answer

STS = boto3.client("sts")


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answers one REST request."""
    return answer(event, STS)
