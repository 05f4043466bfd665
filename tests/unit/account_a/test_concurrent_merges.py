"""Many clients that patch one item's nested value at once, each a member of its own."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.support.account_b import Rest, rest_client
from tests.support.schemas import model, schema
from tests.unit.account_a.asking import body_of, slug_of

SHORT, LONG = (4, 25), (16, 1000)


@contextmanager
def bag(clients: int, *, versioned: bool) -> Iterator[Rest]:
    """Gives a client of an item with one counter for each client, and one more within `parts`."""
    counters = "\n".join(f"c{index}: Int" for index in range(clients))
    types, queries, mutations = model(
        "Bag", "Bags", f"name: String\n{counters}", conditions_know_timestamps=versioned
    )
    for start, kind in (
        ("type Bag { id: ID!", "Parts"),
        ("input CreateBagInput { id: ID", "PartsInput"),
        ("input UpdateBagInput { id: ID!", "PartsInput"),
    ):
        assert start in types
        types = types.replace(start, f"{start} parts: {kind}\n")
    members = " ".join(f"m{index}: Int" for index in range(clients))
    nested = (
        f"type Parts {{ {members} kept: String }} input PartsInput {{ {members} kept: String }}"
    )
    with rest_client(schema((types, queries, mutations), types=nested)) as rest:
        made = {"id": "a", "name": "n", "parts": {"kept": "k"}}
        assert rest.send("POST", "/bags", json.dumps(made)).status == 201
        yield rest


def _count(rest: Rest, client: int, times: int, *, versioned: bool) -> int:
    """Counts both of a client's counters up, and holds each state; returns how many were lost."""
    inner, outer = f"m{client}", f"c{client}"
    lost = 0
    for number in range(1, times + 1):
        patch = json.dumps({outer: number, "parts": {inner: number}})
        while (response := rest.send("PATCH", "/bags/a", patch)).status != 200:
            assert (response.status, slug_of(response), versioned) == (409, "conflict", True)
        told = body_of(response)
        assert (told[outer], told["parts"][inner]) == (number, number)
        held = body_of(rest.send("GET", "/bags/a"))
        # Nobody else writes the outer counter, and what nobody touches stays.
        assert (held[outer], held["name"], held["parts"]["kept"]) == (number, "n", "k")
        assert held["parts"][inner] in ({number} if versioned else {*range(number + 1), None})
        lost += held["parts"][inner] != number
    return lost


def _all_count(clients: int, times: int, *, versioned: bool) -> int:
    """Lets all clients count at once; returns how many states were lost."""
    with bag(clients, versioned=versioned) as rest:
        with ThreadPoolExecutor(clients) as pool:
            counting = [
                pool.submit(_count, rest, client, times, versioned=versioned)
                for client in range(clients)
            ]
            lost = sum(each.result() for each in counting)
        held = body_of(rest.send("GET", "/bags/a"))
        assert [held[f"c{client}"] for client in range(clients)] == [times] * clients
        if versioned:
            assert [held["parts"][f"m{client}"] for client in range(clients)] == [times] * clients
    return lost


def _raced(rest: Rest) -> None:
    """Lets another client merge its member between our read and our write, once."""

    def race(request: object) -> None:
        if getattr(request, "document", None) and request.document.mutation:  # type: ignore[attr-defined] # it has one
            rest.transport.before = None
            assert rest.send("PATCH", "/bags/a", '{"parts": {"m1": 7}}').status == 200

    rest.transport.before = race


@pytest.mark.parametrize(("versioned", "other"), [(True, 7), (False, None)])
def test_a_merge_between_read_and_write_is_lost_only_without_a_version(
    versioned: bool,
    other: int | None,
) -> None:
    """With one the merge is done anew over it; without, the docs say that it is lost."""
    with bag(2, versioned=versioned) as rest:
        _raced(rest)
        response = rest.send("PATCH", "/bags/a", '{"parts": {"m0": 1}, "c0": 1}')
        assert response.status == 200
        held = body_of(rest.send("GET", "/bags/a"))
    assert held["parts"] == {"m0": 1, "m1": other, "kept": "k"}
    assert held["c0"] == 1


@pytest.mark.parametrize("versioned", [True, False])
def test_no_member_of_concurrent_merges_is_lost(versioned: bool) -> None:
    """With a version none; without, members of the one nested value alone, for older ones."""
    clients, times = SHORT
    assert _all_count(clients, times, versioned=versioned) == 0 or not versioned


@pytest.mark.slow
@pytest.mark.parametrize("versioned", [True, False])
def test_no_member_of_very_many_merges_is_lost(versioned: bool) -> None:
    """The long form: 16 clients, 1,000 merges each."""
    clients, times = LONG
    assert _all_count(clients, times, versioned=versioned) == 0 or not versioned
