"""Which mutation is taken for which write: by its names, never by what its input looks like."""

import pytest

from tests.support.compiling import compiled, kinds, only, reasons
from tests.support.schemas import model, schema

CARD = """
type Query { getCard(id: ID!): Card }
type Card { id: ID! text: String state: String createdAt: AWSDateTime updatedAt: AWSDateTime }
input CreateCardInput { id: ID! text: String createdAt: AWSDateTime }
input UpdateCardInput { id: ID! text: String }
input DeleteCardInput { id: ID }
input CardInput { id: ID! }
"""


def mutations(*declared: str) -> dict[str, str]:
    """Returns what these mutations about cards are."""
    found = kinds(f"{CARD} type Mutation {{ {' '.join(declared)} }}")
    del found["getCard"]
    return found


@pytest.mark.parametrize(
    ("mutation", "kind"),
    [
        ("createCard(input: CreateCardInput!): Card", "create Card"),
        ("updateCard(input: UpdateCardInput!): Card", "update Card"),
        ("deleteCard(input: DeleteCardInput!): Card", "delete Card"),
        # Amplify renames operations; the input's name stays.
        ("addCard(input: CreateCardInput!): Card!", "create Card"),
        ("putCard(input: UpdateCardInput!): Card", "update Card"),
        ("dropCard(input: DeleteCardInput!): Card", "delete Card"),
        # Where the input's name tells nothing, the operation's own name does.
        ("createCard(input: CardInput!): Card", "create Card"),
        ("updateCard(input: CardInput!): Card", "update Card"),
        ("deleteCard(input: CardInput!): Card", "delete Card"),
        # What neither tells is an endpoint, whatever it looks like.
        ("publishCard(input: CardInput!): Card", "endpoint"),
        ("addCard(input: CardInput!): Card", "endpoint"),
        ("deleteCards(input: CardInput!): Card", "endpoint"),
        # The two names contradict each other.
        ("deleteCard(input: UpdateOtherInput!): Card", "endpoint"),
        # The shape does not confirm what the names tell.
        ("createCard(input: CreateCardInput!): [Card]", "endpoint"),
        ("createCard(input: CreateCardInput!): Boolean", "endpoint"),
        ("createCard(input: CreateCardInput!, dryRun: Boolean): Card", "endpoint"),
        ("createCard(text: String): Card", "endpoint"),
        ("deleteCard(id: ID!): Card", "endpoint"),
        ("updateCard(input: Keyless!): Card", "endpoint"),
        ("updateCard(input: Foreign!): Card", "endpoint"),
        ("updateCard(input: String!): Card", "endpoint"),
    ],
)
def test_names_tell_a_write_and_its_shape_confirms_it(mutation: str, kind: str) -> None:
    """A mutation is never taken for another one because its input looks alike."""
    more = """
    input UpdateOtherInput { id: ID! }
    input Keyless { text: String }
    input Foreign { cardId: ID! }
    """
    name = mutation.partition("(")[0]
    assert mutations(mutation, f"}} {more} type Unused {{ a: Int") == {name: kind}


def test_of_two_writes_with_one_input_the_one_of_that_name_is_taken() -> None:
    """The other one, which may do anything, is an endpoint."""
    declared = (
        "publishCard(input: UpdateCardInput!): Card",
        "updateCard(input: UpdateCardInput!): Card",
    )
    assert mutations(*declared) == {"publishCard": "endpoint", "updateCard": "update Card"}


def test_of_two_renamed_writes_with_one_input_none_is_taken() -> None:
    """Which of them updates cannot be told, so nothing does."""
    declared = (
        "publishCard(input: UpdateCardInput!): Card",
        "putCard(input: UpdateCardInput!): Card",
    )
    assert mutations(*declared) == {"publishCard": "endpoint", "putCard": "endpoint"}


def test_an_input_of_the_types_name_goes_before_an_operation_of_it() -> None:
    """`createCard` with a strange input gives way to the renamed one with the known input."""
    declared = ("createCard(input: CardInput!): Card", "addCard(input: CreateCardInput!): Card")
    assert mutations(*declared) == {"addCard": "create Card", "createCard": "endpoint"}


def test_an_update_whose_input_is_the_key_alone_is_no_delete() -> None:
    """And a delete whose key may be null is one."""
    text = """
    type Query { getNote(id: ID!): Note listNotes(limit: Int, nextToken: String): Notes }
    type Mutation {
      createNote(input: CreateNoteInput!): Note
      updateNote(input: UpdateNoteInput!): Note
      deleteNote(input: DeleteNoteInput!): Note
    }
    type Note { id: ID! createdAt: AWSDateTime updatedAt: AWSDateTime }
    type Notes { items: [Note] nextToken: String }
    input CreateNoteInput { id: ID createdAt: AWSDateTime }
    input UpdateNoteInput { id: ID! }
    input DeleteNoteInput { id: ID }
    """
    note = only(compiled(text))
    assert note.update is not None
    assert note.delete is not None
    assert (note.update.name, note.delete.name) == ("updateNote", "deleteNote")
    assert dict(note.delete.takes) == {"id": "ID"}
    assert note.key is not None
    assert dict(note.key.fields) == {"id": "ID!"}


def test_inputs_of_any_name_with_a_foreign_key_leave_all_five_operations() -> None:
    """The member that stands in inputs alone can be written and is not shown."""
    text = """
    type Query { getCup(id: ID!): Cup listCups(filter: F, limit: Int, nextToken: String): Cups }
    type Mutation { createCup(input: C!): Cup updateCup(input: U!): Cup deleteCup(input: D!): Cup }
    type Cup { id: ID! name: String }
    type Cups { items: [Cup] nextToken: String }
    input F { name: S } input S { eq: String }
    input C { id: ID name: String cupTrayId: ID }
    input U { id: ID! name: String cupTrayId: ID }
    input D { id: ID }
    """
    cup = only(compiled(text))
    assert None not in (cup.get, cup.list, cup.create, cup.update, cup.delete)
    assert cup.create is not None
    assert dict(cup.create.takes) == {"id": "ID", "name": "String", "cupTrayId": "ID"}
    assert list(cup.members) == ["id", "name"]


def test_inputs_of_the_id_alone_leave_all_five_operations() -> None:
    """A type may have nothing but its relations to write."""
    text = """
    type Query { getHub(id: ID!): Hub listHubs(limit: Int, nextToken: String): Hubs }
    type Mutation { createHub(input: C!): Hub updateHub(input: U!): Hub deleteHub(input: D!): Hub }
    type Hub { id: ID! spokes: Spokes createdAt: AWSDateTime! }
    type Spoke { id: ID! }
    type Spokes { items: [Spoke] nextToken: String }
    type Hubs { items: [Hub] nextToken: String }
    input C { id: ID } input U { id: ID! } input D { id: ID! }
    """
    hub = only(compiled(text))
    assert None not in (hub.get, hub.list, hub.create, hub.update, hub.delete)
    assert list(hub.members) == ["id", "createdAt"]


def test_a_type_written_small_has_amplifys_capital_in_its_operations() -> None:
    """`type card` has `createCard` and `CreateCardInput`."""
    text = """
    type Query { getCard(id: ID!): card }
    type Mutation { createCard(input: CreateCardInput!): card }
    type card { id: ID! }
    input CreateCardInput { id: ID }
    """
    assert kinds(text) == {"getCard": "get card", "createCard": "create card"}


def test_updated_at_is_never_taken_from_a_client_where_amplify_sets_it() -> None:
    """And createdAt at creation only: a type that declares them has them in its inputs."""
    types, queries, mutations = model("Log", "Logs", "line: String!")
    stamps = "createdAt: AWSDateTime updatedAt: AWSDateTime"
    declared = types.replace("CreateLogInput {", f"CreateLogInput {{ {stamps}").replace(
        "UpdateLogInput {", f"UpdateLogInput {{ {stamps}"
    )
    log = only(compiled(schema((declared, queries, mutations))))
    assert log.create is not None
    assert log.update is not None
    assert list(log.create.takes) == ["createdAt", "id", "line"]
    assert list(log.update.takes) == ["id", "line"]


def test_a_hand_written_update_takes_its_own_timestamps() -> None:
    """Nobody else is known to set them."""
    text = """
    type Query { getLog(id: ID!): Log }
    type Mutation { updateLog(input: UpdateLogInput!): Log }
    type Log { id: ID! updatedAt: String }
    input UpdateLogInput { id: ID! updatedAt: String! }
    """
    update = only(compiled(text)).update
    assert update is not None
    assert update.requires == ("id", "updatedAt")


def test_a_write_knows_its_arguments_and_defaults_as_the_schema_writes_them() -> None:
    """A member with a default is not required."""
    text = """
    type Query { getJob(id: ID!): Job }
    type Mutation { createJob(input: CreateJobInput!, condition: ModelJobConditionInput): Job }
    type Job { id: ID! tries: Int! tags: [String!] }
    input CreateJobInput { tries: Int! = 3 tags: [String!] = ["a", "b"] }
    input ModelJobConditionInput { a: Int }
    """
    create = only(compiled(text)).create
    assert create is not None
    assert dict(create.takes) == {"tries": "Int! = 3", "tags": '[String!] = ["a", "b"]'}
    assert create.requires == ()
    assert dict(create.arguments) == {
        "input": "CreateJobInput!",
        "condition": "ModelJobConditionInput",
    }
    assert (create.parent, create.type, create.mutation) == ("Mutation", "Job", True)


def test_an_update_that_lacks_part_of_the_key_is_left_out() -> None:
    """It could not name an item."""
    text = """
    type Query { getSeat(row: String!, number: Int!): Seat }
    type Mutation {
      updateSeat(input: UpdateSeatInput!): Seat
      deleteSeat(input: DeleteSeatInput!): Seat
    }
    type Seat { row: String! number: Int! }
    input UpdateSeatInput { row: String! }
    input DeleteSeatInput { row: String! number: Int! }
    """
    compilation = compiled(text)
    assert only(compilation).update is None
    assert reasons(compilation)["Mutation.updateSeat"] == "its input lacks the key of Seat"


def test_a_create_that_requires_what_no_client_can_give_is_left_out() -> None:
    """A scalar that is not AppSync's cannot be checked."""
    text = """
    scalar Money
    type Query { getBill(id: ID!): Bill }
    type Mutation { createBill(input: CreateBillInput!): Bill }
    type Bill { id: ID! total: Money }
    input Sum { total: Money! }
    input CreateBillInput { id: ID sum: Sum! }
    """
    compilation = compiled(text)
    assert only(compilation).create is None
    assert reasons(compilation) == {
        "Bill.total": "the scalar Money is not AppSync's",
        "Mutation.createBill": "it requires `sum`, which is of a scalar that is not AppSync's",
    }
