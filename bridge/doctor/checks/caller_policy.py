"""Account A's identity policy: whether the function may ask for the role at all.

IAM's own simulator knows the policy in force, an organisation's and a boundary; where it may not
be asked, the policy file is judged.
"""

import json
from dataclasses import replace
from typing import Any

from bridge.doctor import decisions, mending
from bridge.doctor.account_b import CannotLookError, Simulation
from bridge.doctor.checks import denied
from bridge.doctor.findings import Edit, Finding, Remedy, Status, behind
from bridge.doctor.look import Function, Look
from bridge.iam import ConsideredStatement, Part, Policy, PolicyError, Reason, Source
from chalicelib.errors import GatewayError

CHECK = "account A's identity policy"
_SOURCE = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_evaluation-logic-cross-account.html"
)


def check(look: Look) -> Finding:
    """Returns whether account A's policies let the function assume the role."""
    finding, denial = _by_what_is_known(look), look.denial
    if denial is None or denial.kind is None:
        return finding
    if denial.kind.is_of_account_b:
        # STS came as far as account B, so the policy in force is another one than the file's.
        is_broken = finding.status is Status.BROKEN
        return replace(finding, status=Status.WARNING) if is_broken else finding
    return finding if finding.status is Status.BROKEN else denied.finding(look, CHECK, denial)


def _by_what_is_known(look: Look) -> Finding:
    function = look.function
    document = _read(look)
    if isinstance(document, Finding):
        return document
    if function is None:
        return behind(CHECK)
    if look.account_b is not None and look.role is None:
        # A role that does not exist is the fault, not that a policy names another one.
        return behind(CHECK)
    simulation = _simulate(look, function)
    if isinstance(simulation, Simulation) and simulation.allowed:
        return Finding(CHECK, Status.OK, "IAM's simulator allows sts:AssumeRole.")
    if isinstance(simulation, Simulation) and (
        simulation.by_organisation or simulation.by_boundary
    ):
        return _above(look, function, simulation)
    finding = _by_file(look, function, document)
    if isinstance(simulation, Simulation) and finding.status is Status.OK:
        return _not_deployed(look)
    return finding


def _simulate(look: Look, function: Function) -> Simulation | None:
    simulator = look.simulator()
    if simulator is None:
        return None
    try:
        return simulator.simulate(
            function.role_arn,
            decisions.ASSUME_ROLE,
            look.made.assume_role_arn,
            decisions.assume_role_context(look),
        )
    except CannotLookError:
        return None


def _above(look: Look, function: Function, simulation: Simulation) -> Finding:
    which = (
        "An organisation's policy (SCP)" if simulation.by_organisation else "A permissions boundary"
    )
    return Finding(
        CHECK,
        Status.BROKEN,
        f"{which} does not let account A's roles assume the role.",
        ("IAM's simulator: SimulatePrincipalPolicy",),
        Remedy(
            "Whoever owns that policy is to change it: take a Deny of sts:AssumeRole out of it, or"
            f" let it allow sts:AssumeRole on {look.made.assume_role_arn}.",
            (),
            (
                denied.service_control(function.account)
                if simulation.by_organisation
                else denied.boundary(look),
            ),
        ),
        _SOURCE,
    )


def _not_deployed(look: Look) -> Finding:
    return Finding(
        CHECK,
        Status.BROKEN,
        "The policy file allows sts:AssumeRole, and the policy in force does not.",
        (f"{look.stage.policy_file} allows it; IAM's simulator does not",),
        Remedy("Deploy the policy file.", (), (mending.deploy(look),)),
    )


def _read(look: Look) -> Any:
    """Returns the policy file's document, None where there is no file, or what is wrong with it."""
    file = look.stage.policy_file
    if file is None:
        return None
    try:
        document = json.loads((look.project.root / file).read_text(encoding="utf-8"))
        Policy.parse(document, file.name)
    except (OSError, ValueError) as error:
        refused = isinstance(error, PolicyError)
        what = "AWS would refuse the policy file" if refused else "The policy file cannot be read"
        return Finding(
            CHECK,
            Status.BROKEN,
            f"{what}: {error}.",
            (str(file),),
            Remedy("Have it written anew.", (), (mending.compile_again(look),)),
        )
    return document


def _by_file(look: Look, function: Function, document: Any) -> Finding:
    if document is None:
        text = f"{function.role_arn} was made elsewhere, and IAM's simulator could not be asked"
        return Finding(CHECK, Status.SKIPPED, "Not looked at.", (text,))
    file = look.stage.policy_file
    decision = decisions.may_ask(look, function, document)
    if decision.allowed:
        return Finding(CHECK, Status.OK, "It allows sts:AssumeRole.", (f"judged by {file}",))
    if function.calls and not isinstance(look.assumed, GatewayError):
        return Finding(
            CHECK,
            Status.WARNING,
            "The policy in force allows sts:AssumeRole, and the policy file does not.",
            decisions.explain(decision.considered),
            Remedy(
                "Have the file written anew, lest the next deployment break the chain.",
                (),
                (mending.compile_again(look),),
            ),
        )
    if decision.reason is Reason.EXPLICIT_DENY and decision.statement is not None:
        return _denied(look, document, decision.statement.index)
    nearest = decisions.closest(decision, Source.IDENTITY)
    if nearest is None:
        return _broken(
            look,
            "No statement allows sts:AssumeRole.",
            (f"statements in {file}: {len(mending.listed(document))}",),
            _appended(look, document),
        )
    return _near(look, document, nearest)


def _near(look: Look, document: Any, nearest: ConsideredStatement) -> Finding:
    statement = nearest.statement
    evidence = decisions.explain([nearest])
    place = _place(document, statement.index)
    if Part.RESOURCE in decisions.parts_of(nearest):
        named = ", ".join(mending.listed(statement.document, "Resource"))
        edit = Edit(str(look.stage.policy_file), f"{place}/Resource", look.made.assume_role_arn)
        return _broken(
            look,
            "It allows sts:AssumeRole on another role.",
            (f"it names {named}", f"ASSUME_ROLE_ARN is {look.made.assume_role_arn}", *evidence),
            edit,
        )
    edit = Edit(str(look.stage.policy_file), place, wanted(look))
    return _broken(look, "A condition on its statement does not hold.", evidence, edit)


def _denied(look: Look, document: Any, index: int) -> Finding:
    statements = mending.listed(document)
    edit = Edit(
        str(look.stage.policy_file),
        "/Statement",
        [each for number, each in enumerate(statements) if number != index],
    )
    return _broken(
        look,
        "A statement denies sts:AssumeRole.",
        (f"Statement[{index}]: {json.dumps(statements[index])}",),
        edit,
    )


def wanted(look: Look) -> dict[str, Any]:
    """Returns the statement that account A's policy needs."""
    return {
        "Sid": "AssumeAccountBRole",
        "Effect": "Allow",
        "Action": decisions.ASSUME_ROLE,
        "Resource": look.made.assume_role_arn,
    }


def _appended(look: Look, document: Any) -> Edit:
    mine = wanted(look)
    # One that has its Sid was meant to be it; two of one Sid cannot be saved.
    others = [each for each in mending.listed(document) if each.get("Sid") != mine["Sid"]]
    if len(others) == len(mending.listed(document)) and isinstance(document["Statement"], list):
        return Edit(str(look.stage.policy_file), "/Statement/-", mine)
    return Edit(str(look.stage.policy_file), "/Statement", [*others, mine])


def _place(document: Any, index: int) -> str:
    return f"/Statement/{index}" if isinstance(document.get("Statement"), list) else "/Statement"


def _broken(look: Look, summary: str, evidence: tuple[str, ...], edit: Edit) -> Finding:
    remedy = mending.redeployed(look, f"Change {look.stage.policy_file} in account A.", edit)
    return Finding(CHECK, Status.BROKEN, summary, evidence, remedy, _SOURCE)
