"""Filters: parameters and JSON, typed from the contract, and what they find."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.compiler.compilation import compile_schema
from bridge.compiler.schema import read_built_schema
from chalicelib.contract.model import Resource
from chalicelib.translation.attempt import parts_of
from chalicelib.translation.filters import FilterReader, operators_of
from tests.support.account_b import Rest, the_list
from tests.support.schemas import MACHINE
from tests.unit.account_a.asking import body_of, create, create_many, places_of


@pytest.fixture(scope="module")
def machine() -> Resource:
    """A resource of every kind of field."""
    (resource,) = compile_schema(read_built_schema(MACHINE)).contract.resources
    return resource


def read(resource: Resource, *parameters: tuple[str, str]) -> Any:
    """Returns the filter input of these parameters, which must have no fault."""
    reader = FilterReader(resource, the_list(resource))
    for name, value in parameters:
        if name == "filter":
            reader.add_json(value)
        else:
            reader.add_parameter(name, value)
    assert not reader.violations
    return reader.result()


def fault(resource: Resource, name: str, value: str) -> str:
    """Returns what is wrong with this one parameter."""
    reader = FilterReader(resource, the_list(resource))
    if name == "filter":
        reader.add_json(value)
    else:
        reader.add_parameter(name, value)
    (violation,) = reader.violations
    assert (violation.place, violation.name) == ("parameter", name)
    return violation.detail


@pytest.mark.parametrize(
    ("name", "value", "graphql"),
    [
        ("label", "a", {"label": {"eq": "a"}}),
        ("label.eq", "", {"label": {"eq": ""}}),
        ("label.ne", "a,b", {"label": {"ne": "a,b"}}),
        ("label.contains", "true", {"label": {"contains": "true"}}),
        ("label.notContains", "1", {"label": {"notContains": "1"}}),
        ("label.beginsWith", "x", {"label": {"beginsWith": "x"}}),
        ("label.between", "a,b", {"label": {"between": ["a", "b"]}}),
        ("label.exists", "false", {"label": {"attributeExists": False}}),
        ("label.in", "a,b", {"or": [{"label": {"eq": "a"}}, {"label": {"eq": "b"}}]}),
        ("running", "false", {"running": {"eq": False}}),
        ("slots.gt", "-5", {"slots": {"gt": -5}}),
        ("slots.between", "1,3", {"slots": {"between": [1, 3]}}),
        ("limit.le", "007", {"limit": {"le": 7}}),
        ("load.ge", "-1.5e3", {"load": {"ge": -1500.0}}),
        ("load", "2", {"load": {"eq": 2.0}}),
        ("seen.lt", "1764000000", {"seen": {"lt": 1764000000}}),
        ("status.ne", "IDLE", {"status": {"ne": "IDLE"}}),
        ("dueAt.ge", "2026-11", {"dueAt": {"ge": "2026-11"}}),
        ("tags.contains", "x", {"tags": {"contains": "x"}}),
        ("id.in", "a", {"or": [{"id": {"eq": "a"}}]}),
        ("createdAt.lt", "2026", {"createdAt": {"lt": "2026"}}),
    ],
)
def test_a_parameter_becomes_a_condition_of_its_fields_type(
    machine: Resource, name: str, value: str, graphql: dict[str, Any]
) -> None:
    """Text stays text, whatever it looks like; numbers and booleans are read as such."""
    assert read(machine, (name, value)) == graphql


@pytest.mark.parametrize(
    ("tree", "graphql"),
    [
        ({}, None),
        ({"label": "a"}, {"label": {"eq": "a"}}),
        ({"slots": {"ge": 1, "lt": 3}}, {"and": [{"slots": {"ge": 1}}, {"slots": {"lt": 3}}]}),
        ({"label": "a", "slots": 1}, {"and": [{"label": {"eq": "a"}}, {"slots": {"eq": 1}}]}),
        ({"not": {"running": True}}, {"not": {"running": {"eq": True}}}),
        (
            {"or": [{"slots": 1}, {"and": [{"slots": 2}, {"running": False}]}]},
            {
                "or": [
                    {"slots": {"eq": 1}},
                    {"and": [{"slots": {"eq": 2}}, {"running": {"eq": False}}]},
                ]
            },
        ),
        ({"slots": {"in": [1, 2]}}, {"or": [{"slots": {"eq": 1}}, {"slots": {"eq": 2}}]}),
        ({"load": {"between": [1, 2.5]}}, {"load": {"between": [1, 2.5]}}),
        ({"label": {"exists": True}}, {"label": {"attributeExists": True}}),
    ],
)
def test_a_json_filter_becomes_a_filter_input(
    machine: Resource, tree: dict[str, Any], graphql: dict[str, Any] | None
) -> None:
    """Members of one object hold together; and, or and not nest."""
    assert read(machine, ("filter", json.dumps(tree))) == graphql


def test_all_parameters_hold_together(machine: Resource) -> None:
    """Several parameters and the JSON filter are one conjunction."""
    given = read(machine, ("label", "a"), ("slots.gt", "1"), ("filter", '{"running": true}'))
    assert given == {
        "and": [{"label": {"eq": "a"}}, {"slots": {"gt": 1}}, {"running": {"eq": True}}]
    }


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("colour", "x", "is unknown"),
        ("Label", "x", "is unknown"),
        ("label.like", "x", "does not have this operator"),
        ("label.", "x", "does not have this operator"),
        ("label.eq.", "x", "does not have this operator"),
        ("label.attributeExists", "true", "does not have this operator"),
        ("status.gt", "IDLE", "does not have this operator"),
        ("tags.eq", "x", "does not have this operator"),
        ("running", "1", "is neither true nor false"),
        ("running", "True", "is neither true nor false"),
        ("label.exists", "1", "is neither true nor false"),
        ("slots", "1.0", "is not an integer"),
        ("slots", "", "is not an integer"),
        ("slots", " 1", "is not an integer"),
        ("slots", "\u0661", "is not an integer"),
        ("slots", "3000000000", "is not within 32 bits"),
        ("load", "NaN", "is not a number"),
        ("load", "1e999", "is out of the range of numbers"),
        ("load", "1_0", "is not a number"),
        ("status", "OFF", "is not one of IDLE, RUNNING, BROKEN"),
        ("slots.between", "1", "takes two values"),
        ("slots.between", "1,2,3", "takes two values"),
        ("slots.between", "3,1", "has its lower bound above its upper one"),
        ("slots.in", "1,,2", "is not an integer"),
        ("filter", "", "is not JSON"),
        ("filter", "{", "is not JSON"),
        ("filter", "NaN", "holds a number that is not JSON's"),
        ("filter", '{"slots": ' + "1" * 5000 + "}", "holds a number that is not JSON"),
        ("filter", "[]", "is not a JSON object"),
        ("filter", "[" * 100_000, "is nested too deeply"),
        ("filter", '{"slots": 1, "slots": 2}', "holds an object with the same name twice"),
        ("filter", '{"not": ' * 10 + "{}" + "}" * 10, "is nested over 8 levels"),
    ],
)
def test_a_malformed_filter_is_named(machine: Resource, name: str, value: str, detail: str) -> None:
    """With its parameter and the reason, never with Python's own words."""
    assert fault(machine, name, value).startswith(detail)


@pytest.mark.parametrize(
    ("opening", "closing"), [('{"not": ', "}"), ('{"or": [', "]}"), ('{"and": [', "]}")]
)
def test_a_filter_reaches_eight_levels_deep_and_no_further(
    machine: Resource, opening: str, closing: str
) -> None:
    """Whatever its levels are made of."""
    for levels, count in ((8, 0), (9, 1)):
        reader = FilterReader(machine, the_list(machine))
        reader.add_json(opening * levels + '{"slots": 1}' + closing * levels)
        assert len(reader.violations) == count


@pytest.mark.parametrize(
    ("tree", "pointer", "detail"),
    [
        ('{"or": []}', "/or", "is not a list of filters"),
        ('{"or": {}}', "/or", "is not a list of filters"),
        ('{"or": [{"slots": 1}, {}]}', "/or/1", "is an empty filter"),
        ('{"not": {}}', "/not", "is an empty filter"),
        ('{"not": 1}', "/not", "is not a JSON object"),
        ('{"colour": 1}', "/colour", "is unknown"),
        ('{"a/b~": 1}', "/a~1b~0", "is unknown"),
        ('{"slots": "1"}', "/slots", "is not an integer"),
        ('{"slots": true}', "/slots", "is not an integer"),
        ('{"slots": null}', "/slots", "is not an integer"),
        ('{"label": 1}', "/label", "is not a string"),
        ('{"label": "\\ud800"}', "/label", "holds a lone surrogate"),
        ('{"slots": {}}', "/slots", "has no operator"),
        ('{"slots": {"in": []}}', "/slots/in", "takes a list of values"),
        ('{"slots": {"in": 1}}', "/slots/in", "takes a list of values"),
        ('{"slots": {"like": 1}}', "/slots/like", "does not have this operator"),
        ('{"label": {"exists": "true"}}', "/label/exists", "is neither true nor false"),
        ('{"load": 1e999}', "/load", "is out of the range of numbers"),
        ('{"and": [{"or": [{"slots": {"gt": "x"}}]}]}', "/and/0/or/0/slots/gt", "is not an"),
        ("[]", "", "is not a JSON object"),
    ],
)
def test_a_fault_within_a_filter_has_its_pointer(
    machine: Resource, tree: str, pointer: str, detail: str
) -> None:
    """The parameter is named, and where in its JSON the fault is."""
    reader = FilterReader(machine, the_list(machine))
    reader.add_json(tree)
    (violation,) = reader.violations
    assert (violation.name, violation.pointer) == ("filter", pointer)
    assert violation.detail.startswith(detail)


def test_a_member_may_be_called_like_a_word_of_logic(machine: Resource) -> None:
    """What holds for it is a condition as any other's, and is parted as theirs are."""
    named = replace(machine, members={**machine.members, "not": "String"})
    tree = {"and": [{"not": {"ge": "a", "le": "b"}}, {"or": [{"slots": {"eq": 1}}]}]}
    parts = [{"not": {"ge": "a"}}, {"not": {"le": "b"}}, {"or": [{"slots": {"eq": 1}}]}]
    assert list(parts_of(named, tree)) == parts


def test_a_refused_operator_names_those_there_are(machine: Resource) -> None:
    """Those of the field's filter input, and `in` where equality is."""
    assert fault(machine, "status.gt", "x").endswith("it has: eq, ne, in")
    assert operators_of(machine, the_list(machine), "tags") == ("contains", "notContains", "exists")


def test_the_number_of_conditions_has_a_bound(machine: Resource) -> None:
    """Over all parameters, `in` counted by its values."""
    many = ",".join(str(index) for index in range(200))
    assert fault(machine, "slots.in", many).startswith("is over 100 conditions")
    each = [json.dumps({"or": [{"slots": 1}] * count}) for count in (100, 101)]
    assert read(machine, ("filter", each[0])) == {"or": [{"slots": {"eq": 1}}] * 100}
    assert "is over 100 conditions" in fault(machine, "filter", each[1])


def test_conditions_that_are_too_many_for_the_store_are_the_callers_fault(rest: Rest) -> None:
    """It counts the names of their fields as well, so fewer than a hundred may be too many."""
    values = ",".join(str(index) for index in range(100))
    assert rest.send("GET", "/todos", query={"name.in": values}).status == 200
    response = rest.send("GET", "/todos", query={"description.in": values})
    assert places_of(response) == ["filter"]
    assert "has more conditions than the store takes" in response.body


def test_every_faulty_parameter_is_named_at_once(rest: Rest) -> None:
    """Repeated and unknown ones too."""
    query = (
        ("limit", "0"),
        ("done", "maybe"),
        ("done", "true"),
        ("priority.gt", "x"),
        ("colour", "red"),
        ("fields", "id,colour"),
        ("filter", "{"),
    )
    response = rest.send("GET", "/todos", query=query)
    assert places_of(response) == sorted(
        ["limit", "done", "priority.gt", "colour", "fields", "filter"]
    )
    assert not rest.transport.requests


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "", "x", " 5", "+5", "\u0665", "0x1"])
def test_a_limit_is_a_whole_number_from_1(rest: Rest, limit: str) -> None:
    """Anything else is 400; above the maximum it is lowered, whatever its length."""
    assert places_of(rest.send("GET", "/todos", query={"limit": limit})) == ["limit"]


@pytest.mark.parametrize("limit", ["200", "201", "0005000", "9" * 5000])
def test_a_limit_above_the_maximum_is_lowered(rest: Rest, limit: str) -> None:
    """A client that asks for too much gets what there is at most."""
    create_many(rest, [{"name": "milk"}] * 201)
    assert len(body_of(rest.send("GET", "/todos", query={"limit": limit}))["items"]) == 200
    assert len(body_of(rest.send("GET", "/todos"))["items"]) == 50


def test_a_field_that_is_called_like_a_parameter_is_reached_by_its_operator(
    machines: Rest,
) -> None:
    """`limit` is the page's size, `limit.eq` the field."""
    for value in (1, 2, 2):
        fields = {"label": "a", "running": True, "serials": [], "limit": value}
        assert machines.send("POST", "/machines", json.dumps(fields)).status == 201
    query = {"limit": "1", "limit.eq": "2", "fields": "limit"}
    page = body_of(machines.send("GET", "/machines", query=query))
    assert page["items"] == [{"limit": 2}]
    assert "nextCursor" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"done": "true"}, ["b", "c"]),
        ({"done.exists": "false"}, ["d"]),
        ({"priority.in": "1,3"}, ["a", "c"]),
        ({"priority.between": "2,3"}, ["b", "c"]),
        ({"name.ne": "a", "done.ne": "true"}, ["d"]),
        ({"description.contains": "%"}, ["c"]),
        ({"description.notContains": "x"}, ["c", "d"]),
        ({"filter": '{"not": {"name": {"in": ["a", "b", "c"]}}}'}, ["d"]),
        ({"dueAt.beginsWith": "2026-12"}, ["b"]),
    ],
)
def test_a_filter_finds_what_it_says(rest: Rest, query: dict[str, str], names: list[str]) -> None:
    """Over account B's own expressions; what is absent does not contain anything."""
    create(rest, name="a", done=False, priority=1, description="x")
    create(rest, name="b", done=True, priority=2, dueAt="2026-12-01T00:00:00Z", description="xx")
    create(rest, name="c", done=True, priority=3, description="100 %")
    create(rest, name="d")
    page = body_of(rest.send("GET", "/todos", query={**query, "fields": "name"}))
    found = sorted(item["name"] for item in page["items"])
    assert found == names


def test_fields_choose_what_is_shown(rest: Rest) -> None:
    """In the asked order, each once; the ETag is there although updatedAt is not shown."""
    path = create(rest).headers["Location"]
    response = rest.send("GET", path, query={"fields": "name, id,name"})
    assert list(body_of(response)) == ["name", "id"]
    assert "ETag" in response.headers
    assert places_of(rest.send("GET", path, query={"fields": ""})) == ["fields"]
    assert places_of(rest.send("GET", path, query={"limit": "1"})) == ["limit"]
    assert places_of(rest.send("DELETE", path, query={"fields": "id"})) == ["fields"]
