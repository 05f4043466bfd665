"""`python -m bridge compile` over a copy of the project's files."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.compiler.command import compile_project, stale_files
from bridge.project import Project
from chalicelib.contract.model import contract_from_json
from tests.support.sandbox import copy_project
from tests.support.schemas import MACHINE, ODDITIES, OLDER

WRITTEN = (
    "chalicelib/contract/contract.json",
    "chalicelib/contract/openapi.json",
    "account_b/template.yaml",
    ".chalice/policy-local.json",
    ".chalice/policy-dev.json",
    ".chalice/policy-prod.json",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what the compiler reads, and the folder that it writes into."""
    return copy_project(tmp_path)


def compile_in(root: Path, schema: str | None = None) -> int:
    """Returns the command's exit code, after putting the built schema in its place."""
    if schema is not None:
        (root / "account_b/built-schema.graphql").write_text(schema, encoding="utf-8")
    return main(["compile", "--root", str(root)])


def test_compiling_again_changes_nothing(root: Path) -> None:
    """The template's policy is replaced, not added."""
    assert compile_in(root, MACHINE) == 0
    first = {path: (root / path).read_text() for path in WRITTEN}
    assert compile_in(root) == 0
    assert {path: (root / path).read_text() for path in WRITTEN} == first


def test_a_schema_that_was_changed_without_compile_is_found(root: Path) -> None:
    """By what would be written of it; `compile` ends it."""
    assert compile_in(root) == 0
    assert stale_files(Project.at(root)) == ()
    (root / "account_b/built-schema.graphql").write_text(MACHINE)
    found = {str(path) for path in stale_files(Project.at(root))}
    assert found == set(WRITTEN[:3])
    assert compile_in(root) == 0
    assert stale_files(Project.at(root)) == ()


def test_another_schema_gives_another_api_and_other_policies(root: Path) -> None:
    """In all the files that are made of it; the shipped resource is in none of them."""
    assert compile_in(root, MACHINE) == 0
    document = json.loads((root / WRITTEN[0]).read_text())
    (machine,) = contract_from_json(document).resources
    assert (machine.name, machine.path) == ("Machine", "machines")
    template = (root / "account_b/template.yaml").read_text()
    assert "types/Mutation/fields/createMachine" in template
    assert "fields/createTodo" not in template
    assert "/machines/{id}" in json.loads((root / WRITTEN[1]).read_text())["paths"]


def test_what_was_left_out_is_printed_one_line_for_each_reason(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the resources that there are."""
    assert compile_in(root, ODDITIES) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "resource: /notes/{id} (Note)" in lines
    left_out = [line for line in lines if line.startswith("left out: ")]
    assert len(left_out) == 2
    assert "left out: Note.comments: pages of Comment, which are no value" in left_out
    assert "left out: subscriptions (1): REST has no place for them" in left_out


def test_a_resource_without_etags_is_noted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its users have to know that they cannot protect their writes."""
    assert compile_in(root, OLDER) == 0
    assert "note: Person: no ETag and no If-Match" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("type Query {", "not a GraphQL schema"),
        ("type Todo @model { id: ID! }", "build/schema.graphql"),
        ("type A { a: Int }", "no query and no mutation"),
    ],
)
def test_a_refused_schema_is_one_line_and_writes_nothing(
    root: Path, schema: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the reason on standard error, every file as it was."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    before.pop(root / "account_b/built-schema.graphql")
    assert compile_in(root, schema) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("compile: ")
    assert reason in printed.err
    assert printed.err.count("\n") == 1
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    after.pop(root / "account_b/built-schema.graphql")
    assert after == before


@pytest.mark.parametrize("path", ["account_b/built-schema.graphql", "account_b/template.yaml"])
def test_a_missing_file_is_named(root: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""
    (root / path).unlink()
    assert compile_in(root) == 1
    error = capsys.readouterr().err
    assert error.startswith("compile: ")
    assert Path(path).name in error


def test_compile_project_writes_nothing_itself(root: Path) -> None:
    """`pull` shows what would change before it writes."""
    before = {path: (root / path).read_bytes() for path in WRITTEN}
    compiled = compile_project(Project.at(root), MACHINE)
    assert {str(path) for path in compiled.files} == set(WRITTEN)
    assert {path: (root / path).read_bytes() for path in WRITTEN} == before


def test_another_account_b_is_compiled_from_its_own_folder(root: Path) -> None:
    """Its schema, its rest.toml, its template."""
    other = root / "elsewhere"
    other.mkdir()
    (root / "account_b/template.yaml").rename(other / "template.yaml")
    (other / "built-schema.graphql").write_text(MACHINE, encoding="utf-8")
    (other / "rest.toml").write_text('exclude = ["Mutation.deleteMachine"]\njson = "value"\n')
    assert main(["compile", "--root", str(root), "--account-b", str(other)]) == 0
    contract = contract_from_json(json.loads((root / WRITTEN[0]).read_text()))
    (machine,) = contract.resources
    assert machine.delete is None
    assert contract.types.json_values
    template = (other / "template.yaml").read_text()
    assert "fields/createMachine" in template
    assert "fields/deleteMachine" not in template


def test_a_fault_in_the_settings_is_one_line_and_writes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name that is unknown is in it."""
    before = {path: (root / path).read_text() for path in WRITTEN if (root / path).exists()}
    (root / "account_b/rest.toml").write_text('exclude = ["Todoo"]')
    assert compile_in(root) == 1
    assert capsys.readouterr().err == (
        "compile: rest.toml: exclude: the schema has no object type Todoo\n"
    )
    after = {path: (root / path).read_text() for path in WRITTEN if (root / path).exists()}
    assert after == before


def test_the_report_holds_all_that_the_end_of_compile_shortens(root: Path, tmp_path: Path) -> None:
    """Every name that is left out, and the notes."""
    report = tmp_path / "report.txt"
    fields = " ".join(f"q{each}: Odd" for each in range(9))
    schema = f"scalar Odd {OLDER.replace('type Query {', f'type Query {{ {fields}')}"
    (root / "account_b/built-schema.graphql").write_text(schema, encoding="utf-8")
    assert main(["compile", "--root", str(root), "--report", str(report)]) == 0
    text = report.read_text()
    assert all(f"Query.q{each}" in text for each in range(9))
    assert "Person: no ETag and no If-Match" in text


def test_a_breaking_change_fails_where_ci_asks_for_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is named and nothing is written; what only adds passes."""
    assert compile_in(root, MACHINE) == 0
    before = (root / WRITTEN[0]).read_text()
    capsys.readouterr()
    (root / "account_b/built-schema.graphql").write_text(
        MACHINE.replace("slots: Int\n", "").replace("slots: ModelIntInput\n", "")
    )
    assert main(["compile", "--root", str(root), "--fail-on-breaking"]) == 3
    assert "removed (breaking): `slots` of /machines" in capsys.readouterr().err.splitlines()
    assert (root / WRITTEN[0]).read_text() == before
    (root / "account_b/built-schema.graphql").write_text(
        MACHINE.replace("slots: Int\n", "slots: Int\nmore: Int\n", 1)
    )
    assert main(["compile", "--root", str(root), "--fail-on-breaking"]) == 0
    assert (root / WRITTEN[0]).read_text() != before
    assert compile_in(root, OLDER) == 0


def test_a_contract_of_an_older_version_does_not_stop_the_compiler(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what compares with it says what helps."""
    (root / WRITTEN[0]).write_text('{"resources": [{"fields": []}]}')
    assert main(["compile", "--root", str(root), "--fail-on-breaking"]) == 1
    assert "`python -m bridge compile` writes it" in capsys.readouterr().err
    assert compile_in(root) == 0
