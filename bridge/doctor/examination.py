"""One examination: all checks, in the chain's order."""

from collections.abc import Callable, Mapping, Sequence

from bridge.doctor.checks import (
    admin_roles,
    api,
    api_keys,
    assume_role,
    authorizer,
    caller,
    caller_policy,
    clock,
    fields,
    latency,
    reachability,
    ready,
    role,
    role_policy,
    schema,
    session_length,
    settings,
    source_credentials,
    sts,
    trust_policy,
)
from bridge.doctor.findings import Finding, Status, behind, settled
from bridge.doctor.look import Look

_Check = Callable[[Look, Sequence[Finding]], Finding]


def _alone(check: Callable[[Look], Finding]) -> _Check:
    """Returns a check that needs no other's finding, in the form of those that do."""
    return lambda look, _: check(look)


# By their names, in the chain's order. The clock comes before the credentials that it
# makes look wrong, the role before the policies that name it.
CHECKS: Mapping[str, _Check] = {
    authorizer.CHECK: _alone(authorizer.check),
    reachability.STS: _alone(reachability.check_sts),
    sts.CHECK: _alone(sts.check),
    clock.CHECK: _alone(clock.check),
    source_credentials.CHECK: _alone(source_credentials.check),
    caller.CHECK: _alone(caller.check),
    role.CHECK: _alone(role.check),
    caller_policy.CHECK: _alone(caller_policy.check),
    trust_policy.CHECK: _alone(trust_policy.check),
    session_length.CHECK: _alone(session_length.check),
    assume_role.CHECK: assume_role.check,
    reachability.APPSYNC: _alone(reachability.check_appsync),
    admin_roles.CHECK: _alone(admin_roles.check),
    api.CHECK: api.check,
    role_policy.CHECK: role_policy.check,
    schema.CHECK: _alone(schema.check),
    fields.CHECK: _alone(fields.check),
    ready.CHECK: ready.check,
    api_keys.CHECK: _alone(api_keys.check),
    latency.CHECK: _alone(latency.check),
}


def examine(look: Look) -> tuple[Finding, ...]:
    """Returns a finding for every link; nothing is written anywhere."""
    found = [settings.check(look)]
    if found[0].status is Status.BROKEN:
        return settled([*found, *map(behind, CHECKS)])
    for check in CHECKS.values():
        found.append(check(look, found))
    return settled(found)
