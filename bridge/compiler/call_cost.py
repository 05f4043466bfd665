"""What the gateway's calls cost account B, counted in their documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from chalicelib.contract.model import Contract, Resource
from chalicelib.gateway.calls import Call
from chalicelib.gateway.relations import variable
from chalicelib.graphql.documents import single

DEFAULT_PAGE = 100  # Amplify's templates, where no limit is given


@dataclass(frozen=True)
class CallCost:
    """What calls cost.

    Attributes:
        calls: How many there are.
        resolvers: How many resolvers they run.
        items: How many items they read; what functions read is theirs.
    """

    calls: int = 0
    resolvers: int = 0
    items: int = 0

    def __add__(self, other: "CallCost") -> "CallCost":
        return CallCost(
            self.calls + other.calls, self.resolvers + other.resolvers, self.items + other.items
        )


def resource_of(contract: Contract, call: Call) -> Resource | None:
    """Returns the resource whose operation the call is; None for an endpoint."""
    for each in contract.resources:
        operations = (each.get, each.create, each.update, each.delete, *each.access_paths)
        if any(call.root.field is operation for operation in operations):
            return each
    return None


def page_limit(call: Call) -> int:
    """Returns how many items the pages of a list's call hold."""
    related = call.plan is not None and call.plan.path.related
    name = variable(call.plan.path, "limit") if call.plan and related else "limit"
    return int(call.variables[name])


def cost_of_calls(contract: Contract, calls: Sequence[Call]) -> CallCost:
    """Returns what calls cost; a write reads nothing that is told here."""
    total = CallCost()
    for call in calls:
        resource = resource_of(contract, call)
        items = 0
        if call.plan is not None and not call.plan.path.related:
            items = page_limit(call)
        elif resource is not None and not call.writes:
            items = 1
        below = CallCost()
        if resource is not None:
            selected = _selected(call)
            if call.plan is not None and not call.plan.path.related:
                selected = _items_of(selected)
            below = _below(resource, selected, call.variables)
        pages = max(1, items)
        total += CallCost(1, 1 + pages * below.resolvers, items + pages * below.items)
    return total


def _selected(call: Call) -> SelectionSetNode | None:
    """Returns the selection set of a call's root field."""
    (operation,) = parse(single(call.root).text).definitions
    if not isinstance(operation, OperationDefinitionNode):
        return None
    (root,) = operation.selection_set.selections
    return root.selection_set if isinstance(root, FieldNode) else None


def _items_of(selected: SelectionSetNode | None) -> SelectionSetNode | None:
    """Returns what is selected of the items of a page."""
    for field in selected.selections if selected else ():
        if isinstance(field, FieldNode) and field.name.value == "items":
            return field.selection_set
    return None


def _below(
    resource: Resource, selected: SelectionSetNode | None, variables: Mapping[str, Any]
) -> CallCost:
    """Returns what the related items in a selection set cost for each item."""
    total = CallCost()
    for field in selected.selections if selected else ():
        if not isinstance(field, FieldNode):
            continue
        name = field.name.value
        relation = resource.relations.get(name)
        if relation is not None and field.selection_set is not None:
            items = _asked(field, variables) if relation.many else 1
            within = _items_of(field.selection_set) if relation.many else field.selection_set
            below = _below(resource.target(relation), within, variables)
            total += CallCost(0, 1 + items * below.resolvers, items + items * below.items)
    return total


def _asked(field: FieldNode, variables: Mapping[str, Any]) -> int:
    """Returns how many items a page of related ones may hold."""
    for argument in field.arguments or ():
        if argument.name.value == "limit":
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(variables[argument.value.name.value])
    return DEFAULT_PAGE
