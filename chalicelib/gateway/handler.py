"""The gateway: routes a request, drives its steps, and finishes the response."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from urllib.parse import unquote_to_bytes

from chalicelib.context import CallContext
from chalicelib.contract.model import Contract, Resource
from chalicelib.errors import (
    ContentTooLarge,
    GatewayError,
    InvalidRequest,
    MethodNotAllowed,
    NotAcceptable,
    UnknownPath,
    UnsupportedMediaType,
    Violation,
)
from chalicelib.gateway import lists, reads, writes
from chalicelib.gateway.batch import answer_batch
from chalicelib.gateway.steps import Steps
from chalicelib.gateway.upstream import Upstream
from chalicelib.rest.media import accepts_json, is_media_type
from chalicelib.rest.messages import JSON, MERGE_PATCH, RestRequest, RestResponse
from chalicelib.rest.problems import INTERNAL, problem_from_type, problem_response
from chalicelib.translation.query import read_no_query
from chalicelib.translation.values import check_id

BATCH_PATH = "/batch"
MAX_BODY_BYTES = 1024 * 1024  # AppSync's own limit for a request
EXPOSED_HEADERS = "ETag, Link, Location, Retry-After, X-Request-Id"
ALLOWED_REQUEST_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match,"
    " X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token"
)
CORS_MAX_AGE_SECONDS = "600"
_BODY_TYPES: Mapping[str, tuple[str, ...]] = {
    "POST": (JSON,),
    "PUT": (JSON,),
    "PATCH": (MERGE_PATCH, JSON),
}

Handler = Callable[[RestRequest], RestResponse]


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings decide about the REST side.

    Attributes:
        cors_allow_origins: The origins that a browser may call from; `*` stands for all.
        enable_batch: Whether POST /batch exists.
    """

    cors_allow_origins: tuple[str, ...] = ()
    enable_batch: bool = False


@dataclass(frozen=True, slots=True)
class RequestLog:
    """What is known of a request once it is answered."""

    request: RestRequest
    route: str
    status: int
    problem: str | None
    fault: str | None
    milliseconds: float


Verb = Callable[[str, RestRequest], Steps]


@dataclass(frozen=True)
class _Route:
    """A path's verbs: those made of steps, which take the item's id, and a plain GET."""

    template: str
    verbs: Mapping[str, Verb] = field(default_factory=dict)
    plain_get: Handler | None = None
    is_batch: bool = False

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """The verbs of the Allow header."""
        names = ["GET"] if self.plain_get else ["POST"] if self.is_batch else list(self.verbs)
        return tuple(names + ["HEAD"] * ("GET" in names) + ["OPTIONS"])


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
        self._fixed = {path: _Route(path, plain_get=handler) for path, handler in plain.items()}
        self._fixed[BATCH_PATH] = _Route(BATCH_PATH, is_batch=True)
        self._collections = {each.path: _collection_route(each) for each in contract.resources}
        self._items = {each.path: _item_route(each) for each in contract.resources}

    def handle(self, request: RestRequest) -> RestResponse:
        """Returns the response; every error has become one."""
        start = time.perf_counter()
        template = "unknown"
        fault = None
        options = None
        try:
            route, encoded_id = self._find(request.path)
            template = route.template
            if route.plain_get is None:
                options = self._options()
            elif "origin" in request.headers:
                options = self._options_if_any()
            if route.is_batch and options is not None and not options.enable_batch:
                raise UnknownPath("There is no such path.")  # noqa: TRY301 - one way out for all
            response = self._respond(route, encoded_id, request)
        except GatewayError as error:
            response = problem_response(error, request)
            fault = f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a problem
            response = problem_from_type(INTERNAL, request)
            fault = f"{type(error).__name__} at {_place(error)}"
        response = _finish(response, request, options)
        milliseconds = (time.perf_counter() - start) * 1000
        self._log(
            RequestLog(request, template, response.status, response.problem, fault, milliseconds)
        )
        return response

    def _options_if_any(self) -> Options | None:
        """Returns the options; a plain path is answered without settings too, so maybe None."""
        try:
            return self._options()
        except GatewayError:
            return None

    def _find(self, path: str) -> tuple[_Route, str | None]:
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed, None
        match path.split("/"):
            case ["", name] if name in self._collections:
                return self._collections[name], None
            case ["", name, encoded] if name in self._items:
                return self._items[name], encoded
        raise UnknownPath("There is no such path.")

    def _respond(self, route: _Route, encoded_id: str | None, request: RestRequest) -> RestResponse:
        if request.method == "OPTIONS":
            return RestResponse(204, {"Allow": ", ".join(route.allowed)})
        _check_request(route, request)
        if route.plain_get is not None:
            read_no_query(request)
            return route.plain_get(request)
        if route.is_batch:
            read_no_query(request)
            return answer_batch(request, self._upstream(), self._begin)
        return self._drive(_steps(route, encoded_id, request), request.context)

    def _begin(self, request: RestRequest) -> Steps:
        """Returns the steps of one request of a batch, which only a resource can answer."""
        route, encoded_id = self._find(request.path)
        if not route.verbs:
            raise UnknownPath("A batch has no such path.")
        _check_request(route, request)
        return _steps(route, encoded_id, request)

    def _drive(self, steps: Steps, context: CallContext) -> RestResponse:
        """Performs the calls of one request one by one."""
        upstream = self._upstream()
        try:
            call = next(steps)
            while True:
                try:
                    outcome = upstream.perform(call, context)
                except GatewayError as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(outcome)
        except StopIteration as done:
            response: RestResponse = done.value
            return response


def _collection_route(resource: Resource) -> _Route:
    verbs: dict[str, Verb] = {}
    if resource.list is not None:
        verbs["GET"] = lambda _, request: lists.read_list(resource, request)
    if resource.create is not None:
        verbs["POST"] = lambda _, request: writes.create(resource, request)
    return _Route(f"/{resource.path}", verbs)


def _item_route(resource: Resource) -> _Route:
    verbs: dict[str, Verb] = {}
    if resource.get is not None:
        verbs["GET"] = partial(reads.read, resource)
    if resource.update is not None:
        verbs["PUT"] = partial(writes.put, resource)
        verbs["PATCH"] = partial(writes.patch, resource)
    if resource.delete is not None:
        verbs["DELETE"] = partial(writes.delete, resource)
    return _Route(f"/{resource.path}/{{id}}", verbs)


def _decode_id(encoded: str) -> str:
    """Returns the id that a path segment holds, decoded exactly once."""
    try:
        return check_id(unquote_to_bytes(encoded).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidRequest([Violation("parameter", "id", "is not UTF-8")]) from error
    except ValueError as error:
        raise InvalidRequest([Violation("parameter", "id", str(error))]) from error


def _steps(route: _Route, encoded_id: str | None, request: RestRequest) -> Steps:
    item_id = "" if encoded_id is None else _decode_id(encoded_id)
    return route.verbs["GET" if request.method == "HEAD" else request.method](item_id, request)


def _check_request(route: _Route, request: RestRequest) -> None:
    """Checks what holds for every path: the verb, what the client accepts, what it sends."""
    if request.method not in route.allowed:
        raise MethodNotAllowed(route.allowed)
    if not accepts_json(request.headers.get("accept")):
        raise NotAcceptable("The Accept header does not take application/json.")
    if request.method not in _BODY_TYPES:
        return
    accepted = _BODY_TYPES[request.method]
    if not is_media_type(request.headers.get("content-type", ""), accepted):
        raise UnsupportedMediaType(accepted, patch=request.method == "PATCH")
    if len(request.body) > MAX_BODY_BYTES:
        raise ContentTooLarge(f"The body is over {MAX_BODY_BYTES} bytes.")


def _finish(response: RestResponse, request: RestRequest, options: Options | None) -> RestResponse:
    headers = {**response.headers, "X-Request-Id": request.context.request_id}
    if options is not None and options.cors_allow_origins:
        headers.update(_cors_headers(request, response, options.cors_allow_origins))
    body = "" if request.method == "HEAD" else response.body
    return RestResponse(response.status, headers, body, response.problem)


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


def _place(error: BaseException) -> str:
    """Returns where an unforeseen error was raised; its text may hold a client's values."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "?"
    code = traceback.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno} {code.co_name}"
