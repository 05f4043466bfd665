"""AppSync's own API: the GraphQL API's settings, its schema and its resolvers.

Source: AWS AppSync API Reference (paths, shapes, errors).
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from graphql import GraphQLObjectType, get_named_type, print_schema

from bridge.sandbox.appsync import ConflictHandler, Schema
from bridge.sandbox.appsync.front import AcceptedCallers
from bridge.sandbox.exchange.faults import Drawn
from bridge.sandbox.exchange.messages import RawRequest, Reply
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import Trace
from bridge.sandbox.identity.accounts import ACCOUNT_B, REGION, Accounts
from bridge.sandbox.identity.authentication import Authenticator
from bridge.sandbox.identity.directory import Directory
from bridge.sandbox.identity.sigv4 import FaultKind
from bridge.sandbox.management.permission import permit

_CLOCK_TOLERANCE = timedelta(minutes=5)
_CODES: Mapping[FaultKind, tuple[int, str]] = {
    FaultKind.MISSING: (403, "MissingAuthenticationTokenException"),
    FaultKind.INCOMPLETE: (400, "IncompleteSignatureException"),
    FaultKind.SIGNATURE: (403, "InvalidSignatureException"),
    FaultKind.INVALID_TOKEN: (403, "UnrecognizedClientException"),
    FaultKind.EXPIRED_TOKEN: (403, "ExpiredTokenException"),
}
_HANDLERS = {
    ConflictHandler.OPTIMISTIC: "OPTIMISTIC_CONCURRENCY",
    ConflictHandler.AUTOMERGE: "AUTOMERGE",
    ConflictHandler.LAMBDA: "LAMBDA",
}
_ROUTES = (
    ("ListGraphqlApis", re.compile("/v1/apis")),
    ("GetGraphqlApi", re.compile("/v1/apis/(?P<api>[^/]+)")),
    ("GetIntrospectionSchema", re.compile("/v1/apis/(?P<api>[^/]+)/schema")),
    (
        "GetResolver",
        re.compile("/v1/apis/(?P<api>[^/]+)/types/(?P<type>[^/]+)/resolvers/(?P<field>[^/]+)"),
    ),
    ("ListApiKeys", re.compile("/v1/apis/(?P<api>[^/]+)/apikeys")),
    ("GetFunction", re.compile("/v1/apis/(?P<api>[^/]+)/functions/(?P<function>[^/]+)")),
)


class AppSyncManagement:
    """AppSync's own API, for the one GraphQL API that account B has."""

    name = "appsync"

    def __init__(
        self,
        accounts: Accounts,
        directory: Directory,
        schema: Callable[[], Schema],
        accepted: AcceptedCallers,
        handler: ConflictHandler,
        clock: Callable[[], datetime],
    ) -> None:
        """Takes what it answers from.

        Args:
            accounts: The API's id, and Amplify's list of roles.
            directory: Both accounts' principals.
            schema: Returns the API's schema.
            accepted: Which callers the API accepts.
            handler: What it does about conflicts.
            clock: Returns the time as aware UTC.
        """
        self._accounts = accounts
        self._schema = schema
        self._accepted = accepted
        self._handler = handler
        self._authenticator = Authenticator(directory, self.name, _CLOCK_TOLERANCE, _CODES, clock)

    def operation_kind(self, request: RawRequest) -> None:
        """Returns None: it is no GraphQL that is asked here."""

    def document(self, request: RawRequest) -> None:
        """Returns None, for the same reason."""

    async def answer(self, request: RawRequest, trace: Trace, drawn: Drawn) -> Reply:
        """Returns the reply to a request.

        Raises:
            Refusal: The request is refused.
            FileFault: A file of the accounts or the schema is missing or malformed.
        """
        action, parts = _route(request)
        trace.operation = action
        caller, now = self._authenticator.authenticate(request, trace, drawn)
        below = f"/{parts['api']}" if "api" in parts else ""
        resource = f"arn:aws:appsync:{REGION}:{ACCOUNT_B}:apis{below}"
        refusal = {"code": "AccessDeniedException", "named": resource}
        permit(caller, f"appsync:{action}", resource, now, trace, **refusal)
        if "api" in parts and parts["api"] != self._accounts.b.api_id:
            raise Refusal(404, "NotFoundException", f"GraphQL API {parts['api']} not found.")
        if action == "GetIntrospectionSchema":
            return Reply(200, _headers(), print_schema(self._schema().graphql).encode())
        return _json(200, self._answer(action, parts, request.header("host") or ""))

    def refuse(self, refusal: Refusal, _trace: Trace) -> Reply:
        """Returns a refusal in the form of the REST-JSON protocol."""
        reply = _json(refusal.status, {"message": refusal.message})
        return Reply(reply.status, (*reply.headers, ("x-amzn-ErrorType", refusal.code)), reply.body)

    def throttled(self) -> Refusal:
        """Returns what AppSync says to too many requests."""
        return Refusal(429, "TooManyRequestsException", "Rate exceeded")

    def _answer(self, action: str, parts: Mapping[str, str], host: str) -> dict[str, Any]:
        match action:
            case "ListGraphqlApis":
                return {"graphqlApis": [self._api(host)]}
            case "GetGraphqlApi":
                return {"graphqlApi": self._api(host)}
            case "ListApiKeys":
                return {"apiKeys": [{"id": key} for key in self._accepted.api_keys]}
            case "GetResolver":
                return {"resolver": self._resolver(parts["type"], parts["field"])}
            case _:
                return {"functionConfiguration": self._function(parts["function"])}

    def _api(self, host: str) -> dict[str, Any]:
        first, *more = self._accepted.modes or ("AMAZON_COGNITO_USER_POOLS",)
        return {
            "apiId": self._accounts.b.api_id,
            "name": "sandbox",
            "authenticationType": first,
            "additionalAuthenticationProviders": [{"authenticationType": each} for each in more],
            "introspectionConfig": "ENABLED",
            "uris": {"GRAPHQL": f"http://{host}/graphql"},
        }

    def _resolver(self, type_name: str, field: str) -> dict[str, Any]:
        found = self._schema().graphql.type_map.get(type_name)
        if not isinstance(found, GraphQLObjectType) or field not in found.fields:
            raise Refusal(404, "NotFoundException", "No resolver found.")
        listed = json.dumps(list(self._accounts.admin_roles))
        return {
            "typeName": type_name,
            "fieldName": field,
            "kind": "PIPELINE",
            "pipelineConfig": {"functions": [_function_id(type_name, field)]},
            # As Amplify's auth transformer hands the list to its slots.
            "requestMappingTemplate": f'$util.qr($ctx.stash.put("adminRoles", {listed}))',
        }

    def _function(self, function_id: str) -> dict[str, Any]:
        schema = self._schema().graphql
        for parent in (schema.query_type, schema.mutation_type):
            for name, field in parent.fields.items() if parent else ():
                if _function_id(parent.name, name) != function_id:  # type: ignore[union-attr] # above
                    continue
                described = {"functionId": function_id, "name": f"{name}DataResolverFn"}
                made = get_named_type(field.type)
                versioned = isinstance(made, GraphQLObjectType) and "_version" in made.fields
                if parent is schema.mutation_type and versioned:
                    handler = _HANDLERS[self._handler]
                    sync = {"conflictDetection": "VERSION", "conflictHandler": handler}
                    return {**described, "syncConfig": sync}
                return described
        raise Refusal(404, "NotFoundException", "No function found.")


def _route(request: RawRequest) -> tuple[str, Mapping[str, str]]:
    if request.method == "GET":
        path = request.raw_path.decode("ascii", "replace")
        for action, pattern in _ROUTES:
            if found := pattern.fullmatch(path):
                return action, {name: unquote(value) for name, value in found.groupdict().items()}
    raise Refusal(404, "UnknownOperationException", "The sandbox knows no such operation.")


def _function_id(type_name: str, field: str) -> str:
    """Returns an id of AppSync's length that stays the same for the same field."""
    digest = hashlib.sha256(f"{type_name}.{field}".encode()).hexdigest()
    return digest[:26]


def _headers() -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "application/json"),)


def _json(status: int, document: Mapping[str, Any]) -> Reply:
    return Reply(status, _headers(), json.dumps(document).encode())
