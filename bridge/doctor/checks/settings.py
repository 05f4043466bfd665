"""The function's settings: what the gateway itself would refuse to start with."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

from bridge.doctor import mending
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.look import Look
from bridge.project import LOCAL_STAGE
from bridge.variables import VARIABLES
from chalicelib.errors import ConfigurationError

CHECK = "settings"
_REGION_IN_HOST = re.compile(r"\.appsync-api\.([a-z0-9-]+)\.")
_FIND_URL = 'aws appsync list-graphql-apis --region REGION --query "graphqlApis[].uris.GRAPHQL"'
# What .chalice/config.json holds before it is configured.
_PLACEHOLDERS = {
    "APPSYNC_URL": "https://abcdefghijklmnopqrstuvwxyz.appsync-api.",
    "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:",
}


def check(look: Look) -> Finding:
    """Returns whether every variable is there and well formed."""
    settings = look.settings
    if isinstance(settings, ConfigurationError):
        names = _names(settings)
        forms = (f"{name}: {VARIABLES[name].form}" for name in names if name in VARIABLES)
        return Finding(
            CHECK,
            Status.BROKEN,
            "; ".join(settings.faults) + ".",
            (
                f"stage {look.stage.name} of .chalice/config.json, and this environment",
                *forms,
                *(_about_host(look) if "APPSYNC_URL" in names or "APPSYNC_HOST" in names else ()),
            ),
            _remedy(look, names),
        )
    examples = [
        name for name, start in _PLACEHOLDERS.items() if _value(look, name).startswith(start)
    ]
    # The sandbox's own account is the example's, so one of the two alone may be meant.
    if "APPSYNC_URL" in examples:
        return Finding(
            CHECK,
            Status.BROKEN,
            f"Still the example's: {', '.join(examples)}.",
            tuple(f"{name} {_value(look, name)}" for name in examples),
            Remedy(
                f"Stage {look.stage.name} was not configured yet: give `configure` the values that"
                " account B's owner has.",
                (),
                (_configure(look), _FIND_URL),
            ),
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


def _value(look: Look, name: str) -> str:
    return look.environ.get(name, "").strip()


def _names(error: ConfigurationError) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fault.partition(" ")[0] for fault in error.faults))


def _remedy(look: Look, names: Sequence[str]) -> Remedy:
    by_hand = [name for name in names if name not in look.stage.variables and name in os.environ]
    if by_hand and look.stage.name == LOCAL_STAGE and look.is_wired_by_hand:
        return mending.rewired(look, f"{', '.join(by_hand)} is not what it must be.")
    if by_hand:
        return Remedy(
            f"{', '.join(by_hand)} of this shell's environment is not what it must be: take it out,"
            f" or set it right.",
            (),
            tuple(f"unset {name}" for name in by_hand),
        )
    edits = tuple(
        mending.variable(look, name, value)
        for name in names
        if (value := _derived(look, name)) is not None
    )
    if len(edits) == len(names):
        return Remedy(f"Set {', '.join(names)} of stage {look.stage.name}.", edits)
    return Remedy(
        f"Set {', '.join(names)} of stage {look.stage.name}: `python -m bridge configure` checks"
        " the values and writes them. What is in capitals is account B's owner's to say.",
        edits,
        (_configure(look), *((_FIND_URL,) if "APPSYNC_URL" in names else ())),
    )


def _host(look: Look) -> str:
    try:
        return urlsplit(_value(look, "APPSYNC_URL")).netloc
    except ValueError:
        return ""


def _about_host(look: Look) -> Iterator[str]:
    """Gives what is known of a host that is not an AppSync API's own.

    Source: AWS AppSync developer guide, "Using AWS AppSync Private APIs" and "Configuring custom
    domain names".
    """
    host = _host(look)
    if ".vpce." in host:
        yield (
            f"{host} is a VPC endpoint's own name, under which AppSync does not know the API:"
            " APPSYNC_HOST says which one is meant; or turn on private DNS for the endpoint, by"
            " which ID.appsync-api.REGION.amazonaws.com leads there"
        )
    elif host and "amazonaws.com" not in host:
        yield f"{host} may be a custom domain: `configure --allowed-host {host}` lets it be named"


def _configure(look: Look) -> str:
    """Returns the command that writes the stage, with what is known of it filled in."""
    settings = look.settings
    wrong = _names(settings) if isinstance(settings, ConfigurationError) else tuple(_PLACEHOLDERS)
    words = [f"python -m bridge configure --stage {look.stage.name}"]
    for name in ("ASSUME_ROLE_ARN", "APPSYNC_URL", "REGION"):
        form, option = VARIABLES[name].form, VARIABLES[name].option
        given = _value(look, name)
        is_custom = name == "APPSYNC_URL" and given and "amazonaws.com" not in _host(look)
        words.append(f"{option} {form if name in wrong and not is_custom else quote(given)}")
        if is_custom:
            words.append(f"--allowed-host {quote(_host(look))}")
    if ".vpce." in _host(look):
        own = VARIABLES["APPSYNC_HOST"]
        given = _value(look, "APPSYNC_HOST")
        shown = own.form if "APPSYNC_HOST" in wrong or not given else quote(given)
        words.append(f"{own.option} {shown}")
    return " ".join(words)


def _derived(look: Look, name: str) -> str | None:
    """Returns the right value where it follows from something else; None where it does not."""
    match name:
        case "ASSUME_ROLE_ARN":
            return _role_in_policy(look)
        case "REGION":
            return _region(look)
        case "ROLE_SESSION_NAME":
            return "appsync-rest"
        case "EXTERNAL_ID" | "CORS_ALLOW_ORIGINS" | "APPSYNC_HOST":
            # As if it were not set, which is the default; a VPC endpoint's name needs its host.
            return None if ".vpce." in _host(look) and name == "APPSYNC_HOST" else ""
        case "ENABLE_BATCH":
            return "false"
        case "API_AUTHORIZER":
            return "none" if look.is_local else "iam"
        case "APPSYNC_URL" if look.is_local:
            return f"{_value(look, 'AWS_ENDPOINT_URL_STS').rstrip('/')}/graphql"
    return None


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
