"""Functions that stand in for account B's Lambda functions."""

import os
from pathlib import Path

import pytest

from bridge.files import FileFault
from bridge.sandbox.appsync.amplify.functions import Functions
from tests.unit.sandbox.appsync.harness import SHOP, Harness, error_type, message, shop


def api_with(path: Path, text: str) -> Harness:
    """Returns the shop's API with these functions."""
    path.write_text(text)
    # Older than the moment, so that what was read is kept.
    os.utime(path, (1, 1))
    return Harness(
        schema=(SHOP / "built-schema.graphql").read_text(),
        source=(SHOP / "schema.graphql").read_text(),
        functions=path,
    )


def test_a_function_gets_arguments_and_the_event_and_an_edit_counts_at_once(tmp_path):
    """It is read again when it was edited."""
    path = tmp_path / "functions.py"
    text = "def echo(arguments, event):\n    return arguments['text'] + event['fieldName']"
    with api_with(path, text) as api:
        assert api.ask('{ echo(text: "a") }') == {"data": {"echo": "aecho"}}
        path.write_text("def echo(arguments, event):\n    return event['identity']['userArn']")
        assert "TodoCrossAccountRole" in api.ask('{ echo(text: "a") }')["data"]["echo"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("raise ValueError('no')", "no"),
        ("return arguments['nope']", "'nope'"),
        ("return object()", "Object of type object is not JSON serializable"),
        ("raise SystemExit('gone')", "gone"),
    ],
)
def test_an_exception_is_lambda_unhandled_with_its_text(tmp_path, body, text):
    """The rest of the reply is there."""
    with api_with(tmp_path / "f.py", f"def echo(arguments, event):\n    {body}") as api:
        reply = api.ask('{ echo(text: "a") __typename }')
        assert reply["data"] == {"echo": None, "__typename": "Query"}
        assert (error_type(reply), message(reply)) == ("Lambda:Unhandled", text)


def test_a_missing_function_says_what_to_write(tmp_path):
    """The name of the function and the file."""
    path = tmp_path / "functions.py"
    with api_with(path, "") as api:
        body = api.ask('{ echo(text: "a") }')
        assert error_type(body) == "SandboxUnsupported"
        assert f"write `def echo(arguments, event):` in {path}" in message(body)


@pytest.mark.parametrize(
    "text", ["def echo(", "import nothing_like_it", "1 / 0", "raise SystemExit"]
)
def test_a_file_that_cannot_be_run_is_a_fault_of_the_file(tmp_path, text):
    """It names the file; nothing else ends."""
    path = tmp_path / "functions.py"
    path.write_text(text)
    with pytest.raises(FileFault, match=r"functions\.py: "):
        Functions(path).call(("Query", "echo"), {}, {})


def test_a_functions_model_objects_get_their_relations():
    """What the shop's function returns as products shows the reviews of the store."""
    price = 'price: {amount: 1, currency: "EUR"}'
    with shop() as api:
        for given in (
            f'createProduct(input: {{sku: "p-1", title: "", requiredTags: [], {price}}}) {{ sku }}',
            'createReview(input: {id: "r", productSku: "p-1", stars: 5}) { id }',
        ):
            api.ask(f"mutation {{ {given} }}")
        body = api.ask("{ bestSellers(count: 1) { sku reviews { items { id } } } }")
        assert body["data"]["bestSellers"] == [{"sku": "p-1", "reviews": {"items": [{"id": "r"}]}}]


@pytest.mark.parametrize(
    ("returned", "shown", "text"),
    [
        ("5", None, "Can't resolve value (/bestSellers) : type mismatch error, expected type LIST"),
        ("['a text']", [None], "Cannot return null for non-nullable type: 'String'"),
        ("[{'sku': 'p'}]", [{"sku": "p", "reviews": {"items": []}}], None),
    ],
)
def test_what_a_function_returns_in_place_of_objects_is_no_crash(tmp_path, returned, shown, text):
    """A value that does not fit its type is an error of its field."""
    code = f"def bestSellers(arguments, event):\n    return {returned}"
    with api_with(tmp_path / "f.py", code) as api:
        reply = api.ask("{ bestSellers { sku reviews { items { id } } } }")
        assert reply["data"] == {"bestSellers": shown}
        assert text is None or message(reply).startswith(text)
