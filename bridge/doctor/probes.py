"""Harmless probes: each field that the REST API needs, asked so that nothing can be written.

A read asks for an id that no item has. A write carries a condition that no item can meet: one
field that is equal to a value and not equal to it. The API's own answer to that,
ConditionalCheckFailed, comes after both walls, so it proves the right and leaves nothing behind.
Of an endpoint a query is asked with values that mean nothing, and whatever its resolver makes of
them proves the right; for a mutation no harmless request exists.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.samples import sample
from chalicelib.aws.http_reply import HttpReply
from chalicelib.contract.model import AccessPath, Contract, Endpoint, Resource, RootField, Write
from chalicelib.contract.types import Types, type_ref
from chalicelib.errors import GatewayError
from chalicelib.graphql.documents import Root, single
from chalicelib.graphql.messages import GraphQLFault, GraphQLRequest, GraphQLResponse
from chalicelib.graphql.selections import item_selection, key_selection

# The text where any will do; none of it is ever written.
_NOBODY = "doctor"
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
    """One field with the request that asks for it; None where no harmless one exists.

    Attributes:
        parent: Query or Mutation.
        field: The root field.
        mutation: It is one.
        request: What asks for it.
        endpoint: It belongs to no resource.
    """

    parent: str
    field: str
    mutation: bool
    request: GraphQLRequest | None
    endpoint: bool = False


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


def probes_for(contract: Contract) -> Iterator[Probe]:
    """Yields a probe for each root field that the REST API can reach."""
    for resource in contract.resources:
        nobody = resource.key.nobody(resource.types) if resource.key else {}
        if resource.get is not None:
            root = Root(resource.get, tuple(resource.get.arguments), item_selection(resource))
            yield _probe(resource.get, GraphQLRequest(single(root), nobody))
        if resource.list is not None:
            yield _probe(resource.list, _list_request(resource, resource.list, nobody))
        for path in resource.indexes:
            yield _probe(path, _index_request(resource, path))
        for write in (resource.create, resource.update, resource.delete):
            if write is not None:
                yield _probe(write, _write_request(resource, write, nobody))

    for endpoint in contract.endpoints.values():
        request = None if endpoint.mutation else _endpoint_request(contract.types, endpoint)
        yield Probe(endpoint.parent, endpoint.name, endpoint.mutation, request, endpoint=True)


def _endpoint_request(types: Types, endpoint: Endpoint) -> GraphQLRequest:
    refs = {name: type_ref(text) for name, text in endpoint.arguments.items()}
    given = {name: sample(types, ref, _NOBODY) for name, ref in refs.items() if ref.required}
    name = type_ref(endpoint.type).name
    composite = name in types.objects or name in types.abstract
    root = Root(endpoint, tuple(given), "{ __typename }" if composite else "")
    return GraphQLRequest(single(root), given)


def _probe(field: RootField, request: GraphQLRequest | None) -> Probe:
    return Probe(field.parent, field.name, field.mutation, request)


def _list_request(
    resource: Resource, path: AccessPath, nobody: Mapping[str, Any]
) -> GraphQLRequest:
    variables: dict[str, Any] = {"limit": 1} if "limit" in path.arguments else {}
    known = resource.types.filters.get(path.filter or "", {})
    first = next((name for name in nobody if name in known), None)
    if first is not None:
        variables["filter"] = {first: {"eq": nobody[first]}}
    selection = f"{{ items {item_selection(resource)} nextToken }}"
    return GraphQLRequest(single(Root(path, tuple(variables), selection)), variables)


def _index_request(resource: Resource, path: AccessPath) -> GraphQLRequest:
    given: dict[str, Any] = {"limit": 1} if "limit" in path.arguments else {}
    if path.partition is not None:
        kind = type_ref(path.arguments[path.partition])
        given[path.partition] = sample(resource.types, kind, _NOBODY)
    selection = f"{{ items {item_selection(resource)} nextToken }}"
    return GraphQLRequest(single(Root(path, tuple(given), selection)), given)


def _write_request(
    resource: Resource, write: Write, nobody: Mapping[str, Any]
) -> GraphQLRequest | None:
    condition = impossible(resource)
    if condition is None or not write.takes_condition:
        return None
    given = {
        name: sample(resource.types, type_ref(write.takes[name]), _NOBODY)
        for name in write.requires
    }
    given.update((name, value) for name, value in nobody.items() if name in write.takes)
    selection = key_selection(resource) if write is resource.delete else item_selection(resource)
    root = Root(write, ("input", "condition"), selection)
    return GraphQLRequest(single(root), {"input": given, "condition": condition})


def impossible(resource: Resource) -> Mapping[str, Any] | None:
    """Returns a condition that no item meets, or None where the API's conditions know no such.

    A condition has the members of the filter, less the key's.
    """
    known = resource.types.filters.get((resource.list and resource.list.filter) or "", {})
    keys = resource.key.names if resource.key else ()
    for name, text in resource.members.items():
        operators = resource.types.operators.get(known.get(name, ""), ())
        ref = type_ref(text)
        plain = name not in keys and ref.item is None and name in resource.writable
        if plain and {"eq", "ne"} <= set(operators):
            enum = resource.types.enums.get(ref.name)
            value = enum[0] if enum else _COMPARED.get(ref.name, _NOBODY)
            return {"and": [{name: {"eq": value}}, {name: {"ne": value}}]}
    return None


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
    header = reply.headers.get("x-amzn-errortype", "").split(":")[0]
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
        return Outcome.PROVEN if probe.endpoint else Outcome.FAILED, fault
    if probe.mutation and (response.data or {}).get(probe.field) is not None:
        return Outcome.NOT_HELD, None
    return Outcome.PROVEN, None
