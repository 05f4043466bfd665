"""The text of expressions, whose shapes were recorded from AWS, and how long one may be."""

import pytest

from bridge.sandbox.appsync.amplify.expression_text import compile_checked, expression_text
from bridge.sandbox.dynamodb.errors import DynamoDBError
from tests.unit.sandbox.appsync.harness import Harness

# The length of `(attribute_exists(#))`.
AROUND_A_NAME = 21
TOO_LARGE = "Expression size has exceeded the maximum allowed size; expression size:"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"name": {"eq": "x"}}, "(#name = :name_eq)"),
        ({"name": {"ne": None}}, "(#name <> :name_ne)"),
        ({"name": {"contains": "x"}}, "(contains(#name,:name_contains))"),
        ({"name": {"notContains": "x"}}, "(NOT contains(#name,:name_notContains))"),
        ({"name": {"beginsWith": "x"}}, "(begins_with(#name,:name_beginsWith))"),
        ({"name": {"attributeExists": True}}, "(attribute_exists(#name))"),
        ({"name": {"attributeExists": False}}, "(attribute_not_exists(#name))"),
        ({"name": {"attributeType": "string"}}, "(attribute_type(#name,:name_attributeType))"),
        ({"name": {"size": {"gt": 2}}}, "(size(#name) > :name_size_gt)"),
        (
            {"priority": {"between": [1, 2]}},
            "(#priority BETWEEN :priority_between_start AND :priority_between_end)",
        ),
        (
            {"priority": {"gt": 1, "le": 3}},
            "((#priority > :priority_gt) AND (#priority <= :priority_le))",
        ),
        (
            {"name": {"eq": "x"}, "done": {"eq": True}},
            "(#name = :name_eq) AND (#done = :done_eq)",
        ),
        ({"not": {"name": {"eq": "x"}}}, "(NOT (#name = :not_name_eq))"),
        ({"and": [{"name": {"eq": "x"}}]}, "(#name = :and_0_name_eq)"),
        (
            {"or": [{"and": [{"name": {"lt": "x"}}, {"id": {"ge": "y"}}]}, {"done": {"eq": True}}]},
            (
                "(((#name < :or_0_and_0_name_lt) AND (#id >= :or_0_and_1_id_ge))"
                " OR (#done = :or_1_done_eq))"
            ),
        ),
        (None, ""),
        ({"name": None, "and": [], "not": {}}, ""),
    ],
)
def test_names_and_values_stand_in_an_expression_by_placeholders(given, text):
    """A value's placeholder tells where in the filter it stands."""
    assert expression_text(given or {}) == text


def test_an_expression_of_4096_bytes_is_taken_and_one_more_is_not():
    """Neither values nor the names that placeholders stand for count."""
    name = "x" * (4096 - AROUND_A_NAME)
    holds = compile_checked({name: {"attributeExists": True}}, "FilterExpression")
    assert holds({name: "x" * 5000})
    with pytest.raises(DynamoDBError) as caught:
        compile_checked({f"{name}x": {"attributeExists": True}}, "FilterExpression")
    assert caught.value.kind == "DynamoDbException"
    text = str(caught.value)
    assert text == f"Invalid FilterExpression: {TOO_LARGE} 4097"


def test_the_existence_check_counts_for_the_size_of_a_condition():
    """Amplify's template puts both into one expression; the write is refused, not done."""
    condition = {"or": [{"description": {"contains": "x"}}] * 70}
    alone = len(expression_text(condition))
    assert alone < 4096
    together = alone + len("((attribute_exists(#id)) AND )") + 70 * len("and_1_")
    with Harness() as todo:
        todo.create(id="1", name="x")
        body = todo.update(condition, id="1", name="y")
        assert body["errors"][0]["message"].startswith(
            f"Invalid ConditionExpression: {TOO_LARGE} {together} ("
        )
        assert todo.list_ids({"name": {"eq": "x"}}) == ["1"]


def test_a_list_whose_filter_is_too_long_is_refused():
    """By DynamoDB, as it refuses other filters."""
    with Harness() as todo:
        body = todo.ask(
            "query Q($f: ModelTodoFilterInput) { listTodos(filter: $f) { items { id } } }",
            {"f": {"or": [{"description": {"eq": str(n)}} for n in range(100)]}},
        )
        assert body["data"] == {"listTodos": None}
        assert body["errors"][0]["message"].startswith(
            f"Invalid FilterExpression: {TOO_LARGE} 4188"
        )
