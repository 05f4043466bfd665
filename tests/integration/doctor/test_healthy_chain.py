"""A chain that holds: all green, nothing written, and quickly."""

import os
import re
import subprocess
import sys
from pathlib import Path

from bridge.__main__ import main
from bridge.doctor.checks import (
    admin_roles,
    api_keys,
    authorizer,
    fields,
    role_policy,
    schema,
)
from tests.integration.doctor.breaking import listed, schema_changed
from tests.integration.doctor.patient import Patient, Report, write_built_schema
from tests.support.todo import BUILT_SCHEMA, PROJECT

CREATE = 'mutation { createTodo(input: {id: "kept", name: "milk"}) { id } }'
BUDGET_SECONDS = 3.0


def stored(state: Path) -> dict[str, bytes]:
    """Returns the bytes of the store and of its log; the third file is its readers' marks."""
    return {name: (state / name).read_bytes() for name in ("store.sqlite3", "store.sqlite3-wal")}


def test_a_healthy_chain_is_green_and_nothing_is_written(patient: Patient):
    """Every link holds; the store's bytes are what they were, and every field was asked."""
    patient.start()
    assert patient.sandbox.graphql(CREATE).ok
    before = stored(patient.sandbox.state)
    assert any(before.values())
    report = patient.examine()
    assert {finding["status"] for finding in report.findings} == {"ok"}
    assert report.exit_code == 0
    assert stored(patient.sandbox.state) == before
    assert report.finding(fields.CHECK)["evidence"] == [
        "Query.getTodo proven",
        "Query.listTodos proven",
        "Mutation.createTodo proven",
        "Mutation.updateTodo proven",
        "Mutation.deleteTodo proven",
    ]


def test_every_field_was_really_asked(patient: Patient):
    """The sandbox saw each field's resolver run; each write ended with its condition's failure."""
    patient.start()
    patient.examine()
    resolved = [
        (field["field"], field["outcome"])
        for event in patient.sandbox.events(service="appsync")
        for field in event["fields"]
    ]
    failed = "DynamoDB:ConditionalCheckFailedException"
    assert {("getTodo", "ok"), ("listTodos", "ok")} <= set(resolved)
    assert {outcome for name, outcome in resolved if name.endswith("eTodo")} == {failed}
    assert {name for name, outcome in resolved if outcome == failed} == {
        "createTodo",
        "updateTodo",
        "deleteTodo",
    }


def test_the_whole_command_takes_under_three_seconds(patient: Patient, tmp_path: Path):
    """As a user starts it, Python's own start included; it is the processor's time."""
    patient.start()
    root, state = patient.sandbox.root, patient.sandbox.state
    command = [sys.executable, "-m", "bridge", "doctor", "--root", str(root), "--state", str(state)]
    shown = tmp_path / "shown"
    with (
        shown.open("w") as output,
        subprocess.Popen(
            [*command, "--html", str(tmp_path / "report.html")], cwd=PROJECT, stdout=output
        ) as process,
    ):
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert "The chain holds." in shown.read_text()
    assert used.ru_utime + used.ru_stime < BUDGET_SECONDS


def test_no_report_holds_a_secret(patient: Patient, tmp_path: Path, capsys):
    """Terminal, HTML and JSON: neither the source's nor the session's secrets are in them."""
    patient.start()
    listed("SomebodyElse")(patient)
    root, state = str(patient.sandbox.root), str(patient.sandbox.state)
    html = tmp_path / "report.html"
    assert main(["doctor", "--root", root, "--state", state, "--html", str(html)]) == 1
    shown = capsys.readouterr().out + html.read_text() + patient.examine().text
    source = patient.sandbox.source_credentials
    assert source.access_key_id not in shown
    assert source.secret_access_key not in shown
    assert source.session_token not in shown
    assert "Signature=" not in shown


def test_an_api_that_takes_keys_too_is_warned_about(patient: Patient):
    """The chain holds, and whoever has a key needs no role."""
    patient.start({"api_keys": ["da2-abcdefghijklmnopqrstuvwxyz"]})
    report = patient.examine()
    assert report.of_status("warning").keys() == {api_keys.CHECK}
    assert "da2-" not in report.text
    assert report.exit_code == 0


def test_gen_2_needs_no_list(patient: Patient):
    """Where the resolvers leave it to IAM, an empty list is as good as any."""
    patient.start({"admin_rule": "iam"})
    listed()(patient)
    report = patient.examine()
    assert report.exit_code == 0
    assert "as Gen 2 does" in report.of_status("ok")[admin_roles.CHECK]


def test_a_list_that_only_today_s_rule_accepts_is_warned_about(patient: Patient):
    """A part of the name passes until whole names are compared; the remedy makes it last."""
    patient.start()
    listed("CrossAccount")(patient)
    report = patient.examine()
    assert report.of_status("warning").keys() == {admin_roles.CHECK}
    (edit,) = report.finding(admin_roles.CHECK)["remedy"]["edits"]
    assert edit["paste"] == ["TodoCrossAccountRole"]


def test_a_role_that_may_only_read_is_no_broken_chain(patient: Patient):
    """ReadOnly is a choice: it is told, with the way back."""
    patient.start()
    patient.set_parameter("ReadOnly", "true")
    report = patient.examine()
    assert report.exit_code == 0
    assert report.of_status("warning") == {
        role_policy.CHECK: "The role may read, and may write nothing."
    }
    *used, not_used = report.finding(fields.CHECK)["evidence"]
    assert used == ["Query.getTodo proven", "Query.listTodos proven"]
    assert not_used == (
        "not used by a role that may only read: Mutation.createTodo, Mutation.updateTodo,"
        " Mutation.deleteTodo"
    )


def test_a_mutation_that_is_not_asked_leaves_the_chain_green(patient: Patient):
    """No harmless request for it is known, which says nothing against the API or its schema."""
    text = BUILT_SCHEMA.read_text().replace("type Mutation {", "type Mutation {\n  ring: String")
    report = compiled_and_examined(patient, text)
    assert report.exit_code == 0, report.of_status("unknown")
    assert "Mutation.ring not asked" in report.finding(fields.CHECK)["evidence"]
    assert schema.CHECK in report.of_status("ok")


def test_an_api_whose_first_fields_are_not_asked_answers_by_the_others(patient: Patient):
    """Without a list no condition is known that cannot hold, so no write of the type is asked."""
    text = re.sub(
        r"type Query {.*?}",
        "type Query {\n  ping: String\n}",
        BUILT_SCHEMA.read_text(),
        flags=re.DOTALL,
    )
    report = compiled_and_examined(patient, text)
    assert report.exit_code == 0, report.findings
    assert report.finding(fields.CHECK)["evidence"] == [
        "Mutation.createTodo not asked",
        "Mutation.updateTodo not asked",
        "Mutation.deleteTodo not asked",
        "Query.ping proven",
    ]


def compiled_and_examined(patient: Patient, text: str) -> Report:
    """Returns the report on an API and a gateway with another schema."""
    root = patient.folder / "root"
    write_built_schema(root, text)
    assert main(["compile", "--root", str(root)]) == 0
    patient.start()
    return patient.examine()


def test_an_api_that_has_grown_is_told(patient: Patient):
    """A new field breaks nothing; `pull` takes it over."""
    patient.start()
    schema_changed("  priority: Int\n", "  priority: Int\n  owner: String\n")(patient)
    report = patient.examine()
    assert report.of_status("warning") == {
        schema.CHECK: "The API offers more than the contract knows."
    }
    assert "added: `owner` of /todos, String" in report.finding(schema.CHECK)["evidence"]


def test_two_broken_links_are_both_named(patient: Patient):
    """Where policies can be read, a fault behind a fault is told at once."""
    patient.start()
    patient.set_parameter("ExternalId", "agreed-between-us")
    patient.edit_role(lambda role: role.update(Policies=[]))
    report = patient.examine()
    assert report.of_status("broken").keys() == {"trust policy", "account B's identity policy"}
    patient.apply(report)
    assert patient.examine().exit_code == 0


def test_a_rest_api_on_this_machine_may_be_open(patient: Patient):
    """Nobody else reaches it; of a deployed stage it is warned about."""
    patient.start()
    assert patient.examine().of_status("ok")[authorizer.CHECK].endswith("on this machine only.")


def test_a_host_of_the_apis_own_is_what_the_sandbox_finds_signed(patient: Patient):
    """As behind a VPC endpoint's name: another Host than the URL's, and every signature holds."""
    patient.start()
    patient.set_variable("APPSYNC_HOST", f"{'z' * 26}.appsync-api.us-east-1.amazonaws.com")
    report = patient.examine()
    assert report.exit_code == 0, report.of_status("broken")
    patient.set_variable("APPSYNC_HOST", "api.example.com")
    assert report_of_settings(patient.examine()) == "APPSYNC_HOST is malformed: the API's own host."


def report_of_settings(report: Report) -> str:
    """Returns what is said of the settings."""
    return str(report.finding("settings")["summary"])
