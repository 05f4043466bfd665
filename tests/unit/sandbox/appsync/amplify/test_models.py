"""Other schemas than the shipped one."""

import pytest

from bridge.sandbox.appsync import load_schema
from bridge.sandbox.appsync.amplify.models import Function, Key, Kind, Operation
from tests.unit.sandbox.appsync.harness import TODO, Harness, error_type

PERSON = """
enum Mood { GOOD BAD }
type Address { street: String!, tags: [String!] }
type Person {
  email: AWSEmail!
  weight: Float
  moods: [Mood]
  address: Address
  extra: AWSJSON
  active: Boolean!
}
input AddressInput { street: String!, tags: [String!] }
input CreatePersonInput {
  email: AWSEmail!, weight: Float, moods: [Mood], address: AddressInput, extra: AWSJSON
  active: Boolean!
}
input UpdatePersonInput { email: AWSEmail!, weight: Float, extra: AWSJSON, active: Boolean }
input DeletePersonInput { email: AWSEmail! }
input ModelFloatInput { eq: Float, gt: Float }
input ModelMoodListInput { contains: Mood }
input ModelPersonFilterInput { weight: ModelFloatInput, moods: ModelMoodListInput }
type PeoplePage { items: [Person]!, nextToken: String }
type Query {
  person(email: AWSEmail!): Person
  people(filter: ModelPersonFilterInput, limit: Int, nextToken: String): PeoplePage
  peopleByMood(
    mood: Mood!, filter: ModelPersonFilterInput, limit: Int, nextToken: String
  ): PeoplePage
  ping: String
}
type Mutation {
  addPerson(input: CreatePersonInput!): Person
  changePerson(input: UpdatePersonInput!): Person
  removePerson(input: DeletePersonInput!): Person
}
"""


def test_operations_are_recognised_by_shape():
    """Names that an owner chose do not matter; what works on no model is a function's."""
    meanings = load_schema(PERSON).meanings
    operations = {place: it for place, it in meanings.fields.items() if isinstance(it, Operation)}
    assert {place: operation.kind for place, operation in operations.items()} == {
        ("Query", "person"): Kind.GET,
        ("Query", "people"): Kind.LIST,
        ("Query", "peopleByMood"): Kind.QUERY,
        ("Mutation", "addPerson"): Kind.CREATE,
        ("Mutation", "changePerson"): Kind.UPDATE,
        ("Mutation", "removePerson"): Kind.DELETE,
    }
    assert {operation.model.key for operation in operations.values()} == {Key("email")}
    assert isinstance(meanings.fields["Query", "ping"], Function)


def test_a_model_of_other_types_and_another_key_works():
    """Enums, lists, floats, nested types, AWSJSON and a key that is not called id."""
    with Harness(schema=PERSON) as api:
        person = {
            "email": "a@b.c",
            "weight": 61.25,
            "moods": ["GOOD", None],
            "address": {"street": "Main", "tags": ["x"]},
            "extra": '{"b": [1, 2.5]}',
            "active": False,
        }
        fields = "{ email weight moods address { street tags } extra active }"
        body = api.ask(
            f"mutation M($p: CreatePersonInput!) {{ addPerson(input: $p) {fields} }}", {"p": person}
        )
        # AppSync parses AWSJSON and writes it anew, without the spaces.
        assert body == {"data": {"addPerson": {**person, "extra": '{"b":[1,2.5]}'}}}
        query = "query Q($f: ModelPersonFilterInput) { people(filter: $f) { items { email } } }"
        for filter_ in ({"weight": {"eq": 61.25}}, {"moods": {"contains": "GOOD"}}):
            found = api.ask(query, {"f": filter_})["data"]["people"]["items"]
            assert found == [{"email": "a@b.c"}]
        assert (
            api.ask(query, {"f": {"moods": {"contains": "BAD"}}})["data"]["people"]["items"] == []
        )


def test_a_field_without_a_resolver_says_so():
    """What Amplify resolves and the sandbox does not is an error, never a silent null."""
    with Harness(schema=PERSON) as api:
        assert error_type(api.ask("{ ping }")) == "SandboxUnsupported"


@pytest.mark.parametrize("given", ["weight: 1e126", "weight: -1e200", r'extra: "[1e999]"'])
def test_a_number_beyond_dynamodbs_range_is_refused(given):
    """DynamoDB holds magnitudes below 1E+126, in nested values too."""
    with Harness(schema=PERSON) as api:
        body = api.ask(
            f'mutation {{ addPerson(input: {{email: "a@b.c", active: true, {given}}})'
            " { email } }"
        )
        assert body["errors"][0]["message"].startswith("Number overflow.")


def test_an_older_api_without_updated_at_in_its_inputs_still_works():
    """A condition on updatedAt is then an unknown field of the input."""
    older = TODO.replace("  updatedAt: ModelStringInput\n", "")
    with Harness(schema=older) as api:
        api.create(id="1", name="a")
        assert (
            "not defined" in api.update({"updatedAt": {"eq": "x"}}, id="1")["errors"][0]["message"]
        )


def test_a_schema_may_define_scalars_and_directives_itself():
    """An SDL that was fetched by introspection brings AppSync's own definitions."""
    with Harness(schema=TODO + "\nscalar AWSDateTime\ndirective @aws_iam on OBJECT") as api:
        item = api.create(name="x", dueAt="2026-12-31T10:00:00Z")
        assert item["dueAt"] == "2026-12-31T10:00:00Z"


def test_root_types_may_have_other_names():
    """Policies are asked for the root types as the schema names them."""
    sdl = TODO.replace("type Query ", "type Read ").replace("type Mutation ", "type Write ")
    with Harness(schema=sdl + "schema { query: Read, mutation: Write }") as api:
        api.create(id="1", name="a")
        api.refused = {("Read", "listTodos")}
        body = api.ask("{ listTodos { nextToken } }")
        assert error_type(body) == "UnauthorizedException"
