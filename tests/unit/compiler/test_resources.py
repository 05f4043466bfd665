"""The contract that is made of a built schema, and what is left out of it."""

import json
import re
from pathlib import Path

import pytest

from bridge.compiler.command import contract_text
from bridge.compiler.resources import Compilation, compile_schema
from bridge.compiler.schema import CompileError, read_built_schema
from chalicelib.contract.model import (
    Field,
    Presence,
    Resource,
    contract_from_json,
)
from tests.support.schemas import MACHINE, ODDITIES, OLDER, model, schema
from tests.support.todo import BUILT_SCHEMA

DATASTORE = Path("tests/data/amplify/built-schema-datastore.graphql")
TEXT_OPERATORS = {"eq", "ne", "gt", "ge", "lt", "le", "contains", "notContains", "beginsWith"}


def compiled(text: str) -> Compilation:
    """Returns what the compiler makes of a built schema."""
    return compile_schema(read_built_schema(text))


def only(compilation: Compilation) -> Resource:
    """Returns the one resource of a contract."""
    (resource,) = compilation.contract.resources
    return resource


@pytest.fixture
def todo() -> Resource:
    """The shipped schema's resource."""
    return only(compiled(BUILT_SCHEMA.read_text()))


@pytest.fixture
def machine() -> Resource:
    """A resource of every kind of field."""
    return only(compiled(MACHINE))


def test_the_shipped_schema_gives_all_five_operations(todo: Resource) -> None:
    """Each verb of /todos has its GraphQL operation, with the names of its input types."""
    operations = (todo.get, todo.list, todo.create, todo.update, todo.delete)
    assert [each and each.field for each in operations] == [
        "getTodo",
        "listTodos",
        "createTodo",
        "updateTodo",
        "deleteTodo",
    ]
    assert todo.list is not None
    assert todo.list.filter_type == "ModelTodoFilterInput"
    assert todo.update is not None
    assert todo.update.input_type == "UpdateTodoInput"
    assert todo.update.condition_type == "ModelTodoConditionInput"
    assert todo.conditional


def test_the_shipped_schema_gives_its_fields_in_order(todo: Resource) -> None:
    """Names, types and nullability are the object type's own."""
    assert [(field.name, field.type, field.required) for field in todo.fields] == [
        ("id", "ID", True),
        ("name", "String", True),
        ("description", "String", False),
        ("done", "Boolean", False),
        ("priority", "Int", False),
        ("dueAt", "AWSDateTime", False),
        ("createdAt", "AWSDateTime", True),
        ("updatedAt", "AWSDateTime", True),
    ]


def test_presence_in_the_inputs_says_what_may_be_written(todo: Resource) -> None:
    """A field is required, optional or absent in each input; absent in both is read-only."""
    by_name = todo.by_name
    assert by_name["name"].in_create is Presence.REQUIRED
    assert by_name["name"].in_update is Presence.OPTIONAL
    assert by_name["id"].in_create is Presence.OPTIONAL
    assert [field.name for field in todo.fields if field.read_only] == ["createdAt", "updatedAt"]


def test_only_the_subscriptions_of_the_shipped_schema_are_left_out() -> None:
    """Everything else of it is in the contract, so each line must be about a subscription."""
    left_out = compiled(BUILT_SCHEMA.read_text()).left_out
    assert [line.split(":")[0] for line in left_out] == [
        "Subscription.onCreateTodo",
        "Subscription.onDeleteTodo",
        "Subscription.onUpdateTodo",
    ]


def test_a_contract_survives_being_written_and_read() -> None:
    """What the Lambda reads from contract.json is what the compiler wrote."""
    for text in (BUILT_SCHEMA.read_text(), MACHINE, OLDER):
        written = contract_text(compiled(text).contract)
        assert contract_text(contract_from_json(json.loads(written))) == written


def test_an_enum_keeps_its_values_in_order(machine: Resource) -> None:
    """The values are what the body's check and the OpenAPI document show."""
    assert machine.by_name["status"].enum == ("IDLE", "RUNNING", "BROKEN")
    assert machine.by_name["history"].enum == ("IDLE", "RUNNING", "BROKEN")


def test_lists_know_their_items_type_and_nullability(machine: Resource) -> None:
    """[Int!]!, [String] and [Status!] differ in three ways, and all three are kept."""

    def shape(field: Field) -> tuple[str, bool, bool, bool]:
        return field.type, field.is_list, field.required, field.item_required

    assert shape(machine.by_name["serials"]) == ("Int", True, True, True)
    assert shape(machine.by_name["tags"]) == ("String", True, False, False)
    assert shape(machine.by_name["history"]) == ("Status", True, False, True)


def test_a_required_boolean_and_a_float_are_what_they_are(machine: Resource) -> None:
    """A required Boolean must be given at creation; a Float has the numbers' operators."""
    running = machine.by_name["running"]
    assert (running.type, running.required, running.in_create) == (
        "Boolean",
        True,
        Presence.REQUIRED,
    )
    assert {"gt", "between"} <= set(machine.by_name["load"].operators)
    assert "contains" not in machine.by_name["load"].operators


def test_a_fields_operators_are_those_of_its_filter_input(machine: Resource) -> None:
    """An enum can be compared for equality only; text can be searched."""
    assert set(machine.by_name["status"].operators) == {"eq", "ne"}
    assert set(machine.by_name["label"].operators) >= TEXT_OPERATORS


def test_an_older_api_has_no_conditional_requests_and_the_compiler_says_so() -> None:
    """Without `updatedAt` in the condition input no ETag can be held."""
    compilation = compiled(OLDER)
    assert not only(compilation).conditional
    (note,) = compilation.notes
    assert note.startswith("Person: no ETag and no If-Match")


@pytest.mark.parametrize(
    ("plural", "path"),
    [
        ("People", "people"),
        ("Todos", "todos"),
        ("BlogPosts", "blog-posts"),
        ("HTTPServers", "http-servers"),
        ("Area51s", "area51s"),
    ],
)
def test_a_path_is_the_list_querys_name_in_kebab_case(plural: str, path: str) -> None:
    """Amplify knows the plural; the compiler only takes `list` away."""
    assert only(compiled(schema(model("Thing", plural, "a: Int")))).path == path


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("Query.getComment", "its key is not a single `id: ID!`"),
        ("Query.listComments", "Comment has no get query by its `id`"),
        ("Mutation.createComment", "Comment has no get query by its `id`"),
        ("Mutation.deleteComment", "Comment has no get query by its `id`"),
        ("Query.echo", "a custom operation"),
        ("Mutation.archive", "a custom operation"),
        ("Query.notesByText", "an index query"),
        ("Note.place", "a nested type"),
        ("Note.comments", "a relation"),
        ("Note.grid", "a list of lists"),
        ("Subscription.onCreateNote", "a subscription; REST has no place for it"),
    ],
)
def test_each_thing_left_out_is_named_with_its_reason(what: str, reason: str) -> None:
    """One line each, so that nobody has to guess why a path is missing."""
    assert f"{what}: {reason}" in compiled(ODDITIES).left_out


def test_what_is_left_out_leaves_the_rest_whole() -> None:
    """The one plain type among the oddities keeps its plain fields and all operations."""
    compilation = compiled(ODDITIES)
    note = only(compilation)
    assert [field.name for field in note.fields] == ["id", "text", "createdAt", "updatedAt"]
    assert None not in (note.get, note.list, note.create, note.update, note.delete)
    assert len(compilation.left_out) == len(set(compilation.left_out)) == 11


def test_a_create_that_requires_what_rest_does_not_show_is_left_out() -> None:
    """POST could never satisfy it, so the resource has no POST."""
    types, queries, mutations = model("Shop", "Shops", "name: String!")
    nested = types.replace(
        "type Shop { id: ID!",
        "type Address { street: String } type Shop { id: ID! address: Address!",
    ).replace(
        "input CreateShopInput { id: ID",
        "input AddressInput { street: String }"
        " input CreateShopInput { id: ID address: AddressInput!",
    )
    compilation = compiled(schema((nested, queries, mutations)))
    shop = only(compilation)
    assert shop.create is None
    assert shop.update is not None
    assert shop.by_name["name"].in_create is Presence.ABSENT
    assert any(
        line.startswith("Mutation.createShop: it requires `address`")
        for line in compilation.left_out
    )


@pytest.mark.parametrize("key", ["String", "Int"])
def test_a_type_whose_id_is_of_another_type_than_id_is_left_out(key: str) -> None:
    """The gateway's documents declare it as ID!, so AppSync would refuse all of them."""
    types, queries, mutations = model("Shop", "Shops", "name: String!")
    keyed = types.replace("id: ID", f"id: {key}"), queries.replace("id: ID", f"id: {key}")
    compilation = compiled(schema(model("Note", "Notes", "text: String!"), (*keyed, mutations)))
    assert only(compilation).name == "Note"
    assert "Query.getShop: its key is not a single `id: ID!`" in compilation.left_out


def test_a_type_that_does_not_show_its_id_is_left_out() -> None:
    """Nobody could tell one item of its list from another, or where it is."""
    types, queries, mutations = model("Shop", "Shops", "name: String!")
    hidden = types.replace("type Shop { id: ID!", "type Shop {")
    note = model("Note", "Notes", "text: String!")
    compilation = compiled(schema(note, (hidden, queries, mutations)))
    assert only(compilation).name == "Note"
    assert "Query.listShops: Shop has no get query by its `id`" in compilation.left_out


def test_conflict_resolution_is_refused_with_the_reason() -> None:
    """A stale write would be answered with success, so no ETag could be held."""
    with pytest.raises(CompileError, match="conflict resolution"):
        compiled(DATASTORE.read_text())


def test_two_resources_with_one_path_are_refused() -> None:
    """Which of them a request means could not be told."""
    text = schema(
        model("HTTPThing", "HttpThings", "a: Int"), model("HttpThing", "HTTPThings", "a: Int")
    )
    with pytest.raises(CompileError, match="/http-things of HttpThing is HTTPThing's"):
        compiled(text)


@pytest.mark.parametrize("plural", ["Health", "Ready", "Batch"])
def test_a_path_of_the_gateways_own_is_refused(plural: str) -> None:
    """/health, /ready and /batch are taken."""
    with pytest.raises(CompileError, match="is the gateway itself's"):
        compiled(schema(model("Thing", plural, "a: Int")))


def test_a_schema_without_a_resource_is_refused() -> None:
    """An API without a path would be a mistake that nobody notices."""
    with pytest.raises(CompileError, match="no type has both"):
        compiled("type Query { echo(message: String): String }")


@pytest.mark.parametrize("text", ["type Query {", "type Query { a: Unknown }", "nonsense"])
def test_what_is_no_schema_is_refused(text: str) -> None:
    """The message is one line, without the prelude's line numbers."""
    with pytest.raises(CompileError) as raised:
        compiled(text)
    assert str(raised.value).startswith("not a GraphQL schema: ")
    assert "\n" not in str(raised.value)


def test_the_chosen_operation_is_the_one_that_amplify_names() -> None:
    """A custom mutation of the same shape does not take its place."""
    types, queries, mutations = model("Todo", "Todos", "name: String!")
    publish = "publishTodo(input: UpdateTodoInput!): Todo"
    compilation = compiled(schema((types, queries, publish + "\n" + mutations)))
    update = only(compilation).update
    assert update is not None
    assert update.field == "updateTodo"
    assert "Mutation.publishTodo: updateTodo already is the update operation of Todo" in (
        compilation.left_out
    )


def test_nothing_in_account_a_knows_the_shipped_resource() -> None:
    """Another built schema gives another API, so only the compiled files may name its type."""
    code = [*Path("chalicelib").rglob("*.py"), Path("app.py")]
    assert len(code) > 30
    # The role's and the routes' names in docstrings are examples; identifiers and values are not.
    for path in code:
        text = re.sub(r'""".*?"""|#.*', "", path.read_text(), flags=re.DOTALL)
        assert not re.search("todo", text, re.IGNORECASE), path
