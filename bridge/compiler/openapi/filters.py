"""Filters: a list's named parameters, and the schema of what `filter={JSON}` holds.

A member has one parameter, for equality; all other conditions stand in `filter`, whose operators
are schemas that every resource shares. docs/adr/0005 tells why.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.compiler.openapi.components import Components
from bridge.compiler.openapi.scalars import Schema
from chalicelib.contract.model import AccessPath, Resource
from chalicelib.contract.types import type_ref
from chalicelib.rest.messages import JSON
from chalicelib.translation.filters import IN, MAX_CONDITIONS, MAX_DEPTH, PAIR, operators_of
from chalicelib.translation.instants import INSTANTS, PART, PARTS
from chalicelib.translation.orders import orders

# These names are the list's own: a member called so is reached with its operator, `limit.eq=3`.
RESERVED = ("limit", "cursor", "fields", "filter", "sort", "expand")
_PART: Schema = {"type": "string", "pattern": f"^{PART}$"}
_NUMBERS: Mapping[str, str] = {"Int": "Int", "AWSTimestamp": "Int", "Float": "Float"}
_ONE_EACH = " Of each field there is one condition at most, here or as a parameter."

FILTERS = f"""\
Each filter of a list is a condition, and all of them must hold. `status=PAID` asks for equality, \
`priority.ge=3` for any other operator: `eq`, `ne`, `gt`, `ge`, `lt`, `le` (text by its UTF-8 \
bytes), `contains`, `notContains`, `beginsWith`, `between=lower,upper`, `in=a,b,c`, `exists=true`. \
A date, a time or an instant is compared as text: give bounds in UTC, as \
`2026-12-31T23:59:59.000Z`, or as a year, a month or a day. `filter` holds the same as \
percent-encoded JSON, with `and`, `or` and `not` around it: \
`{{"or": [{{"done": true}}, {{"priority": {{"between": [3, 5]}}}}]}}`, nested at most {MAX_DEPTH} \
deep. A request has at most {MAX_CONDITIONS} conditions, and fewer where the store's limit for \
their expression, 4 KB, comes first."""


def filter_parameters(
    components: Components, resource: Resource, path: AccessPath, named: frozenset[str]
) -> list[dict[str, Any]]:
    """Returns the parameters that filter a list.

    Args:
        components: Take the schema of the conditions.
        resource: Whose list.
        path: How it is read.
        named: The names of the operation's other parameters, which no filter may take.
    """
    parameters: list[dict[str, Any]] = []
    seen = {_as_generated(name) for name in (*RESERVED, *named)}
    for name in resource.members:
        if "eq" in operators_of(resource, path, name) and _as_generated(name) not in seen:
            seen.add(_as_generated(name))
            schema = _compared(components, resource, name)
            parameters.append({"name": name, "in": "query", "schema": schema})
    tree = filter_schema(components, resource, path)
    if tree is not None:
        parameters.append(
            {
                "name": "filter",
                "in": "query",
                "description": "Conditions as JSON."
                + ("" if _joins(resource, path) else _ONE_EACH),
                "schema": {"type": "string", "contentMediaType": JSON, "contentSchema": tree},
            }
        )
    return parameters


def sort_parameters(resource: Resource, paths: Sequence[AccessPath]) -> Iterator[dict[str, Any]]:
    """Gives the parameter that orders a list by what its access paths can; none where none can."""
    possible = list(orders(resource, paths))
    if not possible:
        return
    needs: dict[str, list[str]] = {}
    for each in possible:
        words = " and ".join(f"`{name}`" for name in each.needs)
        needs.setdefault(each.field, []).append(words)
    told = [
        f"`{name}` needs an equality of {' or of '.join(words)}"
        for name, words in needs.items()
        if all(words)
    ]
    description = "The order of the items; those without a field of its key are left out."
    yield {
        "name": "sort",
        "in": "query",
        "description": " ".join([description, *([f"{'; '.join(told)}."] if told else [])]),
        "schema": {
            "type": "string",
            "enum": [text for name in needs for text in (name, f"-{name}")],
        },
    }


def read_by_key(resource: Resource) -> str:
    """Returns which filters an index or the table's key serves; empty where none does."""
    keys = [path for path in resource.access_paths if path.partition in resource.members]
    if not keys:
        return ""
    words = ", or of ".join(dict.fromkeys(map(_key_words, keys)))
    lag = " An index lags a little behind a write." if any(path.index for path in keys) else ""
    return f" Indexed: equality of {words}; all else reads the whole table.{lag}"


def _key_words(path: AccessPath) -> str:
    sort = " and ".join(f"`{name}`" for name in path.sort)
    return f"`{path.partition}` with {sort}" if sort else f"`{path.partition}`"


def filter_schema(components: Components, resource: Resource, path: AccessPath) -> Schema | None:
    """Returns the reference to the schema of `filter={JSON}`; None where nothing can be asked."""
    logic = resource.types.filters.get(path.filter or "", {})
    conditions = {
        name: _conditions(components, resource, name, operators, _joins(resource, path))
        for name in resource.members
        if (operators := operators_of(resource, path, name))
    }
    if not conditions:
        return None

    def make() -> Schema:
        # A branch holds at least one condition; a member of such a name takes the word's place.
        branch = {**own(), "minProperties": 1}
        branches = {"type": "array", "minItems": 1, "items": branch}
        words: dict[str, Schema] = {"and": branches, "or": branches, "not": branch}
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                **{word: each for word, each in words.items() if word in logic},
                **conditions,
            },
        }

    def own() -> Schema:
        if not path.related:
            return components.own(f"{resource.name}Filter", make, path.filter)
        field = f"{path.parent}{path.name[0].upper()}{path.name[1:]}"
        return components.own(f"{field}Filter", make, f"{path.filter} of {path.parent}.{path.name}")

    return own()


def _joins(resource: Resource, path: AccessPath) -> bool:
    """Whether a list's filter can hold two conditions on one field."""
    return "and" in resource.types.filters.get(path.filter or "", {})


def _conditions(
    components: Components,
    resource: Resource,
    name: str,
    operators: tuple[str, ...],
    joins: bool,
) -> Schema:
    value = _compared(components, resource, name)
    kind = type_ref(resource.members[name]).name
    by_operator: Schema = {
        "type": "object",
        "minProperties": 1,
        **({} if joins else {"maxProperties": 1}),
        "additionalProperties": False,
        "properties": {
            each: _operand(_PART if each in PARTS and kind in INSTANTS else value, each)
            for each in operators
        },
    }
    schema = {"anyOf": [value, by_operator]} if "eq" in operators else by_operator
    wanted = f"{_kind(resource, name)}Condition"
    return components.own(wanted, lambda: schema, json.dumps(schema))


def _operand(value: Schema, operator: str) -> Schema:
    if operator == "exists":
        return {"type": "boolean"}
    if operator == "between":
        return {"type": "array", "minItems": PAIR, "maxItems": PAIR, "items": value}
    if operator == IN:
        return {"type": "array", "minItems": 1, "items": value}
    return value


def _kind(resource: Resource, name: str) -> str:
    ref = type_ref(resource.members[name])
    if ref.name in resource.types.enums or ref.name == "Boolean" or ref.name in INSTANTS:
        kind = ref.name
    else:
        kind = _NUMBERS.get(ref.name, "Text")
    return f"{kind}List" if ref.item is not None else kind


def _compared(components: Components, resource: Resource, name: str) -> Schema:
    """Returns the schema of what a member is compared with; text is compared as text."""
    kind = type_ref(resource.members[name]).name
    if kind in resource.types.enums or kind == "Boolean" or kind in INSTANTS:
        return components.leaf(kind)
    return components.leaf(_NUMBERS[kind]) if kind in _NUMBERS else {"type": "string"}


def _as_generated(name: str) -> str:
    """Returns what generators make variable names of: `createdAt` and `created_at` are one."""
    return name.replace("_", "").lower()
