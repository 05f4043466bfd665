"""Broken chains whose fault is in account A, on this machine or at STS."""

from bridge.doctor.checks import (
    caller_policy,
    clock,
    role,
    settings,
    source_credentials,
    sts,
)
from tests.integration.doctor.breaking import (
    CALLER_ROLE,
    ROLE,
    A,
    B,
    Chain,
    denied_in_a,
    environment,
    fault,
    policy_statement,
    restarted,
    rewired,
    trust,
    variable,
    without_faults,
    without_statement,
)
from tests.integration.doctor.patient import POLICY

# The number before it may be a second off: AWS tells its time in whole seconds.
BEHIND, AHEAD = " s behind AWS's.", " s ahead of AWS's."

CHAINS = (
    Chain("a variable is missing", variable("REGION", None), settings.CHECK, "REGION is missing."),
    Chain(
        "a session's ARN stands for the role's",
        variable("ASSUME_ROLE_ARN", f"arn:aws:sts::{B}:assumed-role/{ROLE}/session"),
        settings.CHECK,
        "ASSUME_ROLE_ARN is malformed.",
    ),
    Chain(
        "the session's name has a space",
        variable("ROLE_SESSION_NAME", "my session"),
        settings.CHECK,
        "ROLE_SESSION_NAME is malformed.",
    ),
    Chain(
        "STS is down",
        fault(kind="error", status=503, target="sts"),
        sts.CHECK,
        "STS fails.",
        mend=without_faults,
    ),
    Chain(
        "STS ends every connection",
        fault(kind="cut_before", target="sts"),
        sts.CHECK,
        "STS does not answer.",
        mend=without_faults,
    ),
    Chain(
        "STS is off in the Region",
        lambda _: None,
        sts.CHECK,
        f"STS is not activated in us-east-1 for account {A}.",
        settings={"sts_active": False},
        mend=restarted(),
    ),
    Chain(
        "the Region is not that of the STS that is asked",
        environment(AWS_REGION="eu-west-1"),
        sts.CHECK,
        "The STS that is asked is not eu-west-1's.",
        mend=rewired,
    ),
    Chain(
        "the clock is 20 minutes behind",
        fault(kind="clock_skew", seconds=1200),
        clock.CHECK,
        BEHIND,
        mend=without_faults,
    ),
    Chain(
        "the clock is 20 minutes ahead",
        fault(kind="clock_skew", seconds=-1200),
        clock.CHECK,
        AHEAD,
        mend=without_faults,
    ),
    Chain(
        "the clock is 400 s behind, which STS takes and AppSync does not",
        fault(kind="clock_skew", seconds=400),
        clock.CHECK,
        BEHIND,
        mend=without_faults,
    ),
    Chain(
        "there are no source credentials",
        environment(
            AWS_ACCESS_KEY_ID=None,
            AWS_SECRET_ACCESS_KEY=None,
            AWS_SESSION_TOKEN=None,
            AWS_LAMBDA_RUNTIME_API="127.0.0.1:9001",
        ),
        source_credentials.CHECK,
        "There are no source credentials.",
        mend=rewired,
    ),
    Chain(
        "the source credentials have expired",
        fault(kind="expire_early", seconds=0, target="sts"),
        source_credentials.CHECK,
        "The source credentials have expired.",
        mend=without_faults,
    ),
    Chain(
        "the session token was left out",
        environment(AWS_SESSION_TOKEN=None),
        source_credentials.CHECK,
        "AWS_SESSION_TOKEN is missing beside a temporary access key.",
        mend=rewired,
    ),
    Chain(
        "the session token is another key's",
        environment(AWS_SESSION_TOKEN="of-another-key"),
        source_credentials.CHECK,
        "STS does not know the source credentials: the token belongs to another key, or the role"
        " that they came from was deleted.",
        mend=rewired,
    ),
    Chain(
        "the secret key is another key's",
        environment(AWS_SECRET_ACCESS_KEY="of-another-key"),
        source_credentials.CHECK,
        "The secret access key does not belong to the access key.",
        mend=rewired,
    ),
    Chain(
        "account A's policy lacks the statement",
        without_statement,
        caller_policy.CHECK,
        "No statement allows sts:AssumeRole.",
    ),
    Chain(
        "account A's policy names another role",
        policy_statement(Resource=f"arn:aws:iam::{B}:role/AnotherRole"),
        caller_policy.CHECK,
        "It allows sts:AssumeRole on another role.",
    ),
    Chain(
        "account A's policy denies",
        denied_in_a,
        caller_policy.CHECK,
        "A statement denies sts:AssumeRole.",
    ),
    Chain(
        "account A's policy has a condition that does not hold",
        policy_statement(Condition={"StringEquals": {"sts:ExternalId": "agreed"}}),
        caller_policy.CHECK,
        "A condition on its statement does not hold.",
    ),
    Chain(
        "account A's policy file is torn",
        lambda patient: patient.sandbox.edit(POLICY, "]", ""),
        caller_policy.CHECK,
        "The policy file cannot be read: ",
    ),
    Chain(
        "account A's policy has an Effect that AWS would not save",
        policy_statement(Effect="allow"),
        caller_policy.CHECK,
        "AWS would refuse the policy file: policy-local.json.Statement[0].Effect: ",
    ),
    Chain(
        "the trust has a wildcard within an ARN, which AWS would not save",
        trust(Principal={"AWS": f"arn:aws:sts::{A}:assumed-role/{CALLER_ROLE}/*"}),
        role.CHECK,
        "It cannot be read.",
        mend=trust(Principal={"AWS": {"Ref": "CallerRoleArn"}}),
    ),
)
