"""`--as-owner`: with account B's credentials alone the owner finds what is wrong on her side."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.doctor.checks import (
    admin_roles,
    api,
    api_keys,
    conflicts,
    owner,
    role,
    role_policy,
    schema,
    session_length,
    settings,
    trust_policy,
)
from tests.integration.doctor import chains_in_account_b
from tests.integration.doctor.breaking import A, B, Chain, schema_changed
from tests.integration.doctor.patient import Patient, write_built_schema

DATASTORE = Path(__file__).parents[2] / "data/amplify/built-schema-datastore.graphql"
HER_CHECKS = {
    settings.CHECK,
    owner.CHECK,
    role.CHECK,
    trust_policy.CHECK,
    session_length.CHECK,
    admin_roles.CHECK,
    api.CHECK,
    role_policy.CHECK,
    conflicts.CHECK,
    schema.CHECK,
    api_keys.CHECK,
}
AS_OWNER = ("--as-owner", "--account-a", A)
# What only a call as the role shows: how AppSync answers it, and how its resolvers compare names.
NOT_HERS = {
    "APPSYNC_URL's path is another one",
    "REGION is not the API's",
    "AppSync is down",
    "AppSync ends every connection",
    "AppSync fails otherwise",
    "AppSync ends sessions as soon as they begin",
    "the listed name lacks a suffix, and whole names are compared",
    "the role is listed with its path",
}
HERS = [chain for chain in chains_in_account_b.CHAINS if chain.check in HER_CHECKS]
# One for each of her checks; the others are the long form.
SOME = {chain.check: chain.name for chain in HERS if chain.name not in NOT_HERS}
CHAINS = [
    pytest.param(
        chain, marks=() if chain.name in SOME.values() else pytest.mark.slow, id=chain.name
    )
    for chain in HERS
    if chain.name not in NOT_HERS
]


def test_what_is_not_hers_is_in_the_table_of_broken_chains():
    """No name there is a slip that would leave nothing out."""
    assert {chain.name for chain in HERS} >= NOT_HERS
    assert len(HERS) - len(NOT_HERS) >= 50


@pytest.mark.parametrize("chain", CHAINS)
def test_what_is_broken_on_her_side_she_finds_and_mends_alone(chain: Chain, patient: Patient):
    """The same link and cause as with both accounts, and its remedy makes her side whole."""
    patient.start(chain.settings)
    chain.break_it(patient)
    report = patient.examine(*AS_OWNER)
    assert report.of_status("broken").keys() == {chain.check}, report.of_status("broken")
    assert chain.summary in report.of_status("broken")[chain.check]
    patient.apply(report)
    assert patient.examine(*AS_OWNER).of_status("broken") == {}


def test_her_side_is_whole_and_nothing_of_account_a_is_used(patient: Patient):
    """All her checks hold with her credentials alone; no role is assumed, and no field asked."""
    patient.start()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    patient.wire(**dict.fromkeys(names))
    report = patient.examine("--as-owner")
    assert set(report.of_status("ok")) == HER_CHECKS == {each["check"] for each in report.findings}
    assert report.exit_code == 0
    assert f"{B}:assumed-role/Owner/" in report.finding(owner.CHECK)["summary"]
    asked = {(each["operation"], each["caller"]) for each in patient.sandbox.events()}
    assert asked == {("GetCallerIdentity", f"arn:aws:sts::{B}:assumed-role/Owner/doctor")}


def test_the_page_draws_only_what_she_can_see(patient: Patient):
    """The stations of account A are drawn as passed by, and lead nowhere."""
    patient.start()
    page = patient.folder / "owner.html"
    assert patient.examine("--as-owner", "--html", str(page)).exit_code == 0
    text = page.read_text()
    assert text.count('<a href="#') == 4
    assert all(f">{name}</text>" in text for name in ("STS", "identity policy", "role", "AppSync"))


def with_profile(patient: Patient, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Writes a profile `auditor` of the sandbox's settings."""
    file = patient.folder / "aws-credentials"
    file.write_text(
        f"[auditor]\naws_access_key_id = AKIAAUDITORAUDITOR00\naws_secret_access_key = {secret}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))


def auditor(*actions: str, account: str = B) -> dict[str, object]:
    """Returns settings with a user who may do this and nothing else."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    user = {
        "access_key_id": "AKIAAUDITORAUDITOR00",
        "secret_access_key": "of-the-auditor",
        "arn": f"arn:aws:iam::{account}:user/auditor",
        "policies": [{"Version": "2012-10-17", "Statement": statement}],
    }
    return {"principals": [user]}


def test_what_her_policy_does_not_allow_is_not_known(patient: Patient, monkeypatch):
    """The sandbox asks her policies as IAM does: one may read roles, and no API; exit code 2."""
    patient.start(auditor("iam:GetRole", "iam:ListRole*", "iam:GetRolePolicy", "iam:ListAtt*"))
    with_profile(patient, monkeypatch, "of-the-auditor")
    report = patient.examine("--as-owner", "--profile-b", "auditor")
    assert report.exit_code == 2
    assert {role.CHECK, trust_policy.CHECK, session_length.CHECK} <= set(report.of_status("ok"))
    assert {api.CHECK, schema.CHECK, conflicts.CHECK} <= set(report.of_status("unknown"))
    assert "appsync:ListGraphqlApis: AccessDeniedException" in json.dumps(report.findings)


def test_a_secret_that_is_not_hers_sees_nothing(patient: Patient, monkeypatch):
    """Signatures are checked: each question is refused, and nothing is called broken."""
    patient.start(auditor("*"))
    with_profile(patient, monkeypatch, "of-somebody-else")
    report = patient.examine("--as-owner", "--profile-b", "auditor")
    assert report.exit_code == 2
    assert "SignatureDoesNotMatch" in json.dumps(report.finding(owner.CHECK)["evidence"])
    assert role.CHECK in report.of_status("unknown")


def test_credentials_of_another_account_are_told(patient: Patient, monkeypatch):
    """The one link that is broken: whose they are."""
    patient.start(auditor("*", account="333333333333"))
    with_profile(patient, monkeypatch, "of-the-auditor")
    report = patient.examine("--as-owner", "--profile-b", "auditor")
    assert report.of_status("broken") == {
        owner.CHECK: f"They are of account 333333333333, and the role is in {B}."
    }


def test_versions_that_the_contract_does_not_send_are_told(patient: Patient):
    """Conflict resolution was turned on: every update asks for `_version` now."""
    patient.start()
    patient.stop()
    write_built_schema(patient.folder / "root", DATASTORE.read_text())
    patient.start()
    report = patient.examine("--as-owner")
    summary = "Versions are asked for that the contract does not send: updateTodo."
    assert report.of_status("broken")[conflicts.CHECK] == summary
    patient.apply(report)
    assert patient.examine("--as-owner").finding(conflicts.CHECK)["summary"] == (
        "As the contract has it: OPTIMISTIC_CONCURRENCY."
    )


def test_what_is_deployed_is_compared_without_introspection(patient: Patient):
    """GetIntrospectionSchema tells the drift, and the remedy takes it over."""
    patient.start()
    schema_changed("  priority: Int\n", "  urgency: Int\n")(patient)
    report = patient.examine("--as-owner")
    assert report.of_status("broken") == {
        schema.CHECK: "The API's schema has drifted from the contract."
    }
    patient.apply(report)
    assert patient.examine("--as-owner").exit_code == 0


def test_the_two_that_exclude_each_other_are_refused(patient: Patient, capsys):
    """`--verify` calls as the function does, `--as-owner` as nobody."""
    patient.start()
    places = ["--root", str(patient.sandbox.root), "--state", str(patient.sandbox.state)]
    assert main(["doctor", "--verify", "--as-owner", *places]) == 2
    assert "take one" in capsys.readouterr().err
    assert main(["doctor", "--verify", "--html", "page.html", *places]) == 2
    assert "--report FILE" in capsys.readouterr().err
