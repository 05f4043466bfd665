"""The packaged app as a Lambda function: AWS's runtime client runs it, invocation by invocation."""

import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.source_credentials import SourceCredentials
from tests.e2e.support.project import Package
from tests.e2e.support.runtime_api import RuntimeApi, runtime_api

CALLER = "arn:aws:sts::111111111111:assumed-role/rest-client/laptop"


@dataclass(frozen=True)
class Answer:
    """What API Gateway would send to the client."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        """Returns the body's document."""
        return json.loads(self.body)


@dataclass(frozen=True)
class LambdaFunction:
    """A running function behind API Gateway's proxy integration."""

    api: RuntimeApi

    def send(
        self,
        method: str,
        resource: str,
        *,
        path_parameters: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """Returns the function's answer to one REST request."""
        event = proxy_event(method, resource, path_parameters, query, headers, body)
        result = self.api.invoke(event)
        assert result.get("isBase64Encoded") is not True
        several = {name: ", ".join(values) for name, values in result["multiValueHeaders"].items()}
        return Answer(result["statusCode"], {**result["headers"], **several}, result["body"])


@contextmanager
def lambda_function(
    python: Path,
    package: Package,
    folder: Path,
    credentials: SourceCredentials,
    variables: Mapping[str, str],
) -> Iterator[LambdaFunction]:
    """Runs the packaged app as Lambda does.

    Args:
        python: The interpreter of an environment with awslambdaric and boto3 alone.
        package: The app's package; the template's variables are the function's.
        folder: An empty folder for the code, in place of /var/task.
        credentials: The function's role session, which Lambda puts into the environment.
        variables: In place of, or beside, the template's.
    """
    with zipfile.ZipFile(package.archive) as archive:
        archive.extractall(folder)
    function = json.loads(package.template.read_text())["Resources"]["APIHandler"]["Properties"]
    name = function_name(function)
    with runtime_api(name) as api:
        environment = {
            **function["Environment"]["Variables"],
            **variables,
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function['Runtime']}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "LAMBDA_TASK_ROOT": str(folder),
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": ":UTC",
            "_HANDLER": function["Handler"],
        }
        # The working directory is the code's folder, so its packages come before the runtime's.
        command = [python, "-m", "awslambdaric", function["Handler"]]
        with subprocess.Popen(command, cwd=folder, env=environment) as process:
            try:
                yield LambdaFunction(api)
            finally:
                process.kill()


def function_name(function: Mapping[str, Any]) -> str:
    """Returns `<app>-<stage>`, as `chalice deploy` names it; a package's template tags it."""
    tag = dict(part.split("=") for part in function["Tags"]["aws-chalice"].split(":"))
    return f"{tag['app']}-{tag['stage']}"


def proxy_event(
    method: str,
    resource: str,
    path_parameters: Mapping[str, str] | None,
    query: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    body: Any,
) -> dict[str, Any]:
    """Returns API Gateway's event for a request that its IAM authorizer let pass.

    Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration".
    """
    path = resource.format_map(path_parameters or {})
    sent = {
        "Accept": "*/*",
        "Host": "abcdefghij.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "curl/8.5.0",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        **({} if body is None else {"Content-Type": "application/json"}),
        **(headers or {}),
    }
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {n: [value] for n, value in query.items()},
        "pathParameters": path_parameters,
        "stageVariables": None,
        "requestContext": {
            "accountId": "111111111111",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abcdefghij",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": method,
            "identity": {
                "accessKey": "ASIAEXAMPLEEXAMPLE00",
                "accountId": "111111111111",
                "apiKey": None,
                "caller": "AROAEXAMPLEEXAMPLE000:laptop",
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": "203.0.113.7",
                "user": "AROAEXAMPLEEXAMPLE000:laptop",
                "userAgent": "curl/8.5.0",
                "userArn": CALLER,
            },
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "23/Nov/2026:12:34:56 +0000",
            "requestTimeEpoch": 1795437296000,
            "resourceId": "123456",
            "resourcePath": resource,
            "stage": "api",
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
