"""Makes the HTTP request of a case again, signed as its caller."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bridge.sandbox.replay.recording import Case, Identity

_GET_TODO = "query GetTodo($id: ID!) { getTodo(id: $id) { id } }"
_TYPENAME = b'{"query": "{ __typename }"}'

# The recording tells these cases' replies and not their requests, which their names describe.
_BODIES: dict[str, bytes] = {
    "http.no_query_key": b'{"variables": {}}',
    "http.query_not_string": b'{"query": 5}',
    "http.variables_string": json.dumps({"query": _GET_TODO, "variables": "x"}).encode(),
    "http.variables_array": json.dumps({"query": _GET_TODO, "variables": []}).encode(),
    "http.invalid_utf8": _TYPENAME,
}
_HEADERS: dict[str, dict[str, str]] = {
    "http.content_type_text": {"Content-Type": "text/plain"},
    "auth.api_key_only": {"x-api-key": "da2-fakeApiId123456"},
    "auth.jwt_when_only_iam": {"Authorization": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."},
}
# Cases about the signature itself; of others like them the recording does not tell what was sent.
_SIGNATURES = {"auth.unknown_access_key", "auth.bad_signature", *_HEADERS}
_STRANGER = Identity("", "not-the-secret", "not-the-token", "", None, False, False)


class UnknownRequestError(Exception):
    """The recording does not hold the case's request, and its name describes none known here."""


@dataclass(frozen=True)
class SignedRequest:
    """A request as it goes over the wire."""

    method: str
    headers: Mapping[str, str]
    body: bytes


def build(case: Case, identities: Mapping[str, Identity], url: str, region: str) -> SignedRequest:
    """Returns the request of a case.

    Args:
        case: With the names of the sandbox's own ids and tokens in it.
        identities: The recording's callers.
        url: The sandbox's GraphQL endpoint.
        region: The Region of the signature.

    Raises:
        UnknownRequestError: The recording does not tell what was sent.
    """
    is_known = case.name in _SIGNATURES or case.access_key in identities
    if case.name.startswith("auth.") and not is_known:
        raise UnknownRequestError(case.name)
    body = _body(case)
    headers = {"Content-Type": "application/json", **_HEADERS.get(case.name, {})}
    if case.access_key is None:
        return SignedRequest(case.method, headers, body)
    caller = identities.get(case.access_key, replace(_STRANGER, access_key=case.access_key))
    # "Bad signature" is the right caller with another secret.
    secret = "wrong" if case.name == "auth.bad_signature" else caller.secret
    signed = AWSRequest(case.method, url, headers=headers, data=body)
    credentials = Credentials(caller.access_key, secret, caller.token)
    SigV4Auth(credentials, "appsync", region).add_auth(signed)
    return SignedRequest(case.method, dict(signed.headers.items()), body)


def _body(case: Case) -> bytes:
    if case.raw_body is not None:
        return case.raw_body.encode("utf-8", "surrogatepass")
    if case.name in _BODIES:
        return _BODIES[case.name]
    if case.query is None:
        raise UnknownRequestError(case.name)
    request: dict[str, Any] = {"query": case.query}
    if case.variables is not None:
        request["variables"] = case.variables
    if case.operation_name is not None:
        request["operationName"] = case.operation_name
    return json.dumps(request).encode()
