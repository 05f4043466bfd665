"""What a built schema alone tells of its fields, and what decides where it tells two things."""

from pathlib import Path

import pytest

from tests.support.schemas import model, schema
from tests.unit.sandbox.appsync.harness import Harness, error_type, message

FLIGHTS = schema(
    model("Flight", "Flights", "gate: String"),
    model("Booking", "Bookings", "customer: String"),
    types="""
      type Profile { id: ID! name: String booking: Booking }
      input ModelStringKeyConditionInput { eq: String }
    """,
    queries="""
      getProfile(id: ID!): Profile
      flightByGate(gate: String!): Flight
    """,
    rest="processBooking(input: CreateBookingInput!): Booking",
)
CREATE = 'mutation { createFlight(input: {id: "f", gate: "A1"}) { id } }'


def api_with(path: Path, text: str) -> Harness:
    """Returns the flights' API with these functions."""
    path.write_text(text)
    return Harness(schema=FLIGHTS, functions=path)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("getFlight", '{ getFlight(id: "f") { gate } }'),
        ("createFlight", 'mutation { createFlight(input: {id: "f"}) { gate } }'),
        ("processBooking", 'mutation { processBooking(input: {id: "b"}) { customer } }'),
    ],
)
def test_a_function_of_a_fields_name_is_believed_before_the_fields_shape(
    tmp_path: Path, name: str, query: str
) -> None:
    """Whoever wrote it says what the field does; without it, the shape does."""
    member = query.split()[-3]
    path = tmp_path / "functions.py"
    with api_with(path, f"def {name}(arguments, event):\n    return {{{member!r}: 'own'}}") as api:
        assert api.ask(query) == {"data": {name: {member: "own"}}}
    with api_with(path, "") as api:
        body = api.ask(query)
        assert "errors" not in body
        assert body["data"][name] in (None, {member: None})


def test_a_source_schema_says_what_a_field_does_whatever_functions_there_are(
    tmp_path: Path,
) -> None:
    """With it nothing is ambiguous."""
    path = tmp_path / "functions.py"
    path.write_text("def getFlight(arguments, event):\n    return {'gate': 'own'}")
    rules = "@auth(rules: [{ allow: private, provider: iam }])"
    source = f"""
      type Flight @model {rules} {{ id: ID! gate: String }}
      type Booking @model {rules} {{ id: ID! customer: String }}
      type Query {{ getProfile(id: ID!): Profile flightByGate(gate: String!): Flight }}
      type Mutation {{ processBooking(input: CreateBookingInput!): Booking }}
    """
    with Harness(schema=FLIGHTS, source=source, functions=path) as api:
        api.ask(CREATE)
        assert api.ask('{ getFlight(id: "f") { gate } }') == {"data": {"getFlight": {"gate": "A1"}}}


def test_a_type_that_one_query_alone_reads_is_a_functions(tmp_path: Path) -> None:
    """Nothing could ever write an item of it, so a missing function says what to write."""
    query = '{ getProfile(id: "p") { name } }'
    with api_with(tmp_path / "functions.py", "") as api:
        body = api.ask(query)
        assert error_type(body) == "SandboxUnsupported"
        assert "write `def getProfile(arguments, event):`" in message(body)


def test_a_query_by_another_field_than_the_key_is_a_functions(tmp_path: Path) -> None:
    """Which of two reads of one item is the table's is told by the first."""
    function = "def flightByGate(arguments, event):\n    return {'id': 'f', 'gate': 'B2'}"
    with api_with(tmp_path / "functions.py", function) as api:
        api.ask(CREATE)
        body = api.ask('{ flightByGate(gate: "A1") { gate } getFlight(id: "f") { gate } }')
        assert body == {"data": {"flightByGate": {"gate": "B2"}, "getFlight": {"gate": "A1"}}}


def test_an_index_may_have_the_tables_own_partition_field() -> None:
    """It is read by the name of its query."""
    arguments = (
        "id: ID!, gate: ModelStringKeyConditionInput, sortDirection: ModelSortDirection,"
        " filter: ModelFlightFilterInput, limit: Int, nextToken: String"
    )
    built = FLIGHTS.replace(
        "flightByGate(gate: String!): Flight", f"flightsByGate({arguments}): ModelFlightConnection"
    )
    if "enum ModelSortDirection" not in built:
        built += "enum ModelSortDirection { ASC DESC }"
    with Harness(schema=built) as api:
        api.ask(CREATE)
        for gate, found in (("A1", [{"id": "f"}]), ("A2", [])):
            query = f'{{ flightsByGate(id: "f", gate: {{eq: "{gate}"}}) {{ items {{ id }} }} }}'
            assert api.ask(query) == {"data": {"flightsByGate": {"items": found}}}


def linked(field: str, member: str, *, shown: bool) -> str:
    """Returns the flights' schema with a relation, and a member of bookings' inputs for its key.

    Args:
        field: The relation, with its type.
        member: The member's name.
        shown: The type has it too.
    """
    built = FLIGHTS.replace("type Booking {", f"type Booking {{ {field} ")
    if shown:
        built = built.replace("type Booking {", f"type Booking {{ {member}: ID ")
    return built.replace("input CreateBookingInput {", f"input CreateBookingInput {{ {member}: ID ")


@pytest.mark.parametrize("shown", [True, False], ids=["in the type", "in the input alone"])
def test_a_relation_whose_key_is_called_after_it_leads_there(*, shown: bool) -> None:
    """As the transformer calls it where the directive names no fields; null leads nowhere."""
    with Harness(schema=linked("outFlight: Flight", "bookingOutFlightId", shown=shown)) as api:
        api.ask(CREATE)
        for name, given, found in (
            ("a", 'bookingOutFlightId: "f"', {"gate": "A1"}),
            ("b", 'bookingOutFlightId: "gone"', None),
            ("c", "", None),
        ):
            body = api.ask(
                f'mutation {{ createBooking(input: {{id: "{name}" {given}}})'
                " { outFlight { gate } } }"
            )
            assert body == {"data": {"createBooking": {"outFlight": found}}}
            body = api.ask(f'{{ getBooking(id: "{name}") {{ outFlight {{ gate }} }} }}')
            assert body == {"data": {"getBooking": {"outFlight": found}}}


@pytest.mark.parametrize(
    "built",
    [
        linked("outFlight: Flight", "flightId", shown=True),
        linked("outFlight: [Flight]", "bookingOutFlightId", shown=True),
    ],
    ids=["a member of another name", "a list"],
)
def test_any_other_relation_names_the_directive_that_is_needed(built: str) -> None:
    """Nobody knows by which members it leads there."""
    with Harness(schema=built) as api:
        body = api.ask('mutation { createBooking(input: {id: "b"}) { outFlight { gate } } }')
        assert error_type(body) == "SandboxUnsupported"
        assert "Booking.outFlight without its @hasOne or @belongsTo" in message(body)


def test_an_id_is_made_also_where_it_is_no_key() -> None:
    """Amplify's create gives one to every type that has the field, unless the client does."""
    text = """
    type Member { email: ID! id: ID! }
    input CreateMemberInput { email: ID! id: ID }
    input ModelMemberConditionInput { and: [ModelMemberConditionInput] }
    type Query { getMember(email: ID!): Member }
    type Mutation {
      createMember(input: CreateMemberInput!, condition: ModelMemberConditionInput): Member
    }
    """
    with Harness(schema=text) as api:
        made = api.ask('mutation { createMember(input: {email: "a"}) { id email } }')
        assert "errors" not in made
        assert made["data"]["createMember"]["id"]
        assert api.ask('{ getMember(email: "a") { id email } }')["data"] == {
            "getMember": made["data"]["createMember"]
        }
        own = api.ask('mutation { createMember(input: {email: "b", id: "own"}) { id } }')
        assert own["data"]["createMember"] == {"id": "own"}
