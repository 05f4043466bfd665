"""Both accounts' identity policies: account B's from the contract, account A's from its stage.

Account B's policy names each field that the REST API can reach and no other, as long as IAM's
limit allows; then it uses wildcards that match no other field of the schema; and only where that
is still too long it takes a whole type, and says what that opens.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema

from bridge.compiler.schema import CompileError
from bridge.project import ProjectError, Stage
from chalicelib.contract.model import Contract, Operation

# All inline policies of a role together; white space is not counted.
# Source: IAM User Guide, "IAM and AWS STS quotas", IAM entity character limits.
INLINE_LIMIT = 10_240
# The longest values that the template's parameters and AWS's Regions take.
_LONGEST = {
    "${AWS::Partition}": "aws-us-gov",
    "${AWS::Region}": "ap-southeast-99",
    "${AWS::AccountId}": "2" * 12,
    "${ApiId}": "x" * 40,
}
_ARN = "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/${ApiId}/"
_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_BEGIN = "# Compiled from the contract by `python -m bridge compile`, down to the next such line."
_END = "# End of what is compiled."
_COMPILED = re.compile(
    rf"^(?P<indent> *){re.escape(_BEGIN)}\n.*?^(?P=indent){re.escape(_END)}\n",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Grants:
    """What account B's role may do in the API.

    Attributes:
        queries: Resources below the API's ARN, such as `types/Query/fields/getTodo`.
        mutations: The same for mutations.
        notes: What its reader should know, one line each.
    """

    queries: tuple[str, ...]
    mutations: tuple[str, ...]
    notes: tuple[str, ...] = ()


def reachable_fields(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """Returns the root fields that the REST API can reach, by their type."""
    operations: dict[str, list[Operation | None]] = {"Query": [], "Mutation": []}
    for resource in contract.resources:
        operations["Query"] += [resource.get, resource.list]
        operations["Mutation"] += [resource.create, resource.update, resource.delete]
    return {
        parent: tuple(sorted({each.field for each in listed if each is not None}))
        for parent, listed in operations.items()
    }


def grants_for(contract: Contract, schema: GraphQLSchema, limit: int = INLINE_LIMIT) -> Grants:
    """Returns the narrowest grants for the contract's fields that fit into an inline policy.

    Args:
        contract: What is to be reached.
        schema: The schema of all fields: what must not be reached along with them.
        limit: How many characters an inline policy may have.
    """
    reached = reachable_fields(contract)
    roots = {"Query": schema.query_type, "Mutation": schema.mutation_type}
    present = {
        parent: frozenset(root.fields if root else ()) | frozenset(reached[parent])
        for parent, root in roots.items()
    }
    lists = {parent: _FieldList(reached[parent], present[parent]) for parent in reached}

    def grants(notes: Sequence[str] = ()) -> Grants:
        names = {
            parent: tuple(f"types/{parent}/{each}" for each in fields.entries())
            for parent, fields in lists.items()
        }
        return Grants(names["Query"], names["Mutation"], tuple(notes))

    while policy_size(grants()) > limit and any(each.saving() for each in lists.values()):
        max(lists.values(), key=_FieldList.saving).shorten()
    notes = []
    for parent, fields in sorted(lists.items(), key=lambda pair: -len(pair[1].patterns)):
        if policy_size(grants()) <= limit:
            break
        opened = fields.open()
        notes.append(
            f"account B's policy had to be widened to types/{parent}/*, since IAM takes no more"
            f" than {limit:,} characters; it opens {len(opened)} fields that the REST API does not"
            f" reach: {', '.join(opened) or 'none today'}"
        )
    notes += [note for parent, fields in lists.items() for note in fields.wildcard_notes(parent)]
    return grants(notes)


class _FieldList:
    """The fields of one type in a policy, as names and wildcards."""

    def __init__(self, reached: Sequence[str], present: frozenset[str]) -> None:
        self.patterns = list(reached)
        self._reached = frozenset(reached)
        self._present = present
        self._whole_type = False

    def entries(self) -> list[str]:
        """Returns what stands below the type in the resources' ARNs."""
        return ["*"] if self._whole_type else [f"fields/{each}" for each in self.patterns]

    def saving(self) -> int:
        """Returns how many entries the next wildcard would save; 0 where there is none."""
        wildcard = self._next_wildcard()
        return len(self._replaced_by(wildcard)) - 1 if wildcard else 0

    def shorten(self) -> None:
        """Replaces entries by the next wildcard."""
        wildcard = self._next_wildcard()
        replaced = self._replaced_by(wildcard)
        self.patterns = sorted({*self.patterns, wildcard} - set(replaced))

    def open(self) -> list[str]:
        """Takes the whole type; returns the fields that are opened by that alone."""
        self._whole_type = True
        return sorted(self._present - self._reached)

    def wildcard_notes(self, parent: str) -> Iterator[str]:
        """Gives a line about the wildcards, if there are any."""
        wildcards = [each for each in self.patterns if "*" in each]
        if wildcards and not self._whole_type:
            yield (
                f"account B's policy uses wildcards on {parent} to fit into IAM's limit:"
                f" {', '.join(wildcards)}; they match no other field of this schema, but would"
                " match a later one of such a name: compile again when the schema changes"
            )

    def _next_wildcard(self) -> str:
        """Returns the wildcard that replaces most entries and no other field; empty for none."""
        candidates = {each for name in self.patterns for each in _wildcards(name)}
        exact = [each for each in sorted(candidates) if self._is_exact(each)]
        best = max(exact, key=lambda each: len(self._replaced_by(each)), default="")
        return best if len(self._replaced_by(best)) > 1 else ""

    def _is_exact(self, pattern: str) -> bool:
        return all(name in self._reached for name in self._present if _matches(pattern, name))

    def _replaced_by(self, pattern: str) -> list[str]:
        return [name for name in self.patterns if "*" not in name and _matches(pattern, name)]


def _wildcards(name: str) -> Iterator[str]:
    """Gives the wildcards that keep whole words of a name, at its beginning or its end."""
    if "*" in name:
        return
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9_]+|[0-9]+", name)
    for index in range(1, len(words)):
        yield "".join(words[:index]) + "*"
        yield "*" + "".join(words[index:])


def _matches(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def policy_size(grants: Grants) -> int:
    """Returns the most characters that IAM may count for account B's identity policy."""
    statements = [
        _statement(sid, [_ARN + resource for resource in resources])
        for sid, resources in _statements(grants)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    for variable, longest in _LONGEST.items():
        text = text.replace(variable, longest)
    return len(text)


def _statements(grants: Grants) -> list[tuple[str, tuple[str, ...]]]:
    listed = [("ReadTheApisFields", grants.queries), ("WriteTheApisFields", grants.mutations)]
    return [(sid, resources) for sid, resources in listed if resources]


def _statement(sid: str, resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": "appsync:GraphQL", "Resource": resources}


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
    for sid, resources in _statements(grants):
        conditional = resources is grants.mutations
        if conditional:
            yield "        - !If"
            yield "          - MayWrite"
        indent = " " * (10 if conditional else 8)
        yield f"{indent}- Sid: {sid}"
        yield f"{indent}  Effect: Allow"
        yield f"{indent}  Action: appsync:GraphQL"
        yield f"{indent}  Resource:"
        for resource in resources:
            yield f"{indent}    - !Sub {_ARN}{resource}"
        if conditional:
            yield f"{indent}- !Ref AWS::NoValue"


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
