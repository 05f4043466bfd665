"""What account B fills in, hides, refuses or gets wrong, and what a client is told of it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.appsync import read_reply
from chalicelib.aws.http_reply import HttpReply
from chalicelib.errors import BrokenReply, UpstreamUnreachable
from chalicelib.gateway import Options, RequestLog
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.shop import shop_client
from tests.support.todo import BUILT_SCHEMA
from tests.unit.account_a.asking import body_of, create, slug_of
from tests.unit.account_a.batching import entry, send, statuses

CUSTOMER = {"name": "Ann", "email": "a@example.com"}
KEYED = {"idempotency-key": "k"}
STAMPS = "  createdAt: AWSDateTime!\n  updatedAt: AWSDateTime!\n"


def lost() -> Fault:
    """A write that is done, and whose reply is lost."""
    return Fault(UpstreamUnreachable("AppSync", "broken", sent=True), committed=True)


def replied(value: Any, status: int = 200) -> HttpReply:
    """Returns the reply with this value as its JSON."""
    return HttpReply(status, {}, json.dumps(value).encode())


def answer(rest: Rest, reply: HttpReply) -> None:
    """Lets account B answer all that it is asked with this."""
    rest.transport.after = lambda _request, _response: read_reply(reply)


def test_what_account_b_fills_in_is_no_other_body() -> None:
    """Defaults of the schema: a replay, and a lost reply of each kind of create."""
    with shop_client() as shop:
        body = json.dumps(CUSTOMER)
        assert shop.send("POST", "/customers", body, headers=KEYED).status == 201
        again = shop.send("POST", "/customers", body, headers=KEYED)
        assert (again.status, body_of(again)["tier"]) == (200, "BASIC")
        shop.transport.faults.append(lost())
        named = json.dumps({"id": "a", **CUSTOMER})
        assert shop.send("POST", "/customers", named).status == 201
        shop.transport.faults.append(lost())
        put = shop.send("PUT", "/customers/b", body, headers={"if-none-match": "*"})
        assert put.status == 201


def test_without_timestamps_nothing_is_taken_for_unmodified() -> None:
    """A replay after a change is 200; a lost create that another client wrote over is unknown."""
    text = BUILT_SCHEMA.read_text(encoding="utf-8")
    assert STAMPS in text
    with rest_client(text.replace(STAMPS, "")) as todos:
        item = body_of(todos.send("POST", "/todos", '{"name": "milk"}', headers=KEYED))
        todos.send("PATCH", f"/todos/{item['id']}", '{"name": "bread"}')
        again = todos.send("POST", "/todos", '{"name": "milk"}', headers=KEYED)
        assert (again.status, body_of(again)["name"]) == (200, "bread")

        def overwrite(_request: GraphQLRequest) -> None:
            if len(todos.transport.requests) == before + 2:
                todos.transport.before = None
                todos.graphql('mutation { updateTodo(input: {id: "b", name: "jam"}) { id } }')

        before = len(todos.transport.requests)
        todos.transport.faults.append(lost())
        todos.transport.before = overwrite
        told = todos.send("POST", "/todos", '{"id": "b", "name": "milk"}')
        assert (told.status, slug_of(told)) == (504, "outcome-unknown")


def test_an_updated_at_that_an_input_takes_is_never_a_clients() -> None:
    """A PUT of what GET gave would keep the ETag, and If-Match would lose the update."""
    text = BUILT_SCHEMA.read_text(encoding="utf-8")
    head, mark, tail = text.partition("input UpdateTodoInput {\n")
    assert mark
    with rest_client(f"{head}{mark}  updatedAt: AWSDateTime\n{tail}") as todos:
        created = create(todos, id="a")
        held = {"if-match": created.headers["ETag"]}
        put = todos.send("PUT", "/todos/a", created.body, headers=held)
        assert (put.status, put.headers["ETag"] == created.headers["ETag"]) == (200, False)
        assert todos.send("PUT", "/todos/a", created.body, headers=held).status == 412


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_is_none_of_jsons_is_not_passed_on(rest: Rest, number: str) -> None:
    """The reply is broken: of a write nobody knows, and a read has no answer."""
    body = f'{{"data": {{"getTodo": {{"id": "a", "priority": {number}}}}}}}'.encode()
    with pytest.raises(BrokenReply):
        read_reply(HttpReply(200, {}, body))
    create(rest, id="a")
    rest.transport.after = lambda _request, _response: read_reply(HttpReply(200, {}, body))
    read = rest.send("GET", "/todos/a")
    assert (read.status, slug_of(read)) == (502, "upstream-unreachable")
    written = rest.send("PATCH", "/todos/a", '{"name": "bread"}')
    assert (written.status, slug_of(written)) == (504, "outcome-unknown")


@pytest.mark.parametrize("kind", ["ResolverExecutionLimitReached", "QueryDepthLimitReached"])
def test_what_a_limit_of_appsyncs_kept_from_running_is_run_again(rest: Rest, kind: str) -> None:
    """In a batch beyond the resolver count limit the first entries run; the others go alone."""

    def after(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        rest.transport.after = None
        rest.graphql('mutation { deleteTodo(input: {id: "b"}) { id } }')
        faults = [{"path": ["r1"], "errorType": kind, "message": ""}]
        data = {**(response.data or {}), "r1": None}
        assert request.document.mutation
        return read_reply(replied({"data": data, "errors": faults}))

    rest.transport.after = after
    entries = [entry("POST", "/todos", {"id": each, "name": "milk"}) for each in ("a", "b")]
    assert statuses(send(rest, *entries)) == [201, 201]
    assert len(rest.transport.requests) == 2


def test_one_entry_that_nobody_foresaw_leaves_the_others_of_a_batch(rest: Rest) -> None:
    """The batch goes on, and the entry that was sent is unknown."""
    create(rest, id="a")
    raised = iter([RuntimeError("no")])

    def after(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        if request.document.mutation:
            for error in raised:
                raise error
        return response

    rest.transport.after = after
    changes = [entry("PATCH", "/todos/a", {"name": "bread"}), entry("GET", "/todos/none")]
    changes.append(entry("PATCH", "/todos/a", {"name": "jam"}))
    assert statuses(send(rest, *changes)) == [504, 404, 200]


def refused(*paths: Sequence[object]) -> list[dict[str, Any]]:
    """Returns the errors by which the API's own rules refuse what stands at these paths."""
    return [{"path": path, "errorType": "Unauthorized", "message": "no"} for path in paths]


def test_a_field_that_the_rules_refuse_is_no_item_to_be_repaired(rest: Rest) -> None:
    """Wall 2, whatever the depth: no PATCH mends it."""
    errors = refused(["getTodo", "name"])
    answer(rest, replied({"data": {"getTodo": None}, "errors": errors}))
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == (502, "field-unauthorized")


def test_a_list_whose_every_item_is_refused_is_not_read_on(rest: Rest) -> None:
    """One call, and the refusal: the next page would be refused as well."""
    page = {"items": [None] * 400, "nextToken": "more"}
    errors = refused(*(["listTodos", "items", index, "name"] for index in range(400)))
    answer(rest, replied({"data": {"listTodos": page}, "errors": errors}))
    response = rest.send("GET", "/todos")
    assert (response.status, slug_of(response)) == (502, "field-unauthorized")
    assert len(rest.transport.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        replied({"errors": [{"errorType": "WAFForbiddenException"}]}, 403),
        HttpReply(403, {}, b"<html>Request blocked.</html>"),
        HttpReply(403, {}, b""),
    ],
    ids=["AppSync's firewall", "a proxy's page", "nothing"],
)
def test_a_firewall_is_not_taken_for_refused_credentials(rest: Rest, reply: HttpReply) -> None:
    """Whoever looks for a wrong policy would look in vain."""
    answer(rest, reply)
    response = rest.send("GET", "/todos/a")
    assert (response.status, slug_of(response)) == (502, "request-blocked")


def test_a_member_called_problems_is_the_schemas() -> None:
    """It is read and written as any other; what could not be read stands beside it."""
    text = BUILT_SCHEMA.read_text(encoding="utf-8")
    with rest_client(text.replace("  description: String\n", "  problems: String\n")) as todos:
        created = todos.send("POST", "/todos", '{"id": "a", "name": "b", "problems": "none"}')
        assert (created.status, body_of(created)["problems"]) == (201, "none")
        errors = [{"path": ["getTodo", "done"], "errorType": None, "message": "no"}]
        item = {"id": "a", "name": "b", "problems": "none", "done": None}
        answer(todos, replied({"data": {"getTodo": item}, "errors": errors}))
        shown = body_of(todos.send("GET", "/todos/a"))
    assert shown["problems"] == "none"
    assert [each["pointer"] for each in shown["_problems"]] == ["/done"]


@pytest.mark.parametrize("accept", ["application/problem+json", "text/plain", "image/*"])
def test_a_delete_has_nothing_that_an_accept_could_refuse(rest: Rest, accept: str) -> None:
    """Generated clients ask for problems alone where a success has no body."""
    create(rest, id="a")
    assert rest.send("DELETE", "/todos/a", headers={"accept": accept}).status == 204
    gone = rest.send("GET", "/todos/a")
    assert (gone.status, body_of(gone)["detail"]) == (404, "There is no Todo with this id.")


def test_a_problem_is_json_too(rest: Rest) -> None:
    """Who takes problems takes JSON; who takes neither is still told so."""
    create(rest, id="a")
    assert rest.send("GET", "/todos").headers["Content-Type"] == "application/json"
    assert rest.send("HEAD", "/todos/a").body == ""
    wanted = {"application/problem+json": 200, "text/plain": 406}
    for accept, status in wanted.items():
        assert rest.send("GET", "/todos/a", headers={"accept": accept}).status == status


def test_a_chunked_body_that_a_server_did_not_read_gets_a_clear_answer(rest: Rest) -> None:
    """An empty body would be told as one that the client left out."""
    headers = {"transfer-encoding": "chunked", "content-type": "application/json"}
    response = rest.send("POST", "/todos", "", headers=headers)
    assert response.status == 400
    assert [each["header"] for each in body_of(response)["errors"]] == ["transfer-encoding"]


def test_what_a_mutations_reply_hides_is_read_back() -> None:
    """Amplify nulls a field of its own rules in a mutation's reply, without an error."""
    with rest_client(options=Options()) as todos:

        def hide(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
            if not request.document.mutation:
                return response
            data = {
                key: {**value, "priority": None} for key, value in (response.data or {}).items()
            }
            return GraphQLResponse(data, response.errors)

        todos.transport.after = hide
        created = todos.send("POST", "/todos", '{"id": "a", "name": "b", "priority": 3}')
    assert (created.status, body_of(created)["priority"]) == (201, 3)
    assert "problems" not in body_of(created)


def test_an_unknown_path_is_logged_as_one(rest: Rest) -> None:
    """With the time that its answer took."""
    rest.send("GET", "/nowhere")
    (entry,) = rest.logged
    assert (entry.route, entry.status) == ("unknown", 404)
    assert entry.milliseconds > 0


def test_a_log_that_fails_takes_no_response_with_it(rest: Rest) -> None:
    """What was done was done, whatever becomes of the line that tells of it."""

    def fail(_entry: RequestLog) -> None:
        raise BrokenPipeError

    rest.gateway._log = fail
    assert create(rest, id="a").status == 201


def test_an_unforeseen_error_before_any_call_is_no_unknown_outcome(rest: Rest) -> None:
    """Nothing was sent, so nothing was done."""

    def fail() -> Options:
        raise OSError

    rest.gateway._options = fail
    response = rest.send("POST", "/todos", '{"name": "milk"}')
    assert (response.status, slug_of(response)) == (500, "internal")
    assert not rest.transport.requests


@pytest.mark.parametrize("batch", [False, True])
def test_an_unforeseen_error_after_one_that_proves_nothing_is_unknown(
    rest: Rest, *, batch: bool
) -> None:
    """The write may have been done, though its reply was an error."""

    def after(request: GraphQLRequest, response: GraphQLResponse) -> GraphQLResponse:
        for key in response.data or {}:
            if request.document.mutation:
                error = {"path": [key], "errorType": "Lambda:Unhandled", "message": ""}
                return read_reply(replied({"data": {key: None}, "errors": [error]}))
            return GraphQLResponse({key: Unreadable(id="a", name="milk")}, ())
        return response

    rest.transport.after = after
    made = {"id": "a", "name": "milk"}
    if batch:
        # One that only reads has done nothing, whoever it came with.
        entries = entry("POST", "/todos", made), entry("GET", "/todos/b")
        assert statuses(send(rest, *entries)) == [504, 500]
    else:
        assert rest.send("POST", "/todos", json.dumps(made)).status == 504
        assert rest.send("GET", "/todos/b").status == 500


class Unreadable(dict[str, Any]):
    """An item that our own code fails to read."""

    def get(self, *given: Any) -> Any:
        """Fails."""
        raise RuntimeError(given)


def test_a_port_that_fails_within_a_batch_leaves_what_was_done(rest: Rest) -> None:
    """One entry waits for another attempt of its own, and the wait fails."""
    rest.transport.faults.extend([None, None, lost()])
    upstream = rest.gateway._upstream()

    def fail(seconds: float) -> None:
        raise OSError(seconds)

    broken = replace(upstream, sleep=fail)
    rest.gateway._upstream = lambda: broken
    create(rest, id="a")
    changes = [entry("PATCH", "/todos/a", {"name": "bread"}), entry("GET", "/todos/none")]
    assert statuses(send(rest, *changes)) == [504, 404]
