"""The directives that say which callers a type or a field is for, where IAM is not the default."""

import pytest

from bridge.sandbox.appsync import AdminRule, GraphQLCaller
from tests.unit.sandbox.appsync.harness import TODO, Harness

PLACES = """
type Query @aws_iam { place: Place, others: [Other!], plain: Int @aws_api_key, old: String }
type Place @aws_iam @aws_api_key { name: String, at: Spot, whole: Spot! }
type Spot { lat: Float, lon: Float @aws_iam, must: Int! }
type Other { name: String @aws_cognito_user_pools }
extend type Other @aws_iam { size: Int }
"""
FUNCTIONS = """
def place(arguments, event):
    spot = {"lat": 1.5, "lon": 2.5, "must": 3}
    return {"name": "here", "at": spot, "whole": spot}


def others(arguments, event):
    return [{"name": "one", "size": 1}]


def plain(arguments, event):
    return 7
"""
KEY_HOLDER = GraphQLCaller("")


@pytest.fixture
def api(tmp_path):
    """Yields an API of functions, whose default mode is not IAM."""
    file = tmp_path / "functions.py"
    file.write_text(FUNCTIONS)
    with Harness(
        schema=PLACES, functions=file, rule=AdminRule.IAM, iam_by_default=False
    ) as harness:
        yield harness


def refusal(path, field, type_name):
    """Returns the error of a field that refuses."""
    return {
        "path": path,
        "data": None,
        "errorType": "Unauthorized",
        "errorInfo": None,
        "message": f"Not Authorized to access {field} on type {type_name}",
    }


def asked(api, query, caller=None):
    """Returns the data and the errors, without their places in the document."""
    body = api.ask(query, caller=caller) if caller else api.ask(query)
    errors = body.get("errors", [])
    for each in errors:
        del each["locations"]
    return body["data"], errors


def test_a_nested_type_that_is_not_marked_gives_nulls_each_with_its_refusal(api):
    """What is marked is shown beside it: a field by its own directive, or its type's."""
    data, errors = asked(api, "{ place { name at { lat lon } } }")
    assert data == {"place": {"name": "here", "at": {"lat": None, "lon": 2.5}}}
    assert errors == [refusal(["place", "at", "lat"], "lat", "Spot")]


def test_a_refused_field_that_may_not_be_null_takes_what_it_stands_in_along(api):
    """The null goes up to where one may be, under the one refusal."""
    data, errors = asked(api, "{ place { name at { must } } }")
    assert data == {"place": {"name": "here", "at": None}}
    assert errors == [refusal(["place", "at", "must"], "must", "Spot")]


def test_a_fields_own_directive_stands_in_place_of_its_types(api):
    """Another mode's directive on a field takes it from IAM callers, on a root field too."""
    data, errors = asked(api, "{ plain others { name size } }")
    assert data == {"plain": None, "others": [{"name": None, "size": 1}]}
    assert errors == [
        refusal(["plain"], "plain", "Query"),
        refusal(["others", 0, "name"], "name", "Other"),
    ]
    assert [each.field for each in api.resolved] == ["others"]


# The source of its API, for whoever has a key.
PUBLIC = """
type Todo @model @auth(rules: [{ allow: public }]) {
  id: ID!
  name: String!
  description: String
  done: Boolean
  priority: Int
  dueAt: AWSDateTime
}
"""


def test_the_holder_of_a_key_is_not_asked_by_the_marks_for_iam():
    """Only IAM callers are kept from what is not marked for them."""
    with Harness(source=PUBLIC, iam_by_default=False) as api:
        query = "{ listTodos { items { id } } }"
        assert asked(api, query, KEY_HOLDER) == ({"listTodos": {"items": []}}, [])
        assert asked(api, query)[0] == {"listTodos": None}


def test_nothing_need_be_marked_where_iam_is_the_default_mode():
    """Amplify's schema of one mode has no directive at all."""
    assert "@aws_iam" not in TODO
    with Harness() as harness:
        assert harness.create(name="One")["name"] == "One"
    with Harness(iam_by_default=False) as harness:
        data, errors = asked(harness, '{ getTodo(id: "1") { id } }')
        assert data == {"getTodo": None}
        assert errors == [refusal(["getTodo"], "getTodo", "Query")]
