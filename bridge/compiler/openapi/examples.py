"""Examples of bodies and values: each is one that the API takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.compiler.openapi.scalars import EXAMPLES
from chalicelib.contract.model import Contract, Resource, Write
from chalicelib.contract.types import type_ref

# Enough to show how a nested value looks; a type that holds itself has no end.
_DEPTH = 3


class Examples:
    """Makes the examples of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._types = contract.types
        self._json_values = contract.types.json_values

    def new(self, resource: Resource, write: Write) -> dict[str, Any]:
        """Returns a body of POST, without a key that the gateway chooses."""
        chosen = resource.key.chosen_name if resource.key else None
        return self._body(write.takes, (name for name in write.takes if name != chosen))

    def replacement(self, resource: Resource, write: Write) -> dict[str, Any]:
        """Returns a body of PUT."""
        keys = resource.key.names if resource.key else ()
        return self._body(write.takes, (name for name in write.takes if name not in keys))

    def patch(self, resource: Resource, write: Write) -> dict[str, Any]:
        """Returns a body of PATCH: what it must hold, or else one member."""
        keys = resource.key.names if resource.key else ()
        free = [name for name in write.takes if name not in keys]
        together = {name for group in resource.together for name in group}
        plain = [
            name
            for name in free
            if name not in together and type_ref(write.takes[name]).name not in self._types.inputs
        ]
        required = [name for name in write.requires if name not in keys]
        return self._body(write.takes, required or (plain or free)[:1])

    def value(self, text: str, depth: int = 0) -> Any:
        """Returns a value of the type that GraphQL writes so."""
        ref = type_ref(text)
        if ref.item is not None:
            return [self.value(str(ref.item), depth)]
        if ref.name in self._types.enums:
            return self._types.enums[ref.name][0]
        if ref.name in self._types.inputs:
            return {
                name: self.value(held, depth + 1)
                for name, held in self._types.inputs[ref.name].items()
                if depth < _DEPTH or type_ref(held).required
            }
        if ref.name == "AWSJSON" and self._json_values:
            return {"a": 1}
        return EXAMPLES[ref.name]

    def _body(self, takes: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
        return {name: self.value(takes[name]) for name in names}
