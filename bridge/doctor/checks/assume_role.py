"""AssumeRole itself, done: what the policies only promise.

STS gives one text to three causes: account A's policy, account B's trust, a role that does not
exist. What was looked at says which; where nothing could be, those that remain are named.
"""

from collections.abc import Sequence
from dataclasses import replace

from bridge.doctor import mending
from bridge.doctor.account_b import CannotLookError
from bridge.doctor.checks import caller_policy, denied, role, trust_policy
from bridge.doctor.denials import read_denial
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.wire import StsError
from chalicelib.errors import GatewayError

CHECK = "AssumeRole"
_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html"


def check(look: Look, earlier: Sequence[Finding]) -> Finding:
    """Returns whether STS gives the role's credentials, and if not what may be the cause."""
    assumed, error = look.assumed, look.assume_role_error
    if not isinstance(assumed, GatewayError):
        return Finding(
            CHECK,
            Status.OK,
            "STS gives the role's credentials.",
            (f"session {look.made.role_session_name} of {look.made.assume_role_arn}",),
        )
    if any(finding.status is Status.BROKEN for finding in earlier):
        words = (f"{error.code}: {error.message}",) if error else ()
        return replace(behind(CHECK), evidence=words)
    if error is None:
        return Finding(
            CHECK,
            Status.BROKEN,
            "STS does not answer AssumeRole.",
            (str(assumed),),
            Remedy("Try again; if it stays so, see https://health.aws.amazon.com."),
        )
    if error.code == "AccessDenied":
        return _denied(look, error, earlier)
    if error.code == "ValidationError":
        return Finding(
            CHECK,
            Status.BROKEN,
            "STS refuses a parameter of AssumeRole.",
            (f"{error.code}: {error.message}",),
            Remedy("Change what the message names; `python -m bridge configure` knows the rules."),
            "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
        )
    status = Status.UNKNOWN if "Throttl" in error.code else Status.BROKEN
    return Finding(
        CHECK,
        status,
        f"STS refuses AssumeRole: {error.code}.",
        (error.message,),
        Remedy("Try again in a minute."),
    )


def _denied(look: Look, error: StsError, earlier: Sequence[Finding]) -> Finding:
    function = look.function
    words = (f"AccessDenied: {error.message}",)
    if function is not None and not function.calls:
        denial = read_denial(error.message)
        cause = f": {denied.sentence(denial)}" if denial.kind else ""
        return Finding(
            CHECK,
            Status.UNKNOWN,
            f"STS refuses this caller, which is not the function{cause}; that says nothing of the"
            " function.",
            words,
            Remedy(
                "Ask the deployed function: GET /ready does this with its own role.",
                (),
                (f"chalice url --stage {look.stage.name}",),
            ),
        )
    if isinstance(look.role, CannotLookError):
        return _remaining(look, words, earlier)
    return Finding(
        CHECK,
        Status.BROKEN,
        "STS refuses, though both accounts' policies allow it as far as they can be seen.",
        (
            *words,
            "possible: an organisation's policy (SCP or RCP) or a permissions boundary",
            "possible: the policies in force are not those of the files: deploy both",
            "possible: a policy was changed seconds ago; IAM needs a little while",
        ),
        _above(look),
        _SOURCE,
    )


def _above(look: Look) -> Remedy:
    """Returns what to look at above both accounts' own policies.

    CloudTrail is none of it: it logs no denied request of another account in the role's own.

    Source: IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
    """
    function = look.function
    commands = [denied.boundary(look), denied.resource_control(look)]
    if function is not None:
        commands.insert(1, denied.service_control(function.account))
    return Remedy(
        "Ask again in a minute. If it stays so, look for a permissions boundary of the function's"
        " role and for SCPs of account A, and as account B's administrator for RCPs. Whoever owns"
        " one is to change it: take a Deny of sts:AssumeRole out of it, or let it allow"
        f" sts:AssumeRole on {look.made.assume_role_arn}.",
        (),
        tuple(commands),
    )


def _remaining(look: Look, words: tuple[str, ...], earlier: Sequence[Finding]) -> Finding:
    """Returns the finding for a refusal behind which account B cannot be looked at."""
    function = look.function
    by_file = next((each for each in earlier if each.check == caller_policy.CHECK), None)
    who = function.session_arn if function else "the function"
    remain = [
        f"possible: {role.CHECK}: {look.made.assume_role_arn} does not exist",
        f"possible: {trust_policy.CHECK}: it does not let {who} in",
    ]
    if by_file is None or "simulator" not in by_file.summary:
        judged = by_file.summary if by_file else "not looked at"
        remain.append(
            f"possible: {caller_policy.CHECK}: the one in force is not the file's ({judged})"
        )
    name = look.made.assume_role_arn.rpartition("/")[2]
    commands = [
        f"python -m bridge doctor --stage {look.stage.name} --profile-b PROFILE_OF_ACCOUNT_B"
    ]
    if function is not None:
        statement = mending.wanted_statement(look, function)
        document = {"Version": "2012-10-17", "Statement": [statement]}
        commands += [
            f"aws iam get-role --role-name {name}",
            mending.put_trust(name, document),
        ]
    return Finding(
        CHECK,
        Status.BROKEN,
        f"STS refuses, and its text does not say which of {len(remain)} causes it is.",
        (*words, *remain),
        Remedy(
            "A profile of account B tells them apart: with it the role and its trust policy are"
            " read. Or let account B's owner run the other commands: the first tells whether the"
            " role exists, the second lets the function in.",
            (),
            tuple(commands),
        ),
        _SOURCE,
    )
