"""What the resolvers are known to do, and what tells two states of an item apart."""

import pytest

from chalicelib.contract.model import Guarantees, Version
from tests.support.compiling import compiled, only
from tests.support.schemas import OLDER, model, schema

BOOKKEEPING = "_version: Int! _deleted: Boolean _lastChangedAt: AWSTimestamp!"
TAG = model("Tag", "Tags", "text: String!")
HAND_WRITTEN = """
type Query { getTag(id: ID!): Tag listTags(filter: TagFilter, limit: Int, nextToken: String): Tags }
type Mutation {
  createTag(input: CreateTagInput!): Tag
  updateTag(input: UpdateTagInput!): Tag
  deleteTag(input: DeleteTagInput!): Tag
}
type Tag { id: ID! text: String updatedAt: AWSDateTime }
type Tags { items: [Tag] nextToken: String }
input TagFilter { text: TextFilter } input TextFilter { eq: String }
input CreateTagInput { id: ID text: String }
input UpdateTagInput { id: ID! text: String }
input DeleteTagInput { id: ID! }
"""


def edited(*edits: tuple[str, str]) -> str:
    """Returns the schema of an Amplify model, with each text replaced by another."""
    text = schema(TAG)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def test_amplifys_own_names_make_its_guarantees() -> None:
    """Filter, condition and connection are called as its transformers call them."""
    tag = only(compiled(edited()))
    assert tag.guarantees is Guarantees.AMPLIFY
    assert tag.version == Version("updatedAt", created="createdAt")


def test_names_of_operations_and_inputs_do_not_make_amplify_of_an_api() -> None:
    """Its create may overwrite: no repetition, no ETag, although all is called alike."""
    compilation = compiled(HAND_WRITTEN)
    tag = only(compilation)
    assert tag.guarantees is Guarantees.NONE
    assert tag.version is None
    assert compilation.notes == (
        "Tag: no ETag and no If-Match: its resolvers are not known to be Amplify's",
    )


@pytest.mark.parametrize(
    "edit",
    [
        ("ModelTagConnection", "TagPage"),
        ("ModelTagFilterInput", "TagFilter"),
        ("ModelTagConditionInput", "ModelOtherConditionInput"),
        (
            "createTag(input: CreateTagInput!, condition: ModelTagConditionInput)",
            "createTag(input: CreateTagInput!)",
        ),
        ("CreateTagInput", "NewTag"),
    ],
)
def test_one_part_that_amplify_did_not_write_ends_the_guarantees(edit: tuple[str, str]) -> None:
    """Somebody replaced a resolver, or wrote them all."""
    resource = compiled(edited(edit)).contract.by_name["Tag"]
    assert resource.guarantees is Guarantees.NONE


def test_the_oldest_transformers_took_no_conditions_at_all() -> None:
    """Where no mutation of the schema has one, a write without one is theirs too."""
    text = edited((", condition: ModelTagConditionInput", ""))
    tag = only(compiled(text))
    assert tag.guarantees is Guarantees.AMPLIFY
    assert tag.version is None


def test_a_type_that_is_only_read_has_amplifys_guarantees_and_etags() -> None:
    """By its list alone; nothing writes, so nothing has to hold a condition."""
    types, queries, _ = TAG
    tag = only(compiled(schema((types, queries, "noop: Int"))))
    assert tag.guarantees is Guarantees.AMPLIFY
    assert tag.version is not None


def test_older_conditions_do_not_know_updated_at() -> None:
    """So no ETag can be held, and the compiler says so."""
    compilation = compiled(OLDER)
    assert only(compilation).version is None
    (note,) = compilation.notes
    assert note == (
        "Person: no ETag and no If-Match: the conditions of its update and delete do not know"
        " `updatedAt`"
    )


@pytest.mark.parametrize(
    ("type_", "version"),
    [
        ("AWSDateTime!", Version("updatedAt", created="createdAt")),
        ("String", Version("updatedAt")),
        ("Int!", None),
        ("AWSTimestamp", None),
    ],
)
def test_an_own_updated_at_makes_etags_only_where_amplify_sets_it(
    type_: str, version: Version | None
) -> None:
    """It does for a time or a text; `createdAt` tells a new item only where it is of one type."""
    assert only(compiled(edited(("updatedAt: AWSDateTime!", f"updatedAt: {type_}")))).version == (
        version
    )


def test_a_type_without_updated_at_has_no_etags() -> None:
    """Its owner may have renamed the timestamps."""
    compilation = compiled(edited(("updatedAt: AWSDateTime!", "changedOn: AWSDateTime!")))
    assert only(compilation).version is None
    assert compilation.notes == ("Tag: no ETag and no If-Match: it shows no `updatedAt`",)


def test_conflict_resolution_is_known_by_its_version() -> None:
    """Writes send it, and no client sets it: it is no member of a body."""
    tag = only(
        compiled(
            edited(
                ("type Tag { id: ID!", f"type Tag {{ id: ID! {BOOKKEEPING}"),
                ("input CreateTagInput {", "input CreateTagInput { _version: Int"),
                ("input UpdateTagInput {", "input UpdateTagInput { _version: Int"),
                ("input DeleteTagInput {", "input DeleteTagInput { _version: Int"),
            )
        )
    )
    assert tag.version == Version("_version", sent_as="_version", deleted="_deleted")
    assert tag.key is not None
    assert tag.key.names == ("id",)
    taken = [list(each.takes) for each in (tag.create, tag.update, tag.delete) if each]
    assert taken == [["id", "text"], ["id", "text"], ["id"]]


def test_the_first_transformers_versions_are_known_too() -> None:
    """`@versioned` has `version` in the type and `expectedVersion` in the inputs."""
    compilation = compiled(
        edited(
            ("type Tag { id: ID!", "type Tag { id: ID! version: Int!"),
            (
                "input UpdateTagInput { id: ID!",
                "input UpdateTagInput { id: ID! expectedVersion: Int!",
            ),
            (
                "input DeleteTagInput { id: ID!",
                "input DeleteTagInput { id: ID! expectedVersion: Int!",
            ),
        )
    )
    tag = only(compilation)
    assert tag.version == Version("version", sent_as="expectedVersion")
    assert tag.key is not None
    assert tag.key.names == ("id",)
    assert "version" in tag.members


def test_an_own_field_called_version_is_none() -> None:
    """Without `expectedVersion` nothing compares it."""
    text = edited(("type Tag { id: ID!", "type Tag { id: ID! version: Int!"))
    assert only(compiled(text)).version == Version("updatedAt", created="createdAt")
