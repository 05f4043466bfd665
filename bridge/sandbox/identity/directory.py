"""Who a request is from: finds access keys, checks signatures, issues sessions."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bridge.iam import AccessRequest, Policy
from bridge.sandbox.exchange.messages import RawRequest
from bridge.sandbox.identity.accounts import ACCOUNT_B, REGION, AccountA, AccountB, Accounts, Role
from bridge.sandbox.identity.configured import ConfiguredPrincipal
from bridge.sandbox.identity.saved_trust import as_saved
from bridge.sandbox.identity.sigv4 import (
    AuthenticationFault,
    FaultKind,
    check_clock,
    check_scope,
    check_signature,
    read_authorization,
)
from bridge.sandbox.identity.state import Session, State, random_id, random_secret


@dataclass(frozen=True)
class Principal:
    """An authenticated caller.

    Attributes:
        arn: `arn:aws:sts::…:assumed-role/ROLE/SESSION`, or a user's ARN.
        user_id: What GetCallerIdentity calls UserId and policies `aws:userid`.
        identity_policies: Its role's (or its own) policies, as they are now.
        session: None for a caller from the settings.
        role: The session's role; None as above.
        configured: The entry of the settings that it comes from, if it does.
    """

    arn: str
    user_id: str
    identity_policies: tuple[Policy, ...]
    session_policies: tuple[Policy, ...] = ()
    session: Session | None = None
    role: Role | None = None
    configured: ConfiguredPrincipal | None = None

    @property
    def account(self) -> str:
        """Returns the account's 12 digits."""
        return self.arn.split(":")[4]

    @property
    def is_role_session(self) -> bool:
        """Tells whether an AssumeRole by this caller is role chaining."""
        return ":assumed-role/" in self.arn

    def asks(
        self, action: str, resource: str, now: datetime, more: Mapping[str, Any] | None = None
    ) -> AccessRequest:
        """Returns the question to IAM whether this caller may do something in account B.

        Args:
            action: As "sts:AssumeRole".
            resource: The resource's ARN.
            now: The time of the request.
            more: Condition keys of this action.
        """
        tags = dict(self.role.tags) if self.role else {}
        tags |= self.session.tags if self.session else {}
        context: dict[str, Any] = {
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:RequestedRegion": REGION,
            # AWS's endpoints are TLS only; the loopback stands for one of them.
            "aws:SecureTransport": "true",
            "aws:SourceIp": "127.0.0.1",
            "aws:userid": self.user_id,
            **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
            **(more or {}),
        }
        if self.session:
            context["aws:TokenIssueTime"] = self.session.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            if self.session.source_identity:
                context["aws:SourceIdentity"] = self.session.source_identity
        return AccessRequest(
            principal=self.arn,
            action=action,
            resource=resource,
            resource_account=ACCOUNT_B,
            context=context,
            principal_unique_id=self.user_id.partition(":")[0],
            principal_role_arn=self.role.arn if self.role else None,
        )


@dataclass(frozen=True)
class _Key:
    secret: str = field(repr=False)
    token: str | None = field(repr=False)
    issued_at: datetime | None
    expires_at: datetime | None
    owner: Session | ConfiguredPrincipal


class Directory:
    """Both accounts' principals. Used by one thread at a time."""

    def __init__(
        self,
        accounts: Accounts,
        state: State,
        configured: Mapping[str, ConfiguredPrincipal],
        clock: Callable[[], datetime],
    ) -> None:
        """Takes what it looks things up in.

        Args:
            accounts: The files' roles.
            state: Unique ids and sessions.
            configured: More callers, by access key.
            clock: Returns the time as aware UTC.

        Raises:
            FileFault: A file of the accounts is missing or malformed.
        """
        self._accounts = accounts
        self._state = state
        self._configured = configured
        self._clock = clock
        self._a: AccountA
        self._b: AccountB
        self.refresh()

    def refresh(self) -> None:
        """Takes over what was edited in the files.

        Raises:
            FileFault: One of them is missing or malformed.
        """
        self._a, self._b = self._accounts.a, self._accounts.b
        self._state.set_roles([*self._a.role_arns, *self._b.roles])
        self._state.save_trust(self._b.version)

    def authenticate(
        self,
        request: RawRequest,
        service: str,
        tolerance: timedelta,
        now: datetime,
        lifetime: timedelta | None,
    ) -> Principal:
        """Returns who signed the request.

        The order is AWS's: scope, token, expiry, the role's existence, clock and signature.

        Args:
            request: The request as it was received.
            service: The service that the signature must be for.
            tolerance: How far the signer's clock may be off.
            now: The service's clock.
            lifetime: An earlier end of all sessions, counted from their beginning.

        Raises:
            AuthenticationFault: The signature, or whose it is, is not accepted.
        """
        authorization = read_authorization(request)
        check_scope(authorization, REGION, service)
        key = self._find(authorization.access_key_id)
        sent = request.header("x-amz-security-token")
        if key is None or not _same(sent, key.token):
            raise AuthenticationFault(
                FaultKind.INVALID_TOKEN, "The security token included in the request is invalid."
            )
        ends = [key.expires_at] if key.expires_at else []
        if lifetime is not None and key.issued_at:
            ends.append(key.issued_at + lifetime)
        if ends and min(ends) <= now:
            raise AuthenticationFault(
                FaultKind.EXPIRED_TOKEN, "The security token included in the request is expired"
            )
        principal = self._principal(key.owner)
        if principal is None:
            raise AuthenticationFault(
                FaultKind.INVALID_TOKEN, "The security token included in the request is invalid."
            )
        check_clock(authorization, now, tolerance)
        check_signature(request, authorization, key.secret)
        return principal

    def role(self, arn: str) -> Role | None:
        """Returns account B's role of this ARN, or None."""
        return self._b.roles.get(arn)

    def role_id(self, role: Role) -> str:
        """Returns an existing role's unique id."""
        found = self._state.role_id(role.arn)
        if found is None:
            raise LookupError(role.arn)
        return found

    def trust_policy(self, role: Role) -> Policy:
        """Returns a role's trust policy as IAM keeps it.

        A role that it names and that was deleted and made again since the policy was saved stands
        in it as the id of the deleted one, which names nobody.
        """
        return Policy.parse(self.saved_trust(role), f"{role.name} trust policy")

    def saved_trust(self, role: Role) -> Mapping[str, Any]:
        """Returns that policy's document."""
        return as_saved(role.trust or {}, self._former_id)

    def issue(
        self,
        role: Role,
        session_name: str,
        lifetime: timedelta | None,
        *,
        policy: str | None = None,
        tags: Mapping[str, str] | None = None,
        source_identity: str | None = None,
    ) -> Session:
        """Returns a new session of a role, which is remembered.

        Args:
            role: An existing role.
            session_name: The session's name.
            lifetime: How long it lasts; None for ever.
            policy: The session policy's JSON.
            tags: The session's tags.
            source_identity: Who is behind the session.
        """
        # AWS tells times in whole seconds.
        now = self._clock().replace(microsecond=0)
        secret, token = random_secret()
        session = Session(
            access_key_id=random_id("ASIA"),
            secret_access_key=secret,
            session_token=token,
            role_arn=role.arn,
            role_id=self.role_id(role),
            session_name=session_name,
            issued_at=now,
            expires_at=None if lifetime is None else now + lifetime,
            policy=policy,
            tags=tags or {},
            source_identity=source_identity,
        )
        self._state.add_session(session)
        return session

    def source_session(self, access_key_id: str | None) -> Session:
        """Returns the session of account A's function: the one of this key, or a new one."""
        a = self._a
        known = self._state.session(access_key_id) if access_key_id else None
        # Of another stage's role, or of one that was made again since: its key is worthless.
        if known and (known.role_arn, known.role_id) == (a.role.arn, self.role_id(a.role)):
            return known
        return self.issue(a.role, a.session_name, None)

    def _find(self, access_key_id: str) -> _Key | None:
        configured = self._configured.get(access_key_id)
        if configured:
            return _Key(
                configured.secret_access_key,
                configured.session_token,
                None,
                configured.expires_at,
                configured,
            )
        session = self._state.session(access_key_id)
        if session is None:
            return None
        return _Key(
            session.secret_access_key,
            session.session_token,
            session.issued_at,
            session.expires_at,
            session,
        )

    def _principal(self, owner: Session | ConfiguredPrincipal) -> Principal | None:
        if isinstance(owner, ConfiguredPrincipal):
            return Principal(owner.arn, _configured_id(owner), owner.policies, configured=owner)
        a = self._a
        role = a.role if owner.role_arn == a.role.arn else self.role(owner.role_arn)
        if role is None or self._state.role_id(role.arn) != owner.role_id:
            return None
        return Principal(
            arn=role.session_arn(owner.session_name),
            user_id=f"{owner.role_id}:{owner.session_name}",
            identity_policies=role.policies,
            session_policies=(Policy.parse(json.loads(owner.policy), "session policy"),)
            if owner.policy
            else (),
            session=owner,
            role=role,
        )

    def _former_id(self, arn: str) -> str | None:
        saved = self._state.trusted_id(arn)
        return saved if saved != self._state.role_id(arn) else None


def _configured_id(principal: ConfiguredPrincipal) -> str:
    """Returns a made-up unique id, as long as AWS's, that stays the same for the same entry."""
    if ":assumed-role/" not in principal.arn:
        return f"AIDA{principal.access_key_id[-16:]:X>16}"
    return f"AROA{principal.access_key_id[-16:]:X>16}:{principal.arn.rpartition('/')[2]}"


def _same(sent: str | None, held: str | None) -> bool:
    return hmac.compare_digest((sent or "").encode(), (held or "").encode())
