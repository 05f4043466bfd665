"""What a verb is made of: steps that yield calls and are sent their outcomes.

A handler of a verb is a generator. It yields a Call, is sent its Outcome (or has the error thrown
into it) and at last returns the response. So it does no I/O, and whoever drives it may perform
the calls one by one, or those of many requests in one document.
"""

from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import AccessPath, Resource, RootField, Write
from chalicelib.graphql.documents import Root
from chalicelib.graphql.messages import GraphQLResponse
from chalicelib.graphql.replies import Branch, Item, Page, Result, read_item, read_page
from chalicelib.graphql.selections import Chosen, item_selection, key_selection
from chalicelib.rest.messages import RestResponse
from chalicelib.translation.planner import Plan


class Call(NamedTuple):
    """One root field to be executed.

    Attributes:
        root: Which one.
        variables: Its variables by the names of its arguments.
        resource: Whose items it reads or writes; None for those of several, or of nobody knows
            which.
        key: The item that it reads or writes; None for pages, and for a create whose key account B
            chooses.
        read: Reads what comes back, given the reply and the root's key in it.
        repeatable: Doing it twice is the same as once, so a broken attempt may be repeated.
        plan: How the pages of a list are read; None for no list.
    """

    root: Root
    variables: Mapping[str, Any]
    resource: Resource | None
    key: KeyValues | None = None
    read: Callable[[GraphQLResponse, str], "Value | None"] = read_item
    repeatable: bool = True
    plan: Plan | None = None

    @property
    def writes(self) -> bool:
        """Whether it is a mutation."""
        return self.root.field.mutation


class Outcome(NamedTuple):
    """What became of a call.

    Attributes:
        value: The item, the page, the result, or None where there is none.
        condition_failed: Nothing was done: a condition or an existence check failed.
        maybe_done: An earlier attempt of the same call broke off and may have been done.
    """

    value: "Value | None" = None
    condition_failed: bool = False
    maybe_done: bool = False

    @property
    def item(self) -> Item | None:
        """The value of a call for one item."""
        return self.value if isinstance(self.value, Item) else None

    @property
    def result(self) -> Result:
        """The value of an endpoint's call."""
        if not isinstance(self.value, Result):
            raise TypeError("the outcome of an endpoint's call is a result")
        return self.value


Value: TypeAlias = Item | Page | Branch | Result
Steps = Generator[Call, Outcome, RestResponse]


def get_call(
    resource: Resource, get: RootField, key: KeyValues, selection: str | None = None
) -> Call:
    """Returns the call that reads one item; whole where no selection set is given."""
    root = _get_root(resource, get, selection)
    names = resource.key.arguments(key) if resource.key else {}
    return Call(root, names, resource, key)


def page_call(resource: Resource, plan: Plan, variables: Mapping[str, Any], selection: str) -> Call:
    """Returns the call that reads one upstream page of a list.

    Args:
        resource: Whose items.
        plan: How they are read.
        variables: Those that all lists have, by the names of the arguments.
        selection: What of each.
    """
    path = plan.path
    sent = {**plan.given, **variables}
    used = tuple(
        name for name in path.arguments if name in sent or name in {"filter", "limit", "nextToken"}
    )
    return Call(_page_root(path, selection, used), sent, resource, read=read_page, plan=plan)


def write_call(
    resource: Resource,
    write: Write,
    values: Mapping[str, Any],
    condition: Mapping[str, Any] | None = None,
    *,
    repeatable: bool = True,
) -> Call:
    """Returns the call that writes.

    Args:
        resource: Whose item.
        write: Create, update or delete.
        values: The input, with the key's members.
        condition: What must hold of the item; None for nothing.
        repeatable: The key is known before account B has been asked.
    """
    variables: dict[str, Any] = {"input": values}
    if condition is not None:
        variables["condition"] = condition
    root = _write_root(resource, write, condition is not None)
    key = resource.key.of(values) if resource.key else None
    return Call(
        root, variables, resource, key, read_item, repeatable and resource.guarantees.repeatable
    )


@lru_cache(maxsize=512)
def _get_root(resource: Resource, get: RootField, selection: str | None) -> Root:
    return Root(get, tuple(get.arguments), selection or item_selection(resource))


@lru_cache(maxsize=512)
def _page_root(path: AccessPath, selection: str, used: tuple[str, ...]) -> Root:
    return Root(path, used, f"{{ items {selection} nextToken }}")


@lru_cache(maxsize=512)
def _write_root(resource: Resource, write: Write, conditional: bool) -> Root:
    arguments = ("input", "condition") if conditional else ("input",)
    if write is not resource.delete:
        selection = item_selection(resource)
    elif resource.version is not None and resource.version.sent_as is not None:
        selection = item_selection(resource, Chosen())
    else:  # a delete's reply shows nothing but that it was done
        selection = key_selection(resource)
    return Root(write, arguments, selection)
