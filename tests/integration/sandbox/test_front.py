"""AppSync's front over the wire: who is let in, and what everybody else is told."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.credentials import Credentials

from tests.support.sandbox import (
    RunningSandbox,
    StoppedClock,
    as_botocore,
    sandbox_in_thread,
    sign,
    signed_at,
)

READ = '{ getTodo(id: "1") { id } }'
BODY = json.dumps({"query": READ}).encode()
EMPTY = {"data": {"getTodo": None}}
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": "*"}],
}
B = "arn:aws:sts::222222222222:assumed-role"


def post(
    sandbox: RunningSandbox,
    headers: Mapping[str, str] | None = None,
    *,
    body: bytes = BODY,
    method: str = "POST",
) -> requests.Response:
    """Returns the reply to a request with exactly these headers."""
    return requests.request(method, sandbox.graphql_url, data=body, headers=headers, timeout=60)


def error_of(reply: requests.Response) -> tuple[int, str, str]:
    """Returns status, errorType and text of a refused request, whose form is checked."""
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.headers["x-amzn-RequestId"]
    (error,) = reply.json()["errors"]
    assert reply.json() == {"errors": [error]}
    assert reply.headers["x-amzn-ErrorType"] == error["errorType"]
    return reply.status_code, error["errorType"], error["message"]


def principal(name: str, arn: str, **more: Any) -> dict[str, Any]:
    """Returns an entry of the settings whose key, secret and token follow from a name."""
    return {
        "access_key_id": f"ASIA{name}",
        "secret_access_key": f"{name}-secret",
        "session_token": f"{name}-token",
        "arn": arn,
        "policies": [ALLOW_ALL],
        **more,
    }


def keys(name: str) -> Credentials:
    """Returns the credentials of such an entry."""
    return Credentials(f"ASIA{name}", f"{name}-secret", f"{name}-token")


def test_a_request_without_any_authorization_is_told_what_is_missing(sandbox: RunningSandbox):
    """401, as AppSync answers a request that shows nothing."""
    assert error_of(post(sandbox)) == (
        401,
        "UnauthorizedException",
        "Valid authorization header not provided.",
    )


@pytest.mark.parametrize(
    ("method", "headers"), [("OPTIONS", {}), ("POST", {"x-api-key": "da2-something"})]
)
def test_a_preflight_and_an_api_key_miss_their_token(sandbox: RunningSandbox, method, headers):
    """An API that takes IAM callers alone has no use for either."""
    error = error_of(post(sandbox, headers, method=method))
    assert error == (403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def test_any_other_authorization_is_a_token_that_cannot_be_parsed(sandbox: RunningSandbox):
    """What is no signature counts as a JWT."""
    error = error_of(post(sandbox, {"Authorization": "eyJhbGciOi.eyJzdWIi.c2ln"}))
    assert error == (401, "UnauthorizedException", "Unable to parse JWT token.")


def test_a_garbled_signature_is_incomplete(sandbox: RunningSandbox):
    """400, before anybody is looked up."""
    status, kind, _ = error_of(post(sandbox, {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}))
    assert (status, kind) == (400, "IncompleteSignatureException")


def test_a_signature_with_another_secret_is_invalid(sandbox: RunningSandbox):
    """403, with AWS's long text."""
    session = sandbox.assume_role()
    forged = Credentials(session.access_key, "another-secret", session.token)
    status, kind, text = error_of(sandbox.graphql(READ, credentials=forged))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert text.startswith("The request signature we calculated does not match the signature")


@pytest.mark.parametrize("token", ["another-sessions-token", None])
def test_a_foreign_or_missing_token_is_unrecognised(sandbox: RunningSandbox, token):
    """The most frequent mistake with temporary credentials: the token is not sent."""
    session = sandbox.assume_role()
    wrong = Credentials(session.access_key, session.secret_key, token)
    assert error_of(sandbox.graphql(READ, credentials=wrong)) == (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_a_body_changed_after_signing_is_noticed(sandbox: RunningSandbox):
    """The signature is about the exact bytes: one more space is another request."""
    headers = sign("POST", sandbox.graphql_url, BODY, sandbox.assume_role())
    assert post(sandbox, headers).json() == EMPTY
    assert error_of(post(sandbox, headers, body=BODY + b" "))[:2] == (
        403,
        "InvalidSignatureException",
    )


@pytest.mark.parametrize(
    ("service", "region"), [("execute-api", "us-east-1"), ("appsync", "eu-west-1")]
)
def test_a_signature_for_another_service_or_region_is_invalid(
    sandbox: RunningSandbox, service, region
):
    """REGION must be the API's, and the service "appsync"."""
    session = sandbox.assume_role()
    headers = sign("POST", sandbox.graphql_url, BODY, session, None, service, region)
    status, kind, text = error_of(post(sandbox, headers))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert text.startswith("Credential should be scoped to")


def test_a_replay_after_five_minutes_is_expired(tmp_path: Path):
    """The same bytes, a little later: AppSync's clock tolerates five minutes."""
    clock = StoppedClock()
    with sandbox_in_thread(tmp_path, clock=clock) as sandbox:
        headers = sign("POST", sandbox.graphql_url, BODY, sandbox.assume_role())
        signed = signed_at(headers)
        clock.now = signed
        assert post(sandbox, headers).json() == EMPTY
        clock.now = signed + timedelta(minutes=5)
        assert post(sandbox, headers).json() == EMPTY
        clock.now = signed + timedelta(minutes=5, seconds=1)
        status, kind, text = error_of(post(sandbox, headers))
        assert (status, kind) == (403, "InvalidSignatureException")
        assert text.startswith("Signature expired: ")
        assert text.endswith("- 5 min.)")


def test_the_source_credentials_reach_no_field(sandbox: RunningSandbox):
    """Account A's role without AssumeRole: another account, and no policy that allows it."""
    error = error_of(sandbox.graphql(READ, credentials=sandbox.source_credentials))
    assert error == (401, "UnauthorizedException", "Permission denied")


def test_a_body_above_a_megabyte_is_too_large(sandbox: RunningSandbox):
    """413, and the connection serves the next request."""
    session = sandbox.assume_role()
    body = json.dumps({"query": READ, "variables": {"x": "x" * (11 << 20)}}).encode()
    headers = sign("POST", sandbox.graphql_url, body, session)
    with requests.Session() as connection:
        reply = connection.post(sandbox.graphql_url, body, headers=headers, timeout=60)
        assert error_of(reply) == (413, "RequestEntityTooLargeException", "Request body too large")
        headers = sign("POST", sandbox.graphql_url, BODY, session)
        reply = connection.post(sandbox.graphql_url, BODY, headers=headers, timeout=60)
        assert reply.json() == EMPTY


def test_one_field_without_permission_refuses_the_whole_request(sandbox: RunningSandbox):
    """Nothing of the document is executed, and the decision names the field."""
    sandbox.edit("account_b/template.yaml", "Query/fields/listTodos", "Query/fields/other")
    both = "{ getTodo(id: 1) { id } listTodos { items { id } } }"
    assert error_of(sandbox.graphql(both)) == (401, "UnauthorizedException", "Permission denied")
    event = sandbox.events(service="appsync")[-1]
    asked = {item["resource"].rpartition("/")[2]: item["allowed"] for item in event["decisions"]}
    assert asked["listTodos"] is False
    assert event["fields"] == []


def test_an_api_key_opens_what_has_no_iam_rule_only(tmp_path: Path):
    """A right key gets to the resolvers, whose rule is for IAM callers; a wrong one does not."""
    with sandbox_in_thread(tmp_path, {"api_keys": ["da2-right"]}) as sandbox:
        assert error_of(post(sandbox, {"x-api-key": "da2-wrong"})) == (
            401,
            "UnauthorizedException",
            "You are not authorized to make this call.",
        )
        reply = post(sandbox, {"x-api-key": "da2-right"})
        assert reply.status_code == 200
        assert reply.json()["errors"][0]["errorType"] == "Unauthorized"
        assert sandbox.graphql(READ).json() == EMPTY


def test_an_api_that_takes_keys_alone_refuses_signatures(tmp_path: Path):
    """The API's authorization modes do not include IAM."""
    settings = {"api_keys": ["da2-right"], "iam_authorization": False}
    with sandbox_in_thread(tmp_path, settings) as sandbox:
        status, kind, _ = error_of(sandbox.graphql(READ))
        assert (status, kind) == (401, "UnauthorizedException")


CALLERS = {
    "ADMIN": f"{B}/TodoCrossAccountRole/s1",
    "OTHER": f"{B}/SomeOtherRole/s1",
    "LONGER": f"{B}/NotTheTodoCrossAccountRoleAtAll/s1",
    "SESSION": f"{B}/SomeOtherRole/TodoCrossAccountRole",
    "LOWER": f"{B}/todocrossaccountrole/s1",
}


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        ("contains", {"ADMIN", "LONGER", "SESSION"}),
        ("anchored", {"ADMIN"}),
        ("iam", {"ADMIN", "OTHER", "LONGER", "SESSION", "LOWER"}),
    ],
)
def test_wall_2_is_as_it_was_as_it_will_be_or_gone(tmp_path: Path, rule, admitted):
    """A session that is merely *named* like the admin role passes today's rule alone."""
    principals = [principal(name, arn) for name, arn in CALLERS.items()]
    with sandbox_in_thread(tmp_path, {"admin_rule": rule, "principals": principals}) as sandbox:
        passed = {
            name
            for name in CALLERS
            if sandbox.graphql(READ, credentials=keys(name)).json() == EMPTY
        }
    assert passed == admitted


def test_callers_of_the_settings_have_their_own_policies_and_expiry(tmp_path: Path):
    """A user, a role without policies, an expired session, account A with and without a share."""
    settings = {
        "principals": [
            {
                "access_key_id": "AKIAUSER",
                "secret_access_key": "s",
                "arn": "arn:aws:iam::222222222222:user/TodoCrossAccountRole",
                "policies": [ALLOW_ALL],
            },
            principal("NOPOLICY", CALLERS["ADMIN"], policies=[]),
            principal("OLD", CALLERS["ADMIN"], expires_at="2020-01-01T00:00:00Z"),
            principal("A", "arn:aws:sts::111111111111:assumed-role/TodoCrossAccountRole/s1"),
        ]
    }
    with sandbox_in_thread(tmp_path / "alone", settings) as sandbox:
        user = sandbox.graphql(READ, credentials=Credentials("AKIAUSER", "s"))
        assert user.json() == EMPTY
        assert error_of(sandbox.graphql(READ, credentials=keys("NOPOLICY")))[0] == 401
        assert error_of(sandbox.graphql(READ, credentials=keys("OLD"))) == (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )
        assert error_of(sandbox.graphql(READ, credentials=keys("A")))[0] == 401
    shared = {**settings, "shared_with": ["111111111111"]}
    with sandbox_in_thread(tmp_path / "shared", shared) as sandbox:
        assert sandbox.graphql(READ, credentials=keys("A")).json() == EMPTY


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (".chalice/policy-local.json", "{", "policy-local.json: malformed JSON"),
        (
            ".chalice/config.json",
            '{"app_name": "a", "stages": {}}',
            "config.json: has no stage local",
        ),
        (
            ".chalice/config.json",
            '{"app_name": "a", "stages": {"local": null}}',
            "must be an object",
        ),
        ("account_b/template.yaml", "Resources: [", "template.yaml: malformed YAML"),
        (
            "account_b/template.yaml",
            "Resources: {}",
            "do not exist in the template",
        ),
        ("account_b/sandbox/parameters.json", "[]", "parameter ApiId must have a value"),
        (
            "account_b/amplify/custom-roles.json",
            '{"adminRoleNames": "TodoCrossAccountRole"}',
            "custom-roles.json: adminRoleNames.map is not a function",
        ),
    ],
)
def test_a_file_that_is_broken_is_named_until_it_is_mended(
    sandbox: RunningSandbox, path, text, told
):
    """No old value stays in force: each request says which file and why, then goes on."""
    session = sandbox.assume_role()
    file = sandbox.root / path
    original = file.read_text()
    file.write_text(text)
    for _ in range(2):
        status, kind, message = error_of(sandbox.graphql(READ, credentials=session))
        assert (status, kind) == (500, "SandboxFileFault")
        assert told in message
    assert told in sandbox.events()[-1]["message"]
    file.write_text(original)
    assert sandbox.graphql(READ, credentials=session).json() == EMPTY


def test_an_edit_that_keeps_size_and_is_made_at_once_takes_effect(sandbox: RunningSandbox):
    """However quickly edits follow each other, the next request sees the last one."""
    session = sandbox.assume_role()
    for _ in range(20):
        sandbox.edit("account_b/template.yaml", "fields/getTodo", "fields/xetTodo")
        assert sandbox.graphql(READ, credentials=session).status_code == 401
        sandbox.edit("account_b/template.yaml", "fields/xetTodo", "fields/getTodo")
        assert sandbox.graphql(READ, credentials=session).status_code == 200


def test_without_an_admin_list_nobody_is_on_it(sandbox: RunningSandbox):
    """The file is optional to Amplify: without it wall 2 stands for everybody."""
    (sandbox.root / "account_b/amplify/custom-roles.json").unlink()
    assert sandbox.graphql(READ).json()["errors"][0]["errorType"] == "Unauthorized"


def test_events_tell_a_request_from_its_signature_to_its_fields(sandbox: RunningSandbox):
    """They are joined to the caller's log by its request id, and hold nothing secret."""
    session = sandbox.assume_role()
    query = 'mutation { mine: createTodo(input: {id: "7", name: "very private"}) { id } }'
    reply = sandbox.graphql(query, credentials=session, headers={"X-Request-Id": "rest-1"})
    sts, appsync = sandbox.events()
    assert (sts["service"], sts["operation"], sts["status"]) == ("sts", "AssumeRole", 200)
    assert sts["decisions"][0]["statement"]["sid"] == "TrustTheCallersRole"
    assert (appsync["service"], appsync["operation"]) == ("appsync", "mutation")
    assert appsync["clientRequestId"] == "rest-1"
    assert appsync["requestId"] == reply.headers["x-amzn-RequestId"]
    assert appsync["caller"] == f"{B}/TodoCrossAccountRole/test-session"
    assert [hop["outcome"] for hop in appsync["hops"]] == ["ok", "ok"]
    assert appsync["fields"] == [
        {
            "parentType": "Mutation",
            "field": "createTodo",
            "alias": "mine",
            "ids": ["7"],
            "outcome": "ok",
            "resolvers": 1,
            "itemsRead": 0,
            "access": "",
        }
    ]
    assert sandbox.events(after=appsync["sequence"]) == []
    text = json.dumps([sts, appsync])
    source = as_botocore(sandbox.source_credentials)
    for secret in (session.secret_key, session.token, source.secret_key, source.token):
        assert str(secret) not in text
    assert "very private" not in text
