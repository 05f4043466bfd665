"""What IAM's own API has changed in the roles that account B's template makes.

It holds until the template or its parameters are edited: a stack that is deployed anew writes its
roles anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.files import FileFault, read_object, write_text

CHANGES_FILE = "iam-changes.json"


@dataclass(frozen=True)
class ChangedRole:
    """A role as it was last saved.

    Attributes:
        trust: Its trust policy.
        policies: Its identity policies, by their names.
        max_session_seconds: Its MaxSessionDuration.
    """

    trust: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]
    max_session_seconds: int


@dataclass(frozen=True)
class Changes:
    """All changes to one version of the template.

    Attributes:
        of: Which version.
        roles: The changed roles, by their ARNs.
        trust_saves: How often a trust policy was saved.
    """

    of: str
    roles: Mapping[str, ChangedRole] = field(default_factory=dict)
    trust_saves: int = 0


def read_changes(path: Path | None, version: str) -> Changes:
    """Returns the changes to this version of the template; none where there is no file.

    Raises:
        FileFault: It cannot be read.
    """
    if path is None or not path.exists():
        return Changes(version)
    document = read_object(path)
    try:
        if document["of"] != version:
            return Changes(version)
        roles = {arn: _changed_role(**changed) for arn, changed in document["roles"].items()}
        return Changes(version, roles, document["trust_saves"])
    except (KeyError, TypeError, AttributeError) as error:
        raise FileFault(path, f"is none that the sandbox wrote: {error}") from error


def _changed_role(trust: Any, policies: Any, max_session_seconds: Any) -> ChangedRole:
    if not isinstance(trust, dict) or not isinstance(policies, dict):
        raise TypeError("a role has a trust policy, and policies by their names")
    if not isinstance(max_session_seconds, int):
        raise TypeError("max_session_seconds must be a whole number")
    return ChangedRole(trust, policies, max_session_seconds)


def write_changes(path: Path, changes: Changes) -> None:
    """Keeps the changes."""
    document = {
        "of": changes.of,
        "roles": {arn: vars(changed) for arn, changed in changes.roles.items()},
        "trust_saves": changes.trust_saves,
    }
    write_text(path, json.dumps(document, indent=2) + "\n")
