"""The command: where it looks by itself, and when it says that it could not look."""

import json
import shutil
from pathlib import Path

from bridge.__main__ import main
from tests.integration.doctor.patient import Patient


def test_the_local_stage_finds_the_sandbox_by_itself(patient: Patient, monkeypatch, capsys):
    """Without any variable the doctor goes where `make run` lets account A go."""
    patient.start()
    patient.wire(**dict.fromkeys(("AWS_ACCESS_KEY_ID", "APPSYNC_URL", "AWS_ENDPOINT_URL_STS")))
    monkeypatch.setenv("SANDBOX_PORT", patient.sandbox.url.rpartition(":")[2])
    assert patient.examine().exit_code == 0


def test_a_sandbox_that_does_not_run_is_one_broken_link(patient: Patient):
    """It is STS and AppSync alike, and the cure is to start it, not to look at a VPC."""
    patient.start()
    patient.stop()
    report = patient.examine()
    assert list(report.of_status("broken")) == ["way to STS"]
    remedy = report.finding("way to STS")["remedy"]
    assert remedy["commands"] == ["make run"]
    assert "SANDBOX_PORT" in remedy["action"]


def test_another_account_b_is_started_by_its_folder(patient: Patient, tmp_path: Path, capsys):
    """`make run` alone would start the project's own beside it."""
    patient.start()
    patient.stop()
    other = tmp_path / "mine"
    shutil.copytree(patient.sandbox.root / "account_b", other)
    root = ["--root", str(patient.sandbox.root)]
    main(["doctor", "--stage", "local", "--json", *root, "--account-b", str(other)])
    told = {each["check"]: each for each in json.loads(capsys.readouterr().out)["findings"]}
    assert told["way to STS"]["remedy"]["commands"] == [f"make run ACCOUNT_B={other}"]


def test_the_stage_that_is_asked_for_must_exist(patient: Patient, capsys):
    """Exit code 2, one line, and the stages that there are."""
    patient.start()
    code = main(["doctor", "--stage", "staging", "--root", str(patient.sandbox.root)])
    said = capsys.readouterr()
    assert code == 2
    assert said.err == "doctor: there is no stage staging: there are local, dev, prod\n"
    assert said.out == ""


def test_a_sandbox_that_never_ran_cannot_be_looked_at(patient: Patient, tmp_path: Path, capsys):
    """Exit code 2: there are no source credentials to ask with."""
    root = str(patient.folder / "root")
    assert main(["doctor", "--root", root, "--state", str(tmp_path / "nothing")]) == 2
    assert "nothing/credentials" in capsys.readouterr().err


def test_the_json_report_says_what_the_exit_code_says(patient: Patient):
    """A pipeline reads one document: stage, exit code, findings with all five parts."""
    patient.start()
    document = json.loads(patient.examine().text)
    assert document["stage"] == "local"
    assert document["exit_code"] == 0
    keys = {"check", "status", "summary", "evidence", "remedy", "source"}
    assert all(set(finding) == keys for finding in document["findings"])


def test_a_profile_that_does_not_exist_cannot_look(patient: Patient, monkeypatch, capsys):
    """Exit code 2, and the profile's name; nothing is asked of AWS."""
    patient.start()
    patient.wire(AWS_ENDPOINT_URL_STS=None, APPSYNC_URL=None)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(patient.folder / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(patient.folder / "no-credentials"))
    root = str(patient.sandbox.root)
    assert main(["doctor", "--stage", "prod", "--profile-b", "owner-of-b", "--root", root]) == 2
    assert "owner-of-b" in capsys.readouterr().err
