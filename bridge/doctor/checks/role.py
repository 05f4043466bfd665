"""Whether the role in account B exists."""

from bridge.doctor import mending
from bridge.doctor.account_b import CannotLookError
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from chalicelib.errors import GatewayError

CHECK = "account B's role"


def check(look: Look) -> Finding:
    """Returns whether the role that ASSUME_ROLE_ARN names exists."""
    role = look.role
    arn = look.made.assume_role_arn
    if isinstance(role, CannotLookError):
        if not isinstance(look.assumed, GatewayError):
            return Finding(CHECK, Status.OK, "It exists: it was assumed.")
        if look.account_b is None:
            return Finding(CHECK, Status.SKIPPED, "Not looked at.", (str(role),))
        if look.is_local and role.file:
            remedy = mending.set_aside(role.file)
            summary = f"It cannot be read: {' '.join(str(role).split())}"
            return Finding(CHECK, Status.BROKEN, summary, (str(role),), remedy)
        return Finding(CHECK, Status.UNKNOWN, "It cannot be looked at.", (str(role),))
    if role is not None:
        return Finding(CHECK, Status.OK, f"{arn} exists.")
    return _missing(look, arn)


def _missing(look: Look, arn: str) -> Finding:
    others = look.role_names
    if isinstance(others, CannotLookError):
        return behind(CHECK)
    name = arn.rpartition("/")[2]
    likely = [each for each in others if _like(each.rpartition("/")[2], name)]
    evidence = tuple(f"there is {each}" for each in likely or others[:5])
    if len(likely) != 1:
        remedy = Remedy(
            "Make the role with account_b/template.yaml, or let ASSUME_ROLE_ARN name the role that"
            " there is.",
            (),
            () if look.is_local else (mending.stack_update(look, {"RoleName": name}),),
        )
    else:
        remedy = mending.redeployed(
            look,
            "Let ASSUME_ROLE_ARN name the role that there is. `python -m bridge compile` then"
            " writes account A's policy.",
            mending.variable(look, "ASSUME_ROLE_ARN", likely[0]),
        )
    return Finding(CHECK, Status.BROKEN, f"There is no role {name} in account B.", evidence, remedy)


def _like(one: str, other: str) -> bool:
    """Tells whether two names may be meant to be one: they differ in case, or in an ending."""
    first, second = one.lower(), other.lower()
    return first.startswith(second[:-2]) or second.startswith(first[:-2])
