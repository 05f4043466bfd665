"""Amplify's generated statements, unchanged: depth 3, through every relation."""

from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    is_input_type,
    parse,
    type_from_ast,
)

from bridge.sandbox.appsync import AdminRule, load_schema
from tests.support.todo import PROJECT
from tests.unit.sandbox.appsync.harness import ADMIN, SHOP, SHOP_DATA, STRANGER, Harness, shop

STATEMENTS = PROJECT / "tests" / "data" / "shop-codegen"
# Every id and text is this one, so that each foreign key leads to an item.
KEY = "1"
SCALARS = {
    "ID": KEY,
    "String": KEY,
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "AWSDate": "2026-01-01",
    "AWSDateTime": "2026-01-01T00:00:00Z",
    "AWSEmail": "a@example.com",
    "AWSIPAddress": "10.0.0.1",
    "AWSJSON": "{}",
    "AWSPhone": "+48 123 456 789",
    "AWSTime": "10:00:00",
    "AWSTimestamp": 1,
    "AWSURL": "https://example.com",
}


def example(declared: Any) -> Any:
    """Returns a value of an input type, every member given but filters' and conditions'."""
    if isinstance(declared, GraphQLNonNull):
        return example(declared.of_type)
    if isinstance(declared, GraphQLList):
        return [example(declared.of_type)]
    if isinstance(declared, GraphQLEnumType):
        return next(iter(declared.values))
    if isinstance(declared, GraphQLInputObjectType):
        return {name: example(it.type) for name, it in declared.fields.items()}
    return SCALARS[declared.name]


@cache
def statements(name: str) -> tuple[tuple[str, str, OperationDefinitionNode], ...]:
    """Returns the text, the name and the node of each operation of a file."""
    return tuple(_statements(name))


def _statements(name: str) -> Iterator[tuple[str, str, OperationDefinitionNode]]:
    text = (STATEMENTS / f"{name}.graphql").read_text()
    for node in parse(text).definitions:
        assert isinstance(node, OperationDefinitionNode)
        assert node.name
        assert node.loc
        yield text[node.loc.start : node.loc.end], node.name.value, node


def run(api: Harness, text: str, name: str, node: OperationDefinitionNode, caller: Any) -> Any:
    """Returns the body of the reply to one statement with all its required arguments."""
    schema = load_schema(api.schema, api.source).graphql
    variables = {}
    for definition in node.variable_definitions or ():
        declared = type_from_ast(schema, definition.type)
        assert is_input_type(declared)
        if isinstance(declared, GraphQLNonNull):
            variables[definition.variable.name.value] = example(declared)
    return api.ask(text, variables, caller, operation_name=name)


def is_delete(name: str) -> bool:
    """Returns whether a mutation deletes."""
    return name.startswith("Delete")


@pytest.mark.parametrize(
    ("built", "rule", "caller"),
    [
        (SHOP / "built-schema.graphql", AdminRule.CONTAINS, ADMIN),
        (SHOP / "built-schema.graphql", AdminRule.ANCHORED, ADMIN),
        (SHOP_DATA / "built-schema-iam-access.graphql", AdminRule.IAM, STRANGER),
    ],
)
def test_every_generated_statement_runs_unchanged(built, rule, caller):
    """Under each admin rule no statement is refused, and each shows what it asked for."""
    with shop(built, rule=rule) as api:
        ran = count()
        mutations = statements("mutations")
        creates = [it for it in mutations if it[1].startswith(("Create", "AddSetting"))]
        deletes = [it for it in mutations if is_delete(it[1])]
        others = [it for it in mutations if it not in creates and it not in deletes]
        # A row of a join and a review need what they lead to.
        deletes.sort(key=lambda it: it[1] not in {"DeletePostLabels", "DeleteReview"})
        first = [it for it in creates if it[1] not in {"CreatePostLabels", "CreateReview"}]
        later = [it for it in creates if it not in first]
        for statement in (*first, *later, *others, *statements("queries"), *deletes):
            body = run(api, *statement, caller)
            assert "errors" not in body, (statement[1], body["errors"])
            if statement[1] != "Echo":
                assert all(value is not None for value in body["data"].values()), statement[1]
            next(ran)
        assert next(ran) == len(mutations) + len(statements("queries"))


def test_a_generated_statement_shows_three_levels():
    """An order shows its customer, whose orders are a page again, and its shipments."""
    with shop() as api:
        mutations = {name: (text, name, node) for text, name, node in statements("mutations")}
        for name in ("CreateCustomer", "CreateOrder", "CreateShipment"):
            run(api, *mutations[name], ADMIN)
        queries = {name: (text, name, node) for text, name, node in statements("queries")}
        order = run(api, *queries["GetOrder"], ADMIN)["data"]["getOrder"]
        assert order["customer"]["id"] == KEY
        assert order["customer"]["orders"]["__typename"] == "ModelOrderConnection"
        assert [it["id"] for it in order["shipments"]["items"]] == [KEY]
