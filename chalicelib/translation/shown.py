"""Shows values as the schema has them: no aliases, and AWSJSON as rest.toml asks for it.

Source: AppSync takes and gives AWSJSON as a string that holds JSON.
"""

import json
from functools import lru_cache
from typing import Any

from chalicelib.contract.types import AWS_JSON, TypeRef, Types, type_ref


def is_changed(types: Types, ref: TypeRef) -> bool:
    """Whether a value of the type may be shown in another form than account B gives it."""
    return _differs(types, ref.name, ())


def shown_value(types: Types, ref: TypeRef, value: Any) -> Any:
    """Returns a value of account B's as REST shows it.

    Args:
        types: Where the types are, and whether AWSJSON is shown as values.
        ref: The value's type.
        value: As AppSync gave it.
    """
    if value is None or not _differs(types, ref.name, ()):
        return value
    if ref.item is not None:
        item = ref.item
        return (
            [shown_value(types, item, each) for each in value] if isinstance(value, list) else value
        )
    if ref.name == AWS_JSON:
        return _parsed(value)
    if not isinstance(value, dict):
        return value
    fields = types.objects.get(value.get("__typename", ref.name)) or types.objects.get(ref.name, {})
    named = ((types.aliased.get(name, name), held) for name, held in value.items())
    return {
        name: shown_value(types, type_ref(fields[name]), held) if name in fields else held
        for name, held in named
    }


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text  # nothing of AppSync's, and not to be lost


@lru_cache(maxsize=1024)
def _differs(types: Types, name: str, within: tuple[str, ...]) -> bool:
    """Whether a value of the type may hold aliases, or AWSJSON that is shown as a value."""
    if name == AWS_JSON:
        return types.json_values
    if name in types.abstract and types.aliases:
        return True
    if name in within:
        return False
    below = (*within, name)
    named = (*types.abstract.get(name, ()), *map(_name, types.objects.get(name, {}).values()))
    return any(_differs(types, each, below) for each in named)


def _name(text: str) -> str:
    return type_ref(text).name
