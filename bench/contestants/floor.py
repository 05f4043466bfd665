"""The floor: both hops by http.client, signed by hand with a cached signing key."""

import hashlib
import hmac
import json
import os
import re
import time
from functools import lru_cache
from http.client import OK, HTTPConnection
from threading import local
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.contestants.todo import operation, response

REGION = os.environ["REGION"]
APPSYNC = urlsplit(os.environ["APPSYNC_URL"])
STS = urlsplit(os.environ["AWS_ENDPOINT_URL_STS"])
_thread = local()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answers one REST request."""
    query, variables = operation(event)
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = signed("appsync", APPSYNC.netloc, "/graphql", "application/json", body, *assumed())
    connection = _connection()
    connection.request("POST", "/graphql", body, headers)
    reply = connection.getresponse()
    text = reply.read()
    if reply.status != OK:
        raise RuntimeError(text)
    return response(event, json.loads(text)["data"])


def _connection() -> HTTPConnection:
    connection: HTTPConnection | None = getattr(_thread, "connection", None)
    if connection is None:
        connection = _thread.connection = HTTPConnection(APPSYNC.netloc, timeout=28)
    return connection


@lru_cache(maxsize=1)
def assumed() -> tuple[str, str, str]:
    """Returns the assumed role's key, secret and token."""
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    body = urlencode(
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": os.environ["ASSUME_ROLE_ARN"],
            "RoleSessionName": "appsync-rest",
        }
    ).encode()
    source = (
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ["AWS_SESSION_TOKEN"],
    )
    connection = HTTPConnection(STS.netloc, timeout=28)
    connection.request("POST", "/", body, signed("sts", STS.netloc, "/", kind, body, *source))
    text = connection.getresponse().read().decode()
    connection.close()
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    key, secret, token = (re.findall(f"<{name}>(.+?)<", text)[0] for name in names)
    return key, secret, token


def signed(
    service: str, host: str, path: str, kind: str, body: bytes, key: str, secret: str, token: str
) -> dict[str, str]:
    """Returns the headers of a POST under Signature Version 4.

    Source: IAM user guide, "Create a signed AWS API request".
    """
    instant = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = "content-type;host;x-amz-date;x-amz-security-token"
    digest = hashlib.sha256(body).hexdigest()
    canonical = (
        f"POST\n{path}\n\ncontent-type:{kind}\nhost:{host}\nx-amz-date:{instant}\n"
        f"x-amz-security-token:{token}\n\n{names}\n{digest}"
    )
    scope = f"{instant[:8]}/{REGION}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{instant}\n{scope}\n{hashed}"
    signing_key = _signing_key(secret, instant[:8], service)
    signature = hmac.digest(signing_key, to_sign.encode(), "sha256").hex()
    return {
        "Content-Type": kind,
        "X-Amz-Date": instant,
        "X-Amz-Security-Token": token,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope},"
        f" SignedHeaders={names}, Signature={signature}",
    }


@lru_cache(maxsize=2)
def _signing_key(secret: str, day: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, REGION, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
