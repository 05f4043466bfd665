"""Account B's role as each of its forms makes it, read without the code that writes the forms."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from bridge.cloudformation import Environment, Stack, read_template
from bridge.iam import Policy

B, REGION = "222222222222", "eu-west-1"
_SECONDS = 30
# What the AWS CLI is in these tests: it tells who calls, and notes the words of all else.
_AWS = f"""#!/bin/sh
if [ "$1" = sts ]; then echo arn:aws:sts::{B}:assumed-role/Owner/session; exit; fi
printf '%s\\0' "$@" >> "$NOTED"
printf '\\n\\0' >> "$NOTED"
"""
_IN_TERRAFORM = {
    "data.aws_caller_identity.current.account_id": B,
    "data.aws_partition.current.partition": "aws",
    "data.aws_region.current.id": REGION,
}
_ELEMENTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


@dataclass(frozen=True)
class MadeRole:
    """A role as it is in the account afterwards, the same whichever form made it."""

    name: str
    path: str
    description: str
    max_session_seconds: int
    boundary: str | None
    tags: Mapping[str, str]
    trust: Policy
    policies: Mapping[str, Policy]


def differences(one: MadeRole, other: MadeRole) -> tuple[str, ...]:
    """Returns the attributes in which two roles differ, policies as `bridge.iam` reads them."""
    return tuple(
        each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)
    )


def from_template(text: str, parameters: Mapping[str, str]) -> MadeRole:
    """Returns the role that CloudFormation makes."""
    stack = Stack(read_template(text), parameters, Environment(B, REGION), lambda *_: "")
    role = stack.resolve(stack.resources["CrossAccountRole"]["Properties"])
    return MadeRole(
        role["RoleName"],
        role["Path"],
        role["Description"],
        role["MaxSessionDuration"],
        role.get("PermissionsBoundary"),
        {each["Key"]: each["Value"] for each in role.get("Tags", ())},
        _policy(role["AssumeRolePolicyDocument"]),
        {each["PolicyName"]: _policy(each["PolicyDocument"]) for each in role["Policies"]},
    )


def from_terraform(text: str) -> MadeRole:
    """Returns the role that Terraform makes of a `.tf.json`."""
    document = json.loads(text)
    (role,) = document["resource"]["aws_iam_role"].values()
    documents = document["data"]["aws_iam_policy_document"]

    def policy(reference: str) -> Policy:
        found = re.fullmatch(r"\$\{data\.aws_iam_policy_document\.(\w+)\.json\}", reference)
        assert found, reference
        return _policy(_in_iams_words(documents[found[1]]))

    inline = document["resource"]["aws_iam_role_policy"].values()
    assert {each["role"] for each in inline} <= {"${aws_iam_role.caller.id}"}
    return MadeRole(
        _expanded(role["name"]),
        _expanded(role["path"]),
        _expanded(role["description"]),
        role["max_session_duration"],
        _expanded(role["permissions_boundary"]) if "permissions_boundary" in role else None,
        {_expanded(key): _expanded(value) for key, value in role["tags"].items()},
        policy(role["assume_role_policy"]),
        {each["name"]: policy(each["policy"]) for each in inline},
    )


def from_commands(script: Path) -> MadeRole:
    """Returns the role that the commands make, each checked as the AWS CLI checks its words."""
    folder = script.parent
    aws = folder / "bin" / "aws"
    aws.parent.mkdir(exist_ok=True)
    aws.write_text(_AWS)
    aws.chmod(0o755)
    noted = folder / "noted"
    noted.unlink(missing_ok=True)
    environment = {
        "PATH": f"{aws.parent}:{os.environ['PATH']}",
        "NOTED": str(noted),
        "AWS_REGION": REGION,
    }
    subprocess.run(["sh", script], env=environment, check=True, timeout=_SECONDS)
    created, *put = map(_request, noted.read_text().removesuffix("\n\0").split("\n\0"))
    assert created.pop("") == "CreateRole"
    assert {each.pop("") for each in put} == {"PutRolePolicy"}
    assert {each["RoleName"] for each in put} == {created["RoleName"]}
    return MadeRole(
        created["RoleName"],
        created["Path"],
        created["Description"],
        created["MaxSessionDuration"],
        created.get("PermissionsBoundary"),
        {each["Key"]: each["Value"] for each in created.get("Tags", ())},
        _policy(json.loads(created["AssumeRolePolicyDocument"])),
        {each["PolicyName"]: _policy(json.loads(each["PolicyDocument"])) for each in put},
    )


@cache
def _service(name: str) -> ServiceModel:
    """Returns what the AWS CLI knows of a service, whose file is read once."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def _request(words: str) -> dict[str, Any]:
    """Returns a command's API request, with the operation's name under the empty key."""
    service, verb, *options = words.removesuffix("\0").split("\0")
    operation = _service(service).operation_model("".join(map(str.capitalize, verb.split("-"))))
    shape = operation.input_shape
    assert shape is not None
    given: dict[str, Any] = {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        name = "".join(map(str.capitalize, option.removeprefix("--").split("-")))
        kind = shape.members[name].type_name
        given[name] = value if kind == "string" else json.loads(value)
    report = ParamValidator().validate(given, shape)
    assert not report.has_errors(), report.generate_report()
    return {"": operation.name, **given}


def _policy(document: Mapping[str, Any]) -> Policy:
    """Returns the policy without the document that it was read from, which may say it otherwise."""
    policy = Policy.parse(document)
    bare = (replace(each, document={}) for each in policy.statements)
    return replace(policy, statements=tuple(bare))


def _in_iams_words(document: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the data source aws_iam_policy_document makes."""
    statements = [dict(_elements(each)) for each in document["statement"]]
    return {"Version": document["version"], "Statement": statements}


def _elements(statement: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "Sid", _expanded(statement["sid"])
    yield "Effect", statement["effect"]
    for name, element in _ELEMENTS.items():
        if name in statement:
            yield element, list(map(_expanded, statement[name]))
    for each in statement.get("principals", ()):
        yield "Principal", {each["type"]: list(map(_expanded, each["identifiers"]))}
    operators: dict[str, dict[str, list[str]]] = {}
    for each in statement.get("condition", ()):
        values = list(map(_expanded, each["values"]))
        operators.setdefault(each["test"], {})[each["variable"]] = values
    if operators:
        yield "Condition", operators


def _expanded(text: str) -> str:
    """Returns a text with its references replaced, as Terraform replaces them."""
    return re.sub(
        r"\$(\$\{)|\$\{([^}]*)\}",
        lambda found: found[1] or _IN_TERRAFORM[found[2]],
        text,
    )
