"""IAM's and AppSync's own APIs in the sandbox, asked by botocore with the owner's credentials."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from bridge.source_credentials import OWNER_FILE_NAME, read_source_credentials
from tests.support.sandbox import REGION, ROLE_ARN, RunningSandbox, sandbox_in_thread

ROLE = ROLE_ARN.rpartition("/")[2]


def client(sandbox: RunningSandbox, name: str, credentials: Any = None) -> Any:
    """Returns boto3's client with the owner's credentials, or with those given."""
    held = credentials or read_source_credentials(sandbox.state, OWNER_FILE_NAME)
    return boto3.client(
        name,
        endpoint_url=f"{sandbox.url}/iam/" if name == "iam" else sandbox.url,
        region_name=REGION,
        aws_access_key_id=held.access_key_id,
        aws_secret_access_key=held.secret_access_key,
        aws_session_token=held.session_token,
    )


def refused(ask: Callable[[], Any]) -> tuple[int, str]:
    """Returns the status and the code of a refusal."""
    with pytest.raises(ClientError) as raised:
        ask()
    reply = raised.value.response
    return reply["ResponseMetadata"]["HTTPStatusCode"], reply["Error"]["Code"]


def test_the_role_is_told_as_the_template_makes_it(tmp_path: Path):
    """Trust and policies, by each of the operations that IAM has for them."""
    with sandbox_in_thread(tmp_path) as sandbox:
        iam = client(sandbox, "iam")
        role = iam.get_role(RoleName=ROLE)["Role"]
        assert (role["Arn"], role["MaxSessionDuration"]) == (ROLE_ARN, 3600)
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == "sts:AssumeRole"
        assert [each["Arn"] for each in iam.list_roles()["Roles"]] == [ROLE_ARN]
        (name,) = iam.list_role_policies(RoleName=ROLE)["PolicyNames"]
        policy = iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"]
        assert policy["Statement"][0]["Action"] == "appsync:GraphQL"
        assert iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"] == []
        assert refused(lambda: iam.get_role(RoleName="Nobody")) == (404, "NoSuchEntity")
        assert refused(iam.list_users)[1] == "InvalidAction"


def test_the_api_is_told_with_its_modes_schema_and_resolvers(tmp_path: Path):
    """As the settings and the schema files have it."""
    with sandbox_in_thread(tmp_path, {"api_keys": ["da2-one"]}) as sandbox:
        appsync = client(sandbox, "appsync")
        (api,) = appsync.list_graphql_apis()["graphqlApis"]
        asked = {"apiId": api["apiId"]}
        assert api == appsync.get_graphql_api(**asked)["graphqlApi"]
        assert api["uris"]["GRAPHQL"] == sandbox.graphql_url
        more = [each["authenticationType"] for each in api["additionalAuthenticationProviders"]]
        assert [api["authenticationType"], *more] == ["API_KEY", "AWS_IAM"]
        sdl = appsync.get_introspection_schema(**asked, format="SDL")["schema"].read()
        assert b"type ModelTodoConnection" in sdl
        named = {**asked, "typeName": "Query", "fieldName": "getTodo"}
        resolver = appsync.get_resolver(**named)["resolver"]
        assert f'["{ROLE}"]' in resolver["requestMappingTemplate"]
        (function,) = resolver["pipelineConfig"]["functions"]
        found = appsync.get_function(**asked, functionId=function)["functionConfiguration"]
        assert "syncConfig" not in found
        wrong = {**named, "fieldName": "getNothing"}
        assert refused(lambda: appsync.get_resolver(**wrong)) == (404, "NotFoundException")
        assert refused(lambda: appsync.get_graphql_api(apiId="x"))[1] == "NotFoundException"


def test_account_as_function_sees_nothing_of_account_b(tmp_path: Path):
    """Its signature is good, and no policy of account B lets it look."""
    with sandbox_in_thread(tmp_path) as sandbox:
        source = sandbox.source_credentials
        iam, appsync = (client(sandbox, name, source) for name in ("iam", "appsync"))
        assert refused(lambda: iam.get_role(RoleName=ROLE)) == (403, "AccessDenied")
        assert refused(appsync.list_graphql_apis) == (403, "AccessDeniedException")
        with pytest.raises(ClientError, match=f"iam:GetRole on resource: role {ROLE} because no"):
            iam.get_role(RoleName=ROLE)


def test_the_owner_may_look_and_may_not_call(tmp_path: Path):
    """Her credentials open no field of the API, and outlive a restart, for her eyes only."""
    with sandbox_in_thread(tmp_path) as sandbox:
        held = read_source_credentials(sandbox.state, OWNER_FILE_NAME)
        reply = sandbox.graphql("{ listTodos { items { id } } }", credentials=as_key(held))
        assert "Permission denied" in reply.text
        assert (sandbox.state / OWNER_FILE_NAME).stat().st_mode & 0o777 == 0o600
    with sandbox_in_thread(tmp_path) as sandbox:
        assert read_source_credentials(sandbox.state, OWNER_FILE_NAME) == held


def as_key(held: Any) -> Any:
    """Returns credentials in botocore's shape."""
    return Credentials(held.access_key_id, held.secret_access_key, held.session_token)
