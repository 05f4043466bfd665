"""The article's Lambda, carried over to Python: AssumeRole and new connections at every request.

The STS client is made within the handler, as published examples of AssumeRole in a Lambda do it.
`plain_kept` makes it once instead.
"""

import os
from typing import Any

import boto3
import requests
from requests_aws4auth import AWS4Auth

from bench.contestants.todo import operation, response


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answers one REST request."""
    return answer(event, boto3.client("sts"))


def answer(event: dict[str, Any], sts: Any) -> dict[str, Any]:
    """Answers one REST request with an STS client."""
    credentials = sts.assume_role(
        RoleArn=os.environ["ASSUME_ROLE_ARN"], RoleSessionName="appsync-rest"
    )["Credentials"]
    auth = AWS4Auth(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        os.environ["REGION"],
        "appsync",
        session_token=credentials["SessionToken"],
    )
    query, variables = operation(event)
    reply = requests.post(
        os.environ["APPSYNC_URL"],
        json={"query": query, "variables": variables},
        auth=auth,
        timeout=28,
    )
    reply.raise_for_status()
    return response(event, reply.json()["data"])
