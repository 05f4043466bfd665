"""IAM's and AppSync's own APIs in the sandbox, asked by botocore with the owner's credentials."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from bridge.doctor.account_b import CannotLookError, Simulation
from bridge.doctor.aws import AwsPolicySimulator
from bridge.files import FileFault
from bridge.project import Project
from bridge.sandbox.identity.accounts import Accounts
from bridge.sandbox.identity.changes import CHANGES_FILE
from bridge.source_credentials import OWNER_FILE_NAME, read_source_credentials
from tests.support.sandbox import (
    ADMINISTRATOR,
    REGION,
    ROLE_ARN,
    RunningSandbox,
    as_botocore,
    copy_project,
    sandbox_in_thread,
)

ROLE = ROLE_ARN.rpartition("/")[2]
A, B = "111111111111", "222222222222"
POLICY = ".chalice/policy-local.json"


def client(sandbox: RunningSandbox, name: str, credentials: Any = None) -> Any:
    """Returns boto3's client with the owner's credentials, or with those given."""
    held = as_botocore(credentials or read_source_credentials(sandbox.state, OWNER_FILE_NAME))
    return boto3.client(
        name,
        endpoint_url=f"{sandbox.url}/iam/" if name == "iam" else sandbox.url,
        region_name=REGION,
        aws_access_key_id=held.access_key,
        aws_secret_access_key=held.secret_key,
        aws_session_token=held.token,
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


@pytest.mark.parametrize(
    ("settings", "modes"),
    [({}, ["AWS_IAM", "API_KEY"]), ({"default_authorization": "API_KEY"}, ["API_KEY", "AWS_IAM"])],
)
def test_the_api_is_told_with_its_modes_schema_and_resolvers(tmp_path: Path, settings, modes):
    """As the settings and the schema files have it, the default mode first."""
    with sandbox_in_thread(tmp_path, {"api_keys": ["da2-one"], **settings}) as sandbox:
        appsync = client(sandbox, "appsync")
        (api,) = appsync.list_graphql_apis()["graphqlApis"]
        asked = {"apiId": api["apiId"]}
        assert api == appsync.get_graphql_api(**asked)["graphqlApi"]
        assert api["uris"]["GRAPHQL"] == sandbox.graphql_url
        more = [each["authenticationType"] for each in api["additionalAuthenticationProviders"]]
        assert [api["authenticationType"], *more] == modes
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


ITEMS = "{ listTodos { items { id } } }"


def administrator(sandbox: RunningSandbox, service: str = "iam") -> Any:
    """Returns a client of somebody who may change account B's roles and read its API keys."""
    key = (ADMINISTRATOR["access_key_id"], ADMINISTRATOR["secret_access_key"])
    return client(sandbox, service, Credentials(*key))


def test_the_apis_keys_are_told(tmp_path: Path):
    """To whoever may list them."""
    settings = {"principals": [ADMINISTRATOR], "api_keys": ["da2-one"]}
    with sandbox_in_thread(tmp_path, settings) as sandbox:
        appsync = administrator(sandbox, "appsync")
        (api,) = appsync.list_graphql_apis()["graphqlApis"]
        (key,) = appsync.list_api_keys(apiId=api["apiId"])["apiKeys"]
        assert key["id"] == "da2-one"


def allowing(action: str, **more: Any) -> str:
    """Returns a policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": {**more, "Action": action}})


def test_what_is_changed_by_iam_is_in_force_until_the_template_is_edited(tmp_path: Path):
    """Trust, identity policy and session length, each enforced, also after a restart."""
    settings = {"principals": [ADMINISTRATOR]}
    with sandbox_in_thread(tmp_path, settings) as sandbox:
        iam = administrator(sandbox)
        nobody = allowing("sts:AssumeRole", Effect="Deny", Principal={"AWS": "*"})
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=nobody)
        assert refused(sandbox.assume_role) == (403, "AccessDenied")
        trusted = allowing("sts:AssumeRole", Effect="Allow", Principal={"AWS": A})
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trusted)
        (name,) = iam.list_role_policies(RoleName=ROLE)["PolicyNames"]
        denied = allowing("appsync:GraphQL", Effect="Deny", Resource="*")
        iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=denied)
        assert iam.list_role_policies(RoleName=ROLE)["PolicyNames"] == [name]
        iam.update_role(RoleName=ROLE, MaxSessionDuration=7200)
        with pytest.raises(ClientError, match="MalformedPolicyDocument"):
            iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument="{}")
    with sandbox_in_thread(tmp_path, settings) as sandbox:
        assert "Permission denied" in sandbox.graphql(ITEMS).text
        assert administrator(sandbox).get_role(RoleName=ROLE)["Role"]["MaxSessionDuration"] == 7200
        sandbox.edit("account_b/template.yaml", "Description: Assumed by", "Description: For")
        assert "items" in sandbox.graphql(ITEMS).json()["data"]["listTodos"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("policies", ["a list"]), ("trust", 1), ("max_session_seconds", "long"), ("more", {})],
)
def test_kept_changes_that_were_spoilt_are_told(tmp_path: Path, name: str, value: Any):
    """The file is named, and what it was to hold is not guessed."""
    project = Project.at(copy_project(tmp_path))
    kept = tmp_path / CHANGES_FILE
    (role,) = Accounts(project, "local", kept).b.roles.values()
    Accounts(project, "local", kept).save_role(role)
    document = json.loads(kept.read_text())
    document["roles"][ROLE_ARN][name] = value
    kept.write_text(json.dumps(document))
    with pytest.raises(FileFault, match=CHANGES_FILE):
        _ = Accounts(project, "local", kept).b


def test_the_owner_may_not_change_what_she_sees(tmp_path: Path):
    """The credentials that `make run` leaves for the doctor only read."""
    with sandbox_in_thread(tmp_path) as sandbox:
        iam = client(sandbox, "iam")
        given = {"RoleName": ROLE, "MaxSessionDuration": 7200}
        assert refused(lambda: iam.update_role(**given)) == (403, "AccessDenied")


def test_the_simulator_judges_a_roles_own_policies(tmp_path: Path):
    """As account A's policy file is now: allowed, not allowed, or denied by a statement."""
    in_a = {**ADMINISTRATOR, "arn": f"arn:aws:iam::{A}:user/administrator"}
    with sandbox_in_thread(tmp_path, {"principals": [in_a]}) as sandbox:
        simulator = AwsPolicySimulator(administrator(sandbox))
        role = f"arn:aws:iam::{A}:role/appsync-rest-local-api_handler"

        def simulated(resource: str) -> Simulation:
            context = {"sts:RoleSessionName": "session"}
            return simulator.simulate(role, "sts:AssumeRole", resource, context)

        assert simulated(ROLE_ARN) == Simulation(allowed=True)
        assert simulated(f"{ROLE_ARN}x") == Simulation(allowed=False)
        deny: dict[str, Any] = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
        deny |= {"Condition": {"StringEquals": {"sts:RoleSessionName": "session"}}}
        sandbox.edit_json(POLICY, lambda policy: policy["Statement"].append(deny))
        assert simulated(ROLE_ARN) == Simulation(allowed=False, explicit_deny=True)
        nobody = f"arn:aws:iam::{A}:role/nobody"
        with pytest.raises(CannotLookError, match="there is no role"):
            simulator.simulate(nobody, "sts:AssumeRole", ROLE_ARN, {})


def test_the_owner_may_look_and_may_not_call(tmp_path: Path):
    """Her credentials open no field of the API, and outlive a restart, for her eyes only."""
    with sandbox_in_thread(tmp_path) as sandbox:
        held = read_source_credentials(sandbox.state, OWNER_FILE_NAME)
        reply = sandbox.graphql("{ listTodos { items { id } } }", credentials=as_botocore(held))
        assert "Permission denied" in reply.text
        assert (sandbox.state / OWNER_FILE_NAME).stat().st_mode & 0o777 == 0o600
    with sandbox_in_thread(tmp_path) as sandbox:
        assert read_source_credentials(sandbox.state, OWNER_FILE_NAME) == held
