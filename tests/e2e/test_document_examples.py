"""Every example of the served document is sent, and taken."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, curl, whole_system

# One that an item's path needs comes first, and the one that ends it last.
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(params=[(), ("--account-b", "examples/shop")], ids=["todo", "shop"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WholeSystem]:
    """Yields the whole system over each of the two APIs, with an empty store."""
    with whole_system(copy_runnable(tmp_path / "project"), more=request.param) as running:
        yield running


def test_the_api_accepts_every_example(system):
    """Created, read, replaced, changed and deleted as the document's examples say: all succeed.

    A relation of a new item leads to no item yet, which is a 404 of its own.
    """
    document = curl(f"{system.url}/openapi.json").json()
    items: dict[str, str] = {}
    sent = 0
    # What hangs on an item is asked for before any is deleted.
    for deleting in (False, True):
        for path, method, item in (
            (path, method, item)
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item and (method == "delete") is deleting
        ):
            collection = "/" + path.split("/")[1]
            options = ["--request", method.upper()]
            content = item[method].get("requestBody", {}).get("content", {})
            for media_type, body in list(content.items())[:1]:
                options += ["--header", f"Content-Type: {media_type}"]
                options += ["--data", json.dumps(body["example"])]
            target = items[collection] if "{" in path else path
            is_relation = "{" in path and not path.endswith("}")
            target += f"/{path.rpartition('/')[2]}" * is_relation
            needed = [each for each in item[method].get("parameters", ()) if "example" in each]
            target += "?" * bool(needed) + urlencode(
                {e["name"]: e["example"] for e in needed}, True
            )
            reply = curl(*options, f"{system.url}{target}")
            # What an endpoint answers is its owner's; that it was called shows that it was taken.
            failed = path.startswith("/rpc/") and "operation-failed" in reply.body
            nowhere = is_relation and reply.status == 404 and "not-found" in reply.body
            assert failed or nowhere or 200 <= reply.status < 300, (method, target, reply.body)
            if "Location" in reply.headers:
                items[collection] = reply.headers["Location"]
            sent += 1
    assert sent == sum(len(item.keys() & set(METHODS)) for item in document["paths"].values())
    assert sent >= 9
