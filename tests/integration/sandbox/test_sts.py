"""STS as boto3 sees it: sessions, limits, texts, and how sessions end."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.sandbox import (
    ROLE_ARN,
    RunningSandbox,
    StoppedClock,
    as_botocore,
    sandbox_in_thread,
    sign,
    signed_at,
)

TEMPLATE = "account_b/template.yaml"
FUNCTION = "arn:aws:sts::111111111111:assumed-role/appsync-rest-local-api_handler"
DENIED = f"User: {FUNCTION}/appsync-rest-local is not authorized to perform: "
INVALID = ("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
EXPIRED = ("ExpiredToken", 403, "The security token included in the request is expired")
INVALID_VALUE = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
READ = '{ getTodo(id: "1") { id } }'


class Clock:
    """A sandbox's clock that a test moves."""

    def __init__(self):
        self.ahead = timedelta(0)

    def now(self):
        """Returns the real time, moved."""
        return datetime.now(UTC) + self.ahead


def error_of(call, **parameters) -> tuple[str, int, str]:
    """Returns code, status and text of the error that a call of boto3 ends with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    response = raised.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def call(sandbox: RunningSandbox, credentials, body: bytes, **scope: str) -> requests.Response:
    """Returns STS's reply to a form that is signed as the test wants it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    signed = sign(
        "POST", f"{sandbox.url}/", body, credentials, headers, **{"service": "sts"} | scope
    )
    return requests.post(f"{sandbox.url}/", body, headers=signed, timeout=60)


IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def test_boto3_assumes_the_role_and_is_that_session(sandbox: RunningSandbox):
    """The source is the function's session; what it gets is a session of B's role for an hour."""
    before = sandbox.sts().get_caller_identity()
    assert (before["Account"], before["Arn"]) == ("111111111111", f"{FUNCTION}/appsync-rest-local")
    asked_at = datetime.now(UTC).replace(microsecond=0)
    issued = sandbox.sts().assume_role(RoleArn=ROLE_ARN, RoleSessionName="it")
    key = issued["Credentials"]
    assert key["AccessKeyId"].startswith("ASIA")
    assert len(key["SecretAccessKey"]) == 40
    hour = timedelta(hours=1)
    assert asked_at + hour <= key["Expiration"] <= datetime.now(UTC) + hour
    arn = "arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/it"
    assert issued["AssumedRoleUser"]["Arn"] == arn
    session = Credentials(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])
    after = sandbox.sts(session).get_caller_identity()
    assert (after["Account"], after["Arn"]) == ("222222222222", arn)
    assert after["UserId"] == issued["AssumedRoleUser"]["AssumedRoleId"]
    assert after["UserId"].startswith("AROA")


def test_sts_answers_a_signed_get_as_well(sandbox: RunningSandbox):
    """The query protocol takes its parameters from the query, too."""
    url = f"{sandbox.url}/?{IDENTITY.decode()}"
    headers = sign("GET", url, b"", sandbox.source_credentials, service="sts")
    reply = requests.get(url, headers=headers, timeout=60)
    assert reply.status_code == 200
    assert f"{FUNCTION}/appsync-rest-local" in reply.text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (
            {"DurationSeconds": 3601},
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (
            {"RoleSessionName": "a b"},
            INVALID_VALUE.format("a b", "roleSessionName")
            + r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            {"DurationSeconds": 50000},
            INVALID_VALUE.format("50000", "durationSeconds")
            + "Member must have value less than or equal to 43200",
        ),
    ],
)
def test_limits_are_told_before_anybody_is_asked(sandbox: RunningSandbox, parameters, text):
    """A malformed request gets its ValidationError even where trust would refuse it."""
    sandbox.edit(TEMPLATE, "Action: sts:AssumeRole", "Action: sts:TagSession")
    given = {"RoleArn": ROLE_ARN, "RoleSessionName": "it"} | parameters
    error = error_of(sandbox.sts().assume_role, **given)
    assert error == ("ValidationError", 400, text)


def test_role_chaining_ends_after_an_hour_whatever_the_role_allows(sandbox: RunningSandbox):
    """The function's own credentials are a session, so an hour is the most."""
    sandbox.edit(TEMPLATE, "MaxSessionDuration: 3600", "MaxSessionDuration: 43200")
    code, status, text = error_of(
        sandbox.sts().assume_role, RoleArn=ROLE_ARN, RoleSessionName="it", DurationSeconds=3601
    )
    assert (code, status) == ("ValidationError", 400)
    assert text == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
        "role chaining."
    )
    assert sandbox.assume_role(DurationSeconds=3600).token


def test_an_external_id_that_the_stack_demands_must_be_sent(sandbox: RunningSandbox):
    """Missing and wrong get wall 1's text; the right one is let in."""

    def demand(parameters):
        parameters[3]["ParameterValue"] = "the/secret:id"

    sandbox.edit_json("account_b/sandbox/parameters.json", demand)
    given = {"RoleArn": ROLE_ARN, "RoleSessionName": "it"}
    denied = ("AccessDenied", 403, f"{DENIED}sts:AssumeRole on resource: {ROLE_ARN}")
    assert error_of(sandbox.sts().assume_role, **given) == denied
    assert error_of(sandbox.sts().assume_role, **given, ExternalId="wrong") == denied
    assert sandbox.assume_role(ExternalId="the/secret:id").token


def test_tags_and_source_identity_need_trust_of_their_own(sandbox: RunningSandbox):
    """Each has its own action, in both accounts' policies, and then marks the session."""
    given = {
        "RoleArn": ROLE_ARN,
        "RoleSessionName": "it",
        "Tags": [{"Key": "team", "Value": "todo"}],
        "SourceIdentity": "alice",
    }
    refused = error_of(sandbox.sts().assume_role, **given)
    assert refused == ("AccessDenied", 403, f"{DENIED}sts:TagSession on resource: {ROLE_ARN}")
    sandbox.edit(TEMPLATE, "Action: sts:AssumeRole", 'Action: "sts:*"')
    sandbox.edit(".chalice/policy-local.json", '"sts:AssumeRole"', '"sts:*"')

    def demand_the_tag(template):
        (policy,) = template["Resources"]["CrossAccountRole"]["Properties"]["Policies"]
        policy["PolicyDocument"]["Statement"][0]["Condition"] = {
            "StringEquals": {"aws:PrincipalTag/team": "todo"}
        }

    sandbox.edit_template(demand_the_tag)
    issued = sandbox.sts().assume_role(**given)
    assert issued["SourceIdentity"] == "alice"
    key = issued["Credentials"]
    tagged = Credentials(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])
    assert sandbox.graphql(READ, credentials=tagged).status_code == 200
    assert sandbox.graphql(READ).status_code == 401


def test_a_session_policy_narrows_what_the_role_may_do(sandbox: RunningSandbox):
    """The session may only what both the role's policy and its own allow."""
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "appsync:GraphQL",
            "Resource": "arn:aws:appsync:*:*:apis/*/types/Query/fields/listTodos",
        },
    }
    narrowed = sandbox.assume_role(Policy=json.dumps(policy))
    assert sandbox.graphql(READ, credentials=narrowed).status_code == 401
    listed = sandbox.graphql("{ listTodos { items { id } } }", credentials=narrowed)
    assert listed.json() == {"data": {"listTodos": {"items": []}}}


def test_a_token_belongs_to_its_key(sandbox: RunningSandbox):
    """Another session's token, or none, makes the key unknown."""
    one, other = as_botocore(sandbox.source_credentials), sandbox.assume_role()
    foreign = Credentials(one.access_key, one.secret_key, other.token)
    assert error_of(sandbox.sts(foreign).get_caller_identity) == INVALID
    without = Credentials(one.access_key, one.secret_key)
    assert error_of(sandbox.sts(without).get_caller_identity) == INVALID
    unknown = Credentials("ASIAUNKNOWNUNKNOWN00", one.secret_key, one.token)
    assert error_of(sandbox.sts(unknown).get_caller_identity) == INVALID


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ({"region": "eu-west-1"}, "Credential should be scoped to a valid region. "),
        ({"service": "iam"}, "Credential should be scoped to correct service: 'sts'. "),
    ],
)
def test_the_scope_is_checked_before_the_key(sandbox: RunningSandbox, scope, text):
    """Even an unknown key is first told that it signed for another endpoint."""
    reply = call(sandbox, Credentials("ASIAUNKNOWN", "secret", "token"), IDENTITY, **scope)
    assert reply.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in reply.text
    assert f"<Message>{text}</Message>" in reply.text


def test_an_error_has_the_envelope_of_the_query_protocol(sandbox: RunningSandbox):
    """Namespace, type, code, text and the request's id, which is a header, too."""
    source = as_botocore(sandbox.source_credentials)
    reply = call(sandbox, Credentials(source.access_key, "wrong", source.token), IDENTITY)
    assert reply.status_code == 403
    assert reply.headers["Content-Type"] == "text/xml"
    request_id = reply.headers["x-amzn-requestid"]
    assert reply.text == (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        "<Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we "
        "calculated does not match the signature you provided. Check your AWS Secret Access Key "
        "and signing method. Consult the service documentation for details.</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def test_an_unknown_action_is_no_operation(sandbox: RunningSandbox):
    """Before any signature is looked at."""
    reply = requests.post(sandbox.url, {"Action": "GetFederationToken2"}, timeout=60)
    assert reply.status_code == 400
    assert "<Code>InvalidAction</Code>" in reply.text


def test_an_unsigned_call_misses_its_token(sandbox: RunningSandbox):
    """Without Authorization nobody calls."""
    reply = requests.post(sandbox.url, IDENTITY, timeout=60)
    assert reply.status_code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in reply.text


def test_sessions_end_when_they_should(tmp_path: Path):
    """An hour later the session is expired at both services; the function's own lives on."""
    clock = Clock()
    with sandbox_in_thread(tmp_path, clock=clock.now) as sandbox:
        session = sandbox.assume_role(DurationSeconds=900)
        clock.ahead = timedelta(seconds=240)
        assert sandbox.graphql(READ, credentials=session).status_code == 200
        clock.ahead = timedelta(seconds=901)
        reply = sandbox.graphql(READ, credentials=session)
        assert reply.status_code == 403
        assert reply.json()["errors"] == [
            {"errorType": "ExpiredTokenException", "message": EXPIRED[2]}
        ]
        # Expiry comes before the clock, which is off by more than STS takes, too.
        assert error_of(sandbox.sts(session).get_caller_identity) == EXPIRED
        assert error_of(sandbox.sts().get_caller_identity)[0] == "SignatureDoesNotMatch"


def test_a_call_that_is_fifteen_minutes_old_is_expired(tmp_path: Path):
    """STS takes a signature for fifteen minutes and says so afterwards."""
    clock = StoppedClock()
    with sandbox_in_thread(tmp_path, clock=clock) as sandbox:
        headers = sign(
            "POST",
            f"{sandbox.url}/",
            IDENTITY,
            sandbox.source_credentials,
            {"Content-Type": "application/x-www-form-urlencoded"},
            "sts",
        )

        def again() -> requests.Response:
            return requests.post(sandbox.url, IDENTITY, headers=headers, timeout=60)

        clock.now = signed_at(headers)
        assert again().status_code == 200
        clock.now = signed_at(headers) + timedelta(minutes=15)
        assert again().status_code == 200
        clock.now = signed_at(headers) + timedelta(minutes=15, seconds=1)
        assert again().status_code == 403
        assert "<Message>Signature expired: " in again().text
        assert "- 15 min.)" in again().text


def test_sessions_and_credentials_survive_a_restart(tmp_path: Path):
    """The state folder keeps them: the same source, the same session, the same role id."""
    with sandbox_in_thread(tmp_path) as sandbox:
        source, session = sandbox.source_credentials, sandbox.assume_role()
        identity = sandbox.sts(session).get_caller_identity()
    with sandbox_in_thread(tmp_path) as sandbox:
        assert sandbox.source_credentials == source
        again = sandbox.sts(session).get_caller_identity()
        assert (again["Arn"], again["UserId"]) == (identity["Arn"], identity["UserId"])


def test_deleting_the_role_ends_its_sessions_for_ever(sandbox: RunningSandbox):
    """A role of the same name that is made later is another one."""
    session = sandbox.assume_role()
    sandbox.edit(TEMPLATE, "RoleName: !Ref RoleName", "RoleName: Renamed")
    assert error_of(sandbox.sts(session).get_caller_identity) == INVALID
    reply = sandbox.graphql(READ, credentials=session)
    assert (reply.status_code, reply.json()["errors"][0]["errorType"]) == (
        403,
        "UnrecognizedClientException",
    )
    sandbox.edit(TEMPLATE, "RoleName: Renamed", "RoleName: !Ref RoleName")
    assert error_of(sandbox.sts(session).get_caller_identity) == INVALID
    assert sandbox.sts(sandbox.assume_role()).get_caller_identity()["Account"] == "222222222222"


def test_a_change_of_trust_leaves_sessions_alone(sandbox: RunningSandbox):
    """Trust is asked at AssumeRole; what was issued before goes on."""
    session = sandbox.assume_role()

    def trust_somebody_else(template):
        role = template["Resources"]["CrossAccountRole"]["Properties"]
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        statement["Principal"] = {"AWS": "333333333333"}

    sandbox.edit_template(trust_somebody_else)
    assert sandbox.graphql(READ, credentials=session).status_code == 200
    code, _, text = error_of(sandbox.sts().assume_role, RoleArn=ROLE_ARN, RoleSessionName="it")
    assert (code, text) == ("AccessDenied", f"{DENIED}sts:AssumeRole on resource: {ROLE_ARN}")


def test_trust_in_a_role_that_was_made_again_is_broken_until_it_is_saved(tmp_path: Path):
    """The saved policy names the deleted role's id; saving the template trusts the new one."""
    config = tmp_path / "root" / ".chalice" / "config.json"
    with sandbox_in_thread(tmp_path) as sandbox:
        assert sandbox.assume_role().token
        sandbox.edit(".chalice/config.json", '"appsync-rest"', '"renamed"')
        # The function's role is gone, and with it the function's session.
        assert error_of(sandbox.sts().get_caller_identity) == INVALID
        config.write_text(config.read_text().replace('"renamed"', '"appsync-rest"'))
    with sandbox_in_thread(tmp_path) as sandbox:
        given = {"RoleArn": ROLE_ARN, "RoleSessionName": "it"}
        assert error_of(sandbox.sts().assume_role, **given)[0] == "AccessDenied"
        (decision,) = sandbox.events(service="sts")[-1]["decisions"]
        trust = [item for item in decision["considered"] if item["source"] == "resource"]
        assert trust[0]["document"]["Principal"]["AWS"].startswith("AROA")
        template = sandbox.root / TEMPLATE
        template.write_text(template.read_text())
        assert sandbox.assume_role().token


def test_sts_can_be_inactive_in_the_region(tmp_path: Path):
    """The settings switch it off for account A."""
    with sandbox_in_thread(tmp_path, {"sts_active": False}) as sandbox:
        given = {"RoleArn": ROLE_ARN, "RoleSessionName": "it"}
        code, status, text = error_of(sandbox.sts().assume_role, **given)
        assert (code, status) == ("RegionDisabledException", 403)
        assert text == (
            "STS is not activated in this region for account:111111111111. Your account "
            "administrator can activate STS in this region using the IAM Console."
        )
