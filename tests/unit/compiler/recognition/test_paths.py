"""The path of a resource."""

import pytest

from bridge.compiler.recognition.paths import path_of
from tests.support.compiling import compiled, reasons
from tests.support.schemas import model, schema


@pytest.mark.parametrize(
    ("list_name", "path"),
    [
        ("listTodos", "todos"),
        ("listPeople", "people"),
        ("listBlogPosts", "blog-posts"),
        ("listHTTPServers", "http-servers"),
        ("listArea51s", "area51s"),
        ("listApi2Keys", "api2-keys"),
        ("listS3Buckets", "s3-buckets"),
        ("listS3s", "s3s"),
        ("listCompanys", "companys"),
        ("settings", "settings"),
        ("allTodos", "all-todos"),
        ("list", "list"),
        ("list_todos", "todos"),
        ("list2FACodes", "2-fa-codes"),
    ],
)
def test_a_path_is_the_list_querys_name_less_list_in_kebab_case(list_name: str, path: str) -> None:
    """Amplify knows the plural; digits belong to the word before them."""
    assert path_of("Thing", list_name) == path


@pytest.mark.parametrize(
    ("type_name", "path"),
    [
        ("Todo", "todos"),
        ("Category", "categories"),
        ("Day", "days"),
        ("Address", "addresses"),
        ("Box", "boxes"),
        ("Branch", "branches"),
        ("BlogPost", "blog-posts"),
    ],
)
def test_without_a_list_the_path_is_the_types_plural(type_name: str, path: str) -> None:
    """A type that can only be got has a path all the same."""
    assert path_of(type_name, None) == path


def test_of_two_resources_with_one_path_the_later_is_left_out() -> None:
    """Which of them a request means could not be told; the rest compiles."""
    compilation = compiled(
        schema(
            model("HTTPThing", "HttpThings", "a: Int"),
            model("HttpThing", "HTTPThings", "a: Int"),
            model("Note", "Notes", "a: Int"),
        )
    )
    assert [each.name for each in compilation.contract.resources] == ["HTTPThing", "Note"]
    told = reasons(compilation)
    reason = "HttpThing is no resource: its path /http-things is that of HTTPThing"
    for name in ("Query.getHttpThing", "Query.listHTTPThings", "Mutation.deleteHttpThing"):
        assert told[name] == reason


@pytest.mark.parametrize("plural", ["Health", "Ready", "Batch", "Rpc", "Docs"])
def test_a_path_of_the_gateways_own_leaves_the_resource_out(plural: str) -> None:
    """/health, /ready, /batch, /rpc and /docs are taken."""
    compilation = compiled(
        schema(model("Thing", plural, "a: Int"), model("Note", "Notes", "a: Int"))
    )
    assert [each.name for each in compilation.contract.resources] == ["Note"]
    assert reasons(compilation)["Query.getThing"] == (
        f"Thing is no resource: its path /{plural.lower()} is that of the gateway itself"
    )


def test_a_relation_to_what_is_left_out_is_left_out_too() -> None:
    """It would lead nowhere."""
    text = """
    type Query { getPen(id: Float!): Pen getCup(id: ID!): Cup }
    type Pen { id: Float! }
    type Cup { id: ID! pen: Pen }
    """
    compilation = compiled(text)
    assert compilation.contract.by_name["Cup"].relations == {}
    assert reasons(compilation)["Cup.pen"] == "Pen is no resource"
