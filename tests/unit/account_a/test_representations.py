"""What of an item's values its representation shows, and that it leaves the values alone."""

from chalicelib.contract.model import load_contract
from chalicelib.graphql.replies import Item
from chalicelib.graphql.selections import Chosen, Picked
from chalicelib.translation.representations import (
    list_problem,
    problem_list,
    representation,
    showing,
)

(TODO,) = load_contract().resources
WHOLE = {name: f"a {name}" for name in TODO.members}


def test_an_item_of_which_all_is_shown_is_its_own_representation() -> None:
    """Nothing is copied where nothing differs, whatever the order of the members."""
    turned = dict(reversed(WHOLE.items()))
    assert representation(TODO, Item(WHOLE)) is WHOLE
    assert representation(TODO, Item(turned)) is turned


def test_what_is_read_beside_the_members_is_not_shown() -> None:
    """A page may hold what the gateway alone looks at; a member that is not there stays out."""
    values = {**WHOLE, "_version": 3}
    del values["name"]
    expected = {name: value for name, value in WHOLE.items() if name != "name"}
    assert representation(TODO, Item(values)) == expected


def test_problems_stand_beside_the_values_and_not_in_them() -> None:
    """The item that was read may be looked at again."""
    values = {**WHOLE, "name": None}
    shown = representation(TODO, Item(values, (("name",),)))
    assert shown["problems"] == [{"pointer": "/name", "detail": "could not be read"}]
    assert "problems" not in values


def test_a_problem_is_at_the_null_that_stands_for_what_was_not_read() -> None:
    """Which may be above it; where not even a null is, at the first that is missing."""
    values = {"a": {"b": None}, "c": "text"}
    paths = [("a", "b", "x", "y"), ("gone", "x"), ("c", "x", "y")]
    pointers = [each["pointer"] for each in problem_list(TODO.types, values, paths)]
    assert pointers == ["/a/b", "/gone", "/c/x"]
    assert list_problem(3, paths) == {"position": 3, "field": "a", "detail": "could not be read"}


def test_a_choice_of_members_is_made_once_and_shows_no_others() -> None:
    """The key is read for the gateway's sake, and shown only where it is asked for."""
    chosen = Chosen((Picked("name"),))
    assert showing(TODO, chosen) is showing(TODO, Chosen((Picked("name"),)))
    assert representation(TODO, Item(WHOLE), chosen) == {"name": "a name"}
