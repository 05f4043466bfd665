"""Faults among variables."""

import pytest

from tests.unit.sandbox.appsync.harness import TODO, Harness, message

CREATE = "mutation M($input: CreateTodoInput!) { createTodo(input: $input) { id priority } }"
LIST = (
    "query L($filter: ModelTodoFilterInput, $limit: Int) { listTodos(filter: $filter,"
    " limit: $limit) { nextToken } }"
)


@pytest.mark.parametrize(
    ("document", "variables", "text"),
    [
        (CREATE, {}, "Variable 'input' has coerced Null value for NonNull type 'CreateTodoInput!'"),
        (
            CREATE,
            {"input": {}},
            "Variable 'input' has coerced Null value for NonNull type 'String!'",
        ),
        (
            CREATE,
            {"input": {"name": 5}},
            "Variable 'name' has an invalid value. Expected type 'String' but was 'Integer'.",
        ),
        (
            CREATE,
            {"input": {"name": "x", "done": 1}},
            "Variable 'done' has an invalid value. Expected type 'Boolean' but was 'Integer'.",
        ),
        (
            CREATE,
            {"input": {"name": "x", "priority": 2.5}},
            "Variable 'priority' has an invalid value. Expected type 'Int' but was 'Double'.",
        ),
        (
            CREATE,
            {"input": {"name": "x", "priority": 2**31}},
            "Variable 'priority' has an invalid value. Expected type 'Int' but was 'Long'.",
        ),
        (
            CREATE,
            {"input": {"name": "x", "dueAt": "today"}},
            "Variable 'dueAt' has an invalid value. Unable to parse `today` as a valid DateTime.",
        ),
        (
            CREATE,
            {"input": "x"},
            (
                "Variable 'input' has an invalid value. Expected type 'Map' but was 'String'."
                " Variables for input objects must be an instance of type 'Map'."
            ),
        ),
        (
            LIST,
            {"limit": "5"},
            "Variable 'limit' has an invalid value. Expected type 'Int' but was 'String'.",
        ),
        (
            LIST,
            {"limit": [5]},
            "Variable 'limit' has an invalid value. Expected type 'Int' but was 'ArrayList'.",
        ),
        (
            LIST,
            {"limit": {"a": 5}},
            "Variable 'limit' has an invalid value. Expected type 'Int' but was 'LinkedHashMap'.",
        ),
        (
            LIST,
            {"filter": {"priority": {"between": ["a"]}}},
            "Variable 'between' has an invalid value. Expected type 'Int' but was 'String'.",
        ),
        (
            LIST,
            {"filter": {"name": {"attributeType": "text"}}},
            (
                "Variable 'attributeType' has an invalid value. Invalid input for Enum"
                " 'ModelAttributeTypes'. No value found for name 'text'"
            ),
        ),
    ],
)
def test_a_wrong_value_is_named_by_its_field(todo: Harness, document, variables, text):
    """A missing value is told of its variable, a wrong one of its innermost field."""
    body = todo.ask(document, variables)
    column = document.index("$" + ("input" if document is CREATE else next(iter(variables)))) + 1
    assert body["data"] is None
    assert message(body) == text
    assert body["errors"][0]["locations"] == [{"line": 1, "column": column, "sourceName": None}]


def test_an_unknown_input_field_comes_first_and_has_no_location(todo: Harness):
    """Unknown fields are looked for before values are looked at."""
    body = todo.ask(CREATE, {"input": {"name": 5, "colour": "red"}})
    assert body["errors"] == [
        {
            "path": None,
            "locations": None,
            "message": "The variables input contains a field that is not defined for input object"
            " type 'CreateTodoInput' ",
        }
    ]


def test_only_the_first_fault_is_told(todo: Harness):
    """AppSync stops at the first variable that does not fit."""
    body = todo.ask(LIST, {"limit": "x", "filter": {"priority": {"eq": "y"}}})
    assert message(body).startswith("Variable 'eq' has an invalid value. ")


def test_numbers_are_coerced_as_graphql_says(todo: Harness):
    """An integral float is an Int, an integer an ID, and a single value a list of one."""
    body = todo.ask(
        CREATE.replace("{ id", "{ id name"), {"input": {"id": 42, "name": "x", "priority": 2.0}}
    )
    assert body["data"]["createTodo"] == {"id": "42", "name": "x", "priority": 2}


def test_extra_variables_are_ignored_and_a_list_of_variables_is_none(todo: Harness):
    """Only named variables count."""
    assert todo.ask("{ __typename }", {"x": 1}) == {"data": {"__typename": "Query"}}
    reply = todo.send(b'{"query": "query($i: ID!) { getTodo(id: $i) { id } }", "variables": []}')
    assert b"has coerced Null value for NonNull type 'ID!'" in reply.body


def test_an_input_fields_default_stands_in_for_it():
    """A NonNull input field with a default need not be given."""
    schema = TODO.replace("input CreateTodoInput {", "input CreateTodoInput { kind: Int! = 3")
    with Harness(schema=schema.replace("type Todo {", "type Todo { kind: Int")) as api:
        document = CREATE.replace("priority", "kind")
        body = api.ask(document, {"input": {"id": "1", "name": "x"}})
        assert body["data"]["createTodo"] == {"id": "1", "kind": 3}


@pytest.mark.parametrize("depth", [300, 900])
def test_values_nested_beyond_reason_are_refused(todo: Harness, depth):
    """A reply comes whatever the depth; nothing runs."""
    nested = '{"not":' * depth + "{}" + "}" * depth
    request = '{"query": "%s", "variables": {"filter": %s}}' % (LIST, nested)  # noqa: UP031 - braces
    reply = todo.send(request.encode())
    assert b"nested too deeply" in reply.body
    assert todo.resolved == []


@pytest.mark.parametrize("depth", [400, 5000])
def test_documents_nested_beyond_reason_are_malformed(todo: Harness, depth):
    """The parser gives up; nothing runs."""
    body = todo.ask("{" + "... on Query {" * depth + "__typename" + "}" * depth + "}")
    assert body["errors"][0]["errorType"] == "MalformedHttpRequestException"
