"""What the probes saw, as a file to keep: Markdown, which people and tools read."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bridge.doctor.findings import Finding, Status
from bridge.doctor.verify.probes import PROBES

_WORDS = {
    Status.OK: "as counted on",
    Status.BROKEN: "**not as counted on**",
    Status.WARNING: "otherwise, without harm",
    Status.SKIPPED: "not asked",
}


def verification(stage: str, findings: Sequence[Finding], at: datetime, version: str) -> str:
    """Returns the report."""
    return "\n".join(_lines(stage, findings, at, version)) + "\n"


def _lines(stage: str, findings: Sequence[Finding], at: datetime, version: str) -> Iterator[str]:
    yield f"# What was verified on stage {stage}"
    yield ""
    yield f"{at:%Y-%m-%d %H:%M} UTC, bridge {version}."
    counted_on = {probe.name: probe.counted_on for probe in PROBES}
    for finding in findings:
        yield ""
        yield f"## {finding.check}: {_WORDS.get(finding.status, finding.status)}"
        yield ""
        yield f"Counted on: {counted_on[finding.check]}."
        yield ""
        yield finding.summary
        for line in finding.evidence:
            yield f"- `{' '.join(line.replace('`', chr(39)).split())}`"
        if finding.remedy:
            yield ""
            yield finding.remedy.action
            for command in finding.remedy.commands:
                yield f"    {command}"
