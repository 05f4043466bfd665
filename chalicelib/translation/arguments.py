"""Reads an endpoint's arguments, of a body or of query parameters: every violation at once."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from chalicelib.contract.key import INTEGERS
from chalicelib.contract.model import Endpoint
from chalicelib.contract.types import TypeRef, Types, pointer_token, type_ref
from chalicelib.errors import InvalidRequest, Violation

_INT = r"-?\d{1,20}"
_FLOAT = r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?"


def body_arguments(
    types: Types, endpoint: Endpoint, body: Mapping[str, Any], violations: list[Violation]
) -> dict[str, Any]:
    """Returns the arguments that a JSON object holds; what is left out has the schema's default.

    Args:
        types: Where the arguments' types are.
        endpoint: Whose arguments.
        body: The object.
        violations: Takes what is wrong.
    """
    arguments: dict[str, Any] = types.members_check(endpoint.arguments)(body, "", violations)
    return arguments


@lru_cache(maxsize=512)
def takes_get(types: Types, endpoint: Endpoint) -> bool:
    """Whether GET can call it: a query whose arguments all fit into query parameters."""
    refs = [type_ref(text) for text in endpoint.arguments.values()]
    return (
        not endpoint.mutation
        and "fields" not in endpoint.arguments
        and all(each.name not in types.inputs for each in refs)
        and all(each.item is None or each.item.item is None for each in refs)
    )


def query_arguments(
    types: Types,
    endpoint: Endpoint,
    query: Mapping[str, Sequence[str]],
    violations: list[Violation],
) -> dict[str, Any]:
    """Returns the arguments that query parameters hold.

    Args:
        types: Where the arguments' types are.
        endpoint: Whose arguments.
        query: The values of each parameter; those of a list may also be separated by commas.
        violations: Takes what is wrong.
    """
    arguments: dict[str, Any] = {}
    for name, texts in query.items():
        if name not in endpoint.arguments:
            violations.append(Violation("parameter", name, "is unknown"))
            continue
        ref = type_ref(endpoint.arguments[name])
        if ref.item is None and len(texts) > 1:
            violations.append(Violation("parameter", name, "is given more than once"))
            continue
        found: list[Violation] = []
        check = types.check(endpoint.arguments[name])
        arguments[name] = check(_value(ref, texts), "", found)
        violations.extend(Violation("parameter", name, each.detail) for each in found)
    violations.extend(
        Violation("parameter", name, "is missing")
        for name, text in endpoint.arguments.items()
        if name not in query and type_ref(text).required
    )
    return arguments


def refused_argument(types: Types, endpoint: Endpoint, name: str) -> InvalidRequest | None:
    """Returns what is wrong with an argument whose value only AppSync knows to be no value.

    None where that is no fault of the client's: AppSync's own scalars are checked here just as
    there, but for those of its Java libraries.
    """
    text = endpoint.arguments.get(name)
    kind = type_ref(text).name if text else ""
    if kind in types.inputs or not kind.startswith("AWS"):
        return None
    detail = f"is no {kind} that AppSync takes"
    return InvalidRequest([Violation("pointer", f"/{pointer_token(name)}", detail)])


def _value(ref: TypeRef, texts: Sequence[str]) -> Any:
    if ref.item is None:
        return _typed(ref.name, texts[0])
    return [_typed(ref.name, part) for text in texts for part in text.split(",")]


def _typed(kind: str, text: str) -> Any:
    """Returns the value that the text is meant to be; the text itself where it is none."""
    if kind in INTEGERS and re.fullmatch(_INT, text, re.ASCII):
        return int(text)
    if kind == "Float" and re.fullmatch(_FLOAT, text, re.ASCII):
        return float(text)
    if kind == "Boolean" and text in {"true", "false"}:
        return text == "true"
    return text
