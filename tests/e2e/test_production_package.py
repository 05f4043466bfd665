"""`make package`: the production stack, translated and linted as CloudFormation would take it."""

import json
import subprocess
import sys
import zipfile
from typing import Any

import pytest
import yaml
from samtranslator.translator.transform import transform

from bridge.cloudformation import Environment, Stack
from bridge.doctor.findings import Status
from bridge.doctor.verify.probes import Asking, gateway_responses
from bridge.iam import AccessRequest, Policy, evaluate
from bridge.project import CONFIG, read_config, stages_of
from tests.e2e.support.project import PACKAGED_BY, Package, copy_fetched, production_package
from tests.integration.doctor.recorded import Aws, looking_at
from tests.support.scripted_server import reply, scripted_server
from tests.support.todo import PROJECT

# The flags of bytecode: by hash, and the hash is looked at.
CHECKED_HASH = (3).to_bytes(4, "little")
MAX_BYTES = 950_000
A, C, REGION = "111111111111", "333333333333", "us-east-1"
ORIGIN = "https://app.example.com"
STAGE = stages_of(read_config(PROJECT))["prod"]


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> Package:
    """Returns what `make package STAGE=prod` makes of a clean copy."""
    root = copy_fetched(tmp_path_factory, tmp_path_factory.mktemp("production"), *PACKAGED_BY)
    config = json.loads((root / CONFIG).read_text(encoding="utf-8"))
    config["stages"]["prod"]["environment_variables"]["CORS_ALLOW_ORIGINS"] = f" {ORIGIN},"
    (root / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return production_package(root)


@pytest.fixture(scope="module")
def translated(packaged) -> Any:
    """Returns what the SAM translator, CloudFormation's own, makes of it."""
    document = yaml.safe_load(packaged.template.read_text(encoding="utf-8"))
    # As `aws cloudformation package` leaves it, with the zip uploaded.
    document["Resources"]["APIHandler"]["Properties"]["CodeUri"] = "s3://bucket/deployment.zip"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        return transform(document, {}, _NoManagedPolicies())


class _NoManagedPolicies:
    """The template names no managed policy, so none has to be looked up at AWS."""

    def load(self) -> dict[str, str]:
        """Returns no policies."""
        return {}


def attribute(stack, name, wanted):
    """Returns a made-up value of a resource's attribute."""
    return f"{name}.{wanted or 'Ref'}"


def resources(document, **parameters):
    """Returns the stack's resources, as CloudFormation makes them with the parameters."""
    environment = Environment(A, REGION, STAGE.function_name)
    stack = Stack(document, parameters, environment, attribute)
    return {
        name: stack.resolve(resource.get("Properties", {}))
        for name, resource in stack.resources.items()
        if stack.is_made(resource)
    }


def test_the_zips_bytecode_is_good_whatever_the_files_dates(packaged):
    """Every module of chalicelib has bytecode that goes by the source's hash (PEP 552)."""
    with zipfile.ZipFile(packaged.archive) as archive:
        ours = [name for name in archive.namelist() if name.startswith("chalicelib/")]
        bytecode = {name: archive.read(name)[4:8] for name in ours if name.endswith(".pyc")}
    assert len(bytecode) == len([name for name in ours if name.endswith(".py")])
    assert set(bytecode.values()) == {CHECKED_HASH}
    assert packaged.archive.stat().st_size < MAX_BYTES


def test_the_zip_starts_without_what_it_leaves_out(packaged, tmp_path):
    """Nothing but it and Python's library: no word of what is not there, and bytecode of others."""
    with zipfile.ZipFile(packaged.archive) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert not [name for name in names if name.startswith("charset_normalizer")]
    assert {name.partition("/")[0] for name in names if name.endswith(".pyc")} > {"chalicelib"}
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import app; print(app.__file__)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == (f"{tmp_path}/app.py\n", "")


def test_the_names_are_those_that_the_policy_and_account_b_know(translated):
    """Role, function and log group are named as `chalice deploy` names them."""
    made = resources(translated)
    assert made["ApiHandlerRole"]["RoleName"] == STAGE.role_name
    assert made["APIHandler"]["FunctionName"] == STAGE.function_name
    log_group = f"/aws/lambda/{STAGE.function_name}"
    assert made["FunctionLog"]["LogGroupName"] == log_group
    policy = json.loads((PROJECT / str(STAGE.policy_file)).read_text(encoding="utf-8"))
    assert made["ApiHandlerRole"]["Policies"][0]["PolicyDocument"] == policy
    assert policy["Statement"][1]["Resource"][0].endswith(f"log-group:{log_group}")


def test_nothing_optional_is_there_without_being_asked_for(translated):
    """No reserved concurrency, no custom domain and no resource policy."""
    made = resources(translated)
    assert "ReservedConcurrentExecutions" not in made["APIHandler"]
    assert "Policy" not in made["RestAPI"]
    assert not [name for name in made if name.startswith("CustomDomain")]


def test_each_option_is_a_parameter(translated):
    """Given, the function keeps its executions and the domain leads to the API's stage."""
    certificate = f"arn:aws:acm:{REGION}:{A}:certificate/0-1"
    made = resources(
        translated,
        ReservedConcurrency="20",
        CustomDomainName="api.example.com",
        CertificateArn=certificate,
    )
    assert made["APIHandler"]["ReservedConcurrentExecutions"] == "20"
    assert made["CustomDomain"] == {
        "DomainName": "api.example.com",
        "RegionalCertificateArn": certificate,
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "SecurityPolicy": "TLS_1_2",
    }
    assert made["CustomDomainMapping"]["Stage"] == "RestAPIapiStage.Ref"


def test_the_function_is_traced_and_its_role_restricted_only_where_that_is_asked_for(translated):
    """The role's own policy is there either way."""
    plain, made = (
        resources(translated),
        resources(
            translated,
            Tracing="true",
            RolePath="/team/",
            PermissionsBoundaryArn="arn:aws:iam::111111111111:policy/most",
            Tag2Key="team",
            Tag2Value="api",
        ),
    )
    assert plain["APIHandler"]["TracingConfig"] == {"Mode": "PassThrough"}
    assert plain["RestAPIapiStage"]["TracingEnabled"] is False
    assert plain["ApiHandlerRole"]["Path"] == "/"
    assert not {"Tags", "PermissionsBoundary", "ManagedPolicyArns"} & set(plain["ApiHandlerRole"])
    assert made["APIHandler"]["TracingConfig"] == {"Mode": "Active"}
    assert made["RestAPIapiStage"]["TracingEnabled"] is True
    role = made["ApiHandlerRole"]
    assert role["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"]
    assert (role["Path"], role["Tags"]) == ("/team/", [{"Key": "team", "Value": "api"}])
    assert role["PermissionsBoundary"] == "arn:aws:iam::111111111111:policy/most"
    assert role["Policies"] == plain["ApiHandlerRole"]["Policies"]


def test_the_api_is_regional_throttled_and_logged(translated):
    """The settings hold for all methods; the log line is JSON and names the route, not the path."""
    made = resources(translated, ThrottlingRateLimit="7", ThrottlingBurstLimit="9")
    assert made["RestAPI"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert made["RestAPIapiStage"]["MethodSettings"] == [
        {
            "HttpMethod": "*",
            "ResourcePath": "/*",
            "MetricsEnabled": True,
            "ThrottlingRateLimit": "7",
            "ThrottlingBurstLimit": "9",
        }
    ]
    access_log = made["RestAPIapiStage"]["AccessLogSetting"]
    assert access_log["DestinationArn"] == "AccessLog.Arn"
    line = json.loads(access_log["Format"])
    assert line["route"] == "$context.resourcePath"
    assert "$context.path" not in access_log["Format"]


def test_what_api_gateway_refuses_is_a_problem_too(translated):
    """Each of its own responses is problem+json, and passes none of AWS's texts on."""
    body = resources(translated)["RestAPI"]["Body"]
    responses = body["x-amazon-apigateway-gateway-responses"]
    assert set(responses) == {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"}
    for response in responses.values():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        problem = json.loads(response["responseTemplates"]["application/json"])
        assert problem["type"].startswith("urn:problem-type:appsync-rest:")
        assert {"title", "detail", "instance", "requestId"} <= set(problem)
        assert "$context.error.message" not in json.dumps(problem)
    assert "gatewayresponse.header.Retry-After" in responses["THROTTLED"]["responseParameters"]


def _cors(document, **parameters):
    """Returns the headers of CORS that each of API Gateway's own responses has, by its type."""
    body = resources(document, **parameters)["RestAPI"]["Body"]
    start = "gatewayresponse.header.Access-Control-"
    return {
        kind: {
            name.removeprefix(start): value
            for name, value in response["responseParameters"].items()
            if name.startswith(start)
        }
        for kind, response in body["x-amazon-apigateway-gateway-responses"].items()
    }


def test_a_page_may_read_what_api_gateway_refuses(translated):
    """Each of its own responses names the origin that the stage's CORS_ALLOW_ORIGINS names."""
    allowed = {"Allow-Origin": f"'{ORIGIN}'"}
    assert _cors(translated) == {
        "DEFAULT_4XX": allowed,
        "DEFAULT_5XX": allowed,
        "THROTTLED": {**allowed, "Expose-Headers": "'Retry-After'"},
    }


def test_without_an_origin_api_gateways_own_responses_have_no_cors(translated):
    """No header is there, not even an empty one."""
    assert not any(_cors(translated, CorsAllowOrigin="").values())


@pytest.mark.parametrize(
    ("origins", "default"),
    [
        (None, ""),
        ("", ""),
        ("*", "*"),
        ("https://a.example", "https://a.example"),
        ("https://a.example,https://a.example,", "https://a.example"),
        ("https://a.example, http://localhost:3000", "*"),
        ("*,https://a.example", "*"),
    ],
)
def test_the_one_origin_of_a_fixed_response_follows_from_the_stages(tmp_path, origins, default):
    """Several cannot be told apart there, so they become `*`."""
    variables = {} if origins is None else {"CORS_ALLOW_ORIGINS": origins}
    function = {"Properties": {"Environment": {"Variables": {"REGION": REGION, **variables}}}}
    parameters = {"CorsAllowOrigin": {"Type": "String", "Default": "kept by nobody"}}
    template = tmp_path / "sam.yaml"
    template.write_text(
        json.dumps({"Parameters": parameters, "Resources": {"APIHandler": function}})
    )
    subprocess.run([sys.executable, PROJECT / ".ci/cors_default", template], check=True)
    made = yaml.safe_load(template.read_text(encoding="utf-8"))
    assert made["Parameters"]["CorsAllowOrigin"]["Default"] == default
    assert made["Resources"]["APIHandler"] == function


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (f"arn:aws:sts::{C}:assumed-role/client/session", True),
        (f"arn:aws:sts::{C}:assumed-role/another/session", False),
        ("arn:aws:sts::444444444444:assumed-role/client/session", False),
    ],
)
def test_the_resource_policy_lets_the_named_callers_of_other_accounts_in(
    translated, caller, allowed
):
    """A caller that CallerArns names may call, if its own policy says so too."""
    made = resources(translated, CallerArns=f"arn:aws:iam::{C}:role/client")
    api = f"arn:aws:execute-api:{REGION}:{A}:abcdefghij"
    # API Gateway completes the short form when it saves the policy.
    document = json.loads(json.dumps(made["RestAPI"]["Policy"]).replace("execute-api:/", f"{api}/"))
    identity = {"Statement": {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}}
    trust, own = Policy.parse(document, "resource policy"), Policy.parse(identity, "identity")

    def may(path):
        request = AccessRequest(caller, "execute-api:Invoke", f"{api}/api{path}", A)
        return evaluate(request, [own], trust).allowed

    assert may("/GET/todos") is allowed
    assert may("/POST/todos") is allowed
    assert may("/GET/health")
    assert may("/OPTIONS/todos")


def test_what_is_packaged_refuses_as_the_doctor_counts_on(packaged):
    """The remedy is this package: with its gateway responses the probe finds the API's form."""
    template = yaml.load(packaged.template.read_text(encoding="utf-8"), yaml.BaseLoader)
    (api,) = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Serverless::Api"
    ]
    made = api["GatewayResponses"]["DEFAULT_4XX"]
    kind = made["ResponseParameters"]["Headers"]["Content-Type"].strip("'")
    text = made["ResponseTemplates"]["application/json"]
    bodies = {
        "without them": ("application/json", '{"message":"Missing Authentication Token"}'),
        "packaged": (kind, text.replace("$context.error.responseType", "ACCESS_DENIED")),
    }
    found = {}
    for name, (content_type, body) in bodies.items():

        def refuse(connection, _request, content_type=content_type, body=body):
            connection.sendall(reply("403 -", body.encode(), f"Content-Type: {content_type}"))

        with scripted_server(refuse) as server, looking_at(Aws()) as look:
            found[name] = gateway_responses(Asking(look, server.url))
    remedy = found["without them"].remedy
    assert remedy is not None
    assert remedy.commands == ("make package STAGE=prod",)
    assert found["packaged"].status is Status.OK, found["packaged"]
