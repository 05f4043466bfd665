"""AWS as recorded: a stand-in that answers the doctor with AWS's own texts, and knows no policy.

Source: the texts and statuses are AWS's, as its documentation and public issue threads have them.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from graphql import introspection_from_schema

from bridge.compiler.schema import read_built_schema
from bridge.doctor.account_b import AccountB, PolicySimulator
from bridge.doctor.examination import examine
from bridge.doctor.findings import Finding, Status
from bridge.doctor.look import Look
from bridge.project import Project, read_config, stages_of
from chalicelib.contract.model import Contract, load_contract
from tests.support.scripted_server import reply, scripted_server
from tests.support.todo import BUILT_SCHEMA, todo_project

A, B = "111111111111", "222222222222"
CALLER = f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler/appsync-rest-prod"
ROLE_ARN = f"arn:aws:iam::{B}:role/TodoCrossAccountRole"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

HttpAnswer = tuple[int, str]


def sts_error(status: int, code: str, message: str) -> HttpAnswer:
    """Returns an error of STS."""
    return status, (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )


def identity(arn: str = CALLER) -> HttpAnswer:
    """Returns what GetCallerIdentity answers to a caller."""
    return 200, (
        f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn>"
        f"<UserId>AROAAAAAAAAAAAAAAAAA:session</UserId><Account>{A}</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


_CREDENTIALS = (
    "<AccessKeyId>ASIAB</AccessKeyId><SecretAccessKey>assumed-secret</SecretAccessKey>"
    "<SessionToken>assumed-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
)
SESSION: HttpAnswer = (
    200,
    f"<AssumeRoleResponse><Credentials>{_CREDENTIALS}</Credentials></AssumeRoleResponse>",
)
DENIED = sts_error(
    403,
    "AccessDenied",
    f"User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {ROLE_ARN}",
)


def refusal(status: int, error_type: str, message: str) -> HttpAnswer:
    """Returns AppSync's refusal of a whole request."""
    return status, json.dumps({"errors": [{"errorType": error_type, "message": message}]})


NO_KEYS = refusal(401, "UnauthorizedException", "Valid authorization header not provided.")
TAKES_KEYS = refusal(401, "UnauthorizedException", "You are not authorized to make this call.")


def resolver_error(field_name: str, error_type: str, message: str, *path: Any) -> HttpAnswer:
    """Returns a reply whose resolver, or a field below it, ended with an error."""
    error = {
        "path": [field_name, *path],
        "data": None,
        "errorType": error_type,
        "errorInfo": None,
        "locations": [{"line": 2, "column": 3, "sourceName": None}],
        "message": message,
    }
    return 200, json.dumps({"data": {field_name: None}, "errors": [error]})


def well(field_name: str) -> HttpAnswer:
    """Returns what a healthy API answers to the doctor's probe of a field."""
    if field_name == "IntrospectionQuery":
        text = BUILT_SCHEMA.read_text()
        return 200, json.dumps({"data": introspection_from_schema(read_built_schema(text))})
    if field_name == "Batch":
        return 200, '{"data":{"r0":null}}'
    if field_name.startswith("list"):
        return 200, json.dumps({"data": {field_name: {"items": [], "nextToken": None}}})
    if field_name.startswith("get"):
        return 200, json.dumps({"data": {field_name: None}})
    text = "The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: 1)"
    return resolver_error(field_name, "DynamoDB:ConditionalCheckFailedException", text)


@dataclass(frozen=True)
class Aws:
    """What AWS answers.

    Attributes:
        caller: To GetCallerIdentity.
        assume_role: To AssumeRole.
        graphql: To an operation, by its name as the gateway writes it; the rest is well.
        everything: To every operation in place of that.
        api_key: To a key that nobody has.
        headers: Of every reply.
    """

    caller: HttpAnswer = field(default_factory=identity)
    assume_role: HttpAnswer = SESSION
    graphql: Mapping[str, HttpAnswer] = field(default_factory=dict)
    everything: HttpAnswer | None = None
    api_key: HttpAnswer = NO_KEYS
    headers: tuple[str, ...] = ()

    def answer(self, request: bytes) -> bytes:
        """Returns the reply to a request."""
        head, _, body = request.partition(b"\r\n\r\n")
        status, text = self._choose(head.lower(), body)
        return reply(f"{status} -", text.encode(), *self.headers)

    def _choose(self, head: bytes, body: bytes) -> HttpAnswer:
        if b"Action=GetCallerIdentity" in body:
            return self.caller
        if b"Action=AssumeRole" in body:
            return self.assume_role
        if b"x-api-key" in head:
            return self.api_key
        if self.everything is not None:
            return self.everything
        name = json.loads(body)["operationName"]
        field_name = name if name in ("Batch", "IntrospectionQuery") else name[0].lower() + name[1:]
        return self.graphql.get(field_name) or well(field_name)


@contextmanager
def looking_at(
    aws: Aws,
    account_b: AccountB | None = None,
    simulator: PolicySimulator | None = None,
    root: Path | None = None,
    contract: Contract | None = None,
    **variables: str,
) -> Iterator[Look]:
    """Gives the doctor's look at the prod stage, with a stand-in in AWS's place."""

    def answered(connection: socket.socket, request: bytes) -> None:
        connection.sendall(aws.answer(request))

    root = root or todo_project()
    with scripted_server(answered) as server:
        base = server.url.removesuffix("/graphql")
        stage = stages_of(read_config(root))["prod"]
        environ = {
            **stage.variables,
            "APPSYNC_URL": server.url,
            "AWS_ENDPOINT_URL_STS": base,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "ASIAA",
            "AWS_SECRET_ACCESS_KEY": "source-secret",
            "AWS_SESSION_TOKEN": "source-token",
            **variables,
        }
        made: Callable[[Any], PolicySimulator] | None = None
        if simulator is not None:
            made = partial(_the_same, simulator)
        look = Look(Project.at(root), stage, environ, contract or load_contract(), account_b, made)
        try:
            yield look
        finally:
            look.close()


def _the_same(simulator: PolicySimulator, _: Any) -> PolicySimulator:
    """Returns the simulator, whoever asks."""
    return simulator


def diagnosis(aws: Aws, **where: Any) -> tuple[Finding, ...]:
    """Returns the doctor's findings over a stand-in."""
    with looking_at(aws, **where) as look:
        return examine(look)


def named(findings: tuple[Finding, ...], status: Status = Status.BROKEN) -> dict[str, str]:
    """Returns the summaries of the findings of a status, by their checks."""
    return {each.check: each.summary for each in findings if each.status is status}


def of(findings: tuple[Finding, ...], check: str) -> Finding:
    """Returns the finding of a check."""
    (found,) = [each for each in findings if each.check == check]
    return found
