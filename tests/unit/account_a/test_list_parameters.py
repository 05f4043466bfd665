"""The manners of a list's parameters: repeated, unknown, above the maximum."""

import pytest

from tests.support.account_b import Rest
from tests.unit.account_a.asking import body_of, create_many, places_of


@pytest.mark.parametrize(
    "query",
    [(("fields", "id,name"),), (("fields", "id"), ("fields", "name"))],
)
def test_a_list_parameter_may_be_repeated_or_parted_by_commas(
    rest: Rest, query: tuple[tuple[str, str], ...]
) -> None:
    """Generators explode a list by default, so both forms mean the same."""
    create_many(rest, [{}])
    (item,) = body_of(rest.send("GET", "/todos", query=query))["items"]
    assert item.keys() == {"id", "name"}


def test_the_values_of_an_operator_that_takes_several_may_be_repeated(rest: Rest) -> None:
    """`priority.in=0&priority.in=1` is `priority.in=0,1`."""
    create_many(rest, [{"priority": priority} for priority in range(3)])
    for name in ("priority.in", "priority.between"):
        found = body_of(rest.send("GET", "/todos", query=((name, "0"), (name, "1"))))["items"]
        assert sorted(item["priority"] for item in found) == [0, 1]


def test_any_other_parameter_is_given_once(rest: Rest) -> None:
    """Which of two values should count, nobody could know."""
    assert places_of(rest.send("GET", "/todos", query=(("name", "a"), ("name", "b")))) == ["name"]


def test_unknown_fields_are_named(rest: Rest) -> None:
    """The answer says which of them it does not know, and which there are."""
    problem = body_of(rest.send("GET", "/todos", query={"fields": "id,colour,size"}))
    (error,) = problem["errors"]
    assert error["parameter"] == "fields"
    assert error["detail"].startswith("names what is no field: colour, size; the fields are: id, ")


def test_link_says_the_limit_that_is_used(rest: Rest) -> None:
    """A limit above the maximum is lowered, and the next page's path has the lowered one."""
    create_many(rest, [{}] * 201)
    response = rest.send("GET", "/todos", query={"limit": "5000", "fields": "id"})
    assert len(body_of(response)["items"]) == 200
    assert response.headers["Link"].startswith("</todos?limit=200&fields=id&cursor=")


def test_zeros_before_a_limit_are_no_digits_of_it(rest: Rest) -> None:
    """However many there are, the number is what counts."""
    create_many(rest, [{}] * 3)
    page = body_of(rest.send("GET", "/todos", query={"limit": "0002"}))
    assert len(page["items"]) == 2


def test_a_fault_within_filter_has_its_pointer_in_the_answer(rest: Rest) -> None:
    """Beside the parameter's name stands where in its JSON the fault is."""
    query = {"filter": '{"or": [{"priority": {"gt": "x"}}]}'}
    (error,) = body_of(rest.send("GET", "/todos", query=query))["errors"]
    assert error == {
        "parameter": "filter",
        "pointer": "/or/0/priority/gt",
        "detail": "is not an integer",
    }


def test_a_delete_does_not_mind_what_the_client_accepts(rest: Rest) -> None:
    """It answers without a body, so generated clients name only what problems are."""
    for accepted in ("application/problem+json", "text/html"):
        create_many(rest, [{"id": "1"}])
        headers = {"accept": accepted}
        assert rest.send("GET", "/todos/1", headers={"accept": "text/html"}).status == 406
        assert rest.send("DELETE", "/todos/1", headers=headers).status == 204
