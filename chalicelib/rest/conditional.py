"""Entity tags and the headers that hold them.

An item's tag is its quoted version: `updatedAt`, whose resolution is 1 ms, or `_version`.

Source: RFC 9110, sections 8.8.3 and 13.1.
"""

import re
from typing import Any, NamedTuple

from chalicelib.errors import InvalidRequest, Violation

# One tag of a list and what parts it from the next; linear in the header's length.
_ENTITY_TAG = r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)'
# Less than RFC 9110 allows: what any header carries, whoever passes it on.
_OPAQUE = re.compile(r"[\x21\x23-\x7e]+")
MAX_TAGS = 50


class EntityTags(NamedTuple):
    """The value of If-Match or If-None-Match.

    Attributes:
        any: The value is `*`.
        strong: The opaque parts of the strong tags.
        weak: The opaque parts of the weak tags.
    """

    any: bool = False
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()

    def match_strongly(self, opaque: str | None) -> bool:
        """Whether an existing item with this tag passes If-Match."""
        return self.any or opaque in self.strong

    def match_weakly(self, opaque: str | None) -> bool:
        """Whether an existing item with this tag is one of If-None-Match."""
        return self.any or opaque in self.strong or opaque in self.weak


def opaque_tag(version: Any, *, counted: bool) -> str | None:
    """Returns the opaque part of the tag of an item with this version; None where none can be.

    Args:
        version: What the item holds.
        counted: It is a number that counts the writes, no text.
    """
    if counted:
        return str(version) if type(version) is int else None
    return version if isinstance(version, str) and _OPAQUE.fullmatch(version) else None


def entity_tag(opaque: str) -> str:
    """Returns the ETag header whose opaque part this is."""
    return f'"{opaque}"'


def parse_entity_tags(header: str, value: str) -> EntityTags:
    """Returns the tags in `value`, the value of the header named `header`.

    Raises:
        InvalidRequest: The value is neither `*` nor a list of at most `MAX_TAGS` entity tags.
    """
    if value.strip() == "*":
        return EntityTags(any=True)
    strong: list[str] = []
    weak: list[str] = []
    pattern = re.compile(_ENTITY_TAG)
    position = 0
    while position < len(value):
        match = pattern.match(value, position)
        if match is None or len(strong) + len(weak) == MAX_TAGS:
            break
        (weak if match.group(1) else strong).append(match.group(2))
        position = match.end()
    if position < len(value) or not (strong or weak):
        raise InvalidRequest(
            [Violation("header", header, f"is neither * nor a list of up to {MAX_TAGS} ETags")]
        )
    return EntityTags(strong=tuple(strong), weak=tuple(weak))
