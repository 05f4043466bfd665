"""What comes in and goes out on the REST side."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from chalicelib.context import CallContext

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"

# Lambda's reply is 6 MB at most; headers, problems and a cursor need some of it.
MAX_REPLY_BYTES = 5 * 1024 * 1024
# What a character takes of it at the most: two units of UTF-16, each escaped as `\u1234`.
MOST_WIRE_BYTES = 12

# The headers of a request of a batch that has a body, and none of its own.
JSON_BODY: Mapping[str, str] = MappingProxyType({"content-type": JSON})

# Made once: json.dumps makes an encoder at every call that is not of its defaults. What was read
# from JSON holds no circle, so none is looked for.
_FORM: Mapping[str, Any] = {"separators": (",", ":"), "check_circular": False}
_ENCODE = json.JSONEncoder(ensure_ascii=False, **_FORM).encode
_ENCODE_ASCII = json.JSONEncoder(**_FORM).encode
_ENCODE_LINES = json.JSONEncoder(
    ensure_ascii=False, separators=("\n", ":"), check_circular=False
).encode


class RestRequest(NamedTuple):
    """One REST request.

    Attributes:
        method: In upper case.
        path: Path-absolute and percent-encoded, without the stage's prefix.
        context: The request's id, deadline and tally.
        query: Decoded names and values, in order.
        headers: Found by lower-case names.
        template: The route that API Gateway matched, such as `/todos/{id}`; None for a request of a
            batch, whose path is yet to be matched.
        parameters: The path parameters of that route, percent-encoded as they came.
        body: The exact bytes.
        parsed: The body of a request of a batch, which was parsed with the batch.
        caller: The principal whose idempotency keys are its own.
        base_path: The stage's prefix, such as `/api`; empty where there is none.
    """

    method: str
    path: str
    context: CallContext
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})
    template: str | None = None
    parameters: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    parsed: Mapping[str, Any] | None = None
    caller: str = ""
    base_path: str = ""


class RestResponse(NamedTuple):
    """One REST response.

    Attributes:
        status: The HTTP status.
        headers: By the names that go out.
        body: The text that goes out; empty for none, and where it is made of `value` yet.
        problem: The problem type's slug when this is one, for the log.
        value: What goes out as JSON; None where `body` is all.
        text: The value's JSON as account B wrote it, for a batch's answer; None where unknown.
    """

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: str = ""
    problem: str | None = None
    value: Any = None
    text: str | None = None

    def written(self) -> "RestResponse":
        """Returns the response with its body as text."""
        if self.value is None:
            return self
        return RestResponse(self.status, self.headers, json_text(self.value), self.problem)


def json_text(value: Any) -> str:
    """Returns compact JSON for `value`.

    Text beyond ASCII goes out as it is, unless it holds a lone surrogate, which UTF-8 cannot carry.
    """
    text = _ENCODE(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return _ENCODE_ASCII(value)
    return text


def json_texts(texts: Sequence[str]) -> list[str]:
    """Returns the JSON of each text: as `json_text` does, for less than its start costs."""
    lines = _ENCODE_LINES(texts)[1:-1]  # a line's end within a text is escaped
    if lines.isascii():
        return lines.split("\n")
    return [json_text(each) for each in texts]


def fits_reply(text: str) -> bool:
    """Whether a body of this JSON text fits into Lambda's reply; most are not worth a count."""
    return MOST_WIRE_BYTES * len(text) <= MAX_REPLY_BYTES or wire_bytes(text) <= MAX_REPLY_BYTES


def wire_bytes(text: str) -> int:
    """Returns how many bytes a body of this JSON text takes in Lambda's reply, at the most.

    The body is a string within Lambda's own JSON, whose encoder escapes quotes and, up to Python
    3.11's runtime, all that is beyond ASCII.
    """
    if text.isascii():
        return len(text) + text.count('"') + text.count("\\")
    return 3 * len(text.encode("utf-16-le", "surrogatepass"))


def json_response(
    status: int, value: Any, headers: Mapping[str, str] | None = None
) -> RestResponse:
    """Returns a response whose body is `value` as JSON."""
    return value_response(status, value, headers or {}).written()


def value_response(
    status: int, value: Any, headers: Mapping[str, str], text: str | None = None
) -> RestResponse:
    """Returns a response whose body is `value`, encoded as it goes out: maybe with others."""
    return RestResponse(status, {"Content-Type": JSON, **headers}, "", None, value, text)
