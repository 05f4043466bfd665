"""What rest.toml excludes is nowhere; what it does not know is an error that names it."""

import pytest

from bridge.compiler.rest_settings import RestSettings, parse_rest_settings
from bridge.compiler.schema import CompileError
from tests.support.compiling import compiled, reasons

STAFF = """
type Query {
  getPerson(id: ID!): Person
  listPersons(filter: ModelPersonFilterInput, limit: Int, nextToken: String): ModelPersonConnection
  personsBySalary(
    salary: Int!, sortDirection: D, filter: ModelPersonFilterInput, limit: Int, nextToken: String
  ): ModelPersonConnection
  getTeam(id: ID!): Team
  topTeam: Team
  report: Report
}
type Mutation {
  createPerson(input: CreatePersonInput!, condition: ModelPersonConditionInput): Person
  updatePerson(input: UpdatePersonInput!, condition: ModelPersonConditionInput): Person
  deletePerson(input: DeletePersonInput!, condition: ModelPersonConditionInput): Person
  createTeam(input: CreateTeamInput!, condition: ModelTeamConditionInput): Team
}
enum D { ASC DESC }
type Person {
  id: ID! name: String! salary: Int teamId: ID
  team: Team home: Address updatedAt: AWSDateTime! createdAt: AWSDateTime!
}
type Team {
  id: ID! name: String! secret: String
  members(limit: Int, nextToken: String): ModelPersonConnection
}
type Report { team: Team total: Int place: Geo }
type Address { street: String geo: Geo }
type Geo { lat: Float! }
input AddressInput { street: String geo: GeoInput }
input GeoInput { lat: Float! }
type ModelPersonConnection { items: [Person]! nextToken: String }
input ModelIntInput { eq: Int }
input ModelPersonFilterInput {
  salary: ModelIntInput rank: ModelIntInput and: [ModelPersonFilterInput]
}
input ModelPersonConditionInput { updatedAt: ModelIntInput }
input ModelTeamConditionInput { updatedAt: ModelIntInput }
input CreatePersonInput { id: ID name: String! salary: Int teamId: ID home: AddressInput }
input UpdatePersonInput { id: ID! name: String salary: Int teamId: ID home: AddressInput }
input DeletePersonInput { id: ID! }
input CreateTeamInput { id: ID name: String! secret: String! }
"""
REASON = "excluded by rest.toml"


def test_without_settings_all_is_shown() -> None:
    """The schema that the other tests exclude from."""
    contract = compiled(STAFF).contract
    assert [each.name for each in contract.resources] == ["Person", "Team"]
    assert set(contract.endpoints) == {"topTeam", "report"}


def test_an_excluded_root_field_is_as_if_not_there() -> None:
    """And its reason is told."""
    compilation = compiled(STAFF, "Mutation.deletePerson", "Query.report")
    assert compilation.contract.by_name["Person"].delete is None
    assert "report" not in compilation.contract.endpoints
    told = reasons(compilation)
    assert told["Mutation.deletePerson"] == told["Query.report"] == REASON


def test_an_excluded_field_is_in_no_representation_body_filter_or_index() -> None:
    """What clients do not see they can neither write nor find out by filtering."""
    compilation = compiled(STAFF, "Person.salary")
    person = compilation.contract.by_name["Person"]
    assert "salary" not in person.members
    assert person.create is not None
    assert person.update is not None
    assert "salary" not in person.create.takes
    assert "salary" not in person.update.takes
    assert person.indexes == ()
    assert compilation.contract.types.filters["ModelPersonFilterInput"] == {
        "rank": "ModelIntInput",
        "and": "ModelPersonFilterInput",
    }
    # Nor in what an endpoint returns.
    assert "salary" not in compilation.contract.types.objects["Person"]
    assert reasons(compilation)["Person.salary"] == REASON


def test_an_excluded_relation_is_gone() -> None:
    """Its foreign key stays, which is a field of its own."""
    compilation = compiled(STAFF, "Person.team")
    person = compilation.contract.by_name["Person"]
    assert person.relations == {}
    assert "teamId" in person.members
    assert reasons(compilation)["Person.team"] == REASON


def test_an_excluded_nested_value_is_in_no_body() -> None:
    """The whole top-level member is left out."""
    person = compiled(STAFF, "Person.home").contract.by_name["Person"]
    assert "home" not in person.members
    assert person.create is not None
    assert "home" not in person.create.takes


def test_an_excluded_type_is_nowhere() -> None:
    """No operation returns it, no field leads to it, at any depth."""
    compilation = compiled(STAFF, "Team")
    contract = compilation.contract
    assert [each.name for each in contract.resources] == ["Person"]
    assert contract.by_name["Person"].relations == {}
    assert set(contract.endpoints) == {"report"}
    assert contract.types.objects["Report"] == {"total": "Int", "place": "Geo"}
    assert "Team" not in contract.types.objects
    told = reasons(compilation)
    for name in ("Query.getTeam", "Query.topTeam", "Mutation.createTeam", "Person.team"):
        assert told[name] == REASON


def test_an_excluded_type_takes_its_pages_along() -> None:
    """Lists, indexes and to-many relations lead to it too."""
    contract = compiled(STAFF, "Person").contract
    assert [each.name for each in contract.resources] == ["Team"]
    assert contract.by_name["Team"].relations == {}


def test_a_create_that_requires_what_is_excluded_is_left_out() -> None:
    """POST could never satisfy it."""
    compilation = compiled(STAFF, "Team.secret")
    assert compilation.contract.by_name["Team"].create is None
    assert reasons(compilation)["Mutation.createTeam"] == (
        "it requires `secret`, which is excluded by rest.toml"
    )


def test_an_excluded_updated_at_leaves_no_etag() -> None:
    """An ETag would show it."""
    assert compiled(STAFF).contract.by_name["Person"].version is not None
    assert compiled(STAFF, "Person.updatedAt").contract.by_name["Person"].version is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Nobody", "the schema has no object type Nobody"),
        ("D", "the schema has no object type D"),
        ("Nobody.name", "the schema has no object type Nobody"),
        ("Person.height", "Person has no field height"),
        ("Mutation.dropPerson", "Mutation has no field dropPerson"),
        ("Query", "Query is a root type; name its fields"),
        ("Person.id", "id is part of the key of Person"),
        ("Address.street", "Address is no resource"),
        ("Report.total", "Report is no resource"),
        ("Geo", "Geo stands in the nested type Address (Address.geo)"),
    ],
)
def test_a_name_that_cannot_be_excluded_is_an_error_with_the_reason(name: str, reason: str) -> None:
    """A member of a nested value would be deleted with each write, since values are whole."""
    with pytest.raises(CompileError) as raised:
        compiled(STAFF, name)
    assert str(raised.value).startswith(f"rest.toml: exclude: {reason}")


def test_json_is_text_unless_the_settings_say_value() -> None:
    """As the schema says."""
    assert parse_rest_settings("") == RestSettings()
    assert parse_rest_settings('json = "string"') == RestSettings()
    assert parse_rest_settings('json = "value"') == RestSettings(json_values=True)
    assert parse_rest_settings('exclude = ["A", "B.c"]').exclude == {"A", "B.c"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("excludes = []", "no setting is called excludes"),
        ('json = "text"', "json is neither"),
        ('exclude = "A"', "exclude is no list of names"),
        ("exclude = [1]", "exclude is no list of names"),
        ("exclude = [", "rest.toml: "),
    ],
)
def test_what_is_no_setting_is_an_error_that_names_it(text: str, reason: str) -> None:
    """A typing error must not show what was to be hidden."""
    with pytest.raises(CompileError) as raised:
        parse_rest_settings(text)
    assert str(raised.value).startswith("rest.toml: ")
    assert reason in str(raised.value)
