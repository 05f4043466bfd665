"""How long each hop takes."""

from collections.abc import Iterator
from statistics import median

from bridge.doctor.findings import Finding, Status, behind
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
            (*evidence, *_where(look)),
        )
    return Finding(CHECK, Status.OK, "No hop takes long.", evidence)


def _where(look: Look) -> Iterator[str]:
    """Gives what the times are of: nothing can be prescribed from this machine's alone."""
    yield (
        "measured from this machine: the function's own times are appsyncMilliseconds and"
        " stsMilliseconds of its log lines"
    )
    here, there = look.made.sts_region, look.made.region
    if here != there:
        yield f"the Region here is {here}, the API's {there}: each request crosses over"


def _times(look: Look, service: str) -> list[float]:
    def answered(exchange: Exchange) -> bool:
        return exchange.service == service and exchange.reply is not None

    return [each.milliseconds for each in look.post.exchanges if answered(each)]
