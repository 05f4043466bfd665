"""The probes prove each field and write nothing, whatever the API's types are."""

import pytest

from bridge.doctor.probes import Answer, Outcome, Probe, probes_for, read_answer
from chalicelib.aws.http_reply import HttpReply
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import AppSyncDenied, UpstreamTimeout
from chalicelib.graphql.messages import GraphQLFault, GraphQLResponse
from tests.support.account_b import rest_client
from tests.support.schemas import MACHINE, OLDER
from tests.support.shop import shop_client

FAILED_CONDITION = "DynamoDB:ConditionalCheckFailedException"


@pytest.mark.parametrize("schema", [None, MACHINE, OLDER], ids=["todo", "machine", "older"])
def test_every_field_is_proven_and_no_item_is_made(schema):
    """Each scalar, enum and list, with conditions that know updatedAt and with older ones."""
    with rest_client(schema) as client:
        context = CallContext("probe", Deadline.after(5))
        listed = list(probes_for(client.contract))
        assert len(listed) == 5 * len(client.contract.resources)
        for probe in listed:
            assert probe.request is not None
            response = client.transport.execute(probe.request, context)
            if probe.parent == "Mutation":
                assert [fault.error_type for fault in response.errors] == [FAILED_CONDITION]
            assert read_answer(probe, response, None).outcome is Outcome.PROVEN
        for resource in client.contract.resources:
            assert client.send("GET", f"/{resource.path}").body == '{"items":[]}'


@pytest.mark.parametrize("item", [{"name": "doctor"}, {"name": "milk", "description": "doctor"}])
def test_the_condition_holds_for_no_item_even_under_the_same_id(item):
    """Whatever stands under the id that is asked for is left as it was."""
    with rest_client() as client:
        written = client.send("PUT", "/todos/nobody", f'{{"name":"{item["name"]}"}}')
        assert written.status == 201
        context = CallContext("probe", Deadline.after(5))
        for probe in probes_for(client.contract):
            assert probe.request is not None
            client.transport.execute(probe.request, context)
        assert client.send("GET", "/todos/nobody").body == written.body


def test_every_index_query_is_asked():
    """The role needs each of them, so a policy that lacks one is found out."""
    with shop_client() as client:
        context = CallContext("probe", Deadline.after(5))
        probes = {each.field: each for each in probes_for(client.contract)}
        indexes = [path for resource in client.contract.resources for path in resource.indexes]
        assert len(indexes) > 5
        for path in indexes:
            request = probes[path.name].request
            assert request is not None
            reply = client.transport.execute(request, context)
            assert not reply.errors
            assert read_answer(probes[path.name], reply, None).outcome is Outcome.PROVEN


def test_an_endpoints_query_is_asked_and_its_mutation_is_not():
    """What a function makes of values that mean nothing proves the right to call it."""
    with shop_client() as client:
        context = CallContext("probe", Deadline.after(5))
        probes = {each.field: each for each in probes_for(client.contract) if each.endpoint}
        assert {name for name, each in probes.items() if each.request is None} == {
            "checkout",
            "recount",
            "retag",
        }
        for probe in probes.values():
            if probe.request is not None:
                reply = client.transport.execute(probe.request, context)
                assert read_answer(probe, reply, None).outcome is Outcome.PROVEN
    refused = GraphQLResponse({"echo": None}, [GraphQLFault(("echo",), "Unauthorized", "")])
    assert read_answer(probes["echo"], refused, None).outcome is Outcome.UNAUTHORIZED
    thrown = GraphQLResponse({"echo": None}, [GraphQLFault(("echo",), "Lambda:Unhandled", "")])
    assert read_answer(probes["echo"], thrown, None).outcome is Outcome.PROVEN


PROBE = Probe("Mutation", "createTodo", mutation=True, request=None)


def response(*faults, data=None):
    """Returns a reply of status 200."""
    return GraphQLResponse(data or {"createTodo": None}, faults)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (response(GraphQLFault(("createTodo",), "Unauthorized", "")), Outcome.UNAUTHORIZED),
        (response(GraphQLFault(("createTodo", "a"), "Unauthorized", "")), Outcome.NESTED),
        (response(GraphQLFault((), "", "Validation error")), Outcome.REFUSED),
        (response(GraphQLFault(("createTodo",), FAILED_CONDITION, "")), Outcome.PROVEN),
        (response(GraphQLFault(("createTodo",), "Lambda:Unhandled", "")), Outcome.FAILED),
        (response(data={"createTodo": {"id": "1"}}), Outcome.NOT_HELD),
    ],
)
def test_each_reply_has_its_meaning(result, outcome):
    """What a resolver, the validation or a nested field says is told apart."""
    assert read_answer(PROBE, result, None).outcome is outcome


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (
            b'{"errors":[{"errorType":"UnauthorizedException","message":"Permission denied"}]}',
            Outcome.DENIED,
        ),
        (
            b'{"errors":[{"errorType":"MalformedHttpRequestException","message":"Unable"}]}',
            Outcome.REFUSED,
        ),
        (b'{"errors":[{"errorType":"UnauthorizedException","message":"?"}]}', Outcome.FAILED),
        (b'{"message":"Forbidden"}', Outcome.FAILED),
        (b"<html>", Outcome.FAILED),
        (b"[]", Outcome.FAILED),
    ],
)
def test_each_refusal_of_the_whole_request_has_its_meaning(body, outcome):
    """Permission denied is the identity policy's; anything else is the API's own matter."""
    reply = HttpReply(401, {"x-amzn-errortype": "SomeException:"}, body)
    answer = read_answer(PROBE, AppSyncDenied(401, ""), reply)
    assert answer.outcome is outcome
    assert answer.status == 401


def test_a_reply_that_never_came_keeps_the_reason():
    """There is no status then, and the transport's own words stand in."""
    answer = read_answer(PROBE, UpstreamTimeout("AppSync", "the deadline passed"), None)
    assert answer == Answer(
        "Mutation", "createTodo", Outcome.FAILED, None, "", "AppSync: the deadline passed"
    )
    assert answer.said == "AppSync: the deadline passed"
