"""STS over the Query protocol: AssumeRole and GetCallerIdentity.

Source: STS API Reference; the errors' codes, statuses and texts as AWS gives them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from bridge.sandbox.exchange.faults import Drawn
from bridge.sandbox.exchange.messages import RawRequest, Reply
from bridge.sandbox.exchange.query_protocol import error_reply, result_reply
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import Trace
from bridge.sandbox.identity.accounts import ACCOUNT_A
from bridge.sandbox.identity.authentication import Authenticator
from bridge.sandbox.identity.directory import Directory, Principal
from bridge.sandbox.identity.sigv4 import FaultKind
from bridge.sandbox.sts.assume_role import assume_role, read_request

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_CLOCK_TOLERANCE = timedelta(minutes=15)
_LONGEST_PACKED_POLICY = 2048
_CODES: Mapping[FaultKind, tuple[int, str]] = {
    FaultKind.MISSING: (403, "MissingAuthenticationToken"),
    FaultKind.INCOMPLETE: (400, "IncompleteSignature"),
    FaultKind.SIGNATURE: (403, "SignatureDoesNotMatch"),
    FaultKind.INVALID_TOKEN: (403, "InvalidClientTokenId"),
    FaultKind.EXPIRED_TOKEN: (403, "ExpiredToken"),
}


class Sts:
    """The Security Token Service of the Region."""

    name = "sts"

    def __init__(self, directory: Directory, clock: Callable[[], datetime], active: bool) -> None:
        """Takes what it answers from.

        Args:
            directory: Both accounts' principals.
            clock: Returns the time as aware UTC.
            active: Whether STS is activated in the Region for account A.
        """
        self._directory = directory
        self._authenticator = Authenticator(directory, self.name, _CLOCK_TOLERANCE, _CODES, clock)
        self._active = active

    def operation_kind(self, request: RawRequest) -> None:
        """Returns None: queries and mutations are AppSync's."""

    def document(self, request: RawRequest) -> None:
        """Returns None, for the same reason."""

    async def answer(self, request: RawRequest, trace: Trace, drawn: Drawn) -> Reply:
        """Returns the reply to a request.

        Raises:
            Refusal: The request is refused.
            FileFault: A file of the accounts is missing or malformed.
        """
        parameters = _parameters(request)
        trace.operation = action = parameters.get("Action")
        operations = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
        }
        if action not in operations:
            version = parameters.get("Version", "NO_VERSION_SPECIFIED")
            text = f"Could not find operation {action} for version {version}"
            raise Refusal(400, "InvalidAction", text)
        caller, now = self._authenticator.authenticate(request, trace, drawn)
        if not self._active:
            raise Refusal(
                403,
                "RegionDisabledException",
                f"STS is not activated in this region for account:{ACCOUNT_A}. Your account "
                "administrator can activate STS in this region using the IAM Console.",
            )
        result = operations[action](parameters, caller, trace, now)
        return result_reply(_NAMESPACE, action, result, trace.request_id)

    def refuse(self, refusal: Refusal, trace: Trace) -> Reply:
        """Returns a refusal as an error of the Query protocol."""
        return error_reply(_NAMESPACE, refusal, trace.request_id)

    def throttled(self) -> Refusal:
        """Returns what STS says to too many requests."""
        return Refusal(400, "Throttling", "Rate exceeded")

    def _assume_role(
        self, parameters: Mapping[str, str], caller: Principal, trace: Trace, now: datetime
    ) -> str:
        request = read_request(parameters)
        role, session = assume_role(request, caller, self._directory, trace, now)
        trace.step("session")
        # Without a session policy or tags nothing is packed, and the size is not told.
        packed = len(request.policy or "") + sum(len(k) + len(v) for k, v in request.tags.items())
        size = -(-packed * 100 // _LONGEST_PACKED_POLICY)
        identity = session.source_identity
        expiration = f"{session.expires_at:%Y-%m-%dT%H:%M:%SZ}" if session.expires_at else ""
        return "".join(
            (
                "<AssumedRoleUser>",
                _element("AssumedRoleId", f"{session.role_id}:{session.session_name}"),
                _element("Arn", role.session_arn(session.session_name)),
                "</AssumedRoleUser><Credentials>",
                _element("AccessKeyId", session.access_key_id),
                _element("SecretAccessKey", session.secret_access_key),
                _element("SessionToken", session.session_token),
                _element("Expiration", expiration),
                "</Credentials>",
                _element("PackedPolicySize", str(size)) if packed else "",
                _element("SourceIdentity", identity) if identity else "",
            )
        )

    def _get_caller_identity(
        self,
        _parameters: Mapping[str, str],
        caller: Principal,
        _trace: Trace,
        _now: datetime,
    ) -> str:
        # No policy is asked: it is answered even where one denies it.
        return "".join(
            (
                _element("Arn", caller.arn),
                _element("UserId", caller.user_id),
                _element("Account", caller.account),
            )
        )


def _parameters(request: RawRequest) -> Mapping[str, str]:
    form = request.query if request.method == "GET" else request.body
    return dict(parse_qsl(form.decode("utf-8", "replace"), keep_blank_values=True))


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
