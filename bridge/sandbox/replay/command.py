"""`python -m bridge replay FILE`: a recording of an account B against an empty sandbox."""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from graphql import build_client_schema, print_schema

from bridge.project import add_project_arguments, project_of
from bridge.sandbox.appsync import Schema
from bridge.sandbox.replay.comparison import Difference, Listing, Listings, Renaming
from bridge.sandbox.replay.evidence import NEEDED, explain
from bridge.sandbox.replay.recording import (
    Case,
    Identity,
    read_cases,
    read_identities,
)
from bridge.sandbox.replay.requests import UnknownRequestError, build
from bridge.sandbox.replay.sandbox import Client, HttpReply, running
from bridge.sandbox.replay.wording import SHAPED, in_newer_words
from bridge.sandbox.schema_files import read_schema

_REGION = "us-east-1"
_LIMIT = re.compile(r"\blimit:\s*(\d+)")
_SHOWN_CHARACTERS = 200


class Verdict(Enum):
    """What a replay finds about a case."""

    SAME = "the same"
    LEFT = "left, with evidence"
    UNKNOWN = "not replayed: the recording does not hold the request"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Finding:
    """One case's verdict.

    Attributes:
        case: The case.
        verdict: What was found.
        evidence: Why a difference is left.
        differences: What differs.
    """

    case: Case
    verdict: Verdict
    evidence: str = ""
    differences: tuple[Difference, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("file", type=Path, help="the recording: one JSON object a line")
    parser.add_argument(
        "--identities", type=Path, help="its callers (default: identities.json beside it)"
    )
    add_project_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replays the recording; returns 1 when a difference has no evidence behind it."""
    identities_file = arguments.identities or arguments.file.parent / "identities.json"
    project = project_of(arguments)
    cases = read_cases(arguments.file)
    identities = read_identities(identities_file)
    schema = read_schema(project.account_b)
    with running(identities.values(), project) as client:
        findings = list(Replay(client, identities, schema).run(cases))
    for finding in findings:
        _print(finding)
    for verdict in Verdict:
        print(f"{sum(each.verdict is verdict for each in findings):5} {verdict.value}")
    return int(any(each.verdict is Verdict.DIFFERENT for each in findings))


@dataclass(frozen=True)
class _Chain:
    """The items of the pages of one query so far."""

    recorded: list[Any] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)


class Replay:
    """Sends the cases in order; what one reply names, later requests use."""

    def __init__(self, client: Client, identities: Mapping[str, Identity], schema: Schema) -> None:
        """Takes a client of an empty sandbox, the recording's callers, and account B's schema."""
        self._client = client
        self._schema = schema.graphql
        self._identities = identities
        self._renaming = Renaming(schema.meanings.times)
        self._chains: dict[str, _Chain] = {}
        self._last: tuple[Case, Any] | None = None

    def run(self, cases: list[Case]) -> Iterator[Finding]:
        """Yields what is found about each case."""
        for case in cases:
            self._bridge(case)
            try:
                reply = self._send(case)
            except UnknownRequestError:
                yield Finding(case, Verdict.UNKNOWN)
                continue
            body = _parse(reply.body)
            differences = tuple(self._compare(case, reply, body))
            evidence = explain(case, reply.status, body, differences) if differences else None
            verdict = (
                Verdict.LEFT if evidence else Verdict.DIFFERENT if differences else Verdict.SAME
            )
            yield Finding(case, verdict, evidence or "", differences)
            self._last = (case, body)

    def _send(self, case: Case) -> HttpReply:
        renamed = replace(case, variables=self._renaming.apply(case.variables))
        return self._client.send(build(renamed, self._identities, self._client.url, _REGION))

    def _bridge(self, case: Case) -> None:
        """Makes up for the cases that the recording leaves out before this one."""
        if self._last is None:
            return
        before, body = self._last
        gap = case.number - before.number - 1
        if gap and case.name in NEEDED:
            query, variables = NEEDED[case.name]
            self._send(replace(case, query=query, variables=variables, operation_name=None))
        token = _token(case)
        if not gap or not token or token in self._renaming.names or not _is_next(before, case):
            return
        for _ in range(gap):
            following = replace(case, variables={**case.variables, "nextToken": _given_token(body)})
            body = _parse(self._send(following).body)
        self._renaming.names[token] = _given_token(body)

    def _compare(self, case: Case, reply: HttpReply, body: Any) -> Iterator[Difference]:
        if reply.status != case.status:
            yield Difference("status", case.status, reply.status)
        if reply.content_type.replace(" ", "").lower() != case.content_type.lower():
            yield Difference("content type", case.content_type, reply.content_type)
        if isinstance(case.body, str):
            # Only introspection's result is left out; it has to describe the built schema.
            if print_schema(build_client_schema(body["data"])) != print_schema(self._schema):
                yield Difference("schema", case.body, "another schema")
            return
        recorded = case.body
        if SHAPED in case.provenance:
            recorded = in_newer_words(recorded, body)
        yield from self._renaming.compare(recorded, body, _listings(case))
        if case.is_page_undefined:
            yield from self._compare_union(case, body)

    def _compare_union(self, case: Case, body: Any) -> Iterator[Difference]:
        """Compares the pages up to the last one together: which items are on which is free."""
        for path in case.unordered or ():
            recorded, given = _at(case.body, path), _at(body, path)
            if recorded is None or given is None:
                continue
            chain = self._chains.pop(str(_token(case)), _Chain())
            chain = _Chain(chain.recorded + recorded["items"], chain.given + given["items"])
            if recorded.get("nextToken"):
                self._chains[recorded["nextToken"]] = chain
                continue
            yield from self._renaming.compare(
                {"items": chain.recorded},
                {"items": chain.given},
                Listings(Listing.WHOLE),
                "/pages",
            )


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _token(case: Case) -> Any:
    """Returns the token that a case sends, under whatever name its query gives the variable."""
    variables = case.variables if isinstance(case.variables, dict) else {}
    named = re.search(r"nextToken:\s*\$(\w+)", case.query or "")
    return variables.get(named[1] if named else "nextToken")


def _at(body: Any, path: str) -> dict[str, Any] | None:
    """Returns the connection at a path of a reply; None where there is none, or are several."""
    found = body.get("data") if isinstance(body, dict) else None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) and "items" in found else None


def _is_next(before: Case, case: Case) -> bool:
    """Returns whether a case reads on where an earlier one stopped, perhaps pages before."""
    if not isinstance(before.variables, dict) or not _connection(before.body).get("nextToken"):
        return False
    return {**before.variables, "nextToken": None} == {**case.variables, "nextToken": None}


def _given_token(body: Any) -> Any:
    return _connection(body).get("nextToken")


def _connection(body: Any) -> dict[str, Any]:
    """Returns the first list in a reply; an empty one when there is none."""
    data = body.get("data") if isinstance(body, dict) else None
    for value in (data or {}).values():
        if isinstance(value, dict) and "items" in value:
            return value
    return {}


def _listings(case: Case) -> Listings:
    """Returns what the lists of a reply show."""
    if case.unordered is None:
        return Listings(_listing(case))
    free = Listing.WHOLE
    if case.is_page_undefined:
        is_filtered = "filter" in f"{case.query}{case.variables}"
        free = Listing.FILTERED_PART if is_filtered else Listing.PART
    return Listings(Listing.ORDERED, dict.fromkeys(case.unordered, free))


def _listing(case: Case) -> Listing:
    """Returns whether a reply shows its table wholly: a page with others beside it does not."""
    variables = case.variables if isinstance(case.variables, dict) else {}
    connection = _connection(case.body)
    literal = _LIMIT.search(case.query or "")
    limit = variables.get("limit") or (int(literal[1]) if literal else None)
    is_full = limit is not None and len(connection.get("items") or ()) == limit
    if not (variables.get("nextToken") or connection.get("nextToken") or is_full):
        return Listing.WHOLE
    return Listing.FILTERED_PART if variables.get("filter") else Listing.PART


def _print(finding: Finding) -> None:
    case = finding.case
    if finding.verdict is Verdict.SAME:
        return
    print(f"{case.number:5} {case.name}: {finding.verdict.value}")
    print(f"      recorded from: {case.provenance}")
    for each in finding.differences:
        print(f"      {each.place}: recorded {_short(each.recorded)}, given {_short(each.given)}")
    if finding.evidence:
        print(f"      evidence: {finding.evidence}")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
