"""Runs what a field does: the resolvers that Amplify's transformer generates for a schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bridge.sandbox.appsync.amplify.functions import Functions
from bridge.sandbox.appsync.amplify.keys import (
    Arguments,
    check_page_arguments,
    check_written,
    table_key,
)
from bridge.sandbox.appsync.amplify.models import (
    Function,
    Kind,
    Model,
    Operation,
    Relation,
    Unsupported,
)
from bridge.sandbox.appsync.amplify.pages import Connection, Pages
from bridge.sandbox.appsync.amplify.recognition import Meanings, Place
from bridge.sandbox.appsync.amplify.rules import ASSUMED, Role, may_call
from bridge.sandbox.appsync.amplify.versions import ConflictHandler
from bridge.sandbox.appsync.amplify.writes import Moment, Writes, is_expired
from bridge.sandbox.appsync.messages import ResolverError
from bridge.sandbox.dynamodb.store import Item, Store
from bridge.sandbox.dynamodb.values import check_key

_WRITES = {Kind.CREATE: "create", Kind.UPDATE: "update", Kind.DELETE: "delete"}
_READS = {Kind.GET: "get", Kind.LIST: "list", Kind.QUERY: "list", Kind.SYNC: "sync"}
# What marks an item as the result of a mutation, for the resolvers of its fields.
_MUTATION = "__operation"


@dataclass(frozen=True)
class Invocation:
    """One call of a resolver.

    Attributes:
        place: The field, as (type, name).
        source: The value of the object around it; None at the root.
        arguments: As the schema coerced them.
        role: What the caller is.
        event: What a Lambda function is told beside them.
    """

    place: Place
    source: Any
    arguments: Arguments
    role: Role
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Resolved:
    """A field's value, and how many items were read for it."""

    value: Any
    items_read: int = 0
    access: str = ""


class Resolvers:
    """The resolvers of one schema, on the tables of a store."""

    def __init__(
        self,
        meanings: Meanings,
        store: Store,
        clock: Callable[[], datetime],
        functions: Functions,
        handler: ConflictHandler,
    ) -> None:
        """Takes what they work on.

        Args:
            meanings: What the fields do.
            store: The tables.
            clock: Returns the time as aware UTC.
            functions: The stand-ins of Lambda functions.
            handler: What is done about conflicts of versions.
        """
        self._meanings = meanings
        self._store = store
        self._clock = clock
        self._writes = Writes(store, self._now, handler)
        self._pages = Pages(store, self._now)
        self._functions = functions

    def _now(self) -> Moment:
        return Moment(int(self._clock().timestamp() * 1000))

    def run(self, call: Invocation) -> Resolved:
        """Returns the value of a field that has a resolver.

        Raises:
            ResolverError: The resolver ends with an error.
            DynamoDBError: DynamoDB refuses.
            NoResult: The field is null without an error.
        """
        model = self._meanings.models.get(call.place[0])
        if model is not None and call.place[1] in model.access.guarded:
            if not model.access.may_read(call.role, call.place[1]):
                raise not_authorized(call.place)
            # A subscriber would see it; the list of Gen 1 is let through.
            if call.source.get(_MUTATION) and call.role is not Role.ADMIN:
                return Resolved(None)
        meaning = self._meanings.fields.get(call.place)
        match meaning:
            case None:
                return Resolved(call.source.get(call.place[1]))
            case Operation():
                if meaning.inferred and self._functions.has(call.place[1]):
                    return self._call(Function(ASSUMED), call)
                return self._operate(meaning, call)
            case Relation():
                return self._relate(meaning, call)
            case Function():
                return self._call(meaning, call)
            case Unsupported():
                raise ResolverError(
                    "SandboxUnsupported", f"The sandbox does not resolve {meaning.reason}."
                )

    def _operate(self, operation: Operation, call: Invocation) -> Resolved:
        model, kind = operation.model, operation.kind
        if kind in _WRITES:
            return self._write(model, kind, call)
        if kind in {Kind.LIST, Kind.QUERY}:
            check_page_arguments(model.key_of(operation.index), call.arguments)
        if not model.access.may(call.role, _READS[kind]):
            raise not_authorized(call.place)
        if kind is Kind.GET:
            return replace(self._get(model, call.arguments), access="key")
        return self._read(operation, call)

    def _read(self, operation: Operation, call: Invocation) -> Resolved:
        model, field = operation.model, call.place[1]
        if operation.kind is Kind.SYNC:
            return _page(self._pages.sync(model, field, call.arguments))
        key = model.key_of(operation.index)
        if operation.kind is Kind.LIST and call.arguments.get(key.partition) is None:
            return _page(self._pages.scan(model, field, call.arguments), "scan")
        page = self._pages.query(model, operation.index, field, call.arguments)
        return _page(page, operation.index or "key")

    def _write(self, model: Model, kind: Kind, call: Invocation) -> Resolved:
        given = call.arguments["input"]
        if kind is not Kind.DELETE:
            check_written(
                model, kind, {**model.defaults, **given} if kind is Kind.CREATE else given
            )
        if not model.access.may(call.role, _WRITES[kind]):
            raise not_authorized(call.place)
        if kind is not Kind.DELETE:
            refused = model.access.refused(call.role, _WRITES[kind], given)
            if refused:
                raise ResolverError("Unauthorized", f"Unauthorized on [{', '.join(refused)}]")
        item = self._writes.write(kind, model, call.arguments)
        return Resolved({**item, _MUTATION: "Mutation"})

    def _get(self, model: Model, given: Mapping[str, Any]) -> Resolved:
        key = table_key(model, given)
        check_key(key)
        item = self._store.get(model.name, tuple(key.values()))
        if item is None or is_expired(item, self._now()):
            return Resolved(None)
        return Resolved(item, 1)

    def _relate(self, relation: Relation, call: Invocation) -> Resolved:
        model = relation.model
        if not model.access.may(call.role, "list" if relation.is_list else "get"):
            raise not_authorized(call.place)
        own = tuple(call.source.get(name) for name in relation.own)
        if any(value is None for value in own):
            return Resolved({"items": [], "nextToken": None} if relation.is_list else None)
        if relation.is_list or relation.index:
            arguments = call.arguments if relation.is_list else {"limit": 1}
            field = ".".join(call.place)
            page = self._pages.query(model, relation.index, field, arguments, own)
            resolved = _page(page)
            if not relation.is_list:
                resolved = Resolved(next(iter(page.value["items"]), None), page.items_read)
        else:
            resolved = self._get(model, dict(zip(model.key.fields, own, strict=False)))
        return _marked(resolved, call.source)

    def _call(self, function: Function, call: Invocation) -> Resolved:
        if not may_call(function.rules, call.role):
            raise not_authorized(call.place)
        return Resolved(self._functions.call(call.place, call.arguments, call.event))


def _page(connection: Connection, access: str = "") -> Resolved:
    return Resolved(connection.value, connection.items_read, access)


def _marked(resolved: Resolved, source: Item) -> Resolved:
    """Returns related items with the mark of the mutation that they are read for."""
    if not source.get(_MUTATION) or resolved.value is None:
        return resolved
    value = resolved.value
    mark = {_MUTATION: source[_MUTATION]}
    if "items" in value and "nextToken" in value:
        value = {**value, "items": [{**item, **mark} for item in value["items"]]}
    else:
        value = {**value, **mark}
    return Resolved(value, resolved.items_read)


def not_authorized(place: Place) -> ResolverError:
    """Returns the refusal of a field, of whichever wall it is."""
    return ResolverError("Unauthorized", f"Not Authorized to access {place[1]} on type {place[0]}")
