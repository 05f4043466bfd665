"""Filters in JSON that say nothing."""

import json

import pytest

from tests.support.account_b import rest_client


@pytest.mark.parametrize("tree", [{"name": {}}, {"not": {}}, {"or": [{}]}, {"and": []}])
def test_a_filter_without_a_condition_where_one_belongs_is_refused(tree):
    """A field without operator and a branch without condition are violations."""
    with rest_client() as rest:
        response = rest.send("GET", "/todos", query={"filter": json.dumps(tree)})

    assert response.status == 400
    assert json.loads(response.body)["errors"][0]["parameter"] == "filter"


def test_the_empty_filter_is_no_filter():
    """`filter={}` asks for everything."""
    with rest_client() as rest:
        assert rest.send("GET", "/todos", query={"filter": "{}"}).status == 200
