"""What the doctor says: a finding for each link, with its evidence and its remedy."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What is known of a link."""

    OK = "ok"
    WARNING = "warning"  # it holds, and somebody should know something about it
    BROKEN = "broken"
    BEHIND = "behind"  # not reached: another link is broken
    UNKNOWN = "unknown"  # it could not be looked at, and nothing else proves it
    SKIPPED = "skipped"  # it was not looked at, and need not be


@dataclass(frozen=True)
class Edit:
    """A value to paste into a file of the project.

    Attributes:
        file: Relative to the project's root.
        place: A JSON pointer (RFC 6901) to what the value replaces; its last segment `-` stands
            for the end of a list. In a template, a function counts in its long form.
        paste: The value. JSON is YAML too, so it can be pasted into a template as it is.
    """

    file: str
    place: str
    paste: Any

    @property
    def text(self) -> str:
        """Returns the value as it is to be pasted."""
        return json.dumps(self.paste, indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class Remedy:
    """How to mend a link.

    Attributes:
        action: What to do, in a sentence or two.
        edits: What to paste, each where it says.
        commands: What to run, in their order.
        then: What brings it into force, in a sentence; a command in it stands between backticks.
    """

    action: str
    edits: tuple[Edit, ...] = ()
    commands: tuple[str, ...] = ()
    then: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found of one link.

    Attributes:
        check: Which link.
        status: What is known of it.
        summary: One sentence: the cause, where it is broken.
        evidence: What was seen, one line each.
        remedy: None where there is nothing to do.
        source: Where the rule behind it is written; empty where it needs none.
    """

    check: str
    status: Status
    summary: str
    evidence: tuple[str, ...] = ()
    remedy: Remedy | None = None
    source: str = ""


def behind(check: str) -> Finding:
    """Returns the finding of a link that was not reached; `settled` names what it is behind."""
    return Finding(check, Status.BEHIND, "Not reached.")


def settled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the findings with each one behind a broken link naming that link.

    Where none is broken, something could not be looked at, and what is behind that is not known.
    """
    listed = tuple(findings)
    first = next((each for each in listed if each.status is Status.BROKEN), None)

    def settle(finding: Finding) -> Finding:
        if finding.status is not Status.BEHIND:
            return finding
        if first is None:
            return replace(finding, status=Status.UNKNOWN)
        return replace(finding, summary=f"Not reached, for this is broken: {first.check}.")

    return tuple(map(settle, listed))


def exit_code(findings: Sequence[Finding]) -> int:
    """Returns 1 where a link is broken, 2 where one could not be looked at, else 0."""
    statuses = {finding.status for finding in findings}
    if Status.BROKEN in statuses:
        return 1
    return 2 if Status.UNKNOWN in statuses else 0


def as_json(stage: str, findings: Sequence[Finding]) -> str:
    """Returns the report as a JSON document."""
    document = {
        "stage": stage,
        "exit_code": exit_code(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
