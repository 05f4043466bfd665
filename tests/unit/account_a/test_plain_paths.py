"""Paths that need no account B, such as /health."""

import json

from chalicelib.bootstrap import gateway
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import Contract
from chalicelib.contract.types import Types
from chalicelib.errors import ConfigurationError
from chalicelib.gateway import Gateway, Options
from chalicelib.gateway.upstream import Upstream
from chalicelib.rest.messages import RestRequest, RestResponse, json_response

ORIGIN = "http://127.0.0.1:8100"


def _no_upstream() -> Upstream:
    raise AssertionError("a plain path calls nothing")


def _no_settings() -> Options:
    raise ConfigurationError(["REGION is missing"])


def _get(options, headers, method="GET", query=()) -> RestResponse:
    plain = {"/health": lambda _: json_response(200, {"status": "ok"})}
    gateway = Gateway(Contract(Types(), ()), _no_upstream, options, plain, lambda _: None)
    context = CallContext("request-1", Deadline.after(5))
    return gateway.handle(RestRequest(method, "/health", context, query=query, headers=headers))


def test_a_plain_path_answers_an_allowed_origin():
    """A browser of an allowed origin may read /health, /ready and /openapi.json."""
    response = _get(lambda: Options((ORIGIN,)), {"origin": ORIGIN})

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_plain_path_answers_a_preflight():
    """The preflight of a plain path names its methods."""
    response = _get(lambda: Options((ORIGIN,)), {"origin": ORIGIN}, "OPTIONS")

    assert response.status == 204
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_a_plain_path_does_not_answer_another_origin():
    """An origin that is not configured gets no leave to read."""
    response = _get(lambda: Options((ORIGIN,)), {"origin": "https://example.com"})

    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_plain_path_takes_no_parameter():
    """As no other path takes one that it does not know."""
    assert _get(Options, {}, query=(("a", "1"),)).status == 400


def test_a_path_is_known_by_api_gateways_template():
    """Where it gives one, and not by the path, which the stage may lead."""
    plain = {"/health": lambda _: json_response(200, {"status": "ok"})}
    gateway = Gateway(Contract(Types(), ()), _no_upstream, Options, plain, lambda _: None)
    context = CallContext("request-1", Deadline.after(5))
    found = {
        template: gateway.handle(RestRequest("GET", "/health", context, template=template)).status
        for template in ("/health", "/none")
    }

    assert found == {"/health": 200, "/none": 404}


def test_a_plain_path_answers_without_settings():
    """What the settings lack keeps /health from nobody, be it asked from a browser or not."""
    assert _get(_no_settings, {"origin": ORIGIN}).status == 200
    assert _get(_no_settings, {}).status == 200


def _openapi(base_path: str) -> RestResponse:
    context = CallContext("request-1", Deadline.after(5))
    return gateway().handle(RestRequest("GET", "/openapi.json", context, base_path=base_path))


def test_the_openapi_document_is_encoded_once_for_each_stage():
    """The same text goes out again; another stage's names that stage as its server."""
    first, again, other = _openapi("/api"), _openapi("/api"), _openapi("")

    assert again.body is first.body
    servers = [json.loads(each.body)["servers"] for each in (first, other)]
    assert servers == [[{"url": "/api"}], [{"url": "/"}]]
