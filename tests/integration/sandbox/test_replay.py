"""`python -m bridge replay`: the recorded account B against a real sandbox, over HTTP."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main

DATA = Path(__file__).parents[2] / "data" / "amplify"
TRANSCRIPT = DATA / "transcript.jsonl"
IDENTITIES = ["--identities", str(DATA / "identities.json")]


def recorded(*names: str) -> list[dict[str, object]]:
    """Returns the first recorded case of each of these names, in order."""
    lines = [json.loads(line) for line in TRANSCRIPT.read_text().splitlines()]
    return [next(line for line in lines if line["case"] == name) for name in names]


def replay(path: Path, cases: list[dict[str, object]]) -> int:
    """Returns the exit code of a replay of these cases."""
    path.write_text("\n".join(map(json.dumps, cases)))
    return main(["replay", str(path), *IDENTITIES])


def test_the_whole_recording_is_answered_alike(capsys):
    """No case differs without evidence, and every case's request is known."""
    assert main(["replay", str(TRANSCRIPT)]) == 0
    said = capsys.readouterr().out
    cases = len(TRANSCRIPT.read_text().splitlines())
    assert f"{cases - 3:5} the same\n    3 left, with evidence\n    0 not replayed" in said
    assert said.endswith("    0 different\n")
    assert said.count("evidence: ") == 3


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda case: case.update(http_status=500), "status: recorded 500, given 200"),
        (lambda case: case["body"]["data"]["createTodo"].update(name="x"), "/data/createTodo/name"),
        (lambda case: case["body"].update(errors=[]), "/errors: recorded [], given"),
        (
            lambda case: case.update(content_type="text/plain"),
            'content type: recorded "text/plain"',
        ),
    ],
)
def test_a_reply_that_differs_is_told_and_fails_the_replay(tmp_path, capsys, change, place):
    """The report names the case and the place; the exit code is 1."""
    cases = recorded("list.empty", "create.minimal")
    change(cases[1])
    assert replay(tmp_path / "changed.jsonl", cases) == 1
    said = capsys.readouterr().out
    assert "    3 create.minimal: different" in said
    assert place in said
    assert "    1 the same" in said


def test_a_request_that_is_not_recorded_is_named(tmp_path, capsys):
    """A case whose request nobody knows is neither the same nor different."""
    (case,) = recorded("http.no_query_key")
    case["case"] = "http.something_else"
    assert replay(tmp_path / "unknown.jsonl", [case]) == 0
    said = capsys.readouterr().out
    assert "http.something_else: not replayed: the recording does not hold the request" in said


@pytest.mark.parametrize("content", ["{}", "not JSON", '{"n": 1}'])
def test_a_file_that_is_no_recording_is_refused(tmp_path, capsys, content):
    """The message names the line; the exit code tells it from a difference."""
    path = tmp_path / "broken.jsonl"
    path.write_text(content)
    assert main(["replay", str(path), *IDENTITIES]) == 2
    assert f"{path}:1: " in capsys.readouterr().out
