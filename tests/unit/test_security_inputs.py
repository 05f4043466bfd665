"""What a hostile client can send: nothing of it becomes a header, a path, a document or hours."""

import contextlib
import json
import re
import string
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.contract.scalars import SCALAR_CHECKS
from chalicelib.errors import GatewayError
from chalicelib.gateway import Options
from chalicelib.rest.conditional import parse_entity_tags
from chalicelib.rest.idempotency import parse_idempotency_key
from chalicelib.rest.media import accepts_json, is_media_type
from chalicelib.rest.messages import RestResponse
from chalicelib.translation.body import parse_object
from chalicelib.translation.cursor import decode_cursor
from chalicelib.translation.filters import FilterReader
from tests.support.account_b import Rest, rest_client, the_list

FUZZ = settings(suppress_health_check=[HealthCheck.too_slow])
HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        'x"}) { id } } #',
        "x\r\nSet-Cookie: a=b",
        "x\nHTTP/1.1 200 OK\n\n",
        "$input",
        "}\u2028{",
        '\\"){id}mutation{deleteTodo(input:{id:"1"}){id}}',
        "\x00",
        "..",
        "../../etc/passwd",
        "..%2f..%2f",
        "%2e%2e",
        "%252e%252e%252f",
        "%00",
    ]
)
# How much longer eight times as much may take. Linear is 8, quadratic 64.
TIMES, MOST_TIMES = 8, 28
SMALL = 8_000
# Below this a comparison would be one of the clock's ticks.
LEAST_SECONDS = 0.0005


@pytest.fixture(scope="module")
def rest() -> Iterator[Rest]:
    """A client of a gateway that answers every origin and takes batches."""
    with rest_client(options=Options(cors_allow_origins=("*",), enable_batch=True)) as client:
        yield client


def names_of_the_contract(rest: Rest) -> set[str]:
    """Returns every name that a document may hold."""
    names = {"query", "mutation", "Batch", "items", "nextToken", "ID", "Int", "String"}
    names |= {"input", "condition", "filter", "limit", "id"}
    for resource in rest.contract.resources:
        names |= set(resource.members)
        for kind in ("get", "list", "create", "update", "delete"):
            operation = getattr(resource, kind)
            field = operation.name
            names |= {field, field[0].upper() + field[1:]}
            names |= {text.strip("[]!") for text in operation.arguments.values()}
    return names


def send_everywhere(rest: Rest, text: str) -> Iterator[RestResponse]:
    """Gives the responses to requests that hold the text wherever a client can put one."""
    encoded = quote(text.encode("utf-8", "surrogatepass"), safe="")
    values = {"name": text, "description": text, text: text, "dueAt": text}
    headers = {
        "if-match": text,
        "idempotency-key": text,
        "origin": text,
        "x-request-id": text,
        "x-amzn-trace-id": text,
        "accept": "*/*",
    }
    for body in ({"id": text, "name": text}, {"name": text}, values):
        yield rest.send("POST", "/todos", json.dumps(body), headers={"origin": text})
        yield rest.send("POST", "/todos", json.dumps(body), headers=headers)
    for name in ("If-None-Match", "If-Match"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            sent = json.dumps({"name": text}) if method in {"PUT", "PATCH"} else ""
            header = {name.lower(): text, "origin": text}
            yield rest.send(method, f"/todos/{encoded}", sent, headers=header)
    for query in (
        {"name": text},
        {"name.contains": text},
        {text: text},
        {f"name.{text}": text},
        {f"{text}.eq": text},
        {"fields": text},
        {"fields": f"id,{text}"},
        {"cursor": text},
        {"limit": text},
        {"filter": text},
        {"filter": json.dumps({text: {"eq": text}})},
        {"filter": json.dumps({"or": [{"name": {text: text}}, {"name": {"eq": text}}]})},
    ):
        yield rest.send("GET", "/todos", query=query)
    entry = {"id": text, "method": "POST", "path": f"/todos?{encoded}", "headers": {text: text}}
    plain = {"id": text, "method": "GET", "path": f"/todos/{encoded}", "headers": headers}
    for each in (entry, plain):
        yield rest.send("POST", "/batch", json.dumps({"requests": [each]}))
    yield rest.send("OPTIONS", "/todos", headers={"origin": text})


@FUZZ
@given(text=HOSTILE)
@example(text="x\r\nSet-Cookie: a=b")
def test_a_document_holds_names_of_the_contract_and_nothing_else(rest: Rest, text: str) -> None:
    """Fields, filters, ids, keys and cursors travel as variables, whatever is in them."""
    rest.transport.requests.clear()
    for response in send_everywhere(rest, text):
        assert response.status < 500, response.body
    names = names_of_the_contract(rest)
    assert rest.transport.requests
    for request in rest.transport.requests:
        words = re.findall(r"[A-Za-z0-9_]+", request.document.text)
        strangers = {re.sub(r"^r\d+$", "id", word) for word in words} - names
        assert {re.sub(r"\d+$", "", word) for word in strangers} <= names, request.document.text
        marks = set(request.document.text) - set(string.ascii_letters + string.digits)
        assert marks <= set(" {}():,$!"), request.document.text


@FUZZ
@given(text=HOSTILE)
@example(text="x\r\nSet-Cookie: a=b")
def test_no_response_header_can_be_injected(rest: Rest, text: str) -> None:
    """No control character is in a header, and nothing but an origin stands there as it came."""
    for response in send_everywhere(rest, text):
        for name, value in response.headers.items():
            assert not re.search(r"[\x00-\x1f\x7f]", name + value), (name, value)
        assert response.headers["X-Request-Id"] == "request-1"


@FUZZ
@given(text=HOSTILE)
@example(text="..%2f..%2f")
@example(text="%252e%252e")
def test_an_id_is_one_value_and_never_a_path(rest: Rest, text: str) -> None:
    """It is decoded once, so that no encoding of a slash or dots leads anywhere else."""
    encoded = quote(text.encode("utf-8", "surrogatepass"), safe="")
    for segment in (encoded, text if text.isascii() and "/" not in text else encoded):
        rest.transport.requests.clear()
        response = rest.send("GET", f"/todos/{segment}")
        assert response.status in {200, 400, 404}, response.body
        for request in rest.transport.requests:
            assert request.variables == {"id": unquote(segment, errors="strict")}


@pytest.mark.parametrize("path", ["/todos/..", "/todos/%2e%2e", "/todos/%2E", "/todos/"])
def test_dot_segments_and_an_empty_id_are_refused(rest: Rest, path: str) -> None:
    """A client or proxy would take them out of the URL and so ask for something else."""
    assert rest.send("DELETE", path).status == 400


@pytest.mark.parametrize(
    "path", ["/todos/a/b", "//todos", "/todos//", "/../todos", "/TODOS", "/openapi.json/../ready"]
)
def test_a_path_that_is_not_registered_leads_nowhere(rest: Rest, path: str) -> None:
    """Paths are compared as they are."""
    assert rest.send("GET", path).status == 404


@pytest.mark.parametrize("deep", [1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deeply_nested_json_is_400(rest: Rest, deep: int, opening: str, closing: str) -> None:
    """In a body, a batch and a filter; the parser's own limit ends it and not the process."""
    text = opening * deep + "1" + closing * deep
    filters = '{"not":' * deep + "{}" + "}" * deep
    assert rest.send("POST", "/todos", f'{{"name":{text}}}').status == 400
    assert rest.send("POST", "/todos", text).status == 400
    batch = f'{{"requests":[{{"id":"1","method":"POST","path":"/todos","body":{text}}}]}}'
    answered = rest.send("POST", "/batch", batch)
    statuses = {answered.status, *(each["status"] for each in _responses(answered))}
    assert statuses & {400}
    for tree in (text, filters):
        assert rest.send("GET", "/todos", query={"filter": tree}).status == 400


def _responses(response: RestResponse) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(response.body).get("responses", [])
    return found


def test_an_oversized_body_is_413_and_goes_nowhere(rest: Rest) -> None:
    """For every verb that takes one, and for a batch; account B is not asked."""
    rest.transport.requests.clear()
    body = json.dumps({"name": "x" * 1024 * 1024})
    for method, path in (("POST", "/todos"), ("PUT", "/todos/a"), ("PATCH", "/todos/a")):
        assert rest.send(method, path, body).status == 413
    assert rest.send("POST", "/batch", body).status == 413
    assert not rest.transport.requests


PARSERS: dict[str, tuple[Callable[[str], object], tuple[str, ...]]] = {
    "entity tags": (
        lambda text: parse_entity_tags("if-match", text),
        (' " ', '"a" ', "W/", '"', '"a",', ", "),
    ),
    "idempotency key": (parse_idempotency_key, ("a", '"', " ", "\\")),
    "accept": (accepts_json, ("text/html;q=0,", "a;", ";q=", ",", "0")),
    "content type": (
        lambda text: is_media_type(text, ("application/json",)),
        (";charset=", ";", '"', "a"),
    ),
    "cursor": (lambda text: decode_cursor(text, "x"), ("A", "=", "_")),
    "body": (lambda text: parse_object(text.encode()), ("1", "[", '"', " ", '{"a":1,', "-")),
}
for _name, _check in SCALAR_CHECKS.items():
    PARSERS[_name] = (_check, ("a", "1", ":", "a.", "1-", "+1 ", "@a", "a@a.", "1:", "[", "-"))


@pytest.mark.parametrize("parser", PARSERS)
def test_no_parser_takes_more_than_linear_time(parser: str) -> None:
    """Eight times the input takes about eight times as long, also where it fails at the end."""
    parse, pieces = PARSERS[parser]
    for piece in pieces:
        for end in ("", "!", "\x00"):
            _assert_linear(parse, piece, end)


def test_no_filter_takes_more_than_linear_time(rest: Rest) -> None:
    """For every field's type, as a parameter and as JSON."""
    (resource,) = rest.contract.resources

    def read(name: str) -> Callable[[str], object]:
        def parse(text: str) -> None:
            reader = FilterReader(resource, the_list(resource))
            reader.add_parameter(name, text)
            reader.add_json(text)

        return parse

    for name in ("name.in", "priority.in", "priority", "done", "name.between", "dueAt.ge"):
        for piece in ("1", "a,", ",", "1,", "-", "[", '{"not":', "true"):
            _assert_linear(read(name), piece)


def _assert_linear(parse: Callable[[str], object], piece: str, end: str = "") -> None:
    small = piece * (SMALL // len(piece)) + end
    large = piece * (SMALL // len(piece) * TIMES) + end
    growth = 0.0
    for _ in range(3):
        growth = _seconds(parse, large) / max(LEAST_SECONDS, _seconds(parse, small))
        if growth < MOST_TIMES:
            return
    pytest.fail(f"{TIMES} times the input took {growth:.0f} times as long: {piece!r}")


def _seconds(parse: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(2):
        began = time.thread_time()
        with contextlib.suppress(ValueError, GatewayError):
            parse(text)
        best = min(best, time.thread_time() - began)
    return best
