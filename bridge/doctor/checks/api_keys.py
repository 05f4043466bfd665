"""Whether the API takes API keys beside IAM: whoever has one needs no role."""

from bridge.doctor.account_b import ApiFacts
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look

CHECK = "API keys"
_SOURCE = "https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html"


def check(look: Look) -> Finding:
    """Returns whether the API takes API keys, by its modes or by its answer to a key of nobody."""
    modes = look.api.auth_modes if isinstance(look.api, ApiFacts) else ()
    takes = "API_KEY" in modes if modes else look.takes_api_keys
    if takes is None:
        return behind(CHECK)
    how = f"authorization modes {', '.join(modes)}" if modes else "its answer to a key of nobody"
    if not takes:
        return Finding(CHECK, Status.OK, "The API takes no API keys.", (how,))
    api_id = look.api.api_id if isinstance(look.api, ApiFacts) else "API_ID"
    return Finding(
        CHECK,
        Status.WARNING,
        "The API still takes API keys: whoever has one gets in without a role.",
        (how,),
        Remedy(
            "Once no client needs a key, account B's owner removes the mode (Gen 1:"
            " `amplify update api`) and deletes the keys. docs/api-keys.md has the way.",
            (),
            ()
            if look.is_local
            else (f"aws appsync list-api-keys --region {look.made.region} --api-id {api_id}",),
        ),
        _SOURCE,
    )
