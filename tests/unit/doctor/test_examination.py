"""Each check is looked at for itself, and which exchange was which is known."""

from typing import Any

from bridge.doctor.chain import CHAIN, FUNCTION, ROLE, Check
from bridge.doctor.examination import examine
from bridge.doctor.findings import Finding, Status, exit_code

NOWHERE: Any = None


def holds(name):
    """Returns a check that holds."""
    return Check(name, FUNCTION, lambda _look, _earlier: Finding(name, Status.OK, "It holds."))


def test_a_check_that_meets_what_nobody_foresaw_keeps_no_other_from_its_finding():
    """It is UNKNOWN with its cause in one line, the others run, and the exit code is 2."""

    def fall(_look, _earlier):
        raise RecursionError("deep\ndown")

    chain = (holds("first"), Check("second", ROLE, fall), holds("third"))
    findings = examine(NOWHERE, chain)
    assert [each.status for each in findings] == [Status.OK, Status.UNKNOWN, Status.OK]
    (cause,) = findings[1].evidence
    assert cause.startswith("RecursionError at test_examination.py:")
    assert cause.endswith(": deep down")
    assert exit_code(findings) == 2


def test_even_the_first_check_is_contained():
    """The settings decide whether the rest is looked at only where they are known to be wrong."""

    def fall(_look, _earlier):
        raise OSError(5, "Input/output error")

    findings = examine(NOWHERE, (Check("first", FUNCTION, fall), holds("second")))
    assert [each.status for each in findings] == [Status.UNKNOWN, Status.OK]


def test_no_two_checks_have_one_name():
    """Findings are told apart by it."""
    names = [check.name for check in CHAIN]
    assert len(set(names)) == len(names)
