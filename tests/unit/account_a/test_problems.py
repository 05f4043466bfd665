"""The table of problems: every error has its row, and no response tells what it must not."""

import json
from collections.abc import Iterator

import pytest

from chalicelib import errors
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import GatewayError, Violation
from chalicelib.rest.messages import RestRequest
from chalicelib.rest.problems import (
    INTERNAL,
    NOT_READY,
    PROBLEMS,
    TYPE_PREFIX,
    problem_response,
    problem_type,
)
from tests.support.account_b import Fault, Rest
from tests.unit.account_a.asking import an_error

SECRET = (
    "User: arn:aws:sts::111111111111:assumed-role/fn/s is not authorized to perform: sts:AssumeRole"
    " IQoJb3JpZ2luX2VjE query GetTodo($id: ID!) (Service: DynamoDb, Status Code: 400)"
)
REQUEST = RestRequest(
    "GET", "/todos/a%2Fb", CallContext("r-1", Deadline.after(1)), base_path="/api"
)


# A failed condition is settled where it is caught; a refused value or pagination token is too where
# it was the client's, and else it is what its parent is, as a broken reply always is.
INNER = {
    errors.Unforeseen,  # INTERNAL stands for it, outside of the table
    errors.BrokenReply,
    errors.ConditionCheckFailed,
    errors.ExpressionTooLarge,
    errors.IndexValueRefused,
    errors.KeyFiltered,
    errors.LimitRefused,
    errors.KeyPartMissing,
    errors.PaginationTokenRefused,
    errors.Unproven,
    errors.VariableRefused,
    errors.VersionConflict,
}


def leaves(cls: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    """Gives the classes of the error tree that a client meets: those without a subclass."""
    subclasses = set(cls.__subclasses__()) - INNER
    if not subclasses:
        yield cls
    for each in subclasses:
        yield from leaves(each)


@pytest.mark.parametrize("cls", sorted(set(leaves()), key=repr))
def test_every_error_has_a_row_of_its_own(cls: type[GatewayError]) -> None:
    """Else it would be told as an internal error."""
    assert cls in PROBLEMS
    assert problem_type(an_error(cls, SECRET)) is PROBLEMS[cls]


def test_the_table_has_no_row_without_an_error_and_no_slug_twice() -> None:
    """A problem type means one thing."""
    assert set(PROBLEMS) <= set(leaves())
    slugs = [kind.slug for kind in (*PROBLEMS.values(), INTERNAL, NOT_READY)]
    assert len(slugs) == len(set(slugs))


def test_an_unknown_error_is_internal() -> None:
    """And its message is not shown."""

    class Novel(GatewayError):
        """An error that nobody gave a row."""

    assert problem_type(Novel("x")) is INTERNAL
    assert json.loads(problem_response(Novel(SECRET), REQUEST).body)["detail"] == INTERNAL.detail


@pytest.mark.parametrize(
    "cls",
    sorted(
        (cls for cls in PROBLEMS if not issubclass(cls, errors.ClientInputError)),
        key=repr,
    ),
)
def test_no_text_from_within_reaches_a_client(cls: type[GatewayError]) -> None:
    """No ARN, no token, no document, nothing of AWS's: its title and detail are the table's."""
    response = problem_response(an_error(cls, SECRET), REQUEST)
    shown = response.body + json.dumps(dict(response.headers))
    for word in ("arn:", "IQoJ", "query", "DynamoDb", "111111111111", "Service:"):
        assert word not in shown
    assert PROBLEMS[cls].detail is not None


@pytest.mark.parametrize("kind", [*PROBLEMS.values(), INTERNAL, NOT_READY], ids=lambda k: k.slug)
def test_a_problem_is_rfc_9457s(kind) -> None:
    """Its status is an error's, its type a URI of our own, its title fit for any occurrence."""
    assert 400 <= kind.status <= 599
    assert kind.uri == TYPE_PREFIX + kind.slug
    assert kind.title
    assert kind.title[-1] != "."


def test_a_problem_names_the_request_and_its_place() -> None:
    """Its instance is the path as it came; nothing of it is stored by anybody."""
    response = problem_response(errors.ResourceNotFound("There is none."), REQUEST)
    assert json.loads(response.body) == {
        "type": "urn:problem-type:appsync-rest:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is none.",
        "instance": "/api/todos/a%2Fb",
        "requestId": "r-1",
    }
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"


def test_each_violation_names_its_place() -> None:
    """As a pointer, a parameter or a header."""
    violations = [
        Violation("pointer", "/a", "is unknown"),
        Violation("parameter", "limit", "is not a number"),
        Violation("header", "if-match", "is no ETag"),
    ]
    response = problem_response(errors.InvalidRequest(violations), REQUEST)
    assert json.loads(response.body)["errors"] == [
        {"pointer": "/a", "detail": "is unknown"},
        {"parameter": "limit", "detail": "is not a number"},
        {"header": "if-match", "detail": "is no ETag"},
    ]


def test_an_error_that_nobody_foresaw_is_a_500_without_its_text(rest: Rest) -> None:
    """The log has its class and its place, neither has its text: it may hold a client's value."""
    rest.transport.faults.append(Fault(KeyError(SECRET)))
    response = rest.send("GET", "/todos/a")
    assert (response.status, response.problem) == (500, "internal")
    assert "arn:" not in response.body
    fault = rest.logged[-1].fault
    assert fault is not None
    assert fault.startswith("KeyError at account_b.py:")
    assert "arn:" not in fault


def test_a_reply_of_account_bs_texts_stays_inside(rest: Rest) -> None:
    """A duplicate, a false condition, a refused token: AWS's text is in none of the responses."""
    rest.send("PUT", "/todos/a", '{"name": "milk"}')
    responses = [
        rest.send("POST", "/todos", '{"id": "a", "name": "b"}'),
        rest.send("PATCH", "/todos/none", "{}"),
        rest.send("PATCH", "/todos/a", "{}", headers={"if-match": '"x"'}),
    ]
    assert [response.status for response in responses] == [409, 404, 412]
    for response in responses:
        for word in ("DynamoDB", "DynamoDb", "conditional request", "mutation", "arn:"):
            assert word not in response.body


def test_what_a_problem_repeats_of_a_request_has_a_bound(rest: Rest) -> None:
    """A body of a megabyte may be wrong in 100,000 places; Lambda's reply has a limit."""
    many = json.dumps({f"k{n}": n for n in range(50_000)})
    problem = json.loads(rest.send("POST", "/todos", many).body)
    assert len(problem["errors"]) == 100
    long = json.dumps({"x" * 900_000: 1, "name": "milk"})
    assert len(rest.send("POST", "/todos", long).body) < 2000
