"""The shop's items from their making to their end, whatever carries the requests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote


class Answered(Protocol):
    """What came back."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Any:
        """By their names."""
        ...

    @property
    def body(self) -> str:
        """The body; empty for none."""
        ...

    def json(self) -> Any:
        """Returns the body's document."""
        ...


# A verb, a path's template, the encoded values of its parameters, and a body.
Send = Callable[[str, str, Mapping[str, str], Any], Answered]


@dataclass(frozen=True)
class Walked:
    """One item.

    Attributes:
        template: Its path's template.
        body: What creates it.
        patches: Merge patches, each with the members as they are then.
        cleared: A member that a PUT without it clears.
    """

    template: str
    body: Mapping[str, Any]
    patches: tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...]
    cleared: str


SHIP_TO = {"street": "1 Rue A", "city": "Paris", "geo": {"lat": 1.5, "lon": 2.5}, "floors": [1, 2]}
UNTOLD = {"zip": None, "country": None}
WALKED = (
    Walked(
        "/orders/{customerId}/{orderNo}",
        {
            "customerId": "a/b +%2F",
            "orderNo": "o-1",
            "status": "DRAFT",
            "placedAt": "2026-01-01T00:00:00Z",
            "channel": "web",
            "items": [{"sku": "s", "quantity": 2, "unitPrice": {"amount": 9.5, "currency": "EUR"}}],
            "shipTo": SHIP_TO,
        },
        (
            (
                {"shipTo": {"geo": {"lat": 7.25}, "zip": "75001"}},
                {
                    "shipTo": {
                        **UNTOLD,
                        **SHIP_TO,
                        "zip": "75001",
                        "geo": {"lat": 7.25, "lon": 2.5},
                    }
                },
            ),
            ({"status": "PAID"}, {"status": "PAID", "placedAt": "2026-01-01T00:00:00Z"}),
        ),
        "shipTo",
    ),
    Walked(
        "/stock-levels/{warehouse}/{sku}/{lot}",
        {"warehouse": "w 1", "sku": "s", "lot": 7, "quantity": 3, "expiresOn": "2027-01-01"},
        (({"quantity": 4}, {"quantity": 4, "expiresOn": "2027-01-01"}),),
        "expiresOn",
    ),
    Walked(
        "/products/{sku}",
        {
            "sku": "p.1",
            "title": "Tea",
            "requiredTags": ["NEW"],
            "price": {"amount": 1.5, "currency": "EUR"},
            "dimensions": {"width": 1.0, "unit": "cm"},
            "labels": '{"a":[1,null]}',
        },
        (
            (
                {"dimensions": {"height": 2.0}, "price": {"amount": 2.5}},
                {
                    "dimensions": {"width": 1.0, "height": 2.0, "depth": None, "unit": "cm"},
                    "price": {"amount": 2.5, "currency": "EUR"},
                },
            ),
        ),
        "dimensions",
    ),
    Walked(
        "/customers/{id}",
        {"id": "ada", "name": "Ada", "email": "ada@example.org", "address": SHIP_TO},
        (
            (
                {"address": {"city": "Lyon", "geo": None}},
                {"address": {**UNTOLD, **SHIP_TO, "city": "Lyon", "geo": None}},
            ),
        ),
        "address",
    ),
)


def walk(send: Send, base_path: str, walked: Walked) -> None:
    """Creates, reads, lists, replaces, patches and deletes an item, and holds each answer.

    Args:
        send: Sends one request.
        base_path: What stands before a path in Location.
        walked: The item.
    """
    names = [each[1:-1] for each in walked.template.split("/") if each.startswith("{")]
    key = {name: quote(str(walked.body[name]), safe="") for name in names}
    collection = walked.template[: walked.template.index("/", 1)]

    created = send("POST", collection, {}, walked.body)
    assert created.status == 201, created.body
    assert created.headers["Location"] == base_path + walked.template.format_map(key)
    made = created.json()
    assert send("POST", collection, {}, walked.body).status == 409

    read = send("GET", walked.template, key, None)
    assert (read.status, read.json()) == (200, made)
    listed = send("GET", collection, {}, None)
    assert (listed.status, listed.json()) == (200, {"items": [made]})

    put = send("PUT", walked.template, key, made)
    assert put.status == 200, put.body
    assert put.json() == {**made, "updatedAt": put.json()["updatedAt"]}
    assert put.json()["updatedAt"] > made["updatedAt"]

    held = put.json()
    for patch, then in walked.patches:
        patched = send("PATCH", walked.template, key, patch)
        assert patched.status == 200, patched.body
        held = {**held, **then, "updatedAt": patched.json()["updatedAt"]}
        assert patched.json() == held

    without = {name: value for name, value in held.items() if name != walked.cleared}
    replaced = send("PUT", walked.template, key, without)
    assert (replaced.status, replaced.json()[walked.cleared]) == (200, None), replaced.body
    assert held[walked.cleared] is not None
    gone = send("DELETE", walked.template, key, None)
    assert (gone.status, gone.body) == (204, "")
    assert send("GET", walked.template, key, None).status == 404
