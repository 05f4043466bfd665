"""Account B's role as a Terraform configuration in JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.compiler.role_forms.role import ACCOUNT, PARTITION, REGION, Role

_ABOUT = (
    "Account B's role, compiled from the contract by `python -m bridge compile --format terraform`,"
    " with its parameters filled in. For account B's terminal, with the credentials of its owner."
)
_TRUST, _ROLE, _ARN = "<trust>", "<role>", "<arn>"
# A policy's elements as the data source aws_iam_policy_document calls them.
_LISTS = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}
_PRINCIPALS = {"Principal": "principals", "NotPrincipal": "not_principals"}
_REFERENCES = {
    ACCOUNT: "data.aws_caller_identity.current.account_id",
    PARTITION: "data.aws_partition.current.partition",
    # `id` is the Region's name in each version of the provider; `name` is not.
    REGION: "data.aws_region.current.id",
    _TRUST: "data.aws_iam_policy_document.trust.json",
    _ROLE: "aws_iam_role.caller.id",
    _ARN: "aws_iam_role.caller.arn",
}


def terraform_text(role: Role) -> str:
    """Returns the text of a `.tf.json` file."""
    policies = {name: _document(policy) for name, policy in role.policies.items()}
    documents = {"trust": _document(role.trust), **policies}
    resource = {
        "name": role.name,
        "path": role.path,
        "description": role.description,
        "max_session_duration": role.max_session_seconds,
        "assume_role_policy": _TRUST,
        "tags": dict(role.tags),
    }
    if role.boundary is not None:
        resource["permissions_boundary"] = role.boundary
    configuration = {
        "//": _ABOUT,
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "data": {
            "aws_caller_identity": {"current": {}},
            "aws_partition": {"current": {}},
            "aws_region": {"current": {}},
            "aws_iam_policy_document": documents,
        },
        "resource": {
            "aws_iam_role": {"caller": resource},
            "aws_iam_role_policy": {
                name: {"name": name, "role": _ROLE, "policy": f"<policy {name}>"}
                for name in policies
            },
        },
        "output": {"role_arn": {"value": _ARN}},
    }
    # What stands in a value as `${` is no reference, but text: a policy variable.
    text = json.dumps(configuration, indent=2).replace("${", "$${").replace("%{", "%%{")
    references = _REFERENCES | {
        f"<policy {name}>": f"data.aws_iam_policy_document.{name}.json" for name in policies
    }
    for placeholder, reference in references.items():
        text = text.replace(placeholder, f"${{{reference}}}")
    return f"{text}\n"


def _document(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": policy["Version"], "statement": list(map(_statement, policy["Statement"]))}


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"sid": statement.get("Sid", ""), "effect": statement["Effect"]}
    for element, value in statement.items():
        if element in _LISTS:
            made[_LISTS[element]] = _listed(value)
        elif element in _PRINCIPALS:
            kinds = value if isinstance(value, dict) else {"*": value}
            made[_PRINCIPALS[element]] = [
                {"type": kind, "identifiers": _listed(each)} for kind, each in kinds.items()
            ]
    conditions = list(_conditions(statement.get("Condition", {})))
    return made | ({"condition": conditions} if conditions else {})


def _conditions(operators: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for operator, keys in operators.items():
        for key, values in keys.items():
            yield {"test": operator, "variable": key, "values": _listed(values)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
