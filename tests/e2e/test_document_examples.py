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
    """Created, read, replaced, changed and deleted as the document's examples say: all succeed."""
    document = curl(f"{system.url}/openapi.json").json()
    items: dict[str, str] = {}
    sent = 0
    for path, item in document["paths"].items():
        collection = "/" + path.split("/")[1]
        for method in (each for each in METHODS if each in item):
            options = ["--request", method.upper()]
            content = item[method].get("requestBody", {}).get("content", {})
            for media_type, body in list(content.items())[:1]:
                options += ["--header", f"Content-Type: {media_type}"]
                options += ["--data", json.dumps(body["example"])]
            target = items[collection] if "{" in path else path
            needed = [each for each in item[method].get("parameters", ()) if "example" in each]
            target += "?" * bool(needed) + urlencode(
                {e["name"]: e["example"] for e in needed}, True
            )
            reply = curl(*options, f"{system.url}{target}")
            # What an endpoint answers is its owner's; that it was called shows that it was taken.
            failed = path.startswith("/rpc/") and "operation-failed" in reply.body
            assert failed or 200 <= reply.status < 300, (method, target, reply.body)
            if "Location" in reply.headers:
                items[collection] = reply.headers["Location"]
            sent += 1
    assert sent == sum(len(item.keys() & set(METHODS)) for item in document["paths"].values())
    assert sent >= 9
