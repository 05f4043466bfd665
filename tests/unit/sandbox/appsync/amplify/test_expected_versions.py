"""`@versioned` of the first transformer: `version` counts updates, `expectedVersion` is compared.

Source: Amplify's documentation of @versioned.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.schemas import model, schema
from tests.unit.sandbox.appsync.harness import Harness, error_type

BUILT = (
    schema(model("Tag", "Tags", "text: String!"))
    .replace("type Tag { id: ID!", "type Tag { id: ID! version: Int!")
    .replace(
        "UpdateTagInput { id: ID!", "UpdateTagInput { id: ID! expectedVersion: Int version: Int"
    )
    .replace("DeleteTagInput { id: ID!", "DeleteTagInput { id: ID! expectedVersion: Int")
)
SOURCE = """
type Tag @model @versioned @auth(rules: [{ allow: private, provider: iam }]) {
  id: ID!
  text: String!
}
"""
FAILED = "DynamoDB:ConditionalCheckFailedException"


@pytest.fixture(params=[None, SOURCE], ids=["built schema alone", "with the source"])
def tags(request: pytest.FixtureRequest) -> Iterator[Harness]:
    """Gives an API with one tag."""
    with Harness(schema=BUILT, source=request.param) as api:
        assert write(api, "create", text="x")["data"]["createTag"] == {"version": 1, "text": "x"}
        yield api


def write(api: Harness, verb: str, **given: Any) -> Any:
    """Returns the body of the reply to a write of the tag."""
    kind = f"{verb.capitalize()}TagInput!"
    document = f"mutation M($i: {kind}) {{ {verb}Tag(input: $i) {{ version text }} }}"
    return api.ask(document, {"i": {"id": "a", **given}})


def read(api: Harness) -> Any:
    """Returns the tag as it is read."""
    return api.ask('{ getTag(id: "a") { version text } }')["data"]["getTag"]


def test_an_update_of_the_expected_version_makes_the_next_one(tags: Harness) -> None:
    """Whatever else the input says of it."""
    for version in (1, 2):
        given = {"text": f"y{version}", "expectedVersion": version, "version": 9}
        shown = {"version": version + 1, "text": f"y{version}"}
        assert write(tags, "update", **given) == {"data": {"updateTag": shown}}
        assert read(tags) == shown


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("given", [{"expectedVersion": 2}, {"expectedVersion": None}, {}])
def test_a_change_of_another_version_fails_and_leaves_the_item(
    tags: Harness, verb: str, given: dict[str, Any]
) -> None:
    """As any condition that does not hold."""
    assert error_type(write(tags, verb, **given)) == FAILED
    assert read(tags) == {"version": 1, "text": "x"}


def test_a_delete_of_the_expected_version_frees_the_key(tags: Harness) -> None:
    """No tombstone stays."""
    deleted = write(tags, "delete", expectedVersion=1)
    assert deleted == {"data": {"deleteTag": {"version": 1, "text": "x"}}}
    assert read(tags) is None
    assert error_type(write(tags, "update", text="y", expectedVersion=1)) == FAILED
    assert write(tags, "create", text="z")["data"]["createTag"]["version"] == 1


def test_a_field_called_version_alone_is_the_owners() -> None:
    """Nobody but `expectedVersion` says that it counts."""
    built = BUILT.replace("expectedVersion: Int", "").replace("version: Int!", "version: Int")
    with Harness(schema=built) as api:
        assert write(api, "create", text="x")["data"]["createTag"]["version"] is None
        assert write(api, "update", version=7)["data"]["updateTag"]["version"] == 7
