"""One examination: all checks, in the chain's order, each for itself."""

import traceback
from collections.abc import Sequence
from pathlib import Path

from bridge.doctor.chain import CHAIN, Check
from bridge.doctor.findings import Finding, Status, behind, settled
from bridge.doctor.force import completed
from bridge.doctor.look import Look


def examine(look: Look, chain: Sequence[Check] | None = None) -> tuple[Finding, ...]:
    """Returns a finding for every check of who looks; nothing is written anywhere."""
    if chain is None:
        chain = [check for check in CHAIN if look.by in check.by]
    first, *others = chain
    found = [_finding(first, look, ())]
    if found[0].status is Status.BROKEN:
        return settled([*found, *(behind(each.name) for each in others)])
    for check in others:
        found.append(_finding(check, look, found))
    return settled(found)


def _finding(check: Check, look: Look, earlier: Sequence[Finding]) -> Finding:
    """Returns a check's finding; whatever it meets, the others are not kept from theirs."""
    try:
        return completed(look, check.look(look, earlier))
    except Exception as error:  # noqa: BLE001 - what nobody foresaw is told, not thrown
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        said = " ".join(f"{type(error).__name__} at {place}: {error}".split())
        return Finding(check.name, Status.UNKNOWN, "It could not be looked at.", (said,))
