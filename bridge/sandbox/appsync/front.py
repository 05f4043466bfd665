"""AppSync's front: who calls, and what the identity policies allow, before any GraphQL."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphql import GraphQLError, get_operation_ast, parse
from starlette.concurrency import run_in_threadpool

from bridge.iam import Policy, evaluate
from bridge.sandbox.appsync.api import AppSyncApi
from bridge.sandbox.appsync.messages import GraphQLCaller
from bridge.sandbox.exchange.faults import Drawn
from bridge.sandbox.exchange.messages import RawRequest, Reply
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import AskedDocument, Trace
from bridge.sandbox.identity.accounts import ACCOUNT_B, REGION
from bridge.sandbox.identity.authentication import Authenticator
from bridge.sandbox.identity.directory import Directory, Principal
from bridge.sandbox.identity.sigv4 import ALGORITHM, FaultKind

_CLOCK_TOLERANCE = timedelta(minutes=5)
# Of a longer body no document is kept: a thousand requests are.
_KEPT_BYTES = 64 * 1024
_CONTENT_TYPE = "application/json;charset=UTF-8"
_CODES: Mapping[FaultKind, tuple[int, str]] = {
    FaultKind.MISSING: (401, "UnauthorizedException"),
    FaultKind.INCOMPLETE: (400, "IncompleteSignatureException"),
    FaultKind.SIGNATURE: (403, "InvalidSignatureException"),
    FaultKind.INVALID_TOKEN: (403, "UnrecognizedClientException"),
    FaultKind.EXPIRED_TOKEN: (403, "ExpiredTokenException"),
}
IAM_MODE = "AWS_IAM"
_Allow = Callable[[str, str], bool]


@dataclass(frozen=True)
class AcceptedCallers:
    """Which callers the API accepts.

    Attributes:
        iam_authorization: Whether it accepts IAM callers.
        api_keys: The API keys that it accepts beside them.
        shared_with: The accounts with which AWS RAM shares the API.
        default_mode: Its default authorization mode, in AppSync's words.
    """

    iam_authorization: bool
    api_keys: Sequence[str]
    shared_with: Sequence[str]
    default_mode: str

    @property
    def iam_by_default(self) -> bool:
        """Whether what no directive of the schema marks is for IAM callers."""
        return self.default_mode == IAM_MODE

    @property
    def modes(self) -> tuple[str, ...]:
        """Returns its authorization modes, the default first."""
        first = [] if self.iam_by_default and not self.iam_authorization else [self.default_mode]
        more = ["API_KEY"] if self.api_keys else []
        more += [IAM_MODE] if self.iam_authorization else []
        return tuple(dict.fromkeys([*first, *more]))


class AppSyncFront:
    """The AppSync API's endpoint."""

    name = "appsync"

    def __init__(
        self,
        api: Callable[[], AppSyncApi],
        api_id: Callable[[], str],
        directory: Directory,
        accepted: AcceptedCallers,
        clock: Callable[[], datetime],
    ) -> None:
        """Takes what it answers from.

        Args:
            api: Returns the API behind this front.
            api_id: Returns the API's id, which is part of its fields' ARNs.
            directory: Both accounts' principals.
            accepted: Which callers the API accepts.
            clock: Returns the time as aware UTC.
        """
        self._api = api
        self._api_id = api_id
        self._authenticator = Authenticator(directory, self.name, _CLOCK_TOLERANCE, _CODES, clock)
        self._accepted = accepted
        self._resource_share = _resource_share(accepted.shared_with)

    def operation_kind(self, request: RawRequest) -> str | None:
        """Returns "query" or "mutation"; None when the body does not say."""
        try:
            body = json.loads(request.body)
            operation = get_operation_ast(parse(body["query"]), body.get("operationName"))
        except (ValueError, TypeError, KeyError, AttributeError, GraphQLError):
            return None
        return operation.operation.value if operation else None

    def document(self, request: RawRequest) -> AskedDocument | None:
        """Returns the document and its variables; None where the body holds none, or too much."""
        if len(request.body) > _KEPT_BYTES:
            return None
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return None
        variables = body.get("variables")
        return AskedDocument(body["query"], variables if isinstance(variables, dict) else {})

    async def answer(self, request: RawRequest, trace: Trace, drawn: Drawn) -> Reply:
        """Returns the reply to a request.

        Raises:
            Refusal: The request is refused before any GraphQL.
            FileFault: A file of the accounts is missing or malformed.
        """
        caller, allow = self._identify(request, trace, drawn)
        reply = await run_in_threadpool(
            self._api().execute, request.body, caller, allow, trace.resolved.append
        )
        if trace.operation is None and trace.resolved:
            trace.operation = trace.resolved[0].parent_type.lower()
        trace.error = dict(reply.headers).get("x-amzn-ErrorType")
        if not trace.resolved:
            trace.message = _first_error(reply)
        trace.step("graphql", trace.error or "ok")
        return reply

    def refuse(self, refusal: Refusal, _trace: Trace) -> Reply:
        """Returns a refusal in AppSync's form."""
        error = {"errorType": refusal.code, "message": refusal.message}
        return Reply(
            refusal.status,
            (("Content-Type", _CONTENT_TYPE), ("x-amzn-ErrorType", refusal.code)),
            json.dumps({"errors": [error]}, separators=(",", ":")).encode(),
        )

    def throttled(self) -> Refusal:
        """Returns an answer to too many requests; only its status is known of AppSync's."""
        return Refusal(429, "TooManyRequestsException", "Rate exceeded")

    def _identify(
        self, request: RawRequest, trace: Trace, drawn: Drawn
    ) -> tuple[GraphQLCaller, _Allow]:
        authorization = request.header("authorization")
        api_key = request.header("x-api-key")
        if authorization is None and api_key is not None and self._accepted.api_keys:
            return self._by_api_key(api_key, trace)
        if authorization is None:
            raise self._unauthenticated(request, trace)
        if not authorization.startswith(ALGORITHM):
            # Any other value counts as a token, whichever kinds of callers the API accepts.
            trace.step("signature", "not signed")
            raise Refusal(401, "UnauthorizedException", "Unable to parse JWT token.")
        if not self._accepted.iam_authorization:
            trace.step("signature", "the API does not accept IAM callers")
            raise Refusal(401, "UnauthorizedException", "Valid authorization header not provided.")
        principal, now = self._authenticator.authenticate(request, trace, drawn)
        configured = principal.configured
        caller = GraphQLCaller(
            principal.arn,
            configured.cognito_identity_id if configured else None,
            configured.cognito_identity_auth_type if configured else None,
            configured.cognito_identity_pool_id if configured else None,
        )
        return caller, self._policies_of(principal, trace, now)

    def _by_api_key(self, api_key: str, trace: Trace) -> tuple[GraphQLCaller, _Allow]:
        sent = api_key.encode()
        if not any(hmac.compare_digest(sent, key.encode()) for key in self._accepted.api_keys):
            trace.step("api key", "unknown")
            message = "You are not authorized to make this call."
            raise Refusal(401, "UnauthorizedException", message)
        trace.step("api key")
        # No IAM policy has a say over an API key, and no admin role's name is in it.
        return GraphQLCaller(user_arn=""), lambda _parent, _field: True

    def _unauthenticated(self, request: RawRequest, trace: Trace) -> Refusal:
        trace.step("signature", "not signed")
        if request.method == "OPTIONS" or request.header("x-api-key") is not None:
            return Refusal(
                403, "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
        return Refusal(401, "UnauthorizedException", "Valid authorization header not provided.")

    def _policies_of(self, principal: Principal, trace: Trace, now: datetime) -> _Allow:
        """Returns IAM's answers for one request; each field is asked for once."""
        answers: dict[tuple[str, str], bool] = {}
        api_arn = f"arn:aws:appsync:{REGION}:{ACCOUNT_B}:apis/{self._api_id()}"

        def allow(parent_type: str, field: str) -> bool:
            if (parent_type, field) not in answers:
                resource = f"{api_arn}/types/{parent_type}/fields/{field}"
                decision = evaluate(
                    principal.asks("appsync:GraphQL", resource, now),
                    principal.identity_policies,
                    self._resource_share,
                    session=principal.session_policies,
                )
                trace.operation = parent_type.lower()
                trace.decided("appsync:GraphQL", resource, decision)
                answers[parent_type, field] = decision.allowed
            return answers[parent_type, field]

        return allow


def _first_error(reply: Reply) -> str | None:
    """Returns what a reply for which no resolver ran says first; None for an introspection."""
    errors = json.loads(reply.body).get("errors")
    return errors[0]["message"] if errors else None


def _resource_share(accounts: Sequence[str]) -> Policy | None:
    """Returns what AWS RAM lets these accounts' own policies hand on; None without any."""
    if not accounts:
        return None
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": list(accounts)},
        "Action": "appsync:GraphQL",
        "Resource": "*",
    }
    return Policy.parse({"Version": "2012-10-17", "Statement": [statement]}, "resource share")
