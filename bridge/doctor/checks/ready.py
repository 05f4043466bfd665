"""What GET /ready would say: the gateway's own links, over the same chain."""

from collections.abc import Sequence

from bridge.doctor import mending
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from chalicelib.readiness import LinkStatus

CHECK = "GET /ready"


def check(look: Look, earlier: Sequence[Finding]) -> Finding:
    """Returns whether the gateway finds itself ready; it may know of no fault but ours."""
    broken = [link for link in look.links if link.status is LinkStatus.BROKEN]
    if not broken:
        return Finding(CHECK, Status.OK, "The gateway would answer 200.")
    if any(finding.status in (Status.BROKEN, Status.UNKNOWN) for finding in earlier):
        return behind(CHECK)
    link = broken[0]
    return Finding(
        CHECK,
        Status.BROKEN,
        f"The gateway would answer 503: its link {link.name} is broken.",
        (f"{link.problem}: {link.error}",),
        Remedy(
            "Ask again. If it stays so: the gateway asks all resources in one document, which the"
            " doctor asks one by one. What refuses that document is a limit of the API's (query"
            " depth, resolver count) or a rule of its web ACL: account B's owner raises the one, or"
            " lets the other count.",
            (),
            () if look.is_local else (mending.show_api(look), mending.show_web_acl(look)),
        ),
    )
