"""Who may call the REST API."""

from bridge.doctor import mending
from bridge.doctor.findings import Finding, Status
from bridge.doctor.look import Look

CHECK = "authorizer"


def check(look: Look) -> Finding:
    """Returns whether the REST API asks who calls; on this machine it need not."""
    authorizer = look.made.authorizer
    if authorizer != "none" or look.is_local:
        where = ", on this machine only" if authorizer == "none" else ""
        return Finding(CHECK, Status.OK, f"The REST API's authorizer is {authorizer}{where}.")
    edit = mending.variable(look, "API_AUTHORIZER", "iam")
    return Finding(
        CHECK,
        Status.WARNING,
        "The REST API is open to everybody who knows its address.",
        ("API_AUTHORIZER is none",),
        mending.redeployed(look, "Let IAM decide who may call, or a Cognito user pool.", edit),
    )
