"""What Amplify's templates do with keys: joined sort keys, and the checks before authorisation.

Source: the templates that its index transformer generates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bridge.sandbox.appsync.amplify.models import Key, Kind, Model
from bridge.sandbox.appsync.messages import ResolverError
from bridge.sandbox.dynamodb.conditions import EVERY_KEY, SortRange, sort_range
from bridge.sandbox.dynamodb.errors import DynamoDBError
from bridge.sandbox.dynamodb.tables import check_key_condition

Arguments: TypeAlias = Mapping[str, Any]

_BETWEEN_BOUNDS = 2
_VERBS = {Kind.CREATE: "creating", Kind.UPDATE: "updating"}


@dataclass(frozen=True)
class Partition:
    """What a query reads: a partition, and the range of its sort keys."""

    value: Any
    sorts: SortRange


def check_written(model: Model, kind: Kind, given: Arguments) -> None:
    """Checks that a write has all sort fields of an index or none.

    Raises:
        ResolverError: A joined sort key would be half a key.
    """
    for index, key in model.indexes.items():
        missing = [name for name in key.sorts if name not in given]
        if key.is_joined and missing and len(missing) < len(key.sorts):
            raise ResolverError(
                None,
                f"When {_VERBS[kind]} any part of the composite sort key for @index '{index}', you"
                f" must provide all fields for the key. Missing key: '{missing[0]}'.",
            )


def table_key(model: Model, given: Arguments) -> dict[str, Any]:
    """Returns the attributes of the table's key for an item whose key fields are given."""
    key = model.key
    attributes = {key.partition: given[key.partition]}
    if key.is_joined:
        attributes[key.joined] = _join(given[name] for name in key.sorts)
    elif key.sorts:
        attributes[key.joined] = given[key.joined]
    return attributes


def joined_index_keys(model: Model, given: Arguments) -> dict[str, str]:
    """Returns the joined sort keys of the indexes whose sort fields are given."""
    return {
        key.joined: _join(given[name] for name in key.sorts)
        for key in model.indexes.values()
        if key.is_joined and all(name in given for name in key.sorts)
    }


def check_page_arguments(key: Key, arguments: Arguments) -> None:
    """Checks the key arguments of a query of pages, before anybody asks who calls.

    Raises:
        ResolverError: They do not go together.
    """
    has_partition = arguments.get(key.partition) is not None
    condition = _condition(key, arguments)
    has_direction = arguments.get("sortDirection") is not None
    if has_direction and not key.sorts:
        raise _invalid(
            "sortDirection is not supported for List operations without a Sort key defined."
        )
    if condition and not has_partition:
        raise _invalid(
            f"When providing argument '{key.argument}' you must also provide '{key.partition}'."
            if key.is_joined
            else f"When providing argument '{key.argument}' you must also provide arguments"
            f" {key.partition}"
        )
    if has_direction and not has_partition:
        raise _invalid(
            "When providing argument 'sortDirection' you must also provide argument"
            f" '{key.partition}'."
        )
    if key.is_joined:
        _check_joined(key, condition)


def partition_of(
    model: Model, index: str | None, arguments: Arguments, fixed: tuple[Any, ...] = ()
) -> Partition:
    """Returns what a query reads.

    Args:
        model: The model.
        index: The index to read; None for the table.
        arguments: The field's, which may have a condition on the sort key.
        fixed: For a relation, the values of its first key fields.

    Raises:
        DynamoDBError: DynamoDB refuses the key condition.
    """
    key = model.key_of(index)
    schema = model.table.schema(index)
    value = fixed[0] if fixed else arguments.get(key.partition)
    if value is None:
        # The transformer v1 leaves the argument optional, and the query without a key.
        raise DynamoDBError(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the"
            " request."
        )
    check_key_condition(index, schema.partition, value)
    if schema.sort is None:
        return Partition(value, EVERY_KEY)
    if len(fixed) > 1:
        operation, operands = "eq", [_join(fixed[1:]) if key.is_joined else fixed[1]]
    else:
        condition = _condition(key, arguments)
        if not condition:
            return Partition(value, EVERY_KEY)
        if len(condition) > 1:
            raise DynamoDBError("KeyConditionExpressions must only contain one condition per key")
        ((operation, operand),) = condition.items()
        operands = _operands(key, operation, operand)
    for operand in operands:
        check_key_condition(index, schema.sort, operand)
    return Partition(value, sort_range(operation, operands))


def _condition(key: Key, arguments: Arguments) -> Mapping[str, Any]:
    """Returns the operators of the condition on the sort key that have a value."""
    given = arguments.get(key.argument) if key.sorts else None
    return {name: value for name, value in (given or {}).items() if value is not None}


def _operands(key: Key, operation: str, operand: Any) -> list[Any]:
    values = operand if operation == "between" else [operand]
    if key.is_joined:
        return [
            _join(value[name] for name in key.sorts if value.get(name) is not None)
            for value in values
        ]
    # The template takes two bounds; what is not there stands as the reference to it.
    while operation == "between" and len(values) < _BETWEEN_BOUNDS:
        values = [*values, f"$ctx.args.{key.argument}.between[{len(values)}]"]
    return list(values[:_BETWEEN_BOUNDS])


def _check_joined(key: Key, condition: Mapping[str, Any]) -> None:
    if len(condition) > 1:
        raise _invalid(f"Argument {key.argument} must specify at most one key condition operation.")
    for operation, operand in condition.items():
        if operation != "between":
            _check_prefix(key, operand, f"{key.argument}.$operation")
            continue
        if len(operand) != _BETWEEN_BOUNDS:
            raise _invalid(f"Argument '{key.argument}.between' expects exactly two elements.")
        for number, bound in enumerate(operand):
            _check_prefix(key, bound, f"{key.argument}.between[{number}]")


def _check_prefix(key: Key, given: Mapping[str, Any] | None, place: str) -> None:
    """Checks that no field is given without those before it."""
    missing: str | None = None
    for name in key.sorts:
        if (given or {}).get(name) is None:
            missing = missing or name
        elif missing is not None:
            raise _invalid(
                f"When providing argument '{place}.{name}' you must also provide"
                f" '{place}.{missing}'."
            )


def _invalid(message: str) -> ResolverError:
    return ResolverError("InvalidArgumentsError", message)


def _join(values: Any) -> str:
    """Returns values as Velocity writes them one after the other."""
    return "#".join(_written(value) for value in values)


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
