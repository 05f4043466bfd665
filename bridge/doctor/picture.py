"""The chain as both reports draw it: its stations from left to right, each with its findings."""

from collections.abc import Sequence

from bridge.doctor.chain import CHAIN, Station
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


def of_station(station: Station, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Returns a station's findings."""
    checks = {check.name for check in CHAIN if check.station is station}
    return tuple(finding for finding in findings if finding.check in checks)


def status_of(station: Station, findings: Sequence[Finding]) -> Status:
    """Returns the worst status of a station's findings; one that was passed by was skipped."""
    statuses = (each.status for each in of_station(station, findings))
    return min(statuses, key=_ORDER.index, default=Status.SKIPPED)


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
