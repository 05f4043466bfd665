"""The opaque cursor of a list.

It holds the upstream token of the page being read, short hashes of the keys already given from
that page (an offset would skip items when a given one is deleted), and a hash of the filter it
belongs to. It is not signed: the upstream token is, by AppSync, and nothing else in it is trusted.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.contract.key import KeyValues
from chalicelib.contract.scalars import check_string

# 8 bytes: among the at most a few hundred items of a page, a collision is less likely than 1e-14.
HASH_BYTES = 8
# Source: API Gateway, "Quotas": 10,240 bytes of request line and headers together.
USUAL_CURSOR_CHARACTERS = 8192
# Of one whose token is so long that the usual length is not kept.
MAX_CURSOR_CHARACTERS = 16_384
_FRAME_BYTES = 64  # what a cursor holds beside its token and hashes, at most
# Made once: json.dumps makes an encoder at every call that is not of its defaults.
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_ENCODE_SORTED = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
# DynamoDB resolvers' own maximum.
MAX_UPSTREAM_LIMIT = 1000


class Cursor(NamedTuple):
    """Where a list goes on.

    Attributes:
        token: The upstream nextToken of the page being read; None for the first page.
        upstream_limit: The limit that page was read with: the page ends where it ended then.
        given: Hashes of the keys already given from that page, oldest first.
    """

    token: str | None = None
    upstream_limit: int | None = None
    given: tuple[bytes, ...] = ()


def key_hash(key: KeyValues) -> bytes:
    """Returns the short hash that stands for an item's key in a cursor."""
    text = "\0".join(map(str, key))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()


def room_for_hashes(token: str | None) -> int:
    """Returns how many hashes a cursor of the usual length holds beside a token."""
    # Four characters hold three bytes: of the text, and of the hashes within it.
    held = USUAL_CURSOR_CHARACTERS * 3 // 4 - len(json.dumps(token)) - _FRAME_BYTES
    return max(0, held * 3 // 4 // HASH_BYTES)


def filter_hash(path: str, graphql_filter: Mapping[str, Any] | None) -> str:
    """Returns the hash that binds a cursor to its resource and filter."""
    text = _ENCODE_SORTED([path, graphql_filter])
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def encode_cursor(cursor: Cursor, bound_to: str) -> str:
    """Returns the cursor's opaque text."""
    given = base64.b64encode(b"".join(cursor.given)).decode()
    text = _ENCODE([bound_to, cursor.token, cursor.upstream_limit, given])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str, bound_to: str) -> Cursor:
    """Returns the cursor that `text` holds.

    Raises:
        ValueError: It is no cursor of ours, or one of another list.
    """
    try:
        if len(text) > MAX_CURSOR_CHARACTERS:
            raise ValueError("too long")  # noqa: TRY301 - one message for every malformed cursor
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        bound, token, limit, packed = json.loads(base64.b64decode(padded, b"-_", validate=True))
        given = base64.b64decode(packed, validate=True)
        if token is not None:
            check_string(token)
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise ValueError("is not a cursor of this API") from error
    if not (
        isinstance(bound, str)
        and (limit is None or (type(limit) is int and 1 <= limit <= MAX_UPSTREAM_LIMIT))
        and len(given) % HASH_BYTES == 0
    ):
        raise ValueError("is not a cursor of this API")
    if bound != bound_to:
        raise ValueError("belongs to a list with another filter")
    hashes = tuple(given[start : start + HASH_BYTES] for start in range(0, len(given), HASH_BYTES))
    return Cursor(token, limit, hashes)
