"""`python -m bridge pull`: by introspection through the real chain, and from files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_client_schema, introspection_from_schema, parse, print_ast

from bridge.__main__ import main
from bridge.compiler.schema import described_types, read_built_schema
from chalicelib.bootstrap import chain
from tests.support.sandbox import RunningSandbox, copy_project, sandbox_in_thread
from tests.support.todo import todo_project

BUILT = "account_b/built-schema.graphql"
STAGE_FILES = ("config", "policy-dev", "policy-local", "policy-prod")
COMPILED = (BUILT, "account_b/template.yaml", "chalicelib/contract/contract.json")


def widen(text: str) -> str:
    """Returns a built schema with a new field and a new operation of another type."""
    text = text.replace("  priority: Int\n", "  priority: Int\n  owner: String\n")
    more = "type Query {\n  getTag(id: ID!): Tag\n  listTags(limit: Int, nextToken: String): Tags\n"
    types = "\ntype Tag { id: ID! label: String }\ntype Tags { items: [Tag]! nextToken: String }\n"
    return text.replace("type Query {\n", more) + types


@pytest.fixture
def sandbox(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    """Yields a sandbox over copies of the real files; its schema is changed by the parameter."""
    change = getattr(request, "param", None)
    if change is not None:
        served = copy_project(tmp_path / "b") / BUILT
        served.write_text(change(served.read_text()))
    with sandbox_in_thread(tmp_path / "b") as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Returns a copy of the files that the compiler reads and writes."""
    root = tmp_path / "a"
    for path in (*COMPILED, *(f".chalice/{each}.json" for each in STAGE_FILES)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(todo_project() / path, root / path)
    return root


@pytest.fixture
def chained(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """Yields the sandbox with this process's variables leading to it."""
    credentials = sandbox.source_credentials
    variables = {
        "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
        "REGION": "us-east-1",
        "APPSYNC_URL": sandbox.graphql_url,
        "AWS_ENDPOINT_URL_STS": sandbox.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "API_AUTHORIZER": "none",
        "ENABLE_BATCH": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    chain.cache_clear()
    yield sandbox
    chain.cache_clear()


def texts(root: Path) -> dict[str, str]:
    """Returns the files that the compiler writes."""
    return {path: (root / path).read_text() for path in COMPILED}


def pull(root: Path, *arguments: str) -> int:
    """Returns the exit code of the command."""
    return main(["pull", "--root", str(root), *arguments])


def test_through_the_chain_the_same_schema_leaves_every_file_alone(
    chained: RunningSandbox, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sandbox's own introspection compiles to what is checked in, built schema included."""
    before = texts(root)
    assert pull(root) == 0
    assert texts(root) == before
    assert "the REST API stays as it is" in capsys.readouterr().out
    assert [event["service"] for event in chained.events()] == ["sts", "appsync"]


def test_a_stages_variables_lead_the_way(chained: RunningSandbox, root: Path) -> None:
    """`--stage` takes the variables of config.json, as Chalice would."""
    assert pull(root, "--stage", "local") == 0
    assert len(chained.events(service="appsync")) == 1


def test_without_settings_the_option_for_them_is_named(
    chained: RunningSandbox,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever has configured a stage has the settings there, and not in the environment."""
    monkeypatch.delenv("REGION")
    assert pull(root) == 1
    assert "REGION is missing; --stage STAGE" in capsys.readouterr().err


def test_an_unknown_stage_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names it."""
    assert pull(root, "--stage", "nowhere") == 1
    assert "there is no stage nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("sandbox", [widen], indirect=True)
def test_through_the_chain_a_wider_schema_is_told_and_taken_over(
    chained: RunningSandbox, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is new is said, and schema, contract and policy know it afterwards."""
    served = chained.root / BUILT
    assert pull(root) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["added: /tags", "added: `owner` of /todos, String"]
    assert described_types(read_built_schema((root / BUILT).read_text())) == described_types(
        read_built_schema(served.read_text())
    )
    assert "types/Query/fields/listTags" in (root / "account_b/template.yaml").read_text()
    assert '"tags"' in (root / "chalicelib/contract/contract.json").read_text()
    assert pull(root) == 0
    assert "the REST API stays as it is" in capsys.readouterr().out


def test_a_newly_required_member_is_told_as_breaking(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A client that knows the API as it was is refused from then on."""
    schema = (root / BUILT).read_text()
    old = "input CreateTodoInput {\n  id: ID\n"
    assert old in schema
    path = tmp_path / "schema.graphql"
    path.write_text(schema.replace(old, f"{old}  owner: String!\n"))
    assert pull(root, str(path)) == 0
    assert "breaking: `owner` of /todos is required by POST" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("shape", ["SDL", "JSON", "JSON with data"])
def test_a_file_of_either_format_is_taken_over(
    root: Path, tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """SDL and JSON, as `aws appsync get-introspection-schema` writes them, say the same."""
    schema = read_built_schema(widen((root / BUILT).read_text()))
    introspection = introspection_from_schema(schema)
    file = tmp_path / "schema"
    if shape == "SDL":
        file.write_text(print_ast(parse(widen((root / BUILT).read_text()))))
    else:
        file.write_text(json.dumps({"data": introspection} if "data" in shape else introspection))
    assert pull(root, str(file)) == 0
    assert "added: /tags" in capsys.readouterr().out
    assert described_types(read_built_schema((root / BUILT).read_text())) == described_types(
        build_client_schema(introspection)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "neither SDL nor JSON"),
        ("{}", "not the result of an introspection"),
        ("type Query {", "not a GraphQL schema"),
        ("type A { a: String }", "no query and no mutation"),
        ("type Todo @model { id: ID! }", "build/schema.graphql"),
    ],
)
def test_a_file_that_is_no_schema_changes_nothing(
    root: Path, tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is told, the exit code is 1, and every file stays."""
    before = texts(root)
    (tmp_path / "schema").write_text(text)
    assert pull(root, str(tmp_path / "schema")) == 1
    assert said in capsys.readouterr().err
    assert texts(root) == before


def test_a_broken_chain_is_told_and_changes_nothing(
    chained: RunningSandbox, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the role may not be assumed, nothing is written."""
    before = texts(root)
    chained.edit("account_b/template.yaml", "Action: sts:AssumeRole", "Action: sts:TagSession")
    assert pull(root) == 1
    assert "AssumeRoleDenied" in capsys.readouterr().err
    assert texts(root) == before
