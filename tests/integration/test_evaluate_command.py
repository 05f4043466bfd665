"""`python -m bridge evaluate`: recorded cases, decided from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.__main__ import main

CASES = Path("tests/data/iam/cases.json")


@pytest.fixture(name="cases")
def recorded_cases():
    """Returns the recorded cases, all of them with their decision."""
    return json.loads(CASES.read_text(encoding="utf-8"))


def write(tmp_path, cases):
    """Returns the path of a file with some cases."""
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(cases), encoding="utf-8")
    return str(path)


def test_every_recorded_case_holds(cases):
    """The program's decision is the recorded one in each case, so it exits with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "evaluate", str(CASES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    decided = {
        line[6:].split(": ")[0]: line.startswith("ALLOW")
        for line in done.stdout.splitlines()
        if line.startswith(("ALLOW", "DENY "))
    }
    assert decided == {case["name"].split(": ")[0]: bool(case["expect"]) for case in cases}
    assert done.stdout.splitlines()[-1] == f"{len(cases)} cases, 0 differ from what is expected"


@pytest.mark.parametrize("position", [0, 1, 11])
def test_a_case_that_differs_fails_the_command(cases, position, tmp_path, capsys):
    """One decision other than expected is marked, counted and turned into exit code 1."""
    cases[position]["expect"] = 1 - cases[position]["expect"]
    assert main(["evaluate", write(tmp_path, cases)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "DIFFERS" in line] == [
        line for line in lines if cases[position]["name"] in line
    ]
    assert lines[-1] == f"{len(cases)} cases, 1 differ from what is expected"


def test_the_deciding_statement_is_printed(cases, tmp_path, capsys):
    """An explicit deny shows the denying statement's place and document."""
    (case,) = (case for case in cases if case["name"] == "trust allow + explicit deny")
    assert main(["evaluate", write(tmp_path, [case])]) == 0
    denying = json.dumps(case["resourcePolicy"]["Statement"][1])
    assert f"      resourcePolicy.Statement[1]: {denying}" in capsys.readouterr().out.splitlines()


def test_an_implicit_deny_says_what_did_not_match(cases, tmp_path, capsys):
    """Without a deciding statement, each one's mismatch is shown."""
    (case,) = (case for case in cases if case["name"] == "ExternalId wrong")
    assert main(["evaluate", write(tmp_path, [case])]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "DENY  ExternalId wrong: the resource policy does not allow it",
        "      identity[0].Statement[0] applies, which is not enough",
        (
            "      resourcePolicy.Statement[0] condition: StringEquals sts:ExternalId"
            ' wants "s3cret"; the request has "nope"'
        ),
    ]


def test_a_case_without_expectation_is_only_decided(cases, tmp_path, capsys):
    """A case needs no `expect` and no policies: nothing allowed is a deny, not a failure."""
    bare = {key: cases[0][key] for key in ("principal", "action", "resource", "account")}
    assert main(["evaluate", write(tmp_path, [bare])]) == 0
    assert capsys.readouterr().out.startswith("DENY  unnamed: no identity policy allows it\n")


def test_a_policy_that_aws_refuses_allows_nothing(cases, tmp_path, capsys):
    """A trust policy with half an ARN cannot be saved, so the case is a deny that names it."""
    case = cases[0]
    wild = {"AWS": "arn:aws:sts::111111111111:assumed-role/fn/*"}
    case["resourcePolicy"]["Statement"][0]["Principal"] = wild
    assert main(["evaluate", write(tmp_path, [case | {"expect": 0}])]) == 0
    out = capsys.readouterr().out
    assert "AWS refuses the policy" in out
    assert "resourcePolicy.Statement[0].Principal.AWS: invalid principal" in out


def test_a_unique_id_comes_from_the_contexts_userid(cases, tmp_path):
    """The unique id in aws:userid is the one that a saved trust policy may hold."""
    case = cases[0]
    case["resourcePolicy"]["Statement"][0]["Principal"] = {"AWS": "AROAEXAMPLEEXAMPLE123"}
    case["ctx"] = {"aws:userid": "AROAEXAMPLEEXAMPLE123:fn-session"}
    assert main(["evaluate", write(tmp_path, [case | {"expect": 1}])]) == 0
    case["ctx"] = {"aws:userid": "AROAEXAMPLEEXAMPLE999:fn-session"}
    assert main(["evaluate", write(tmp_path, [case | {"expect": 0}])]) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "malformed JSON"),
        ("{}", "must be a list of objects"),
        ('[{"principal": "x"}]', "case 0 lacks action, resource, account"),
    ],
)
def test_a_file_of_something_else_is_refused(text, message, tmp_path, capsys):
    """A file without cases exits with 2 and says why."""
    path = tmp_path / "cases.json"
    path.write_text(text, encoding="utf-8")
    assert main(["evaluate", str(path)]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_refused(tmp_path, capsys):
    """A path to nothing exits with 2."""
    assert main(["evaluate", str(tmp_path / "none.json")]) == 2
    assert "No such file or directory" in capsys.readouterr().err
