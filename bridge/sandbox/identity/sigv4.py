"""Signature Version 4, checked over the bytes that arrived.

Written from the specification and without botocore: a sandbox that shared the signer's code would
agree with its mistakes. Presigned requests (the signature in the query) are not accepted.

Source: IAM User Guide, "Create a signed AWS API request".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from urllib.parse import quote_from_bytes, unquote_to_bytes

from bridge.sandbox.exchange.messages import RawRequest

ALGORITHM = "AWS4-HMAC-SHA256"
_TERMINATOR = "aws4_request"
_STAMP = "%Y%m%dT%H%M%SZ"
_SPACES = re.compile(" +")
_PARTS = ("Credential", "Signature", "SignedHeaders")
_SCOPE_PARTS = 5


class FaultKind(Enum):
    """What is wrong with a request's authentication; each service has its own code for it."""

    MISSING = "missing"
    INCOMPLETE = "incomplete"
    SIGNATURE = "signature"
    INVALID_TOKEN = "invalid token"  # noqa: S105 - it names a fault, it is no token
    EXPIRED_TOKEN = "expired token"  # noqa: S105 - as above


class AuthenticationFault(Exception):
    """The request is not authenticated; the message is AWS's text."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Authorization:
    """What a request says about its own signature.

    Attributes:
        access_key_id: Whose secret key signed.
        date: The scope's date, YYYYMMDD.
        region: The scope's Region.
        service: The scope's service.
        terminator: The scope's end, "aws4_request".
        signed_headers: The names as they were sent.
        signature: In hexadecimal.
        time: When it was signed.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    time: datetime

    @property
    def scope(self) -> str:
        """Returns the credential scope."""
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def read_authorization(request: RawRequest) -> Authorization:
    """Returns what the Authorization header and the date say.

    Raises:
        AuthenticationFault: There is no signature, or it cannot be read.
    """
    sent = request.header_values("authorization")
    if not sent:
        raise AuthenticationFault(FaultKind.MISSING, "Request is missing Authentication Token")
    header = ",".join(sent)
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM or len(sent) > 1:
        raise _incomplete("Unsupported or repeated Authorization header.", header)
    parts = _read_parts(rest, header)
    time = _read_time(request)
    complaints = [
        f"Authorization header requires '{part}' parameter."
        for part in _PARTS
        if not parts.get(part)
    ]
    if time is None:
        complaints.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if complaints or time is None:
        raise _incomplete(" ".join(complaints), header)
    scope = parts["Credential"].split("/")
    if len(scope) != _SCOPE_PARTS:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/term.",
            header,
        )
    access_key_id, date, region, service, terminator = scope
    return Authorization(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=tuple(parts["SignedHeaders"].split(";")),
        signature=parts["Signature"],
        time=time,
    )


def check_scope(authorization: Authorization, region: str, service: str) -> None:
    """Checks that the signature is made for this endpoint and for its own date.

    Raises:
        AuthenticationFault: It is made for another one.
    """
    stamp = authorization.time.strftime(_STAMP)
    complaints = []
    if authorization.region != region:
        complaints.append("Credential should be scoped to a valid region. ")
    if authorization.service != service:
        complaints.append(f"Credential should be scoped to correct service: '{service}'. ")
    if authorization.terminator != _TERMINATOR:
        complaints.append(f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'. ")
    if authorization.date != stamp[:8]:
        complaints.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            f"from HTTP: '{authorization.date}' != '{stamp[:8]}', from '{stamp}'."
        )
    if complaints:
        raise AuthenticationFault(FaultKind.SIGNATURE, "".join(complaints))


def check_clock(authorization: Authorization, now: datetime, tolerance: timedelta) -> None:
    """Checks that the signature was made about now.

    Raises:
        AuthenticationFault: It is older than the tolerance, or as far ahead of time.
    """
    minutes = int(tolerance.total_seconds() // 60)
    signed, present = authorization.time.strftime(_STAMP), now.strftime(_STAMP)
    if authorization.time < now - tolerance:
        limit = (now - tolerance).strftime(_STAMP)
        text = f"Signature expired: {signed} is now earlier than {limit} ({present} - "
    elif authorization.time > now + tolerance:
        limit = (now + tolerance).strftime(_STAMP)
        text = f"Signature not yet current: {signed} is still later than {limit} ({present} + "
    else:
        return
    raise AuthenticationFault(FaultKind.SIGNATURE, f"{text}{minutes} min.)")


def check_signature(request: RawRequest, authorization: Authorization, secret: str) -> None:
    """Checks the signature over the request's bytes.

    Args:
        request: The request as it was received.
        authorization: What it says about its signature.
        secret: The secret access key.

    Raises:
        AuthenticationFault: The signature is another one.
    """
    if "host" not in authorization.signed_headers:
        raise AuthenticationFault(
            FaultKind.SIGNATURE,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        )
    payload_hash = hashlib.sha256(request.body).hexdigest()
    declared_hash = request.header("x-amz-content-sha256")
    wanted = sign(request, authorization, payload_hash, secret)
    same = hmac.compare_digest(wanted, authorization.signature.encode("latin-1", "replace"))
    if not same or declared_hash not in (None, payload_hash):
        raise AuthenticationFault(
            FaultKind.SIGNATURE,
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details.",
        )


def sign(
    request: RawRequest, authorization: Authorization, payload_hash: str, secret: str
) -> bytes:
    """Returns the signature that the request should carry, in hexadecimal."""
    canonical = canonical_request(request, authorization.signed_headers, payload_hash)
    string_to_sign = "\n".join(
        (
            ALGORITHM,
            authorization.time.strftime(_STAMP),
            authorization.scope,
            hashlib.sha256(canonical).hexdigest(),
        )
    )
    key = f"AWS4{secret}".encode()
    for step in authorization.scope.split("/"):
        key = _hmac(key, step)
    return _hmac(key, string_to_sign).hex().encode()


def canonical_request(
    request: RawRequest, signed_headers: Iterable[str], payload_hash: str
) -> bytes:
    """Returns the canonical request.

    Args:
        request: The request as it was received.
        signed_headers: The names, in the order in which they were declared.
        payload_hash: SHA-256 of the body in hexadecimal.
    """
    names = tuple(signed_headers)
    headers = "".join(f"{name}:{_canonical_value(request, name)}\n" for name in sorted(names))
    return "\n".join(
        (
            request.method,
            _canonical_path(request.raw_path),
            _canonical_query(request.query),
            headers,
            ";".join(names),
            payload_hash,
        )
    ).encode("latin-1")


def _canonical_path(raw_path: bytes) -> str:
    """Returns the normalised path, encoded once more than it came (every service but S3)."""
    segments: list[bytes] = []
    for segment in raw_path.split(b"/"):
        if segment == b"..":
            segments = segments[:-1]
        elif segment not in (b"", b"."):
            segments.append(segment)
    path = b"/" + b"/".join(segments)
    if segments and raw_path.endswith(b"/"):
        path += b"/"
    return quote_from_bytes(path, safe="/~")


def _canonical_query(query: bytes) -> str:
    pairs = []
    for pair in query.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            pairs.append((_encode(name), _encode(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encode(text: bytes) -> str:
    return quote_from_bytes(unquote_to_bytes(text), safe="~")


def _canonical_value(request: RawRequest, name: str) -> str:
    return ",".join(_SPACES.sub(" ", value.strip()) for value in request.header_values(name))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("latin-1"), "sha256")


def _read_parts(text: str, header: str) -> dict[str, str]:
    parts = {}
    for item in text.split(","):
        key, equals, value = item.strip().partition("=")
        if not equals:
            raise _incomplete(
                f"'{key}' not a valid key=value pair (missing equal-sign) in Authorization header.",
                header,
            )
        parts[key] = value
    return parts


def _read_time(request: RawRequest) -> datetime | None:
    stamp = request.header("x-amz-date")
    try:
        if stamp is not None:
            return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        date = request.header("date")
        return parsedate_to_datetime(date).astimezone(UTC) if date else None
    except ValueError:
        return None


def _incomplete(complaint: str, header: str) -> AuthenticationFault:
    digest = base64.b64encode(hashlib.sha256(header.encode()).digest()).decode()
    return AuthenticationFault(
        FaultKind.INCOMPLETE,
        f"{complaint} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}",
    )
