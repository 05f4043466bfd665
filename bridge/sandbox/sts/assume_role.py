"""AssumeRole: its parameters, its limits and both accounts' say.

Source: STS API Reference, "AssumeRole"; the order of the checks was observed from outside.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.iam import Policy, PolicyError, evaluate
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import Trace
from bridge.sandbox.identity.accounts import Role
from bridge.sandbox.identity.directory import Directory, Principal
from bridge.sandbox.identity.state import Session

_DEFAULT_SECONDS = 3600
_SHORTEST_SECONDS, _LONGEST_SECONDS = 900, 43200
_CHAINING_SECONDS = 3600
_MOST_TAGS = 50
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_TAG = re.compile(r"Tags\.member\.(?P<index>\d+)\.(?P<part>Key|Value)")
# They would change what the session may do, and the sandbox has nothing to check them with.
_UNSUPPORTED = (
    "PolicyArns",
    "ProvidedContexts",
    "SerialNumber",
    "TokenCode",
    "TransitiveTagKeys",
)


@dataclass(frozen=True)
class _Text:
    """A text parameter's constraints."""

    least: int
    most: int
    pattern: str | None = None
    is_needed: bool = False

    def broken_by(self, value: str | None) -> Iterator[str]:
        if value is None:
            if self.is_needed:
                yield "Member must not be null"
            return
        if len(value) < self.least:
            yield f"Member must have length greater than or equal to {self.least}"
        if len(value) > self.most:
            yield f"Member must have length less than or equal to {self.most}"
        if self.pattern and not re.fullmatch(self.pattern, value, re.ASCII):
            yield f"Member must satisfy regular expression pattern: {self.pattern}"


_TEXTS = {
    "RoleArn": _Text(20, 2048, is_needed=True),
    "RoleSessionName": _Text(2, 64, r"[\w+=,.@-]*", is_needed=True),
    "ExternalId": _Text(2, 1224, r"[\w+=,.@:\/-]*"),
    "SourceIdentity": _Text(2, 64, r"[\w+=,.@-]*"),
    "Policy": _Text(1, 2048),
}


@dataclass(frozen=True)
class AssumeRoleRequest:
    """What an AssumeRole asks for, each value within its own constraints."""

    role_arn: str
    session_name: str
    duration_seconds: int
    external_id: str | None
    policy: str | None
    tags: Mapping[str, str]
    source_identity: str | None


def read_request(parameters: Mapping[str, str]) -> AssumeRoleRequest:
    """Returns what the parameters ask for.

    Raises:
        Refusal: One of them is missing or malformed.
    """
    unsupported = sorted({name.partition(".")[0] for name in parameters} & set(_UNSUPPORTED))
    if unsupported:
        raise _invalid(f"The sandbox does not know {', '.join(unsupported)}")
    faults = list(_faults(parameters))
    if faults:
        count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected"
        raise _invalid(f"{count}: {'; '.join(faults)}")
    if not _ROLE_ARN.fullmatch(parameters["RoleArn"]):
        raise _invalid(f"{parameters['RoleArn']} is invalid")
    tags = _tags(parameters)
    pairs = {tag.get("Key", ""): tag.get("Value", "") for tag in tags}
    if len(pairs) != len(tags) or len(tags) > _MOST_TAGS:
        raise _invalid("Session tags must have different keys, and be 50 at most.")
    return AssumeRoleRequest(
        role_arn=parameters["RoleArn"],
        session_name=parameters["RoleSessionName"],
        duration_seconds=int(parameters.get("DurationSeconds", _DEFAULT_SECONDS)),
        external_id=parameters.get("ExternalId"),
        policy=_session_policy(parameters.get("Policy")),
        tags=pairs,
        source_identity=parameters.get("SourceIdentity"),
    )


def assume_role(
    request: AssumeRoleRequest,
    caller: Principal,
    directory: Directory,
    trace: Trace,
    now: datetime,
) -> tuple[Role, Session]:
    """Returns the role and a new session of it.

    Raises:
        Refusal: A limit or a policy of either account forbids it.
    """
    role = directory.role(request.role_arn)
    if role and request.duration_seconds > role.max_session_seconds:
        raise _invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if caller.is_role_session and request.duration_seconds > _CHAINING_SECONDS:
        raise _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
    # Who is behind a session stays behind all sessions that are made with it.
    inherited = caller.session.source_identity if caller.session else None
    source_identity = inherited or request.source_identity
    for action in _actions(request, source_identity):
        _authorise(action, request, caller, role, directory, trace, now)
    if role is None:
        raise LookupError(request.role_arn)  # _authorise refuses it
    session = directory.issue(
        role,
        request.session_name,
        timedelta(seconds=request.duration_seconds),
        policy=request.policy,
        tags=request.tags,
        source_identity=source_identity,
    )
    return role, session


def _actions(request: AssumeRoleRequest, source_identity: str | None) -> Iterator[str]:
    yield "sts:AssumeRole"
    if request.tags:
        yield "sts:TagSession"
    if source_identity:
        yield "sts:SetSourceIdentity"


def _authorise(
    action: str,
    request: AssumeRoleRequest,
    caller: Principal,
    role: Role | None,
    directory: Directory,
    trace: Trace,
    now: datetime,
) -> None:
    allowed = False
    if role is None:
        trace.step("role", f"there is no {request.role_arn}")
    else:
        decision = evaluate(
            caller.asks(action, role.arn, now, _context(request)),
            caller.identity_policies,
            directory.trust_policy(role),
            caller.session_policies,
        )
        trace.decided(action, role.arn, decision)
        allowed = decision.allowed
    if not allowed:
        # One text for a missing permission, the trust policy's refusal and a missing role.
        raise Refusal(
            403,
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: {action} "
            f"on resource: {request.role_arn}",
        )


def _context(request: AssumeRoleRequest) -> dict[str, Any]:
    context: dict[str, Any] = {"sts:RoleSessionName": request.session_name}
    if request.external_id is not None:
        context["sts:ExternalId"] = request.external_id
    if request.source_identity:
        context["sts:SourceIdentity"] = request.source_identity
    if request.tags:
        context["aws:TagKeys"] = tuple(request.tags)
        context |= {f"aws:RequestTag/{key}": value for key, value in request.tags.items()}
    return context


def _faults(parameters: Mapping[str, str]) -> Iterator[str]:
    """Yields what is wrong with the parameters, each in the words of AWS's validation."""
    for name, constraint in _TEXTS.items():
        value = parameters.get(name)
        for rule in constraint.broken_by(value):
            yield _fault(name, value, rule)
    duration = parameters.get("DurationSeconds")
    if duration is None:
        return
    if not re.fullmatch(r"-?\d{1,18}", duration, re.ASCII):
        yield _fault("DurationSeconds", duration, "Member must be an integer")
    elif int(duration) < _SHORTEST_SECONDS:
        rule = f"Member must have value greater than or equal to {_SHORTEST_SECONDS}"
        yield _fault("DurationSeconds", duration, rule)
    elif int(duration) > _LONGEST_SECONDS:
        rule = f"Member must have value less than or equal to {_LONGEST_SECONDS}"
        yield _fault("DurationSeconds", duration, rule)


def _fault(name: str, value: str | None, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    member = name[0].lower() + name[1:]
    return f"Value {shown} at '{member}' failed to satisfy constraint: {rule}"


def _tags(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    """Returns the `Tags.member.N.Key` and `….Value` parameters by N."""
    found: dict[int, dict[str, str]] = {}
    for name, value in parameters.items():
        place = _TAG.fullmatch(name)
        if place:
            found.setdefault(int(place["index"]), {})[place["part"]] = value
    return [found[index] for index in sorted(found)]


def _session_policy(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        Policy.parse(json.loads(text), "session policy")
    except (PolicyError, ValueError) as error:
        message = f"Syntax errors in policy. {error}"
        raise Refusal(400, "MalformedPolicyDocument", message) from error
    return text


def _invalid(message: str) -> Refusal:
    return Refusal(400, "ValidationError", message)
