"""The REST contract's table of errors, row by row."""

import json
from collections.abc import Callable

import pytest

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.errors import (
    AppSyncDenied,
    AssumeRoleDenied,
    ConfigurationError,
    ContentTooLarge,
    FieldUnauthorized,
    GatewayError,
    GraphQLRequestRefused,
    SourceCredentialsMissing,
    UnexpectedReply,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from chalicelib.gateway import Options
from chalicelib.rest.messages import RestResponse
from tests.support.account_b import Fault, Rest, rest_client
from tests.unit.account_a.asking import create, slug_of

Asking = Callable[[Rest], RestResponse]


def sending(
    method: str, path: str, body: bytes | str = b"", headers: dict[str, str] | None = None
) -> Asking:
    """Returns what sends this one request."""
    return lambda rest: rest.send(method, path, body, headers=headers)


def failing(error: GatewayError) -> Asking:
    """Returns what reads an item while each attempt upstream fails like this."""

    def ask(rest: Rest) -> RestResponse:
        rest.transport.faults.extend(Fault(error) for _ in range(10))
        return rest.send("GET", "/todos/a")

    return ask


def after_creating(method: str, body: str = "", headers: dict[str, str] | None = None) -> Asking:
    """Returns what sends a request about an item that exists; `{etag}` stands for its tag."""

    def ask(rest: Rest) -> RestResponse:
        created = create(rest, id="a")
        path = "/todos" if method == "POST" else "/todos/a"
        etag = created.headers["ETag"]
        sent = {name: value.replace("{etag}", etag) for name, value in (headers or {}).items()}
        return rest.send(method, path, body, headers=sent)

    return ask


def with_a_key_and_another_body(rest: Rest) -> RestResponse:
    """Returns the response to a key that came with another body before."""
    headers = {"idempotency-key": "k"}
    rest.send("POST", "/todos", '{"name": "milk"}', headers=headers)
    return rest.send("POST", "/todos", '{"name": "bread"}', headers=headers)


STALE = {"if-match": '"2020-01-01T00:00:00.000Z"'}
ERRORS: dict[str, tuple[Asking, int, str]] = {
    "malformed JSON -> 400": (sending("POST", "/todos", "{"), 400, "invalid-request"),
    "empty body -> 400": (
        sending("POST", "/todos", b"", {"content-type": "application/json"}),
        400,
        "invalid-request",
    ),
    "schema violation -> 400": (sending("POST", "/todos", '{"name": 1}'), 400, "invalid-request"),
    "read-only field -> 400": (
        sending("POST", "/todos", '{"name": "a", "createdAt": "2026-01-01T00:00:00Z"}'),
        400,
        "invalid-request",
    ),
    "unknown field -> 400": (
        sending("POST", "/todos", '{"name": "a", "colour": 1}'),
        400,
        "invalid-request",
    ),
    "unknown parameter -> 400": (
        lambda rest: rest.send("GET", "/todos", query={"colour": "red"}),
        400,
        "invalid-request",
    ),
    "root null without errors -> 404": (sending("GET", "/todos/none"), 404, "not-found"),
    "update of a missing id -> 404": (
        sending("PATCH", "/todos/none", '{"done": true}'),
        404,
        "not-found",
    ),
    "delete of a missing id -> 404": (sending("DELETE", "/todos/none"), 404, "not-found"),
    "update of a missing id with If-Match -> 404": (
        sending("PATCH", "/todos/none", '{"done": true}', STALE),
        404,
        "not-found",
    ),
    "delete of a missing id with If-Match -> 404": (
        sending("DELETE", "/todos/none", headers=STALE),
        404,
        "not-found",
    ),
    "create of an existing id -> 409": (
        after_creating("POST", '{"id": "a", "name": "b"}'),
        409,
        "conflict",
    ),
    "If-Match no longer holds, PATCH -> 412": (
        after_creating("PATCH", '{"done": true}', STALE),
        412,
        "precondition-failed",
    ),
    "If-Match no longer holds, DELETE -> 412": (
        after_creating("DELETE", "", STALE),
        412,
        "precondition-failed",
    ),
    "If-Match no longer holds, PUT -> 412": (
        after_creating("PUT", '{"name": "b"}', STALE),
        412,
        "precondition-failed",
    ),
    "PUT with If-Match on a missing id -> 412": (
        sending("PUT", "/todos/none", '{"name": "b"}', STALE),
        412,
        "precondition-failed",
    ),
    "PUT with If-Match: * on a missing id -> 412": (
        sending("PUT", "/todos/none", '{"name": "b"}', {"if-match": "*"}),
        412,
        "precondition-failed",
    ),
    "If-None-Match: * on an existing id -> 412": (
        after_creating("PUT", '{"name": "b"}', {"if-none-match": "*"}),
        412,
        "precondition-failed",
    ),
    "Idempotency-Key used with another body -> 422": (
        with_a_key_and_another_body,
        422,
        "idempotency-key-reused",
    ),
    "item over DynamoDB's limit -> 413": (
        sending("POST", "/todos", json.dumps({"name": "a" * 450_000})),
        413,
        "content-too-large",
    ),
    "body over AppSync's limit -> 413": (
        sending("POST", "/todos", json.dumps({"name": "a" * 1_100_000})),
        413,
        "content-too-large",
    ),
    "wrong verb -> 405": (sending("DELETE", "/todos"), 405, "method-not-allowed"),
    "wrong media type -> 415": (
        sending("POST", "/todos", "a: 1", {"content-type": "text/yaml"}),
        415,
        "unsupported-media-type",
    ),
    "wrong Accept -> 406": (
        sending("GET", "/todos", headers={"accept": "text/html"}),
        406,
        "not-acceptable",
    ),
    "AssumeRole denied (wall 1) -> 502": (
        failing(AssumeRoleDenied("no")),
        502,
        "assume-role-denied",
    ),
    "AppSync 401/403 -> 502": (failing(AppSyncDenied(403, "X")), 502, "appsync-denied"),
    "errorType Unauthorized (wall 2) -> 502": (
        failing(FieldUnauthorized("getTodo")),
        502,
        "field-unauthorized",
    ),
    "document refused (schema drift) -> 502": (
        failing(GraphQLRequestRefused("x")),
        502,
        "graphql-refused",
    ),
    "any other upstream error -> 502": (failing(UnexpectedReply("x")), 502, "upstream-error"),
    "body over AppSync's own limit, as AppSync says -> 413": (
        failing(ContentTooLarge("The request is too large.")),
        413,
        "content-too-large",
    ),
    "settings missing or malformed -> 500": (
        failing(ConfigurationError(["REGION is missing"])),
        500,
        "configuration",
    ),
    "no source credentials -> 500": (
        failing(SourceCredentialsMissing("none")),
        500,
        "source-credentials-missing",
    ),
    "AppSync throttled -> 503": (
        failing(UpstreamThrottled("AppSync", "429")),
        503,
        "upstream-throttled",
    ),
    "STS throttled -> 503": (failing(UpstreamThrottled("STS", "429")), 503, "upstream-throttled"),
    "AppSync past the deadline -> 504": (
        failing(UpstreamTimeout("AppSync", "late", sent=True)),
        504,
        "upstream-timeout",
    ),
    "STS unreachable -> 502": (
        failing(UpstreamUnreachable("STS", "down")),
        502,
        "upstream-unreachable",
    ),
}


@pytest.mark.parametrize("row", ERRORS)
def test_each_cause_of_the_table_has_the_tables_status(rest: Rest, row: str) -> None:
    """The second table: cause, status and problem type; nothing was made of a refused write."""
    ask, status, slug = ERRORS[row]
    before = len(rest.transport.requests)
    response = ask(rest)
    assert (response.status, slug_of(response)) == (status, slug), response.body
    assert rest.logged[-1].problem == slug
    if status == 400:
        assert len(rest.transport.requests) == before, "a malformed request went upstream"


def test_a_405_names_the_verbs_that_the_path_takes(rest: Rest) -> None:
    """The row's `Allow`, for each kind of path."""
    allowed = {
        "/todos": "GET, POST, HEAD, OPTIONS",
        "/todos/a": "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
        "/batch": "POST, OPTIONS",
    }
    for path, verbs in allowed.items():
        response = rest.send("TRACE", path)
        assert (response.status, response.headers["Allow"]) == (405, verbs)


def test_a_415_of_a_patch_names_the_patch_formats(rest: Rest) -> None:
    """The row's `Accept-Patch`; a POST has no such header."""
    response = rest.send("PATCH", "/todos/a", "x", headers={"content-type": "text/plain"})
    assert response.headers["Accept-Patch"] == "application/merge-patch+json, application/json"
    response = rest.send("POST", "/todos", "x", headers={"content-type": "text/plain"})
    assert (response.status, "Accept-Patch" in response.headers) == (415, False)


def test_a_503_says_when_to_come_back(rest: Rest) -> None:
    """The row's `Retry-After`: what the service asked for, in whole seconds, and never 0."""
    for asked, told in ((None, "1"), (0.2, "1"), (60.0, "60"), (61.5, "62")):
        rest.transport.faults.clear()
        error = UpstreamThrottled("AppSync", "429", retry_after_seconds=asked)
        response = failing(error)(rest)
        assert (response.status, response.headers["Retry-After"]) == (503, told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("60", "60"),
        ("3600", "3600"),
        ("99999999999", "3600"),
        ("9" * 400, "3600"),
        ("٣", "1"),
        ("-5", "1"),
        ("", "1"),
        ("Fri, 27 Nov 2026 20:00:00 GMT", "1"),
    ],
)
def test_a_503_says_an_hour_at_most(rest: Rest, asked: str, told: str) -> None:
    """However long a broken domain in front of AppSync wants to be left alone."""
    with pytest.raises(UpstreamThrottled) as raised:
        read_reply(HttpReply(429, {"retry-after": asked}, b""))
    response = failing(raised.value)(rest)
    assert (response.status, response.headers["Retry-After"]) == (503, told)


def test_the_batch_does_not_exist_unless_it_is_enabled(rest: Rest) -> None:
    """Its caller needs no right on the single routes, so it is off until somebody decides."""
    entries = '{"requests": [{"id": "1", "method": "GET", "path": "/todos"}]}'
    assert rest.send("POST", "/batch", entries).status == 200
    with rest_client(options=Options()) as without:
        response = without.send("POST", "/batch", entries)
    assert (response.status, slug_of(response)) == (404, "unknown-path")
