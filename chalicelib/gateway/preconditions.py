"""If-Match and If-None-Match on writes, and the condition that holds an ETag.

If-Match is the mutation's own condition on the item's version: atomic, with no read before it.
"""

from typing import Any

from chalicelib.contract.model import Resource, Version
from chalicelib.errors import PreconditionUnsupported
from chalicelib.gateway.reads import NO_ETAGS
from chalicelib.rest.conditional import EntityTags, parse_entity_tags
from chalicelib.rest.messages import RestRequest
from chalicelib.translation.body import put_creates_only

IF_MATCH = "if-match"
IF_NONE_MATCH = "if-none-match"


def if_match(resource: Resource, request: RestRequest) -> EntityTags | None:
    """Returns the tags of If-Match; None where the request has none.

    Raises:
        PreconditionUnsupported: The resource has no ETags.
        InvalidRequest: The header is malformed.
    """
    header = request.headers.get(IF_MATCH)
    if header is None:
        return None
    if resource.version is None:
        raise PreconditionUnsupported(NO_ETAGS)
    return parse_entity_tags(IF_MATCH, header)


def only_create(resource: Resource, request: RestRequest) -> bool:
    """Whether a PUT's `If-None-Match: *` asks for a new item.

    Raises:
        PreconditionUnsupported: The header cannot be held.
    """
    header = request.headers.get(IF_NONE_MATCH)
    if header is None:
        return False
    if not parse_entity_tags(IF_NONE_MATCH, header).any:
        raise PreconditionUnsupported("On PUT, If-None-Match takes * only.")
    if IF_MATCH in request.headers:
        raise PreconditionUnsupported("If-Match and If-None-Match contradict each other here.")
    if not put_creates_only(resource):
        raise PreconditionUnsupported("PUT cannot create here, only replace.")
    return True


def refuse_if_none_match(request: RestRequest) -> None:
    """Refuses If-None-Match on a verb that does not know it.

    Raises:
        PreconditionUnsupported: It is there.
    """
    if IF_NONE_MATCH in request.headers:
        raise PreconditionUnsupported("If-None-Match is for GET, HEAD and PUT.")


def condition_of(version: Version | None, tags: EntityTags | None) -> dict[str, Any] | None:
    """Returns the condition under which an item has one of the tags; None for no condition."""
    if version is None or tags is None or tags.any:
        return None
    each = [{version.field: {"eq": tag}} for tag in tags.strong]
    return each[0] if len(each) == 1 else {"or": each}
