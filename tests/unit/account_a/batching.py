"""Makes batches and reads their answers."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.account_b import Rest
from tests.unit.account_a.asking import body_of

Entry = dict[str, Any]


def entry(method: str, path: str, body: Any = None, **headers: str) -> Entry:
    """Returns an entry of a batch, less its id."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "method": method,
        "path": path,
        **({"body": body} if body is not None else {}),
        **({"headers": named} if named else {}),
    }


def send(rest: Rest, *entries: Entry, **options: Any) -> list[dict[str, Any]]:
    """Returns the answers to these entries, whose ids are their positions."""
    requests = [{"id": str(index), **each} for index, each in enumerate(entries)]
    response = rest.send("POST", "/batch", json.dumps({"requests": requests}), **options)
    assert response.status == 200, response.body
    answers: list[dict[str, Any]] = body_of(response)["responses"]
    assert [answer["id"] for answer in answers] == [each["id"] for each in requests]
    return answers


def statuses(answers: list[dict[str, Any]]) -> list[int]:
    """Returns the answers' statuses."""
    return [answer["status"] for answer in answers]


def slug(answer: Mapping[str, Any]) -> str:
    """Returns the end of a problem's type within a batch."""
    return str(answer["body"]["type"].rpartition(":")[2])
