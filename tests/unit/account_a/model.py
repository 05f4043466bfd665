"""What the gateway should answer and account B should hold: a dict of items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

FIELDS = ("name", "description", "done", "priority", "dueAt")


@dataclass(frozen=True)
class Item:
    """What the model knows of an item.

    Attributes:
        values: By field names, null where nothing was given.
        modified: It was written after its creation.
        tag: Its ETag; None until a response told it.
    """

    values: Mapping[str, Any]
    modified: bool = False
    tag: str | None = None


@dataclass(frozen=True)
class Asked:
    """One request, before its preconditions are made of the tags of the day.

    Attributes:
        method: GET, POST, PUT, PATCH or DELETE.
        item_id: Whose; None for a POST whose id the gateway chooses.
        fields: The body.
        if_match: Which tags If-Match names; None for no such header.
        if_none_match: The same.
        key: The Idempotency-Key of a POST.
        caller: Whose key it is.
    """

    method: str
    item_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    if_match: str | None = None
    if_none_match: str | None = None
    key: str | None = None
    caller: str = "a"


@dataclass(frozen=True)
class Expected:
    """What the model answers: the status, the item's values where there is a body of one."""

    status: int
    item_id: str | None = None
    values: Mapping[str, Any] | None = None


class Model:
    """What account B should hold, and what the gateway should answer."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.keys: dict[tuple[str, str], str] = {}

    def answer(self, asked: Asked, headers: Mapping[str, str]) -> Expected:
        """Returns what is to be answered, after doing it."""
        if asked.fields.get("name", "") is None or (
            asked.method in {"POST", "PUT"} and "name" not in asked.fields
        ):
            return Expected(400)
        if asked.method == "POST":
            return self._post(asked)
        verbs = {
            "GET": self._get,
            "PATCH": self._patch,
            "PUT": self._put,
            "DELETE": self._delete,
        }
        return verbs[asked.method](asked, headers)

    def _post(self, asked: Asked) -> Expected:
        values = whole(asked.fields)
        if asked.key is not None:
            known = self.keys.get((asked.caller, asked.key))
            item = self.items.get(known) if known else None
            if item is None:
                return Expected(201, known, values)
            # What the body leaves out may have been filled in by account B.
            asked_for = {name: values[name] for name in asked.fields if values[name] is not None}
            held = {name: item.values[name] for name in asked_for}
            if not item.modified and not same(held, asked_for):
                return Expected(422)
            return Expected(200, known, item.values)
        if asked.item_id in self.items:
            return Expected(409)
        return Expected(201, asked.item_id, values)

    def _get(self, asked: Asked, headers: Mapping[str, str]) -> Expected:
        item = self.items.get(asked.item_id or "")
        if item is None:
            return Expected(404)
        if not matches(item, headers.get("if-match"), weakly=False):
            return Expected(412)
        if "if-none-match" in headers and matches(item, headers["if-none-match"], weakly=True):
            return Expected(304)
        return Expected(200, asked.item_id, item.values)

    def _patch(self, asked: Asked, headers: Mapping[str, str]) -> Expected:
        item = self.items.get(asked.item_id or "")
        if item is None:
            return Expected(404)
        if not matches(item, headers.get("if-match"), weakly=False):
            return Expected(412)
        return self._change(asked, {**item.values, **asked.fields}, 200)

    def _put(self, asked: Asked, headers: Mapping[str, str]) -> Expected:
        item = self.items.get(asked.item_id or "")
        if item is None:
            return (
                Expected(412)
                if "if-match" in headers
                else Expected(201, asked.item_id, whole(asked.fields))
            )
        only_new = "if-none-match" in headers
        if only_new or not matches(item, headers.get("if-match"), weakly=False):
            return Expected(412)
        return self._change(asked, whole(asked.fields), 200)

    def _delete(self, asked: Asked, headers: Mapping[str, str]) -> Expected:
        item = self.items.get(asked.item_id or "")
        if item is None:
            return Expected(404)
        if not matches(item, headers.get("if-match"), weakly=False):
            return Expected(412)
        del self.items[asked.item_id or ""]
        return Expected(204)

    def _change(self, asked: Asked, values: Mapping[str, Any], status: int) -> Expected:
        # The new tag is not known yet, so it equals none that a request of now can name.
        self.items[asked.item_id or ""] = Item(values, modified=True)
        return Expected(status, asked.item_id, values)

    def learn(self, asked: Asked, item_id: str, values: Mapping[str, Any]) -> None:
        """Takes note of an item that was created."""
        self.items[item_id] = Item(values)
        if asked.key is not None:
            self.keys[asked.caller, asked.key] = item_id


def whole(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns all fields, null where none is given."""
    return {name: fields.get(name) for name in FIELDS}


def same(held: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether two representations mean the same: instants are compared as instants."""

    def meaning(values: Mapping[str, Any]) -> dict[str, Any]:
        due = values.get("dueAt")
        return {**values, "dueAt": due and datetime.fromisoformat(due)}

    return meaning(held) == meaning(asked)


def matches(item: Item, header: str | None, *, weakly: bool) -> bool:
    """Whether an item passes a list of tags; no list is passed by all."""
    if header is None or header == "*":
        return True
    tags = [tag.strip() for tag in header.split(",")]
    return item.tag in tags or (weakly and f"W/{item.tag}" in tags)
