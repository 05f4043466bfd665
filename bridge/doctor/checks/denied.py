"""A refused AssumeRole whose text names its cause: whose policy it is, and who is to change it."""

from bridge.doctor import decisions, mending
from bridge.doctor.denials import Denial, PolicyKind
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.look import Look

_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"
_NAMES = {
    PolicyKind.IDENTITY: "account A's identity policy",
    PolicyKind.RESOURCE: "the role's trust policy in account B",
    PolicyKind.TRUST: "the role's trust policy in account B",
    PolicyKind.BOUNDARY: "the permissions boundary of the caller in account A",
    PolicyKind.SESSION: "the session policy of the caller in account A",
    PolicyKind.SERVICE_CONTROL: "a service control policy (SCP) of account A's organisation",
    PolicyKind.RESOURCE_CONTROL: "a resource control policy (RCP) of account B's organisation",
    PolicyKind.VPC_ENDPOINT: "the policy of the VPC endpoint for STS in account A",
}


def finding(look: Look, check: str, denial: Denial) -> Finding:
    """Returns the finding of a link whose policy AWS itself names as what denied."""
    error = look.assume_role_error
    evidence = (f"{error.code}: {error.message}",) if error else ()
    if denial.policy_arn:
        evidence = (*evidence, f"the policy is {denial.policy_arn}")
    return Finding(
        check, Status.BROKEN, f"{sentence(denial)}.", evidence, _remedy(look, denial), _SOURCE
    )


def sentence(denial: Denial) -> str:
    """Returns what denied what, as AWS says it."""
    assert denial.kind is not None  # noqa: S101 - callers ask only where the text names one
    name = _NAMES[denial.kind]
    verb = "denies" if denial.explicit else "does not allow"
    return f"{name[0].upper()}{name[1:]} {verb} {denial.action or decisions.ASSUME_ROLE}"


def _remedy(look: Look, denial: Denial) -> Remedy:
    action = denial.action or decisions.ASSUME_ROLE
    role = look.made.assume_role_arn
    change = (
        f"take the Deny of {action} out of it, or except {role}"
        if denial.explicit
        else f"let it allow {action} on {role}"
    )
    match denial.kind:
        case PolicyKind.IDENTITY:
            text = f"Account A's owner is to change it: {change}."
            if not denial.explicit and action == decisions.ASSUME_ROLE:
                text += f" {look.stage.policy_file} is the policy as it is meant to be."
            commands = (*_shown(denial), *(() if look.is_local else (mending.deploy(look),)))
        case PolicyKind.RESOURCE | PolicyKind.TRUST:
            text = f"Account B's owner is to change it: {change}."
            commands = _trust(look)
        case PolicyKind.BOUNDARY:
            text = f"Whoever administers account A is to change it: {change}."
            commands = _shown(denial) or (boundary(look),)
        case PolicyKind.SESSION:
            text = (
                "Whoever made the caller's session passed it: assume the caller's role without a"
                f" session policy, or {change}. A Lambda function has none."
            )
            commands = ("aws sts get-caller-identity",)
        case PolicyKind.SERVICE_CONTROL:
            text = f"The management account of account A's organisation is to change it: {change}."
            commands = _named(denial) or (service_control(_account(denial.caller)),)
        case PolicyKind.RESOURCE_CONTROL:
            text = f"The management account of account B's organisation is to change it: {change}."
            commands = _named(denial) or (resource_control(look),)
        case _:
            text = f"Whoever administers account A's network is to change it: {change}."
            region = look.made.sts_region
            service = f"Name=service-name,Values=com.amazonaws.{region}.sts"
            commands = (f"aws ec2 describe-vpc-endpoints --region {region} --filters {service}",)
    return Remedy(text, (), commands)


def _trust(look: Look) -> tuple[str, ...]:
    function, name = look.function, look.made.assume_role_arn.rpartition("/")[2]
    if function is None:
        return (f"aws iam get-role --role-name {name}",)
    statement = mending.wanted_statement(look, function)
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return (mending.put_trust(name, document),)


def _shown(denial: Denial) -> tuple[str, ...]:
    """Returns the command that shows the policy, where the text names it."""
    if not denial.policy_arn or ":policy/" not in denial.policy_arn:
        return ()
    return (f"aws iam get-policy --policy-arn {denial.policy_arn}",)


def _named(denial: Denial) -> tuple[str, ...]:
    """Returns the command that shows an organisation's policy, where the text names it."""
    if not denial.policy_arn:
        return ()
    policy = denial.policy_arn.rpartition("/")[2]
    return (f"aws organizations describe-policy --policy-id {policy}",)


def boundary(look: Look) -> str:
    """Returns the command that tells the permissions boundary of the function's role."""
    return f"aws iam get-role --role-name {look.stage.role_name} --query Role.PermissionsBoundary"


def service_control(account: str) -> str:
    """Returns the command that lists an account's service control policies."""
    return _attached(account, "SERVICE_CONTROL_POLICY")


def resource_control(look: Look) -> str:
    """Returns the command that lists the resource control policies of account B."""
    return _attached(_account(look.made.assume_role_arn), "RESOURCE_CONTROL_POLICY")


def _attached(account: str, kind: str) -> str:
    return f"aws organizations list-policies-for-target --target-id {account} --filter {kind}"


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else "ACCOUNT"  # noqa: PLR2004 - an ARN's fifth part
