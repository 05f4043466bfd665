"""Every query and mutation is shown, or named with its true reason."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.compiler.coverage import Coverage
from bridge.compiler.grants import reachable_fields
from tests.support.compiling import compiled
from tests.support.schemas import MACHINE, ODDITIES

DATASTORE = Path("tests/data/amplify/built-schema-datastore.graphql")


def lines(text: str, few: int | None = None) -> list[str]:
    """Returns the report of a schema."""
    return list(Coverage(compiled(text)).lines(few))


def test_a_schema_that_is_shown_whole_has_nothing_left_out() -> None:
    """One line says so; the long report tells what is known of the resource, and whence."""
    shown = "shown: 5 of 5 queries and mutations, 21 of 21 fields of 1 resources"
    assert lines(MACHINE, few=3) == [shown]
    assert lines(MACHINE) == [
        shown,
        (
            "resource: /machines/{id} (Machine): ETags of updatedAt; resolvers Amplify's, by the"
            " names of its types"
        ),
    ]


def test_what_is_left_out_stands_by_its_reason() -> None:
    """Subscriptions are one line together, and every name is there once."""
    assert lines(ODDITIES, few=9) == [
        "shown: 12 of 12 queries and mutations, 9 of 10 fields of 2 resources",
        "left out: Note.comments: pages of Comment, which are no value",
        "left out: subscriptions (1): REST has no place for them",
    ]


def test_the_short_report_names_a_few_of_many() -> None:
    """At the end of `compile` it has to stay readable."""
    fields = " ".join(f"q{index}: Odd" for index in range(9))
    text = f"scalar Odd type Query {{ a: Int {fields} }}"
    assert lines(text, few=3)[1].startswith("left out: Query.q0, Query.q1, Query.q2 and 6 more: ")
    assert "q8" in lines(text)[1]


def test_a_hand_written_resource_is_told_as_such() -> None:
    """Nobody should look for the ETags that it cannot have."""
    text = "type Query { getPen(id: ID!): Pen } type Pen { id: ID! }"
    compilation = compiled(text)
    assert lines(text)[1] == (
        "resource: /pens/{id} (Pen): no ETags; resolvers not known to be Amplify's"
    )
    assert Coverage(compilation).as_json()["resources"] == [
        {"name": "Pen", "path": "/pens/{id}", "guarantees": "none", "version": None}
    ]


def test_each_root_field_is_in_the_json_with_its_kind_and_path() -> None:
    """A path where it is shown, else a reason; never neither."""
    compilation = compiled(ODDITIES)
    document = Coverage(compilation).as_json()
    found = {each["field"]: each for each in document["root_fields"]["each"]}
    assert len(found) == document["root_fields"]["all"] == 12
    assert found["getComment"] == {
        "parent": "Query",
        "field": "getComment",
        "kind": "get",
        "resource": "Comment",
        "path": "/comments/{postId}/{at}",
        "reason": None,
    }
    assert found["listNotes"]["path"] == "/notes"
    assert found["createNote"]["path"] == "/notes"
    assert found["notesByText"]["kind"] == "index"
    assert (found["echo"]["kind"], found["echo"]["path"]) == ("endpoint", "/rpc/echo")
    for each in found.values():
        assert (each["path"] is None) != (each["reason"] is None)


def test_the_command_prints_a_table_of_all_schemas_and_each_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of conflict resolution's own fields ETags are made; its sync query is an endpoint."""
    path = tmp_path / "machine.graphql"
    path.write_text(MACHINE)
    assert main(["coverage", str(path), str(DATASTORE)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["schema", "queries", "and", "mutations", "fields", "resources"]
    assert printed[1].split() == [str(path), "5/5", "21/21", "1"]
    assert printed[2].split() == [str(DATASTORE), "6/6", "8/11", "1"]
    assert str(DATASTORE) in printed[3:]


def test_one_schema_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named on standard error, and the exit code says that something failed."""
    (tmp_path / "bad.graphql").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "good.graphql").write_text(MACHINE)
    names = ["bad.graphql", "missing.graphql", "good.graphql"]
    assert main(["coverage", "--json", *(str(tmp_path / each) for each in names)]) == 1
    printed = capsys.readouterr()
    assert list(json.loads(printed.out)) == [str(tmp_path / "good.graphql")]
    faults = printed.err.splitlines()
    assert len(faults) == 2
    assert all(each.startswith("coverage: ") for each in faults)


def test_without_a_schema_account_bs_own_is_reported_with_its_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its rest.toml counts; another folder may be given."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "built-schema.graphql").write_text(MACHINE)
    (folder / "rest.toml").write_text('exclude = ["Mutation.deleteMachine"]')
    assert main(["coverage", "--account-b", str(folder)]) == 0
    assert "left out: Mutation.deleteMachine: excluded by rest.toml" in capsys.readouterr().out


def test_an_index_query_of_a_type_without_a_list_is_left_out() -> None:
    """There is no collection whose pages it could give, so no role is granted it either."""
    start = ODDITIES.index("listNotes(")
    end = ODDITIES.index("ModelNoteConnection", start) + len("ModelNoteConnection")
    text = ODDITIES[:start] + ODDITIES[end:]
    reason = "left out: Query.notesByText: an index query of a type that has no list"
    assert reason in lines(text)
    assert "notesByText" in reachable_fields(compiled(ODDITIES).contract)["Query"]
    assert "notesByText" not in reachable_fields(compiled(text).contract)["Query"]
