"""An item of a probe's own: made under a name that nobody has, deleted again, and no other."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bridge.doctor.look import Look
from bridge.errors import KnownError
from bridge.samples import sample
from chalicelib.contract.model import Guarantees, Resource, Write
from chalicelib.contract.types import type_ref
from chalicelib.errors import GatewayError
from chalicelib.graphql.documents import Root, single
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.graphql.selections import item_selection

_TEXTS = ("ID", "String")


class NoItemError(KnownError):
    """There is no item of the probe's own; the message says what is needed for one."""


@dataclass(frozen=True)
class OwnItem:
    """An item that a probe made.

    Attributes:
        resource: What it is one of.
        values: Its key, and its version where it has one.
    """

    resource: Resource
    values: Mapping[str, Any]

    @property
    def key(self) -> dict[str, Any]:
        """Returns its key."""
        names = self.resource.key.names if self.resource.key else ()
        return {name: self.values[name] for name in names}


def suitable(look: Look, *, versioned: bool = False) -> Resource:
    """Returns a resource of which an item can be made and deleted safely.

    Args:
        look: Whose contract it is of.
        versioned: Whether it must be under conflict resolution.

    Raises:
        NoItemError: There is none.
    """
    for resource in look.contract.resources:
        sends = resource.version is not None and resource.version.sent_as is not None
        if _can_be_made(resource) and (sends or not versioned):
            return resource
    kind = " under conflict resolution (`_version`)" if versioned else ""
    raise NoItemError(
        f"it needs a resource{kind} that can be read, created and deleted, whose create is"
        " Amplify's own and takes a key of texts"
    )


def _can_be_made(resource: Resource) -> bool:
    key, create = resource.key, resource.create
    if key is None or create is None or resource.get is None or resource.delete is None:
        return False
    # Only Amplify's own create is known to refuse a key that is taken.
    texts = all(type_ref(resource.members[name]).name in _TEXTS for name in key.names)
    known = resource.guarantees is Guarantees.AMPLIFY
    return texts and known and set(key.names) <= set(create.takes)


def creation(resource: Resource, ending: str = "") -> dict[str, Any]:
    """Returns the input of a create, under a name that nobody has."""
    create = resource.create
    names = resource.key.names if resource.key else ()
    if create is None:
        raise LookupError(resource.name)
    text = f"doctor-{uuid.uuid4().hex}"
    given = {
        name: sample(resource.types, type_ref(create.takes[name]), text) for name in create.requires
    }
    return {**given, **dict.fromkeys(names, f"{text}{ending}")}


@contextmanager
def own_item(look: Look, resource: Resource) -> Iterator[OwnItem]:
    """Gives an item that was made just now, and deletes it.

    Raises:
        NoItemError: It could not be made.
    """
    made = execute(look, resource, resource.create, creation(resource))
    if isinstance(made, str):
        raise NoItemError(f"an item could not be made: {made}")
    item = OwnItem(resource, made)
    try:
        yield item
    finally:
        _delete(look, item)


def execute(
    look: Look,
    resource: Resource,
    write: Write | None,
    given: Mapping[str, Any],
    condition: Mapping[str, Any] | None = None,
) -> Mapping[str, Any] | str:
    """Returns the item that a write answers with, or what the API says in its place."""
    if write is None:
        return f"{resource.name} has no such operation"
    variables: dict[str, Any] = {"input": dict(given)}
    if condition is not None:
        variables["condition"] = dict(condition)
    root = Root(write, tuple(variables), item_selection(resource))
    return _one(look, GraphQLRequest(single(root), variables), write.name)


def read(look: Look, item: OwnItem) -> Mapping[str, Any] | str:
    """Returns the item as it is, or what the API says in its place."""
    get = item.resource.get
    if get is None or item.resource.key is None:
        raise LookupError(item.resource.name)
    given = item.resource.key.arguments(tuple(item.key.values()))
    root = Root(get, tuple(given), item_selection(item.resource))
    return _one(look, GraphQLRequest(single(root), given), get.name)


def versioned(item: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """Returns the version as update and delete take it; nothing where they take none."""
    version = resource.version
    if version is None or version.sent_as is None:
        return {}
    return {version.sent_as: item[version.field]}


def _delete(look: Look, item: OwnItem) -> None:
    now = read(look, item)
    if isinstance(now, str):
        return
    given = {**item.key, **versioned(now, item.resource)}
    execute(look, item.resource, item.resource.delete, given)


def _one(look: Look, request: GraphQLRequest, name: str) -> Mapping[str, Any] | str:
    reply = look.execute(request)
    if isinstance(reply, GatewayError):
        return str(reply)
    return _item_of(reply, name)


def _item_of(reply: GraphQLResponse, name: str) -> Mapping[str, Any] | str:
    for fault in reply.errors:
        path = ".".join(map(str, fault.path))
        return f"{fault.error_type or 'error'} at {path or 'the root'}: {fault.message}"
    found = (reply.data or {}).get(name)
    return found if isinstance(found, Mapping) else "null"
