"""What account B may answer to a call, made up: so that the gateway's steps go on."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bridge.compiler.call_cost import page_limit, resource_of
from bridge.samples import VALUES
from chalicelib.contract.model import Contract, Relation, Resource
from chalicelib.contract.types import TypeRef, Types, type_ref
from chalicelib.gateway.calls import Call, Outcome
from chalicelib.graphql.replies import Branch, Item, Page, Result
from chalicelib.translation.planner import Plan

_MORE = "…"  # where a list goes on; whatever it is, the next page costs the same


def answers(contract: Contract, call: Call) -> list[Outcome]:
    """Returns how a call may be answered, the ordinary way first; so that a list reads on."""
    if call.plan is not None:
        page = _page(contract, call, call.plan)
        if not call.plan.path.related:
            return [Outcome(page)]
        parent = _item(resource_of(contract, call), call.variables)
        return [Outcome(Branch(parent, page))]
    resource = resource_of(contract, call)
    if resource is None:
        return [Outcome(Result(None))]
    relation = _relation_of(call)
    if relation is not None:
        related = _item(resource.target(relation), {})
        return [Outcome(Branch(_item(resource, call.variables), related))]
    if not call.writes:
        return [Outcome(_item(resource, call.variables)), Outcome(None)]
    written = _item(resource, call.variables["input"])
    return [Outcome(written), Outcome(condition_failed=True), Outcome(None)]


def _page(contract: Contract, call: Call, plan: Plan) -> Page:
    """Returns a page that lets the list read on at most: of a filter, nothing may be left."""
    if plan.filter is not None or plan.dropped:
        return Page([], {}, _MORE)
    resource = resource_of(contract, call)
    if plan.path.related and resource is not None:
        resource = resource.target(resource.relations[plan.path.name])
    return Page([_item(resource, {}).values] * page_limit(call), {}, _MORE)


def _relation_of(call: Call) -> Relation | None:
    """Returns the relation to one item that a call reads; None where it is none."""
    read = call.read
    found = read.keywords.get("relation") if isinstance(read, partial) else None
    return found if isinstance(found, Relation) else None


def _item(resource: Resource | None, given: Mapping[str, Any]) -> Item:
    """Returns an item that has what is given, and something of every other field."""
    if resource is None:
        return Item({})
    values = {
        name: _sample(resource.types, type_ref(text)) for name, text in resource.members.items()
    }
    values |= {name: value for name, value in given.items() if name in values}
    version = resource.version
    if version is not None and version.sent_as is not None:
        values[version.field] = int(given.get(version.sent_as, 0)) + 1
    return Item(values)


def _sample(types: Types, ref: TypeRef, within: tuple[str, ...] = ()) -> Any:
    """Returns a value of the type; null for one that holds itself."""
    if ref.item is not None:
        return []
    enum = types.enums.get(ref.name)
    if enum:
        return enum[0]
    fields = types.objects.get(ref.name)
    if fields is None or ref.name in types.abstract:
        return None if ref.name in types.abstract else VALUES.get(ref.name, "…")
    if ref.name in within:
        return None
    return {
        name: _sample(types, type_ref(text), (*within, ref.name)) for name, text in fields.items()
    }
