"""Where each remedy in the doctor's source is performed."""

from collections.abc import Mapping

from bridge.doctor.denials import PolicyKind

# By the broken chain whose test does what this remedy says and finds the chain whole. Those for
# deployed accounts stand in cases.py.
BY_CHAIN: Mapping[str, str] = {
    "checks.admin_roles: _unreadable": "the list is torn",
    "checks.admin_roles: _remedy": "the role is not listed",
    "checks.caller_policy: _read": "account A's policy file is torn",
    "checks.role_policy: _remedy 2": "the role's policy names something below a field",
    "checks.schema: _remedy": "the API's type has lost a field",
    "checks.settings: _remedy 1": "a variable of this shell is malformed",
    "checks.settings: _remedy 2": "a variable is missing",
    "force: _switch_off": "STS is down",
    "mending: redeployed": "account A's policy lacks the statement",
    "mending: parameters 1": "the trust names another session",
    "mending: property_of 1": "the trust has no statement",
    "mending: right_url 2": "nobody listens at APPSYNC_URL",
    "mending: rewired 1": "the session token was left out",
    "mending: rewired 2": "the sandbox's own file has another session token",
    "mending: without_settings": "STS is off in the Region",
    "mending: set_aside": "the trust has a wildcard within an ARN, which AWS would not save",
}

# By a test of its own, in test_deployed.py or where the package is made.
BY_TEST: Mapping[str, str] = {
    "checks.assume_role: _denied": "test_the_function_answers_what_another_caller_cannot",
    "checks.caller: check": "test_the_function_answers_what_another_caller_cannot",
    "verify.probes: gateway_responses": "test_what_is_packaged_refuses_as_the_doctor_counts_on",
    "verify.probes: introspection": "test_a_schema_that_the_role_may_not_see_is_taken_from_a_file",
}

# The remedy for a denial that names its policy, by the kind: the case that changes it.
KINDS_PERFORMED: Mapping[PolicyKind, str] = {
    PolicyKind.IDENTITY: "AWS names the identity policy",
    PolicyKind.RESOURCE: "AWS names the trust policy by its older name",
    PolicyKind.TRUST: "AWS names the trust policy",
    PolicyKind.SESSION: "AWS names the session policy",
    PolicyKind.BOUNDARY: "AWS names the permissions boundary",
    PolicyKind.SERVICE_CONTROL: "AWS names the service control policy",
    PolicyKind.RESOURCE_CONTROL: "AWS names the resource control policy",
    PolicyKind.VPC_ENDPOINT: "AWS names the VPC endpoint's policy",
}
