"""The Principal and NotPrincipal elements.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "… NotPrincipal".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bridge.iam.errors import PolicyError
from bridge.iam.request import Caller

_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::(?P<id>\d{12}):root", re.ASCII)
_IDENTITY = re.compile(
    r"arn:aws[a-z-]*:iam::\d{12}:(?:role|user)/[^*?\s]+"
    r"|arn:aws[a-z-]*:sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+"
    r"|arn:aws[a-z-]*:sts::\d{12}:federated-user/[\w+=,.@:-]+",
    re.ASCII,
)
# What AWS puts in place of a role or user that was deleted after the policy had been saved.
_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{12,}")
_OTHER_KINDS = ("Service", "Federated", "CanonicalUser")


class Reach(IntEnum):
    """How closely a principal element names a caller; the closer, the more an Allow grants."""

    NOBODY = 0  # somebody else
    ACCOUNT = 1  # the caller's account, which leaves the choice to its identity policies
    ROLE = 2  # the session's role: a session policy still limits the grant
    DIRECT = 3  # the session, the user or everybody: nothing but a deny limits the grant


@dataclass(frozen=True)
class Principal:
    """One value of a principal element."""

    kind: str  # "AWS", "Service", "Federated", "CanonicalUser"
    value: str

    def reaches(self, caller: Caller) -> Reach:
        """Returns how closely this value names the caller."""
        if self.kind != "AWS":
            return Reach.DIRECT if self.value == caller.arn else Reach.NOBODY
        if self.value == "*":
            return Reach.DIRECT
        if account := _ACCOUNT.fullmatch(self.value):
            named = account["id"] or self.value
            return Reach.ACCOUNT if named == caller.account else Reach.NOBODY
        if self.value in (caller.principal_arn, caller.unique_id):
            return Reach.ROLE if caller.kind in ("assumed-role", "role") else Reach.DIRECT
        return Reach.DIRECT if self.value == caller.arn else Reach.NOBODY


@dataclass(frozen=True)
class PrincipalElement:
    """A statement's Principal, or its NotPrincipal."""

    principals: tuple[Principal, ...]
    excludes: bool  # NotPrincipal

    def reaches(self, caller: Caller, *, denies: bool) -> Reach:
        """Returns how closely the element names the caller.

        A Deny with NotPrincipal spares only a caller whose account *and* own ARN it lists: AWS
        checks the account, then the role or user. An Allow spares whoever it lists at all.

        Args:
            caller: Who calls.
            denies: Whether the statement is a Deny.
        """
        reached = {principal.reaches(caller) for principal in self.principals}
        if not self.excludes:
            return max(reached, default=Reach.NOBODY)
        own = bool(reached & {Reach.ROLE, Reach.DIRECT})
        if not denies or Principal("AWS", "*") in self.principals or caller.account is None:
            spared = own or Reach.ACCOUNT in reached
        else:
            spared = Reach.ACCOUNT in reached and (own or caller.kind == "root")
        return Reach.NOBODY if spared else Reach.DIRECT

    def describe(self, caller: Caller) -> str:
        """Returns whom the element names and who calls, for a person."""
        names = ", ".join(principal.value for principal in self.principals)
        verb = "spares" if self.excludes else "names"
        return f"{verb} {names}; the caller is {caller.arn}"


def parse_principals(document: Any, place: str, *, excludes: bool) -> PrincipalElement:
    """Returns a Principal or NotPrincipal element.

    Raises:
        PolicyError: A principal that AWS refuses when the policy is saved, such as a group, or a
            wildcard inside an ARN.
    """
    if document == "*":
        return PrincipalElement((Principal("AWS", "*"),), excludes)
    if not isinstance(document, Mapping):
        raise PolicyError(place, 'must be "*" or an object')
    principals = []
    for kind, values in document.items():
        where = f"{place}.{kind}"
        if kind not in ("AWS", *_OTHER_KINDS):
            raise PolicyError(where, f"the kinds of principal are AWS, {', '.join(_OTHER_KINDS)}")
        listed: Sequence[Any] = values if isinstance(values, list) else [values]
        for value in listed:
            if not isinstance(value, str) or not value:
                raise PolicyError(where, "a principal must be a text")
            if kind == "AWS":
                _check(value, where)
            principals.append(Principal(kind, value))
    return PrincipalElement(tuple(principals), excludes)


def _check(value: str, place: str) -> None:
    if value == "*" or any(shape.fullmatch(value) for shape in (_ACCOUNT, _IDENTITY, _UNIQUE_ID)):
        return
    fault = f'invalid principal "{value}"'
    if "*" in value or "?" in value:
        fault += ': a wildcard stands alone; use "*" with a condition on aws:PrincipalArn'
    raise PolicyError(place, fault)
