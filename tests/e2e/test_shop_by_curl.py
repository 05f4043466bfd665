"""The shop by curl: what docs/rest.md shows, as it is written, and every verb on its items."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from tests.e2e.support.shop_walk import WALKED, walk
from tests.e2e.support.whole_system import Reply, curl
from tests.support.pages import commands_of


def test_every_verb_is_answered_on_the_shops_items(shop):
    """An order, a stock level, a product and a customer, from POST to DELETE.

    Then the page's curls, in its order, on what is an empty shop again: each succeeds, and what
    leads to an item or a list finds what the ones before it made.
    """

    def send(method: str, template: str, key: Mapping[str, str], body: Any) -> Reply:
        data = [] if body is None else ["-d", json.dumps(body)]
        kind = ("-H", "content-type: application/json")
        return curl("-X", method, *kind, *data, shop.url + template.format_map(key))

    for walked in WALKED:
        walk(send, "", walked)

    for command in commands_of("docs/rest.md"):
        whole = command.replace("\\\n", "").replace("localhost:8000", shop.url)
        reply = curl(*shlex.split(whole)[1:])
        assert reply.status in {200, 201}, (command, reply.body)
        if reply.json().keys() <= {"items", "nextCursor"}:
            assert reply.json()["items"], command
