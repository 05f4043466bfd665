"""Whether an account's own caller may ask what it asks."""

from dataclasses import replace
from datetime import datetime

from bridge.iam import evaluate
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import Trace
from bridge.sandbox.identity.directory import Principal


def permit(
    caller: Principal,
    action: str,
    resource: str,
    now: datetime,
    trace: Trace,
    *,
    code: str,
    named: str,
) -> None:
    """Decides by the caller's policies, and notes the decision.

    Args:
        caller: Who asks.
        action: With its service, such as `iam:GetRole`.
        resource: The ARN that it is about.
        now: Aware UTC.
        trace: Gets the decision.
        code: The service's name of the refusal.
        named: How the refusal's text names the resource.

    Raises:
        Refusal: It may not.
    """
    account = resource.split(":")[4]
    asked = replace(caller.asks(action, resource, now), resource_account=account)
    decision = evaluate(asked, caller.identity_policies, session=caller.session_policies)
    trace.decided(action, resource, decision)
    if not decision.allowed:
        raise Refusal(
            403,
            code,
            f"User: {caller.arn} is not authorized to perform: {action} on resource: {named}"
            f" because no identity-based policy allows the {action} action",
        )
