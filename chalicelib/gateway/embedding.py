"""Reads items with related ones in them, so that no related item takes the item with it.

A relation that is never null may lead nowhere, or where nobody may read. GraphQL then lets the null
rise to the item itself, which may well be read without that relation: so it is, and shown with a
null and its problem where the related item would stand.

Source: GraphQL specification, section 6.4.4, "Handling Execution Errors".
"""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from typing import TypeAlias

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource
from chalicelib.gateway.calls import Call, Outcome, Value
from chalicelib.graphql.replies import Branch, Item, Page
from chalicelib.graphql.selections import Chosen, item_selection
from chalicelib.translation.query import ItemQuery

_NOTHING = Item({})

Reading: TypeAlias = Generator[Call, Outcome, Value | None]


def read_embedding(resource: Resource, query: ItemQuery, call_of: Callable[[str], Call]) -> Reading:
    """Returns the items, each with its related ones.

    Args:
        resource: Whose items.
        query: What of them is shown.
        call_of: Returns the call that reads them with a selection set.
    """
    call = call_of(query.selection)
    chosen = query.chosen
    if chosen is None or not chosen.related:
        return (yield call).value
    # What is embedded is of other resources too.
    first = value = (yield call._replace(resource=None)).value
    taken: set[str] = set()
    while fatal := {each for each in _fatal(value) if _is_embedded(chosen, each)} - taken:
        taken |= fatal
        left = tuple(each for each in chosen.related if each.relation.name not in taken)
        selection = item_selection(resource, chosen._replace(related=left))
        value = (yield call_of(selection)._replace(resource=None)).value
    return _merged(resource, taken, value, first) if taken else value


def _is_embedded(chosen: Chosen, name: str) -> bool:
    return any(each.relation.name == name for each in chosen.related)


def _fatal(value: Value | None) -> Iterator[str]:
    """Gives the fields at or below which the null arose of each item that is null."""
    match value:
        case Item() if not value.values:
            yield from (str(path[0]) for path in value.problems)
        case Page():
            unread = [paths for at, paths in value.problems.items() if value.items[at] is None]
            yield from (str(path[0]) for paths in unread for path in paths)
        case Branch():
            yield from _fatal(value.value)


def _merged(
    resource: Resource, taken: Collection[str], value: Value | None, first: Value | None
) -> Value | None:
    """Returns what was read last, with those related items that the first reading had.

    Args:
        resource: Whose items.
        taken: The relations that were read no more.
        value: The last reading.
        first: The first.
    """
    match value, first:
        case Branch(), Branch():
            inner = _merged(resource, taken, value.value, first.value)
            return value._replace(value=inner if isinstance(inner, Item | Page) else None)
        case Page(), Page():
            held = _by_key(resource, _items(first))
            items = [each and _item(resource, taken, each, held) for each in _items(value)]
            problems = {
                at: each.problems for at, each in enumerate(items) if each and each.problems
            }
            values = [None if each is None else each.values for each in items]
            return value._replace(items=values, problems={**value.problems, **problems}, text=None)
        case Item(), Item():
            return _item(resource, taken, value, _by_key(resource, [first]))
    return value


def _items(page: Page) -> list[Item | None]:
    return [
        None if values is None else Item(values, tuple(page.problems.get(index, ())))
        for index, values in enumerate(page.items)
    ]


def _by_key(resource: Resource, items: Sequence[Item | None]) -> Mapping[KeyValues | None, Item]:
    key = resource.key
    return {key.of(each.values): each for each in items if each and each.values} if key else {}


def _item(
    resource: Resource, taken: Collection[str], item: Item, first: Mapping[KeyValues | None, Item]
) -> Item:
    if not item.values:
        return item
    key = resource.key and resource.key.of(item.values)
    held = first.get(key, _NOTHING) if key else _NOTHING
    related = {name: held.values.get(name) for name in taken}
    problems = dict.fromkeys(path for path in held.problems if path[0] in taken)
    problems |= dict.fromkeys((name,) for name, value in related.items() if value is None)
    return Item({**item.values, **related}, (*item.problems, *problems), item.refused)
