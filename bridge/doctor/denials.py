"""AWS's denial texts: who may not do what, and by which policy, where the text says so.

Source: IAM User Guide, "Troubleshoot access denied error messages"; AWS appends the policy's ARN
to newer ones.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class PolicyKind(StrEnum):
    """The kinds of policy that AWS names as what denied."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    VPC_ENDPOINT = "VPC endpoint policy"

    @property
    def is_of_account_b(self) -> bool:
        """Whether it stands on the side of the role that is to be assumed."""
        return self in _OF_ACCOUNT_B


_OF_ACCOUNT_B = (PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RESOURCE_CONTROL)
_KINDS = "|".join(PolicyKind)
_REQUEST = re.compile(
    r"User: (?P<caller>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>\S+))?"
)
_ALLOWED_BY_NONE = re.compile(rf"because no (?P<kind>{_KINDS}) allows the \S+ action")
_DENIED_BY = re.compile(
    rf"with an explicit deny in (?:an?|the) (?P<kind>{_KINDS})(?:: (?P<arn>arn:\S+))?"
)


@dataclass(frozen=True)
class Denial:
    """What a denial says.

    Attributes:
        caller: The ARN of who was denied; empty where the text does not name it.
        action: What was asked for, such as `sts:AssumeRole`.
        kind: The policy that denied; None where the text leaves that open.
        explicit: Whether a statement of it denies, or none of it allows.
        policy_arn: Which policy, where the text names it.
    """

    caller: str
    action: str
    kind: PolicyKind | None
    explicit: bool = False
    policy_arn: str | None = None


def read_denial(message: str) -> Denial:
    """Returns what AWS's text to an AccessDenied says."""
    request = _REQUEST.search(message)
    caller, action = (request["caller"], request["action"]) if request else ("", "")
    explicit, implicit = _DENIED_BY.search(message), _ALLOWED_BY_NONE.search(message)
    found = explicit or implicit
    if found is None:
        return Denial(caller, action, None)
    arn = explicit["arn"] if explicit else None
    return Denial(caller, action, PolicyKind(found["kind"]), explicit is not None, arn)
