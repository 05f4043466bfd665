"""Reads request bodies: strict JSON, then every violation of the contract at once.

Source: RFC 6901 (pointers), RFC 7396 (merge patch).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

from chalicelib.contract.key import KeyValues
from chalicelib.contract.model import Resource, Write
from chalicelib.contract.types import AWS_JSON, Check, pointer_token, scalar_check, type_ref
from chalicelib.errors import InvalidRequest, Violation
from chalicelib.rest.messages import RestRequest
from chalicelib.strict_json import strict_json
from chalicelib.translation.merging import Change
from chalicelib.translation.representations import problems_name

_NULL = "is null, which this field never is"


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
        raise InvalidRequest([Violation("pointer", "", "is empty")])
    try:
        value = strict_json(body)
    except ValueError as error:
        raise InvalidRequest([Violation("pointer", "", str(error))]) from error
    if not isinstance(value, dict):
        raise InvalidRequest([Violation("pointer", "", "is not a JSON object")])
    return value


def create_input(resource: Resource, write: Write, body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the create input for a POST's body.

    A null is as if left out: create would store it, as a value that `exists` finds.

    Raises:
        InvalidRequest: Every violation.
    """
    required = write.requires
    violations: list[Violation] = []
    nulls: list[str] = []
    given = body
    if None in body.values():
        nulls = [name for name, value in body.items() if value is None]
        given = {name: value for name, value in body.items() if value is not None}
    values = _checked(resource, write, given, violations)
    for name in nulls:
        detail = _NULL if name in required else _refusal(resource, write.takes, name)
        violations += [_at(name, detail)] if detail else []
    violations += [_at(name, "is missing") for name in required if name not in body]
    if violations:
        raise InvalidRequest(violations)
    return values


def patch_input(
    resource: Resource, write: Write, body: Mapping[str, Any], key: KeyValues
) -> Change:
    """Returns what a merge patch asks for; a patch of a nested value is to be merged yet.

    Raises:
        InvalidRequest: Every violation.
    """
    violations: list[Violation] = []
    given = _without_key(resource, body, key, violations)
    merges = {
        name: value
        for name, value in given.items()
        if isinstance(value, dict) and name in write.takes and _is_nested(resource, write, name)
    }
    plain = {name: value for name, value in given.items() if name not in merges}
    values = _checked(resource, write, plain, violations)
    _check_nulls(resource, write, plain, violations)
    required = (name for name in write.requires if name not in _key_names(resource))
    violations.extend(_at(name, "is missing") for name in required if name not in given)
    if violations:
        raise InvalidRequest(violations)
    return Change(values, merges)


def put_input(resource: Resource, write: Write, body: Mapping[str, Any], key: KeyValues) -> Change:
    """Returns the update input, less its key, for a whole representation.

    Read-only members are passed over, so a body may be what GET gave. What the body leaves out is
    null, so that nothing shown of the old representation stays; a field that is never null but may
    be left out (Amplify sets it itself) stays out, and so does a write-only one, which no
    representation shows.

    Raises:
        InvalidRequest: Every violation.
    """
    violations: list[Violation] = []
    given = _without_key(resource, body, key, violations)
    for name in list(given):
        if name == problems_name(resource):
            violations.append(_at(name, "says that nulls of this representation are no values"))
            del given[name]
        elif name not in write.takes and name in resource.members:
            del given[name]
    values = _checked(resource, write, given, violations)
    _check_nulls(resource, write, given, violations)
    required = required_by_put(resource)
    violations.extend(_at(name, "is missing") for name in required if name not in body)
    if violations:
        raise InvalidRequest(violations)
    cleared = {name: None for name in clearable(resource, write) if name not in values}
    return Change({**values, **cleared})


@lru_cache(maxsize=128)
def required_by_put(resource: Resource) -> tuple[str, ...]:
    """Returns the members that a PUT must have: a whole representation has them."""
    if resource.update is None:
        return ()
    required = {*resource.update.requires, *(resource.create.requires if resource.create else ())}
    keys = _key_names(resource)
    return tuple(name for name in resource.update.takes if name in required and name not in keys)


@lru_cache(maxsize=256)
def clearable(resource: Resource, write: Write) -> tuple[str, ...]:
    """Returns the members that a PUT sets to null where its body leaves them out."""
    keys = _key_names(resource)
    return tuple(
        name
        for name in write.takes
        if name not in keys and name in resource.members and not never_null(resource, name)
    )


@lru_cache(maxsize=128)
def put_can_create(resource: Resource) -> bool:
    """Whether PUT can create an item: under the path's key, with all that create requires.

    Nor may create lack a field that update takes: the body's value would be lost.
    """
    if resource.key is None or resource.create is None or resource.update is None:
        return False
    taken = {*resource.key.names, *resource.update.takes}
    return taken.issuperset(resource.create.requires) and taken <= resource.create.takes.keys()


def put_creates_only(resource: Resource) -> bool:
    """Whether PUT takes `If-None-Match: *`: its create refuses a key that an item has."""
    return put_can_create(resource) and resource.guarantees.repeatable


def takes_idempotency_key(resource: Resource) -> bool:
    """Whether POST does: create takes the key and refuses one twice, and a read shows the item."""
    if resource.key is None or resource.create is None or resource.get is None:
        return False
    known = resource.create.takes.keys() >= set(resource.key.names)
    return known and resource.guarantees.repeatable


@lru_cache(maxsize=4096)
def never_null(resource: Resource, name: str) -> bool:
    """Whether null is refused: Amplify would write it, and every later read would fail."""
    takes = resource.create.takes if resource.create else {}
    texts = (resource.members.get(name), takes.get(name))
    return any(type_ref(text).non_null for text in texts if text is not None)


def _checked(
    resource: Resource, write: Write, given: Mapping[str, Any], violations: list[Violation]
) -> dict[str, Any]:
    """Returns the values to send; a null stands for itself, whatever the input's type."""
    scalars = _scalars(resource, write)
    try:  # most bodies are right
        return {name: scalars[name](value) for name, value in given.items()}
    except (KeyError, ValueError):
        return _checked_each(resource, write, given, violations)


def _checked_each(
    resource: Resource, write: Write, given: Mapping[str, Any], violations: list[Violation]
) -> dict[str, Any]:
    """Returns what `_checked` does, less what is wrong, of which all is noted."""
    checks = _checks(resource, write)
    result: dict[str, Any] = {}
    for name, value in given.items():
        check = checks.get(name)
        if check is None:
            violations.append(_at(name, _refusal(resource, write.takes, name)))
        elif value is None:
            result[name] = None
        else:  # a name of GraphQL's, which no pointer changes
            result[name] = check(value, f"/{name}", violations)
    return result


@lru_cache(maxsize=128)
def _scalars(resource: Resource, write: Write) -> Mapping[str, Callable[[Any], Any]]:
    """Returns what returns or refuses a value, of each member that takes scalars as they are."""
    scalars = {
        name: resource.types.scalar(text)
        for name, text in write.takes.items()
        if name not in resource.never_empty and type_ref(text).name != AWS_JSON
    }
    for name in _key_names(resource):
        if name in write.takes and resource.key is not None:
            scalars[name] = partial(resource.key.check, name)
    return {name: scalar for name, scalar in scalars.items() if scalar is not None}


@lru_cache(maxsize=128)
def _checks(resource: Resource, write: Write) -> Mapping[str, Check]:
    """Returns the check of each member that the write takes, for values other than null."""
    checks = {name: resource.types.check(text) for name, text in write.takes.items()}
    for name in resource.never_empty & checks.keys():
        checks[name] = _filled_check(checks[name])
    for name in _key_names(resource):
        if name in checks and resource.key is not None:
            checks[name] = scalar_check(partial(resource.key.check, name), non_null=True)
    return checks


def _filled_check(bare: Check) -> Check:
    def check(value: Any, at: str, violations: list[Violation]) -> Any:
        if value != "":
            return bare(value, at, violations)
        detail = "is empty, which a field of an index never is"
        violations.append(Violation("pointer", at, detail))
        return None

    return check


def _without_key(
    resource: Resource, body: Mapping[str, Any], key: KeyValues, violations: list[Violation]
) -> dict[str, Any]:
    """Returns the body less its key members, which may repeat the path's and no more."""
    named = resource.key.arguments(key) if resource.key else {}
    given = dict(body)
    for name, value in named.items():
        if name in given and (given[name] != value or isinstance(given[name], bool)):
            violations.append(_at(name, "is not the one that the path names"))
        given.pop(name, None)
    return given


def _check_nulls(
    resource: Resource, write: Write, given: Mapping[str, Any], violations: list[Violation]
) -> None:
    violations.extend(
        _at(name, _NULL)
        for name, value in given.items()
        if value is None
        and name in write.takes
        and (never_null(resource, name) or name in write.requires)
    )


def _refusal(resource: Resource, takes: Iterable[str], name: str) -> str:
    """Returns why a member is not taken; empty where it is."""
    if name in takes:
        return ""
    known = name in resource.members or name in resource.writable
    return "is read-only" if known else "is unknown"


def _key_names(resource: Resource) -> tuple[str, ...]:
    return resource.key.names if resource.key else ()


def _is_nested(resource: Resource, write: Write, name: str) -> bool:
    ref = type_ref(write.takes[name])
    return ref.item is None and ref.name in resource.types.inputs


def _at(name: str, detail: str) -> Violation:
    return Violation("pointer", f"/{pointer_token(name)}", detail)
