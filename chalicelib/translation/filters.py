"""Reads filters: `field.op=value` parameters and `filter={JSON}`, typed from the contract."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.contract.model import Field, Resource
from chalicelib.errors import Violation
from chalicelib.translation.body import DuplicateName, unique_object
from chalicelib.translation.values import (
    check_boolean,
    check_float,
    check_int,
    check_string,
    refuse_constant,
)

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
MAX_DEPTH = 8
MAX_CONDITIONS = 100
PAIR = 2
# A list's own comparisons are over its text in DynamoDB; only these say what a client means.
_LIST_OPERATORS = frozenset({"contains", "notContains", "exists"})

_INT = r"-?\d{1,11}"
_FLOAT = r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?"


def operators_of(field: Field) -> tuple[str, ...]:
    """Returns the REST operators that the field can be filtered with."""
    names = [rest for rest, graphql in OPERATORS.items() if graphql in field.operators]
    if "eq" in names:
        names.append(IN)
    return tuple(name for name in names if not field.is_list or name in _LIST_OPERATORS)


class FilterReader:
    """Gathers one request's conditions and their violations."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._conditions: list[dict[str, Any]] = []
        self._count = 0
        self.violations: list[Violation] = []

    def add_parameter(self, name: str, value: str) -> None:
        """Takes one `field.op=value` parameter; `op` may be left out for `eq`."""
        field_name, dot, operator = name.partition(".")
        field = self._resource.by_name.get(field_name)
        operator = operator if dot else "eq"
        try:
            if field is None:
                raise ValueError("is unknown")  # noqa: TRY301 - gathered with the other violations
            self._conditions.append(self._condition(field, operator, _Text(value)))
        except ValueError as error:
            self.violations.append(Violation("parameter", name, str(error)))

    def add_json(self, text: str) -> None:
        """Takes the value of the `filter` parameter."""
        try:
            self._conditions.append(self._tree(_parse(text), 0))
        except ValueError as error:
            self.violations.append(Violation("parameter", "filter", str(error)))

    def result(self) -> dict[str, Any] | None:
        """Returns the filter input; None for no filter."""
        conditions = [condition for condition in self._conditions if condition]
        if not conditions:
            return None
        return conditions[0] if len(conditions) == 1 else {"and": conditions}

    def _tree(self, tree: Any, depth: int) -> dict[str, Any]:
        if not isinstance(tree, dict):
            raise ValueError("is not a JSON object")  # noqa: TRY004 - a violation, no bug
        if depth > MAX_DEPTH:
            raise ValueError(f"is nested over {MAX_DEPTH} levels")
        parts = [part for name, value in tree.items() if (part := self._node(name, value, depth))]
        if not parts:
            return {}
        return parts[0] if len(parts) == 1 else {"and": parts}

    def _node(self, name: str, value: Any, depth: int) -> dict[str, Any]:
        if name in {"and", "or"} and name not in self._resource.by_name:
            if not isinstance(value, list) or not value:
                raise ValueError(f"{name} is not a list of filters")
            branches = [self._tree(branch, depth + 1) for branch in value]
            if not all(branches):
                raise ValueError(f"{name} holds an empty filter")
            return {name: branches}
        if name == "not" and name not in self._resource.by_name:
            branch = self._tree(value, depth + 1)
            if not branch:
                raise ValueError("not holds an empty filter")
            return {"not": branch}
        field = self._resource.by_name.get(name)
        if field is None:
            raise ValueError(f"{name!a} is unknown")
        return self._operators(field, value if isinstance(value, dict) else {"eq": value})

    def _operators(self, field: Field, operands: Mapping[str, Any]) -> dict[str, Any]:
        if not operands:
            raise ValueError(f"{field.name} has no operator")
        parts = []
        for operator, operand in operands.items():
            try:
                parts.append(self._condition(field, operator, operand))
            except ValueError as error:
                raise ValueError(f"{field.name}.{operator!a} {error}") from error
        return parts[0] if len(parts) == 1 else {"and": parts}

    def _condition(self, field: Field, operator: str, operand: Any) -> dict[str, Any]:
        self._count += len(_list(operand)) if operator == IN else 1
        if self._count > MAX_CONDITIONS:
            raise ValueError(f"is over {MAX_CONDITIONS} conditions in one request")
        if operator not in operators_of(field):
            offered = ", ".join(operators_of(field)) or "none"
            raise ValueError(f"does not have this operator; it has: {offered}")
        if operator == IN:
            values = [_operand(field, each) for each in _list(operand)]
            return {"or": [{field.name: {"eq": value}} for value in values]}
        value = self._operand_of(field, operator, operand)
        return {field.name: {OPERATORS[operator]: value}}

    @staticmethod
    def _operand_of(field: Field, operator: str, operand: Any) -> Any:
        if operator == "exists":
            return _boolean(operand)
        if operator != "between":
            return _operand(field, operand)
        values = [_operand(field, each) for each in _list(operand)]
        if len(values) != PAIR:
            raise ValueError("takes two values, the lower and the upper bound")
        lower, upper = (value.encode() if isinstance(value, str) else value for value in values)
        if lower > upper:
            raise ValueError("has its lower bound above its upper one")
        return values


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


def _operand(field: Field, operand: Any) -> Any:
    if field.type == "Boolean":
        return _boolean(operand)
    if field.type in {"Int", "AWSTimestamp"}:
        if isinstance(operand, _Text):
            if not re.fullmatch(_INT, operand, re.ASCII):
                raise ValueError("is not an integer")
            operand = int(operand)
        return check_int(operand)
    if field.type == "Float":
        if isinstance(operand, _Text):
            if not re.fullmatch(_FLOAT, operand, re.ASCII):
                raise ValueError("is not a number")
            operand = float(operand)
        return check_float(operand)
    text = check_string(operand)
    if field.enum and text not in field.enum:
        raise ValueError(f"is not one of {', '.join(field.enum)}")
    return str(text)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=unique_object, parse_constant=refuse_constant)
    except DuplicateName:
        raise
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except ValueError as error:
        raise ValueError("is not JSON") from error
