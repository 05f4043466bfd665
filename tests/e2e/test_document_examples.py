"""Every example and every offered value of the served document is sent, and taken."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.e2e.support.whole_system import WholeSystem, curl
from tests.support.gateway import RestClient

# One that an item's path needs comes first, and the one that ends it last.
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(params=["todo", "shop"])
def system(request: pytest.FixtureRequest) -> WholeSystem:
    """Returns the whole system over each of the two APIs, with an empty store."""
    running: WholeSystem = request.getfixturevalue(request.param)
    return running


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


def test_the_api_takes_every_value_that_a_parameter_offers(system):
    """Those of `fields` at once, every other alone; a parameter that paths share is sent to one."""
    text = json.dumps(document := curl(f"{system.url}/openapi.json").json())
    port = urlsplit(system.url).port
    assert port is not None
    tried = set()
    seen: set[str] = set()
    with closing(RestClient(port)) as client:
        items = {}
        for path, item in document["paths"].items():
            if "post" in item and not path.startswith("/rpc/") and path != "/batch":
                body = item["post"]["requestBody"]["content"]["application/json"]["example"]
                reply = client.send("POST", path, body)
                assert reply.status == 201, (path, reply.body)
                items[path] = reply.headers["location"]
        for path, item in document["paths"].items():
            parameters = item.get("get", {}).get("parameters", ())
            needed = {each["name"]: each["example"] for each in parameters if "example" in each}
            shared = {each.get("name"): json.dumps(each) for each in parameters}
            # So that the related items of one item count, and not those of a page.
            if {"$ref": "#/components/parameters/limit"} in parameters:
                needed["limit"] = 1
            keys = re.match(r"(/[^/]*)(/\{\w+\})+", path)
            target = f"{items[keys[1]]}{path[keys.end() :]}" if keys else path
            for name, query in offers(document, parameters):
                asked = f"{target}?{urlencode({**needed, **query}, doseq=True)}"
                if (sent := f"{shared[name]} {query}") in seen:
                    continue
                seen.add(sent)
                # On a kept connection each reply of chalice local waits 40 ms.
                client.close()
                reply = client.send("GET", asked)
                nowhere = reply.status == 404 and "{" in path and not path.endswith("}")
                assert nowhere or reply.status == 200, (asked, reply.body)
                tried.add(name)
    there = {each for each in ("fields", "sort", "expand") if f'"name": "{each}"' in text}
    assert "fields" in there <= tried


def offers(
    document: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Gives the queries that send what parameters offer, each with what the parameter's words need.

    Args:
        document: Where the values are.
        parameters: Those of one operation.
    """
    by_name = {
        each["name"]: values(document, each["schema"]) for each in parameters if "name" in each
    }
    words = {each.get("name"): each.get("description", "") for each in parameters}
    for name, names in by_name.items():
        if name == "fields":
            yield name, {name: ",".join(names)}
            continue
        for value in names:
            field = re.escape(value.removeprefix("-"))
            pattern = rf"`{field}` needs an equality of (`.+?`)(?: or|;|\.)"
            told = re.search(pattern, words[name]) if name == "sort" else None
            needs = re.findall(r"`(\w+)`", told[1]) if told else ()
            yield name, {name: value, **{each: (by_name[each] or ["1"])[0] for each in needs}}


def values(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Returns the values of an enum, or of a list's; none of another schema."""
    schema = schema.get("items", schema)
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("enum", ()))
