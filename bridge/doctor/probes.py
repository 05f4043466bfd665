"""Harmless probes: each field that the REST API needs, asked so that nothing can be written.

A read asks for an id that no item has. A write carries a condition that no item can meet: one
field that is equal to a value and not equal to it. The API's own answer to that,
ConditionalCheckFailed, comes after both walls, so it proves the right and leaves nothing behind.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.aws.signed_post import HttpReply
from chalicelib.contract.model import Contract, Field, Presence, Resource
from chalicelib.errors import GatewayError
from chalicelib.graphql.documents import ID, Root, selection, single
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse

KINDS = ("get", "list", "create", "update", "delete")
# A value of each type, to fill in what an input requires. None of it is ever written.
_VALUES: Mapping[str, Any] = {
    "Int": 0,
    "Float": 0.0,
    "Boolean": False,
    "AWSDate": "1970-01-01",
    "AWSTime": "00:00:00Z",
    "AWSDateTime": "1970-01-01T00:00:00Z",
    "AWSTimestamp": 0,
    "AWSEmail": "nobody@example.com",
    "AWSJSON": "{}",
    "AWSURL": "https://example.com/",
    "AWSPhone": "+1 206 555 0100",
    "AWSIPAddress": "192.0.2.1",
}
# Fields of these types are compared as another type by Amplify's filter inputs.
_COMPARED = {"Int": 0, "AWSTimestamp": 0, "Float": 0.0, "Boolean": False}


class Outcome(StrEnum):
    """What became of a probe."""

    PROVEN = "proven"  # the field answered: both walls let the role through
    DENIED = "denied"  # the identity policy: the request was refused as a whole
    UNAUTHORIZED = "unauthorized"  # wall 2: the resolver refused
    NESTED = "nested"  # wall 2, on a field of the result
    REFUSED = "refused"  # the document or its variables: the schema is another one
    NOT_HELD = "not held"  # the condition that cannot hold did
    FAILED = "failed"  # anything else
    UNASKED = "unasked"  # it cannot be asked without the danger of a write


@dataclass(frozen=True)
class Probe:
    """One field with the request that asks for it; None where no harmless one exists."""

    parent: str
    field: str
    request: GraphQLRequest | None


@dataclass(frozen=True)
class Answer:
    """What became of one probe.

    Attributes:
        parent: Query or Mutation.
        field: The root field.
        outcome: What it means.
        status: The HTTP status; None where no reply came.
        error_type: AppSync's errorType, if it named one.
        message: The API's own words, or ours where it had none.
        path: Where in the result it went wrong; empty where that is not said.
    """

    parent: str
    field: str
    outcome: Outcome
    status: int | None = None
    error_type: str = ""
    message: str = ""
    path: tuple[str | int, ...] = ()

    @property
    def name(self) -> str:
        """Returns the field with its type, as policies name it."""
        return f"{self.parent}.{self.field}"

    @property
    def said(self) -> str:
        """Returns the reply's own words in a line."""
        status = "" if self.status is None else f"{self.status} "
        return f"{status}{self.error_type} {self.message}".strip()


def probes_for(contract: Contract, nobody: str) -> Iterator[Probe]:
    """Yields a probe for each field that the REST API can reach.

    Args:
        contract: Of the REST API.
        nobody: An id that no item has.
    """
    for resource in contract.resources:
        for kind in KINDS:
            operation = getattr(resource, kind)
            if operation is None:
                continue
            parent = "Query" if kind in ("get", "list") else "Mutation"
            yield Probe(parent, operation.field, _request(resource, kind, nobody))


def _request(resource: Resource, kind: str, nobody: str) -> GraphQLRequest | None:
    fields = selection(resource)
    if kind == "get":
        return GraphQLRequest(single(Root(resource, kind, fields)), {ID: nobody})
    if kind == "list":
        variables: dict[str, Any] = {"limit": 1}
        if resource.list is not None and resource.list.filter_type:
            variables["filter"] = {ID: {"eq": nobody}}
        return GraphQLRequest(single(Root(resource, kind, fields)), variables)
    condition = _impossible(resource)
    operation = getattr(resource, kind)
    if condition is None or operation.condition_type is None:
        return None
    root = Root(resource, kind, (ID,) if kind == "delete" else fields, conditional=True)
    given = {} if kind == "delete" else _required(resource, kind)
    return GraphQLRequest(single(root), {"input": {**given, ID: nobody}, "condition": condition})


def _impossible(resource: Resource) -> Mapping[str, Any] | None:
    """Returns a condition that no item meets, or None where the API's conditions know no such."""
    for field in resource.fields:
        known = {"eq", "ne"} <= set(field.operators)
        if field.name != ID and known and not field.is_list and not field.read_only:
            value = field.enum[0] if field.enum else _COMPARED.get(field.type, "doctor")
            return {"and": [{field.name: {"eq": value}}, {field.name: {"ne": value}}]}
    return None


def _required(resource: Resource, kind: str) -> dict[str, Any]:
    return {
        field.name: _value(field)
        for field in resource.fields
        if getattr(field, f"in_{kind}") is Presence.REQUIRED
    }


def _value(field: Field) -> Any:
    if field.is_list:
        return []
    return field.enum[0] if field.enum else _VALUES.get(field.type, "doctor")


def read_answer(
    probe: Probe, result: GraphQLResponse | GatewayError, reply: HttpReply | None
) -> Answer:
    """Returns what a probe's result means.

    Args:
        probe: What was asked.
        result: What the gateway's transport made of the reply.
        reply: The reply itself, whose words the transport does not keep.
    """
    status = reply.status if reply else None
    if isinstance(result, GraphQLResponse):
        outcome, fault = _outcome(probe, result)
        words = (fault.error_type, fault.message, fault.path) if fault else ("", "", ())
        return Answer(probe.parent, probe.field, outcome, status, *words)
    error_type, message = said(reply)
    outcome = Outcome.FAILED
    if (error_type, message) == ("UnauthorizedException", "Permission denied"):
        outcome = Outcome.DENIED
    elif error_type == "MalformedHttpRequestException":
        outcome = Outcome.REFUSED
    return Answer(probe.parent, probe.field, outcome, status, error_type, message or str(result))


def said(reply: HttpReply | None) -> tuple[str, str]:
    """Returns the errorType and the message of a reply that is no GraphQL response."""
    if reply is None:
        return "", ""
    header = reply.headers.get("x-amzn-ErrorType", "").split(":")[0]
    try:
        document = json.loads(reply.body)
        first = document["errors"][0] if "errors" in document else document
        return str(first.get("errorType") or header), str(first.get("message") or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return header, ""


def _outcome(probe: Probe, response: GraphQLResponse) -> tuple[Outcome, GraphQLFault | None]:
    for fault in response.errors:
        if not fault.path:
            return Outcome.REFUSED, fault
    for fault in response.errors:
        root = len(fault.path) == 1
        if fault.error_type in ("Unauthorized", "UnauthorizedException"):
            return Outcome.UNAUTHORIZED if root else Outcome.NESTED, fault
        if fault.error_type == "DynamoDB:ConditionalCheckFailedException":
            return Outcome.PROVEN, fault
        return Outcome.FAILED, fault
    if probe.parent == "Mutation" and (response.data or {}).get(probe.field) is not None:
        return Outcome.NOT_HELD, None
    return Outcome.PROVEN, None
