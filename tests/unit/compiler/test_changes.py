"""What `pull` says of a new schema, from the point of view of a client of the REST API."""

import pytest

from bridge.compiler.changes import changes_between
from bridge.compiler.compilation import compile_schema
from bridge.compiler.schema import described_types, read_built_schema
from tests.support.todo import BUILT_SCHEMA

OLD = (
    BUILT_SCHEMA.read_text(encoding="utf-8")
    .replace(
        "type Todo {", "enum State { OPEN DONE }\ntype Todo {\n  state: State\n  tags: [String]"
    )
    .replace("input CreateTodoInput {", "input CreateTodoInput {\n  state: State\n  tags: [String]")
)


def changes(*edits):
    """Returns what is said when each text of the schema is replaced by another one."""
    new = OLD
    for old_text, new_text in edits:
        assert old_text in new
        new = new.replace(old_text, new_text)
    contracts = [compile_schema(read_built_schema(text)).contract for text in (OLD, new)]
    return [str(change) for change in changes_between(*contracts)]


def in_type(name, old_text, new_text):
    """Returns an edit within one definition of the schema."""
    begin = OLD.index(f"{name} {{")
    body = OLD[begin : OLD.index("}", begin)]
    assert old_text in body
    return (body, body.replace(old_text, new_text))


def test_the_same_schema_changes_nothing():
    """No line is said of what stays."""
    assert changes() == []


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        (
            [in_type("type Todo", "priority: Int", "priority: Int\n  owner: String")],
            ["added: `owner` of /todos, String"],
        ),
        (
            [
                in_type("type Todo", "priority: Int", "priority: Int\n  owner: String!"),
                in_type("input CreateTodoInput", "name", "owner: String!\n  name"),
            ],
            [
                "added: `owner` of /todos, String!",
                "breaking: `owner` of /todos is required by POST",
            ],
        ),
        (
            [in_type("input CreateTodoInput", "  tags: [String]\n", "")],
            ["removed (breaking): `tags` of /todos may no longer be written by POST"],
        ),
        (
            [in_type("input UpdateTodoInput", "name", "tags: [String]\n  name")],
            ["added: `tags` of /todos may be written by PATCH and PUT"],
        ),
        (
            [in_type("input CreateTodoInput", "done: Boolean", "done: Boolean!")],
            ["breaking: `done` of /todos is required by POST"],
        ),
        (
            [in_type("input CreateTodoInput", "name: String!", "name: String")],
            ["relaxed: `name` of /todos is no longer required by POST"],
        ),
        (
            [in_type("type Todo", "tags: [String]", "tags: [Int]")],
            ["breaking: `tags` of /todos was [String], is [Int]"],
        ),
        (
            [in_type("type Todo", "tags: [String]", "tags: String")],
            ["breaking: `tags` of /todos was [String], is String"],
        ),
        (
            [in_type("type Todo", "name: String!", "name: String")],
            ["breaking: `name` of /todos was String!, is String"],
        ),
        (
            [in_type("type Todo", "tags: [String]", "tags: [String!]!")],
            ["relaxed: `tags` of /todos was [String], is [String!]!"],
        ),
        (
            [in_type("enum State", "OPEN DONE", "OPEN LATER")],
            [
                "removed (breaking): value DONE of State",
                "added: value LATER of State",
            ],
        ),
        (
            [in_type("type Mutation", "deleteTodo", "removeNothing(a: Int): Int\n  deleteTodoX")],
            [],
        ),
        (
            [
                (
                    "input UpdateTodoInput {\n  id: ID!",
                    "input UpdateTodoInput {\n  key: ID!\n  id: ID!",
                )
            ],
            ["removed (breaking): PATCH and PUT /todos/{id}"],
        ),
        (
            [in_type("input ModelTodoConditionInput", "  updatedAt: ModelStringInput\n", "")],
            ["removed (breaking): ETag and If-Match of /todos"],
        ),
        (
            [in_type("input ModelIntInput", "  between: [Int]\n", "")],
            ["removed (breaking): filter operator between of `priority` of /todos"],
        ),
        (
            [("listTodos(", "listTasks(")],
            ["added: /tasks", "removed (breaking): /todos"],
        ),
    ],
)
def test_each_change_is_said_with_what_it_means(edits, said):
    """An addition, a removal and a break are told apart, for reading and for writing."""
    assert changes(*edits) == said


def test_a_schema_that_brings_appsyncs_own_definitions_is_read():
    """Introspection lists the scalars and directives that a built schema leaves out."""
    own = "scalar AWSDateTime\ndirective @aws_auth(cognito_groups: [String]) on FIELD_DEFINITION\n"
    assert described_types(read_built_schema(own + OLD)) == described_types(read_built_schema(OLD))


def test_two_schemas_differ_by_their_types_not_by_their_order():
    """Order and comments make no other schema; a field does."""
    shuffled = "# a comment\n" + OLD.replace("  priority: Int\n  dueAt", "  dueAt", 1)
    assert described_types(read_built_schema(shuffled)) != described_types(read_built_schema(OLD))
    begin = OLD.index("enum State")
    moved = OLD[:begin] + OLD[begin:].replace("enum State { OPEN DONE }\n", "")
    moved += "enum State { OPEN DONE }\n"
    assert described_types(read_built_schema(moved)) == described_types(read_built_schema(OLD))
