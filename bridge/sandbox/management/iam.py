"""IAM's API: account B's roles and their policies, by the Query protocol; and the simulator.

Source: IAM API Reference; the denial's text is that of the IAM User Guide, "Troubleshoot access
denied error messages".
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from bridge.iam import AccessRequest, Policy, PolicyError, Reason, evaluate
from bridge.sandbox.exchange.faults import Drawn
from bridge.sandbox.exchange.messages import RawRequest, Reply
from bridge.sandbox.exchange.query_protocol import error_reply, result_reply
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import Trace
from bridge.sandbox.identity.accounts import ACCOUNT_B, Accounts, Role
from bridge.sandbox.identity.authentication import Authenticator
from bridge.sandbox.identity.directory import Directory
from bridge.sandbox.identity.sigv4 import FaultKind
from bridge.sandbox.management.permission import permit

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
# Stands for the other side of AssumeRole, so that the answer is the identity policies' alone.
_TRUST_ALL = Policy.parse(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"},
    },
    "any",
)
# What IAM itself saves, though a template may name a shorter session here.
_SESSION_SECONDS = range(3600, 43201)
_CONTEXT = re.compile(r"ContextEntries\.member\.(\d+)\.ContextKeyName")
_CLOCK_TOLERANCE = timedelta(minutes=15)
_CODES: Mapping[FaultKind, tuple[int, str]] = {
    FaultKind.MISSING: (403, "MissingAuthenticationToken"),
    FaultKind.INCOMPLETE: (400, "IncompleteSignature"),
    FaultKind.SIGNATURE: (403, "SignatureDoesNotMatch"),
    FaultKind.INVALID_TOKEN: (403, "InvalidClientTokenId"),
    FaultKind.EXPIRED_TOKEN: (403, "ExpiredToken"),
}


class Iam:
    """IAM, as account B's principals read and change it."""

    name = "iam"

    def __init__(
        self, accounts: Accounts, directory: Directory, clock: Callable[[], datetime]
    ) -> None:
        """Takes what it answers from.

        Args:
            accounts: The roles.
            directory: Both accounts' principals.
            clock: Returns the time as aware UTC.
        """
        self._accounts = accounts
        self._directory = directory
        self._authenticator = Authenticator(directory, self.name, _CLOCK_TOLERANCE, _CODES, clock)

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
        given = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        trace.operation = action = given.get("Action", "")
        operations: Mapping[str, Callable[[Mapping[str, str]], str]] = {
            "GetRole": self._get_role,
            "ListRoles": self._list_roles,
            "ListRolePolicies": self._list_role_policies,
            "GetRolePolicy": self._get_role_policy,
            "ListAttachedRolePolicies": self._list_attached_role_policies,
            "UpdateAssumeRolePolicy": self._update_assume_role_policy,
            "PutRolePolicy": self._put_role_policy,
            "UpdateRole": self._update_role,
            "SimulatePrincipalPolicy": self._simulate_principal_policy,
        }
        if action not in operations:
            raise Refusal(400, "InvalidAction", f"Could not find operation {action}")
        caller, now = self._authenticator.authenticate(request, trace, drawn)
        name = given.get("RoleName", "")
        resource = given.get("PolicySourceArn", f"arn:aws:iam::{ACCOUNT_B}:role/{name}")
        named = f"role {name}" if name else resource
        permit(caller, f"iam:{action}", resource, now, trace, code="AccessDenied", named=named)
        return result_reply(_NAMESPACE, action, operations[action](given), trace.request_id)

    def refuse(self, refusal: Refusal, trace: Trace) -> Reply:
        """Returns a refusal as an error of the Query protocol."""
        return error_reply(_NAMESPACE, refusal, trace.request_id)

    def throttled(self) -> Refusal:
        """Returns what IAM says to too many requests."""
        return Refusal(400, "Throttling", "Rate exceeded")

    def _role(self, given: Mapping[str, str]) -> Role:
        name = given.get("RoleName", "")
        for role in self._accounts.b.roles.values():
            if role.name == name:
                return role
        raise Refusal(404, "NoSuchEntity", f"The role with name {name} cannot be found.")

    def _get_role(self, given: Mapping[str, str]) -> str:
        return _element("Role", self._described(self._role(given)))

    def _list_roles(self, _given: Mapping[str, str]) -> str:
        roles = [
            _element("member", self._described(each)) for each in self._accounts.b.roles.values()
        ]
        return _element("Roles", "".join(roles)) + _element("IsTruncated", "false")

    def _list_role_policies(self, given: Mapping[str, str]) -> str:
        names = [_element("member", escape(each.name)) for each in self._role(given).policies]
        return _element("PolicyNames", "".join(names)) + _element("IsTruncated", "false")

    def _get_role_policy(self, given: Mapping[str, str]) -> str:
        role, name = self._role(given), given.get("PolicyName", "")
        for policy in role.policies:
            if policy.name == name:
                return (
                    _element("RoleName", escape(role.name))
                    + _element("PolicyName", escape(name))
                    + _element("PolicyDocument", _encoded(policy.document))
                )
        raise Refusal(404, "NoSuchEntity", f"The role policy with name {name} cannot be found.")

    def _list_attached_role_policies(self, given: Mapping[str, str]) -> str:
        # The sandbox refuses a template that attaches one.
        self._role(given)
        return _element("AttachedPolicies", "") + _element("IsTruncated", "false")

    def _update_assume_role_policy(self, given: Mapping[str, str]) -> str:
        role = self._role(given)
        trust = dict(_parsed(given, f"{role.name} trust policy").document)
        self._accounts.save_role(replace(role, trust=trust), saves_trust=True)
        return ""

    def _put_role_policy(self, given: Mapping[str, str]) -> str:
        role, name = self._role(given), given.get("PolicyName", "")
        others = [each for each in role.policies if each.name != name]
        policies = (*others, _parsed(given, name))
        self._accounts.save_role(replace(role, policies=policies))
        return ""

    def _update_role(self, given: Mapping[str, str]) -> str:
        role, asked = self._role(given), given.get("MaxSessionDuration", "")
        if not (asked.isdecimal() and int(asked) in _SESSION_SECONDS):
            text = (
                f"MaxSessionDuration must be from {_SESSION_SECONDS[0]} to {_SESSION_SECONDS[-1]}"
            )
            raise Refusal(400, "ValidationError", text)
        self._accounts.save_role(replace(role, max_session_seconds=int(asked)))
        return ""

    def _simulate_principal_policy(self, given: Mapping[str, str]) -> str:
        arn, action = given.get("PolicySourceArn", ""), given.get("ActionNames.member.1", "")
        resource = given.get("ResourceArns.member.1", "*")
        roles = [self._accounts.a.role, *self._accounts.b.roles.values()]
        role = next((each for each in roles if each.arn == arn), None)
        if role is None:
            raise Refusal(404, "NoSuchEntity", f"The role {arn} cannot be found.")
        asked = AccessRequest(
            principal=role.session_arn("simulated"),
            action=action,
            resource=resource,
            resource_account=resource.split(":")[4] if resource.count(":") > 4 else role.account,  # noqa: PLR2004 - an ARN's fifth part
            context=_simulated_context(given),
            principal_role_arn=arn,
        )
        decision = evaluate(asked, role.policies, _TRUST_ALL)
        denied = "explicitDeny" if decision.reason is Reason.EXPLICIT_DENY else "implicitDeny"
        result = (
            _element("EvalActionName", escape(action))
            + _element("EvalResourceName", escape(resource))
            + _element("EvalDecision", "allowed" if decision.allowed else denied)
        )
        return _element("EvaluationResults", _element("member", result)) + _element(
            "IsTruncated", "false"
        )

    def _described(self, role: Role) -> str:
        path = role.arn.split(":role", 1)[1].removesuffix(role.name)
        return "".join(
            (
                _element("Path", escape(path)),
                _element("RoleName", escape(role.name)),
                _element("RoleId", self._directory.role_id(role)),
                _element("Arn", escape(role.arn)),
                _element("CreateDate", "2024-01-01T00:00:00Z"),
                _element("AssumeRolePolicyDocument", _encoded(self._directory.saved_trust(role))),
                _element("MaxSessionDuration", str(role.max_session_seconds)),
            )
        )


def _parsed(given: Mapping[str, str], name: str) -> Policy:
    try:
        return Policy.parse(json.loads(given.get("PolicyDocument", "")), name)
    except (PolicyError, ValueError) as error:
        raise Refusal(400, "MalformedPolicyDocument", str(error)) from error


def _simulated_context(given: Mapping[str, str]) -> dict[str, str]:
    """Returns the condition keys that the simulation is given, of those with one value."""
    names = ((_CONTEXT.fullmatch(name), value) for name, value in given.items())
    return {
        value: given.get(f"ContextEntries.member.{found[1]}.ContextKeyValues.member.1", "")
        for found, value in names
        if found
    }


def _encoded(document: Mapping[str, Any]) -> str:
    """Returns a policy as IAM sends it: its JSON, percent-encoded."""
    return quote(json.dumps(document), safe="")


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
