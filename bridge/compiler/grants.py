"""What account B's role is granted: each field that the REST API can reach, and no other.

As long as IAM's limit allows; then by wildcards that match no other field of the schema; and only
where that is still too long a whole type is opened, and it is said what that opens.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import GraphQLSchema, is_interface_type, is_object_type, is_union_type

from bridge.compiler.served import served_fields
from bridge.compiler.wildcards import NameList
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
API_ARN = "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/${ApiId}/"


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
    narrow = _Fitting(contract, schema).within(limit)
    types = _types_entries(contract, schema, excluded)
    wide = _Fitting(contract, schema, types).within(limit)
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


class _Fitting:
    """Makes grants that fit into a policy."""

    def __init__(
        self,
        contract: Contract,
        schema: GraphQLSchema,
        types: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        reached = reachable_fields(contract)
        roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
        self._roots = {
            root.name: NameList(reached.get(root.name, ()), frozenset(root.fields))
            for root in roots
        }
        self._mutation = schema.mutation_type.name if schema.mutation_type else None
        present = [
            name
            for name, each in schema.type_map.items()
            if is_object_type(each) or is_interface_type(each) or is_union_type(each)
        ]
        self._types = NameList(types[0], frozenset(present))
        self._type_fields = types[1]

    def within(self, limit: int) -> Grants:
        """Returns the grants, shortened as little as the limit allows."""
        lists = [*self._roots.values(), self._types]
        while policy_size(self._grants()) > limit and any(each.saving() for each in lists):
            max(lists, key=NameList.saving).shorten()
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


def policy_size(grants: Grants) -> int:
    """Returns the most characters that IAM may count for account B's identity policy."""
    made = [
        _statement(sid, [API_ARN + resource for resource in resources])
        for sid, resources in statements(grants)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": made}, separators=(",", ":"))
    for variable, longest in _LONGEST.items():
        text = text.replace(variable, longest)
    return len(text)


def statements(grants: Grants) -> list[tuple[str, tuple[str, ...]]]:
    """Returns the statements' ids, each with what it grants; none that grants nothing."""
    listed = [
        ("ReadTheApisFields", grants.queries),
        ("WriteTheApisFields", grants.mutations),
        ("UseTheApisTypes", grants.types),
    ]
    return [(sid, resources) for sid, resources in listed if resources]


def _statement(sid: str, resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": "appsync:GraphQL", "Resource": resources}
