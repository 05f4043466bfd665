"""The role that account B's template makes of given parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.cloudformation import Environment, Stack, TemplateFault, read_template
from bridge.compiler.schema import CompileError

# What stands in a role's texts for what only account B's terminal knows. No parameter's pattern
# lets a `<` in, nor does a name of GraphQL.
ACCOUNT, PARTITION, REGION = "<account>", "<partition>", "<region>"


@dataclass(frozen=True)
class Role:
    """A role with nothing left to decide.

    Attributes:
        name: Its name.
        path: Its path, with both slashes.
        description: What the console shows.
        max_session_seconds: The longest session.
        boundary: The ARN of its permissions boundary; None for none.
        tags: Its tags.
        trust: The trust policy's document.
        policies: The identity policies' documents, by name.
    """

    name: str
    path: str
    description: str
    max_session_seconds: int
    boundary: str | None
    tags: Mapping[str, str]
    trust: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]


def role_of(template: str, parameters: Mapping[str, str]) -> Role:
    """Returns the one role of account B's template.

    Args:
        template: The template's text.
        parameters: The values of its parameters; those left out take their defaults.

    Raises:
        CompileError: A value is missing or wrong, or the template makes no such role.
    """
    try:
        here = Environment(ACCOUNT, REGION, partition=PARTITION)
        stack = Stack(read_template(template), parameters, here, _no_attribute)
        made = [
            stack.resolve(resource["Properties"])
            for resource in stack.resources.values()
            if resource.get("Type") == "AWS::IAM::Role" and stack.is_made(resource)
        ]
        (role,) = made
        return Role(
            name=role["RoleName"],
            path=role["Path"],
            description=role["Description"],
            max_session_seconds=int(role["MaxSessionDuration"]),
            boundary=role.get("PermissionsBoundary"),
            tags={each["Key"]: each["Value"] for each in role.get("Tags", [])},
            trust=role["AssumeRolePolicyDocument"],
            policies={each["PolicyName"]: each["PolicyDocument"] for each in role["Policies"]},
        )
    except TemplateFault as fault:
        raise CompileError(f"account B's template: {fault}") from fault
    except (KeyError, TypeError, ValueError) as error:
        raise CompileError("account B's template makes no role as the shipped one does") from error


def _no_attribute(_stack: Stack, resource: str, attribute: str | None) -> str:
    raise TemplateFault(f"a role's form has no place for {resource}.{attribute or 'Ref'}")
