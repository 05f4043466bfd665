"""The whole REST surface against a model: a dict of items, with conditions, keys and batches.

Whatever is sent, alone or in a batch, the gateway's answers and what account B holds never differ
from the model's. Throttling and refused connections come in between, since they must not show.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chalicelib.errors import UpstreamThrottled, UpstreamUnreachable
from chalicelib.gateway import Options
from tests.support.account_b import Fault, rest_client
from tests.support.examples import examples
from tests.unit.account_a.asking import body_of, pages_of
from tests.unit.account_a.model import FIELDS, Asked, Expected, Model

WITH_BODY = {"POST", "PUT", "PATCH"}
STALE = '"2020-01-01T00:00:00.000Z"'


IDS = st.sampled_from(["a", "b", "c d/e"])
BODIES = st.fixed_dictionaries(
    {"name": st.sampled_from(["milk", "bread", "milk"])},
    optional={
        "description": st.sampled_from([None, "", "é"]),
        "done": st.booleans() | st.none(),
        "priority": st.integers(-1, 2) | st.none(),
        "dueAt": st.sampled_from(
            ["2026-12-31T23:00:00Z", "2027-01-01T00:00:00+01:00", "2026-12-31T23:00:01Z"]
        ),
    },
)
TAGS = st.none() | st.sampled_from(["*", "now", "stale", "weak", "stale, now", "weak, stale"])
POSTS = st.builds(
    Asked, st.just("POST"), st.none() | IDS, BODIES | st.just({"done": True, "name": None})
) | st.builds(
    Asked,
    st.just("POST"),
    fields=BODIES | st.just({"name": "milk"}),
    key=st.sampled_from(["k1", "k2"]),
    caller=st.sampled_from(["a", "b"]),
)
GETS = st.builds(Asked, st.just("GET"), IDS, if_match=st.none() | TAGS, if_none_match=TAGS)
PATCHES = st.builds(
    Asked,
    st.just("PATCH"),
    IDS,
    BODIES.map(lambda body: dict(list(body.items())[1:])) | BODIES | st.just({"name": None}),
    if_match=TAGS,
)
DELETES = st.builds(Asked, st.just("DELETE"), IDS, if_match=TAGS)
PUTS = st.builds(
    Asked, st.just("PUT"), IDS, BODIES | st.just({"done": True}), if_match=TAGS
) | st.builds(Asked, st.just("PUT"), IDS, BODIES, if_none_match=st.just("*"))
HARMLESS = st.lists(
    st.sampled_from(
        [
            None,
            Fault(UpstreamThrottled("AppSync", "429")),
            Fault(UpstreamUnreachable("AppSync", "refused")),
        ]
    ),
    max_size=3,
)
FILTERS: dict[str, Any] = {
    "": lambda _: True,
    "done=true": lambda item: item["done"] is True,
    "priority.ge=1": lambda item: item["priority"] is not None and item["priority"] >= 1,
    "name.contains=ea": lambda item: "ea" in item["name"],
    "name.in=milk,jam": lambda item: item["name"] in {"milk", "jam"},
}


class Surface(RuleBasedStateMachine):
    """Sends requests to the gateway and to the model, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.rest = self.stack.enter_context(rest_client(options=Options(enable_batch=True)))
        self.model = Model()

    def teardown(self) -> None:
        """Closes the store."""
        self.stack.close()

    @rule(asked=POSTS | GETS | PATCHES | DELETES | PUTS, faults=HARMLESS)
    def send(self, asked: Asked, faults: list[Fault | None]) -> None:
        """One request alone."""
        self.rest.transport.faults.extend(faults)
        headers = self._headers(asked)
        expected = self.model.answer(asked, headers)
        response = self.rest.send(
            asked.method,
            path_of(asked),
            self._body(asked) if asked.method in WITH_BODY else "",
            headers=headers,
            caller=asked.caller,
        )
        self.rest.transport.faults.clear()
        self._compare(
            asked,
            expected,
            response.status,
            response.headers,
            body_of(response) if response.body else None,
        )

    @rule(many=st.lists(POSTS | GETS | PATCHES | DELETES, min_size=1, max_size=8), faults=HARMLESS)
    def send_batch(self, many: list[Asked], faults: list[Fault | None]) -> None:
        """Several in a batch, of one caller."""
        many = [replace(asked, caller="a") for asked in many]
        # A second POST of one key would need the id that only the first one's answer tells.
        keys = [asked.key for asked in many]
        many = [
            asked
            for index, asked in enumerate(many)
            if asked.key is None or asked.key not in keys[:index]
        ]
        headers = [self._headers(asked) for asked in many]
        entries = [
            {
                "id": str(index),
                "method": asked.method,
                "path": path_of(asked),
                "headers": named,
                **({"body": json.loads(self._body(asked))} if asked.method in WITH_BODY else {}),
            }
            for index, (asked, named) in enumerate(zip(many, headers, strict=True))
        ]
        if not entries:
            return
        self.rest.transport.faults.extend(faults)
        response = self.rest.send("POST", "/batch", json.dumps({"requests": entries}), caller="a")
        self.rest.transport.faults.clear()
        answers = body_of(response)["responses"]
        # The model goes through them in their order; each may use what the ones before told.
        for asked, named, answer in zip(many, headers, answers, strict=True):
            expected = self.model.answer(asked, named)
            self._compare(asked, expected, answer["status"], answer["headers"], answer["body"])

    @rule(text=st.sampled_from(sorted(FILTERS)), limit=st.integers(1, 4))
    def read_list(self, text: str, limit: int) -> None:
        """All pages of a list: full ones, with each item once, as it is."""
        query = dict([text.split("=")]) if text else {}
        pages = list(pages_of(self.rest, {**query, "limit": str(limit)}))
        items = [item for page in pages for item in page["items"]]
        wanted = {key: i for key, i in self.model.items.items() if FILTERS[text](i.values)}
        assert sorted(item["id"] for item in items) == sorted(wanted)
        for item in items:
            assert {name: item[name] for name in FIELDS} == wanted[item["id"]].values
        assert all(len(page["items"]) == limit for page in pages[:-1])

    @invariant()
    def account_b_holds_what_the_model_holds(self) -> None:
        """Past the gateway: the same ids, the same values."""
        reply = self.rest.graphql(
            "{ listTodos(limit: 1000) { items { id name description done priority dueAt } } }"
        )
        held = {item.pop("id"): item for item in reply["data"]["listTodos"]["items"]}
        assert held == {key: dict(item.values) for key, item in self.model.items.items()}

    def _headers(self, asked: Asked) -> dict[str, str]:
        """Returns the headers, with tags that are true at this moment."""
        item = self.model.items.get(asked.item_id or "")
        now = (item and item.tag) or '"none"'
        names = {"now": now, "stale": STALE, "weak": f"W/{now}", "*": "*"}
        headers = {}
        if asked.method in WITH_BODY:
            headers["content-type"] = "application/json"
        for name, value in (("if-match", asked.if_match), ("if-none-match", asked.if_none_match)):
            if value is not None:
                headers[name] = ", ".join(names[each] for each in value.split(", "))
        if asked.key is not None:
            headers["idempotency-key"] = asked.key
        return headers

    @staticmethod
    def _body(asked: Asked) -> str:
        with_id = asked.method == "POST" and asked.item_id is not None
        return json.dumps({**({"id": asked.item_id} if with_id else {}), **asked.fields})

    def _compare(
        self, asked: Asked, expected: Expected, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        assert status == expected.status, (asked, body)
        if expected.values is None:
            return
        item_id = body["id"]
        assert expected.item_id in {None, item_id}
        assert {name: body[name] for name in FIELDS} == expected.values
        assert headers["ETag"] == f'"{body["updatedAt"]}"'
        if status == 201:
            assert item_id not in self.model.items
            self.model.learn(asked, item_id, expected.values)
        self.model.items[item_id] = replace(self.model.items[item_id], tag=headers["ETag"])


def path_of(asked: Asked) -> str:
    """Returns the path that the request goes to."""
    if asked.method == "POST":
        return "/todos"
    return "/todos/" + (asked.item_id or "").replace("/", "%2F").replace(" ", "%20")


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def test_the_gateway_and_the_model_never_differ() -> None:
    """The short form: some hundred requests in many orders."""
    run_state_machine_as_test(
        Surface,
        settings=settings(
            max_examples=examples(8),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=QUIET,
        ),
    )


@pytest.mark.slow
def test_the_gateway_and_the_model_never_differ_over_thousands_of_steps() -> None:
    """The long form."""
    run_state_machine_as_test(
        Surface,
        settings=settings(
            max_examples=300, stateful_step_count=100, deadline=None, suppress_health_check=QUIET
        ),
    )
