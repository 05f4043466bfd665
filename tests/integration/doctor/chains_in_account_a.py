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
    a_variable_of_this_shell,
    another_token_in_the_file,
    both,
    denied_in_a,
    environment,
    fault,
    policy_statement,
    trust,
    two_wires,
    variable,
    without,
    without_statement,
    written,
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
    ),
    Chain(
        "STS ends every connection",
        fault(kind="cut_before", target="sts"),
        sts.CHECK,
        "STS does not answer.",
    ),
    Chain(
        "STS is off in the Region",
        lambda _: None,
        sts.CHECK,
        f"STS is not activated in us-east-1 for account {A}.",
        settings={"sts_active": False},
    ),
    Chain(
        "the Region is not that of the STS that is asked",
        environment(AWS_REGION="eu-west-1"),
        sts.CHECK,
        "The STS that is asked is not eu-west-1's.",
    ),
    Chain(
        "the clock is 20 minutes behind",
        fault(kind="clock_skew", seconds=1200),
        clock.CHECK,
        BEHIND,
    ),
    Chain(
        "the clock is 20 minutes ahead",
        fault(kind="clock_skew", seconds=-1200),
        clock.CHECK,
        AHEAD,
    ),
    Chain(
        "the clock is 400 s behind, which STS takes and AppSync does not",
        fault(kind="clock_skew", seconds=400),
        clock.CHECK,
        BEHIND,
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
    ),
    Chain(
        "the source credentials have expired",
        fault(kind="expire_early", seconds=0, target="sts"),
        source_credentials.CHECK,
        "The source credentials have expired.",
    ),
    Chain(
        "the session token was left out",
        environment(AWS_SESSION_TOKEN=None),
        source_credentials.CHECK,
        "AWS_SESSION_TOKEN is missing beside a temporary access key.",
    ),
    Chain(
        "the session token is another key's",
        environment(AWS_SESSION_TOKEN="of-another-key"),
        source_credentials.CHECK,
        "STS does not know the source credentials: the token belongs to another key, or the role"
        " that they came from was deleted.",
    ),
    Chain(
        "the sandbox's own file has another session token",
        another_token_in_the_file,
        source_credentials.CHECK,
        "STS does not know the source credentials: the token belongs to another key, or the role"
        " that they came from was deleted.",
    ),
    Chain(
        "a variable of this shell is malformed",
        a_variable_of_this_shell,
        settings.CHECK,
        "EXTERNAL_ID is malformed.",
    ),
    Chain(
        "the secret key is another key's",
        environment(AWS_SECRET_ACCESS_KEY="of-another-key"),
        source_credentials.CHECK,
        "The secret access key does not belong to the access key.",
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
        "It cannot be read: account_b/template.yaml:"
        f" {ROLE} trust policy.Statement[0].Principal.AWS: ",
    ),
    Chain(
        "REGION is no Region",
        variable("REGION", "us east"),
        settings.CHECK,
        "REGION is malformed.",
    ),
    Chain(
        "the role's ARN is missing",
        variable("ASSUME_ROLE_ARN", None),
        settings.CHECK,
        "ASSUME_ROLE_ARN is missing.",
    ),
    Chain(
        "the ExternalId has a space",
        variable("EXTERNAL_ID", "not agreed"),
        settings.CHECK,
        "EXTERNAL_ID is malformed.",
    ),
    Chain(
        "ENABLE_BATCH is neither true nor false",
        variable("ENABLE_BATCH", "yes"),
        settings.CHECK,
        "ENABLE_BATCH is malformed: true or false.",
    ),
    Chain(
        "an origin has no scheme",
        variable("CORS_ALLOW_ORIGINS", "app.example.com"),
        settings.CHECK,
        "CORS_ALLOW_ORIGINS is malformed.",
    ),
    Chain(
        "there is no such authorizer",
        variable("API_AUTHORIZER", "public"),
        settings.CHECK,
        "API_AUTHORIZER is malformed: iam, cognito or none.",
    ),
    Chain(
        "APPSYNC_URL is plain HTTP to another host",
        variable("APPSYNC_URL", "http://api.example.invalid/graphql"),
        settings.CHECK,
        "APPSYNC_URL is malformed: https",
    ),
    Chain(
        "APPSYNC_URL's port is none",
        variable("APPSYNC_URL", "http://127.0.0.1:99999/graphql"),
        settings.CHECK,
        "APPSYNC_URL is malformed.",
    ),
    Chain(
        "this shell's AWS_ENDPOINT_URL_STS is no URL, of a sandbox that APPSYNC_URL names",
        two_wires,
        settings.CHECK,
        "AWS_ENDPOINT_URL_STS is malformed",
    ),
    Chain(
        "two variables are wrong at once",
        both(variable("REGION", None), variable("ENABLE_BATCH", "1")),
        settings.CHECK,
        "REGION is missing; ENABLE_BATCH is malformed",
    ),
    Chain(
        "STS ends every connection once it has answered",
        fault(kind="cut_after", target="sts"),
        sts.CHECK,
        "STS does not answer.",
    ),
    Chain(
        "the access key is nobody's",
        environment(AWS_ACCESS_KEY_ID="ASIAAAAAAAAAAAAAAAAA"),
        source_credentials.CHECK,
        "STS does not know the source credentials:",
    ),
    Chain(
        "account A's policy file is missing",
        without(POLICY),
        caller_policy.CHECK,
        "The policy file cannot be read: ",
    ),
    Chain(
        "account A's policy file holds a list",
        written(POLICY, "[]"),
        caller_policy.CHECK,
        "AWS would refuse the policy file: ",
    ),
    Chain(
        "account A's policy allows another action",
        policy_statement(Action="sts:TagSession"),
        caller_policy.CHECK,
        "No statement allows sts:AssumeRole.",
    ),
    Chain(
        "account A's policy allows the role's name in another account",
        policy_statement(Resource=f"arn:aws:iam::{A}:role/{ROLE}"),
        caller_policy.CHECK,
        "It allows sts:AssumeRole on another role.",
    ),
    Chain(
        "account A's policy asks for another session name",
        policy_statement(Condition={"StringEquals": {"sts:RoleSessionName": "orders"}}),
        caller_policy.CHECK,
        "A condition on its statement does not hold.",
    ),
)
