"""GET and HEAD of one item."""

from chalicelib.contract.model import Resource
from chalicelib.errors import (
    PreconditionFailed,
    PreconditionUnsupported,
    ResourceNotFound,
    UnreadableItem,
)
from chalicelib.gateway.steps import Call, Steps
from chalicelib.graphql.documents import ID, Root, whole
from chalicelib.rest.conditional import entity_tag, parse_entity_tags
from chalicelib.rest.messages import RestRequest, RestResponse, json_response
from chalicelib.translation.query import read_item_query
from chalicelib.translation.replies import Item, representation

CACHE_CONTROL = "private, no-cache"
NO_ETAGS = "This resource has no ETags, so If-Match cannot be held."


def read(resource: Resource, item_id: str, request: RestRequest) -> Steps:
    """Answers with the item, or 304 where the client holds it."""
    query = read_item_query(resource, request)
    if "if-match" in request.headers and not resource.conditional:
        raise PreconditionUnsupported(NO_ETAGS)
    tags = {
        name: parse_entity_tags(name, request.headers[name])
        for name in ("if-match", "if-none-match")
        if resource.conditional and name in request.headers
    }
    outcome = yield get_call(resource, item_id, query.selection)
    item = outcome.item
    if item is None:
        raise ResourceNotFound(f"There is no {resource.name} with this id.")
    if not item.values:
        raise UnreadableItem(f"{resource.name}: {', '.join(item.problems)}")
    if "if-match" in tags and not tags["if-match"].match_strongly(item.updated_at):
        raise PreconditionFailed("The item has another ETag.")
    headers = {**validator_headers(resource, item), "Cache-Control": CACHE_CONTROL}
    if "if-none-match" in tags and tags["if-none-match"].match_weakly(item.updated_at):
        return RestResponse(304, headers)
    return json_response(200, representation(resource, item, query.fields), headers)


def get_call(resource: Resource, item_id: str, fields: tuple[str, ...] | None = None) -> Call:
    """Returns the call that reads one item; all fields where none are given."""
    root = Root(resource, "get", fields) if fields else whole(resource, "get")
    return Call(root, {ID: item_id})


def validator_headers(resource: Resource, item: Item) -> dict[str, str]:
    """Returns the ETag header, where the item has one."""
    updated_at = item.updated_at
    if not resource.conditional or updated_at is None:
        return {}
    return {"ETag": entity_tag(updated_at)}
