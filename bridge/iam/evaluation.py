"""IAM's decision about a request, with the statement behind it and what every other one said.

Source: IAM User Guide, "Policy evaluation logic": for requests within a single account, and
"Cross-account policy evaluation logic".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.iam.errors import PolicyError
from bridge.iam.patterns import Context
from bridge.iam.policy import Effect, Policy, Statement
from bridge.iam.principals import Reach
from bridge.iam.request import AccessRequest, Caller, context_of

# An identity policy alone never opens these: the key's or the role's own policy must agree, even
# within one account.
_GUARDED_RESOURCE = re.compile(r"arn:[^:]*:(?:iam:[^:]*:[^:]*:role/|kms:[^:]*:[^:]*:key/)")
_GUARDED_SERVICES = ("sts", "kms")


class Reason(StrEnum):
    """Why a request is allowed or denied."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "a statement denies it"
    NO_IDENTITY_ALLOW = "no identity policy allows it"
    NO_RESOURCE_ALLOW = "the resource policy does not allow it"
    NO_SESSION_ALLOW = "the session policy does not allow it"
    ROOT_CANNOT_ASSUME_ROLES = "an account's root user cannot assume roles"


class Source(StrEnum):
    """Where a policy is attached."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    SESSION = "session"


class Part(StrEnum):
    """A part of a statement that a request must fit."""

    PRINCIPAL = "principal"
    ACTION = "action"
    RESOURCE = "resource"
    CONDITION = "condition"


@dataclass(frozen=True)
class StatementMatch:
    """Which statement of which policy."""

    policy: str
    index: int
    sid: str | None
    effect: Effect
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Mismatch:
    """A part of a statement that the request does not fit."""

    part: Part
    detail: str


@dataclass(frozen=True)
class ConsideredStatement:
    """What one statement said of the request: it applies when nothing mismatches."""

    source: Source
    statement: StatementMatch
    mismatches: tuple[Mismatch, ...]
    reach: Reach | None  # how closely a resource policy's principal names the caller

    @property
    def applies(self) -> bool:
        """Tells whether the statement has its effect on the request."""
        return not self.mismatches


@dataclass(frozen=True)
class Decision:
    """Whether a request is allowed, and why.

    The statement is the one that decided: the denying one, or the allowing one (of the resource
    policy where it takes part, else of the identity policy). There is none for an implicit deny,
    nor for an account's root user within its account.
    """

    allowed: bool
    reason: Reason
    statement: StatementMatch | None
    considered: tuple[ConsideredStatement, ...]


def evaluate(
    request: AccessRequest,
    identity: Sequence[Policy],
    resource_policy: Policy | None = None,
    session: Sequence[Policy] = (),
) -> Decision:
    """Returns IAM's decision about a request.

    Args:
        request: Who wants to do what, on which account's resource.
        identity: The policies attached to the caller (for a session, to its role).
        resource_policy: The policy attached to the resource; for sts:AssumeRole the trust policy.
        session: The policies passed when the caller's session was made.

    Raises:
        PolicyError: An identity or session policy names a principal, or a resource policy none.
    """
    caller = Caller.of(request)
    context = context_of(request, caller)
    attached = [
        *((Source.IDENTITY, policy) for policy in identity),
        *((Source.RESOURCE, policy) for policy in (resource_policy,) if policy),
        *((Source.SESSION, policy) for policy in session),
    ]
    considered = tuple(
        _consider(statement, policy, source, request, caller, context)
        for source, policy in attached
        for statement in policy.statements
    )
    reason, statement = _decide(request, caller, considered, limited_by_session=bool(session))
    return Decision(reason is Reason.ALLOWED, reason, statement, considered)


def _decide(
    request: AccessRequest,
    caller: Caller,
    considered: Iterable[ConsideredStatement],
    *,
    limited_by_session: bool,
) -> tuple[Reason, StatementMatch | None]:
    applying = [item for item in considered if item.applies]
    denies = [item for item in applying if item.statement.effect is Effect.DENY]
    if denies:
        return Reason.EXPLICIT_DENY, denies[0].statement

    def allows(source: Source) -> list[ConsideredStatement]:
        return [item for item in applying if item.source is source]

    is_root = caller.kind == "root"
    if is_root and request.action.lower() == "sts:assumerole":
        return Reason.ROOT_CANNOT_ASSUME_ROLES, None
    by_identity = next(iter(allows(Source.IDENTITY)), None)
    by_resource = max(allows(Source.RESOURCE), key=_reach, default=None)
    reach = _reach(by_resource) if by_resource else Reach.NOBODY
    within_account = caller.account == request.resource_account
    # Within an account a resource policy that names the caller is enough by itself; one that names
    # the account leaves the choice to the caller's identity policies.
    if by_resource and within_account and reach is Reach.DIRECT:
        return Reason.ALLOWED, by_resource.statement
    suffices = within_account and reach is Reach.ROLE
    if caller.account and not (by_identity or suffices or is_root):
        return Reason.NO_IDENTITY_ALLOW, None
    if limited_by_session and not allows(Source.SESSION):
        return Reason.NO_SESSION_ALLOW, None
    guarded = not within_account or _is_guarded(request)
    if guarded and not by_resource:
        return Reason.NO_RESOURCE_ALLOW, None
    deciding = by_resource if by_resource and (suffices or not within_account) else by_identity
    return Reason.ALLOWED, deciding.statement if deciding else None


def _reach(item: ConsideredStatement) -> Reach:
    return item.reach or Reach.NOBODY


def _is_guarded(request: AccessRequest) -> bool:
    service = request.action.partition(":")[0].lower()
    return service in _GUARDED_SERVICES and bool(_GUARDED_RESOURCE.match(request.resource))


def _consider(
    statement: Statement,
    policy: Policy,
    source: Source,
    request: AccessRequest,
    caller: Caller,
    context: Context,
) -> ConsideredStatement:
    place = f"{policy.name}.Statement[{statement.index}]"
    if statement.principal is None and source is Source.RESOURCE:
        raise PolicyError(place, "a resource policy must name a principal")
    if statement.principal and source is not Source.RESOURCE:
        raise PolicyError(place, f"the {source} policy may not name a principal")
    variables = context if policy.has_variables else None
    mismatches = []
    reach = None
    if statement.principal:
        reach = statement.principal.reaches(caller, denies=statement.effect is Effect.DENY)
        if reach is Reach.NOBODY:
            mismatches.append(Mismatch(Part.PRINCIPAL, statement.principal.describe(caller)))
    if not statement.covers_action(request.action):
        mismatches.append(Mismatch(Part.ACTION, f"does not cover {request.action}"))
    if not statement.covers_resource(request.resource, variables):
        mismatches.append(Mismatch(Part.RESOURCE, f"does not cover {request.resource}"))
    mismatches += [
        Mismatch(Part.CONDITION, condition.describe(context))
        for condition in statement.conditions
        if not condition.holds(context, variables)
    ]
    match = StatementMatch(
        policy.name, statement.index, statement.sid, statement.effect, statement.document
    )
    return ConsideredStatement(source, match, tuple(mismatches), reach)
