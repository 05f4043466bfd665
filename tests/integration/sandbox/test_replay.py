"""`python -m bridge replay`: the recorded account B against a real sandbox, over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.__main__ import main
from tests.support.todo import PROJECT, todo_project

DATA = Path(__file__).parents[2] / "data" / "amplify"
TRANSCRIPT = DATA / "transcript.jsonl"
WHERE = ["--identities", str(DATA / "identities.json"), "--root", str(todo_project())]


def recorded(*names: str) -> list[dict[str, Any]]:
    """Returns the first recorded case of each of these names, in order."""
    lines = [json.loads(line) for line in TRANSCRIPT.read_text().splitlines()]
    return [next(line for line in lines if line["case"] == name) for name in names]


def replay(path: Path, cases: list[dict[str, Any]]) -> int:
    """Returns the exit code of a replay of these cases."""
    path.write_text("\n".join(map(json.dumps, cases)))
    return main(["replay", str(path), *WHERE])


def test_the_whole_recording_is_answered_alike(tmp_path, capsys):
    """No case differs without evidence; one whose request nobody knows is neither of the two."""
    lines = TRANSCRIPT.read_text().splitlines()
    unknown = {**recorded("http.no_query_key")[0], "case": "http.something_else"}
    assert replay(tmp_path / "recording.jsonl", [*map(json.loads, lines), unknown]) == 0
    said = capsys.readouterr().out
    assert f"{len(lines) - 3:5} the same\n    3 left, with evidence\n    1 not replayed" in said
    assert said.endswith("    0 different\n")
    assert said.count("evidence: ") == 3
    assert "http.something_else: not replayed: the recording does not hold the request" in said


def test_the_shops_recording_is_answered_alike(capsys):
    """Keys, indexes, relations, defaults, rules and functions; what is left has evidence."""
    recording = PROJECT / "tests" / "data" / "shop" / "transcript.jsonl"
    account_b = PROJECT / "examples" / "shop"
    assert main(["replay", str(recording), "--account-b", str(account_b)]) == 0
    said = capsys.readouterr().out
    assert "  544 the same\n    2 left, with evidence\n    0 not replayed" in said
    assert said.endswith("    0 different\n")
    assert said.count("evidence: ") == 2


def test_replies_that_differ_are_told_and_fail_the_replay(tmp_path, capsys):
    """The report names each case and the place; the exit code is 1."""
    same = recorded("list.empty")
    changed = [case for _ in range(4) for case in recorded("create.minimal")]
    status, name, errors, content_type = changed
    status["http_status"] = 500
    name["body"]["data"]["createTodo"]["name"] = "x"
    errors["body"]["errors"] = []
    content_type["content_type"] = "text/plain"
    assert replay(tmp_path / "changed.jsonl", [*same, *changed]) == 1
    said = capsys.readouterr().out
    assert said.count("    3 create.minimal: different") == 4
    for place in (
        "status: recorded 500, given 200",
        "/data/createTodo/name",
        "/errors: recorded [], given",
        'content type: recorded "text/plain"',
    ):
        assert said.count(place) == 1
    assert "    1 the same" in said


@pytest.mark.parametrize("content", ["{}", "not JSON", '{"n": 1}'])
def test_a_file_that_is_no_recording_is_refused(tmp_path, capsys, content):
    """The message names the line; the exit code tells it from a difference."""
    path = tmp_path / "broken.jsonl"
    path.write_text(content)
    assert main(["replay", str(path), *WHERE]) == 2
    assert f"{path}:1: " in capsys.readouterr().err
