"""Where each remedy in the doctor's source is performed, or why no test can do what it says."""

from collections.abc import Mapping

# By the broken chain whose test does what this remedy says and finds the chain whole.
BY_CHAIN: Mapping[str, str] = {
    "checks.admin_roles: _unreadable": "the list is torn",
    "checks.admin_roles: _remedy": "the role is not listed",
    "checks.api: of the module": "the API takes API keys only",
    "checks.caller_policy: _read": "account A's policy file is torn",
    "checks.role_policy: _remedy 2": "the role's policy names something below a field",
    "checks.schema: _remedy 1": "the API's type has lost a field",
    "checks.settings: _remedy 1": "a variable of this shell is malformed",
    "checks.settings: _remedy 2": "a variable is missing",
    "checks.sts: of the module": "STS is off in the Region",
    "force: _switch_off": "STS is down",
    "mending: redeployed": "account A's policy lacks the statement",
    "mending: parameters 1": "the trust names another session",
    "mending: property_of 1": "the trust has no statement",
    "mending: right_url 2": "nobody listens at APPSYNC_URL",
    "mending: rewired 1": "the session token was left out",
    "mending: rewired 2": "the sandbox's own file has another session token",
    "mending: set_aside": "the trust has a wildcard within an ARN, which AWS would not save",
}

_TEXT_OF_OWNER = "account B's owner is to look or to decide; nothing of it stands in this project"
_AGAIN = "AWS is to recover by itself; in the sandbox the fault is switched off in its place"
_DEPLOY = "a deployment to AWS"

# What no test does, by the reason.
NEEDS_AWS: Mapping[str, str] = {
    "checks.api: _silent": _AGAIN,
    "checks.api: _failed 1": "a proxy on the way is to be found",
    "checks.api: _failed 2": "a proxy on the way is to be found, or AWS to be asked again",
    "checks.api: _failed 3": _TEXT_OF_OWNER,
    "checks.api: _html": _TEXT_OF_OWNER,
    "checks.api: _other 1": _AGAIN,
    "checks.api: _other 2": _AGAIN,
    "checks.api: _not_the_api 1": "a VPC endpoint of AWS's",
    "checks.api: _not_the_api 2": "a custom domain of AWS's",
    "checks.api: _no_iam": _TEXT_OF_OWNER,
    "checks.api_keys: check": _TEXT_OF_OWNER,
    "checks.assume_role: check 1": _AGAIN,
    "checks.assume_role: check 2": "STS names a parameter that the sandbox takes as AWS does",
    "checks.assume_role: check 3": _AGAIN,
    "checks.assume_role: _denied 1": "the deployed function is to be asked",
    "checks.assume_role: _denied 2": "CloudTrail of a real account",
    "checks.assume_role: _remaining": "a profile of a real account, or its owner",
    "checks.caller: check": "the deployed function is to be asked",
    "checks.caller_policy: _above": "an organisation's policies",
    "checks.caller_policy: _not_deployed": _DEPLOY,
    "checks.clock: check": "the machine's own clock, which is right; the sandbox's is a fault",
    "checks.conflicts: check": _TEXT_OF_OWNER,
    "checks.conflicts: _compiled 2": _DEPLOY,
    "checks.denied: _remedy": "policies of real accounts and organisations",
    "checks.fields: _nested": _TEXT_OF_OWNER,
    "checks.fields: _not_held": _TEXT_OF_OWNER,
    "checks.fields: _failed": "the logs of the API",
    "checks.latency: check": "a warning: where the function is deployed",
    "checks.owner: _remedy": "signing in to a real account",
    "checks.reachability: check_sts": "a VPC's way out",
    "checks.ready: check": "the function's log",
    "checks.role: _missing": "a choice between two roles, or a deployment",
    "checks.schema: _remedy 2": _DEPLOY,
    "checks.session_length: check": "a duration that this project does not ask for",
    "checks.source_credentials: _broken": "signing in to a real account",
    "checks.sts: check": _AGAIN,
    "checks.sts: _refused 1": "the console of a real account",
    "checks.sts: _refused 2": "STS at its own address",
    "checks.sts: _refused 3": _AGAIN,
    "checks.sts: _refused 4": "a proxy on the way is to be found",
    "checks.sts: _refused 5": _AGAIN,
    "checks.trust_policy: _setting": "a value that account B's owner alone knows",
    "mending: right_url 1": "the APIs of a real account",
    "verify.probes: path_parameters": "what API Gateway does is told, and is not to be mended here",
    "verify.probes: condition_beside_version": "what AppSync does is told, and not mended here",
    "verify.probes: gateway_responses": _DEPLOY,
    "verify.probes: introspection": "a note: the schema is taken over as its owner",
}
