"""GET and POST of an endpoint: a query or mutation that belongs to no resource."""

from collections.abc import Generator, Mapping
from functools import partial
from typing import Any

from chalicelib.contract.model import Endpoint
from chalicelib.contract.types import Types, type_ref
from chalicelib.errors import (
    ExpressionTooLarge,
    InvalidRequest,
    LimitRefused,
    PaginationTokenRefused,
    VariableRefused,
    Violation,
)
from chalicelib.gateway.calls import Call, Outcome, Steps
from chalicelib.gateway.reads import CACHE_CONTROL
from chalicelib.graphql.documents import Root
from chalicelib.graphql.replies import Result, read_result
from chalicelib.graphql.selections import value_selection
from chalicelib.rest.messages import JSON, RestRequest, RestResponse, fits_reply, json_text
from chalicelib.translation.arguments import body_arguments, query_arguments, refused_argument
from chalicelib.translation.body import body_object
from chalicelib.translation.fields import names_of, picked_of
from chalicelib.translation.representations import problem_list
from chalicelib.translation.shown import shown_value

TOO_LARGE = "is over what a reply can hold: choose some of it with `fields`"
# Amplify's name of the argument that each of these is about, and what is wrong with it.
_REFUSALS: Mapping[type[Exception], tuple[str, str]] = {
    PaginationTokenRefused: ("nextToken", "is no token of this operation's pages"),
    ExpressionTooLarge: ("filter", "has more conditions than the store takes"),
    LimitRefused: ("limit", "is below 1"),
}


def get(types: Types, endpoint: Endpoint, request: RestRequest) -> Steps:
    """Answers a query whose arguments are query parameters."""
    parameters = _parameters(request)
    violations: list[Violation] = []
    selection = _selection(types, endpoint, parameters.pop("fields", []), violations)
    arguments = query_arguments(types, endpoint, parameters, violations)
    if violations:
        raise InvalidRequest(violations)
    result = yield from _call(types, endpoint, arguments, selection)
    return RestResponse(200, {"Content-Type": JSON, "Cache-Control": CACHE_CONTROL}, result)


def post(types: Types, endpoint: Endpoint, request: RestRequest) -> Steps:
    """Answers a query or mutation whose arguments are the body's members."""
    parameters = _parameters(request)
    violations: list[Violation] = []
    selection = _selection(types, endpoint, parameters.pop("fields", []), violations)
    violations.extend(Violation("parameter", name, "is unknown") for name in parameters)
    arguments = body_arguments(types, endpoint, body_object(request), violations)
    if violations:
        raise InvalidRequest(violations)
    result = yield from _call(types, endpoint, arguments, selection)
    return RestResponse(200, {"Content-Type": JSON}, result)


def _parameters(request: RestRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query:
        found.setdefault(name, []).append(value)
    return found


def _selection(
    types: Types, endpoint: Endpoint, fields: list[str], violations: list[Violation]
) -> str:
    name = type_ref(endpoint.type).name
    picked = picked_of(types, name, names_of(fields), violations)
    return "" if violations else value_selection(types, name, picked, result=True).strip()


def _call(
    types: Types, endpoint: Endpoint, arguments: Mapping[str, Any], selection: str
) -> Generator[Call, Outcome, str]:
    """Calls the endpoint; returns the body's text.

    A mutation that may have been done is never repeated, nor can a read settle it.
    """
    given = tuple(name for name in endpoint.arguments if name in arguments)
    call = Call(
        Root(endpoint, given, selection),
        arguments,
        None,
        read=partial(read_result, mutation=endpoint.mutation),
        repeatable=not endpoint.mutation,
    )
    try:
        result = (yield call).result
    except VariableRefused as error:
        refused = refused_argument(types, endpoint, error.name)
        raise error if refused is None else refused from error
    except (PaginationTokenRefused, ExpressionTooLarge, LimitRefused) as error:
        name, detail = _REFUSALS[type(error)]
        if arguments.get(name) is None:
            raise  # the client sent none, so it cannot cure this
        raise InvalidRequest([Violation("pointer", f"/{name}", detail)]) from error
    text = _body(types, endpoint, result)
    if not fits_reply(text):
        problem = {"pointer": "/result", "detail": TOO_LARGE}
        return json_text({"result": None, "problems": [problem]})
    return text


def _body(types: Types, endpoint: Endpoint, result: Result) -> str:
    shown = shown_value(types, type_ref(endpoint.type), result.value)
    body: dict[str, Any] = {"result": shown}
    if result.problems:
        paths = [("result", *path) for path in result.problems]
        body["problems"] = problem_list(types, {"result": result.value}, paths)
    return json_text(body)
