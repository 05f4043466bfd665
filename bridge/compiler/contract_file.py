"""Writes a contract as contract.json, as chalicelib/contract/model.py reads it.

It is read at every start, so it is compact: what has its default's value is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from chalicelib.contract.key import Key
from chalicelib.contract.model import Contract


def contract_text(contract: Contract) -> str:
    """Returns contract.json for `contract`: the same bytes on each Python."""
    return json.dumps(_written(contract), separators=(",", ":"), ensure_ascii=False) + "\n"


def _written(value: Any) -> Any:
    """Returns the JSON of a value: a dataclass is an object of its attributes."""
    if isinstance(value, Key):
        return dict(value.fields)
    if is_dataclass(value):
        written = [each for each in fields(value) if each.init and not each.metadata]
        named = ((each, getattr(value, each.name)) for each in written)
        return {
            each.name: _by_order(each.name, held) for each, held in named if held != _default(each)
        }
    if isinstance(value, Mapping):
        return {name: _written(held) for name, held in value.items()}
    if isinstance(value, tuple | list):
        return [_written(each) for each in value]
    return value


def _by_order(name: str, held: Any) -> Any:
    # What knows its own name stands in a list, as in the schema.
    return _written(list(held.values()) if name in {"endpoints", "relations"} else held)


def _default(declared: "Field[Any]") -> Any:
    if declared.default_factory is not MISSING:
        return declared.default_factory()
    return declared.default
