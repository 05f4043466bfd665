"""Reads AppSync's replies: items, pages, and the paths of what could not be read."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from chalicelib.contract.model import Relation
from chalicelib.contract.scalars import check_string
from chalicelib.errors import BrokenReply, GatewayError, UnexpectedReply
from chalicelib.graphql.faults import document_error, endpoint_error, is_refusal, root_error
from chalicelib.graphql.messages import GraphQLFault, GraphQLResponse

Path = tuple[str | int, ...]
# Source: graphql-java, as AppSync answers.
_NEVER_NULL = "Cannot return null for non-nullable"


class Item(NamedTuple):
    """One item as AppSync returned it.

    Attributes:
        values: By field names; empty when a field that is never null could not be read.
        problems: The paths within the item to what could not be read.
        refused: The API's own rules refused all of that.
        text: The JSON of the values as account B wrote it; None where the reply was not cut.
    """

    values: Mapping[str, Any]
    problems: tuple[Path, ...] = ()
    refused: bool = False
    text: str | None = None


class Page(NamedTuple):
    """One upstream page of a list.

    Attributes:
        items: Each one's values in the reply's order; None where an item could not be read.
        problems: By the index of an item of which something could not be read, the paths within it.
        next_token: Where the list goes on; None at its end.
        refused: There are items, and the API's own rules refused every one.
        text: The JSON of all items, as account B wrote it, with commas between them; None where the
            reply is not to be cut so.
    """

    items: Sequence[Mapping[str, Any] | None]
    problems: Mapping[int, Sequence[Path]]
    next_token: str | None
    refused: bool = False
    text: str | None = None


class Result(NamedTuple):
    """What an endpoint returned.

    Attributes:
        value: As AppSync returned it.
        problems: The paths within the value to what could not be read; an empty one for the whole.
    """

    value: Any
    problems: tuple[Path, ...] = ()


class Branch(NamedTuple):
    """An item, and what a relation of it leads to.

    Attributes:
        parent: The item; None where there is none.
        value: The related item or page; None where there is none.
    """

    parent: Item | None
    value: Item | Page | None


def read_item(response: GraphQLResponse, key: str) -> Item | None:
    """Returns the item under the response key; None where AppSync says there is none.

    Raises:
        ConditionCheckFailed: A condition or an existence check failed.
        UpstreamError: Any other error of the root field or of the whole document.
        UpstreamThrottled: The store behind AppSync is throttling.
        ContentTooLarge: The item is over DynamoDB's limit.
        BrokenReply: Neither an item nor null nor an error is there.
    """
    if not response.errors and response.data:
        held = response.data.get(key)
        if type(held) is dict:  # as most replies are
            return Item(held, (), False, response.texts.get(key))
    value, nested = _root(response, key)
    if value is None:
        # An error below the root field means that its resolver ran: there is an item.
        return Item({}, _paths(nested, 1), _are_refusals(nested)) if nested else None
    if not isinstance(value, dict):
        raise BrokenReply(f"{key} is not an object")
    return Item(value, _paths(nested, 1), text=response.texts.get(key))


def read_page(response: GraphQLResponse, key: str) -> Page:
    """Returns the page under the response key.

    Raises:
        UpstreamError: An error of the root field or of the whole document.
        UpstreamThrottled: The store behind AppSync is throttling.
        BrokenReply: No connection is there.
    """
    value, nested = _root(response, key)
    if value is None and nested:
        raise UnexpectedReply(f"{key} could not be read")
    text = (response if response.texts else response.cut()).texts.get(key)
    return _page(value, nested, key, 1)._replace(text=text and _items_text(text, value))


def read_related(response: GraphQLResponse, key: str, relation: Relation) -> Branch:
    """Returns the item under the response key, with what a relation of it leads to.

    Raises:
        UpstreamError: An error of the root field, of the relation or of the whole document.
        UpstreamThrottled: The store behind AppSync is throttling.
        BrokenReply: What comes back is no item, or no page where the relation leads to pages.
    """
    value, nested = _root(response, key)
    place = (key, relation.name)
    for fault in nested:
        # A null that may not be one is a relation that leads nowhere: nothing is wrong with it.
        if fault.path == place and not fault.message.startswith(_NEVER_NULL):
            raise root_error(fault)
    if value is None:
        below = [fault for fault in nested if fault.path[:2] == place]
        parent = Item({}, _paths(nested, 1)) if nested else None
        return Branch(parent, Item({}, _paths(below, 2)) if _paths(below, 2) else None)
    if not isinstance(value, dict):
        raise BrokenReply(f"{key} is not an object")
    parent = Item(value, _paths(nested, 1))
    held = value.get(relation.name)
    within = [fault for fault in nested if fault.path[:2] == place]
    if relation.many:
        return Branch(parent, _page(held, within, relation.name, 2))
    if held is None:
        return Branch(parent, Item({}, _paths(within, 2)) if _paths(within, 2) else None)
    if not isinstance(held, dict):
        raise BrokenReply(f"{relation.name} is not an object")
    return Branch(parent, Item(held, _paths(within, 2)))


def _page(value: Any, nested: Sequence[GraphQLFault], key: str, depth: int) -> Page:
    """Returns the page that a field of this name holds, at the end of a path of `depth` steps."""
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        raise BrokenReply(f"{key} is not a connection")
    by_index: dict[int, list[GraphQLFault]] = {}
    for fault in nested:
        match fault.path[depth : depth + 2]:
            case ("items", int(index)):
                by_index.setdefault(index, []).append(fault)
    items = [entry if isinstance(entry, dict) else None for entry in value["items"]]
    problems = {
        index: _paths(by_index[index], depth + 2)
        for index in (range(len(items)) if by_index else ())
        if index in by_index
    }
    # Where no item is there, what was refused of one is refused of the next ones too.
    refused = bool(items) and items.count(None) == len(items) and _are_refusals(nested)
    return Page(items, problems, _token(value.get("nextToken")), refused)


def _items_text(text: str, page: Mapping[str, Any]) -> str | None:
    """Returns the JSON of a page's items as it stands in the page's; None where it does not so.

    The page holds nothing else, each name once, so what it begins and ends with tells where the
    items stand: the last bracket closes the first one.
    """
    head, tail = '{"items":[', f'],"nextToken":{json.dumps(page.get("nextToken"))}}}'
    alone = page.keys() == {"items", "nextToken"}
    if alone and text.startswith(head) and text.endswith(tail):
        return text[len(head) : -len(tail)]
    return None


def read_result(response: GraphQLResponse, key: str, *, mutation: bool) -> Result:
    """Returns the result of the endpoint under the response key.

    Args:
        response: The reply.
        key: The response key.
        mutation: The endpoint is one, so that what proves nothing leaves its outcome unknown.

    Raises:
        GatewayError: As `endpoint_error` and `document_error` tell.
    """
    value, faults = _root(response, key, partial(endpoint_error, mutation=mutation))
    return Result(value, tuple(dict.fromkeys(fault.path[1:] for fault in faults)))


def _root(
    response: GraphQLResponse,
    key: str,
    error_of: Callable[[GraphQLFault], GatewayError] = root_error,
) -> tuple[Any, tuple[GraphQLFault, ...]]:
    """Returns the root field's value and the errors below it.

    Source: AppSync developer guide, `util.appendError`: an error that stands beside a value.
    """
    faults = response.under(key) if response.errors else ()
    data = response.data or {}
    value = data.get(key)
    if value is not None:
        return value, faults
    for fault in faults:
        if len(fault.path) == 1:
            raise error_of(fault)
    if not faults:
        for fault in response.errors:
            if not fault.path:
                raise document_error(fault, executed=response.data is not None)
        if key not in data:
            raise BrokenReply(f"{key} is missing")
    return None, faults


def _are_refusals(faults: Sequence[GraphQLFault]) -> bool:
    return all(is_refusal(fault) for fault in faults)


def _token(value: Any) -> str | None:
    try:
        return None if value is None else check_string(value)
    except ValueError as error:
        raise BrokenReply("nextToken is not text") from error


def _paths(faults: Sequence[GraphQLFault], depth: int) -> tuple[Path, ...]:
    """Returns the paths below the one of `depth` steps, each once."""
    if not faults:
        return ()
    return tuple(dict.fromkeys(fault.path[depth:] for fault in faults if len(fault.path) > depth))
