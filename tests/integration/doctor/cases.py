"""What can be wrong with deployed accounts, each with the place of the remedy that mends it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.__main__ import main
from bridge.doctor.checks import (
    api,
    api_keys,
    assume_role,
    caller_policy,
    clock,
    conflicts,
    fields,
    owner,
    reachability,
    ready,
    role,
    role_policy,
    schema,
    source_credentials,
    sts,
    trust_policy,
)
from bridge.doctor.denials import PolicyKind
from tests.integration.doctor.aws_names import (
    ANOTHER_API,
    ANOTHER_STS,
    CUSTOM_DOMAIN,
    PORTAL,
    VPC_ENDPOINT,
    OnTheWay,
    host_of,
)
from tests.integration.doctor.breaking import A, B
from tests.integration.doctor.deployed import POLICY, STAGE, Deployed, edit
from tests.integration.doctor.patient import CONFIG, write_built_schema
from tests.integration.doctor.recorded import HttpAnswer, sts_error
from tests.integration.doctor.stand_ins import ALL, TO_ALL, Domain, PolicyAbove, WebAcl
from tests.support.scripted_server import reply
from tests.support.todo import BUILT_SCHEMA

ROLE = "TodoCrossAccountRole"
FUNCTION = f"appsync-rest-{STAGE}"
KEY = "da2-abcdefghijklmnopqrstuvwxyz"
FUNCTIONS = "account_b/sandbox/functions.py"
API_ID = "sandboxsandboxsandboxsandb"
IGNORES_CONDITIONS = """
def createTodo(arguments, event):
    at = "2026-01-01T00:00:00.000Z"
    return {**arguments["input"], "createdAt": at, "updatedAt": at}
"""
DATASTORE = Path(__file__).parents[2] / "data/amplify/built-schema-datastore.graphql"
ALLOW: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}

Act = Callable[[Deployed], object]
Remedy = Mapping[str, Any]


def _as_it_is(command: str) -> str:
    return command


def _nothing(_deployed: Deployed, _remedy: Remedy) -> None:
    """Does nothing beside what the remedy's edits and commands say."""


@dataclass(frozen=True)
class Case:
    """One thing that is wrong.

    Attributes:
        name: What is wrong.
        site: Where in the doctor's source the remedy is written.
        check: The link that must be named.
        break_it: Breaks it.
        settings: What account B starts with.
        before: The status that the link has then.
        first: Does what the remedy's sentence says before its commands.
        by_hand: Does what it says of what they show, or beside them.
        fill: Fills in the words in capitals of a command.
        more: Options of the doctor's.
        profile: Of account B; None for none.
    """

    name: str
    site: str
    check: str
    break_it: Act
    settings: Mapping[str, Any] | None = None
    before: str = "broken"
    first: Callable[[Deployed, Remedy], object] = _nothing
    by_hand: Callable[[Deployed, Remedy], object] = _nothing
    fill: Callable[[str], str] = _as_it_is
    more: tuple[str, ...] = ()
    profile: str | None = "owner"


def administrator(*words: str) -> Act:
    """Returns what changes account B by hand, as its administrator."""
    return lambda deployed: deployed.perform(["aws", *words])


def trusted(*statements: Any) -> Act:
    """Returns what saves a trust policy by hand."""
    document = json.dumps({**ALLOW, "Statement": statements})
    words = ("--role-name", ROLE, "--policy-document", document)
    return administrator("iam", "update-assume-role-policy", *words)


def parameter(name: str, value: str) -> Act:
    """Returns what gives account B's stack another parameter."""
    return lambda deployed: deployed.deploy_stack({name: value})


def settings(**given: Any) -> Callable[..., object]:
    """Returns what gives account B other settings of its own."""
    return lambda deployed, *_: deployed.start(given)


def variable(**wanted: str) -> Act:
    """Returns what sets the stage's variables in the project's file."""

    def change(config: Any) -> None:
        config["stages"][STAGE]["environment_variables"].update(wanted)

    return lambda deployed: edit(deployed.project / CONFIG, change)


def environment(**changed: str | None) -> Act:
    """Returns what changes the environment."""
    return lambda deployed: deployed.wire(**changed)


def answered(answer: HttpAnswer, what: str) -> OnTheWay:
    """Returns an STS that answers so who asks with these words."""

    def stand(request: bytes) -> tuple[bytes | None, bytes]:
        asked = what.encode() in request
        return (reply(f"{answer[0]} -", answer[1].encode()) if asked else None), request

    return stand


def at(host: str, answer: HttpAnswer) -> OnTheWay:
    """Returns a host that answers everything so."""

    def stand(request: bytes) -> tuple[bytes | None, bytes]:
        asked = host_of(request) == host
        return (reply(f"{answer[0]} -", answer[1].encode()) if asked else None), request

    return stand


def no_answer_to(action: bytes) -> OnTheWay:
    """Returns what ends the connection of who asks for an action."""
    return lambda request: (b"" if b"Action=" + action in request else None, request)


def changed_on_the_way(old: bytes, new: bytes) -> OnTheWay:
    """Returns a proxy that changes requests to the API."""

    def stand(request: bytes) -> tuple[bytes | None, bytes]:
        asked = b"/graphql HTTP" in request.split(b"\r\n")[0]
        place = request.lower().find(old)
        if not asked or place < 0:
            return None, request
        return None, request[:place] + new + request[place + len(old) :]

    return stand


def on_the_way(stand: OnTheWay) -> Act:
    """Returns what puts something on the way."""

    def put(deployed: Deployed) -> None:
        deployed.names.on_the_way = stand

    return put


def later(deployed: Deployed, _remedy: Remedy) -> None:
    """Lets the time pass that an outage takes; what stands on the way goes with it."""
    deployed.names.on_the_way = None
    deployed.sandbox.set_faults()


def found(deployed: Deployed, _remedy: Remedy) -> None:
    """Takes away what stands on the way, once it was looked for and found."""
    deployed.names.on_the_way = None


def both(*acts: Act) -> Act:
    """Returns what breaks in several ways."""

    def act(deployed: Deployed) -> None:
        for each in acts:
            each(deployed)

    return act


def outage(**described: Any) -> Act:
    """Returns what lets account B's services fail."""
    return lambda deployed: deployed.sandbox.set_faults(described)


def another_role(deployed: Deployed) -> None:
    """Names account B's role otherwise, as after a slip in the stack's parameters."""
    deployed.deploy_stack({"RoleName": "Unlike"})


def not_deployed(deployed: Deployed) -> None:
    """Leaves a policy in force that lets the function ask the simulator alone."""
    statement = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}
    edit(deployed.root / POLICY, lambda policy: policy.update(Statement=[statement]))


def without_statement(deployed: Deployed) -> None:
    """Leaves a policy in force that allows nothing, behind the project's file."""
    edit(deployed.root / POLICY, lambda policy: policy["Statement"].pop(0))


def denied_by(kind: PolicyKind, break_it: Act) -> Act:
    """Returns what breaks the chain where AWS's text names the policy."""

    def put(deployed: Deployed) -> None:
        cause = f" because no {kind} allows the sts:AssumeRole action</Message>".encode()

        def told(body: bytes) -> bytes:
            denial = b"not authorized to perform: sts:AssumeRole" in body
            return body.replace(b"</Message>", cause) if denial else body

        deployed.names.told = told
        break_it(deployed)

    return put


def above(kind: PolicyKind, document: Any, **more: Any) -> Act:
    """Returns what puts a policy above both accounts' own."""
    return on_the_way(PolicyAbove(kind, document, **more))


def as_said(document: Any, remedy: Remedy) -> str:
    """Returns a policy, changed as a remedy says."""
    said = remedy["action"]
    statements = [each for each in document["Statement"] if each["Effect"] != "Deny"]
    assert ("take the Deny" in said or "take a Deny" in said) or (
        len(statements) == len(document["Statement"])
    )
    if found := re.search(r"let it allow (\S+) on (\S+?)\.?$", said):
        own = {"Effect": "Allow", "Action": found[1], "Resource": found[2]}
        named = "Principal" in json.dumps(document)
        statements.append({**own, "Principal": "*"} if named else own)
    return json.dumps({**document, "Statement": statements})


def shown(deployed: Deployed, *words: str) -> Any:
    """Returns what a command of the AWS CLI prints."""
    deployed.perform(["aws", *words])
    return json.loads(deployed.printed)


def bounds_changed(deployed: Deployed, remedy: Remedy) -> None:
    """Saves the managed policy that the role's boundary is, in a new version."""
    words = ("get-role", "--role-name", f"{FUNCTION}-api_handler")
    bounds = shown(deployed, "iam", *words)["Role"]["PermissionsBoundary"]
    arn = ("--policy-arn", bounds["PermissionsBoundaryArn"])
    version = shown(deployed, "iam", "get-policy", *arn)["Policy"]["DefaultVersionId"]
    found = shown(deployed, "iam", "get-policy-version", *arn, "--version-id", version)
    changed = as_said(found["PolicyVersion"]["Document"], remedy)
    saved = ("create-policy-version", *arn, "--set-as-default", "--policy-document", changed)
    deployed.perform(["aws", "iam", *saved])


def organisations_changed(deployed: Deployed, remedy: Remedy) -> None:
    """Saves the organisation's policy that the command has printed, or listed."""
    printed = json.loads(deployed.printed)
    (listed,) = printed.get("Policies") or [printed["Policy"]["PolicySummary"]]
    which = ("--policy-id", listed["Id"])
    policy = shown(deployed, "organizations", "describe-policy", *which)["Policy"]
    changed = as_said(json.loads(policy["Content"]), remedy)
    deployed.perform(["aws", "organizations", "update-policy", *which, "--content", changed])


def endpoints_changed(deployed: Deployed, remedy: Remedy) -> None:
    """Saves the policy of the VPC endpoint that the command has printed."""
    (found,) = json.loads(deployed.printed)["VpcEndpoints"]
    changed = as_said(json.loads(found["PolicyDocument"]), remedy)
    which = ("--vpc-endpoint-id", found["VpcEndpointId"])
    deployed.perform(["aws", "ec2", "modify-vpc-endpoint", *which, "--policy-document", changed])


def rule_counted(deployed: Deployed, _remedy: Remedy) -> None:
    """Finds the rule by its sampled requests, and lets it count."""
    acl = json.loads(deployed.printed)["WebACL"]
    window = "StartTime=2026-01-01T00:00:00Z,EndTime=2026-01-01T03:00:00Z"
    for rule in acl["Rules"]:
        of_rule = ("--rule-metric-name", rule["VisibilityConfig"]["MetricName"])
        more = ("--scope", "REGIONAL", "--time-window", window, "--max-items", "3")
        words = ("get-sampled-requests", "--web-acl-arn", acl["ARN"], *of_rule, *more)
        if shown(deployed, "wafv2", *words)["SampledRequests"]:
            rule["Action"] = {"Count": {}}
    which = ("--name", acl["Name"], "--scope", "REGIONAL", "--id", acl["Id"])
    lock = ("--lock-token", shown(deployed, "wafv2", "get-web-acl", *which)["LockToken"])
    given = {"--default-action": "DefaultAction", "--visibility-config": "VisibilityConfig"}
    same = [word for option, name in given.items() for word in (option, json.dumps(acl[name]))]
    words = ("update-web-acl", *which, *lock, *same, "--rules", json.dumps(acl["Rules"]))
    deployed.perform(["aws", "wafv2", *words])


def domain_of_nothing(deployed: Deployed) -> None:
    """Lets the function ask by a custom domain that is associated with no API."""
    on_the_way(Domain(CUSTOM_DOMAIN, API_ID, deployed.names.domains))(deployed)
    url = f"https://{CUSTOM_DOMAIN}/graphql"
    variable(APPSYNC_URL=url, APPSYNC_ALLOWED_HOST=CUSTOM_DOMAIN)(deployed)


LIMITED = {
    "access_key_id": "ASIALIMITEDLIMITED00",
    "secret_access_key": "of-the-limited-session",
    "session_token": "limited",
    "arn": f"arn:aws:sts::{A}:assumed-role/{FUNCTION}-api_handler/{FUNCTION}",
    "policies": [],
}


def limited(deployed: Deployed) -> None:
    """Lets the function's role call by a session whose policy allows nothing."""
    deployed.wire(
        AWS_ACCESS_KEY_ID=str(LIMITED["access_key_id"]),
        AWS_SECRET_ACCESS_KEY=str(LIMITED["secret_access_key"]),
        AWS_SESSION_TOKEN=str(LIMITED["session_token"]),
    )


def own_credentials(deployed: Deployed, _remedy: Remedy) -> None:
    """Exports all three variables of the role's own session."""
    deployed.wire()


def marked(text: str) -> str:
    """Returns a schema with every type marked for IAM callers."""
    return re.sub(r"(?m)^(type \w+) \{", r"\1 @aws_iam {", text)


def connection_without_mark(deployed: Deployed) -> None:
    """Lets the API's default mode be another one, and leaves one type unmarked for IAM."""
    text = marked(BUILT_SCHEMA.read_text())
    connection = "type ModelTodoConnection"
    for root in (deployed.root, deployed.project):
        write_built_schema(root, text.replace(f"{connection} @aws_iam", connection))
    deployed.start({"default_authorization": "AMAZON_COGNITO_USER_POOLS"})


def mark(deployed: Deployed, remedy: Remedy) -> None:
    """Marks the type that has the field, where account B's owner writes her schema."""
    assert "@aws_iam" in remedy["action"]
    assert "the type that has the field items" in remedy["action"]
    write_built_schema(deployed.project, marked(BUILT_SCHEMA.read_text()))


def another_schema(deployed: Deployed) -> None:
    """Deploys another schema than the contract was made of."""
    text = BUILT_SCHEMA.read_text()
    write_built_schema(deployed.root, text.replace("  priority: Int\n", ""))
    deployed.start()


def versions(deployed: Deployed) -> None:
    """Turns conflict resolution on."""
    write_built_schema(deployed.root, DATASTORE.read_text())
    deployed.start()


def versions_that_nobody_looks_at(deployed: Deployed) -> None:
    """Compiles a schema with `_version`, which the API has not."""
    write_built_schema(deployed.project, DATASTORE.read_text())
    assert main(["compile", "--root", str(deployed.project)]) == 0


def configured(deployed: Deployed, **variables: str) -> None:
    """Writes the stage by `configure`, with what it has where nothing else is given."""
    config = json.loads((deployed.project / CONFIG).read_text())
    stage = {**config["stages"][STAGE]["environment_variables"], **variables}
    words = ["--stage", STAGE, "--role-arn", stage["ASSUME_ROLE_ARN"], "--region", stage["REGION"]]
    words += ["--appsync-url", stage["APPSYNC_URL"]]
    for option, name in {
        "--appsync-host": "APPSYNC_HOST",
        "--session-name": "ROLE_SESSION_NAME",
    }.items():
        words += [option, stage[name]] if name in stage else []
    deployed.perform(["python", "-m", "bridge", "configure", *words])


def printed_url(deployed: Deployed, _remedy: Remedy) -> None:
    """Compares APPSYNC_URL with the address that the command has printed, and takes that."""
    (_, _, url) = deployed.printed.split()
    configured(deployed, APPSYNC_URL=url)


def printed_host(deployed: Deployed, _remedy: Remedy) -> None:
    """Lets APPSYNC_HOST be the host of the address that the command has printed."""
    (_, _, url) = deployed.printed.split()
    configured(deployed, APPSYNC_HOST=url.split("/")[2])


def another_session_name(deployed: Deployed, _remedy: Remedy) -> None:
    """Changes what the message names, by `configure`."""
    configured(deployed, ROLE_SESSION_NAME="orders")


def as_agreed(deployed: Deployed, remedy: Remedy) -> None:
    """Sets what account B's owner says, where the remedy says."""
    assert "EXTERNAL_ID among the environment_variables" in remedy["action"]
    variable(EXTERNAL_ID="agreed-of-old")(deployed)


def function(text: str) -> Act:
    """Returns what puts a function into a resolver's place."""
    return lambda deployed: (deployed.root / FUNCTIONS).write_text(text)


def amplifys_own(deployed: Deployed, _remedy: Remedy) -> None:
    """Deletes what the probe may have left, and gives Amplify's own resolver its place again."""
    (deployed.root / FUNCTIONS).unlink()
    listed = deployed.sandbox.graphql("{ listTodos { items { id } } }").json()["data"]["listTodos"]
    assert [each for each in listed["items"] if each["id"].startswith("doctor-")] == []


def seen_in_the_log(deployed: Deployed, _remedy: Remedy) -> None:
    """Finds the request in the API's log, and mends the resolver that it failed in."""
    fields_asked = [each for event in deployed.sandbox.events() for each in event["fields"]]
    assert "Lambda:Unhandled" in [
        each["outcome"] for each in fields_asked if each["field"] == "listTodos"
    ]
    (deployed.root / FUNCTIONS).unlink()


def with_owner(command: str) -> str:
    """Fills in the profile."""
    return command.replace("PROFILE_OF_ACCOUNT_B", "owner")


PATTERN = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{A}:role/{FUNCTION}-api_handler"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:ExternalId": ["agreed-of-old", "agreed-anew"]}},
}
LOGS_ONLY = {**ALLOW, "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
_NO_ROLES = {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}
NO_ROLES = {**ALLOW, "Statement": [*ALL["Statement"], _NO_ROLES]}
NO_ROLES_TO_ALL = {
    **ALLOW,
    "Statement": [*TO_ALL["Statement"], {**_NO_ROLES, "Principal": "*"}],
}
WHO_ONLY = {
    **ALLOW,
    "Statement": [{**TO_ALL["Statement"][0], "Action": "sts:GetCallerIdentity"}],
}
FUNCTION_OF_ANOTHER = parameter("CallerRoleArn", f"arn:aws:iam::{A}:role/another")
ANOTHER_POLICY = json.dumps(
    {
        **ALLOW,
        "Statement": {
            "Effect": "Allow",
            "Action": "appsync:GraphQL",
            "Resource": f"arn:aws:appsync:us-east-1:{B}:apis/another/types/*",
        },
    }
)
_REFUSED = "Credential should be scoped to a valid region. "
IN_A = {
    "access_key_id": "AKIAOFACCOUNTAOFACC0",
    "secret_access_key": "of-somebody-in-a",
    "arn": f"arn:aws:iam::{A}:user/somebody",
    "policies": [],
}


def profile_of_a(deployed: Deployed) -> None:
    """Lets the profile lead to account A."""
    file = deployed.folder / "aws-credentials"
    file.write_text(
        f"[owner]\naws_access_key_id = {IN_A['access_key_id']}\n"
        f"aws_secret_access_key = {IN_A['secret_access_key']}\n"
    )


def profile_of_b(deployed: Deployed, _remedy: Remedy) -> None:
    """Takes credentials of account B by --profile-b."""
    deployed.wire()


CASES = (
    Case(
        "the trust names another role, by its parameter",
        "checks.trust_policy: _parameters",
        trust_policy.CHECK,
        FUNCTION_OF_ANOTHER,
    ),
    Case(
        "the trust was emptied by hand",
        "mending: property_of 2",
        trust_policy.CHECK,
        trusted(),
    ),
    Case(
        "one of several ExternalIds is asked for",
        "checks.trust_policy: _setting",
        trust_policy.CHECK,
        trusted(PATTERN),
        by_hand=as_agreed,
    ),
    Case(
        "the identity policy was changed by hand",
        "checks.role_policy: _remedy 1",
        role_policy.CHECK,
        administrator(
            *("iam", "put-role-policy", "--role-name", ROLE, "--policy-name", "UseTheApisFields"),
            *("--policy-document", ANOTHER_POLICY),
        ),
    ),
    Case(
        "the role may only read",
        "mending: parameters 2",
        role_policy.CHECK,
        parameter("ReadOnly", "true"),
        before="warning",
    ),
    Case("the role has another name", "checks.role: _missing", role.CHECK, another_role),
    Case(
        "nobody can look into account B, where the trust is at fault",
        "checks.assume_role: _remaining",
        assume_role.CHECK,
        trusted(),
        fill=with_owner,
        profile=None,
    ),
    Case(
        "AWS names the trust policy",
        "checks.denied: _remedy",
        trust_policy.CHECK,
        denied_by(PolicyKind.TRUST, trusted()),
        profile=None,
    ),
    Case(
        "AWS names the trust policy by its older name",
        "checks.denied: _remedy",
        trust_policy.CHECK,
        denied_by(PolicyKind.RESOURCE, trusted()),
        profile=None,
    ),
    Case(
        "AWS names the identity policy",
        "checks.denied: _remedy",
        caller_policy.CHECK,
        denied_by(PolicyKind.IDENTITY, without_statement),
        profile=None,
    ),
    Case(
        "AWS names the session policy",
        "checks.denied: _remedy",
        caller_policy.CHECK,
        denied_by(PolicyKind.SESSION, limited),
        settings={"principals": [LIMITED]},
        first=own_credentials,
        profile=None,
    ),
    Case(
        "AWS names the permissions boundary",
        "checks.denied: _remedy",
        caller_policy.CHECK,
        above(PolicyKind.BOUNDARY, LOGS_ONLY),
        by_hand=bounds_changed,
        profile=None,
    ),
    Case(
        "AWS names the service control policy",
        "checks.denied: _remedy",
        caller_policy.CHECK,
        above(PolicyKind.SERVICE_CONTROL, NO_ROLES),
        by_hand=organisations_changed,
        profile=None,
    ),
    Case(
        "AWS names the resource control policy",
        "checks.denied: _remedy",
        trust_policy.CHECK,
        above(PolicyKind.RESOURCE_CONTROL, NO_ROLES_TO_ALL),
        by_hand=organisations_changed,
        profile=None,
    ),
    Case(
        "AWS names the VPC endpoint's policy",
        "checks.denied: _remedy",
        caller_policy.CHECK,
        above(PolicyKind.VPC_ENDPOINT, WHO_ONLY),
        by_hand=endpoints_changed,
        profile=None,
    ),
    Case(
        "a boundary refuses, of which only the simulator knows",
        "checks.caller_policy: _above",
        caller_policy.CHECK,
        above(PolicyKind.BOUNDARY, LOGS_ONLY, told_by="simulator"),
        by_hand=bounds_changed,
    ),
    Case(
        "a resource control policy refuses, and STS does not say so",
        "checks.assume_role: _above",
        assume_role.CHECK,
        above(PolicyKind.RESOURCE_CONTROL, NO_ROLES_TO_ALL, told_by="nobody"),
        by_hand=organisations_changed,
    ),
    Case(
        "account A's policy file was not deployed",
        "checks.caller_policy: _not_deployed",
        caller_policy.CHECK,
        not_deployed,
    ),
    Case(
        "STS refuses a parameter",
        "checks.assume_role: check 2",
        assume_role.CHECK,
        on_the_way(
            answered(
                sts_error(400, "ValidationError", "Value 'appsync-rest' at 'roleSessionName' …"),
                "RoleSessionName=appsync-rest",
            )
        ),
        by_hand=another_session_name,
    ),
    Case(
        "STS does not answer AssumeRole",
        "checks.assume_role: check 1",
        assume_role.CHECK,
        on_the_way(no_answer_to(b"AssumeRole")),
        by_hand=later,
    ),
    Case(
        "STS throttles AssumeRole",
        "checks.assume_role: check 3",
        assume_role.CHECK,
        on_the_way(answered(sts_error(400, "Throttling", "Rate exceeded"), "Action=AssumeRole")),
        before="unknown",
        by_hand=later,
    ),
    Case(
        "STS does not answer",
        "checks.sts: check",
        sts.CHECK,
        outage(kind="cut_before", target="sts"),
        by_hand=later,
    ),
    Case(
        "STS fails",
        "checks.sts: _refused 5",
        sts.CHECK,
        outage(kind="error", status=503, target="sts"),
        by_hand=later,
    ),
    Case(
        "STS throttles",
        "checks.sts: _refused 3",
        sts.CHECK,
        outage(kind="throttle", target="sts"),
        before="unknown",
        by_hand=later,
    ),
    Case(
        "STS is off in the Region",
        "checks.sts: _refused 1",
        sts.CHECK,
        lambda _: None,
        settings={"sts_active": False},
        by_hand=settings(),
    ),
    Case(
        "AWS_ENDPOINT_URL_STS names another Region's",
        "checks.sts: _refused 2",
        sts.CHECK,
        both(
            on_the_way(at(ANOTHER_STS, sts_error(403, "SignatureDoesNotMatch", _REFUSED))),
            environment(AWS_ENDPOINT_URL_STS=f"https://{ANOTHER_STS}"),
        ),
    ),
    Case(
        "AWS_ENDPOINT_URL_STS names a portal",
        "checks.sts: _refused 4",
        sts.CHECK,
        both(
            on_the_way(at(PORTAL, (200, "<html>Sign in</html>"))),
            environment(AWS_ENDPOINT_URL_STS=f"https://{PORTAL}"),
        ),
    ),
    Case(
        "AWS_ENDPOINT_URL_STS names a host without an address",
        "checks.reachability: check_sts",
        reachability.STS,
        environment(AWS_ENDPOINT_URL_STS="https://sts.example.invalid"),
    ),
    Case(
        "this machine's clock is behind",
        "checks.clock: check",
        clock.CHECK,
        outage(kind="clock_skew", seconds=1200),
    ),
    Case(
        "the secret access key is another key's",
        "checks.source_credentials: _broken",
        source_credentials.CHECK,
        environment(AWS_SECRET_ACCESS_KEY="of-another-key"),
        first=own_credentials,
    ),
    Case(
        "the profile is one of account A",
        "checks.owner: of the module",
        owner.CHECK,
        profile_of_a,
        settings={"principals": [IN_A]},
        first=profile_of_b,
        more=("--as-owner",),
    ),
    Case(
        "APPSYNC_URL names another account's API",
        "mending: right_url 1",
        api.CHECK,
        variable(APPSYNC_URL=f"https://{ANOTHER_API}/graphql"),
        by_hand=printed_url,
    ),
    Case(
        "the VPC endpoint is asked for another API",
        "checks.api: _not_the_api 1",
        api.CHECK,
        variable(APPSYNC_URL=f"https://{VPC_ENDPOINT}/graphql", APPSYNC_HOST=ANOTHER_API),
        by_hand=printed_host,
        profile=None,
    ),
    Case(
        "a rule of AWS WAF refuses the gateway's requests",
        "checks.api: _web_acl",
        api.CHECK,
        on_the_way(WebAcl("operationName")),
        by_hand=rule_counted,
    ),
    Case(
        "a rule of AWS WAF answers with a page of its own",
        "checks.api: _web_acl",
        api.CHECK,
        on_the_way(WebAcl("operationName", has_page=True)),
        by_hand=rule_counted,
    ),
    Case(
        "a rule of AWS WAF refuses what asks for several things",
        "checks.ready: check",
        ready.CHECK,
        on_the_way(WebAcl("r0: ")),
        by_hand=rule_counted,
    ),
    Case(
        "the custom domain leads to no API",
        "checks.api: _not_the_api 2",
        api.CHECK,
        domain_of_nothing,
        fill=lambda command: command.replace("API_ID", API_ID),
        profile=None,
    ),
    Case(
        "a proxy rewrites the body",
        "checks.api: _failed 1",
        api.CHECK,
        on_the_way(changed_on_the_way(b'"query"', b'"QUERY"')),
        by_hand=found,
    ),
    Case(
        "a proxy changes the session token",
        "checks.api: _failed 2",
        api.CHECK,
        on_the_way(changed_on_the_way(b"-security-token: ", b"-security-token: x")),
        by_hand=found,
    ),
    Case(
        "AppSync does not answer",
        "checks.api: _silent",
        api.CHECK,
        outage(kind="cut_before", target="appsync"),
        by_hand=later,
    ),
    Case(
        "AppSync fails",
        "checks.api: _other 1",
        api.CHECK,
        outage(kind="error", status=500, target="appsync"),
        by_hand=later,
    ),
    Case(
        "AppSync throttles",
        "checks.api: _other 2",
        api.CHECK,
        outage(kind="throttle", target="appsync"),
        before="unknown",
        by_hand=later,
    ),
    Case(
        "the API takes API keys only",
        "checks.api: _no_iam",
        api.CHECK,
        lambda _: None,
        settings={"iam_authorization": False, "api_keys": [KEY]},
        by_hand=settings(api_keys=[KEY]),
    ),
    Case(
        "the API takes API keys beside IAM",
        "checks.api_keys: check",
        api_keys.CHECK,
        lambda _: None,
        settings={"api_keys": [KEY]},
        before="warning",
        by_hand=settings(),
    ),
    Case("the API has another schema", "mending: pulled", schema.CHECK, another_schema),
    Case(
        "conflict resolution was turned on",
        "mending: pulled",
        conflicts.CHECK,
        versions,
        more=("--as-owner", "--account-a", A),
    ),
    Case(
        "conflict resolution was turned off",
        "mending: pulled",
        conflicts.CHECK,
        versions_that_nobody_looks_at,
        more=("--as-owner", "--account-a", A),
    ),
    Case(
        "a type of a result is not for IAM callers",
        "checks.fields: _nested",
        fields.CHECK,
        connection_without_mark,
        first=mark,
    ),
    Case(
        "a resolver ignores its condition",
        "checks.fields: _not_held",
        fields.CHECK,
        function(IGNORES_CONDITIONS),
        by_hand=amplifys_own,
    ),
    Case(
        "a resolver fails",
        "checks.fields: _failed",
        fields.CHECK,
        function("def listTodos(arguments, event):\n    raise RuntimeError('of its own')\n"),
        by_hand=seen_in_the_log,
    ),
)
