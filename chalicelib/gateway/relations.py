"""GET of what a relation of an item leads to: one item, or pages of many."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import AccessPath, Relation, Resource, RootField
from chalicelib.errors import IndexValueRefused, ResourceNotFound
from chalicelib.gateway.calls import Call, Steps, Value
from chalicelib.gateway.embedding import read_embedding
from chalicelib.gateway.lists import Reading, read_pages
from chalicelib.gateway.reads import held_tags, is_deleted, is_other, item_response, missing
from chalicelib.graphql.documents import SUFFIX, Root
from chalicelib.graphql.replies import Branch, Item, Page, read_related
from chalicelib.graphql.selections import Chosen, item_selection
from chalicelib.rest.messages import RestRequest
from chalicelib.translation.query import read_item_query, read_list_query
from chalicelib.translation.representations import relation_place


def read_one(resource: Resource, get: RootField, relation: Relation, request: RestRequest) -> Steps:
    """Answers with the related item, its own place and its own ETag."""
    key = resource.key_of(request.parameters)
    target = resource.target(relation)
    query = read_item_query(target, request)
    held = held_tags(target, request)

    def call_of(selection: str) -> Call:
        return _call(resource, get, relation, key, f"{relation.name} {selection}")

    none = ResourceNotFound(f"There is no {relation.name} of this {resource.name}.")
    try:
        item = _held(resource, key, (yield from read_embedding(target, query, call_of)))
    except IndexValueRefused as error:
        # The item names the other one by a text that can be no key, such as a too long one.
        raise none from error
    if not isinstance(item, Item) or is_deleted(target, item):
        raise none
    return item_response(target, item, query, held, _location(target, item, request))


def read_many(
    resource: Resource, get: RootField, relation: Relation, path: AccessPath, request: RestRequest
) -> Steps:
    """Answers with a page of the related items."""
    key = resource.key_of(request.parameters)
    target = resource.target(relation)
    place = relation_place(resource, key, relation)
    query = read_list_query(target, (path,), request, place)

    def read(variables: Mapping[str, Any]) -> Reading:
        sent = {**variables, **query.plan.given}
        used = tuple(name for name in path.arguments if name in sent or name == "filter")
        inner = [(variable(path, name), path.arguments[name], name) for name in used]

        def call_of(selection: str) -> Call:
            pages = _pages(path, used, selection)
            call = _call(resource, get, relation, key, pages, inner, sent)
            return call._replace(plan=query.plan)

        page = _held(resource, key, (yield from read_embedding(target, query, call_of)))
        if not isinstance(page, Page):
            raise missing(resource)
        return page

    return (yield from read_pages(target, query, request, read))


def _call(
    resource: Resource,
    get: RootField,
    relation: Relation,
    key: KeyValues,
    selection: str,
    inner: Sequence[tuple[str, str, str]] = (),
    sent: Mapping[str, Any] = {},
) -> Call:
    """Returns the call that reads the item's key and what the relation leads to.

    Args:
        resource: Whose item.
        get: Reads it.
        relation: What leads on.
        key: The item's.
        selection: The relation's part of the selection set.
        inner: The variables in it: each one's name, its type and the argument that it is for.
        sent: The values of those arguments.
    """
    root = Root(
        get,
        tuple(get.arguments),
        f"{item_selection(resource, Chosen())[:-2]} {selection} }}",
        tuple((name, kind) for name, kind, _ in inner),
    )
    arguments = resource.key.arguments(key) if resource.key else {}
    values = {name: sent[argument] for name, _, argument in inner if argument in sent}
    read = partial(read_related, relation=relation)
    return Call(root, {**arguments, **values}, None, read=read)


@lru_cache(maxsize=512)
def _pages(path: AccessPath, used: tuple[str, ...], selection: str) -> str:
    given = ", ".join(f"{name}: ${variable(path, name)}{SUFFIX}" for name in used)
    return f"{path.name}({given}) {{ items {selection} nextToken }}"


def variable(path: AccessPath, argument: str) -> str:
    """Returns the name of an argument's variable: the root's own have names like `limit` too."""
    return f"{path.name}_{argument}"


def _held(resource: Resource, key: KeyValues, branch: Value | None) -> Item | Page | None:
    """Returns what the relation leads to.

    Raises:
        ResourceNotFound: There is no item that it could start from.
    """
    if not isinstance(branch, Branch):
        raise TypeError("what a relation's call reads is a branch")
    parent = branch.parent
    if parent is None or is_other(resource, parent, key) or is_deleted(resource, parent):
        raise missing(resource)
    return branch.value


def _location(target: Resource, item: Item, request: RestRequest) -> Mapping[str, str]:
    """Returns the header that says where the related item itself stands."""
    key = target.key.of(item.values) if target.key else None
    path = target.key.to_path(key) if target.key and key else None
    if path is None or target.get is None:
        return {}
    return {"Content-Location": f"{request.base_path}/{target.path}/{path}"}
