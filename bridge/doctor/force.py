"""What brings a remedy into force: what to start or deploy anew, and the sandbox's own faults."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.doctor import mending
from bridge.doctor.checks import (
    api,
    assume_role,
    clock,
    fields,
    latency,
    reachability,
    ready,
    source_credentials,
    sts,
)
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.look import Look
from bridge.project import CONFIG

# The checks that a fault of the sandbox's can turn against the chain.
_FAULT_PRONE = frozenset(
    {
        reachability.STS,
        sts.CHECK,
        clock.CHECK,
        source_credentials.CHECK,
        assume_role.CHECK,
        reachability.APPSYNC,
        api.CHECK,
        fields.CHECK,
        ready.CHECK,
        latency.CHECK,
    }
)
_ACCOUNT_A_READS = (str(CONFIG),)
_WRITES_ACCOUNT_A = ("bridge compile", "bridge pull", "bridge configure")


def completed(look: Look, finding: Finding) -> Finding:
    """Returns a finding whose remedy can be followed to its end."""
    if finding.status in (Status.OK, Status.SKIPPED, Status.BEHIND):
        return finding
    if look.is_local and finding.check in _FAULT_PRONE and look.sandbox_faults:
        return replace(finding, remedy=_switch_off(look, look.sandbox_faults))
    if finding.remedy is None or finding.remedy.then:
        return finding
    return replace(finding, remedy=replace(finding.remedy, then=_then(look, finding.remedy)))


def _switch_off(look: Look, faults: tuple[Mapping[str, Any], ...]) -> Remedy:
    url = look.made.sts_url.rstrip("/")
    on = "; ".join(
        ", ".join(f"{name} {value}" for name, value in fault.items() if name != "hits")
        for fault in faults
    )
    return Remedy(
        f"A fault is on in the sandbox ({on}), and this is what it does. Switch all faults off,"
        f" here or in {url}/console; then ask the doctor again.",
        (),
        (f"curl -X DELETE {url}/_admin/faults",),
    )


def _then(look: Look, remedy: Remedy) -> str:
    files = [edit.file for edit in remedy.edits]
    reads_anew = any(file in _ACCOUNT_A_READS for file in files) or any(
        words in command for command in remedy.commands for words in _WRITES_ACCOUNT_A
    )
    if look.is_local and mending.make_run(look) in remedy.commands:
        return ""
    if look.is_local and reads_anew:
        return mending.started_anew(look)
    if look.is_local and files:
        return "It is in force at the next request; nothing need be started anew."
    if files and not remedy.commands:
        return f"Then deploy it: `chalice deploy --stage {look.stage.name}`, or docs/deploy.md."
    return ""
