"""What `pull` says of a new schema, from the point of view of a client of the REST API."""

import pytest

from bridge.compiler.changes import Effect, changes_between
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
            ["added: /rpc/removeNothing"],
        ),
        (
            [
                (
                    "input UpdateTodoInput {\n  id: ID!",
                    "input UpdateTodoInput {\n  key: ID!\n  id: ID!",
                )
            ],
            ["removed (breaking): PATCH and PUT /todos/{id}", "added: /rpc/updateTodo"],
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


SHOP = """
type Query {
  getOrder(customer: ID!, number: String!): Order
  listOrders(filter: ModelOrderFilterInput, limit: Int, nextToken: String): ModelOrderConnection
}
type Mutation {
  createOrder(input: CreateOrderInput!, condition: ModelOrderConditionInput): Order
  updateOrder(input: UpdateOrderInput!, condition: ModelOrderConditionInput): Order
  deleteOrder(input: DeleteOrderInput!, condition: ModelOrderConditionInput): Order
}
enum State { OPEN PAID }
type Order { customer: ID! number: String! total: Money! state: State gift: Gift }
type Money { amount: Float! currency: String parts: [Money] }
type Box { size: Int } type Card { text: String }
union Gift = Box | Card
type ModelOrderConnection { items: [Order]! nextToken: String }
input ModelStringInput { eq: String ne: String }
input ModelOrderFilterInput { number: ModelStringInput }
input ModelOrderConditionInput { number: ModelStringInput }
input MoneyInput { amount: Float! currency: String parts: [MoneyInput] }
input CreateOrderInput { customer: ID! number: String! total: MoneyInput! state: State }
input UpdateOrderInput { customer: ID! number: String! total: MoneyInput state: State }
input DeleteOrderInput { customer: ID! number: String! }
"""


def shop_changes(*edits):
    """Returns what is said of the shop's schema when texts of it are replaced."""
    new = SHOP
    for old_text, new_text in edits:
        assert old_text in new
        new = new.replace(old_text, new_text)
    contracts = [compile_schema(read_built_schema(text)).contract for text in (SHOP, new)]
    return [str(change) for change in changes_between(*contracts)]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([], []),
        # Within nested values, for who reads and for who writes.
        (
            [("type Money { amount: Float!", "type Money { amount: Float")],
            ["breaking: `amount` of Money was Float!, is Float"],
        ),
        (
            [
                (
                    "input MoneyInput { amount: Float! currency: String",
                    "input MoneyInput { amount: Float! currency: String!",
                )
            ],
            ["breaking: `currency` of MoneyInput is required by bodies"],
        ),
        (
            [("input MoneyInput {", "input MoneyInput { note: String")],
            ["added: `note` of MoneyInput may be written by bodies"],
        ),
        (
            [("input MoneyInput {", 'input MoneyInput { note: String! = "x"')],
            ["added: `note` of MoneyInput may be written by bodies"],
        ),
        (
            [
                (
                    "input MoneyInput { amount: Float! currency: String",
                    "input MoneyInput { amount: Float!",
                )
            ],
            ["removed (breaking): `currency` of MoneyInput may no longer be written by bodies"],
        ),
        (
            [("union Gift = Box | Card", "union Gift = Box"), ("type Card { text: String }", "")],
            ["removed (breaking): Card of Gift"],
        ),
        (
            [("enum State { OPEN PAID }", "enum State { OPEN PAID LATE }")],
            ["added: value LATE of State"],
        ),
        # A member that becomes required, or is given by another input type.
        (
            [
                (
                    "number: String! total: MoneyInput! state: State }",
                    "number: String! total: MoneyInput! state: State! }",
                )
            ],
            ["breaking: `state` of /orders is required by POST"],
        ),
        (
            [
                (
                    "number: String! total: MoneyInput state: State }",
                    "number: String! total: Float state: State }",
                )
            ],
            ["breaking: `total` of /orders as PATCH and PUT takes it was MoneyInput, is Float"],
        ),
        # The key.
        (
            [("number: String!", "number: Int!")],
            [
                "breaking: `number` of /orders/{customer}/{number} was String, is Int",
                "breaking: `number` of /orders was String!, is Int!",
                "breaking: `number` of /orders as POST takes it was String!, is Int!",
                "breaking: `number` of /orders as PATCH and PUT takes it was String!, is Int!",
            ],
        ),
        (
            [("customer: ID!, number: String!", "number: String!, customer: ID!")],
            ["breaking: /orders/{customer}/{number} is /orders/{number}/{customer}"],
        ),
        # What the resolvers are known to do.
        (
            [(", condition: ModelOrderConditionInput", ""), ("ModelOrderConnection", "Orders")],
            ["removed (breaking): Idempotency-Key of POST /orders"],
        ),
    ],
)
def test_nested_values_keys_and_guarantees_are_compared_too(edits, said):
    """What a client reads and writes, down to every member of a value."""
    assert shop_changes(*edits) == said


RPC = """
type Query { price(sku: ID!, count: Int = 1): Price find(text: String): [Price!] }
type Mutation { pay(by: Card!): Boolean! }
enum Currency { EUR USD }
type Price { amount: Float! currency: Currency! }
input Card { number: String! code: String }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "find(text: String): [Price!]",
            "search(text: String): [Price!]",
            ["removed (breaking): /rpc/find", "added: /rpc/search"],
        ),
        (
            "): Price find",
            "): Price! find",
            ["relaxed: `result` of /rpc/price was Price, is Price!"],
        ),
        (
            "pay(by: Card!): Boolean!",
            "pay(by: Card!): Boolean",
            ["breaking: `result` of /rpc/pay was Boolean!, is Boolean"],
        ),
        ("count: Int = 1", "count: Int!", ["breaking: `count` of /rpc/price is required by POST"]),
        (
            "count: Int = 1",
            "count: Int! = 1",
            ["breaking: `count` of /rpc/price as POST takes it was Int, is Int!"],
        ),
        ("sku: ID!", "sku: ID", ["relaxed: `sku` of /rpc/price is no longer required by POST"]),
        (
            ", count: Int = 1",
            "",
            ["removed (breaking): `count` of /rpc/price may no longer be written by POST"],
        ),
        ("code: String }", "code: String! }", ["breaking: `code` of Card is required by bodies"]),
        (
            "enum Currency { EUR USD }",
            "enum Currency { EUR }",
            ["removed (breaking): value USD of Currency"],
        ),
        (
            "amount: Float!",
            "amount: String!",
            ["breaking: `amount` of Price was Float!, is String!"],
        ),
    ],
)
def test_endpoints_are_compared_by_their_arguments_and_results(old, new, said):
    """And by the types of both, at any depth."""
    assert old in RPC
    contracts = [
        compile_schema(read_built_schema(text)).contract for text in (RPC, RPC.replace(old, new))
    ]
    assert [str(change) for change in changes_between(*contracts)] == said


def test_a_query_that_becomes_a_mutation_is_breaking():
    """It may no longer be called by GET, and no longer be repeated."""
    query = "type Query { a: Int b: Int }"
    mutation = "type Query { a: Int } type Mutation { b: Int }"
    contracts = [compile_schema(read_built_schema(text)).contract for text in (query, mutation)]
    assert [str(each) for each in changes_between(*contracts)] == ["breaking: /rpc/b is a mutation"]


def test_only_what_may_fail_a_client_is_breaking():
    """By it `compile --fail-on-breaking` ends."""
    assert [effect.name for effect in Effect if effect.breaks] == ["REMOVED", "BREAKING"]


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
