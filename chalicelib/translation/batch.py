"""Reads and writes the envelope of POST /batch."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
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
    """Returns the reply's JSON; a body that is text already goes in as it is.

    What is no text yet is encoded in one piece: an encoder's start costs as much as a small item.
    """
    parts: list[str] = []
    pairs = zip(entries, responses, strict=True)
    for is_text, group in groupby(pairs, lambda pair: bool(pair[1].body or pair[1].text)):
        several = list(group)
        if is_text:
            parts += _answer_texts(several)
        else:
            parts.append(json_text([_answer(*each) for each in several])[1:-1])
    return f'{{"responses":[{",".join(parts)}]}}'


def _answer(entry: BatchEntry, response: RestResponse) -> dict[str, Any]:
    head = {"id": entry.id, "status": response.status, "headers": dict(response.headers)}
    return {**head, "body": response.value}


def _answer_texts(pairs: Sequence[tuple[BatchEntry, RestResponse]]) -> Iterator[str]:
    """Gives the JSON of each answer whose body is text."""
    texts = iter(
        json_texts([text for entry, each in pairs for text in (entry.id, *each.headers.values())])
    )
    for _, (status, headers, body, _, _, text) in pairs:
        head = f'"id":{next(texts)},"status":{status}'
        lines = ",".join([f"{_name_text(name)}:{next(texts)}" for name in headers])
        yield f'{{{head},"headers":{{{lines}}},"body":{body or text}}}'


# There are but a few names of headers, all of them ours.
_name_text = lru_cache(maxsize=64)(json_text)


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
        query=tuple(parse_qsl(query, keep_blank_values=True)) if query else (),
        headers=headers,
        parsed=entry.get("body"),
        caller=request.caller,
        base_path=request.base_path,
    )


def _at(pointer: str, detail: str) -> Violation:
    return Violation("pointer", pointer, detail)
