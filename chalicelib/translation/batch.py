"""Reads and writes the envelope of POST /batch."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from chalicelib.errors import InvalidRequest, Violation
from chalicelib.rest.messages import JSON_BODY, RestRequest, RestResponse, json_text, json_texts
from chalicelib.translation.body import body_object

MAX_REQUESTS = 100
MAX_ID_CHARACTERS = 128
METHODS = ("GET", "POST", "PATCH", "DELETE")
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_MEMBERS = frozenset({"id", "method", "path", "headers", "body"})


class BatchEntry(NamedTuple):
    """One request of a batch, with the id that the client gave it."""

    id: str
    request: RestRequest


def read_batch(request: RestRequest) -> tuple[BatchEntry, ...]:
    """Returns the requests of a batch, in order.

    Raises:
        InvalidRequest: Every violation of the envelope; what is wrong within a request is that
            request's own answer.
    """
    envelope = body_object(request)
    entries = envelope.get("requests")
    violations = [_at(f"/{name}", "is unknown") for name in envelope if name != "requests"]
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_REQUESTS:
        violations.append(_at("/requests", f"is not a list of 1 to {MAX_REQUESTS} requests"))
        raise InvalidRequest(violations)
    seen: set[str] = set()
    result = []
    for index, entry in enumerate(entries):
        faults = _faults(entry, seen)
        if faults:
            violations += [_at(f"/requests/{index}{place}", detail) for place, detail in faults]
            continue
        seen.add(entry["id"])
        result.append(BatchEntry(entry["id"], _request(request, entry)))
    if violations:
        raise InvalidRequest(violations)
    return tuple(result)


def batch_text(entries: Sequence[BatchEntry], responses: Sequence[RestResponse]) -> str:
    """Returns the reply's JSON; a body that is text already goes in as it is."""
    pairs = list(zip(entries, responses, strict=True))
    texts = json_texts(
        [text for entry, each in pairs for text in (entry.id, *each.headers.values())]
    )
    answers = []
    end = 0
    for _, (status, headers, body, _, value, text) in pairs:
        start, end = end, end + 1 + len(headers)
        content = body or text or json_text(value)
        answers.append(_answer(status, *headers) % (*texts[start:end], content))
    return f'{{"responses":[{",".join(answers)}]}}'


@lru_cache(maxsize=64)
def _answer(status: int, *header_names: str) -> str:
    """Returns the form of an answer, which takes the JSON of its id, its headers and its body."""
    lines = ",".join([f"{json_text(name)}:%s" for name in header_names])
    return f'{{"id":%s,"status":{status},"headers":{{{lines}}},"body":%s}}'


def _faults(entry: Any, seen: set[str]) -> list[tuple[str, str]]:
    if not isinstance(entry, dict):
        return [("", "is not an object")]
    faults = []
    if not entry.keys() <= _MEMBERS:
        faults += [(f"/{name}", "is unknown") for name in entry if name not in _MEMBERS]
    entry_id = entry.get("id")
    if not isinstance(entry_id, str) or not 1 <= len(entry_id) <= MAX_ID_CHARACTERS:
        faults.append(("/id", f"is not a string of 1 to {MAX_ID_CHARACTERS} characters"))
    elif entry_id in seen:
        faults.append(("/id", "is another request's too"))
    if entry.get("method") not in METHODS:
        faults.append(("/method", f"is not one of {', '.join(METHODS)}"))
    path = entry.get("path")
    if not isinstance(path, str) or not path.startswith("/") or not path.isascii():
        faults.append(("/path", "is not an encoded path that starts with /"))
    if "headers" in entry and not _are_headers(entry["headers"]):
        faults.append(("/headers", "is not an object of strings"))
    if "body" in entry and not isinstance(entry["body"], dict):
        faults.append(("/body", "is not an object"))
    return faults


def _are_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _request(request: RestRequest, entry: Mapping[str, Any]) -> RestRequest:
    path, _, query = entry["path"].partition("?")
    headers = JSON_BODY if "body" in entry else _NO_HEADERS
    if "headers" in entry:
        named = {name.lower(): value for name, value in entry["headers"].items()}
        headers = {**headers, **named}
    return RestRequest(
        entry["method"],
        path,
        request.context,
        tuple(parse_qsl(query, keep_blank_values=True)) if query else (),
        headers,
        parsed=entry.get("body"),
        caller=request.caller,
        base_path=request.base_path,
    )


def _at(pointer: str, detail: str) -> Violation:
    return Violation("pointer", pointer, detail)
