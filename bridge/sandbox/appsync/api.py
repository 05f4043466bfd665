"""One GraphQL request, from the bytes of its body to the bytes of the reply."""

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    OperationType,
    execute_sync,
    get_nullable_type,
    is_object_type,
)

from bridge.sandbox.appsync import documents
from bridge.sandbox.appsync.amplify.admin import AdminRule, role_of
from bridge.sandbox.appsync.amplify.functions import Functions
from bridge.sandbox.appsync.amplify.models import Operation
from bridge.sandbox.appsync.amplify.recognition import Meaning, Place
from bridge.sandbox.appsync.amplify.resolvers import Invocation, Resolved, Resolvers
from bridge.sandbox.appsync.amplify.rules import Role
from bridge.sandbox.appsync.amplify.versions import ConflictHandler
from bridge.sandbox.appsync.documents import Document
from bridge.sandbox.appsync.messages import (
    DocumentFault,
    GraphQLCaller,
    NoResult,
    RequestError,
    ResolverError,
    source_locations,
)
from bridge.sandbox.appsync.schema import Schema
from bridge.sandbox.appsync.variables import first_fault
from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.store import Store
from bridge.sandbox.exchange.messages import Reply
from bridge.sandbox.exchange.trace import ResolvedField

# Source: AppSync endpoints and quotas (resolvers that one request may run); what comes after the
# limit fails by itself (aws-amplify/amplify-js#8342). Each root field has a resolver; the fields
# below it read the value that it returned.
MAX_RESOLVERS = 10_000
_NULL_IN_NON_NULL = "Cannot return null for non-nullable field "
_REQUEST_ID_LENGTH = 52
# What an identity pool gives to signed-in users and to guests, of roles called as Amplify does.
_IDENTITY_POOL_ARN = "arn:aws:sts::222222222222:assumed-role/{}/CognitoIdentityCredentials"
_ENUM = re.compile(r"Enum '(.+)' cannot represent value: '(.+)'")
_SCALAR = re.compile(r"(\w+) cannot represent value: ([\[{].*)", re.DOTALL)
CONTENT_TYPE = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class _Request:
    query: str
    operation_name: str | None
    variables: dict[str, Any]


@dataclass(frozen=True)
class _Prepared:
    document: Document
    variables: dict[str, Any]
    operation_name: str | None


@dataclass
class _RootField:
    """What became of a root field, and what it cost, gathered while it is executed."""

    parent_type: str
    field: str
    ids: tuple[str, ...]
    outcome: str = "ok"
    resolvers: int = 0
    items_read: int = 0
    access: str = ""


@dataclass
class _Context:
    """What the resolvers of one request share."""

    resolve: Callable[[Place, Any, "GraphQLResolveInfo[_Context]", Mapping[str, Any]], Any]
    role: Role
    identity: Mapping[str, Any]
    roots: dict[str, _RootField] = field(default_factory=dict)
    invocations: int = 0


class AppSyncApi:
    """An AppSync API that Amplify made, over the tables of a store."""

    def __init__(
        self,
        schema: Schema,
        store: Store,
        admin_rule: AdminRule,
        admin_roles: Callable[[], Sequence[str]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        functions: Path | None = None,
        conflict_handler: ConflictHandler = ConflictHandler.OPTIMISTIC,
    ) -> None:
        """Takes the schema and the tables.

        Args:
            schema: The built schema.
            store: The tables.
            admin_rule: How wall 2 matches the list of admin roles.
            admin_roles: Returns the entries of custom-roles.json; asked at each request.
            clock: Returns the time as aware UTC.
            functions: The file of the functions that stand in for Lambda's.
            conflict_handler: What is done about conflicts, where types have `_version`.
        """
        self._schema = schema.graphql
        self._read = schema.read
        self._meanings = schema.meanings
        store.define(model.table for model in schema.meanings.models.values())
        self._resolvers = Resolvers(
            schema.meanings, store, clock, Functions(functions), conflict_handler
        )
        self._admin_rule = admin_rule
        self._admin_roles = admin_roles

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Returns what was inferred for want of a source schema, a sentence each."""
        return self._meanings.assumed

    def execute(
        self,
        body: bytes,
        caller: GraphQLCaller,
        allow: Callable[[str, str], bool],
        on_resolved: Callable[[ResolvedField], None] | None = None,
    ) -> Reply:
        """Returns the reply to one request; safe to call from several threads.

        Args:
            body: The exact bytes of the request's body.
            caller: Who signed it.
            allow: Whether the caller's IAM policies allow this field of this parent type. Asked
                for root fields only, and one refusal refuses the whole request.
            on_resolved: Told what became of each root field that a resolver ran for.
        """
        try:
            prepared = self._prepare(body, allow)
        except RequestError as refusal:
            error = {"errorType": refusal.error_type, "message": str(refusal)}
            return _reply({"errors": [error]}, refusal.status, refusal.error_type)
        if isinstance(prepared, tuple):
            return _reply({"data": None, "errors": [fault.as_error() for fault in prepared]})
        role = role_of(
            caller,
            self._admin_rule,
            self._admin_roles(),
            _IDENTITY_POOL_ARN.format("authRole"),
            _IDENTITY_POOL_ARN.format("unAuthRole"),
        )
        context = _Context(self._resolve, role, _identity(caller))
        result = execute_sync(
            self._schema,
            prepared.document.node,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation_name,
        )
        if on_resolved:
            for alias, root in context.roots.items():
                on_resolved(
                    ResolvedField(
                        root.parent_type,
                        root.field,
                        alias,
                        root.ids,
                        root.outcome,
                        root.resolvers,
                        root.items_read,
                        root.access,
                    )
                )
        return _reply(self._body(result))

    def _prepare(
        self, body: bytes, allow: Callable[[str, str], bool]
    ) -> _Prepared | tuple[DocumentFault, ...]:
        """Returns what is to be executed, or the faults for which nothing is.

        Raises:
            RequestError: It is refused as a whole.
        """
        request = _read_request(body)
        document = self._read(request.query)
        operation = document.operation(request.operation_name)
        if operation.operation is OperationType.SUBSCRIPTION:
            raise RequestError(
                400, "UnsupportedOperation", "Subscriptions are not supported over HTTP."
            )
        # Validation comes before authorisation: even a refused caller is told of a fault.
        if document.faults:
            return document.faults
        fault = first_fault(self._schema, operation, request.variables)
        if fault:
            return (fault,)
        parent = self._schema.get_root_type(operation.operation)
        fields = documents.root_fields(document.node, operation, request.variables)
        asked = (name for name in fields if not name.startswith("__"))
        if parent and not all(allow(parent.name, name) for name in asked):
            raise RequestError(401, "UnauthorizedException", "Permission denied")
        return _Prepared(document, request.variables, request.operation_name)

    def _resolve(
        self,
        place: Place,
        source: Any,
        info: "GraphQLResolveInfo[_Context]",
        arguments: Mapping[str, Any],
    ) -> Any:
        context: _Context = info.context
        root = _root_of(info, context, self._meanings.fields.get(place), arguments)
        try:
            resolved = self._run(place, source, info, arguments)
        except NoResult:
            return None
        except ResolverError as error:
            if info.path.prev is None:
                root.outcome = error.error_type or "error"
            raise
        root.items_read += resolved.items_read
        if info.path.prev is None:
            root.access = resolved.access
        return resolved.value

    def _run(
        self,
        place: Place,
        source: Any,
        info: "GraphQLResolveInfo[_Context]",
        arguments: Mapping[str, Any],
    ) -> Resolved:
        context: _Context = info.context
        context.invocations += 1
        if context.invocations > MAX_RESOLVERS:
            raise ResolverError(
                "ResolverExecutionLimitReached", "Resolver invocation limit reached."
            )
        event = {
            "typeName": place[0],
            "fieldName": place[1],
            "arguments": arguments,
            "source": source,
            "identity": context.identity,
            "prev": None,
        }
        try:
            # A Lambda function may return anything where an object belongs.
            parent = source if isinstance(source, dict) else {}
            return self._resolvers.run(Invocation(place, parent, arguments, context.role, event))
        except DynamoDBError as error:
            raise _passed_on(error) from error
        except ResolverError as error:
            if error.data is None:
                raise
            shown = _selected(info, error.data)
            raise ResolverError(error.error_type, str(error), shown) from error

    def _body(self, result: ExecutionResult) -> dict[str, Any]:
        if not result.errors:
            return {"data": result.data}
        return {"data": result.data, "errors": [self._error(error) for error in result.errors]}

    def _error(self, error: GraphQLError) -> dict[str, Any]:
        cause = error.original_error
        path = error.path
        if isinstance(cause, ResolverError):
            places = tuple((place.line, place.column) for place in error.locations or ())
            return {
                "path": path,
                "data": cause.data,
                "errorType": cause.error_type,
                "errorInfo": None,
                "locations": source_locations(places),
                "message": str(cause),
            }
        # The executor raises a TypeError for a null where none may be; any other is our own fault.
        if not (
            cause is None
            or isinstance(cause, GraphQLError)
            or error.message.startswith(_NULL_IN_NON_NULL)
        ):
            raise cause
        if path is None:
            return DocumentFault(error.message).as_error()
        return {
            "path": path,
            "locations": None,
            "message": self._completion_text(error.message, path),
        }

    def _completion_text(self, message: str, path: Sequence[str | int]) -> str:
        """Returns AppSync's text for a value that does not fit its field's type."""
        place = _print_path(path)
        wanted = message.removeprefix(_NULL_IN_NON_NULL)
        if wanted == message:
            if message.startswith("Expected Iterable"):
                return f"Can't resolve value ({place}) : type mismatch error, expected type LIST"
            return f"Can't serialize value ({place}) : {_serialization_text(message)}"
        parent_name, _, field_name = wanted.rstrip(".").partition(".")
        parent = self._schema.get_type(parent_name)
        declared: Any = parent.fields[field_name].type if is_object_type(parent) else field_name
        type_name = get_nullable_type(declared)
        # Below a list the place ends with the element's number.
        for part in reversed(path):
            if isinstance(part, str):
                break
            type_name = get_nullable_type(type_name.of_type)
        return (
            f"Cannot return null for non-nullable type: '{type_name}'"
            f" within parent '{parent_name}' ({place})"
        )


def _passed_on(error: DynamoDBError) -> ResolverError:
    """Returns DynamoDB's refusal as AppSync passes it on."""
    request_id = base64.b32encode(secrets.token_bytes(_REQUEST_ID_LENGTH)).decode()
    request_id = request_id[:_REQUEST_ID_LENGTH]
    return ResolverError(
        f"DynamoDB:{error.kind}",
        f"{error} (Service: DynamoDb, Status Code: 400, Request ID: {request_id})",
    )


def _serialization_text(message: str) -> str:
    """Returns graphql-java's text for a value that its type cannot show."""
    match = _ENUM.fullmatch(message)
    if match:
        return f"Invalid input for Enum '{match[1]}'. Unknown value '{match[2]}'"
    match = _SCALAR.fullmatch(message)
    if match:
        java = "LinkedHashMap" if match[2].startswith("{") else "ArrayList"
        return f"Expected type '{match[1]}' but was '{java}'."
    return message


def _read_request(body: bytes) -> _Request:
    if not body:
        raise RequestError(400, "MalformedHttpRequestException", "Request body is empty.")
    try:
        # Java's decoder replaces malformed UTF-8; it does not refuse it.
        given = json.loads(body.decode("utf-8", "replace"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise documents.unparsable() from None
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        raise documents.unparsable()
    name = given.get("operationName")
    variables = given.get("variables")
    if not isinstance(name, str | None) or not isinstance(variables, dict | list | None):
        raise documents.unparsable()
    # A list holds no named variables, so each of them counts as missing.
    return _Request(given["query"], name or None, variables if isinstance(variables, dict) else {})


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _root_of(
    info: "GraphQLResolveInfo[_Context]",
    context: _Context,
    meaning: Meaning | None,
    arguments: Mapping[str, Any],
) -> _RootField:
    """Returns the root field that a resolver runs for, and counts the resolver."""
    path = info.path
    while path.prev is not None:
        path = path.prev
    alias = str(path.key)
    if alias not in context.roots:
        ids = _ids(meaning, arguments)
        context.roots[alias] = _RootField(info.parent_type.name, info.field_name, ids)
    root = context.roots[alias]
    root.resolvers += 1
    return root


def _ids(meaning: Meaning | None, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    if not isinstance(meaning, Operation):
        return ()
    given = arguments.get("input", arguments)
    return tuple(
        str(given[name]) for name in meaning.model.key.fields if given.get(name) is not None
    )


def _selected(info: "GraphQLResolveInfo[_Context]", item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the members of an item that the field's selection names."""
    names = {
        name
        for node in info.field_nodes
        if node.selection_set
        for name in documents.selected_names(node.selection_set, info.fragments)
    }
    return {name: item[name] for name in item if name in names}


def _identity(caller: GraphQLCaller) -> dict[str, Any]:
    return {
        "userArn": caller.user_arn,
        "cognitoIdentityId": caller.cognito_identity_id,
        "cognitoIdentityAuthType": caller.cognito_identity_auth_type,
        "cognitoIdentityPoolId": caller.cognito_identity_pool_id,
    }


def _print_path(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f"/{part}" for part in path)


def _reply(body: dict[str, Any], status: int = 200, error_type: str | None = None) -> Reply:
    return Reply(
        status,
        tuple(_headers(error_type)),
        json.dumps(body, separators=(",", ":")).encode(),
    )


def _headers(error_type: str | None) -> Iterator[tuple[str, str]]:
    yield "Content-Type", CONTENT_TYPE
    if error_type:
        yield "x-amzn-ErrorType", error_type
