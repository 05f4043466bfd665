"""The doctor against AWS's recorded texts: no sandbox, so none of its own rules agree with it."""

from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import pytest

from bridge.compiler.compilation import compile_schema
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import read_built_schema
from bridge.doctor.checks import (
    admin_roles,
    api,
    api_keys,
    assume_role,
    caller,
    caller_policy,
    clock,
    fields,
    latency,
    role_policy,
    schema,
    session_length,
    settings,
    source_credentials,
    sts,
    trust_policy,
)
from bridge.doctor.findings import Status, exit_code
from tests.integration.doctor.recorded import (
    DENIED,
    TAKES_KEYS,
    A,
    Aws,
    diagnosis,
    identity,
    looking_at,
    named,
    of,
    refusal,
    resolver_error,
    sts_error,
)
from tests.support.sandbox import copy_project
from tests.support.todo import BUILT_SCHEMA

UNAUTHORIZED = "Not Authorized to access {} on type {}"
CHAINED = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
    " chaining."
)
MALFORMED_NAME = (
    "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint:"
    " Member must have length greater than or equal to 2"
)
STS_TEXTS = [
    (
        sts_error(403, "ExpiredToken", "The security token included in the request is expired"),
        source_credentials.CHECK,
        "The source credentials have expired.",
    ),
    (
        sts_error(
            403, "InvalidClientTokenId", "The security token included in the request is invalid."
        ),
        source_credentials.CHECK,
        "STS does not know the source credentials: the token belongs to another key, or",
    ),
    (
        sts_error(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check"
            " your AWS Secret Access Key and signing method.",
        ),
        source_credentials.CHECK,
        "The secret access key does not belong to the access key.",
    ),
    (
        sts_error(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. "),
        sts.CHECK,
        "The STS that is asked is not us-east-1's.",
    ),
    (
        sts_error(
            403,
            "SignatureDoesNotMatch",
            "Signature expired: 20261123T234400Z is now earlier than 20261123T234500Z"
            " (20261124T000000Z - 15 min.)",
        ),
        clock.CHECK,
        "This machine's clock is 960 s behind AWS's.",
    ),
    (
        sts_error(
            403,
            "RegionDisabledException",
            "STS is not activated in this region for account:333333333333. Your account"
            " administrator can activate STS in this region using the IAM Console.",
        ),
        sts.CHECK,
        "STS is not activated in us-east-1 for account 333333333333.",
    ),
    ((502, "<html>Bad Gateway</html>"), sts.CHECK, "is not STS."),
]


@pytest.mark.parametrize(("answer", "check", "summary"), STS_TEXTS)
def test_each_refusal_of_the_source_credentials_has_its_own_cause(answer, check, summary):
    """GetCallerIdentity's refusal names one link, in AWS's own words."""
    findings = diagnosis(Aws(caller=answer))
    assert named(findings).keys() == {check}
    assert summary in named(findings)[check]
    assert of(findings, check).remedy is not None


def test_a_refusal_of_assume_role_leaves_three_causes_where_account_b_cannot_be_read():
    """One text, three causes: each is named, with what tells them apart."""
    findings = diagnosis(Aws(assume_role=DENIED))
    assert named(findings).keys() == {assume_role.CHECK}
    found = of(findings, assume_role.CHECK)
    assert found.summary == "STS refuses, and its text does not say which of 3 causes it is."
    possible = [line for line in found.evidence if line.startswith("possible: ")]
    assert [line.split(":")[1].strip() for line in possible] == [
        "account B's role",
        trust_policy.CHECK,
        caller_policy.CHECK,
    ]
    assert found.remedy is not None
    told_apart, exists, let_in = found.remedy.commands
    assert told_apart == "python -m bridge doctor --stage prod --profile-b PROFILE_OF_ACCOUNT_B"
    assert exists == "aws iam get-role --role-name TodoCrossAccountRole"
    assert f"arn:aws:iam::{A}:role/appsync-rest-prod-api_handler" in let_in
    assert of(findings, trust_policy.CHECK).status is Status.SKIPPED


def test_an_organisations_region_that_is_off_is_told_by_assume_role_too():
    """STS may know the caller and refuse the session that account B would get."""
    text = "STS is not activated in this region for account:222222222222. Your account …"
    findings = diagnosis(Aws(assume_role=sts_error(403, "RegionDisabledException", text)))
    assert named(findings) == {
        sts.CHECK: "STS is not activated in us-east-1 for account 222222222222."
    }


def test_a_session_that_is_too_long_is_told_by_its_text():
    """The role's own limit has its words."""
    message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    findings = diagnosis(Aws(assume_role=sts_error(400, "ValidationError", message)))
    assert named(findings) == {
        session_length.CHECK: "Its sessions are shorter than the 3600 s that are asked for."
    }


@pytest.mark.parametrize("message", [MALFORMED_NAME, CHAINED])
def test_a_refused_parameter_is_told_with_stss_words(message):
    """What no other check knows is shown as STS says it; no more than an hour is ever asked for."""
    findings = diagnosis(Aws(assume_role=sts_error(400, "ValidationError", message)))
    assert named(findings).keys() == {assume_role.CHECK}
    assert message in of(findings, assume_role.CHECK).evidence[0]


def test_throttling_is_not_taken_for_a_broken_link():
    """Exit code 2: it could not be looked at."""
    findings = diagnosis(Aws(caller=sts_error(400, "Throttling", "Rate exceeded")))
    assert named(findings) == {}
    assert of(findings, sts.CHECK).status is Status.UNKNOWN
    assert exit_code(findings) == 2


def test_a_throttled_api_could_not_be_looked_at():
    """AppSync's 429 is no broken link either."""
    findings = diagnosis(Aws(everything=(429, "{}")))
    assert named(findings) == {}
    assert of(findings, api.CHECK).summary == "AppSync is throttling."
    assert exit_code(findings) == 2


def test_a_caller_that_is_not_the_function_proves_nothing_by_being_refused():
    """A developer's own role is refused by a good trust policy: that is told, with /ready."""
    developer = f"arn:aws:sts::{A}:assumed-role/Developer/jane"
    findings = diagnosis(Aws(caller=identity(developer), assume_role=DENIED))
    assert named(findings) == {}
    assert of(findings, caller.CHECK).status is Status.WARNING
    found = of(findings, assume_role.CHECK)
    assert found.status is Status.UNKNOWN
    assert "which is not the function" in found.summary
    assert exit_code(findings) == 2


def test_a_healthy_chain_without_a_profile_of_account_b_is_all_well():
    """What cannot be read there is proven by what was done."""
    findings = diagnosis(Aws())
    assert {each.status for each in findings} <= {Status.OK, Status.SKIPPED}
    assert exit_code(findings) == 0


APPSYNC_TEXTS = [
    (
        refusal(401, "UnauthorizedException", "Valid authorization header not provided."),
        api.CHECK,
        "The API does not take IAM callers.",
    ),
    (
        refusal(401, "UnauthorizedException", "You are not authorized to make this call."),
        api.CHECK,
        "The API does not take IAM callers.",
    ),
    (
        refusal(
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        api.CHECK,
        "AppSync does not know the session that STS has just given.",
    ),
    (
        refusal(
            403,
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        ),
        api.CHECK,
        "AppSync computes another signature: something on the way changes the request.",
    ),
    (
        refusal(
            403,
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'us-east-1'. ",
        ),
        api.CHECK,
        "The API is not in us-east-1, which REGION names.",
    ),
    (
        refusal(
            400,
            "BadRequestException",
            "Signature expired: 20261123T235300Z is now earlier than 20261123T235500Z"
            " (20261124T000000Z - 5 min.)",
        ),
        clock.CHECK,
        "This machine's clock is 420 s behind AWS's.",
    ),
    (
        refusal(401, "UnauthorizedException", "Permission denied"),
        role_policy.CHECK,
        "AppSync refuses every field to the role.",
    ),
    (
        refusal(403, "WAFForbiddenException", "403 Forbidden"),
        api.CHECK,
        "AWS WAF in front of the API refuses the request.",
    ),
    (
        (403, "<html>Request blocked</html>"),
        api.CHECK,
        "A page of HTML refuses the request, as AWS WAF's custom responses and proxies do.",
    ),
    ((404, "<html>Not Found</html>"), api.CHECK, "is not an AppSync API."),
    ((500, "{}"), api.CHECK, "AppSync fails with status 500."),
]


@pytest.mark.parametrize(("answer", "check", "summary"), APPSYNC_TEXTS)
def test_each_refusal_of_the_front_has_its_own_cause(answer, check, summary):
    """AppSync's refusal names one link, with its words as evidence."""
    findings = diagnosis(Aws(everything=answer))
    assert named(findings).keys() == {check}
    assert summary in named(findings)[check]


def test_one_field_that_is_denied_is_named_with_what_may_be_the_cause():
    """Permission denied for updateTodo alone: the policy lacks it, or names it wrongly."""
    denied = refusal(401, "UnauthorizedException", "Permission denied")
    findings = diagnosis(Aws(graphql={"updateTodo": denied}))
    assert named(findings) == {
        role_policy.CHECK: "AppSync refuses Mutation.updateTodo to the role."
    }
    found = of(findings, role_policy.CHECK)
    assert found.remedy is not None
    (command,) = found.remedy.commands
    assert "apis/API_ID/types/Mutation/fields/updateTodo" in command
    assert command.startswith("aws iam put-role-policy --role-name TodoCrossAccountRole")


@pytest.mark.parametrize("kind", ["Query", "Todo"])
def test_wall_2_is_told_by_its_error_type_whatever_its_text(kind):
    """Older APIs name the model's type in place of the root's."""
    names = ("getTodo", "listTodos", "createTodo", "updateTodo", "deleteTodo", "r0")
    refused = {
        name: resolver_error(name, "Unauthorized", UNAUTHORIZED.format(name, kind))
        for name in names
    }
    findings = diagnosis(Aws(graphql={**refused, "Batch": refused["r0"]}))
    assert named(findings) == {
        admin_roles.CHECK: "The role is listed, and the resolvers in force do not know of it."
    }
    found = of(findings, admin_roles.CHECK)
    assert found.remedy is not None
    assert found.remedy.commands == ("amplify api gql-compile --force", "amplify push")


def test_a_nested_type_that_refuses_is_named_with_its_path():
    """A plain type under several authorization modes needs @aws_iam."""
    nested = resolver_error(
        "getTodo", "Unauthorized", UNAUTHORIZED.format("street", "Place"), "place", "street"
    )
    findings = diagnosis(Aws(graphql={"getTodo": nested}))
    assert named(findings) == {
        fields.CHECK: "A field of the result refuses the role: getTodo.place.street."
    }
    remedy = of(findings, fields.CHECK).remedy
    assert remedy is not None
    assert "@aws_iam" in remedy.action


def test_a_resolver_that_fails_is_shown_in_its_own_words():
    """Any other error of a resolver is account B's to look up."""
    failing = resolver_error(
        "listTodos", "Lambda:ExecutionTimeoutException", "Execution timed out."
    )
    findings = diagnosis(Aws(graphql={"listTodos": failing}))
    assert named(findings) == {fields.CHECK: "Query.listTodos fails in its resolver."}
    assert "Execution timed out." in of(findings, fields.CHECK).evidence[0]


def test_a_write_that_its_condition_should_have_stopped_is_not_called_well():
    """An API that ignores conditions is told at once, with what to delete."""
    written = (200, '{"data":{"createTodo":{"id":"1"}}}')
    findings = diagnosis(Aws(graphql={"createTodo": written}))
    assert named(findings) == {
        fields.CHECK: "Mutation.createTodo wrote although its condition cannot hold."
    }


def test_a_drifted_schema_is_told_where_introspection_is_off():
    """The refusal of the gateway's own document is proof enough."""
    undefined = (
        "Validation error of type FieldUndefined: Field 'priority' in type 'Todo' is undefined"
        " @ 'getTodo/priority'"
    )
    faulty = (200, f'{{"data":null,"errors":[{{"path":null,"message":"{undefined}"}}]}}')
    off = (200, '{"data":null,"errors":[{"path":null,"message":"Introspection is disabled"}]}')
    findings = diagnosis(Aws(graphql={"getTodo": faulty, "IntrospectionQuery": off}))
    assert named(findings).keys() == {schema.CHECK}
    found = of(findings, schema.CHECK)
    assert undefined in found.evidence[0]
    assert found.remedy is not None
    assert found.remedy.commands[0] == "python -m bridge pull --stage prod"


def test_introspection_that_is_off_breaks_nothing():
    """Every field answered the gateway's own documents, so nothing is missing."""
    off = refusal(401, "UnauthorizedException", "Permission denied")
    findings = diagnosis(Aws(graphql={"IntrospectionQuery": off}))
    assert of(findings, schema.CHECK).status is Status.SKIPPED
    assert exit_code(findings) == 0


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        ('exclude = ["Mutation.deleteTodo", "Todo.priority"]', Status.OK),
        ('exclude = ["Mutation.archiveTodo"]', Status.WARNING),
    ],
)
def test_the_apis_schema_is_compiled_under_the_projects_own_settings(tmp_path, setting, status):
    """What rest.toml leaves out is no news; what it names and the API has not is told."""
    root = copy_project(tmp_path)
    (root / "account_b/rest.toml").write_text(setting)
    told = RestSettings(frozenset({"Mutation.deleteTodo", "Todo.priority"}))
    contract = compile_schema(read_built_schema(BUILT_SCHEMA.read_text()), told).contract
    found = of(diagnosis(Aws(), root=root, contract=contract), schema.CHECK)
    assert found.status is status, found
    assert all("archiveTodo" in line for line in found.evidence)


def test_an_api_that_asks_for_a_better_key_takes_keys():
    """The answer to a key that nobody has tells whether keys are taken at all."""
    findings = diagnosis(Aws(api_key=TAKES_KEYS))
    assert named(findings, Status.WARNING).keys() == {api_keys.CHECK}
    assert exit_code(findings) == 0


@pytest.mark.parametrize(("seconds", "status"), [(90, Status.WARNING), (600, Status.BROKEN)])
def test_the_date_header_tells_a_clock_that_aws_still_takes(seconds, status):
    """A clock that drifts is told before the first refusal."""
    ahead = datetime.now(UTC) + timedelta(seconds=seconds)
    date = f"Date: {ahead:%a, %d %b %Y %H:%M:%S} GMT"
    found = of(diagnosis(Aws(headers=(date,))), clock.CHECK)
    assert found.status is status
    assert "behind AWS's." in found.summary


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("vpce-1.appsync-api.us-east-1.vpce.amazonaws.com", "is a VPC endpoint's own name"),
        ("api.example.com", "`configure --allowed-host api.example.com` lets it be named"),
    ],
)
def test_a_host_that_is_not_the_apis_own_is_told_for_what_it_is(host, told):
    """Each by its kind, and a custom domain with the option that lets it be named."""
    findings = diagnosis(Aws(), APPSYNC_URL=f"https://{host}/graphql")
    assert named(findings).keys() == {settings.CHECK}
    found = of(findings, settings.CHECK)
    assert any(told in line for line in found.evidence)
    assert found.remedy is not None
    assert ("--allowed-host api.example.com" in found.remedy.commands[0]) == ("example" in host)


OWN_HOST = "z" * 26 + ".appsync-api.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("host", "summary", "command"),
    [
        (
            "vpce-1-a.appsync-api.us-east-1.vpce.amazonaws.com",
            f"The VPC endpoint knows no private API of the name {OWN_HOST}.",
            "aws appsync list-graphql-apis --region us-east-1",
        ),
        (
            "api.example.com",
            "The custom domain api.example.com leads to no AppSync API.",
            "aws appsync get-domain-name --region us-east-1 --domain-name api.example.com",
        ),
    ],
)
def test_a_name_that_leads_to_no_api_is_told_by_its_kind(host, summary, command):
    """The VPC endpoint without that API, the domain without its association: 404 to both."""
    with looking_at(Aws(everything=(404, "{}")), **own_host_of(host)) as look:
        asked = look.made._replace(appsync_url=f"https://{host}/graphql")
        # The stand-in answers on the loopback, whose name would tell no kind.
        _ = look.answers
        look.settings = asked
        found = api.check(look, ())
    assert (found.status, found.summary) == (Status.BROKEN, summary)
    assert found.remedy is not None
    assert found.remedy.commands[0].startswith(command)


def own_host_of(host):
    """Returns the variables of a name; a VPC endpoint's needs the API's own host."""
    return {"APPSYNC_HOST": OWN_HOST} if "vpce" in host else {}


def test_a_vpc_endpoints_name_without_the_apis_own_gets_the_option_for_it():
    """`configure --appsync-host` is what is run, with what is known filled in."""
    url = "https://vpce-1.appsync-api.us-east-1.vpce.amazonaws.com/graphql"
    findings = diagnosis(Aws(), APPSYNC_URL=url)
    assert named(findings) == {
        settings.CHECK: "APPSYNC_HOST is missing: APPSYNC_URL is a VPC endpoint's name."
    }
    found = of(findings, settings.CHECK)
    assert found.remedy is not None
    assert f"--appsync-url {url} --region us-east-1" in found.remedy.commands[0]
    assert found.remedy.commands[0].endswith("--appsync-host ID.appsync-api.REGION.amazonaws.com")


def test_a_stage_that_still_holds_the_examples_values_is_told():
    """The values of the file as it comes read like real ones, and lead nowhere."""
    url = f"https://{'abcdefghijklmnopqrstuvwxyz'}.appsync-api.us-east-1.amazonaws.com/graphql"
    findings = diagnosis(Aws(), APPSYNC_URL=url)
    assert named(findings) == {settings.CHECK: "Still the example's: APPSYNC_URL, ASSUME_ROLE_ARN."}
    found = of(findings, settings.CHECK)
    assert found.remedy is not None
    assert found.remedy.commands[0].startswith("python -m bridge configure --stage prod ")


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("us-east-1", ()),
        (
            "eu-west-1",
            ("the Region here is eu-west-1, the API's us-east-1: each request crosses over",),
        ),
    ],
)
def test_hops_that_take_long_are_told_with_where_that_was_measured(monkeypatch, region, told):
    """From this machine alone no cure follows; two Regions are named where there are two."""
    clock = SimpleNamespace(perf_counter=count(step=2.5).__next__)
    monkeypatch.setattr("bridge.doctor.wire.time", clock)
    found = of(diagnosis(Aws(), AWS_REGION=region), latency.CHECK)
    assert (found.status, found.summary) == (Status.WARNING, "STS and AppSync take long.")
    assert found.evidence[:2] == tuple(
        f"{name}: 2500 ms the first time, then 2500 ms" for name in ("STS", "AppSync")
    )
    assert found.evidence[2].startswith("measured from this machine")
    assert found.evidence[3:] == told
    assert found.remedy is None
