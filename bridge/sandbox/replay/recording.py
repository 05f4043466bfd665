"""Reads a recording: requests and replies in the order in which they were made."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.errors import KnownError
from bridge.files import read_json, read_text

_ELIDED = re.compile(r"(?P<start>.*)\.\.\.<(?P<length>\d+) chars>", re.DOTALL)


class RecordingError(KnownError):
    """The file is no recording; the message names the line."""


@dataclass(frozen=True)
class Case:
    """One recorded request and its reply.

    Attributes:
        number: Its place in the whole recording; a gap before it means that cases are left out.
        name: What it tries.
        method: The HTTP method.
        query: The document; None where the request had none or it is not recorded.
        variables: As they were sent.
        operation_name: As it was sent.
        raw_body: The exact body, where it is recorded.
        access_key: Who signed; None for a request without a signature.
        status: The reply's HTTP status.
        content_type: The reply's.
        body: The reply's body; a text where the recording leaves it out.
        provenance: What decided the reply.
        unordered: The connections of the reply whose order no key defines; None where the
            recording does not tell.
        is_page_undefined: Whether even which items are on their pages is not defined.
    """

    number: int
    name: str
    method: str
    query: str | None
    variables: Any
    operation_name: str | None
    raw_body: str | None
    access_key: str | None
    status: int
    content_type: str
    body: Any
    provenance: str
    unordered: tuple[str, ...] | None = None
    is_page_undefined: bool = False


@dataclass(frozen=True)
class Identity:
    """A caller of the recording.

    Attributes:
        access_key: Its access key id.
        secret: Its secret access key.
        token: Its session token; None for a user.
        user_arn: What AppSync sees.
        cognito: The identity pool's part of the identity: id, auth type and pool.
        is_expired: Whether the session had ended.
        is_denied: Whether no policy allows it anything.
    """

    access_key: str
    secret: str
    token: str | None
    user_arn: str
    cognito: tuple[str, str, str] | None
    is_expired: bool
    is_denied: bool


def read_cases(path: Path) -> list[Case]:
    """Returns the cases of a recording, elided texts written out.

    Raises:
        RecordingError: A line is no case.
    """
    cases = []
    text = read_text(path)
    is_told = '"unordered"' in text
    for number, line in enumerate(text.splitlines(), 1):
        try:
            cases.append(_case(json.loads(line), is_told))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RecordingError(f"{path}:{number}: {error!r}") from error
    return cases


def read_identities(path: Path) -> dict[str, Identity]:
    """Returns the callers of a recording by access key id.

    Raises:
        RecordingError: The file does not list them.
    """
    try:
        keys = read_json(path)["keys"]
        return {key: _identity(key, given) for key, given in keys.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordingError(f"{path}: {error!r}") from error


def _case(line: dict[str, Any], is_order_told: bool) -> Case:
    return Case(
        number=line["n"],
        name=line["case"],
        method=line["method"],
        query=expand(line.get("query")),
        variables=expand(line.get("variables")),
        operation_name=line.get("operationName"),
        raw_body=expand(line.get("raw_request_body")),
        access_key=line["auth"].get("accessKeyId"),
        status=line["http_status"],
        content_type=line["content_type"],
        body=expand(line["body"]),
        provenance=line["provenance"],
        unordered=tuple(line.get("unordered", ())) if is_order_told else None,
        is_page_undefined=bool(line.get("undefined_page")),
    )


def _identity(key: str, given: dict[str, Any]) -> Identity:
    pool = given.get("cognitoIdentityPoolId")
    return Identity(
        access_key=key,
        secret=given["secret"],
        token=given.get("token"),
        user_arn=given["userArn"],
        cognito=(given["cognitoIdentityId"], given["cognitoIdentityAuthType"], pool)
        if pool
        else None,
        is_expired=bool(given.get("expired")),
        is_denied=bool(given.get("iamDenied")),
    )


def expand(value: Any) -> Any:
    """Returns the value with its elided texts ("xxx...<300 chars>") at their full length.

    The last character before the dots is taken to go on: the recording elides runs of one letter,
    and bodies of which only the length matters.
    """
    if isinstance(value, str):
        match = _ELIDED.fullmatch(value)
        return match["start"].ljust(int(match["length"]), match["start"][-1]) if match else value
    if isinstance(value, list):
        return [expand(element) for element in value]
    if isinstance(value, dict):
        return {name: expand(inner) for name, inner in value.items()}
    return value
