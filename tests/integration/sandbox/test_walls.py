"""The walls appear when a statement or a name is taken out of the real files, and only then."""

import pytest
from botocore.exceptions import ClientError

from tests.support.sandbox import ROLE_ARN, RunningSandbox

CREATE = 'mutation { createTodo(input: {id: "1", name: "milk"}) { id name } }'
REFUSED_BY_STS = (
    "User: arn:aws:sts::111111111111:assumed-role/appsync-rest-local-api_handler/"
    "appsync-rest-local is not authorized to perform: sts:AssumeRole on resource: " + ROLE_ARN
)


def test_the_chain_stands_with_the_files_as_they_are(sandbox: RunningSandbox):
    """A role that both accounts allow writes a Todo."""
    reply = sandbox.graphql(CREATE)
    assert reply.status_code == 200
    assert reply.json() == {"data": {"createTodo": {"id": "1", "name": "milk"}}}


def test_wall_1_stands_when_the_trust_statement_is_taken_out(sandbox: RunningSandbox):
    """Without the statement in the template STS refuses; it trusts again when it is back."""
    template = sandbox.root / "account_b" / "template.yaml"
    original = template.read_text()
    begin, end = original.index("          - Sid: Trust"), original.index("      Policies:")
    template.write_text(f"{original[:begin].rstrip()} []\n{original[end:]}")
    with pytest.raises(ClientError) as refused:
        sandbox.assume_role()
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["Error"]["Message"] == REFUSED_BY_STS
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    template.write_text(original)
    assert sandbox.assume_role().access_key.startswith("ASIA")


def test_wall_1_stands_when_the_permission_is_taken_out_in_account_a(sandbox: RunningSandbox):
    """Without its own permission the function's role gets the very same text."""

    def remove(policy):
        policy["Statement"] = [s for s in policy["Statement"] if s["Action"] != "sts:AssumeRole"]

    sandbox.edit_json(".chalice/policy-local.json", remove)
    with pytest.raises(ClientError) as refused:
        sandbox.assume_role()
    assert refused.value.response["Error"]["Message"] == REFUSED_BY_STS
    (decision,) = sandbox.events(service="sts")[-1]["decisions"]
    assert decision["reason"] == "no identity policy allows it"


def test_a_role_that_does_not_exist_gets_the_text_of_wall_1(sandbox: RunningSandbox):
    """The text alone cannot tell a missing role from a refused one."""
    sandbox.edit_json(
        ".chalice/policy-local.json", lambda it: it["Statement"][0].update(Resource="*")
    )
    with pytest.raises(ClientError) as refused:
        sandbox.assume_role(RoleArn=f"{ROLE_ARN}X")
    assert refused.value.response["Error"]["Message"] == f"{REFUSED_BY_STS}X"


def test_wall_2_stands_when_the_role_is_not_in_the_admin_list(sandbox: RunningSandbox):
    """Without its name in custom-roles.json the resolver refuses with 200, and writes nothing."""
    credentials = sandbox.assume_role()
    sandbox.edit("account_b/amplify/custom-roles.json", '"TodoCrossAccountRole"', "")
    reply = sandbox.graphql(CREATE, credentials=credentials)
    assert reply.status_code == 200
    assert reply.json()["data"] == {"createTodo": None}
    (error,) = reply.json()["errors"]
    assert error["errorType"] == "Unauthorized"
    assert error["message"] == "Not Authorized to access createTodo on type Mutation"
    sandbox.edit("account_b/amplify/custom-roles.json", "[]", '["TodoCrossAccountRole"]')
    found = sandbox.graphql('{ getTodo(id: "1") { id } }', credentials=credentials)
    assert found.json() == {"data": {"getTodo": None}}


def test_a_field_taken_out_of_the_identity_policy_is_denied(sandbox: RunningSandbox):
    """A change of permissions applies to live sessions: AppSync answers 401, for that field."""
    credentials = sandbox.assume_role()
    sandbox.edit("account_b/template.yaml", "types/Mutation/fields/createTodo", "types/create/*")
    reply = sandbox.graphql(CREATE, credentials=credentials)
    assert reply.status_code == 401
    assert reply.headers["x-amzn-ErrorType"] == "UnauthorizedException"
    assert reply.json() == {
        "errors": [{"errorType": "UnauthorizedException", "message": "Permission denied"}]
    }
    assert sandbox.graphql("{ listTodos { items { id } } }", credentials=credentials).ok


@pytest.mark.parametrize(("ending", "status"), [("", 401), ("/types", 401), ("/types/*", 200)])
def test_a_policy_that_names_the_api_without_its_types_grants_nothing(
    sandbox: RunningSandbox, ending, status
):
    """The resources are fields: an ARN that ends at the API matches none of them."""

    def name_the_api(template):
        role = template["Resources"]["CrossAccountRole"]["Properties"]
        reading, writing, *_ = role["Policies"][0]["PolicyDocument"]["Statement"]
        for statement in (reading, writing["Fn::If"][1]):
            statement["Resource"] = {"Fn::Sub": "arn:aws:appsync:*:*:apis/${ApiId}" + ending}

    sandbox.edit_template(name_the_api)
    reply = sandbox.graphql(CREATE)
    assert reply.status_code == status
    if status == 401:
        assert reply.json()["errors"][0]["message"] == "Permission denied"
