"""Any schema is read, or refused in one line with the place and the cure."""

import json
from pathlib import Path

import pytest
from graphql import build_schema, introspection_from_schema

from bridge.compiler.schema import CompileError, read_built_schema, read_schema_file
from tests.support.compiling import compiled, kinds, only, reasons

PLAIN = """
type Query { getA(id: ID!): A listAs(limit: Int, nextToken: String): As }
type A { id: ID! }
type B { id: ID! }
type As { items: [A] nextToken: String }
"""
BOTH = {"getA": "get A", "listAs": "list A"}


@pytest.mark.parametrize(
    "more",
    [
        "interface I @aws_iam { id: ID! }",
        "union U @aws_iam @aws_cognito_user_pools = A | B",
        'type Subscription { onA: A @aws_publish(subscriptions: ["x"]) }',
        "enum E @aws_iam { X @aws_iam }",
        "input N @aws_api_key { a: Int @aws_iam }",
        "directive @aws_iam on OBJECT\nunion U @aws_iam = A | B",
        "directive @defer on FIELD\ntype C @somebodys_own(of: [{x: 1}]) { id: ID }",
        "scalar AWSDateTime",
        "extend type Query { b: Int }",
        "schema @aws_api_key { query: Query }",
    ],
)
def test_directives_and_definitions_stand_where_they_like(more: str) -> None:
    """AppSync's own, somebody's own, in any place, declared or not."""
    found = kinds(PLAIN + more)
    assert {name: found[name] for name in BOTH} == BOTH


def test_a_deprecation_is_kept() -> None:
    """It is the one directive that says something to a client."""
    text = PLAIN.replace("type A { id: ID!", 'type A { id: ID! old: Int @deprecated(reason: "x")')
    contract = compiled(text.replace("): As }", "): As echo: Int @deprecated }", 1)).contract
    assert set(contract.deprecated) == {"A.old", "Query.echo"}


@pytest.mark.parametrize("schema", ["schema { query: RootQ }", "schema @aws_iam { query: RootQ }"])
def test_another_root_type_keeps_its_name(schema: str) -> None:
    """By it IAM names the fields."""
    resource = only(compiled(PLAIN.replace("type Query", "type RootQ") + schema))
    assert resource.get is not None
    assert (resource.get.parent, resource.get.name) == ("RootQ", "getA")
    assert resource.list is not None
    assert resource.list.parent == "RootQ"


@pytest.mark.parametrize(
    "encoded",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        "\ufeff".encode("utf-16-be") + PLAIN.encode("utf-16-be"),
        f'"Prix en €" {PLAIN.lstrip()}'.encode(),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "utf-16 big end first", "not ascii"],
)
def test_a_file_is_read_in_the_encodings_that_editors_write(tmp_path: Path, encoded: bytes) -> None:
    """PowerShell writes UTF-16, Notepad a byte order mark."""
    path = tmp_path / "schema.graphql"
    path.write_bytes(encoded)
    assert kinds(read_schema_file(path)) == BOTH


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff\xfe\x00", "line 1 is not UTF-16 (byte 2)"),
        (b"type Query {\n  a: Int # caf\xe9\n}", "line 2 is not UTF-8 (byte 27)"),
        (PLAIN.encode("utf-16-le"), "holds zero bytes"),
    ],
)
def test_an_unreadable_file_is_refused_with_the_place_and_the_cure(
    tmp_path: Path, content: bytes, place: str
) -> None:
    """One line: which file, where in it, and what to do."""
    path = tmp_path / "schema.graphql"
    path.write_bytes(content)
    with pytest.raises(CompileError) as raised:
        read_schema_file(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: {place}")
    assert message.endswith("save the file as UTF-8")
    assert "\n" not in message


def test_an_introspections_json_is_a_schema_too(tmp_path: Path) -> None:
    """With `data` around it, as the API answers, and without."""
    result = introspection_from_schema(build_schema(PLAIN))
    for content in (result, {"data": result}):
        path = tmp_path / "schema.json"
        path.write_text(json.dumps(content))
        assert kinds(read_schema_file(path)) == BOTH


@pytest.mark.parametrize("content", ["{", '{"data": null}', '{"data": {"__schema": {}}}', "{}"])
def test_other_json_is_refused(tmp_path: Path, content: str) -> None:
    """The file is named."""
    path = tmp_path / "schema.json"
    path.write_text(content)
    with pytest.raises(CompileError) as raised:
        read_schema_file(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_source_schema_is_told_so_with_the_path_of_the_built_one() -> None:
    """Amplify keeps what it makes of it beside it."""
    with pytest.raises(CompileError) as raised:
        read_built_schema("type Todo @model @auth(rules: [{allow: public}]) { id: ID! }")
    message = str(raised.value)
    assert "type Todo @model" in message
    assert "amplify/backend/api/<api>/build/schema.graphql" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("type Query {\n  a: Int", "(line 2, column 9)"),
        ("type Query {\n  a: Unknown\n}", "(line 2, column 6)"),
        ("type Query { a: Int }\ntype Query { b: Int }", "(line 1, column 6)"),
        ("nonsense", "(line 1, column 1)"),
        ("", "(line 1, column 1)"),
        ("input A { a: A! }", None),
        ("type Query { a: Int } type B { " + "a: " + "[" * 5000, None),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place(text: str, place: str | None) -> None:
    """One line, and the line numbers are those of the file."""
    with pytest.raises(CompileError) as raised:
        compiled(text)
    message = str(raised.value)
    assert "\n" not in message
    if place is not None:
        assert message.startswith("not a GraphQL schema: ")
        assert message.endswith(place)


def test_an_api_with_nothing_to_show_is_an_error() -> None:
    """It would be a mistake that nobody notices."""
    with pytest.raises(CompileError, match="no query and no mutation"):
        compiled("type A { id: ID! } type Subscription { a: A }")


def test_an_api_of_endpoints_alone_compiles() -> None:
    """Nobody promised resources."""
    contract = compiled('type Query { echo(text: String = "x"): String! }').contract
    assert contract.resources == ()
    echo = contract.endpoints["echo"]
    assert (echo.parent, echo.type, dict(echo.arguments), echo.mutation) == (
        "Query",
        "String!",
        {"text": 'String = "x"'},
        False,
    )


def test_of_a_query_and_a_mutation_of_one_name_the_mutation_is_left_out() -> None:
    """Both would be one path; the reason names the other one."""
    compilation = compiled("type Query { count: Int } type Mutation { count: Int reset: Int }")
    assert list(compilation.contract.endpoints) == ["count", "reset"]
    assert not compilation.contract.endpoints["count"].mutation
    assert reasons(compilation)["Mutation.count"] == "its path /rpc/count is that of Query.count"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("paint(color: Color): Int", "it takes a scalar that is not AppSync's"),
        ("paint(brush: Brush): Int", "it takes a scalar that is not AppSync's"),
        ("paint: [Color]", "it returns a scalar that is not AppSync's"),
    ],
)
def test_an_endpoint_of_a_foreign_scalar_is_left_out(field: str, reason: str) -> None:
    """Nobody knows what its values are."""
    compilation = compiled(
        f"scalar Color input Brush {{ color: Color }} type Query {{ a: Int {field} }}"
    )
    assert list(compilation.contract.endpoints) == ["a"]
    assert reasons(compilation)["Query.paint"] == reason
