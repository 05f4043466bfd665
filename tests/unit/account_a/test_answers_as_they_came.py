"""Items that are shown as they came go out in account B's own JSON, and no others do."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.graphql.messages import GraphQLResponse
from tests.support.account_b import Rest
from tests.unit.account_a.asking import body_of
from tests.unit.account_a.batching import entry, send, statuses
from tests.unit.account_a.test_replies_fuzzed import FUZZ, ODD, PAGES

# As no encoder of ours writes them: an escape that need not be one, and zeros at a number's end.
ITEM = (
    r'{"id":"a","name":"caf\u00e9 \"\/]}","description":null,"done":null,"priority":1.50e1,'
    r'"dueAt":null,"createdAt":"2026-01-01T08:00:00.000Z","updatedAt":"2026-01-01T08:00:00.000Z"}'
)
OTHER = ITEM.replace('"a"', '"b"')


def page(items: str, token: str = "null", key: str = "listTodos") -> str:
    """Returns the reply with a page of these items."""
    return f'{{"data":{{"{key}":{{"items":[{items}],"nextToken":{token}}}}}}}'


def answer(rest: Rest, body: str) -> None:
    """Lets account B answer all that it is asked with this."""
    reply = HttpReply(200, {}, body.encode("utf-8", "surrogatepass"))
    rest.transport.after = lambda _request, _response: read_reply(reply)


def test_items_that_are_shown_as_they_came_go_out_as_account_b_wrote_them(rest: Rest) -> None:
    """Nothing is lost on the way: not even how a number is written."""
    answer(rest, page(f"{ITEM},{OTHER}"))
    assert rest.send("GET", "/todos").body == f'{{"items":[{ITEM},{OTHER}]}}'


@pytest.mark.parametrize(
    "reply",
    [
        page(ITEM).replace('":', '": '),
        page(ITEM) + "\n",
        page(ITEM)[:-1] + ',"extensions":{"a":{"b":{}}}}',
        page(ITEM).replace('"nextToken"', '"more":[1],"nextToken"'),
        page(ITEM)[:-2] + f',"z":{page(OTHER)[21:-1]}}}',
        page(ITEM.replace('"done":null', '"done":null,"z":1')),
    ],
)
def test_a_reply_that_is_more_than_its_items_is_encoded_anew(rest: Rest, reply: str) -> None:
    """Spaces and further members: the answer holds the one item alone, in our own JSON."""
    answer(rest, reply)
    body = rest.send("GET", "/todos").body
    shown = json.dumps(json.loads(ITEM), ensure_ascii=False, separators=(",", ":"))
    assert body == f'{{"items":[{shown}]}}'


def test_what_no_utf_8_can_carry_goes_out_escaped(rest: Rest) -> None:
    """A lone surrogate that account B wrote as it is, and its escape, which goes out as it came."""
    for written in ("\ud800", r"\ud800"):
        answer(rest, page(ITEM.replace(r"\"", written)))
        body = rest.send("GET", "/todos").body
        assert r"\ud800" in body
        assert body.encode()


def test_a_list_within_a_batch_is_its_own_items_alone(rest: Rest) -> None:
    """Two lists share one document, whose reply begins with the one and ends with the other."""
    lists = [page(each, key=f"r{at}")[9:-2] for at, each in enumerate((ITEM, OTHER))]
    answer(rest, f'{{"data":{{{",".join(lists)}}}}}')
    entries = [entry("GET", "/todos?limit=5"), entry("GET", "/todos?limit=6")]
    ids = [[item["id"] for item in each["body"]["items"]] for each in send(rest, *entries)]
    assert ids == [["a"], ["b"]]


def test_what_a_batch_makes_goes_out_as_account_b_wrote_it(rest: Rest) -> None:
    """Beside an answer that is a problem, and ids that no UTF-8 can carry go out escaped."""
    answer(rest, f'{{"data":{{"r0":{ITEM},"r1":{OTHER}}}}}')
    made = {"name": "milk", "description": None}
    entries = [entry("POST", "/todos", {**made, "id": each}) for each in ("a", "b")]
    requests = [{"id": f"\ud800{at}", **each} for at, each in enumerate(entries)]
    wrong = {"id": "3", **entry("POST", "/todos", {})}
    body = rest.send("POST", "/batch", json.dumps({"requests": [*requests, wrong]})).body
    for each in (ITEM, OTHER):
        assert f'"body":{each}}}' in body
    answers = json.loads(body.encode())["responses"]
    assert [each["id"] for each in answers] == ["\ud8000", "\ud8001", "3"]
    assert statuses(answers) == [201, 201, 400]
    assert answers[1]["headers"] == {
        "Content-Type": "application/json",
        "ETag": '"2026-01-01T08:00:00.000Z"',
        "Location": "/todos/b",
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"data":{"r0":{"a":1,"r1":2},"r1":{"b":3}}}',
        '{"data":{"r0":{"a":1},"r1" :{"b":3}}}',
        '{"data": {"r0":{"a":1},"r1":{"b":3}}}',
        '{"data":{"r0":{"a":1},"r1":{"b":3}} }',
        '{"data":{"r0":{"a":{"r1":2}},"r1":{"c":3,"r2":4}}}',
    ],
)
def test_a_reply_is_cut_only_where_it_is_certain(text: str) -> None:
    """Not where an item has a member that is called as a root field, nor where there are spaces."""
    response = GraphQLResponse(json.loads(text)["data"], (), text)
    assert response.cut().texts == {}


def test_a_reply_is_cut_into_the_values_of_its_root_fields() -> None:
    """Each of which is JSON of its own, whatever stands in its texts."""
    values = {"r0": {"a": ',"r1":', "b": [1.5, None]}, "r1": None, "r2": {"r1": '\\"}}'}}
    text = json.dumps({"data": values}, separators=(",", ":"))
    texts = GraphQLResponse(values, (), text).cut().texts
    assert {name: json.loads(each) for name, each in texts.items()} == values


def test_alike_requests_of_a_batch_are_each_checked(rest: Rest) -> None:
    """By their own headers and bodies, whatever the first one of the path had."""
    entries = [
        entry("POST", "/todos", {"name": "milk"}),
        entry("POST", "/todos", {"name": 1}),
        entry("POST", "/todos", {"name": "milk"}, content_type="text/plain"),
        entry("POST", "/todos", {"name": "milk"}, accept="text/html"),
        entry("POST", "/todos"),
        entry("PATCH", "/todos", {"name": "milk"}),
        entry("POST", "/todos?a=1", {"name": "milk"}),
        entry("POST", "/todos", {"name": "milk"}),
    ]
    assert statuses(send(rest, *entries)) == [201, 400, 415, 406, 415, 405, 400, 201]


@FUZZ
@given(value=PAGES | st.lists(ODD).map(lambda items: {"items": items, "nextToken": None}))
def test_a_list_says_the_same_however_account_b_writes_it(rest: Rest, value: Any) -> None:
    """With spaces each item is encoded anew, without them it may not be."""
    bodies = []
    for separators in ((", ", ": "), (",", ":")):
        answer(rest, json.dumps({"data": {"listTodos": value}}, separators=separators))
        response = rest.send("GET", "/todos")
        response.body.encode()
        bodies.append((response.status, body_of(response)))
    assert bodies[0] == bodies[1]
