"""Whose the owner's credentials are: nothing of account B can be looked at with another's."""

from bridge.doctor.account_b import CannotLookError
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.look import Look
from bridge.doctor.owners_look import OwnersLook

CHECK = "owner's credentials"
_REMEDY = Remedy(
    "Take credentials of account B, by --profile-b or by the environment; those of IAM Identity"
    " Center are renewed by `aws sso login`. The command says whose the environment's are.",
    (),
    ("aws sts get-caller-identity",),
)


def check(look: Look) -> Finding:
    """Returns whether they are of the account that the role is in."""
    caller = look.caller if isinstance(look, OwnersLook) else CannotLookError("no owner asks")
    if isinstance(caller, CannotLookError):
        return Finding(
            CHECK,
            Status.UNKNOWN,
            "They are not accepted.",
            (str(caller),),
            _REMEDY,
        )
    account = look.made.assume_role_arn.split(":")[4]
    if caller.split(":")[4] == account:
        return Finding(CHECK, Status.OK, f"They are {caller}.")
    return Finding(
        CHECK,
        Status.BROKEN,
        f"They are of account {caller.split(':')[4]}, and the role is in {account}.",
        (caller, look.made.assume_role_arn),
        _REMEDY,
    )
