"""Reads filters: `field.op=value` parameters and `filter={JSON}`, typed from the contract."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from chalicelib.contract.model import AccessPath, Guarantees, Resource
from chalicelib.contract.scalars import check_boolean, check_float, check_int, check_string
from chalicelib.contract.types import AWS_JSON, Types, pointer_token, type_ref
from chalicelib.errors import Violation
from chalicelib.strict_json import strict_json
from chalicelib.translation.instants import INSTANTS, has_own_form, instant_operand

# REST operator -> the operator of Amplify's filter inputs. `in` becomes an `or` of `eq`.
OPERATORS: Mapping[str, str] = {
    "eq": "eq",
    "ne": "ne",
    "gt": "gt",
    "ge": "ge",
    "lt": "lt",
    "le": "le",
    "contains": "contains",
    "notContains": "notContains",
    "beginsWith": "beginsWith",
    "between": "between",
    "exists": "attributeExists",
}
IN = "in"
# What takes several values, which as a parameter may be repeated.
LISTED = frozenset({IN, "between"})
_LOGIC = frozenset({"and", "or", "not"})
MAX_DEPTH = 8
MAX_CONDITIONS = 100
PAIR = 2
# A list's own comparisons are over its text in DynamoDB; only these say what a client means.
_LIST_OPERATORS = frozenset({"contains", "notContains", "exists"})
# Amplify stores AWSJSON parsed, so no text of a filter is ever equal to it.
_PARSED_OPERATORS = frozenset({"exists"})

_INT = r"-?\d{1,11}"
_FLOAT = r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?"


@lru_cache(maxsize=4096)
def operators_of(resource: Resource, path: AccessPath, name: str) -> tuple[str, ...]:
    """Returns the REST operators that a member can be filtered with on an access path."""
    known = resource.types.filters.get(path.filter or "", {})
    offered = resource.types.operators.get(known.get(name, ""), ())
    if name in path.fixed:
        return ()
    if path.related and path.sort == (name,):
        # No filter takes a key's field, and related items are read by no other key.
        argument = path.arguments.get(path.sort_argument or "", "")
        offered = resource.types.operators.get(type_ref(argument).name, ())
        return tuple(rest for rest, graphql in OPERATORS.items() if graphql in offered)
    names = [rest for rest, graphql in OPERATORS.items() if graphql in offered]
    if "eq" in names and ("or" in known):
        names.append(IN)
    ref = type_ref(resource.members[name])
    can = None
    if ref.item is not None:
        can = _LIST_OPERATORS
    elif ref.name == AWS_JSON and resource.guarantees is Guarantees.AMPLIFY:
        can = _PARSED_OPERATORS
    return tuple(each for each in names if can is None or each in can)


class FilterReader:
    """Gathers one request's conditions and their violations."""

    def __init__(self, resource: Resource, path: AccessPath) -> None:
        self._resource = resource
        self._path = path
        self._logic = resource.types.filters.get(path.filter or "", {}).keys() & _LOGIC
        self._conditions: list[dict[str, Any]] = []
        self._count = 0
        self.violations: list[Violation] = []

    def add_parameter(self, name: str, value: str) -> None:
        """Takes one `field.op=value` parameter; `op` may be left out for `eq`."""
        field_name, dot, operator = name.partition(".")
        operator = operator if dot else "eq"
        try:
            if field_name not in self._resource.members:
                raise ValueError("is unknown")  # noqa: TRY301 - gathered with the other violations
            self._conditions.append(self._condition(field_name, operator, _Text(value)))
        except ValueError as error:
            self.violations.append(Violation("parameter", name, str(error)))

    def add_json(self, text: str) -> None:
        """Takes the value of the `filter` parameter."""
        try:
            self._conditions.append(self._tree(strict_json(text), 0))
        except ValueError as error:
            pointer = error.pointer if isinstance(error, _Misplaced) else ""
            self.violations.append(Violation("parameter", "filter", str(error), pointer))

    def result(self) -> dict[str, Any] | None:
        """Returns the filter input; None for no filter."""
        conditions = [condition for condition in self._conditions if condition]
        try:
            return self._all_of(conditions) if conditions else None
        except ValueError as error:
            self.violations.append(Violation("parameter", "filter", str(error)))
            return None

    def _all_of(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        """Returns one condition for several; a filter input without `and` takes them as members."""
        if len(parts) == 1:
            return parts[0]
        if "and" in self._logic:
            return {"and": parts}
        together = {name: value for part in parts for name, value in part.items()}
        if len(together) < sum(map(len, parts)):
            raise ValueError("cannot hold two conditions on one field here")
        return together

    def _tree(self, tree: Any, depth: int) -> dict[str, Any]:
        if not isinstance(tree, dict):
            raise ValueError("is not a JSON object")  # noqa: TRY004 - a violation, no bug
        if depth > MAX_DEPTH:
            raise ValueError(f"is nested over {MAX_DEPTH} levels")
        parts = []
        for name, value in tree.items():
            with _below(name):
                parts.append(self._node(name, value, depth))
        return self._all_of(parts) if parts else {}

    def _node(self, name: str, value: Any, depth: int) -> dict[str, Any]:
        if name in _LOGIC - self._logic and name not in self._resource.members:
            raise ValueError("is not to be had here")
        if name in {"and", "or"} and name not in self._resource.members:
            if not isinstance(value, list) or not value:
                raise ValueError("is not a list of filters")
            branches = []
            for index, each in enumerate(value):
                with _below(index):
                    branches.append(self._branch(name, each, depth))
            return {name: branches}
        if name == "not" and name not in self._resource.members:
            return {"not": self._branch(name, value, depth)}
        if name not in self._resource.members:
            raise ValueError("is unknown")
        if not isinstance(value, dict):
            return self._condition(name, "eq", value)
        if not value:
            raise ValueError("has no operator")
        parts = []
        for operator, operand in value.items():
            with _below(operator):
                parts.append(self._condition(name, operator, operand))
        return self._all_of(parts)

    def _branch(self, word: str, tree: Any, depth: int) -> dict[str, Any]:
        branch = self._tree(tree, depth + 1)
        if not branch:
            raise ValueError(f"is an empty filter, which {word} does not take")
        return branch

    def _condition(self, name: str, operator: str, operand: Any) -> dict[str, Any]:
        self._count += len(_list(operand)) if operator == IN else 1
        if self._count > MAX_CONDITIONS:
            raise ValueError(f"is over {MAX_CONDITIONS} conditions in one request")
        offers = operators_of(self._resource, self._path, name)
        if operator not in offers:
            offered = ", ".join(offers) or "none"
            raise ValueError(f"does not have this operator; it has: {offered}")
        if operator == IN:
            values = [self._operand(name, "eq", each) for each in _list(operand)]
            return {"or": [{name: {"eq": value}} for value in values]}
        value = self._operand_of(name, operator, operand)
        return {name: {OPERATORS[operator]: value}}

    def _operand(self, name: str, operator: str, operand: Any) -> Any:
        kind = type_ref(self._resource.members[name]).name
        if kind in INSTANTS:
            own = has_own_form(self._resource, name)
            return instant_operand(kind, operator, str(check_string(operand)), own=own)
        return _operand(self._resource.types, kind, operand)

    def _operand_of(self, name: str, operator: str, operand: Any) -> Any:
        if operator == "exists":
            return _boolean(operand)
        if operator != "between":
            return self._operand(name, operator, operand)
        values = [self._operand(name, operator, each) for each in _list(operand)]
        if len(values) != PAIR:
            raise ValueError("takes two values, the lower and the upper bound")
        lower, upper = values
        if lower > upper:  # code points have the order of their UTF-8 bytes, which the store's is
            raise ValueError("has its lower bound above its upper one")
        return values


class _Misplaced(ValueError):
    """A fault within a filter, with the JSON pointer to it."""

    def __init__(self, detail: str, pointer: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


@contextmanager
def _below(step: str | int) -> Iterator[None]:
    """Puts a step before the place of whatever is wrong below it."""
    try:
        yield
    except ValueError as error:
        rest = error.pointer if isinstance(error, _Misplaced) else ""
        raise _Misplaced(str(error), f"/{pointer_token(str(step))}{rest}") from error


class _Text(str):
    """A value that came as a parameter's text and is yet to be typed."""

    __slots__ = ()


def _list(operand: Any) -> Sequence[Any]:
    if isinstance(operand, _Text):
        return [_Text(part) for part in operand.split(",")]
    if not isinstance(operand, list) or not operand:
        raise ValueError("takes a list of values")
    return operand


def _boolean(operand: Any) -> bool:
    if isinstance(operand, _Text):
        if operand not in {"true", "false"}:
            raise ValueError("is neither true nor false")
        return operand == "true"
    return check_boolean(operand)


def _operand(types: Types, kind: str, operand: Any) -> Any:
    if kind == "Boolean":
        return _boolean(operand)
    if kind in {"Int", "AWSTimestamp"}:
        if isinstance(operand, _Text):
            if not re.fullmatch(_INT, operand, re.ASCII):
                raise ValueError("is not an integer")
            operand = int(operand)
        return check_int(operand)
    if kind == "Float":
        if isinstance(operand, _Text):
            if not re.fullmatch(_FLOAT, operand, re.ASCII):
                raise ValueError("is not a number")
            operand = float(operand)
        return check_float(operand)
    text = check_string(operand)
    enum = types.enums.get(kind)
    if enum and text not in enum:
        raise ValueError(f"is not one of {', '.join(enum)}")
    return str(text)
