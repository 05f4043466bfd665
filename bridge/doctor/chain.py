"""The chain as the doctor examines it: its checks in their order, each at its station.

A check registers here and nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.doctor.checks import (
    admin_roles,
    api,
    api_keys,
    assume_role,
    authorizer,
    caller,
    caller_policy,
    clock,
    conflicts,
    fields,
    latency,
    owner,
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
from bridge.doctor.findings import Finding
from bridge.doctor.look import Look


@dataclass(frozen=True)
class Station:
    """One station of the chain, as it is drawn.

    Attributes:
        name: As it is drawn.
        account: "A" or "B".
    """

    name: str
    account: str


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: As its findings have it.
        station: Where it is drawn.
        look: Returns its finding; given what was found before.
        by: Who can look: "A" who calls, "B" account B's owner alone, or both.
    """

    name: str
    station: Station
    look: Callable[[Look, Sequence[Finding]], Finding]
    by: str = "A"


def _alone(check: Callable[[Look], Finding]) -> Callable[[Look, Sequence[Finding]], Finding]:
    """Returns a check that needs no other's finding, in the form of those that do."""
    return lambda look, _: check(look)


FUNCTION = Station("function", "A")
IDENTITY_POLICY = Station("identity policy", "A")
STS = Station("STS", "A")
ROLE = Station("role", "B")
APPSYNC = Station("AppSync", "B")
RESOLVERS = Station("resolvers", "B")
# From left to right.
STATIONS = (FUNCTION, IDENTITY_POLICY, STS, ROLE, APPSYNC, RESOLVERS)

_BOTH, _OWNER = "AB", "B"

# The clock comes before the credentials that it makes look wrong, the role before the policies
# that name it. Where the first is broken, nothing else can be looked at.
CHAIN = (
    Check(settings.CHECK, FUNCTION, _alone(settings.check), _BOTH),
    Check(authorizer.CHECK, FUNCTION, _alone(authorizer.check)),
    Check(reachability.STS, STS, _alone(reachability.check_sts)),
    Check(sts.CHECK, STS, _alone(sts.check)),
    Check(clock.CHECK, FUNCTION, _alone(clock.check)),
    Check(source_credentials.CHECK, FUNCTION, _alone(source_credentials.check)),
    Check(caller.CHECK, FUNCTION, _alone(caller.check)),
    Check(owner.CHECK, ROLE, _alone(owner.check), _OWNER),
    Check(role.CHECK, ROLE, _alone(role.check), _BOTH),
    Check(caller_policy.CHECK, IDENTITY_POLICY, _alone(caller_policy.check)),
    Check(trust_policy.CHECK, ROLE, _alone(trust_policy.check), _BOTH),
    Check(session_length.CHECK, ROLE, _alone(session_length.check), _BOTH),
    Check(assume_role.CHECK, ROLE, assume_role.check),
    Check(reachability.APPSYNC, APPSYNC, _alone(reachability.check_appsync)),
    Check(admin_roles.CHECK, RESOLVERS, _alone(admin_roles.check), _BOTH),
    Check(api.CHECK, APPSYNC, api.check, _BOTH),
    Check(role_policy.CHECK, APPSYNC, role_policy.check, _BOTH),
    Check(conflicts.CHECK, RESOLVERS, _alone(conflicts.check), _OWNER),
    Check(schema.CHECK, RESOLVERS, _alone(schema.check), _BOTH),
    Check(fields.CHECK, RESOLVERS, _alone(fields.check)),
    Check(ready.CHECK, RESOLVERS, ready.check),
    Check(api_keys.CHECK, APPSYNC, _alone(api_keys.check), _BOTH),
    Check(latency.CHECK, RESOLVERS, _alone(latency.check)),
)
