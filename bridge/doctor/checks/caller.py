"""Whether the doctor calls as the function does."""

from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Identity, Look

CHECK = "caller"


def check(look: Look) -> Finding:
    """Returns whether the source credentials are the function's role's own."""
    function, identity = look.function, look.identity
    if function is None or not isinstance(identity, Identity):
        return behind(CHECK)
    if function.calls:
        return Finding(CHECK, Status.OK, "The doctor calls with the function's own role.")
    return Finding(
        CHECK,
        Status.WARNING,
        "The doctor does not call as the function does.",
        (f"it is {identity.arn}", f"the function is {function.session_arn}"),
        Remedy(
            "Policies are judged for the function; AssumeRole and the probes are done as this"
            " caller. The function's own view is GET /ready of the deployed API.",
            (),
            (f"chalice url --stage {look.stage.name}",),
        ),
    )
