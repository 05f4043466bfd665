"""A policy document as frozen values, refused where AWS would refuse to save it.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.iam.conditions import Condition, parse_conditions
from bridge.iam.errors import PolicyError
from bridge.iam.patterns import Context, Wildcard, expand, matches, matches_resource
from bridge.iam.principals import PrincipalElement, parse_principals

_VERSION_WITH_VARIABLES = "2012-10-17"
_VERSIONS = ("2008-10-17", _VERSION_WITH_VARIABLES)
_POLICY_KEYS = {"Version", "Id", "Statement"}
_STATEMENT_KEYS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_ACTION = re.compile(r"\*+|(?:\*|[A-Za-z0-9-]+):[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:.+", re.DOTALL)


class Effect(StrEnum):
    """What a statement does when it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True)
class TextElement:
    """An Action or Resource element, or its Not form."""

    values: tuple[str, ...]
    excludes: bool  # NotAction, NotResource


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    index: int
    sid: str | None
    effect: Effect
    principal: PrincipalElement | None
    action: TextElement
    resource: TextElement | None  # a trust policy has none: its resource is its role
    conditions: tuple[Condition, ...]
    document: Mapping[str, Any]

    def covers_action(self, action: str) -> bool:
        """Tells whether the statement is about an action; case is ignored, as IAM does."""
        named = any(
            matches(expand(value, None) or (), action, ignore_case=True)
            for value in self.action.values
        )
        return named != self.action.excludes

    def covers_resource(self, arn: str, variables: Context | None) -> bool:
        """Tells whether the statement is about a resource."""
        if self.resource is None:
            return True
        # A variable without a value makes a statement invalid: a Resource then names nothing, a
        # NotResource may have meant whatever the rest of it fits.
        unresolved = Wildcard.MANY if self.resource.excludes else None
        patterns = [expand(value, variables, unresolved) for value in self.resource.values]
        named = any(matches_resource(pattern, arn) for pattern in patterns if pattern)
        return named != self.resource.excludes


@dataclass(frozen=True)
class Policy:
    """An identity, session or resource policy; a trust policy is a role's resource policy."""

    name: str
    has_variables: bool  # by its Version
    statements: tuple[Statement, ...]

    @property
    def document(self) -> Mapping[str, Any]:
        """Returns the JSON document, of the Version whose meaning it has."""
        version = _VERSION_WITH_VARIABLES if self.has_variables else _VERSIONS[0]
        return {"Version": version, "Statement": [dict(each.document) for each in self.statements]}

    @classmethod
    def parse(cls, document: Mapping[str, Any], name: str = "policy") -> "Policy":
        """Returns a policy from its JSON document.

        Args:
            document: The document; its Statement is a list or a single statement.
            name: What decisions and errors call it.

        Raises:
            PolicyError: AWS would refuse to save the document; the message names the place.
        """
        if not isinstance(document, Mapping):
            raise PolicyError(name, "must be an object")
        _known_keys(document, _POLICY_KEYS, name)
        version = document.get("Version", _VERSIONS[0])
        if version not in _VERSIONS:
            raise PolicyError(f"{name}.Version", f"must be {' or '.join(_VERSIONS)}")
        listed = document.get("Statement")
        if isinstance(listed, Mapping):
            listed = [listed]
        if not isinstance(listed, list):
            raise PolicyError(f"{name}.Statement", "must be a statement or a list of them")
        statements = tuple(
            _statement(item, index, f"{name}.Statement[{index}]")
            for index, item in enumerate(listed)
        )
        sids = [statement.sid for statement in statements if statement.sid]
        if len(sids) != len(set(sids)):
            raise PolicyError(f"{name}.Statement", "each Sid must be unique")
        return cls(name, version == _VERSION_WITH_VARIABLES, statements)


def _statement(document: Any, index: int, place: str) -> Statement:
    if not isinstance(document, Mapping):
        raise PolicyError(place, "must be an object")
    _known_keys(document, _STATEMENT_KEYS, place)
    sid = document.get("Sid")
    if sid is not None and not isinstance(sid, str):
        raise PolicyError(f"{place}.Sid", "must be a text")
    if document.get("Effect") not in list(Effect):
        raise PolicyError(f"{place}.Effect", f"must be {' or '.join(Effect)}")
    action = _text_element(document, "Action", _ACTION, place)
    if action is None:
        raise PolicyError(place, "needs an Action or a NotAction")
    resource = _text_element(document, "Resource", _RESOURCE, place)
    key = _one_of(document, "Principal", place)
    principal = (
        parse_principals(document[key], f"{place}.{key}", excludes=key == "NotPrincipal")
        if key
        else None
    )
    if principal is None and resource is None:
        raise PolicyError(place, "needs a Resource, or a Principal in a resource policy")
    return Statement(
        index=index,
        sid=sid,
        effect=Effect(document["Effect"]),
        principal=principal,
        action=action,
        resource=resource,
        conditions=parse_conditions(document.get("Condition", {}), f"{place}.Condition"),
        document=document,
    )


def _known_keys(document: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(str(key) for key in document if key not in known)
    if unknown:
        raise PolicyError(place, f"unknown element {', '.join(unknown)}")


def _one_of(document: Mapping[str, Any], element: str, place: str) -> str | None:
    """Returns which of an element and its Not form the statement has, if any."""
    present = [key for key in (element, f"Not{element}") if key in document]
    if len(present) > 1:
        raise PolicyError(place, f"has both {' and '.join(present)}")
    return present[0] if present else None


def _text_element(
    document: Mapping[str, Any], element: str, shape: re.Pattern[str], place: str
) -> TextElement | None:
    key = _one_of(document, element, place)
    if key is None:
        return None
    listed: Sequence[Any] = document[key] if isinstance(document[key], list) else [document[key]]
    if not listed:
        raise PolicyError(f"{place}.{key}", "must not be empty")
    for value in listed:
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise PolicyError(f"{place}.{key}", f"malformed value {value!r}")
    return TextElement(tuple(listed), excludes=key.startswith("Not"))
