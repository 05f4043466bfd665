"""What every implementation of the transport port promises.

So that what is tried over the fake is true of the real one: shapes of data and errors, which of
them are raised, and what `sent` says of a request that broke off.
"""

from typing import Any

import pytest

from chalicelib.context import CallContext, Deadline
from chalicelib.errors import (
    GraphQLRequestRefused,
    TransportError,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from chalicelib.graphql.documents import single
from chalicelib.graphql.messages import Document, GraphQLRequest
from tests.contract.conftest import Port, root_of

ID_NAME = ("id", "name")
CONDITION_FAILED = "DynamoDB:ConditionalCheckFailedException"


def test_a_write_is_read_again_as_it_was_sent(port: Port) -> None:
    """Text of any script, its control characters and its quotes included."""
    name = 'Grüße 🥛 "\\\n\t\x01 </script> ${x} {{y}}'
    item_id = port.create(name=name)
    assert port.read(item_id) == {"id": item_id, "name": name}


def test_a_missing_item_is_null_without_an_error(port: Port) -> None:
    """So that null means missing and nothing else."""
    reply = port.send("get", ID_NAME, id="none")
    assert (reply.data, reply.errors) == ({"getTodo": None}, ())


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("create", {"name": "again"}),
        ("update", {"id": "none", "name": "x"}),
        ("delete", {"id": "none"}),
    ],
)
def test_a_failed_existence_check_is_an_error_of_the_root_field(
    port: Port, kind: str, values: dict[str, str]
) -> None:
    """A duplicate, a missing update and a missing delete: the same errorType, the field null."""
    if kind == "create":
        values = {**values, "id": port.create()}
    reply = port.send(kind, ID_NAME, input=values)
    field = f"{kind}Todo"
    assert reply.data == {field: None}
    (fault,) = reply.errors
    assert (fault.path, fault.error_type) == ((field,), CONDITION_FAILED)
    assert reply.under(field) == (fault,)


def test_a_condition_is_checked_where_the_write_is_made(port: Port) -> None:
    """False: the existence check's error and nothing written; true: the item."""
    item_id = port.create()
    values = {"id": item_id, "name": "bread"}
    refused = port.send(
        "update", ID_NAME, conditional=True, input=values, condition={"name": {"eq": "jam"}}
    )
    assert [fault.error_type for fault in refused.errors] == [CONDITION_FAILED]
    assert port.read(item_id) == {"id": item_id, "name": "milk"}
    done = port.send(
        "update", ID_NAME, conditional=True, input=values, condition={"name": {"eq": "milk"}}
    )
    assert (done.errors, done.data) == ((), {"updateTodo": values})


def test_of_aliased_mutations_one_may_fail_alone(port: Port) -> None:
    """They are done in their order; the error's path names the alias."""
    item_id = port.create()
    reply = port.send_together(
        ["update", "create", "delete"],
        ID_NAME,
        input0={"id": item_id, "name": "1"},
        input1={"id": item_id, "name": "2"},
        input2={"id": item_id},
    )
    first = {"id": item_id, "name": "1"}
    assert reply.data == {"r0": first, "r1": None, "r2": first}
    assert [(fault.path, fault.error_type) for fault in reply.errors] == [
        (("r1",), CONDITION_FAILED)
    ]
    assert port.read(item_id) is None


def test_null_in_a_required_field_is_an_error_below_the_root_field(port: Port) -> None:
    """Its path is longer than the root field's: the resolver ran."""
    item_id = port.create()
    wrote = port.send("update", ID_NAME, input={"id": item_id, "name": None})
    read = port.send("get", ID_NAME, id=item_id)
    for reply, field in ((wrote, "updateTodo"), (read, "getTodo")):
        assert reply.data == {field: None}
        assert [fault.path for fault in reply.errors] == [(field, "name")]
    port.send("delete", ("id",), input={"id": item_id})


def test_a_list_gives_items_and_a_token_for_more(port: Port) -> None:
    """Page by page, each item once; the last page has no token."""
    mark = port.create()
    ids = {port.create(description=mark) for _ in range(5)}
    found: list[str] = []
    token = None
    for _ in range(1000):
        reply = port.send(
            "list",
            ("id",),
            filter={"description": {"eq": mark}},
            limit=2,
            nextToken=token,
        )
        assert reply.errors == ()
        assert reply.data is not None
        page = reply.data["listTodos"]
        found += [item["id"] for item in page["items"]]
        token = page["nextToken"]
        if token is None:
            break
    assert token is None
    assert sorted(found) == sorted(ids)


def test_a_foreign_token_is_an_error_of_the_root_field(port: Port) -> None:
    """By its errorType, since a client's cursor carried it."""
    reply = port.send("list", ("id",), filter=None, limit=2, nextToken="foreign")
    assert [(fault.path, fault.error_type) for fault in reply.errors] == [
        (("listTodos",), "DynamoDB:UserIllegalArgumentException")
    ]


@pytest.mark.parametrize(
    "variables",
    [{"input": {"name": 5}}, {"input": {"name": None}}, {"input": {"name": "a", "colour": "x"}}],
)
def test_a_refused_variable_is_an_error_without_a_path(
    port: Port, variables: dict[str, Any]
) -> None:
    """The document is refused as a whole: nothing of it is done."""
    reply = port.send("create", ID_NAME, **variables)
    assert reply.data is None
    assert reply.errors
    assert all(fault.path == () for fault in reply.errors)


def test_an_unknown_field_is_an_error_without_a_path(port: Port) -> None:
    """As after a change of the schema."""
    document = Document('query Q { getTodo(id: "a") { id colour } }', "Q", mutation=False)
    reply = port.execute(GraphQLRequest(document, {}))
    assert reply.data is None
    assert [fault.path for fault in reply.errors] == [()]


def test_a_document_that_cannot_be_parsed_is_raised(port: Port) -> None:
    """It is no reply of GraphQL's."""
    document = Document("query Q {", "Q", mutation=False)
    with pytest.raises(GraphQLRequestRefused):
        port.execute(GraphQLRequest(document, {}))


def test_throttling_is_raised_and_nothing_was_done(port: Port) -> None:
    """Not sent in the sense that it cannot have taken effect."""
    item_id = port.create()
    port.break_next("throttle")
    with pytest.raises(UpstreamThrottled) as raised:
        port.send("delete", ("id",), input={"id": item_id})
    assert raised.value.service == "AppSync"
    assert not raised.value.sent
    assert port.read(item_id) is not None


@pytest.mark.parametrize(
    ("trouble", "done"),
    [("error", False), ("cut before", False), ("cut after", True), ("cut reply", True)],
)
def test_what_broke_off_after_it_was_sent_may_have_been_done(
    port: Port, trouble: str, done: bool
) -> None:
    """The error says that nobody can tell; the store knows."""
    item_id = port.create()
    port.break_next(trouble)
    with pytest.raises(UpstreamUnreachable) as raised:
        port.send("delete", ("id",), input={"id": item_id})
    assert raised.value.sent
    assert (port.read(item_id) is None) is done


def test_after_a_failure_the_next_request_goes_through(port: Port) -> None:
    """A broken connection is not kept."""
    for trouble in ("cut before", "cut reply", "error", "throttle"):
        port.break_next(trouble)
        with pytest.raises(TransportError):
            port.read("none")
        assert port.read("none") is None


def test_past_the_deadline_nothing_is_sent(port: Port) -> None:
    """So a retry that comes too late changes nothing."""
    item_id = port.create()
    root = root_of(port.todo, "delete", ("id",))
    with pytest.raises(UpstreamTimeout) as raised:
        port.execute(GraphQLRequest(single(root), {"input": {"id": item_id}}), seconds=0)
    assert not raised.value.sent
    assert port.read(item_id) is not None


def test_each_request_upstream_is_counted(port: Port) -> None:
    """In the tally of the request that caused it."""
    context = CallContext("contract", Deadline.after(10))
    root = root_of(port.todo, "get", ("id",))
    for _ in range(3):
        port.transport.execute(GraphQLRequest(single(root), {"id": "none"}), context)
    assert context.tally.appsync_calls == 3
