"""The component schemas: each named type once, made when it is first referred to."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bridge.compiler.openapi.names import Names
from bridge.compiler.openapi.scalars import SCALARS, Schema, nullable
from chalicelib.contract.model import Contract
from chalicelib.contract.operands import operand_type
from chalicelib.contract.types import type_ref
from chalicelib.graphql.selections import holds_items, is_page

_BOUNDS = frozenset({"minimum", "maximum", "minLength"})
_ANY_JSON: Schema = {"description": "Any JSON value."}


class Components:
    """Gathers the document's component schemas.

    Attributes:
        contract: Whose types they describe.
        schemas: What has been referred to, by names that no tool confuses.
        names: Those names.
    """

    def __init__(self, contract: Contract) -> None:
        types = contract.types
        self.contract = contract
        self.schemas: dict[str, Schema] = {}
        self._types = types
        resources = (resource.name for resource in contract.resources)
        named = dict.fromkeys((*resources, *types.objects, *types.abstract, *types.inputs))
        self.names = Names((*named, *types.enums))
        self._own: dict[Any, str] = {}

    def own(self, wanted: str, make: Callable[[], Schema], key: Any = None) -> Schema:
        """Returns the reference to a schema that the schema's owner did not name.

        Args:
            wanted: Its name, unless a type has it.
            make: Makes it, once.
            key: What tells it from others that want the same name; None where there are none.
        """
        identity = (wanted, key)
        if identity not in self._own:
            self._own[identity] = self.names.new(wanted)
            self._add(self._own[identity], make)
        return _reference(self._own[identity])

    def of_type(self, name: str, make: Callable[[], Schema]) -> Schema:
        """Returns the reference to the schema that stands under a type's own name."""
        component = self.names.of_type(name)
        if component not in self.schemas:
            self._add(component, make)
        return _reference(component)

    def _add(self, component: str, make: Callable[[], Schema]) -> None:
        self.schemas[component] = {}  # a type that holds itself refers to it
        self.schemas[component] = make()

    def shown(self, text: str) -> Schema:
        """Returns the schema of what a response holds, of the type that GraphQL writes so."""
        ref = type_ref(text)
        if ref.item is not None:
            bare: Schema = {"type": "array", "items": self.shown(str(ref.item))}
        elif ref.name in self._types.abstract:
            bare = self.of_type(ref.name, lambda: self._abstract(ref.name))
        elif ref.name in self._types.objects:
            bare = self.of_type(ref.name, lambda: self._object(ref.name))
        else:
            # What is read needs no bounds: generators would check them, and readers see them.
            leaf = self.leaf(ref.name)
            bare = {name: each for name, each in leaf.items() if name not in _BOUNDS}
        return bare if ref.non_null else nullable(bare)

    def taken(self, text: str) -> Schema:
        """Returns the schema of what a request's body may hold at a place of this type."""
        ref = type_ref(text)
        if ref.item is not None:
            bare: Schema = {"type": "array", "items": self.taken(str(ref.item))}
        elif ref.name in self._types.inputs:
            bare = self.of_type(ref.name, lambda: self._input(ref.name))
        else:
            bare = self.leaf(ref.name)
        return bare if ref.non_null else nullable(bare)

    def patched(self, text: str) -> Schema:
        """Returns the schema of what a merge patch may hold at a place of this type, less null.

        An object is merged at any depth; a list is replaced, so its items are whole.
        """
        ref = type_ref(text)
        if ref.item is None and ref.name in self._types.inputs:
            return self.own(f"{ref.name}Patch", lambda: self._patch(ref.name))
        return self.taken(_never_null(text))

    def leaf(self, name: str) -> Schema:
        """Returns the schema of a scalar or an enum, less null."""
        if name in self._types.enums:
            return self.of_type(name, lambda: _one_of(self._types.enums[name]))
        if name == "AWSJSON" and self.contract.types.json_values:
            return _ANY_JSON
        return SCALARS.get(name, _ANY_JSON)

    def _object(self, name: str) -> Schema:
        types = self._types
        kinds = {each: type_ref(text).name for each, text in types.objects[name].items()}
        members = {
            member: text
            for member, text in types.objects[name].items()
            if kinds[member] != name
            and (kinds[member] not in types.linked or holds_items(types, name, kinds[member]))
        }
        return {
            "type": "object",
            # A selection set ends at a type that it is within, and only an endpoint's result holds
            # items of resources, so such members may be missing.
            "required": [
                member
                for member in members
                if (kinds[member] not in types.linked or is_page(types, name))
                and not self._leads_to(kinds[member], name, set())
            ],
            "properties": {member: self.shown(text) for member, text in members.items()},
        }

    def _abstract(self, name: str) -> Schema:
        possible = list(self._types.abstract[name])
        # A selection set takes no type that it is within: such a value tells its type alone.
        repeated = [each for each in possible if self._leads_to(each, name, set())]
        told = [closed_object({"__typename": _one_of(repeated)}, ["__typename"])]
        return {
            "type": "object",
            "required": ["__typename"],
            "properties": {"__typename": _one_of(possible)},
            "anyOf": [*(self.shown(f"{each}!") for each in possible), *(told if repeated else [])],
        }

    def _leads_to(self, start: str, goal: str, seen: set[str]) -> bool:
        if start == goal:
            return True
        if start in seen:
            return False
        seen.add(start)
        below = (type_ref(text).name for text in self._types.objects.get(start, {}).values())
        nexts = (*below, *self._types.abstract.get(start, ()))
        return any(self._leads_to(each, goal, seen) for each in nexts)

    def _input(self, name: str) -> Schema:
        members = self._types.inputs[name]
        return closed_object(
            {
                member: self.taken(operand_type(name, member, text))
                for member, text in members.items()
            },
            [member for member, text in members.items() if type_ref(text).required],
        )

    def _patch(self, name: str) -> Schema:
        properties = {}
        for member, text in self._types.inputs[name].items():
            value = self.patched(text)
            properties[member] = value if type_ref(text).required else nullable(value)
        return closed_object(properties, [])


def closed_object(properties: Mapping[str, Schema], required: list[str]) -> Schema:
    """Returns the schema of an object that holds nothing else."""
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": dict(properties),
    }


def _one_of(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def _never_null(text: str) -> str:
    return str(type_ref(text)).removesuffix("!") + "!"


def _reference(component: str) -> Schema:
    return {"$ref": f"#/components/schemas/{component}"}
