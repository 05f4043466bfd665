"""Documents and their faults."""

import json

import pytest

from bridge.sandbox.appsync import api
from tests.unit.sandbox.appsync.harness import Harness, message

PREFIX = "Validation error of type "


@pytest.mark.parametrize(
    ("document", "text", "column"),
    [
        (
            "{ todos { id } }",
            "FieldUndefined: Field 'todos' in type 'Query' is undefined @ 'todos'",
            3,
        ),
        (
            '{ getTodo(id: "1") { id nope } }',
            "FieldUndefined: Field 'nope' in type 'Todo' is undefined @ 'getTodo/nope'",
            25,
        ),
        (
            '{ getTodo(id: "1", x: 1) { id } }',
            "UnknownArgument: Unknown field argument x @ 'getTodo'",
            20,
        ),
        ("{ getTodo { id } }", "MissingFieldArgument: Missing field argument id @ 'getTodo'", 3),
        (
            "{ listTodos { items } }",
            (
                "SubSelectionRequired: Sub selection required for type [Todo]! of field items"
                " @ 'listTodos/items'"
            ),
            15,
        ),
        (
            '{ getTodo(id: "1") { id { x } } }',
            (
                "SubSelectionNotAllowed: Sub selection not allowed on leaf type ID! of field id"
                " @ 'getTodo/id'"
            ),
            22,
        ),
        ("query($i: Foo) { getTodo(id: $i) { id } }", "UnknownType: Unknown type Foo", 11),
        (
            'mutation { createTodo(input: {description: "x"}) { id } }',
            (
                "WrongType: argument 'input' with value 'ObjectValue{objectFields=["
                "ObjectField{name='description', value=StringValue{value='x'}}]}' is missing"
                " required fields '[name]' @ 'createTodo'"
            ),
            23,
        ),
        (
            'mutation { createTodo(input: {name: "x", colour: "red"}) { id } }',
            (
                "WrongType: argument 'input' with value 'ObjectValue{objectFields=["
                "ObjectField{name='name', value=StringValue{value='x'}}, ObjectField{"
                "name='colour', value=StringValue{value='red'}}]}' contains a field not in"
                " 'CreateTodoInput': 'colour' @ 'createTodo'"
            ),
            23,
        ),
        (
            "{ listTodos(filter: {and: [{}, {priority: {eq: 1.5}}]}) { nextToken } }",
            (
                "WrongType: argument 'filter.and[1].priority.eq' with value 'FloatValue{value=1.5}'"
                " is not a valid 'Int' @ 'listTodos'"
            ),
            13,
        ),
        (
            "{ listTodos(filter: 5) { nextToken } }",
            (
                "WrongType: argument 'filter' with value 'IntValue{value=5}' must be an object type"
                " @ 'listTodos'"
            ),
            13,
        ),
        (
            "{ getTodo(id: null) { id } }",
            "WrongType: argument 'id' with value 'NullValue{}' must not be null @ 'getTodo'",
            11,
        ),
        (
            "query($i: ID = true) { getTodo(id: $i) { id } }",
            "BadValueForDefaultArg: Bad default value BooleanValue{value=true} for type ID",
            7,
        ),
        (
            "query($i: String!) { getTodo(id: $i) { id } }",
            (
                "VariableTypeMismatch: Variable type 'String!' doesn't match expected type 'ID!'"
                " @ 'getTodo'"
            ),
            34,
        ),
        (
            "{ getTodo(id: $i) { id } }",
            "UndefinedVariable: Undefined variable i @ 'getTodo'",
            15,
        ),
        ('{ getTodo(id: "1") { id @foo } }', 'WrongType: Unknown directive "@foo".', 25),
        ("mutation { ... @defer { __typename } }", 'WrongType: Unknown directive "@defer".', 16),
        ('{ getTodo(id: "1") { ...G } }', 'WrongType: Unknown fragment "G".', 25),
    ],
)
def test_a_faulty_document_is_told_in_appsyncs_words(todo: Harness, document, text, column):
    """A fault has no path and no errorType; the whole document does nothing."""
    body = todo.ask(document)
    assert body["data"] is None
    assert body["errors"] == [
        {
            "path": None,
            "locations": [{"line": 1, "column": column, "sourceName": None}],
            "message": PREFIX + text,
        }
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "Request body is empty."),
        (b"meow", "Unable to parse GraphQL query."),
        (b"[]", "Unable to parse GraphQL query."),
        (b"{}", "Unable to parse GraphQL query."),
        (b'{"query": 5}', "Unable to parse GraphQL query."),
        (b'{"query": " "}', "Unable to parse GraphQL query."),
        (b'{"query": "{ a"}', "Unable to parse GraphQL query."),
        (b'{"query": "{ __typename }", "variables": "{}"}', "Unable to parse GraphQL query."),
        (b'{"query": "{ __typename }", "variables": {"a": NaN}}', "Unable to parse GraphQL query."),
        (b"[" * 100_000, "Unable to parse GraphQL query."),
    ],
)
def test_a_body_that_is_no_request_is_malformed(todo: Harness, body, text):
    """The reply is 400 with MalformedHttpRequestException, in the header as well."""
    reply = todo.send(body)
    assert reply.status == 400
    assert json.loads(reply.body) == {
        "errors": [{"errorType": "MalformedHttpRequestException", "message": text}]
    }
    assert dict(reply.headers)["x-amzn-ErrorType"] == "MalformedHttpRequestException"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("fragment F on Todo { id }", None),
        ("query A { __typename } query B { __typename }", None),
        ("query A { __typename }", "C"),
    ],
)
def test_an_operation_that_cannot_be_determined_is_a_bad_request(todo: Harness, document, name):
    """No operation, several without a name, or a name that none has."""
    body = todo.ask(document, operation_name=name)
    assert body["errors"][0]["errorType"] == "BadRequestException"
    assert message(body) == "Unable to determine the operation."


def test_the_operation_name_picks_one_of_several(todo: Harness):
    """Only the named operation runs."""
    document = "query A { a: __typename } query B { b: __typename }"
    assert todo.ask(document, operation_name="B") == {"data": {"b": "Query"}}


def test_a_subscription_is_refused_over_http(todo: Harness):
    """Subscriptions need a web socket."""
    body = todo.ask("subscription { onCreateTodo { id } }")
    assert body["errors"][0]["errorType"] == "UnsupportedOperation"


def test_fragments_and_directives_shape_the_reply(todo: Harness):
    """Spreads, inline fragments, @skip and @include work at every level."""
    todo.create(id="1", name="milk", done=True)
    document = """
      query Q($no: Boolean = false, $yes: Boolean!) {
        ...Root
        hidden: getTodo(id: "1") @include(if: $no) { id }
        ... @skip(if: $yes) { gone: __typename }
      }
      fragment Root on Query { getTodo(id: "1") { ...Fields ... on Todo { done @skip(if: $no) } } }
      fragment Fields on Todo { name description @include(if: $no) }
    """
    assert todo.ask(document, {"yes": True}) == {
        "data": {"getTodo": {"name": "milk", "done": True}}
    }
    assert [each.alias for each in todo.resolved[1:]] == ["getTodo"]


def test_identity_policies_are_asked_for_the_fields_that_run(todo: Harness):
    """One refused root field refuses the whole request with 401; a skipped one is not asked."""
    todo.refused = {("Mutation", "deleteTodo")}
    document = (
        'mutation M($no: Boolean!) { createTodo(input: {id: "1", name: "x"}) { id }'
        ' ...D @include(if: $no) } fragment D on Mutation { deleteTodo(input: {id: "1"}) { id } }'
    )
    assert todo.ask(document, {"no": True}) == {
        "errors": [{"errorType": "UnauthorizedException", "message": "Permission denied"}]
    }
    assert [each.items for each in todo.store.tables()] == [0]
    assert todo.ask(document, {"no": False}) == {"data": {"createTodo": {"id": "1"}}}


def test_introspection_describes_the_schema(todo: Harness):
    """A client can learn the types; no resolver runs for that."""
    body = todo.ask('{ __schema { queryType { name } } __type(name: "Todo") { fields { name } } }')
    assert body["data"]["__schema"] == {"queryType": {"name": "Query"}}
    names = [each["name"] for each in body["data"]["__type"]["fields"]]
    assert names[:2] == ["id", "name"]
    assert todo.resolved == []


def test_root_fields_beyond_the_limit_are_not_resolved(todo: Harness, monkeypatch):
    """Each further field fails by itself; the limit is ten thousand, and fewer here."""
    assert api.MAX_RESOLVERS == 10_000
    monkeypatch.setattr(api, "MAX_RESOLVERS", 100)
    document = "{" + " ".join(f'a{n}: getTodo(id: "1") {{ id }}' for n in range(101)) + "}"
    body = todo.ask(document)
    assert [error["path"] for error in body["errors"]] == [["a100"]]
    assert body["errors"][0]["errorType"] == "ResolverExecutionLimitReached"
