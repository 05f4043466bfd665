"""The function's settings: what the gateway itself would refuse to start with."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bridge.doctor import mending
from bridge.doctor.findings import Edit, Finding, Remedy, Status
from bridge.doctor.look import Look
from chalicelib.errors import ConfigurationError

CHECK = "settings"
_REGION_IN_HOST = re.compile(r"\.appsync-api\.([a-z0-9-]+)\.")
_FIND_URL = 'aws appsync list-graphql-apis --region REGION --query "graphqlApis[].uris.GRAPHQL"'


def check(look: Look) -> Finding:
    """Returns whether every variable is there and well formed."""
    settings = look.settings
    if isinstance(settings, ConfigurationError):
        return Finding(
            CHECK,
            Status.BROKEN,
            "; ".join(settings.faults) + ".",
            (f"stage {look.stage.name} of .chalice/config.json, and this environment",),
            _remedy(look, settings),
        )
    return Finding(
        CHECK,
        Status.OK,
        "Every variable is there and well formed.",
        (
            f"ASSUME_ROLE_ARN {settings.assume_role_arn}",
            f"APPSYNC_URL {settings.appsync_url}",
            f"REGION {settings.region}",
        ),
    )


def _remedy(look: Look, error: ConfigurationError) -> Remedy:
    names = [fault.partition(" ")[0] for fault in error.faults]
    edits = tuple(edit for name in names for edit in _edit(look, name))
    commands = (_FIND_URL,) if "APPSYNC_URL" in names else ()
    action = f"Set {', '.join(dict.fromkeys(names))} of stage {look.stage.name}."
    if len(edits) < len(set(names)):
        action += " `python -m bridge configure` checks the values and writes them."
    return Remedy(action, edits, commands)


def _edit(look: Look, name: str) -> Iterator[Edit]:
    """Gives the edit where the right value follows from something else."""
    value = None
    if name == "ASSUME_ROLE_ARN":
        value = _role_in_policy(look)
    elif name == "REGION":
        value = _region(look)
    elif name == "ROLE_SESSION_NAME":
        value = "appsync-rest"
    if value:
        yield mending.variable(look, name, value)


def _region(look: Look) -> str | None:
    host = urlsplit(look.environ.get("APPSYNC_URL", "")).hostname or ""
    found = _REGION_IN_HOST.search(host)
    if found:
        return found[1]
    return look.environ.get("AWS_REGION") or look.environ.get("AWS_DEFAULT_REGION")


def _role_in_policy(look: Look) -> str | None:
    """Returns the one role that account A's policy file allows to assume."""
    if look.stage.policy_file is None:
        return None
    try:
        text = (look.project.root / look.stage.policy_file).read_text(encoding="utf-8")
        document: Any = json.loads(text)
        resources = {
            resource
            for statement in mending.listed(document)
            if "sts:AssumeRole" in mending.listed(statement, "Action")
            for resource in mending.listed(statement, "Resource")
        }
    except (OSError, ValueError, AttributeError):
        return None
    exact = [each for each in resources if ":role/" in each and "*" not in each]
    return exact[0] if len(exact) == 1 else None
