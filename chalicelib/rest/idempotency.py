"""Idempotency without storage: the key makes the id, and create's own existence check the rest.

Source: draft-ietf-httpapi-idempotency-key-header; RFC 9562, section 5.5 (UUIDv5).
"""

import re
import uuid

from chalicelib.errors import InvalidRequest, Violation

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:appsync-rest:idempotency")
# A bare key or a quoted one (the draft's structured string), both of visible ASCII.
_KEY = r'([\x21\x23-\x7e]{1,255})|"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"'


def parse_idempotency_key(value: str) -> str:
    """Returns the key that the header holds.

    Raises:
        InvalidRequest: It is empty, over 255 characters, or not of visible ASCII.
    """
    match = re.fullmatch(_KEY, value.strip())
    if match is None:
        detail = "is not 1 to 255 characters of visible ASCII, bare or quoted"
        raise InvalidRequest([Violation("header", "idempotency-key", detail)])
    return match.group(1) or match.group(2)


def idempotent_id(caller: str, key: str) -> str:
    """Returns the id that this caller's key stands for."""
    return str(uuid.uuid5(uuid.uuid5(_NAMESPACE, caller), key))
