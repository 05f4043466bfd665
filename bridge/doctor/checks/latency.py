"""How long each hop takes."""

from statistics import median

from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.wire import Exchange

CHECK = "latency"
# A hop that takes this long leaves little of API Gateway's 29 s to a list that reads on.
SLOW_MILLISECONDS = 2000.0


def check(look: Look) -> Finding:
    """Returns the time of each hop, and whether one is slow."""
    hops = {
        "STS": _times(look, "STS"),
        "AppSync": _times(look, "AppSync"),
    }
    if not hops["AppSync"]:
        return behind(CHECK)
    evidence = tuple(
        f"{name}: {times[0]:.0f} ms the first time, then {median(times[1:] or times):.0f} ms"
        for name, times in hops.items()
        if times
    )
    slow = [name for name, times in hops.items() if times and median(times) > SLOW_MILLISECONDS]
    if slow:
        return Finding(
            CHECK,
            Status.WARNING,
            f"{' and '.join(slow)} {'takes' if len(slow) == 1 else 'take'} long.",
            evidence,
            Remedy("Put the function into the API's Region; look at the resolvers' own latency."),
        )
    return Finding(CHECK, Status.OK, "No hop takes long.", evidence)


def _times(look: Look, service: str) -> list[float]:
    def answered(exchange: Exchange) -> bool:
        return exchange.service == service and exchange.reply is not None

    return [each.milliseconds for each in look.post.exchanges if answered(each)]
