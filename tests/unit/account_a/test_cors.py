"""CORS: the origins of the configuration, preflights, and what caches must know."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.gateway import Options
from chalicelib.log import log_line
from tests.support.account_b import Rest, rest_client

HERE = "https://a.example"
THERE = "http://localhost:3000"


@pytest.fixture
def shared() -> Iterator[Rest]:
    """A client of a gateway that two origins may call."""
    with rest_client(options=Options(cors_allow_origins=(HERE, THERE))) as client:
        yield client


def cors_of(headers: dict[str, str]) -> dict[str, str]:
    """Returns the headers of CORS among these."""
    return {name: value for name, value in headers.items() if name.startswith("Access-Control")}


@pytest.mark.parametrize("origin", [HERE, THERE])
def test_each_allowed_origin_is_told_its_own_name(shared: Rest, origin: str) -> None:
    """And which headers its scripts may read."""
    response = shared.send("POST", "/todos", '{"name": "milk"}', headers={"origin": origin})
    assert response.status == 201
    assert response.headers["Access-Control-Allow-Origin"] == origin
    exposed = set(response.headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {"ETag", "Link", "Location", "Retry-After", "X-Request-Id"}
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", [None, "https://b.example", "https://a.example.evil", "null", HERE.upper(), "*", ""]
)
def test_another_origin_is_told_nothing_but_vary(shared: Rest, origin: str | None) -> None:
    """A cache must not hand one origin's response to another."""
    headers = {} if origin is None else {"origin": origin}
    response = shared.send("GET", "/todos", headers=headers)
    assert response.status == 200
    assert cors_of(dict(response.headers)) == {}
    assert response.headers["Vary"] == "Origin"


def test_a_refused_origin_is_said_in_the_log(shared: Rest) -> None:
    """A browser does not tell its page why; whoever runs the API can read it."""
    shared.send("GET", "/todos", headers={"origin": "https://b.example"})
    shared.send("GET", "/todos", headers={"origin": HERE})
    shared.send("GET", "/todos")
    origins = [entry.refused_origin for entry in shared.logged]
    assert origins == ["https://b.example", None, None]
    line = json.loads(log_line(shared.logged[0], service="a", cold_start=False))
    assert line["refusedOrigin"] == "https://b.example"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/todos/none", 404),
        ("GET", "/todos/%FF", 400),
        ("DELETE", "/todos", 405),
        ("POST", "/todos", 415),
        ("HEAD", "/todos", 200),
    ],
)
def test_an_error_can_be_read_by_the_browser_too(
    shared: Rest, method: str, path: str, status: int
) -> None:
    """Else its script could not tell a 404 from a broken network."""
    response = shared.send(method, path, headers={"origin": HERE})
    assert response.status == status
    assert response.headers["Access-Control-Allow-Origin"] == HERE


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/todos", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/todos/a", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
    ],
)
def test_a_preflight_names_the_paths_methods_and_the_headers_we_read(
    shared: Rest, path: str, methods: set[str]
) -> None:
    """It needs no credentials, no media type and nothing upstream."""
    headers = {
        "origin": HERE,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type,if-match",
    }
    response = shared.send("OPTIONS", path, headers=headers)
    assert (response.status, response.body) == (204, "")
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == methods
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "x-amz-date",
        "x-amz-security-token",
    } <= set(allowed)
    assert int(response.headers["Access-Control-Max-Age"]) > 0
    assert not shared.transport.requests


def test_a_strangers_preflight_is_answered_without_a_permission(shared: Rest) -> None:
    """OPTIONS itself is nothing secret; the browser stops there."""
    response = shared.send("OPTIONS", "/todos", headers={"origin": "https://b.example"})
    assert (response.status, cors_of(dict(response.headers))) == (204, {})


def test_without_origins_there_is_no_cors(rest: Rest) -> None:
    """Off unless it is set."""
    for method in ("GET", "OPTIONS"):
        response = rest.send(method, "/todos", headers={"origin": HERE})
        assert cors_of(dict(response.headers)) == {}
        assert "Vary" not in response.headers


def test_a_star_stands_for_every_origin() -> None:
    """Each is told its own name, so that credentials would not make a difference."""
    with rest_client(options=Options(cors_allow_origins=("*",))) as client:
        response = client.send("GET", "/todos", headers={"origin": "https://b.example"})
        forged = client.send("GET", "/todos", headers={"origin": "https://b\r\nSet-Cookie: a=b"})
    assert cors_of(dict(forged.headers)) == {}
    assert forged.headers["Vary"] == "Origin"
    assert response.headers["Access-Control-Allow-Origin"] == "https://b.example"
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_every_response_has_the_request_id(rest: Rest) -> None:
    """Success, problem, preflight or nothing: it is what a client reports."""
    for method, path in (
        ("GET", "/todos"),
        ("HEAD", "/todos/none"),
        ("OPTIONS", "/todos"),
        ("GET", "/nowhere"),
        ("PATCH", "/todos"),
    ):
        assert rest.send(method, path).headers["X-Request-Id"] == "request-1"
