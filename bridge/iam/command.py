"""`python -m bridge evaluate CASES.json`: decides recorded IAM cases and shows each statement.

A case is an object with principal, action, resource, account (of the resource), identity (a list
of policies), resourcePolicy and session (a policy or null), ctx (condition keys) and, where the
decision is known, expect (1 allowed, 0 denied).
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.files import FileFault, read_json
from bridge.iam.errors import PolicyError
from bridge.iam.evaluation import Decision, evaluate
from bridge.iam.policy import Policy
from bridge.iam.request import AccessRequest

_REQUIRED = ("principal", "action", "resource", "account")
_OPTIONAL: Mapping[str, type] = {"ctx": dict, "identity": list}


@dataclass(frozen=True)
class _Outcome:
    """What is said of one case."""

    allowed: bool
    reason: str
    details: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("cases", type=Path, metavar="CASES.json", help="a list of cases")


def run(arguments: argparse.Namespace) -> int:
    """Prints each case's decision; returns 1 if one differs from its `expect`."""
    cases = _read(arguments.cases)
    differing = 0
    for index, case in enumerate(cases):
        try:
            outcome = _decide(case)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise FileFault(arguments.cases, f"case {index} is malformed: {error}") from error
        differs = "expect" in case and bool(case["expect"]) != outcome.allowed
        differing += differs
        verdict = "ALLOW" if outcome.allowed else "DENY "
        expected = "  (DIFFERS from what is expected)" if differs else ""
        print(f"{verdict} {case.get('name', 'unnamed')}: {outcome.reason}{expected}")
        for detail in outcome.details:
            print(f"      {detail}")
    print(f"{len(cases)} cases, {differing} differ from what is expected")
    return 1 if differing else 0


def _read(path: Path) -> list[Mapping[str, Any]]:
    cases = read_json(path)
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise FileFault(path, "not a file of cases: must be a list of objects")
    for index, case in enumerate(cases):
        if missing := [key for key in _REQUIRED if not isinstance(case.get(key), str)]:
            raise FileFault(path, f"case {index} lacks {', '.join(missing)}")
        for key, kinds in _OPTIONAL.items():
            if case.get(key) is not None and not isinstance(case[key], kinds):
                raise FileFault(path, f"{key} of case {index} has another type")
    return cases


def _decide(case: Mapping[str, Any]) -> _Outcome:
    context = case.get("ctx") or {}
    request = AccessRequest(
        principal=case["principal"],
        action=case["action"],
        resource=case["resource"],
        resource_account=case["account"],
        context=context,
        # A session's aws:userid is its role's unique id and the session's name.
        principal_unique_id=str(context.get("aws:userid", "")).partition(":")[0] or None,
    )
    trust, session = case.get("resourcePolicy"), case.get("session")
    try:
        decision = evaluate(
            request,
            [
                Policy.parse(document, f"identity[{index}]")
                for index, document in enumerate(case.get("identity") or [])
            ],
            Policy.parse(trust, "resourcePolicy") if trust else None,
            [Policy.parse(session, "session")] if session else [],
        )
    except PolicyError as error:
        # What cannot be saved is not in force, so it allows nothing.
        return _Outcome(allowed=False, reason="AWS refuses the policy", details=(str(error),))
    return _Outcome(decision.allowed, decision.reason.value, tuple(_details(decision)))


def _details(decision: Decision) -> list[str]:
    """Returns the deciding statement, or, where there is none, why each one did not apply."""
    if decided := decision.statement:
        sid = f" {decided.sid}" if decided.sid else ""
        return [f"{decided.policy}.Statement[{decided.index}]{sid}: {json.dumps(decided.document)}"]
    details = []
    for item in decision.considered:
        place = f"{item.statement.policy}.Statement[{item.statement.index}]"
        details += [f"{place} {mismatch.part}: {mismatch.detail}" for mismatch in item.mismatches]
        if item.applies:
            details.append(f"{place} applies, which is not enough")
    return details
