"""This machine's clock against AWS's."""

from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Identity, Look
from bridge.doctor.wire import clock_skew_seconds

CHECK = "clock"
# AppSync's tolerance; STS's is 15 minutes.
TOLERANCE_SECONDS = 300.0
NOTABLE_SECONDS = 60.0
_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"


def check(look: Look) -> Finding:
    """Returns by how much this machine's clock is off."""
    _ = look.identity, look.answers
    skews = [clock_skew_seconds(each) for each in look.post.exchanges]
    known = [skew for skew in skews if skew is not None]
    if not known:
        accepted = isinstance(look.identity, Identity)
        text = "The signatures' times were accepted."
        return Finding(CHECK, Status.OK, text) if accepted else behind(CHECK)
    skew = max(known, key=abs)
    if abs(skew) < NOTABLE_SECONDS:
        return Finding(CHECK, Status.OK, "The clocks agree.", (f"{abs(skew):.0f} s apart",))
    direction = "behind" if skew > 0 else "ahead of"
    broken = abs(skew) >= TOLERANCE_SECONDS
    return Finding(
        CHECK,
        Status.BROKEN if broken else Status.WARNING,
        f"This machine's clock is {abs(skew):.0f} s {direction} AWS's.",
        ("AppSync takes signatures that are up to 5 minutes off, STS up to 15",),
        Remedy(
            "Set the clock by NTP. Lambda's own is right: this concerns this machine.",
            (),
            ("sudo timedatectl set-ntp true", "timedatectl timesync-status"),
        ),
        _SOURCE,
    )
