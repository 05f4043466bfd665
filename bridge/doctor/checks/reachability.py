"""DNS, TLS and reachability of both hosts."""

from bridge.doctor import mending
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.wire import Reach

STS = "way to STS"
APPSYNC = "way to AppSync"


def check_sts(look: Look) -> Finding:
    """Returns how far one gets towards STS."""
    if look.is_local:
        return _finding(STS, look.sts_reach, mending.started(look))
    remedy = Remedy(
        "The function needs a way to its Region's STS: a NAT gateway or a VPC endpoint where it is"
        " in a VPC. AWS_ENDPOINT_URL_STS, if it is set, takes the place of AWS's own address.",
        (),
        mending.without_endpoint(look),
    )
    return _finding(STS, look.sts_reach, remedy)


def check_appsync(look: Look) -> Finding:
    """Returns how far one gets towards AppSync."""
    if look.sts_reach.fault and look.sts_reach.host == look.appsync_reach.host:
        return behind(APPSYNC)  # the sandbox is both: one silence is one fault
    return _finding(APPSYNC, look.appsync_reach, mending.right_url(look))


def _finding(check: str, reach: Reach, remedy: Remedy) -> Finding:
    if reach.proxy is not None:
        return Finding(check, Status.OK, f"{reach.host} is asked through {reach.proxy}.")
    if reach.fault is None:
        steps = (f"{name} {each:.0f} ms" for name, each in (reach.milliseconds or {}).items())
        return Finding(check, Status.OK, f"{reach.host} is reached.", (", ".join(steps),))
    summary = {
        "dns": f"{reach.host} has no address.",
        "connect": f"Nothing answers at {reach.host}.",
        "tls": f"{reach.host} has no certificate that is to be trusted.",
    }[reach.fault]
    return Finding(check, Status.BROKEN, summary, (reach.detail,), remedy)
