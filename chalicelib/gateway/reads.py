"""GET and HEAD of one item, and the reads that writes start from."""

from collections.abc import Generator, Mapping
from functools import partial
from types import MappingProxyType

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource, RootField
from chalicelib.errors import (
    FieldUnauthorized,
    PreconditionFailed,
    PreconditionUnsupported,
    ResourceNotFound,
    UnreadableItem,
)
from chalicelib.gateway.calls import Call, Outcome, Steps, get_call
from chalicelib.gateway.embedding import read_embedding
from chalicelib.graphql.replies import Item
from chalicelib.graphql.selections import Chosen
from chalicelib.rest.conditional import EntityTags, entity_tag, opaque_tag, parse_entity_tags
from chalicelib.rest.messages import RestRequest, RestResponse, value_response
from chalicelib.translation.query import ItemQuery, read_item_query
from chalicelib.translation.representations import is_deleted as deleted
from chalicelib.translation.representations import representation

CACHE_CONTROL = "private, no-cache"
NO_ETAGS = "This resource has no ETags, so If-Match cannot be held."


def read(resource: Resource, get: RootField, request: RestRequest) -> Steps:
    """Answers with the item, or 304 where the client holds it."""
    key = resource.key_of(request.parameters)
    query = read_item_query(resource, request)
    held = held_tags(resource, request)
    item = yield from read_embedding(resource, query, partial(get_call, resource, get, key))
    if not isinstance(item, Item) or is_other(resource, item, key) or is_deleted(resource, item):
        raise missing(resource)
    return item_response(resource, item, query, held)


def held_tags(resource: Resource, request: RestRequest) -> Mapping[str, EntityTags]:
    """Returns the tags of the request's preconditions, by the headers' names.

    Raises:
        InvalidRequest: A header is malformed.
        PreconditionUnsupported: The resource has no ETags that If-Match could hold.
    """
    has_tags = resource.version is not None
    if "if-match" in request.headers and not has_tags:
        raise PreconditionUnsupported(NO_ETAGS)
    return {
        name: parse_entity_tags(name, request.headers[name])
        for name in ("if-match", "if-none-match")
        if has_tags and name in request.headers
    }


def item_response(
    resource: Resource,
    item: Item,
    query: ItemQuery,
    tags: Mapping[str, EntityTags],
    more: Mapping[str, str] = MappingProxyType({}),
) -> RestResponse:
    """Returns the item, or 304 where the client holds it.

    With related items in it a representation has no ETag: they change without the item.

    Args:
        resource: Whose item.
        item: As AppSync returned it.
        query: What of it is asked for.
        tags: The request's preconditions.
        more: Further headers.
    """
    if not item.values:
        unreadable = FieldUnauthorized if item.refused else UnreadableItem
        names = ", ".join(str(path[0]) for path in item.problems)
        raise unreadable(f"{resource.name}: {names}")
    tag = tag_of(resource, item)
    if "if-match" in tags and not tags["if-match"].match_strongly(tag):
        raise PreconditionFailed("The item has another ETag.")
    expanded = query.chosen is not None and bool(query.chosen.related)
    validators = {} if expanded else validator_headers(resource, item)
    headers = {**validators, **more, "Cache-Control": CACHE_CONTROL}
    if not expanded and "if-none-match" in tags and tags["if-none-match"].match_weakly(tag):
        return RestResponse(304, headers)
    return shown_response(200, resource, item, headers, query.chosen)


def shown_response(
    status: int,
    resource: Resource,
    item: Item,
    headers: Mapping[str, str],
    chosen: Chosen | None = None,
) -> RestResponse:
    """Returns the response with the item's representation.

    Args:
        status: Of the response.
        resource: Whose item.
        item: As AppSync returned it.
        headers: Of the response.
        chosen: What of the item is asked for; None for all members.
    """
    shown = representation(resource, item, chosen)
    return value_response(status, shown, headers, item.text if shown is item.values else None)


def current(resource: Resource, key: KeyValues) -> Generator[Call, Outcome, Item | None]:
    """Reads the item that a write starts from; None where there is none."""
    if resource.get is None:
        raise UnreadableItem(f"{resource.name} has no read that the write could start from")
    item = (yield get_call(resource, resource.get, key)).item
    return None if item is not None and is_other(resource, item, key) else item


def missing(resource: Resource) -> ResourceNotFound:
    """Returns the error for a key that names no item."""
    return ResourceNotFound(f"There is no {resource.name} with this {key_words(resource)}.")


def is_deleted(resource: Resource, item: Item) -> bool:
    """Whether the store keeps the item as a deleted one."""
    return deleted(resource, item.values)


def is_other(resource: Resource, item: Item, key: KeyValues) -> bool:
    """Whether the item has another key than was asked for.

    Two sort fields are one text in the store, so account B may take one key for another.
    """
    if not item.values or resource.key is None or len(resource.key.names) == 1:
        return False
    held = resource.key.of(item.values)
    return held is not None and held != key


def key_words(resource: Resource) -> str:
    """Returns what names an item, for a message: `id`, or `customerId and orderNo`."""
    return " and ".join(resource.key.names) if resource.key else "key"


def tag_of(resource: Resource, item: Item) -> str | None:
    """Returns the opaque part of the item's ETag; None where it has none."""
    if resource.version is None:
        return None
    held = item.values.get(resource.version.field)
    return opaque_tag(held, counted=resource.version.sent_as is not None)


def validator_headers(resource: Resource, item: Item) -> dict[str, str]:
    """Returns the ETag header, where the item has one."""
    tag = tag_of(resource, item)
    return {} if tag is None else {"ETag": entity_tag(tag)}
