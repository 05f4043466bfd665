"""The table of broken chains: one deliberate fault each, and the link that must be named."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.doctor.checks import (
    admin_roles,
    api,
    caller_policy,
    clock,
    reachability,
    role,
    role_policy,
    schema,
    session_length,
    settings,
    source_credentials,
    sts,
    trust_policy,
)
from tests.integration.doctor.patient import CUSTOM_ROLES, POLICY, SCHEMA, Patient
from tests.support.sandbox import ROLE_ARN

A, B = "111111111111", "222222222222"
FUNCTION = "appsync-rest-local"
CALLER_ROLE = f"{FUNCTION}-api_handler"
ROLE = "TodoCrossAccountRole"
FIELDS = "types/Mutation/fields"
ALLOW_ALL = {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": "*"}

Act = Callable[[Patient], None]


@dataclass(frozen=True)
class Chain:
    """One broken chain.

    Attributes:
        name: What is broken.
        break_it: Breaks it.
        check: The one link that must be named.
        summary: The cause, in the doctor's words.
        settings: What the sandbox starts with.
        mend: Does what the remedy says where that is no edit of a file; None where it is.
    """

    name: str
    break_it: Act
    check: str
    summary: str
    settings: Mapping[str, Any] | None = None
    mend: Act | None = None


def variable(name: str, value: str | None) -> Act:
    """Returns what sets a variable of the stage."""
    return lambda patient: patient.set_variable(name, value)


def environment(**changed: str | None) -> Act:
    """Returns what changes the environment beside the stage's variables."""
    return lambda patient: patient.wire(**changed)


def rewired(patient: Patient) -> None:
    """Starts account A anew, which reads the sandbox's credentials again."""
    patient.wire()


def fault(**described: Any) -> Act:
    """Returns what puts a fault in force."""
    return lambda patient: patient.sandbox.set_faults(described)


def without_faults(patient: Patient) -> None:
    """Ends all faults: the clock was set, the service came back."""
    patient.sandbox.set_faults()


def restarted(**settings: Any) -> Act:
    """Returns what changes a setting that account B's owner has in no file of the project."""
    return lambda patient: patient.start(settings)


def policy_statement(**changed: Any) -> Act:
    """Returns what changes the statement of account A's policy that allows AssumeRole."""
    return lambda patient: patient.sandbox.edit_json(
        POLICY, lambda policy: policy["Statement"][0].update(changed)
    )


def without_statement(patient: Patient) -> None:
    """Takes the statement that allows AssumeRole out of account A's policy."""
    patient.sandbox.edit_json(POLICY, lambda policy: policy["Statement"].pop(0))


def denied_in_a(patient: Patient) -> None:
    """Lets account A's policy deny what it allows."""
    deny = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
    patient.sandbox.edit_json(POLICY, lambda policy: policy["Statement"].append(deny))


def parameter(name: str, value: str) -> Act:
    """Returns what sets a parameter of account B's template."""
    return lambda patient: patient.set_parameter(name, value)


def trust(**changed: Any) -> Act:
    """Returns what changes the statement of the trust policy."""
    return lambda patient: patient.edit_trust(lambda statement: statement.update(changed))


def trust_without_statement(patient: Patient) -> None:
    """Takes the trust policy's one statement out."""
    patient.edit_role(lambda role: role["AssumeRolePolicyDocument"].update(Statement=[]))


def denied_by_trust(patient: Patient) -> None:
    """Lets the trust policy deny beside what it allows."""
    deny = {"Effect": "Deny", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}
    patient.edit_role(lambda role: role["AssumeRolePolicyDocument"]["Statement"].append(deny))


def another_external_id(patient: Patient) -> None:
    """Lets account A send another ExternalId than account B asks for."""
    patient.set_parameter("ExternalId", "agreed-between-us")
    patient.set_variable("EXTERNAL_ID", "another")


def made_again(patient: Patient) -> None:
    """Deletes the function's role and makes it again: IAM trusts the deleted one."""
    patient.sandbox.assume_role()
    config = patient.sandbox.root / ".chalice/config.json"
    kept = config.read_text()
    config.write_text(kept.replace('"app_name": "appsync-rest"', '"app_name": "another"'))
    patient.start()
    patient.sandbox.sts().get_caller_identity()
    config.write_text(kept)
    patient.start()


def role_property(name: str, value: Any) -> Act:
    """Returns what sets a property of account B's role."""
    return lambda patient: patient.edit_role(lambda role: role.update({name: value}))


def in_template(old: str, new: str) -> Act:
    """Returns what replaces a text in account B's template."""
    return lambda patient: patient.sandbox.edit("account_b/template.yaml", old, new)


def api_resources(replace: Callable[[str], str]) -> Act:
    """Returns what changes every resource of the role's identity policy."""

    def change(role: Any) -> None:
        allowed, conditional = role["Policies"][0]["PolicyDocument"]["Statement"]
        for statement in (allowed, conditional["Fn::If"][1]):
            statement["Resource"] = [
                {"Fn::Sub": replace(each["Fn::Sub"])} for each in statement["Resource"]
            ]

    return lambda patient: patient.edit_role(change)


def denied_in_b(patient: Patient) -> None:
    """Lets the role's identity policy deny one field that it allows."""
    deny = {
        "Effect": "Deny",
        "Action": "appsync:GraphQL",
        "Resource": f"arn:aws:appsync:*:*:apis/*/{FIELDS}/deleteTodo",
    }
    patient.edit_role(lambda role: role["Policies"][0]["PolicyDocument"]["Statement"].append(deny))


def listed(*names: str) -> Act:
    """Returns what makes these the entries of custom-roles.json."""
    return lambda patient: patient.sandbox.edit_json(
        CUSTOM_ROLES, lambda document: document.update(adminRoleNames=list(names))
    )


def listed_as_text(patient: Patient) -> None:
    """Writes a text where the list belongs."""
    patient.sandbox.edit(CUSTOM_ROLES, f'["{ROLE}"]', f'"{ROLE}"')


def no_list(patient: Patient) -> None:
    """Leaves custom-roles.json without its list."""
    patient.sandbox.edit_json(CUSTOM_ROLES, lambda document: document.clear())


def torn(patient: Patient) -> None:
    """Leaves half of custom-roles.json."""
    patient.sandbox.edit(CUSTOM_ROLES, "]", "")


def schema_changed(old: str, new: str) -> Act:
    """Returns what changes the API's schema, and not the contract."""

    def change(patient: Patient) -> None:
        patient.stop()
        file = patient.folder / "root" / SCHEMA
        text = file.read_text()
        assert old in text
        file.chmod(0o644)
        file.write_text(text.replace(old, new))
        patient.start()

    return change


def closed_port(patient: Patient) -> None:
    """Lets APPSYNC_URL lead to where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    patient.set_variable("APPSYNC_URL", f"http://127.0.0.1:{port}/graphql")


def no_such_name(patient: Patient) -> None:
    """Lets APPSYNC_URL name a host that has no address (RFC 2606 keeps .invalid free)."""
    patient.set_variable("APPSYNC_ALLOWED_HOST", "api.example.invalid")
    patient.set_variable("APPSYNC_URL", "https://api.example.invalid/graphql")


def wrong_path(patient: Patient) -> None:
    """Lets APPSYNC_URL name a path that the API does not have."""
    patient.set_variable("APPSYNC_URL", f"{patient.sandbox.url}/graphiql")


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
        "This machine's clock is 1200 s behind AWS's.",
        mend=without_faults,
    ),
    Chain(
        "the clock is 20 minutes ahead",
        fault(kind="clock_skew", seconds=-1200),
        clock.CHECK,
        "This machine's clock is 1200 s ahead of AWS's.",
        mend=without_faults,
    ),
    Chain(
        "the clock is 400 s behind, which STS takes and AppSync does not",
        fault(kind="clock_skew", seconds=400),
        clock.CHECK,
        "This machine's clock is 400 s behind AWS's.",
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
    Chain(
        "the role's ARN has a slip",
        variable("ASSUME_ROLE_ARN", ROLE_ARN.removesuffix("e")),
        role.CHECK,
        "There is no role TodoCrossAccountRol in account B.",
    ),
    Chain(
        "the role's ARN is in another case",
        variable("ASSUME_ROLE_ARN", f"arn:aws:iam::{B}:role/{ROLE.lower()}"),
        role.CHECK,
        "There is no role todocrossaccountrole in account B.",
    ),
    Chain(
        "the trust names another role, by its parameter",
        parameter("CallerRoleArn", f"arn:aws:iam::{A}:role/another-api_handler"),
        trust_policy.CHECK,
        "It trusts somebody else.",
    ),
    Chain(
        "the trust names another role, written into the template",
        trust(Principal={"AWS": f"arn:aws:iam::{A}:role/another-api_handler"}),
        trust_policy.CHECK,
        "It trusts somebody else.",
    ),
    Chain(
        "the trust names another session",
        parameter("CallerSessionArn", f"arn:aws:sts::{A}:assumed-role/{CALLER_ROLE}/another"),
        trust_policy.CHECK,
        "It trusts another session of the function's role.",
    ),
    Chain(
        "the trust has no statement",
        trust_without_statement,
        trust_policy.CHECK,
        "It lets nobody assume the role.",
    ),
    Chain(
        "the trust is for another action",
        trust(Action="sts:AssumeRoleWithWebIdentity"),
        trust_policy.CHECK,
        "It lets nobody assume the role.",
    ),
    Chain(
        "the trust denies",
        denied_by_trust,
        trust_policy.CHECK,
        "A statement of it denies.",
    ),
    Chain(
        "the function's role was deleted and made again",
        made_again,
        trust_policy.CHECK,
        "It trusts a role that was deleted: the function's role was made again under its name, and"
        " IAM keeps a trusted role by its unique id.",
    ),
    Chain(
        "an ExternalId is asked for and none is sent",
        parameter("ExternalId", "agreed-between-us"),
        trust_policy.CHECK,
        "It asks for an ExternalId, and none is sent.",
    ),
    Chain(
        "the ExternalId is another one",
        another_external_id,
        trust_policy.CHECK,
        "EXTERNAL_ID is not the one that it asks for.",
    ),
    Chain(
        "the trust refuses the session's name",
        trust(Condition={"StringEquals": {"sts:RoleSessionName": "orders"}}),
        trust_policy.CHECK,
        "It refuses the name of the session.",
    ),
    Chain(
        "the trust asks for an organisation",
        trust(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        trust_policy.CHECK,
        "A condition of it that cannot be looked at from here may not hold.",
    ),
    Chain(
        "the role's sessions are too short",
        role_property("MaxSessionDuration", 900),
        session_length.CHECK,
        "Its sessions last 900 s at most, and 3600 s are asked for.",
    ),
    Chain(
        "nobody listens at APPSYNC_URL",
        closed_port,
        reachability.APPSYNC,
        "",
    ),
    Chain(
        "APPSYNC_URL's host has no address",
        no_such_name,
        reachability.APPSYNC,
        "api.example.invalid:443 has no address.",
    ),
    Chain("APPSYNC_URL's path is another one", wrong_path, api.CHECK, ""),
    Chain(
        "REGION is not the API's",
        variable("REGION", "eu-west-1"),
        api.CHECK,
        "The API is not in eu-west-1, which REGION names.",
    ),
    Chain(
        "the API takes API keys only",
        lambda _: None,
        api.CHECK,
        "The API does not take IAM callers.",
        settings={"iam_authorization": False, "api_keys": ["da2-abcdefghijklmnopqrstuvwxyz"]},
        mend=restarted(),
    ),
    Chain(
        "AppSync is down",
        fault(kind="error", status=503, target="appsync"),
        api.CHECK,
        "AppSync fails with status 503.",
        mend=without_faults,
    ),
    Chain(
        "the role has no identity policy",
        role_property("Policies", []),
        role_policy.CHECK,
        "The role has no identity policy.",
    ),
    Chain(
        "the role's policy is for another action",
        role_property(
            "Policies",
            [
                {
                    "PolicyName": "Own",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": {**ALLOW_ALL, "Action": "appsync:GetGraphqlApi"},
                    },
                }
            ],
        ),
        role_policy.CHECK,
        "No statement allows appsync:GraphQL.",
    ),
    Chain(
        "the role's policy names the API without /types/",
        api_resources(lambda arn: arn.partition("/types/")[0]),
        role_policy.CHECK,
        "It names the API without `/types/…`, which grants nothing.",
    ),
    Chain(
        "the role's policy lacks one field",
        in_template(f"{FIELDS}/updateTodo", f"{FIELDS}/renameTodo"),
        role_policy.CHECK,
        "It does not name Mutation.updateTodo.",
    ),
    Chain(
        "the role's policy names another API",
        api_resources(lambda arn: arn.replace("${ApiId}", "a" * 26)),
        role_policy.CHECK,
        f"It names another API: {'a' * 26}, not sandboxsandboxsandboxsandb.",
    ),
    Chain(
        "the role's policy names another Region",
        api_resources(lambda arn: arn.replace("${AWS::Region}", "eu-west-1")),
        role_policy.CHECK,
        "It names another Region: eu-west-1, not us-east-1.",
    ),
    Chain(
        "the role's policy names types that are none",
        api_resources(lambda arn: f"{arn.partition('/types/')[0]}/types/create/*"),
        role_policy.CHECK,
        "It names the type create; root fields are of Query and Mutation.",
    ),
    Chain(
        "the role's policy names resolvers",
        api_resources(lambda arn: arn.replace("/fields/", "/resolvers/")),
        role_policy.CHECK,
        "It names resolvers; AppSync asks about `fields`.",
    ),
    Chain(
        "the role's policy names something below a field",
        in_template(f"{FIELDS}/createTodo", f"{FIELDS}/createTodo/*"),
        role_policy.CHECK,
        "It names something below a field, which grants nothing.",
    ),
    Chain(
        "the role's policy denies one field",
        denied_in_b,
        role_policy.CHECK,
        "A statement denies Mutation.deleteTodo.",
    ),
    Chain(
        "the role is not listed",
        listed("SomebodyElse"),
        admin_roles.CHECK,
        "The role is not listed, so Amplify's resolvers refuse it.",
    ),
    Chain(
        "there is no list",
        no_list,
        admin_roles.CHECK,
        "The role is not listed, so Amplify's resolvers refuse it.",
    ),
    Chain(
        "the role's ARN is listed",
        listed(ROLE_ARN),
        admin_roles.CHECK,
        "The role's ARN is listed; Amplify wants its bare name.",
    ),
    Chain(
        "the role is listed in another case",
        listed(ROLE.lower()),
        admin_roles.CHECK,
        "The role is listed in other letters' case, which counts.",
    ),
    Chain(
        "account A's role is listed",
        listed(CALLER_ROLE),
        admin_roles.CHECK,
        "Account A's role is listed; what AppSync sees is account B's.",
    ),
    Chain(
        "the listed name has a suffix that the role lacks",
        listed(f"{ROLE}1a2b3c4d"),
        admin_roles.CHECK,
        f"{ROLE}1a2b3c4d is listed, which is not the role's whole name.",
    ),
    Chain(
        "the listed name lacks a suffix, and whole names are compared",
        listed("TodoCrossAccount"),
        admin_roles.CHECK,
        "TodoCrossAccount is listed, which is not the role's whole name.",
        settings={"admin_rule": "anchored"},
    ),
    Chain(
        "a text stands for the list",
        listed_as_text,
        admin_roles.CHECK,
        "adminRoleNames is a text, and Amplify wants a list.",
    ),
    Chain("the list is torn", torn, admin_roles.CHECK, "The list cannot be read."),
    Chain(
        "the API's type has lost a field",
        schema_changed("  priority: Int\n", ""),
        schema.CHECK,
        "The API's schema has drifted from the contract.",
    ),
    Chain(
        "the API's create wants a new field",
        schema_changed("input CreateTodoInput {\n", "input CreateTodoInput {\n  owner: String!\n"),
        schema.CHECK,
        "The API's schema has drifted from the contract.",
    ),
)
