"""Both accounts' identity policies: account B's from the contract, account A's from its stage.

Account B's policy names each field that the REST API can reach and no other, as long as IAM's
limit allows; then it uses wildcards that match no other field of the schema; and only where that
is still too long it takes a whole type, and says what that opens.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import GraphQLSchema, is_interface_type, is_object_type, is_union_type

from bridge.compiler.schema import CompileError
from bridge.compiler.served import served_fields
from bridge.project import ProjectError, Stage
from chalicelib.contract.model import Contract
from chalicelib.contract.types import type_ref

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


@dataclass(frozen=True)
class Grants:
    """What account B's role may do in the API.

    Attributes:
        queries: Resources below the API's ARN, such as `types/Query/fields/getTodo`.
        mutations: The same for mutations.
        types: The same for the types of what they return.
        notes: What its reader should know, one line each.
        with_types: What it may do where the template's parameter GrantTypes says so; None where
            that does not fit.
    """

    queries: tuple[str, ...]
    mutations: tuple[str, ...]
    types: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    with_types: "Grants | None" = None

    @property
    def roots(self) -> tuple[str, ...]:
        """Queries and mutations."""
        return (*self.queries, *self.mutations)


def reachable_fields(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """Returns the root fields that the REST API can reach, by the name of their type."""
    reached: dict[str, set[str]] = {}
    for each in served_fields(contract):
        reached.setdefault(each.parent, set()).add(each.name)
    return {parent: tuple(sorted(names)) for parent, names in reached.items()}


def reachable_types(contract: Contract) -> tuple[str, ...]:
    """Returns the object types of what the reachable fields return."""
    types = contract.types
    found: dict[str, None] = {}
    todo = [each.type for each in contract.endpoints.values()]
    for resource in contract.resources:
        found[resource.name] = None
        if resource.list is not None:
            found[type_ref(resource.list.type).name] = None
        todo += resource.members.values()
        pages = (each.path.type for each in resource.relations.values() if each.path)
        found |= dict.fromkeys(type_ref(each).name for each in pages)
    while todo:
        name = type_ref(todo.pop()).name
        if name not in found and (name in types.objects or name in types.abstract):
            found[name] = None
            if name not in contract.by_name:
                todo += types.objects.get(name, {}).values()
                todo += types.abstract.get(name, ())
    return tuple(sorted(found))


def grants_for(
    contract: Contract,
    schema: GraphQLSchema,
    limit: int = INLINE_LIMIT,
    excluded: Collection[str] = (),
) -> Grants:
    """Returns the narrowest grants for the contract's fields that fit into an inline policy.

    Args:
        contract: What is to be reached.
        schema: The schema of all fields: what must not be reached along with them.
        limit: How many characters an inline policy may have.
        excluded: The fields, as `Type.field`, that the owner excluded.
    """
    narrow = _Grants(contract, schema).within(limit)
    types = _types_entries(contract, schema, excluded)
    wide = _Grants(contract, schema, types).within(limit)
    if policy_size(wide) <= limit and not any(each.endswith("/*") for each in wide.roots):
        return replace(narrow, with_types=wide)
    note = (
        f"account B's parameter GrantTypes grants nothing: with the types the policy would be"
        f" longer than the {limit:,} characters that IAM takes"
    )
    return replace(narrow, notes=(*narrow.notes, note))


def _types_entries(
    contract: Contract, schema: GraphQLSchema, excluded: Collection[str]
) -> tuple[list[str], list[str]]:
    """Returns the types that may be granted whole, and the fields of those that may not."""
    parents = {name.partition(".")[0] for name in excluded}
    whole: list[str] = []
    fields: list[str] = []
    for name in reachable_types(contract):
        if name not in parents:
            whole.append(name)
            continue
        declared = getattr(schema.type_map[name], "fields", {})
        fields += [
            f"types/{name}/fields/{each}" for each in declared if f"{name}.{each}" not in excluded
        ]
    return whole, fields


class _Grants:
    """Grants that are shortened until they fit."""

    def __init__(
        self,
        contract: Contract,
        schema: GraphQLSchema,
        types: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        reached = reachable_fields(contract)
        roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
        self._roots = {
            root.name: _FieldList(reached.get(root.name, ()), frozenset(root.fields))
            for root in roots
        }
        self._mutation = schema.mutation_type.name if schema.mutation_type else None
        present = [
            name
            for name, each in schema.type_map.items()
            if is_object_type(each) or is_interface_type(each) or is_union_type(each)
        ]
        self._types = _FieldList(types[0], frozenset(present))
        self._type_fields = types[1]

    def within(self, limit: int) -> Grants:
        """Returns the grants, shortened as little as the limit allows."""
        lists = [*self._roots.values(), self._types]
        while policy_size(self._grants()) > limit and any(each.saving() for each in lists):
            max(lists, key=_FieldList.saving).shorten()
        notes = []
        for parent, fields in sorted(self._roots.items(), key=lambda pair: -len(pair[1].patterns)):
            if policy_size(self._grants()) <= limit:
                break
            opened = fields.open()
            notes.append(
                f"account B's policy had to be widened to types/{parent}/*, since IAM takes no more"
                f" than {limit:,} characters; it opens {len(opened)} fields that the REST API does"
                f" not reach: {', '.join(opened) or 'none today'}"
            )
        for parent, fields in self._roots.items():
            notes += fields.wildcard_notes(parent)
        return replace(self._grants(), notes=tuple(notes))

    def _grants(self) -> Grants:
        named: dict[bool, list[str]] = {False: [], True: []}
        for parent, fields in self._roots.items():
            named[parent == self._mutation] += [
                f"types/{parent}/{each}" for each in fields.entries()
            ]
        types = [f"types/{pattern}/*" for pattern in self._types.patterns]
        return Grants(tuple(named[False]), tuple(named[True]), (*types, *self._type_fields))


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
    listed = [
        ("ReadTheApisFields", grants.queries),
        ("WriteTheApisFields", grants.mutations),
        ("UseTheApisTypes", grants.types),
    ]
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
    wide = dict(_statements(grants.with_types or grants))
    narrow = dict(_statements(grants))
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
        yield f"{indent}!Sub {_ARN}{resource}"
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
