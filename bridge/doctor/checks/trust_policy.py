"""Account B's trust policy: whether the role lets the function in (wall 1)."""

import re
from typing import Any

from bridge.doctor import decisions, mending
from bridge.doctor.account_b import CannotLookError, RoleFacts
from bridge.doctor.checks import denied
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Function, Look
from bridge.iam import ConsideredStatement, Decision, Part, PolicyError, Reason, Source
from chalicelib.errors import GatewayError

CHECK = "trust policy"
_SOURCE = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
)
_EXTERNAL_ID_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
_UNIQUE_ID = re.compile(r"AROA[A-Z0-9]{12,}")
# The condition keys whose values the doctor knows; of any other it can only say that it is there.
_KNOWN_KEYS = ("sts:ExternalId", "sts:RoleSessionName", "aws:Principal", "aws:SecureTransport")
_OPAQUE = ("aws:PrincipalOrg", "aws:PrincipalTag")


def check(look: Look) -> Finding:
    """Returns whether the trust policy lets the function in."""
    if look.by == "B" and look.function is None and isinstance(look.role, RoleFacts):
        return _by_nobody_known(look, look.role)
    finding, denial = _by_what_is_known(look), look.denial
    if denial is None or denial.kind is None or not denial.kind.is_of_account_b:
        return finding
    return finding if finding.status is Status.BROKEN else denied.finding(look, CHECK, denial)


def _by_what_is_known(look: Look) -> Finding:
    function, role = look.function, look.role
    if isinstance(role, CannotLookError):
        if not isinstance(look.assumed, GatewayError):
            return Finding(CHECK, Status.OK, "It trusts this caller: the role was assumed.")
        if look.account_b is not None:
            return behind(CHECK)
        return Finding(CHECK, Status.SKIPPED, "Not looked at.", (str(role),))
    if function is None or role is None:
        return behind(CHECK)
    try:
        decision = decisions.is_trusted(look, function, role.trust)
    except PolicyError as error:
        return _broken(f"AWS would refuse it: {error}.", (), _paste(look, role, function))
    if decision.allowed:
        return Finding(CHECK, Status.OK, "It trusts the function.", (function.session_arn,))
    if function.calls and not isinstance(look.assumed, GatewayError):
        return Finding(CHECK, Status.OK, "It trusts the function: the role was assumed.")
    return _refuses(look, role, function, decision)


def _by_nobody_known(look: Look, role: RoleFacts) -> Finding:
    again = f"python -m bridge doctor --stage {look.stage.name} --as-owner --account-a ACCOUNT_A"
    return Finding(
        CHECK,
        Status.UNKNOWN,
        "Account A's id is not known, and the policy names no single account.",
        (str(dict(role.trust)),),
        Remedy("Say which account calls.", (), (again,)),
    )


def _refuses(look: Look, role: RoleFacts, function: Function, decision: Decision) -> Finding:
    if decision.reason is Reason.EXPLICIT_DENY and decision.statement is not None:
        text = f"Statement[{decision.statement.index}]: {dict(decision.statement.document)}"
        return _broken("A statement of it denies.", (text,), _paste(look, role, function))
    nearest = decisions.closest(decision, Source.RESOURCE)
    if nearest is None:
        return _broken(
            "It lets nobody assume the role.",
            decisions.explain(decision.considered) or ("it has no statement",),
            _paste(look, role, function),
        )
    if Part.PRINCIPAL in decisions.parts_of(nearest):
        return _names_another(look, role, function, nearest)
    return _condition(look, role, function, nearest)


def _names_another(
    look: Look, role: RoleFacts, function: Function, nearest: ConsideredStatement
) -> Finding:
    principal = nearest.statement.document.get("Principal", {})
    named = mending.listed(principal, "AWS") if isinstance(principal, dict) else [principal]
    evidence = decisions.explain([nearest])
    session_of_role = [each for each in named if f"/{look.stage.role_name}/" in str(each)]
    if any(_UNIQUE_ID.fullmatch(str(each)) for each in named):
        summary = (
            "It trusts a role that was deleted: the function's role was made again under its name,"
            " and IAM keeps a trusted role by its unique id."
        )
        wanted = {"CallerSessionArn": "", "CallerAccountId": function.account}
        action = (
            "Save the trust policy again. With the account as principal and a condition on"
            " aws:PrincipalArn it survives the next time."
        )
    elif session_of_role:
        summary = "It trusts another session of the function's role."
        wanted = {"CallerSessionArn": function.session_arn}
        action = "Let it name the function's session, which is called like the function."
    else:
        summary = "It trusts somebody else."
        wanted = {
            "CallerRoleArn": function.role_arn,
            "CallerSessionArn": "",
            "CallerAccountId": "",
        }
        action = "Let it name the function's role."
    return _broken(summary, evidence, _parameters(look, role, function, wanted, action))


def _condition(
    look: Look, role: RoleFacts, function: Function, nearest: ConsideredStatement
) -> Finding:
    evidence = decisions.explain([nearest])
    details = " ".join(mismatch.detail for mismatch in nearest.mismatches)
    condition = nearest.statement.document.get("Condition", {})
    if "sts:ExternalId" in details:
        value = _only_value(condition, "sts:ExternalId")
        sent = look.made.external_id is not None
        summary = (
            "EXTERNAL_ID is not the one that it asks for."
            if sent
            else "It asks for an ExternalId, and none is sent."
        )
        action = "Send the value that account B agreed to."
        return _setting(look, summary, evidence, ("EXTERNAL_ID", value), action)
    if "sts:RoleSessionName" in details:
        value = _only_value(condition, "sts:RoleSessionName")
        summary = "It refuses the name of the session."
        action = "Name the session as account B asks."
        return _setting(look, summary, evidence, ("ROLE_SESSION_NAME", value), action)
    known = any(key in details for key in _KNOWN_KEYS)
    opaque = not known or any(key in details for key in _OPAQUE)
    if opaque and not isinstance(look.assumed, GatewayError):
        return Finding(CHECK, Status.OK, "It trusts this caller: the role was assumed.", evidence)
    summary = (
        "A condition of it that cannot be looked at from here may not hold."
        if opaque
        else "A condition of it does not hold."
    )
    return _broken(summary, evidence, _paste(look, role, function))


def _setting(
    look: Look,
    summary: str,
    evidence: tuple[str, ...],
    wanted: tuple[str, str | None],
    action: str,
) -> Finding:
    name, value = wanted
    if value is None:
        remedy = Remedy(
            f"{action} Ask its owner for it, and set {name} among the environment_variables of"
            f" stage {look.stage.name} in .chalice/config.json.",
            (),
            () if look.is_local else (mending.deploy(look),),
            mending.started_anew(look) if look.is_local else "",
        )
    else:
        remedy = mending.redeployed(look, action, mending.variable(look, name, value))
    return _broken(summary, evidence, remedy, _EXTERNAL_ID_SOURCE if "EXT" in name else _SOURCE)


def _only_value(condition: Any, key: str) -> str | None:
    """Returns the one value that StringEquals asks of a key; None where there are several."""
    for operator, keys in condition.items():
        if operator.startswith("StringEquals") and key in keys:
            values = mending.listed(keys, key)
            return str(values[0]) if len(values) == 1 else None
    return None


def _paste(look: Look, role: RoleFacts, function: Function) -> Remedy:
    document = {"Version": "2012-10-17", "Statement": [mending.wanted_statement(look, function)]}
    return mending.property_of(
        role,
        "AssumeRolePolicyDocument",
        document,
        "Give the role in account B this trust policy.",
        (mending.put_trust(role.name, document),),
    )


def _parameters(
    look: Look, role: RoleFacts, function: Function, wanted: dict[str, str], action: str
) -> Remedy:
    """Returns the remedy by parameters, or by pasting where the template's text is at fault."""
    if role.declaration is not None:
        under = look.trust_under(wanted)
        if under is None or not decisions.is_trusted(look, function, under).allowed:
            return _paste(look, role, function)
        return mending.parameters(look, role, wanted, action)
    document = {"Version": "2012-10-17", "Statement": [mending.wanted_statement(look, function)]}
    return Remedy(
        f"{action} One command is for a role that account_b/template.yaml made, the other for one"
        " that was made by hand.",
        (),
        (mending.stack_update(look, wanted), mending.put_trust(role.name, document)),
    )


def _broken(
    summary: str, evidence: tuple[str, ...], remedy: Remedy, source: str = _SOURCE
) -> Finding:
    return Finding(CHECK, Status.BROKEN, summary, evidence, remedy, source)
