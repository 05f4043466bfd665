"""The chain as both reports draw it: its stations from left to right, each with its findings."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.doctor.checks import (
    admin_roles,
    api,
    api_keys,
    assume_role,
    authorizer,
    caller,
    caller_policy,
    clock,
    fields,
    latency,
    reachability,
    ready,
    role,
    role_policy,
    schema,
    session_length,
    settings,
    source_credentials,
    sts,
    trust_policy,
)
from bridge.doctor.findings import Finding, Status

# The worst first: a station is as bad as the worst of its findings.
_ORDER = (
    Status.BROKEN,
    Status.UNKNOWN,
    Status.BEHIND,
    Status.WARNING,
    Status.OK,
    Status.SKIPPED,
)


@dataclass(frozen=True)
class Station:
    """One station of the chain.

    Attributes:
        name: As it is drawn.
        account: "A" or "B".
        checks: The findings that belong to it, by their checks.
    """

    name: str
    account: str
    checks: tuple[str, ...]


STATIONS = (
    Station(
        "function",
        "A",
        (settings.CHECK, authorizer.CHECK, source_credentials.CHECK, caller.CHECK, clock.CHECK),
    ),
    Station("identity policy", "A", (caller_policy.CHECK,)),
    Station("STS", "A", (reachability.STS, sts.CHECK)),
    Station(
        "role",
        "B",
        (role.CHECK, trust_policy.CHECK, session_length.CHECK, assume_role.CHECK),
    ),
    Station("AppSync", "B", (reachability.APPSYNC, api.CHECK, role_policy.CHECK, api_keys.CHECK)),
    Station(
        "resolvers",
        "B",
        (admin_roles.CHECK, schema.CHECK, fields.CHECK, ready.CHECK, latency.CHECK),
    ),
)


def of_station(station: Station, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Returns a station's findings."""
    return tuple(finding for finding in findings if finding.check in station.checks)


def status_of(station: Station, findings: Sequence[Finding]) -> Status:
    """Returns the worst status of a station's findings."""
    return min((each.status for each in of_station(station, findings)), key=_ORDER.index)


def verdict(findings: Sequence[Finding]) -> str:
    """Returns the report in a sentence."""
    broken = [finding.check for finding in findings if finding.status is Status.BROKEN]
    if broken:
        links = "This link is" if len(broken) == 1 else f"{len(broken)} links are"
        return f"{links} broken: {', '.join(broken)}"
    unknown = [finding.check for finding in findings if finding.status is Status.UNKNOWN]
    if unknown:
        return f"Not everything could be looked at: {', '.join(unknown)}"
    warnings = sum(finding.status is Status.WARNING for finding in findings)
    return "The chain holds" + (f", with {warnings} to think about" if warnings else "")
