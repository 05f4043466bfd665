"""Reads request bodies: strict JSON, then every violation of the contract at once.

Source: RFC 8259 (JSON), RFC 6901 (pointers), RFC 7396 (merge patch).
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from chalicelib.contract.model import Field, Presence, Resource
from chalicelib.errors import InvalidRequest, Violation
from chalicelib.graphql.documents import ID
from chalicelib.rest.messages import RestRequest
from chalicelib.translation.values import Check, check_id, field_check, refuse_constant

ROOT = ""


class DuplicateName(ValueError):
    """An object holds a name twice."""


def body_object(request: RestRequest) -> Mapping[str, Any]:
    """Returns the JSON object in the request's body.

    Raises:
        InvalidRequest: It is empty, no UTF-8, no JSON, no object, or holds a name twice.
    """
    return request.parsed if request.parsed is not None else parse_object(request.body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Returns the JSON object that `body` holds.

    Raises:
        InvalidRequest: It is empty, no UTF-8, no JSON, no object, or holds a name twice.
    """
    if not body.strip():
        raise _invalid("is empty")
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=unique_object, parse_constant=refuse_constant
        )
    except UnicodeDecodeError as error:
        raise _invalid("is not UTF-8") from error
    except DuplicateName as error:
        raise _invalid(str(error)) from error
    except RecursionError as error:
        raise _invalid("is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise _invalid(f"is not JSON: line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise _invalid("holds a number that is not JSON's, or is too long") from error
    if not isinstance(value, dict):
        raise _invalid("is not a JSON object")
    return value


def create_input(resource: Resource, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the create input for a POST's body.

    Raises:
        InvalidRequest: Every violation.
    """
    return _read(resource, values, creatable(resource), required_by_post(resource))


def patch_input(resource: Resource, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the update input, less its id, for a merge patch.

    Raises:
        InvalidRequest: Every violation.
    """
    return _read(resource, values, updatable(resource), required_by_patch(resource))


def put_input(resource: Resource, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the update input, less its id, for a whole representation.

    What the body leaves out is null, so that nothing of the old representation stays; a field
    that is never null but may be left out (Amplify sets it itself) stays out.

    Raises:
        InvalidRequest: Every violation.
    """
    fields = updatable(resource)
    given = _read(resource, values, fields, required_by_put(resource))
    cleared = {
        name: None for name, field in fields.items() if name not in given and not never_null(field)
    }
    return {**given, **cleared}


@lru_cache(maxsize=128)
def creatable(resource: Resource) -> Mapping[str, Field]:
    """Returns the fields that POST may set."""
    return {
        field.name: field for field in resource.fields if field.in_create is not Presence.ABSENT
    }


@lru_cache(maxsize=128)
def updatable(resource: Resource) -> Mapping[str, Field]:
    """Returns the fields that PUT and PATCH may set: the path names the id, the body does not."""
    return {
        field.name: field
        for field in resource.fields
        if field.in_update is not Presence.ABSENT and field.name != ID
    }


@lru_cache(maxsize=128)
def required_by_post(resource: Resource) -> tuple[str, ...]:
    """Returns the names of the fields that POST must set."""
    fields = creatable(resource).items()
    return tuple(name for name, field in fields if field.in_create is Presence.REQUIRED)


@lru_cache(maxsize=128)
def required_by_patch(resource: Resource) -> tuple[str, ...]:
    """Returns the names of the fields that PATCH must set: the update input requires them."""
    fields = updatable(resource).items()
    return tuple(name for name, field in fields if field.in_update is Presence.REQUIRED)


@lru_cache(maxsize=128)
def required_by_put(resource: Resource) -> tuple[str, ...]:
    """Returns the names of the fields that PUT must set: a whole representation has them."""
    required = {*required_by_post(resource), *required_by_patch(resource)}
    return tuple(name for name in updatable(resource) if name in required)


def put_can_create(resource: Resource) -> bool:
    """Whether PUT can create an item: under the path's id, with all that create requires.

    Nor may create lack a field that update takes: the body's value would be lost.
    """
    taken = {ID, *updatable(resource)}
    return taken.issuperset(required_by_post(resource)) and taken <= creatable(resource).keys()


def never_null(field: Field) -> bool:
    """Whether null is refused: Amplify would write it, and every later read would fail."""
    return field.required or field.in_create is Presence.REQUIRED


def _read(
    resource: Resource,
    values: Mapping[str, Any],
    known: Mapping[str, Field],
    required: tuple[str, ...],
) -> dict[str, Any]:
    violations: list[Violation] = []
    result: dict[str, Any] = {}
    checks = _checks(resource)
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            detail = "is read-only" if name in resource.by_name else "is unknown"
            violations.append(_at(name, detail))
            continue
        if value is None and name != ID:
            result[name] = None
            if never_null(field) or name in required:
                violations.append(_at(name, "is null, which this field never is"))
            continue
        try:
            result[name] = checks[name](value)
        except ValueError as error:
            violations.append(_at(name, str(error)))
    violations.extend(_at(name, "is missing") for name in required if name not in values)
    if violations:
        raise InvalidRequest(violations)
    return result


@lru_cache(maxsize=128)
def _checks(resource: Resource) -> Mapping[str, Check]:
    """Returns the check of each field's value that is not null."""
    fields = resource.fields
    return {each.name: check_id if each.name == ID else field_check(each) for each in fields}


def _at(name: str, detail: str) -> Violation:
    escaped = name.replace("~", "~0").replace("/", "~1")
    return Violation("pointer", f"/{escaped}", detail)


def _invalid(detail: str) -> InvalidRequest:
    return InvalidRequest([Violation("pointer", ROOT, detail)])


def unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns the object that json.loads is reading.

    Raises:
        DuplicateName: It holds a name twice, and which one is meant cannot be told.
    """
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DuplicateName("holds an object with the same name twice")
    return value
