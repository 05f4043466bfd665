"""The boto3 adapters over botocore's Stubber: what is asked of AWS, and what is made of it."""

import boto3
import pytest
from botocore.stub import Stubber

from bridge.doctor.account_b import AdminRoles, ApiFacts, CannotLookError
from bridge.doctor.aws import AwsAccountB, AwsPolicySimulator

A, B = "111111111111", "222222222222"
ROLE = "TodoCrossAccountRole"
ROLE_ARN = f"arn:aws:iam::{B}:role/{ROLE}"
API_ID = "abcdefghijklmnopqrstuvwxyz"
URL = "https://xyzxyzxyzxyzxyzxyzxyzxyzxy.appsync-api.us-east-1.amazonaws.com/graphql"
POLICY = {"Version": "2012-10-17", "Statement": []}
# IAM gives documents URL-encoded; botocore decodes them.
ENCODED = "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%20%5B%5D%7D"
LIMIT_ARN = f"arn:aws:iam::{B}:policy/Limit"


class Aws:
    """Stubbed clients, and the adapter over them."""

    def __init__(self, clients):
        """Takes clients, which then reach nothing."""
        self.clients = clients
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def account_b(self):
        """Returns the adapter."""
        return AwsAccountB(B, *self.clients.values())

    def identity(self, account=B):
        """Lets STS say which account the profile is of."""
        reply = {"Account": account, "UserId": "U", "Arn": f"arn:aws:iam::{account}:user/owner"}
        self.stubs["sts"].add_response("get_caller_identity", reply, {})

    def add(self, client, operation, reply, **expected):
        """Lets a client answer one call with these parameters."""
        self.stubs[client].add_response(operation, reply, expected)

    def refuse(self, client, operation, code):
        """Lets a client refuse one call."""
        self.stubs[client].add_client_error(operation, code)


@pytest.fixture(scope="module")
def clients():
    """Returns boto3's clients, which take long to make."""
    keys = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "none"}
    return {
        name: boto3.client(name, region_name="us-east-1", **keys)
        for name in ("sts", "iam", "appsync")
    }


@pytest.fixture
def aws(clients):
    """Yields stubbed clients, all of whose answers must have been asked for."""
    made = Aws(clients)
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()
        stub.deactivate()


def role(arn=ROLE_ARN, **more):
    """Returns a role as GetRole answers it."""
    return {
        "Role": {
            "Path": "/",
            "RoleName": ROLE,
            "RoleId": "AROAAAAAAAAAAAAAAAAA",
            "Arn": arn,
            "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": ENCODED,
            **more,
        }
    }


def managed(aws, arn):
    """Lets IAM give a managed policy's document."""
    policy = {"Policy": {"Arn": arn, "DefaultVersionId": "v3"}}
    aws.add("iam", "get_policy", policy, PolicyArn=arn)
    version = {"PolicyVersion": {"VersionId": "v3", "Document": ENCODED}}
    aws.add("iam", "get_policy_version", version, PolicyArn=arn, VersionId="v3")


def test_the_role_comes_with_trust_maximum_boundary_and_all_its_policies(aws):
    """Inline and attached policies both, each document decoded."""
    aws.identity()
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": LIMIT_ARN}
    answer = role(MaxSessionDuration=7200, PermissionsBoundary=boundary)
    aws.add("iam", "get_role", answer, RoleName=ROLE)
    aws.add(
        "iam",
        "list_role_policies",
        {"PolicyNames": ["Own"], "IsTruncated": True, "Marker": "more"},
        RoleName=ROLE,
    )
    document = {"RoleName": ROLE, "PolicyName": "Own", "PolicyDocument": ENCODED}
    aws.add("iam", "get_role_policy", document, RoleName=ROLE, PolicyName="Own")
    aws.add("iam", "list_role_policies", {"PolicyNames": []}, RoleName=ROLE, Marker="more")
    attached = [{"PolicyName": "Read", "PolicyArn": f"arn:aws:iam::{B}:policy/Read"}]
    answer = {"AttachedPolicies": attached}
    aws.add("iam", "list_attached_role_policies", answer, RoleName=ROLE)
    managed(aws, f"arn:aws:iam::{B}:policy/Read")
    managed(aws, LIMIT_ARN)
    found = aws.account_b().role(ROLE_ARN)
    assert found is not None
    assert found.trust == POLICY
    assert found.max_session_seconds == 7200
    assert found.policies == {"Own": POLICY, "Read": POLICY}
    assert found.boundary == POLICY
    assert found.declaration is None


def test_a_role_that_is_not_there_is_none(aws):
    """NoSuchEntity is an answer, not a failure."""
    aws.identity()
    aws.refuse("iam", "get_role", "NoSuchEntity")
    assert aws.account_b().role(ROLE_ARN) is None


def test_a_role_of_that_name_under_a_path_is_another_one(aws):
    """ASSUME_ROLE_ARN must have the path too."""
    aws.identity()
    answer = role(f"arn:aws:iam::{B}:role/team/{ROLE}", Path="/team/")
    aws.add("iam", "get_role", answer, RoleName=ROLE)
    assert aws.account_b().role(ROLE_ARN) is None


def test_a_profile_of_another_account_cannot_look(aws):
    """Else a role that exists would be reported missing."""
    aws.identity(A)
    with pytest.raises(CannotLookError, match=f"the credentials are of account {A}, not {B}"):
        aws.account_b().role(ROLE_ARN)


def test_a_profile_without_the_right_cannot_look_and_says_which_right(aws):
    """AccessDenied names the action that is needed."""
    aws.identity()
    aws.refuse("iam", "get_role", "AccessDenied")
    with pytest.raises(CannotLookError, match=r"iam:GetRole .*: AccessDenied"):
        aws.account_b().role(ROLE_ARN)


def test_the_roles_of_awss_services_are_left_out(aws):
    """They cannot be meant by ASSUME_ROLE_ARN."""
    service = role(f"arn:aws:iam::{B}:role/aws-service-role/x/Y", Path="/aws-service-role/x/")
    roles = [role()["Role"], service["Role"]]
    aws.add("iam", "list_roles", {"Roles": roles})
    assert aws.account_b().role_names() == (ROLE_ARN,)


def graphql_api(**more):
    """Returns an API as AppSync lists it."""
    return {
        "apiId": API_ID,
        "authenticationType": "API_KEY",
        "uris": {"GRAPHQL": URL},
        "additionalAuthenticationProviders": [{"authenticationType": "AWS_IAM"}],
        **more,
    }


def test_the_api_is_found_by_its_address_on_any_page(aws):
    """The URL does not hold the id; the list does."""
    other = graphql_api(apiId="other", uris={"GRAPHQL": "https://other/graphql"})
    aws.add("appsync", "list_graphql_apis", {"graphqlApis": [other], "nextToken": "more"})
    aws.add("appsync", "list_graphql_apis", {"graphqlApis": [graphql_api()]}, nextToken="more")
    assert aws.account_b().api(URL) == ApiFacts(API_ID, ("API_KEY", "AWS_IAM"))


def test_an_address_that_no_api_has_is_none(aws):
    """The endpoint may be another account's."""
    aws.add("appsync", "list_graphql_apis", {"graphqlApis": []})
    assert aws.account_b().api(URL) is None


def test_a_custom_domain_leads_to_its_api(aws):
    """AppSync knows which API is associated with it; this one has introspection off."""
    association = {"apiAssociation": {"domainName": "api.example.com", "apiId": API_ID}}
    aws.add("appsync", "get_api_association", association, domainName="api.example.com")
    api = {"graphqlApi": graphql_api(introspectionConfig="DISABLED")}
    aws.add("appsync", "get_graphql_api", api, apiId=API_ID)
    found = aws.account_b().api("https://api.example.com/graphql")
    assert found == ApiFacts(API_ID, ("API_KEY", "AWS_IAM"), introspection=False)


TEMPLATES = [
    '#set( $adminRoles = ["TodoCrossAccountRole","amplify-studio"] )\n#foreach( $adminRole',
    '$util.qr($ctx.stash.put("adminRoles", ["TodoCrossAccountRole","amplify-studio"]))\n{}',
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_admin_roles_are_read_in_the_resolvers_functions(aws, template):
    """Both ways in which Amplify's transformer has written them."""
    resolver = {"pipelineConfig": {"functions": ["f1", "f2"]}, "requestMappingTemplate": "{}"}
    aws.add(
        "appsync",
        "get_resolver",
        {"resolver": resolver},
        apiId=API_ID,
        typeName="Query",
        fieldName="getTodo",
    )
    for function, text in (("f1", "{}"), ("f2", template)):
        found = {"functionConfiguration": {"requestMappingTemplate": text}}
        aws.add("appsync", "get_function", found, apiId=API_ID, functionId=function)
    names = aws.account_b().admin_roles(ApiFacts(API_ID), "getTodo")
    assert names == AdminRoles(
        ("TodoCrossAccountRole", "amplify-studio"), "the resolver of Query.getTodo"
    )


def test_a_resolver_without_a_list_has_none(aws):
    """Gen 2's leave it to IAM."""
    aws.add(
        "appsync",
        "get_resolver",
        {"resolver": {"requestMappingTemplate": "{}"}},
        apiId=API_ID,
        typeName="Query",
        fieldName="getTodo",
    )
    assert aws.account_b().admin_roles(ApiFacts(API_ID), "getTodo") is None


def evaluation(decision, **more):
    """Returns the simulator's reply about one action."""
    result = {"EvalActionName": "sts:AssumeRole", "EvalDecision": decision, **more}
    return {"EvaluationResults": [result]}


@pytest.mark.parametrize(
    ("reply", "allowed", "by_organisation", "by_boundary"),
    [
        (evaluation("allowed"), True, False, False),
        (evaluation("explicitDeny"), False, False, False),
        (
            evaluation(
                "implicitDeny", OrganizationsDecisionDetail={"AllowedByOrganizations": False}
            ),
            False,
            True,
            False,
        ),
        (
            evaluation(
                "implicitDeny",
                PermissionsBoundaryDecisionDetail={"AllowedByPermissionsBoundary": False},
            ),
            False,
            False,
            True,
        ),
    ],
)
def test_the_simulator_tells_what_refuses(aws, reply, allowed, by_organisation, by_boundary):
    """The role's own policies, an organisation's, or a boundary."""
    caller = f"arn:aws:iam::{A}:role/appsync-rest-prod-api_handler"
    context = {
        "ContextKeyName": "sts:ExternalId",
        "ContextKeyType": "string",
        "ContextKeyValues": ["agreed"],
    }
    aws.add(
        "iam",
        "simulate_principal_policy",
        reply,
        PolicySourceArn=caller,
        ActionNames=["sts:AssumeRole"],
        ResourceArns=[ROLE_ARN],
        ContextEntries=[context],
    )
    simulator = AwsPolicySimulator(aws.clients["iam"])
    found = simulator.simulate(caller, "sts:AssumeRole", ROLE_ARN, {"sts:ExternalId": "agreed"})
    assert found.allowed == allowed
    assert found.by_organisation == by_organisation
    assert found.by_boundary == by_boundary


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_a_simulator_that_may_not_be_asked_cannot_look(aws, code):
    """Neither a refusal nor a role that is not deployed yet is an answer."""
    aws.refuse("iam", "simulate_principal_policy", code)
    caller = f"arn:aws:iam::{A}:role/appsync-rest-prod-api_handler"
    with pytest.raises(CannotLookError):
        AwsPolicySimulator(aws.clients["iam"]).simulate(caller, "sts:AssumeRole", ROLE_ARN, {})
