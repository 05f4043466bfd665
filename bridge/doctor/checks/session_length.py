"""The role's maximum session against what the function asks for."""

from bridge.doctor import mending
from bridge.doctor.account_b import RoleFacts
from bridge.doctor.findings import Finding, Status, behind
from bridge.doctor.look import Look
from chalicelib.aws.assumed_role import DURATION_SECONDS
from chalicelib.errors import GatewayError

CHECK = "session length"
_SOURCE = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"


def check(look: Look) -> Finding:
    """Returns whether the role's sessions may last as long as is asked for."""
    role, error = look.role, look.assume_role_error
    words = (f"{error.code}: {error.message}",) if error else ()
    refused = error is not None and "exceeds the MaxSessionDuration" in error.message
    if isinstance(role, RoleFacts):
        seconds = role.max_session_seconds
        if not refused and seconds >= DURATION_SECONDS:
            return Finding(
                CHECK, Status.OK, f"{seconds} s, and {DURATION_SECONDS} s are asked for."
            )
        summary = f"Its sessions last {seconds} s at most, and {DURATION_SECONDS} s are asked for."
    elif refused:
        summary = f"Its sessions are shorter than the {DURATION_SECONDS} s that are asked for."
    elif not isinstance(look.assumed, GatewayError):
        return Finding(CHECK, Status.OK, f"A session of {DURATION_SECONDS} s was given.")
    elif look.account_b is None:
        return Finding(CHECK, Status.SKIPPED, "Not looked at.", (str(role),))
    else:
        return behind(CHECK)
    name = look.made.assume_role_arn.rpartition("/")[2]
    command = f"aws iam update-role --role-name {name} --max-session-duration {DURATION_SECONDS}"
    remedy = mending.property_of(
        role if isinstance(role, RoleFacts) else None,
        "MaxSessionDuration",
        DURATION_SECONDS,
        "Let the role's sessions in account B last an hour, which is IAM's least.",
        (command,),
    )
    return Finding(CHECK, Status.BROKEN, summary, words, remedy, _SOURCE)
