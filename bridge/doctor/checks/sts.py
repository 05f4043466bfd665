"""STS itself: whether it answers, in this Region, with the Region's own name in the signature."""

import re

from bridge.doctor import mending
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Identity, Look
from bridge.doctor.wire import StsError
from chalicelib.errors import CredentialError, GatewayError

CHECK = "STS"
_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html"
_THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded")


def check(look: Look) -> Finding:
    """Returns whether STS answers at all."""
    if look.sts_reach.fault:
        return behind(CHECK)
    identity, refusal = look.identity, look.assume_role_error
    if isinstance(identity, Identity) and refusal and refusal.code == "RegionDisabledException":
        return _refused(look, refusal)
    if isinstance(identity, Identity | CredentialError):
        return Finding(CHECK, Status.OK, f"STS of {look.made.sts_region} is asked.")
    if isinstance(identity, GatewayError):
        return Finding(
            CHECK,
            Status.BROKEN,
            "STS does not answer.",
            (str(identity),),
            Remedy("Try again; if it stays so, see https://health.aws.amazon.com."),
        )
    return _refused(look, identity)


def _refused(look: Look, error: StsError) -> Finding:
    region = look.made.sts_region
    words = (f"{error.code}: {error.message}",)
    if error.code == "RegionDisabledException":
        return Finding(
            CHECK,
            Status.BROKEN,
            f"STS is not activated in {region} for account {_account(error.message)}.",
            words,
            mending.without_settings(look, "`sts_active` false")
            if look.is_local
            else Remedy(
                "Activate it in that account's IAM console (Account settings, Endpoints); a Region"
                " that has to be opted in to must be enabled in both accounts. Or deploy the"
                " function in another Region."
            ),
            _SOURCE,
        )
    if error.code == "SignatureDoesNotMatch" and "valid region" in error.message:
        return Finding(
            CHECK,
            Status.BROKEN,
            f"The STS that is asked is not {region}'s.",
            (*words, f"asked {look.made.sts_url}, signed for {region}"),
            mending.rewired(look, "The sandbox is us-east-1, whose STS is asked.")
            if look.is_local
            else Remedy(
                "AWS_REGION and AWS_ENDPOINT_URL_STS must name the same Region; without the latter"
                " the Region's own STS is asked.",
                (),
                ("unset AWS_ENDPOINT_URL_STS",),
            ),
        )
    if error.code in _THROTTLED:
        return Finding(
            CHECK,
            Status.UNKNOWN,
            "STS is throttling.",
            words,
            Remedy("Try again in a minute; it counts all requests of the account in the Region."),
        )
    if not error.code:
        return Finding(
            CHECK,
            Status.BROKEN,
            f"What answers at {look.made.sts_url} is not STS.",
            (error.message,),
            Remedy(
                "Look at AWS_ENDPOINT_URL_STS, and at what stands between: a proxy, a portal.",
                (),
                mending.without_endpoint(look),
            ),
        )
    if error.code in ("InternalFailure", "ServiceUnavailable"):
        return Finding(
            CHECK,
            Status.BROKEN,
            "STS fails.",
            words,
            Remedy("Try again; if it stays so, see https://health.aws.amazon.com."),
        )
    # Anything else is about who asks, or about a file that the sandbox cannot read.
    return Finding(CHECK, Status.OK, f"STS of {region} answers.")


def _account(message: str) -> str:
    found = re.search(r"account:(\d+)", message)
    return found[1] if found else "that asks"
