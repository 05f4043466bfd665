"""Both accounts' identity policies: B's in its template, A's in the file of its stage."""

import json
import re
from collections.abc import Iterator, Sequence

from bridge.compiler.grants import API_ARN, Grants, statements
from bridge.compiler.schema import CompileError
from bridge.project import ProjectError, Stage

# The template's conditions under which a statement is granted.
_WITH_TYPES = "GrantsTypes"
_CONDITIONS = {"WriteTheApisFields": "MayWrite", "UseTheApisTypes": _WITH_TYPES}
_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_BEGIN = "# Compiled from the contract by `python -m bridge compile`, down to the next such line."
_END = "# End of what is compiled."
_COMPILED = re.compile(
    rf"^(?P<indent> *){re.escape(_BEGIN)}\n.*?^(?P=indent){re.escape(_END)}\n",
    re.DOTALL | re.MULTILINE,
)


def compiled_template(text: str, grants: Grants) -> str:
    """Returns account B's template with these grants as its role's identity policy.

    Raises:
        CompileError: The template lacks the two comments between which the policy stands.
    """
    found = _COMPILED.search(text)
    if found is None:
        raise CompileError(f"the template has no lines `{_BEGIN}` and `{_END}`")
    lines = [_BEGIN, *_policy_lines(grants), _END]
    region = "".join(f"{found['indent']}{line}\n" for line in lines)
    return text[: found.start()] + region + text[found.end() :]


def _policy_lines(grants: Grants) -> Iterator[str]:
    yield "Policies:"
    yield "  - PolicyName: UseTheApisFields"
    yield "    PolicyDocument:"
    yield '      Version: "2012-10-17"'
    yield "      Statement:"
    wide = dict(statements(grants.with_types or grants))
    narrow = dict(statements(grants))
    for sid, resources in wide.items():
        condition = _CONDITIONS.get(sid)
        indent = " " * (10 if condition else 8)
        if condition:
            yield "        - !If"
            yield f"          - {condition}"
        yield f"{indent}- Sid: {sid}"
        yield f"{indent}  Effect: Allow"
        yield f"{indent}  Action: appsync:GraphQL"
        if narrow.get(sid, resources) == resources:
            yield f"{indent}  Resource:"
            yield from _resource_lines(f"{indent}    - ", resources)
        else:
            yield f"{indent}  Resource: !If"
            yield f"{indent}    - {_WITH_TYPES}"
            yield from _resource_lines(f"{indent}    - - ", resources)
            yield from _resource_lines(f"{indent}    - - ", narrow[sid])
        if condition:
            yield f"{indent}- !Ref AWS::NoValue"


def _resource_lines(indent: str, resources: Sequence[str]) -> Iterator[str]:
    """Gives a list's lines; those after the first stand below it."""
    for resource in resources:
        yield f"{indent}!Sub {API_ARN}{resource}"
        indent = indent.replace("- -", "  -")


def account_a_policy(stage: Stage, assume_role_arn: str) -> str:
    """Returns the policy file of a stage: its role assumes the one role and writes its own log.

    Raises:
        ProjectError: The ARN is no role's, so it could open more than one role.
    """
    found = _ROLE_ARN.fullmatch(assume_role_arn)
    if found is None:
        raise ProjectError(f"stage {stage.name}: ASSUME_ROLE_ARN is no role's ARN")
    log_group = f"arn:{found[1]}:logs:*:*:log-group:/aws/lambda/{stage.function_name}"
    statements = [
        {
            "Sid": "AssumeAccountBRole",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": assume_role_arn,
        },
        {
            "Sid": "WriteOwnLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [log_group, f"{log_group}:log-stream:*"],
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"
