"""The parameters `fields` and `expand`: what of an item or of a result is shown.

Tools want the names in a list, which has an end where dots do not: it holds those with one dot.
"""

from collections.abc import Iterator
from typing import Any

from bridge.compiler.openapi.components import Components
from bridge.compiler.openapi.names import told_apart
from chalicelib.contract.model import Resource
from chalicelib.contract.types import Types, type_ref
from chalicelib.translation.choosing import MAX_EMBEDDED, MAX_RESOLVERS

_FURTHER = " More dots reach further."


def item_parameters(components: Components, resource: Resource) -> list[dict[str, Any]]:
    """Returns the parameters that say what of each item is shown."""
    names = [*resource.members, *resource.relations]
    for name, text in resource.members.items():
        names += (f"{name}.{each}" for each in fields_of(resource.types, text))
    for name, relation in resource.relations.items():
        names += (f"{name}.{each}" for each in resource.target(relation).members)
    further = _FURTHER if any("." in each for each in names) else ""
    fields = _listed(
        "fields",
        f"The members that a representation shall hold; it lacks the others.{further}",
        components.own(f"{resource.name}Field", lambda: _enum(names)),
    )
    return [fields, *_expand(components, resource)]


def result_parameters(
    components: Components, text: str, wanted: str, endpoint: str
) -> Iterator[dict[str, Any]]:
    """Gives the parameter that says what of an endpoint's result is shown, if anything can.

    Args:
        components: Take the schema of the names.
        text: The result's type, as GraphQL writes it.
        wanted: The name of that schema, unless a type has it.
        endpoint: The endpoint's name.
    """
    types = components.contract.types
    fields = fields_of(types, text)
    names = [*fields]
    for name, of in fields.items():
        names += (f"{name}.{each}" for each in fields_of(types, of))
    if names:
        yield _listed(
            "fields",
            f"What of the result shall be there.{_FURTHER}",
            components.own(wanted, lambda: _enum(names), endpoint),
        )


def fields_of(types: Types, text: str) -> dict[str, str]:
    """Returns the fields of a value, or of all types that it may have, with their types."""
    name = type_ref(text).name
    found: dict[str, str] = {}
    for each in (name, *types.abstract.get(name, ())):
        found |= types.objects.get(each, {})
    return found


def _expand(components: Components, resource: Resource) -> Iterator[dict[str, Any]]:
    names = []
    for name, relation in resource.relations.items():
        names += [name, *(f"{name}.{each}" for each in resource.target(relation).relations)]
    if names:
        yield _listed(
            "expand",
            "The related items to embed, of a to-many relation the first ones. Then there"
            f" is no ETag. What may embed over {MAX_EMBEDDED:,} items, or take over"
            f" {MAX_RESOLVERS:,} resolvers, is refused with the numbers.",
            components.own(f"{resource.name}Relation", lambda: _enum(names)),
        )


def _listed(name: str, description: str, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "minItems": 1, "items": item},
    }


def _enum(names: list[str]) -> dict[str, Any]:
    return {"type": "string", "enum": told_apart(names)}
