"""/ready: each link once, and what no link asks for."""

import json
import re
from types import SimpleNamespace
from typing import Any

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.context import CallContext, Deadline
from chalicelib.readiness import check_chain, respond
from chalicelib.rest.messages import RestRequest, RestResponse
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import model, schema
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of


def ready(rest: Rest) -> RestResponse:
    """Returns the answer of /ready over a chain whose settings and role are right."""
    request = RestRequest("GET", "/ready", CallContext("request-1", Deadline.after(5)))
    return respond(lambda: chain_to(rest), rest.contract, request)


def chain_to(rest: Rest) -> Any:
    """Returns that chain."""
    return SimpleNamespace(
        settings=SimpleNamespace(authorizer="iam"),
        role=SimpleNamespace(get=lambda _: None),
        transport=rest.transport,
    )


def break_replies(rest: Rest) -> None:
    """Lets AppSync's replies answer nothing."""
    empty = HttpReply(200, {"content-type": "application/json"}, b'{"data": {}}')
    rest.transport.after = lambda _request, _reply: read_reply(empty)


def test_each_link_is_named_once_where_a_reply_does_not_answer(rest: Rest) -> None:
    """AppSync was reached, so what is broken is behind it."""
    break_replies(rest)
    links = check_chain(
        lambda: chain_to(rest), rest.contract, CallContext("request-1", Deadline.after(5))
    )
    assert [(link.name, link.status.value) for link in links] == [
        ("settings", "ok"),
        ("authorizer", "ok"),
        ("assume-role", "ok"),
        ("appsync", "ok"),
        ("fields", "broken"),
    ]


def test_it_reads_one_item_of_each_resource_and_says_what_else_there_is() -> None:
    """One query, of every get and of nothing else, for the key alone."""
    with shop_client() as shop:
        response = ready(shop)
        (asked,) = shop.transport.requests
    assert response.status == 200
    assert body_of(response)["unchecked"] == ["lists", "writes", "relations", "rpc"]
    assert asked.document.text.startswith("query")
    gets = {each.get.name for each in shop.contract.resources if each.get}
    assert set(re.findall(r"r\d+: (\w+)\(", asked.document.text)) == gets
    assert asked.document.text.count("(") == len(gets) + 1


def test_a_broken_chain_says_so_too(rest: Rest) -> None:
    """What nobody asked for is no part of what is known to be broken."""
    break_replies(rest)
    response = ready(rest)
    assert (response.status, json.loads(response.body)["unchecked"]) == (503, ["lists", "writes"])


def test_a_resource_without_a_read_is_named() -> None:
    """It is asked for nothing; what the API lacks is not said to be left out."""
    types, queries, mutations = model("Log", "Logs", "text: String!")
    get = "getLog(id: ID!): Log"
    assert get in queries
    with rest_client(schema((types, queries.replace(get, ""), mutations))) as rest:
        assert body_of(ready(rest))["unchecked"] == ["lists", "writes", "/logs"]
