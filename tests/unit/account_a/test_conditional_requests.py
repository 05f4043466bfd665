"""Conditional requests over a whole item: If-Match, If-None-Match, and what they cost upstream."""

import json

import pytest

from chalicelib.graphql.messages import GraphQLRequest
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import OLDER
from tests.support.shop import shop_client
from tests.unit.account_a.asking import body_of, create, slug_of, stored, stored_ids

STALE = '"2020-01-01T00:00:00.000Z"'


def calls_of(rest: Rest) -> list[str]:
    """Returns the operations that went upstream since the last look."""
    names = [request.document.operation_name for request in rest.transport.requests]
    rest.transport.requests.clear()
    return names


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"x", {etag}', 304),
        ('W/"x", W/{etag}', 304),
        ("*", 304),
        (STALE, 200),
        ('"x", "y"', 200),
    ],
)
def test_if_none_match_saves_who_holds_the_item(
    rest: Rest, method: str, header: str, status: int
) -> None:
    """Weak comparison, lists and *; a 304 has the ETag, the caching and no body."""
    created = create(rest)
    path = created.headers["Location"]
    etag = created.headers["ETag"]
    response = rest.send(method, path, headers={"if-none-match": header.replace("{etag}", etag)})
    assert (response.status, response.headers["ETag"]) == (status, etag)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert bool(response.body) is (status == 200 and method == "GET")


def test_if_none_match_of_a_missing_item_is_404(rest: Rest) -> None:
    """There is nothing that could be unmodified."""
    response = rest.send("GET", "/todos/none", headers={"if-none-match": "*"})
    assert (response.status, slug_of(response)) == (404, "not-found")


def test_a_changed_item_has_another_tag(rest: Rest) -> None:
    """So the tag of before finds it modified."""
    created = create(rest)
    path, etag = created.headers["Location"], created.headers["ETag"]
    changed = rest.send("PATCH", path, '{"done": true}')
    assert changed.headers["ETag"] != etag
    assert rest.send("GET", path, headers={"if-none-match": etag}).status == 200
    assert rest.send("GET", path, headers={"if-match": etag}).status == 412
    assert rest.send("GET", path, headers={"if-match": changed.headers["ETag"]}).status == 200


@pytest.mark.parametrize(
    ("method", "body", "operation"),
    [
        ("PATCH", '{"done": true}', "UpdateTodo"),
        ("PUT", '{"name": "bread"}', "UpdateTodo"),
        ("DELETE", "", "DeleteTodo"),
    ],
)
@pytest.mark.parametrize("header", ["{etag}", '"x", {etag}, W/"y"', "*"])
def test_a_condition_that_holds_costs_one_request_upstream(
    rest: Rest, method: str, body: str, operation: str, header: str
) -> None:
    """It is the mutation's own condition: atomic, with no read before the write."""
    created = create(rest)
    calls_of(rest)
    response = rest.send(
        method,
        created.headers["Location"],
        body,
        headers={"if-match": header.replace("{etag}", created.headers["ETag"])},
    )
    assert response.status in {200, 204}, response.body
    assert calls_of(rest) == [operation]


@pytest.mark.parametrize(
    ("method", "body", "missing"),
    [("PATCH", '{"done": true}', 404), ("PUT", '{"name": "bread"}', 412), ("DELETE", "", 404)],
)
def test_one_read_tells_a_false_condition_from_a_missing_item(
    rest: Rest, method: str, body: str, missing: int
) -> None:
    """AppSync gives one error for both."""
    created = create(rest)
    item = stored(rest, body_of(created)["id"])
    calls_of(rest)
    refused = rest.send(method, created.headers["Location"], body, headers={"if-match": STALE})
    assert (refused.status, len(calls_of(rest))) == (412, 2)
    assert stored(rest, body_of(created)["id"]) == item
    absent = rest.send(method, "/todos/none", body, headers={"if-match": STALE})
    assert (absent.status, len(calls_of(rest))) == (missing, 2)
    assert stored_ids(rest) == [body_of(created)["id"]]


@pytest.mark.parametrize(("method", "body"), [("PATCH", "{}"), ("DELETE", "")])
def test_without_a_condition_a_missing_item_needs_no_read(
    rest: Rest, method: str, body: str
) -> None:
    """Only its absence can have failed."""
    for headers in ({}, {"if-match": "*"}):
        assert rest.send(method, "/todos/none", body, headers=headers).status == 404
        assert len(calls_of(rest)) == 1


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", "{}"), ("PUT", '{"name": "bread"}'), ("DELETE", "")]
)
def test_a_weak_tag_never_matches_strongly(rest: Rest, method: str, body: str) -> None:
    """RFC 9110, section 13.1.1: so nothing is written, and a read tells which refusal it is."""
    created = create(rest)
    calls_of(rest)
    headers = {"if-match": f"W/{created.headers['ETag']}"}
    assert rest.send(method, created.headers["Location"], body, headers=headers).status == 412
    assert calls_of(rest) == ["GetTodo"]


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", "{}"), ("PUT", '{"name": "bread"}'), ("DELETE", "")]
)
@pytest.mark.parametrize("header", ["", "x", '"a', STALE.strip('"')])
def test_a_malformed_precondition_is_refused_and_not_ignored(
    rest: Rest, method: str, body: str, header: str
) -> None:
    """Else a client would overwrite what it meant to protect."""
    created = create(rest)
    calls_of(rest)
    path = created.headers["Location"]
    response = rest.send(method, path, body, headers={"if-match": header})
    assert (response.status, slug_of(response)) == (400, "invalid-request")
    assert calls_of(rest) == []


def test_preconditions_that_a_method_does_not_take_are_refused(rest: Rest) -> None:
    """With a type of their own."""
    path = create(rest).headers["Location"]
    for method, body, headers in (
        ("PATCH", "{}", {"if-none-match": "*"}),
        ("DELETE", "", {"if-none-match": STALE}),
        ("PUT", '{"name": "a"}', {"if-none-match": STALE}),
        ("PUT", '{"name": "a"}', {"if-none-match": "*", "if-match": "*"}),
    ):
        response = rest.send(method, path, body, headers=headers)
        assert (response.status, slug_of(response)) == (400, "precondition-unsupported")


def test_put_creates_what_is_not_there_and_replaces_what_is(rest: Rest) -> None:
    """One request upstream where the item exists, two where it does not."""
    assert rest.send("PUT", "/todos/a", '{"name": "a", "priority": 1}').status == 201
    assert calls_of(rest) == ["UpdateTodo", "CreateTodo"]
    replaced = rest.send("PUT", "/todos/a", '{"name": "b"}')
    assert (replaced.status, body_of(replaced)["priority"]) == (200, None)
    assert calls_of(rest) == ["UpdateTodo"]
    assert "Location" not in replaced.headers
    new = rest.send("PUT", "/todos/b", '{"name": "b"}', headers={"if-none-match": "*"})
    assert (new.status, calls_of(rest)) == (201, ["CreateTodo"])
    refused = rest.send("PUT", "/todos/b", '{"name": "c"}', headers={"if-none-match": "*"})
    assert (refused.status, calls_of(rest)) == (412, ["CreateTodo"])
    item = stored(rest, "b")
    assert item is not None
    assert item["name"] == "b"


def test_an_older_api_has_no_tags_and_refuses_if_match(people: Rest) -> None:
    """Its conditions do not know updatedAt, so nothing could hold the precondition."""
    made = people.send("POST", "/people", '{"name": "Ann"}')
    assert made.status == 201
    assert "ETag" not in made.headers
    path = made.headers["Location"]
    assert "ETag" not in people.send("GET", path).headers
    writes = (("PATCH", '{"nick": "A"}'), ("PUT", '{"name": "B"}'), ("DELETE", ""))
    for method, body in (("GET", ""), *writes):
        for value in ("*", STALE):
            response = people.send(method, path, body, headers={"if-match": value})
            assert (response.status, slug_of(response)) == (400, "precondition-unsupported")
    refused = people.send("PUT", path, '{"name": "B"}', headers={"if-none-match": "*"})
    assert refused.status == 412
    changed = people.send("PATCH", path, '{"nick": "A"}')
    assert (changed.status, body_of(changed)["nick"]) == (200, "A")
    key = {"idempotency-key": "k"}
    statuses = [
        people.send("POST", "/people", '{"name": "Eve"}', headers=key).status for _ in range(2)
    ]
    assert statuses == [201, 200]
    assert people.send("DELETE", path).status == 204


def test_every_kind_of_field_survives_a_round_trip(machines: Rest) -> None:
    """Over another schema: what POST takes, GET gives, and PUT takes again."""
    fields = {
        "label": "press",
        "running": False,
        "status": "BROKEN",
        "history": ["IDLE", "IDLE"],
        "tags": ["a", None, "b"],
        "serials": [1, -2],
        "load": 0.1,
        "slots": 0,
        "limit": 2**31 - 1,
        "built": "2026-02-28",
        "shift": "23:59:59.999Z",
        "dueAt": "2026-12-31T23:59:59.000Z",
        "seen": 2**40,
        "contact": "a@b.example",
        "extra": '{"a":[1,null]}',
        "manual": "https://example.com/?a=b#c",
        "phone": "+49 30 1234567",
        "address": "2001:db8::1",
    }
    made = machines.send("POST", "/machines", json.dumps(fields))
    assert made.status == 201, made.body
    path = made.headers["Location"]
    item = body_of(machines.send("GET", path))
    assert {name: item[name] for name in fields} == fields
    again = machines.send("PUT", path, json.dumps(fields))
    assert {name: body_of(again)[name] for name in fields} == fields
    page = body_of(machines.send("GET", "/machines", query={"status": "BROKEN", "load.lt": "1"}))
    assert [each["id"] for each in page["items"]] == [item["id"]]


def test_a_merge_into_a_value_holds_if_match() -> None:
    """The item is read first: another ETag is 412, and `*` outlives a race."""
    with shop_client() as shop:
        price = {"amount": 1, "currency": "EUR"}
        product = {"sku": "p", "title": "a", "price": price, "requiredTags": []}
        assert shop.send("POST", "/products", json.dumps(product)).status == 201
        change = '{"price": {"amount": 2}}'
        stale = shop.send("PATCH", "/products/p", change, headers={"if-match": '"x"'})
        assert (stale.status, slug_of(stale)) == (412, "precondition-failed")
        assert body_of(shop.send("GET", "/products/p"))["price"]["amount"] == 1

        def race(request: GraphQLRequest) -> None:
            if request.document.mutation:
                shop.transport.before = None
                assert shop.send("PATCH", "/products/p", '{"title": "b"}').status == 200

        shop.transport.before = race
        merged = shop.send("PATCH", "/products/p", change, headers={"if-match": "*"})
        assert (merged.status, body_of(merged)["title"]) == (200, "b")
        assert body_of(merged)["price"] == {"amount": 2, "currency": "EUR"}

        def always(request: GraphQLRequest) -> None:
            race(request)
            shop.transport.before = always

        shop.transport.before = always
        lost = shop.send("PATCH", "/products/p", change, headers={"if-match": "*"})
        assert (lost.status, slug_of(lost)) == (409, "conflict")


def test_a_read_without_etags_holds_no_if_match() -> None:
    """As a write holds none: the client would take it for held."""
    with rest_client(OLDER) as people:
        refused = people.send("GET", "/people/a", headers={"if-match": '"x"'})
    assert (refused.status, slug_of(refused)) == (400, "precondition-unsupported")
