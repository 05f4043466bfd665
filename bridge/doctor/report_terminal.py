"""The report on a terminal: the chain drawn as it runs, then what was found of each link."""

from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bridge.doctor.chain import STATIONS
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.picture import status_of, verdict

_MARKS = {
    Status.OK: ("✔", "green"),
    Status.WARNING: ("!", "yellow"),
    Status.BROKEN: ("✘", "bold red"),
    Status.BEHIND: ("·", "bright_black"),
    Status.UNKNOWN: ("?", "magenta"),
    Status.SKIPPED: ("○", "bright_black"),
}
# What needs no reading unless something is wrong with it.
_QUIET = (Status.OK, Status.BEHIND, Status.SKIPPED)


def print_report(stage: str, findings: Sequence[Finding], console: Console | None = None) -> None:
    """Prints the chain, the findings and the remedies."""
    console = console or Console()
    console.print(Text(f"The chain of stage {stage}", style="bold"))
    console.print(_account("A", findings))
    console.print(_account("B", findings))
    console.print(_table(findings))
    for finding in findings:
        if finding.status not in _QUIET:
            _print_details(finding, console)
    console.print(Text(f"\n{verdict(findings)}.", style="bold"))


def _account(name: str, findings: Sequence[Finding]) -> Panel:
    """Returns an account's part of the chain; what leads to a broken station is cut."""
    line = Text()
    for station in STATIONS:
        if station.account != name:
            continue
        status = status_of(station, findings)
        mark, style = _MARKS[status]
        if station is not STATIONS[0]:
            line.append(" ━✘━▶ " if status is Status.BROKEN else " ━━━▶ ", style=style)
        line.append(f"{mark} {station.name}", style=style)
    return Panel(line, title=f"account {name}", title_align="left", expand=False)


def _table(findings: Sequence[Finding]) -> Table:
    table = Table.grid(padding=(0, 1))
    for finding in findings:
        mark, style = _MARKS[finding.status]
        table.add_row(
            Text(mark, style=style),
            Text(finding.check, style=style),
            Text(finding.summary, overflow="fold"),
        )
    return table


def _print_details(finding: Finding, console: Console) -> None:
    """Prints a finding with what is to be copied unbroken: without borders, on its own lines."""
    mark, style = _MARKS[finding.status]
    console.print(Rule(f"[{style}]{mark} {finding.check}[/]", style=style, align="left"))
    console.print(Text(finding.summary, style="bold"))
    for line in finding.evidence:
        console.print(Text(f"  {line}"), soft_wrap=True)
    if finding.remedy:
        _print_remedy(finding.remedy, console)
    if finding.source:
        console.print(Text(finding.source, style="bright_black"), soft_wrap=True)


def _print_remedy(remedy: Remedy, console: Console) -> None:
    console.print(Text(f"\n{remedy.action}"))
    for edit in remedy.edits:
        console.print(Text(f"in {edit.file}, at {edit.place or '/'}:", style="cyan"))
        console.print(Text(edit.text), soft_wrap=True)
    for command in remedy.commands:
        console.print(Text(command, style="cyan"), soft_wrap=True)
    if remedy.then:
        console.print(Text(remedy.then))
