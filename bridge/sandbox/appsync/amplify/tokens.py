"""The opaque nextToken: a place in a table that only its own field accepts."""

import base64
import binascii
import hmac

from bridge.sandbox.appsync.messages import ResolverError

_SEAL_BYTES = 16


def seal(secret: bytes, field: str, place: bytes) -> str:
    """Returns the token that stands for a place in the results of this field."""
    return base64.b64encode(_signature(secret, field, place) + place).decode()


def unseal(secret: bytes, field: str, token: str) -> bytes:
    """Returns the place that this token stands for.

    Raises:
        ResolverError: `seal` did not make it for this field.
    """
    try:
        raw = base64.b64decode(token, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    signature, place = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if not place or not hmac.compare_digest(signature, _signature(secret, field, place)):
        raise ResolverError(
            "DynamoDB:UserIllegalArgumentException",
            "com.amazonaws.deepdish.common.pagination.InvalidPaginationTokenException:"
            " Invalid pagination token given.",
        )
    return place


def _signature(secret: bytes, field: str, place: bytes) -> bytes:
    return hmac.digest(secret, field.encode() + b"\0" + place, "sha256")[:_SEAL_BYTES]
