"""The gateway: routes a request, drives its steps, and finishes the response."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple
from urllib.parse import unquote

from chalicelib.context import CallContext
from chalicelib.contract.model import (
    OPERATION,
    OPERATION_PATH,
    Contract,
    Endpoint,
    Relation,
    Resource,
    RootField,
)
from chalicelib.contract.types import Types
from chalicelib.errors import (
    ContentTooLarge,
    GatewayError,
    InvalidRequest,
    MethodNotAllowed,
    NotAcceptable,
    Unforeseen,
    UnknownPath,
    UnsupportedMediaType,
    Violation,
)
from chalicelib.gateway import changes, creates, deletes, lists, reads, relations, rpc
from chalicelib.gateway.batch import answer_batch
from chalicelib.gateway.calls import Steps
from chalicelib.gateway.unforeseen import unforeseen
from chalicelib.gateway.upstream import Upstream
from chalicelib.rest.media import accepts_json, is_media_type
from chalicelib.rest.messages import JSON, JSON_BODY, MERGE_PATCH, RestRequest, RestResponse
from chalicelib.rest.problems import problem_response
from chalicelib.translation.arguments import takes_get
from chalicelib.translation.query import read_no_query

BATCH_PATH = "/batch"
MAX_BODY_BYTES = 1024 * 1024  # AppSync's own limit for a request
EXPOSED_HEADERS = "Content-Location, ETag, Link, Location, Retry-After, X-Request-Id"
ALLOWED_REQUEST_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match,"
    " X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token"
)
CORS_MAX_AGE_SECONDS = "600"
MAX_LOGGED_CHARACTERS = 200  # of an origin, which anybody may make up
_BODY_TYPES: Mapping[str, tuple[str, ...]] = {
    "POST": (JSON,),
    "PUT": (JSON,),
    "PATCH": (MERGE_PATCH, JSON),
}

Handler = Callable[[RestRequest], RestResponse]


class Options(NamedTuple):
    """What the settings decide about the REST side.

    Attributes:
        cors_allow_origins: The origins that a browser may call from; `*` stands for all.
        enable_batch: Whether POST /batch exists.
    """

    cors_allow_origins: tuple[str, ...] = ()
    enable_batch: bool = False


class RequestLog(NamedTuple):
    """What is known of a request once it is answered."""

    request: RestRequest
    route: str
    status: int
    problem: str | None
    fault: str | None
    milliseconds: float
    refused_origin: str | None = None


Verb = Callable[[RestRequest], Steps]


@dataclass(frozen=True)
class _Route:
    """A path and its verbs.

    Attributes:
        template: The path's template.
        verbs: What answers each verb.
        parameters: The names of the path parameters.
        plain: It needs no settings and no account B, and is no part of a batch.
    """

    template: str
    verbs: Mapping[str, Verb]
    parameters: tuple[str, ...] = ()
    plain: bool = False

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """The verbs of the Allow header."""
        return (*self.verbs, *(["HEAD"] if "GET" in self.verbs else []), "OPTIONS")


class _Family(NamedTuple):
    """Routes that API Gateway knows as one: the last parameter of its template names which.

    Attributes:
        template: The path's template for API Gateway.
        parameters: The names of its parameters.
        routes: By the values of the last one.
    """

    template: str
    parameters: tuple[str, ...]
    routes: Mapping[str, _Route]

    def route(self, parameters: Mapping[str, str]) -> _Route | None:
        """Returns the route that the parameters name; None where there is none."""
        return self.routes.get(unquote(parameters[self.parameters[-1]]))


class Gateway:
    """Answers REST requests from account B's GraphQL API.

    Args:
        contract: The resources.
        upstream: Gives the upstream; called within a request, so that what its settings or
            credentials lack becomes that request's problem.
        options: Gives what the settings decide; called within a request too.
        plain: Handlers of GET on further paths, such as `/ready`, that make no GraphQL call.
        log: Takes what is known of each answered request.
    """

    def __init__(
        self,
        contract: Contract,
        upstream: Callable[[], Upstream],
        options: Callable[[], Options],
        plain: Mapping[str, Handler],
        log: Callable[[RequestLog], None],
    ) -> None:
        self._upstream = upstream
        self._options = options
        self._log = log
        self._batch = _Route(BATCH_PATH, {"POST": self._answer_batch})
        routes = [
            *(_Route(path, {"GET": _plain(each)}, plain=True) for path, each in plain.items()),
            self._batch,
            *(route for resource in contract.resources for route in _routes(resource)),
        ]
        known: list[_Route | _Family] = [*routes, *_families(contract)]
        self._routes = {each.template: each for each in known}
        # By the first segment and the number of segments: how a batch's paths are matched.
        self._by_shape = {_shape(each.template): each for each in known}

    def handle(self, request: RestRequest) -> RestResponse:
        """Returns the response; every error has become one."""
        start = time.perf_counter()
        template = "unknown"
        fault = None
        options = None
        try:
            route, request = self._find(request)
            template = route.template
            if not route.plain:
                options = self._options()
            elif "origin" in request.headers:
                options = self._options_if_any()
            if route is self._batch and options is not None and not options.enable_batch:
                raise UnknownPath("There is no such path.")  # noqa: TRY301 - one way out for all
            response = self._respond(route, request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a problem
            known = unforeseen(error, maybe_done=False)
            response = problem_response(known, request)
            of_kind = "" if isinstance(known, Unforeseen) else f"{type(known).__name__}: "
            fault = f"{of_kind}{known}"
        response = _finish(response, request, options)
        milliseconds = (time.perf_counter() - start) * 1000
        # Whatever becomes of the line, what was done was done, and its client is told so.
        with suppress(Exception):
            self._log(
                RequestLog(
                    request,
                    template,
                    response.status,
                    response.problem,
                    fault,
                    milliseconds,
                    _refused_origin(request, response),
                )
            )
        return response

    def _options_if_any(self) -> Options | None:
        """Returns the options; a plain path is answered without settings too, so maybe None."""
        try:
            return self._options()
        except GatewayError:
            return None

    def _find(self, request: RestRequest) -> tuple[_Route, RestRequest]:
        """Returns the route, and the request with the route's path parameters."""
        if request.template is not None:
            route = self._routes.get(request.template)
        else:
            route = self._by_shape.get(_shape(request.path))
            if route is not None and route.parameters:
                _, _, *segments = request.path.split("/")
                parameters = dict(zip(route.parameters, segments, strict=True))
                request = request._replace(parameters=parameters)
        if isinstance(route, _Family):
            route = route.route(request.parameters)
        if route is None:
            raise UnknownPath("There is no such path.")
        return route, request

    def _respond(self, route: _Route, request: RestRequest) -> RestResponse:
        if request.method == "OPTIONS":
            return RestResponse(204, {"Allow": ", ".join(route.allowed)})
        _check_request(route, request)
        return self._drive(_steps(route, request), request.context)

    def _answer_batch(self, request: RestRequest) -> Steps:
        read_no_query(request)
        yield from ()
        return answer_batch(request, self._upstream(), self._opening())

    def _opening(self) -> Callable[[RestRequest], Steps]:
        """Returns `begin` for the requests of one batch: routes and checks alike ones but once."""
        verbs: dict[tuple[str, str], Verb] = {}

        def begin(request: RestRequest) -> Steps:
            if request.headers is not JSON_BODY:
                return self.begin(request)
            verb = verbs.get((request.method, request.path))
            if verb is not None:
                return verb(request)
            route, found = self._open(request)
            verb = route.verbs[request.method]
            if not route.parameters:
                verbs[request.method, request.path] = verb
            return verb(found)

        return begin

    def begin(self, request: RestRequest) -> Steps:
        """Returns the steps of a request of a resource or an endpoint; nothing is performed yet.

        Raises:
            GatewayError: It is none that could be performed, alone or in a batch.
        """
        return _steps(*self._open(request))

    def _open(self, request: RestRequest) -> tuple[_Route, RestRequest]:
        """Returns the route of a request that may be performed, and the request with its key."""
        route, request = self._find(request)
        if route.plain or route is self._batch:
            raise UnknownPath("A batch has no such path.")
        _check_request(route, request)
        return route, request

    def _drive(self, steps: Steps, context: CallContext) -> RestResponse:
        """Performs the calls of one request one by one."""
        written = False
        try:
            try:
                call = next(steps)
                upstream = self._upstream()
                while True:
                    # An error of a write may be one after which it was done: it counts at once.
                    written = written or call.writes
                    try:
                        outcome = upstream.perform(call, context)
                    except GatewayError as error:
                        call = steps.throw(error)
                    else:
                        call = steps.send(outcome)
            except StopIteration as done:
                response: RestResponse = done.value
            return response.written()
        except Exception as error:
            raise unforeseen(error, maybe_done=written) from error


def _routes(resource: Resource) -> Iterator[_Route]:
    """Gives the route of the collection, and that of one item."""
    collection: dict[str, Verb] = {}
    if resource.list is not None:
        collection["GET"] = partial(lists.read_list, resource)
    if resource.create is not None:
        collection["POST"] = partial(creates.create, resource, resource.create)
    yield _Route(f"/{resource.path}", collection)
    if resource.key is None:
        return
    item: dict[str, Verb] = {}
    if resource.get is not None:
        item["GET"] = partial(reads.read, resource, resource.get)
    if resource.update is not None:
        item["PUT"] = partial(changes.put, resource, resource.update)
        item["PATCH"] = partial(changes.patch, resource, resource.update)
    if resource.delete is not None:
        item["DELETE"] = partial(deletes.delete, resource, resource.delete)
    yield _Route(resource.template, item, resource.key.names)


def _families(contract: Contract) -> Iterator[_Family]:
    """Gives the routes that share one of API Gateway's."""
    if contract.endpoints:
        routes = {
            name: _endpoint_route(contract.types, each) for name, each in contract.endpoints.items()
        }
        yield _Family(OPERATION_PATH, (OPERATION,), routes)
    for resource in contract.resources:
        if resource.relation_template and resource.get and resource.key:
            parameters = (*resource.key.names, resource.relation_parameter)
            related = {
                name: _relation_route(resource, resource.get, each, parameters)
                for name, each in resource.relations.items()
            }
            yield _Family(resource.relation_template, parameters, related)


def _relation_route(
    resource: Resource, get: RootField, relation: Relation, parameters: tuple[str, ...]
) -> _Route:
    verb: Verb = partial(relations.read_one, resource, get, relation)
    if relation.path is not None:
        verb = partial(relations.read_many, resource, get, relation, relation.path)
    return _Route(f"{resource.template}/{relation.name}", {"GET": verb}, parameters)


def _endpoint_route(types: Types, endpoint: Endpoint) -> _Route:
    verbs: dict[str, Verb] = {}
    if takes_get(types, endpoint):
        verbs["GET"] = partial(rpc.get, types, endpoint)
    verbs["POST"] = partial(rpc.post, types, endpoint)
    return _Route(endpoint.path, verbs, (OPERATION,))


def _plain(handler: Handler) -> Verb:
    """Returns the verb of a path that makes no GraphQL call."""

    def verb(request: RestRequest) -> Steps:
        read_no_query(request)
        yield from ()
        return handler(request)

    return verb


def _shape(path: str) -> tuple[str, int]:
    """Returns a path's first segment and how many segments it has."""
    return path[1:].partition("/")[0], path.count("/")


def _steps(route: _Route, request: RestRequest) -> Steps:
    return route.verbs["GET" if request.method == "HEAD" else request.method](request)


def _check_request(route: _Route, request: RestRequest) -> None:
    """Checks what holds for every path: the verb, what the client accepts, what it sends."""
    if request.method not in route.allowed:
        raise MethodNotAllowed(route.allowed)
    # DELETE answers without a representation, so there is none that a client could refuse.
    if request.method != "DELETE" and not accepts_json(request.headers.get("accept")):
        raise NotAcceptable("The Accept header does not take application/json.")
    if request.method not in _BODY_TYPES:
        return
    accepted = _BODY_TYPES[request.method]
    if not is_media_type(request.headers.get("content-type", ""), accepted):
        raise UnsupportedMediaType(accepted, patch=request.method == "PATCH")
    if request.parsed is not None:
        return  # it came within a batch's body
    if not request.body and _is_chunked(request):
        detail = "is not taken by this server: send the body with its Content-Length"
        raise InvalidRequest([Violation("header", "transfer-encoding", detail)])
    if len(request.body) > MAX_BODY_BYTES:
        raise ContentTooLarge(f"The body is over {MAX_BODY_BYTES} bytes.")


def _is_chunked(request: RestRequest) -> bool:
    """Whether the body came in pieces, which `chalice local` does not read; API Gateway does."""
    return "chunked" in request.headers.get("transfer-encoding", "").lower()


def _finish(response: RestResponse, request: RestRequest, options: Options | None) -> RestResponse:
    headers = {**response.headers, "X-Request-Id": request.context.request_id}
    if options is not None and options.cors_allow_origins:
        headers.update(_cors_headers(request, response, options.cors_allow_origins))
    body = "" if request.method == "HEAD" else response.body
    return RestResponse(response.status, headers, body, response.problem)


def _refused_origin(request: RestRequest, response: RestResponse) -> str | None:
    """Returns the origin whose pages a browser will not let read the response; None for none."""
    origin = request.headers.get("origin")
    if origin is None or "Access-Control-Allow-Origin" in response.headers:
        return None
    return origin[:MAX_LOGGED_CHARACTERS]


def _cors_headers(
    request: RestRequest, response: RestResponse, allowed: tuple[str, ...]
) -> dict[str, str]:
    """Returns the CORS headers; Vary also where the origin is not allowed, for caches' sake."""
    headers = {"Vary": "Origin"}
    origin = request.headers.get("origin")
    if origin is None or not ("*" in allowed or origin in allowed):
        return headers
    if not origin.isprintable():
        return headers  # under `*` anything is allowed, but a line break would begin a new header
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        headers["Access-Control-Allow-Headers"] = ALLOWED_REQUEST_HEADERS
        headers["Access-Control-Max-Age"] = CORS_MAX_AGE_SECONDS
    return headers
