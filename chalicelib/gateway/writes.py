"""POST, PATCH, PUT and DELETE.

If-Match is the mutation's own condition on `updatedAt`: atomic, with no read before the write.
AppSync gives one error for a false condition, a duplicate create and a missing item; which of them
it was follows from the operation and the condition, and where both can be, from one read.
"""

import uuid
from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from chalicelib.contract.model import Resource
from chalicelib.errors import (
    Conflict,
    GatewayError,
    IdempotencyKeyReused,
    IndexValueRefused,
    InvalidRequest,
    OutcomeUnknown,
    PreconditionFailed,
    PreconditionUnsupported,
    ResourceNotFound,
    VariableRefused,
    Violation,
)
from chalicelib.gateway.reads import NO_ETAGS, get_call, validator_headers
from chalicelib.gateway.steps import Call, Outcome, Steps
from chalicelib.graphql.documents import ID, UPDATED_AT, Root, whole
from chalicelib.rest.conditional import EntityTags, parse_entity_tags
from chalicelib.rest.idempotency import idempotent_id, parse_idempotency_key
from chalicelib.rest.messages import RestRequest, RestResponse, json_response
from chalicelib.translation.body import (
    body_object,
    creatable,
    create_input,
    patch_input,
    put_can_create,
    put_input,
)
from chalicelib.translation.query import read_no_query
from chalicelib.translation.replies import (
    Item,
    is_whole,
    representation,
    same_creation,
    same_values,
    unmodified,
)

IF_MATCH = "if-match"
IF_NONE_MATCH = "if-none-match"
IDEMPOTENCY_KEY = "idempotency-key"
# How often two steps that each lost a race against another client are taken again.
ROUNDS = 3

Read = Generator[Call, Outcome, Item | None]
Write = Generator[Call, Outcome, Outcome]


def create(
    resource: Resource, request: RestRequest, new_id: Callable[[], uuid.UUID] = uuid.uuid4
) -> Steps:
    """Creates an item: 201, or 200 where the same Idempotency-Key created it before."""
    read_no_query(request)
    values = create_input(resource, body_object(request))
    has_id = ID in creatable(resource)
    key = _idempotency_key(request, values, has_id=has_id)
    if key is not None:
        values = {ID: idempotent_id(request.caller, key), **values}
        return (yield from _create_with_key(resource, request, values))
    chosen = has_id and values.get(ID) is None
    if chosen:
        # Chosen before the first attempt, so that no repetition can create a second item.
        values = {ID: str(new_id()), **values}
    outcome = yield from _create(resource, values, repeatable=has_id)
    if outcome.condition_failed and not outcome.maybe_done:
        raise Conflict(f"There is a {resource.name} with this id already.")
    if outcome.condition_failed:
        item = yield from _settle_create(resource, values, certain=chosen)
        if item is None:
            raise Conflict(f"There is a {resource.name} with this id already.")
        return _created(resource, request, item, values)
    return _created(resource, request, outcome.item, values)


def patch(resource: Resource, item_id: str, request: RestRequest) -> Steps:
    """Changes the fields that the merge patch names: 200."""
    read_no_query(request)
    _refuse_if_none_match(request)
    tags = _if_match(resource, request)
    values = patch_input(resource, body_object(request))
    return (yield from _update(resource, item_id, values, tags))


def put(resource: Resource, item_id: str, request: RestRequest) -> Steps:
    """Replaces the item (200), or creates it (201) where there is none and PUT can create."""
    read_no_query(request)
    tags = _if_match(resource, request)
    only_create = _only_create(resource, request)
    values = put_input(resource, body_object(request))
    given = {name: value for name, value in values.items() if value is not None}
    if tags is not None:
        try:
            return (yield from _update(resource, item_id, values, tags))
        except ResourceNotFound as error:
            raise PreconditionFailed("There is no item that could have this ETag.") from error
    for _ in range(ROUNDS):
        if not only_create:
            try:
                return (yield from _update(resource, item_id, values, None))
            except ResourceNotFound:
                if not put_can_create(resource):
                    raise
        response = yield from _put_new(resource, request, {ID: item_id, **given})
        if response is not None:
            return response
        if only_create:
            raise PreconditionFailed("There is an item with this id already.")
    raise Conflict("Other clients kept creating and deleting this item.")


def delete(resource: Resource, item_id: str, request: RestRequest) -> Steps:
    """Deletes the item: 204."""
    read_no_query(request)
    _refuse_if_none_match(request)
    tags = _if_match(resource, request)
    outcome = yield from _conditionally(resource, "delete", item_id, {}, tags)
    if not outcome.condition_failed:
        return RestResponse(204)
    item = None
    if tags is not None and not tags.any:
        item = yield from _read(resource, item_id)
    if item is not None and outcome.maybe_done:
        raise OutcomeUnknown("AppSync", "another client wrote before the delete was settled")
    if item is not None:
        raise PreconditionFailed("The item has another ETag.")
    if outcome.maybe_done:
        return RestResponse(204)
    raise ResourceNotFound(f"There is no {resource.name} with this id.")


def _create_with_key(resource: Resource, request: RestRequest, values: Mapping[str, Any]) -> Steps:
    for _ in range(ROUNDS):
        outcome = yield from _create(resource, values)
        if not outcome.condition_failed:
            return _created(resource, request, outcome.item, values)
        item = yield from _read(resource, values[ID])
        if item is None:
            continue  # deleted since, so the key creates again
        same = same_creation(resource, item, values)
        if is_whole(resource, item) and unmodified(item) and not same:
            raise IdempotencyKeyReused("The Idempotency-Key came with another body before.")
        if outcome.maybe_done and same:
            return _created(resource, request, item, values)
        return _item_response(200, resource, item, values[ID])
    raise Conflict("Other clients kept creating and deleting this item.")


def _put_new(
    resource: Resource, request: RestRequest, values: Mapping[str, Any]
) -> Generator[Call, Outcome, RestResponse | None]:
    """Creates the item that PUT names; None where there is one that is not ours."""
    outcome = yield from _create(resource, values)
    if not outcome.condition_failed:
        return _created(resource, request, outcome.item, values)
    if outcome.maybe_done:
        item = yield from _settle_create(resource, values)
        if item is not None:
            return _created(resource, request, item, values)
    return None


def _update(
    resource: Resource, item_id: str, values: Mapping[str, Any], tags: EntityTags | None
) -> Steps:
    outcome = yield from _conditionally(resource, "update", item_id, values, tags)
    if not outcome.condition_failed:
        return _item_response(200, resource, outcome.item, item_id)
    item = None
    if tags is not None and not tags.any:
        item = yield from _read(resource, item_id)
    if item is None:
        raise ResourceNotFound(f"There is no {resource.name} with this id.")
    if outcome.maybe_done and same_values(resource, item, values):
        return _item_response(200, resource, item, item_id)
    if outcome.maybe_done:
        raise OutcomeUnknown("AppSync", "another client wrote before the update was settled")
    raise PreconditionFailed("The item has another ETag.")


def _conditionally(
    resource: Resource,
    kind: str,
    item_id: str,
    values: Mapping[str, Any],
    tags: EntityTags | None,
) -> Write:
    if tags is not None and not tags.any and not tags.strong:
        return Outcome(condition_failed=True)  # a weak tag never matches strongly
    condition = _condition(tags)
    conditional = condition is not None
    root = (
        Root(resource, kind, (ID,), conditional)
        if kind == "delete"
        else whole(resource, kind, conditional=conditional)
    )
    variables: dict[str, Any] = {"input": {ID: item_id, **values}}
    if condition is not None:
        variables["condition"] = condition
    return (yield from _write(Call(root, variables)))


def _condition(tags: EntityTags | None) -> dict[str, Any] | None:
    if tags is None or tags.any:
        return None
    each = [{UPDATED_AT: {"eq": tag}} for tag in tags.strong]
    return each[0] if len(each) == 1 else {"or": each}


def _create(resource: Resource, values: Mapping[str, Any], *, repeatable: bool = True) -> Write:
    return _write(Call(whole(resource, "create"), {"input": values}, repeatable=repeatable))


def _write(call: Call) -> Write:
    """Writes; a value that account B refuses is the client's fault where only account B knows why.

    The scalars that are not AppSync's own are checked here just as there, so a refused value of
    theirs means that the schema has drifted.
    """
    fields = call.root.resource.by_name
    try:
        return (yield call)
    except VariableRefused as error:
        field = fields.get(error.name)
        if field is None or not field.type.startswith("AWS"):
            raise
        place, detail = f"/{field.name}", f"is no {field.type} that AppSync takes"
        raise InvalidRequest([Violation("pointer", place, detail)]) from error
    except IndexValueRefused as error:
        place = f"/{error.name}" if error.name in fields else ""
        detail = "is null, empty or too long for a field of an index"
        raise InvalidRequest([Violation("pointer", place, detail)]) from error


def _read(resource: Resource, item_id: str) -> Read:
    """Reads an item to settle what became of a write; a failure leaves that unknown."""
    try:
        return (yield get_call(resource, item_id)).item
    except GatewayError as error:
        raise OutcomeUnknown("AppSync", f"the read after a write failed: {error}") from error


def _settle_create(resource: Resource, values: Mapping[str, Any], *, certain: bool = False) -> Read:
    """Returns the item if the broken-off attempt of this create made it, None if another did.

    Args:
        resource: Whose item.
        values: The create input.
        certain: Nobody else can have used the id.

    Raises:
        OutcomeUnknown: It has been changed or deleted since, or not all of it could be read, so
            nobody can tell.
    """
    item = yield from _read(resource, values[ID])
    if item is not None and (certain or same_creation(resource, item, values)):
        return item
    if item is None or not is_whole(resource, item) or not unmodified(item):
        raise OutcomeUnknown("AppSync", "another client wrote before the create was settled")
    return None


def _created(
    resource: Resource, request: RestRequest, item: Item | None, values: Mapping[str, Any]
) -> RestResponse:
    item_id = values.get(ID) or (item.id if item else None)
    location = {}
    if item_id is not None:  # else account B chose the id, and it could not be read back
        path = f"{request.base_path}/{resource.path}/{quote(item_id, safe='')}"
        location = {"Location": path}
    return _item_response(201, resource, item, item_id, location)


def _item_response(
    status: int,
    resource: Resource,
    item: Item | None,
    item_id: str | None,
    location: Mapping[str, str] = MappingProxyType({}),
) -> RestResponse:
    """Returns the written item; where it could not be read back, its id and the problems."""
    item = item or Item({})
    if not item.values and item_id is not None:
        item = Item({ID: item_id}, item.problems)
    headers = {**validator_headers(resource, item), **location}
    return json_response(status, representation(resource, item), headers)


def _idempotency_key(
    request: RestRequest, values: Mapping[str, Any], *, has_id: bool
) -> str | None:
    header = request.headers.get(IDEMPOTENCY_KEY)
    if header is None:
        return None
    key = parse_idempotency_key(header)
    if not has_id or ID in values:
        detail = (
            "cannot stand beside an id in the body"
            if has_id
            else "is not supported here: the service behind the gateway chooses the ids"
        )
        raise InvalidRequest([Violation("header", IDEMPOTENCY_KEY, detail)])
    return key


def _if_match(resource: Resource, request: RestRequest) -> EntityTags | None:
    header = request.headers.get(IF_MATCH)
    if header is None:
        return None
    if not resource.conditional:
        raise PreconditionUnsupported(NO_ETAGS)
    return parse_entity_tags(IF_MATCH, header)


def _only_create(resource: Resource, request: RestRequest) -> bool:
    header = request.headers.get(IF_NONE_MATCH)
    if header is None:
        return False
    if not parse_entity_tags(IF_NONE_MATCH, header).any:
        raise PreconditionUnsupported("On PUT, If-None-Match takes * only.")
    if IF_MATCH in request.headers:
        raise PreconditionUnsupported("If-Match and If-None-Match contradict each other here.")
    if not put_can_create(resource):
        raise PreconditionUnsupported("PUT cannot create here, only replace.")
    return True


def _refuse_if_none_match(request: RestRequest) -> None:
    if IF_NONE_MATCH in request.headers:
        raise PreconditionUnsupported("If-None-Match is for GET, HEAD and PUT.")
