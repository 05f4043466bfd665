"""A resource's schemas: its representation, what creates and changes it, a page of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.compiler.openapi.components import Components, closed_object
from bridge.compiler.openapi.scalars import SCALARS, Schema, key_schema, nullable
from chalicelib.contract.model import AccessPath, Relation, Resource, Write
from chalicelib.contract.types import type_ref
from chalicelib.translation.body import never_null, required_by_put
from chalicelib.translation.representations import problems_name


@dataclass(frozen=True)
class ResourceSchemas:
    """Makes the component schemas of one resource, each with a reference to it."""

    components: Components
    resource: Resource

    def representation(self) -> Schema:
        """Returns what every response holds of an item."""
        return self.components.of_type(self.resource.name, self._representation)

    def page(self) -> Schema:
        """Returns a page of a list."""
        return self.components.own(f"{self.resource.name}Page", self._page)

    def new(self, write: Write) -> Schema:
        """Returns what POST takes; a null is as if left out."""

        def make() -> Schema:
            properties = {
                name: self._taken(name, text, null=name not in write.requires)
                for name, text in write.takes.items()
            }
            return _described(
                closed_object(properties, list(write.requires)),
                (
                    f"{_listed(path.sort)} make one index key: given together or not at all."
                    for path in self._joined(write)
                ),
            )

        return self.components.own(f"{self.resource.name}New", make)

    def replacement(self, write: Write) -> Schema:
        """Returns what PUT takes: also what GET gave, whose read-only members are passed over."""

        def make() -> Schema:
            required = required_by_put(self.resource)
            properties = {
                **self._changed(write, required, merged=False),
                **{
                    name: {**self._shown(name), "readOnly": True}
                    for name in self.resource.members
                    if name not in write.takes
                },
            }
            return _described(closed_object(properties, list(required)), self._kept_whole(write))

        return self.components.own(f"{self.resource.name}Replacement", make)

    def patch(self, write: Write) -> Schema:
        """Returns what PATCH takes: a merge patch, nested objects merged too."""

        def make() -> Schema:
            required = [name for name in write.requires if name not in self._keys]
            properties = self._changed(write, required, merged=True)
            return _described(closed_object(properties, required), self._kept_whole(write))

        return self.components.own(f"{self.resource.name}Patch", make)

    def _joined(self, write: Write) -> Iterator[AccessPath]:
        """Gives the indexes with two sort fields that a write takes; they are one key.

        JSON Schema could say it by cases alone, of which generators make types that nobody reads.
        """
        for path in self.resource.indexes:
            if len(path.sort) > 1 and not write.takes.keys().isdisjoint(path.sort):
                yield path

    def _kept_whole(self, write: Write) -> Iterator[str]:
        """Gives what holds for a change of each such key."""
        for path in self._joined(write):
            condition = f"while `{path.partition}` is set, " if path.partition else ""
            yield f"{_listed(path.sort)} make one index key: {condition}none of them becomes null."

    @property
    def _keys(self) -> Sequence[str]:
        return self.resource.key.names if self.resource.key else ()

    def _representation(self) -> Schema:
        return {
            "type": "object",
            "required": list(self.resource.members),
            "properties": {
                **{name: self._shown(name) for name in self.resource.members},
                **{
                    name: self._embedded(relation)
                    for name, relation in self.resource.relations.items()
                },
                problems_name(self.resource): {
                    "type": "array",
                    "description": "The members that are null, or left out where null is no value,"
                    " because they could not be read.",
                    "items": self.components.own("UnreadMember", lambda: UNREAD_MEMBER),
                },
            },
        }

    def _embedded(self, relation: Relation) -> Schema:
        """Returns what stands under a relation's name where it is expanded, and only there."""
        target = ResourceSchemas(self.components, self.resource.target(relation))
        item = nullable(target.representation())
        if not relation.many:
            return item
        properties = {
            "items": {"type": "array", "items": item},
            "nextCursor": {
                "type": "string",
                "description": "The `cursor` by which the relation's own path goes on.",
            },
        }
        page: Schema = {"type": "object", "required": ["items"], "properties": properties}
        return nullable(self.components.own(f"{relation.target}Embedded", lambda: page))

    def _shown(self, name: str) -> Schema:
        schema = self.components.shown(self.resource.members[name])
        if f"{self.resource.name}.{name}" in self.components.contract.deprecated:
            return {**schema, "deprecated": True}
        return schema

    def _page(self) -> Schema:
        return {
            "type": "object",
            "required": ["items"],
            "properties": {
                "items": {"type": "array", "items": self.representation()},
                "nextCursor": {
                    "type": "string",
                    "description": "The `cursor` of the next page; absent on the last one.",
                },
                "problems": {
                    "type": "array",
                    "description": "The items that had to be left out.",
                    "items": self.components.own("UnreadItem", lambda: UNREAD_ITEM),
                },
            },
        }

    def _changed(
        self, write: Write, required: Sequence[str], *, merged: bool
    ) -> Mapping[str, Schema]:
        """Returns the members of a change; those of the key may repeat the path's."""
        return {
            name: self._taken(
                name,
                text,
                null=not (
                    name in self._keys
                    or name in required
                    or name in write.requires
                    or never_null(self.resource, name)
                ),
                merged=merged,
            )
            for name, text in write.takes.items()
        }

    def _taken(self, name: str, text: str, *, null: bool, merged: bool = False) -> Schema:
        ref = type_ref(text)
        if self.resource.key is not None and name in self.resource.key.fields:
            schema = key_schema(self.resource.key, name)
        elif merged:
            schema = self.components.patched(text)
        else:
            schema = self.components.taken(str(ref).removesuffix("!") + "!")
        if schema == SCALARS["String"] and name in self.resource.never_empty:
            schema = {**schema, "minLength": 1}
        return nullable(schema) if null else schema


def _described(schema: Schema, sentences: Iterable[str]) -> Schema:
    description = " ".join(sentences)
    return {**schema, "description": description} if description else schema


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


UNREAD_MEMBER: Schema = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "A JSON pointer into this item."},
        "detail": {"type": "string"},
    },
}
UNREAD_ITEM: Schema = {
    "type": "object",
    "required": ["position", "detail"],
    "properties": {
        "position": {
            "type": "integer",
            "minimum": 0,
            "description": "How many items of this page stand before it, left out or not.",
        },
        "field": {"type": "string", "description": "The field that could not be read."},
        "detail": {"type": "string"},
    },
}
