"""From API Gateway's event, as chalice hands it on, to a REST request."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.rest.events import (
    MAX_SECONDS,
    RESERVE_SECONDS,
    LambdaContext,
    MultiDict,
    caller_of,
    rest_request,
)
from chalicelib.rest.messages import RestRequest
from tests.support.account_b import Rest
from tests.unit.account_a.asking import body_of, create, places_of


class Query:
    """What is needed of chalice's MultiDict."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values

    def __iter__(self):
        return iter(self._values)

    def getlist(self, k: str) -> list[str]:
        """Returns the values of one name."""
        return self._values[k]


@dataclass
class Lambda:
    """Lambda's context object."""

    aws_request_id: str = "lambda-1"
    milliseconds: float = 60_000.0

    def get_remaining_time_in_millis(self) -> float:
        """Returns the milliseconds that are left."""
        return self.milliseconds


@dataclass
class Event:
    """What chalice's request object holds of an event."""

    method: str = "GET"
    path: str = "/todos/{id}"
    uri_params: Mapping[str, str] | None = field(default_factory=lambda: {"id": "a"})
    query_params: MultiDict | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: bytes = b""
    context: Mapping[str, Any] = field(default_factory=dict)
    lambda_context: LambdaContext = field(default_factory=Lambda)
    original: Mapping[str, Any] = field(default_factory=dict)

    def to_original_event(self) -> Mapping[str, Any]:
        """Returns what more the event holds."""
        return self.original


def read(**parts: Any) -> RestRequest:
    """Returns the request of an event with these parts."""
    return rest_request(Event(**parts))


def test_method_headers_body_and_query_are_handed_on() -> None:
    """Values of a repeated parameter stay apart, so that the repetition can be refused."""
    request = read(
        method="POST",
        path="/todos",
        uri_params=None,
        query_params=Query({"a": ["1"], "b": ["2", "3"]}),
        headers={"content-type": "application/json"},
        raw_body=b"\x00{}",
    )
    assert (request.method, request.path, request.body) == ("POST", "/todos", b"\x00{}")
    assert request.query == (("a", "1"), ("b", "2"), ("b", "3"))
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("encoded", ["a", "a%2Fb", "a%252Fb", "%7Bid%7D", "{id}", "%C3%BC", "a+b"])
def test_the_path_keeps_the_percent_encoding_that_came(encoded: str) -> None:
    """Decoding is the gateway's, once; braces in an id are no template."""
    assert read(uri_params={"id": encoded}).path == f"/todos/{encoded}"


@pytest.mark.parametrize(
    ("encoded", "item_id"),
    [
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("%7Bid%7D", "{id}"),
        ("gr%C3%BC%C3%9Fe", "grüße"),
        ("%F0%9F%A5%9B", "🥛"),
        ("a%0D%0AX-Evil%3A1", "a\r\nX-Evil:1"),
        ("%2E%2E%2F", "../"),
    ],
)
def test_an_id_is_decoded_exactly_once_and_encoded_in_location(
    rest: Rest, encoded: str, item_id: str
) -> None:
    """So that Location leads back to the item, and no id can break out of a header."""
    path = read(uri_params={"id": encoded}).path
    made = rest.send("PUT", path, '{"name": "milk"}')
    assert (made.status, body_of(made)["id"]) == (201, item_id)
    location = made.headers["Location"]
    assert location.isascii()
    assert location.count("/") == 2
    assert not set(location) & set('\r\n "<>?#')
    assert body_of(rest.send("GET", location))["id"] == item_id


@pytest.mark.parametrize("encoded", ["%FF", "%C3", "%ED%A0%80", "", "%2E", "..", "a" * 2049])
def test_an_id_that_cannot_be_is_a_400_that_a_browser_may_read(rest: Rest, encoded: str) -> None:
    """With the parameter's name, and like each response of the resource."""
    assert places_of(rest.send("GET", f"/todos/{encoded}")) == ["id"]
    assert not rest.transport.requests


@pytest.mark.parametrize("path", ["/", "", "/todo", "/todos/a/b", "//todos", "/TODOS", "todos"])
def test_an_unknown_path_is_404(rest: Rest, path: str) -> None:
    """A resource has two paths, and nothing else is like them."""
    response = rest.send("GET", path)
    assert (response.status, response.problem) == (404, "unknown-path")


@pytest.mark.parametrize(
    ("full_path", "template", "parameters", "base_path"),
    [
        ("/api/todos", "/todos", None, "/api"),
        ("/todos", "/todos", None, ""),
        ("/api/todos/a%2Fb", "/todos/{id}", {"id": "a%2Fb"}, "/api"),
        ("/v1/api/todos/a", "/todos/{id}", {"id": "a"}, "/v1/api"),
        ("/api/todos/", "/todos", None, "/api"),
        ("/api/health", "/health", None, "/api"),
        ("//todos", "/todos", None, ""),
        ("//api//todos/a", "/todos/{id}", {"id": "a"}, "/api"),
    ],
)
def test_the_base_path_is_what_stands_before_the_route(
    full_path: str, template: str, parameters: dict[str, str] | None, base_path: str
) -> None:
    """The stage, or a custom domain's mapping, from the request's context and from no header.

    Never `//`, behind which a client would read a host.
    """
    request = read(path=template, uri_params=parameters, context={"path": full_path})
    assert request.base_path == base_path


def test_location_link_and_instance_carry_the_base_path(rest: Rest) -> None:
    """Path-absolute, so that they hold behind any host."""
    made = rest.send("POST", "/todos", '{"name": "milk"}', base_path="/api")
    assert made.headers["Location"] == f"/api/todos/{body_of(made)['id']}"
    create(rest)
    page = rest.send("GET", "/todos", query={"limit": "1"}, base_path="/api")
    assert page.headers["Link"].startswith("</api/todos?limit=1&cursor=")
    missing = rest.send("GET", "/todos/none", base_path="/api", headers={"host": "evil.example"})
    assert body_of(missing)["instance"] == "/api/todos/none"


def test_the_deadline_is_lambdas_and_under_api_gateways() -> None:
    """With a reserve for the way back."""
    for milliseconds, seconds in ((5_000, 5 - RESERVE_SECONDS), (900_000, MAX_SECONDS)):
        before = time.monotonic()
        at = read(lambda_context=Lambda(milliseconds=milliseconds)).context.deadline.at
        assert before + seconds <= at <= time.monotonic() + seconds
    assert MAX_SECONDS < 29


def test_the_request_id_is_api_gateways_else_lambdas() -> None:
    """It is in the log, in each reply and on its way to AppSync."""
    assert read(context={"requestId": "apigw-1"}).context.request_id == "apigw-1"
    assert read(context={}).context.request_id == "lambda-1"


ROLE = "arn:aws:sts::111111111111:assumed-role/Client"


@pytest.mark.parametrize(
    ("context", "caller"),
    [
        ({"identity": {"userArn": f"{ROLE}/session-1"}}, ROLE),
        ({"identity": {"userArn": f"{ROLE}/session-2"}}, ROLE),
        (
            {"identity": {"userArn": "arn:aws:iam::111111111111:user/team/ann"}},
            "arn:aws:iam::111111111111:user/team/ann",
        ),
        ({"authorizer": {"claims": {"sub": "1234"}}, "identity": {"userArn": None}}, "1234"),
        ({"identity": {}}, ""),
        ({"identity": None, "authorizer": None}, ""),
        ({"authorizer": {"claims": None}}, ""),
        ({}, ""),
    ],
)
def test_the_caller_is_the_role_without_its_session_or_cognitos_sub(
    context: dict[str, Any], caller: str
) -> None:
    """A new session must not make a new caller; under `none` everybody is one."""
    assert caller_of(context) == caller
    assert read(context=context).caller == caller


@pytest.mark.parametrize("name", ["If-Match", "IF-NONE-MATCH", "accept"])
def test_several_lines_of_a_list_are_one_list(name: str) -> None:
    """API Gateway's `headers` holds the last line alone, and `multiValueHeaders` all of them."""
    lines = {name: ['"a"', '"b", "c"'], "Host": ["h"], "X-Other": ["1", "2"]}
    headers = {each: values[-1] for each, values in lines.items()}
    read = rest_request(Event(headers=headers, original={"multiValueHeaders": lines})).headers
    assert dict(read) == {name.lower(): '"a", "b", "c"', "host": "h", "x-other": "2"}
