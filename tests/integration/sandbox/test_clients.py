"""Clients that nobody here wrote, unchanged, against a sandbox over the wire."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from aws_assume_role_lib import assume_role
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncIAMAuthentication
from gql.transport.exceptions import TransportQueryError
from graphql import (
    GraphQLError,
    GraphQLSchema,
    build_schema,
    lexicographic_sort_schema,
    print_type,
)

from tests.support.sandbox import REGION, ROLE_ARN, RunningSandbox, sign
from tests.support.todo import BUILT_SCHEMA, PROJECT

CODEGEN = PROJECT / "tests" / "data" / "amplify-codegen"


@pytest.fixture
def source(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Returns boto3's session of account A's function; STS's address is in the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(sandbox.state / "credentials"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return boto3.Session(region_name=REGION)


def test_boto3_finds_sts_and_the_credentials_by_itself(sandbox: RunningSandbox, source):
    """AWS_ENDPOINT_URL_STS and a credentials file are all that boto3 needs to be told."""
    issued = source.client("sts").assume_role(RoleArn=ROLE_ARN, RoleSessionName="a-laptop")
    key = issued["Credentials"]
    identity = boto3.client(
        "sts",
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    ).get_caller_identity()
    assert identity["Arn"] == (
        "arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/a-laptop"
    )
    assert identity["UserId"] == issued["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["Account"] == "222222222222"


def test_aws_assume_role_lib_gives_a_session_of_the_role(sandbox: RunningSandbox, source):
    """The session finds STS by itself, and its credentials sign for AppSync."""
    session = assume_role(source, ROLE_ARN, RoleSessionName="lib")
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/lib"
    key = Credentials(*session.get_credentials().get_frozen_credentials()[:3])
    reply = sandbox.graphql('{ getTodo(id: "1") { id } }', credentials=key)
    assert reply.json() == {"data": {"getTodo": None}}
    assert len(sandbox.events(service="sts")) == 2


def test_aws_assume_role_lib_raises_stss_refusal(sandbox: RunningSandbox, source):
    """The trust policy's refusal arrives as botocore's error with AWS's code."""
    sandbox.edit("account_b/template.yaml", "Action: sts:AssumeRole", "Action: sts:TagSession")
    session = assume_role(source, ROLE_ARN, RoleSessionName="lib")
    with pytest.raises(ClientError) as refused:
        session.client("sts").get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def client_of(sandbox: RunningSandbox, **options: Any) -> Client:
    """Returns gql's client over aiohttp, signing as a session of account B's role."""
    host = sandbox.url.removeprefix("http://")
    auth = AppSyncIAMAuthentication(host, REGION, credentials=sandbox.assume_role())
    return Client(transport=AIOHTTPTransport(sandbox.graphql_url, auth=auth), **options)


def test_gql_writes_and_reads(sandbox: RunningSandbox):
    """AppSyncIAMAuthentication's signature is accepted, and so are its variables."""
    create = gql("mutation C($input: CreateTodoInput!) { createTodo(input: $input) { id name } }")
    given = {"id": "1", "name": "milk ☕"}
    made = client_of(sandbox).execute(GraphQLRequest(create, variable_values={"input": given}))
    assert made == {"createTodo": given}
    read = gql('{ listTodos(filter: {name: {beginsWith: "milk"}}) { items { id } nextToken } }')
    listed = client_of(sandbox).execute(read)
    assert listed == {"listTodos": {"items": [{"id": "1"}], "nextToken": None}}


def test_gql_builds_the_schema_by_introspection_and_validates_with_it(sandbox: RunningSandbox):
    """Every type that account B's schema declares comes back as it was declared."""
    client = client_of(sandbox, fetch_schema_from_transport=True)
    client.execute(gql("{ getTodo(id: 1) { id } }"))
    assert client.schema is not None
    declared = BUILT_SCHEMA.read_text()
    prelude = "directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION\n"
    scalars = "".join(
        f"scalar {name}\n" for name in client.schema.type_map if name.startswith("AWS")
    )
    assert types_of(client.schema) == types_of(build_schema(prelude + scalars + declared))
    with pytest.raises(GraphQLError, match="Cannot query field 'title' on type 'Todo'"):
        client.execute(gql("{ getTodo(id: 1) { title } }"))


def types_of(schema: GraphQLSchema) -> dict[str, str]:
    """Returns each type that is not GraphQL's or AppSync's own, printed in one order."""
    return {
        name: print_type(type_)
        for name, type_ in lexicographic_sort_schema(schema).type_map.items()
        if not name.startswith(("__", "AWS"))
    }


def test_gql_raises_what_each_wall_answers(sandbox: RunningSandbox):
    """The resolver's refusal and the identity policy's arrive with AppSync's own errors."""
    client = client_of(sandbox)
    sandbox.edit("account_b/amplify/custom-roles.json", "TodoCrossAccountRole", "AnotherRole")
    with pytest.raises(TransportQueryError) as wall_2:
        client.execute(gql("{ getTodo(id: 1) { id } }"))
    assert wall_2.value.errors is not None
    assert wall_2.value.errors[0]["errorType"] == "Unauthorized"
    sandbox.edit("account_b/template.yaml", "Query/fields/getTodo", "Query/fields/other")
    with pytest.raises(TransportQueryError) as refused:
        client.execute(gql("{ getTodo(id: 1) { id } }"))
    assert refused.value.errors == [
        {"errorType": "UnauthorizedException", "message": "Permission denied"}
    ]


@dataclass(frozen=True)
class Generated:
    """Sends the statements that Amplify's generator wrote, as its clients do."""

    sandbox: RunningSandbox
    credentials: Credentials

    def send(self, file: str, name: str, **variables: Any) -> Any:
        """Returns the reply's document to one operation of a generated file, sent as a whole."""
        query = (CODEGEN / file).read_text()
        request = {"query": query, "operationName": name, "variables": variables}
        body = json.dumps(request).encode()
        headers = sign("POST", self.sandbox.graphql_url, body, self.credentials)
        reply = requests.post(self.sandbox.graphql_url, body, headers=headers, timeout=60)
        assert reply.status_code == 200, reply.text
        return reply.json()


def test_amplifys_generated_statements_work_as_they_are(sandbox: RunningSandbox):
    """Create, read, list page by page, update under a condition, delete: all that codegen made."""
    statements = Generated(sandbox, sandbox.assume_role())
    created = statements.send("mutations.graphql", "CreateTodo", input={"name": "milk"})
    todo = created["data"]["createTodo"]
    assert todo["__typename"] == "Todo"
    assert (todo["name"], todo["done"]) == ("milk", None)
    read = statements.send("queries.graphql", "GetTodo", id=todo["id"])
    assert read == {"data": {"getTodo": todo}}

    statements.send("mutations.graphql", "CreateTodo", input={"name": "tea"}, condition=None)
    page = statements.send("queries.graphql", "ListTodos", limit=1)["data"]["listTodos"]
    token = page["nextToken"]
    rest = statements.send("queries.graphql", "ListTodos", nextToken=token)["data"]["listTodos"]
    assert sorted(it["name"] for it in page["items"] + rest["items"]) == ["milk", "tea"]
    assert (rest["nextToken"], rest["__typename"]) == (None, "ModelTodoConnection")

    changes = {"id": todo["id"], "done": True}
    stale = {"updatedAt": {"eq": "2020-01-01T00:00:00.000Z"}}
    refused = statements.send("mutations.graphql", "UpdateTodo", input=changes, condition=stale)
    assert refused["errors"][0]["errorType"] == "DynamoDB:ConditionalCheckFailedException"
    current = {"updatedAt": {"eq": todo["updatedAt"]}}
    updated = statements.send("mutations.graphql", "UpdateTodo", input=changes, condition=current)
    assert updated["data"]["updateTodo"]["done"] is True
    deleted = statements.send("mutations.graphql", "DeleteTodo", input={"id": todo["id"]})
    assert deleted["data"]["deleteTodo"] == updated["data"]["updateTodo"]
    assert statements.send("queries.graphql", "GetTodo", id=todo["id"]) == {
        "data": {"getTodo": None}
    }
