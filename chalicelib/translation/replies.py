"""Reads AppSync's replies: items, pages, and errors by their errorType."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.contract.model import Resource
from chalicelib.errors import (
    BrokenReply,
    ConditionCheckFailed,
    ContentTooLarge,
    ExpressionTooLarge,
    FieldUnauthorized,
    GatewayError,
    GraphQLRequestRefused,
    IndexValueRefused,
    PaginationTokenRefused,
    UnexpectedReply,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
    VariableRefused,
)
from chalicelib.graphql.documents import ID, UPDATED_AT
from chalicelib.graphql.messages import GraphQLFault, GraphQLResponse
from chalicelib.translation.body import creatable, never_null
from chalicelib.translation.values import check_id, check_string

CREATED_AT = "createdAt"
_UNREADABLE = "could not be read"
# After a 500 of DynamoDB's, and so of what stands before it, a write may have been done.
# Source: Amazon DynamoDB developer guide, "Error handling with DynamoDB".
_SERVER_FAULT = "InternalFailure|InternalServerError|ServiceUnavailable"
_INVALID_VALUE = r"Variable '(\w+)' has an invalid value"


@dataclass(frozen=True, slots=True)
class Item:
    """One item as AppSync returned it.

    Attributes:
        values: By field names; empty when a field that is never null could not be read.
        problems: The fields that could not be read.
    """

    values: Mapping[str, Any]
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> str | None:
        """Its id; None where that could not be read, or is none."""
        try:
            return check_id(self.values.get(ID))
        except ValueError:
            return None

    @property
    def updated_at(self) -> str | None:
        """When it was last written, as AppSync writes it; None where that is not known."""
        value = self.values.get(UPDATED_AT)
        return value if isinstance(value, str) and _can_be_tag(value) else None


@dataclass(frozen=True, slots=True)
class Page:
    """One upstream page of a list.

    Attributes:
        items: In the reply's order; None stands where an item could not be read.
        problems: For each None its index and the field that could not be read.
        next_token: Where the list goes on; None at its end.
    """

    items: Sequence[Item | None]
    problems: Mapping[int, str]
    next_token: str | None


def read_item(response: GraphQLResponse, key: str) -> Item | None:
    """Returns the item under the response key; None where AppSync says there is none.

    Raises:
        ConditionCheckFailed: A condition or an existence check failed.
        UpstreamError: Any other error of the root field or of the whole document.
        UpstreamThrottled: The store behind AppSync is throttling.
        ContentTooLarge: The item is over DynamoDB's limit.
        BrokenReply: Neither an item nor null nor an error is there.
    """
    value, nested = _root(response, key)
    if value is None:
        # An error below the root field means that its resolver ran: there is an item.
        return Item({}, _names(nested)) if nested else None
    if not isinstance(value, dict):
        raise BrokenReply(f"{key} is not an object")
    return Item(value, _names(nested))


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
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        raise BrokenReply(f"{key} is not a connection")
    by_index: dict[int, list[GraphQLFault]] = {}
    for fault in nested:
        match fault.path[1:3]:
            case ("items", int(index)):
                by_index.setdefault(index, []).append(fault)
    items: list[Item | None] = []
    problems: dict[int, str] = {}
    for index, entry in enumerate(value["items"]):
        names = _names(by_index.get(index, ()), depth=3)
        if isinstance(entry, dict) and isinstance(entry.get(ID), str):
            items.append(Item(entry, names))
        else:
            items.append(None)
            problems[index] = names[0] if names else ID
    return Page(items, problems, _token(value.get("nextToken")))


def representation(
    resource: Resource, item: Item, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """Returns the item's JSON object, with `problems` where a field could not be read.

    Args:
        resource: Whose item.
        item: As AppSync returned it.
        fields: The names that the client asked for; None for all.
    """
    names = resource.by_name if fields is None else fields
    result = {name: item.values[name] for name in names if name in item.values}
    if item.problems:
        result["problems"] = [
            {"pointer": f"/{name}", "detail": _UNREADABLE} for name in item.problems
        ]
    return result


def list_problem(position: int, field: str) -> dict[str, Any]:
    """Returns the entry that names an item which a list had to leave out.

    Args:
        position: How many items stand before it in this reply, left out or not.
        field: The field that could not be read.
    """
    return {"position": position, "field": field, "detail": _UNREADABLE}


def same_values(resource: Resource, item: Item, asked: Mapping[str, Any]) -> bool:
    """Whether the item holds just what was asked: instants and JSON compared by their meaning."""
    return all(
        _same(resource.by_name[name].type, item.values.get(name), value)
        for name, value in asked.items()
    )


def same_creation(resource: Resource, item: Item, created: Mapping[str, Any]) -> bool:
    """Whether the item is as this create input made it: what that left out is null."""
    left_out = {name: None for name, field in creatable(resource).items() if not never_null(field)}
    return unmodified(item) and same_values(resource, item, {**left_out, **created})


def is_whole(resource: Resource, item: Item) -> bool:
    """Whether all fields of the item could be read, so that it can be told from another one."""
    return not item.problems and item.values.keys() >= resource.by_name.keys()


def unmodified(item: Item) -> bool:
    """Whether the item is as it was created; an item without timestamps counts as such."""
    return item.values.get(CREATED_AT) == item.values.get(UPDATED_AT)


def _same(graphql_type: str, held: Any, asked: Any) -> bool:
    if held == asked:
        return True
    if isinstance(held, list) and isinstance(asked, list):
        return len(held) == len(asked) and all(map(partial(_same, graphql_type), held, asked))
    read = _READ.get(graphql_type)
    try:
        return read is not None and read(held) == read(asked)
    except (TypeError, ValueError, RecursionError):
        return False


def _json(text: str) -> str:
    # AppSync gives JSON back without its white space; a number may lose its form as well.
    return json.dumps(json.loads(text, parse_int=float), sort_keys=True)


# How values are read whose text does not tell whether they are the same. A datetime holds
# microseconds; what is beyond them is compared as text before.
_READ: Mapping[str, Callable[[str], object]] = {
    "AWSDateTime": datetime.fromisoformat,
    "AWSJSON": _json,
}


def _root(response: GraphQLResponse, key: str) -> tuple[Any, tuple[GraphQLFault, ...]]:
    """Returns the root field's value and the errors below it.

    Source: AppSync developer guide, `util.appendError`: an error that stands beside a value.
    """
    faults = response.under(key)
    data = response.data or {}
    value = data.get(key)
    if value is not None:
        return value, faults
    for fault in faults:
        if len(fault.path) == 1:
            raise _root_error(fault)
    if not faults:
        for fault in response.errors:
            if not fault.path:
                raise _document_error(fault, executed=response.data is not None)
        if key not in data:
            raise BrokenReply(f"{key} is missing")
    return None, faults


def _token(value: Any) -> str | None:
    try:
        return None if value is None else check_string(value)
    except ValueError as error:
        raise BrokenReply("nextToken is not text") from error


def _document_error(fault: GraphQLFault, *, executed: bool) -> GatewayError:
    """Returns the error that an entry of no field means.

    Args:
        fault: The entry.
        executed: There is `data`, so the document was not refused: a mutation may be done.
            Source: GraphQL specification, section 7.1, "Response format".
    """
    if "Timeout" in fault.error_type:
        return UpstreamTimeout("AppSync", fault.error_type, sent=True)
    if executed:
        return BrokenReply(f"an error of no field: {fault.error_type}")
    refused = re.match(_INVALID_VALUE, fault.message)
    if refused:
        return VariableRefused(refused.group(1))
    return GraphQLRequestRefused(f"AppSync refused the document: {fault.error_type}")


def _root_error(fault: GraphQLFault) -> GatewayError:
    kind = fault.error_type
    if kind == "DynamoDB:ConditionalCheckFailedException":
        return ConditionCheckFailed(kind)
    if kind == "DynamoDB:UserIllegalArgumentException":
        return PaginationTokenRefused(kind)
    if kind in {"Unauthorized", "UnauthorizedException"}:
        return FieldUnauthorized(f"{fault.path[0]}: {kind}")
    if "Throttl" in kind or "ThroughputExceeded" in kind or "RequestLimitExceeded" in kind:
        return UpstreamThrottled("AppSync", kind)
    if "Timeout" in kind:
        return UpstreamTimeout("AppSync", kind, sent=True)
    if re.search(_SERVER_FAULT, kind) or "Status Code: 5" in fault.message:
        return UpstreamUnreachable("AppSync", kind, sent=True)
    if kind.startswith("DynamoDB:"):
        return _store_error(fault)
    return UnexpectedReply(f"AppSync: {kind}")


def _store_error(fault: GraphQLFault) -> GatewayError:
    # DynamoDB gives no errorType of its own to values that it refuses, so its text must serve.
    if "Item size" in fault.message:
        return ContentTooLarge("The item is over the size that the store takes, 400 KB.")
    if "Expression size" in fault.message:
        return ExpressionTooLarge(fault.error_type)
    if re.match("One or more parameter values .*key", fault.message, re.IGNORECASE):
        named = re.search(r"Index ?Key:? (\S+)", fault.message)
        return IndexValueRefused(named and named.group(1))
    return UnexpectedReply(f"AppSync: {fault.error_type}")


def _can_be_tag(text: str) -> bool:
    """Whether an entity tag can hold the text, in any header."""
    return text.isascii() and text.isprintable() and not (" " in text or '"' in text or text == "")


def _names(faults: Sequence[GraphQLFault], depth: int = 1) -> tuple[str, ...]:
    if not faults:
        return ()
    return tuple(
        dict.fromkeys(str(fault.path[depth]) for fault in faults if len(fault.path) > depth)
    )
