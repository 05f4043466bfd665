"""DELETE."""

from chalicelib.contract.model import Resource, Write
from chalicelib.errors import OutcomeUnknown, PreconditionFailed
from chalicelib.gateway.calls import Outcome, Steps, write_call
from chalicelib.gateway.preconditions import condition_of, if_match, refuse_if_none_match
from chalicelib.gateway.reads import missing
from chalicelib.gateway.settling import perform_write, read_to_settle
from chalicelib.gateway.versioned import delete_versioned
from chalicelib.rest.messages import RestRequest, RestResponse
from chalicelib.translation.query import read_no_query


def delete(resource: Resource, write: Write, request: RestRequest) -> Steps:
    """Deletes the item: 204."""
    key = resource.key_of(request.parameters)
    read_no_query(request)
    refuse_if_none_match(request)
    tags = if_match(resource, request)
    version = resource.version
    if version is not None and version.sent_as is not None:
        return (yield from delete_versioned(resource, version, write, key, tags))
    held = tags is not None and not tags.any
    if tags is not None and held and not tags.strong:
        outcome = Outcome(condition_failed=True)  # a weak tag never matches strongly
    else:
        named = resource.key.arguments(key) if resource.key else {}
        call = write_call(resource, write, named, condition_of(resource.version, tags))
        outcome = yield from perform_write(call, write)
    if not outcome.condition_failed:
        return RestResponse(204)
    item = (yield from read_to_settle(resource, key)) if held else None
    if item is not None and outcome.maybe_done:
        raise OutcomeUnknown("AppSync", "another client wrote before the delete was settled")
    if item is not None:
        raise PreconditionFailed("The item has another ETag.")
    if outcome.maybe_done:
        return RestResponse(204)
    raise missing(resource)
