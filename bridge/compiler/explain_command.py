"""`python -m bridge explain 'GET /orders?status=PAID'`: what a request asks of account B."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from bridge.compiler.compilation import compile_schema
from bridge.compiler.explain import METHODS, Explained, explain
from bridge.compiler.rest_settings import read_rest_settings
from bridge.compiler.schema import read_schema
from bridge.errors import KnownError
from bridge.project import add_project_arguments, project_of
from chalicelib.context import CallContext, Deadline
from chalicelib.gateway.handler import BATCH_PATH
from chalicelib.rest.messages import JSON, MERGE_PATCH, RestRequest
from chalicelib.translation.planner import Plan


class NoRequestError(KnownError):
    """The argument is no request."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument(
        "request", metavar="'METHOD PATH'", help="such as 'GET /orders?status=PAID&sort=-placedAt'"
    )
    parser.add_argument(
        "--body", metavar="JSON", help="the request's body; - reads it from standard input"
    )
    add_project_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints what the gateway would send, by which access path, and what it costs at worst."""
    body = sys.stdin.read() if arguments.body == "-" else arguments.body
    request = rest_request(arguments.request, body)
    files = project_of(arguments).account_b
    compilation = compile_schema(read_schema(files.built_schema), read_rest_settings(files.rest))
    for line in lines(explain(compilation.contract, request)):
        print(line)
    return 0


def rest_request(text: str, body: str | None = None) -> RestRequest:
    """Returns the request that `METHOD PATH` stands for.

    Args:
        text: The method and the path with its query, percent-encoded.
        body: Its body; None for none.

    Raises:
        NoRequestError: It is none, or one that asks nothing of account B alone.
    """
    method, _, target = text.strip().partition(" ")
    path, _, query = target.strip().partition("?")
    if method not in METHODS or not path.startswith("/"):
        raise NoRequestError(f"a request is {', '.join(METHODS)} with a path, as in 'GET /todos'")
    if path == BATCH_PATH:
        raise NoRequestError("a batch costs what its requests do: explain them one by one")
    try:
        sent = (body or "").encode()
        text.encode()
    except UnicodeEncodeError as error:
        raise NoRequestError("the request is no text that UTF-8 can carry") from error
    try:
        parameters = parse_qsl(query, keep_blank_values=True)
    except ValueError as error:
        raise NoRequestError(f"the query cannot be read: {error}") from error
    media_type = MERGE_PATCH if method == "PATCH" else JSON
    return RestRequest(
        method,
        path,
        CallContext("explain", Deadline(float("inf"))),
        query=tuple(parameters),
        headers={"content-type": media_type},
        body=sent,
    )


def lines(explained: Explained) -> list[str]:
    """Returns what is printed."""
    shown = [] if explained.plan is None else list(_access(explained.plan))
    for number, call in enumerate(explained.calls, 1):
        shown.append(f"call {number}: {call.document}")
        shown.append(f"  variables: {_json(call.variables)}")
    if not explained.calls:
        shown.append("no call")
    cost = explained.worst
    shown.append(
        f"cost at worst: upstream calls {cost.calls:,}, resolvers {cost.resolvers:,}, items read"
        f" {cost.items:,}"
    )
    shown.extend(f"  {note}" for note in explained.notes)
    return shown


def _access(plan: Plan) -> Iterator[str]:
    """Gives the access path, and why it is no other."""
    yield f"access path: {plan.access}"
    for each in plan.weighed:
        if each.path is not plan.path:
            reason = each.reason or "it serves too, with no more conditions in its key"
            yield f"  not {each.path.name}: {reason}"
        elif plan.access == "scan":
            partition = each.path.partition
            by_key = f": needs {partition}.eq to be read by its key" if partition else ""
            cure = f": {each.reason}" if each.reason else by_key
            yield f"  {each.path.name} reads the whole table{cure}"
    for name, bounds in plan.dropped.items():
        values = " and ".join(map(_json, bounds))
        yield f"  the gateway drops the items at {name} {values}, which the key takes in"
    if plan.path.index:
        yield "  an index lags behind a write, by less than a second as a rule"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
