"""Every remedy in the doctor's source is performed by a test."""

import json
import shlex
from collections.abc import Callable

import pytest

from bridge.__main__ import main
from bridge.doctor.checks import caller_policy, conflicts, settings, trust_policy
from bridge.doctor.denials import PolicyKind
from bridge.doctor.findings import Remedy, Status
from tests.integration.doctor.breaking import A, B, trust
from tests.integration.doctor.cases import CASES
from tests.integration.doctor.patient import POLICY, Patient, write_built_schema
from tests.integration.doctor.performed import (
    BY_CHAIN,
    BY_TEST,
    KINDS_PERFORMED,
)
from tests.integration.doctor.recorded import Aws, diagnosis, of
from tests.integration.doctor.sites import sites
from tests.integration.doctor.test_as_owner import DATASTORE
from tests.integration.doctor.test_broken_chains import CHAINS
from tests.support.todo import PROJECT

HOST = "z" * 26 + ".appsync-api.us-east-1.amazonaws.com"
PRIVATE = "https://vpce-1-a.appsync-api.us-east-1.vpce.amazonaws.com/graphql"


def sandbox_that_does_not_run(patient: Patient) -> str:
    """Starts it, as the finding says; then the chain holds."""
    patient.start()
    patient.stop()
    (site,) = patient.apply(patient.examine())
    assert patient.examine().exit_code == 0
    return site


def versions_turned_on(patient: Patient) -> str:
    """Compiles the schema that has them; then the owner finds them as the contract has it."""
    patient.start()
    patient.stop()
    write_built_schema(patient.folder / "root", DATASTORE.read_text())
    patient.start()
    report = patient.examine("--as-owner")
    patient.apply(report)
    assert patient.examine("--as-owner").exit_code == 0
    return patient.prescriptions.of(report.finding(conflicts.CHECK)["remedy"])


def trust_that_names_two_accounts(patient: Patient) -> str:
    """Asks again with the account that calls; then the policy is judged."""
    patient.start()
    caller = f"arn:aws:iam::{A}:role/appsync-rest-local-api_handler"
    trust(Principal={"AWS": [caller, f"arn:aws:iam::{B}:root"]})(patient)
    report = patient.examine("--as-owner")
    assert report.exit_code == 2
    remedy = report.finding(trust_policy.CHECK)["remedy"]
    (command,) = remedy["commands"]
    words = shlex.split(command.replace("ACCOUNT_A", A))
    assert words[:4] == ["python", "-m", "bridge", "doctor"]
    assert patient.examine(*words[4:]).exit_code == 0
    return patient.prescriptions.of(remedy)


def policy_file_behind_the_one_in_force(patient: Patient) -> str:
    """Compiles the file anew, so that the next deployment does not break the chain."""
    root = patient.folder / "root"
    file = root / POLICY.replace("local", "prod")
    document = json.loads(file.read_text())
    kept = document["Statement"].pop(0)
    file.write_text(json.dumps(document))
    found = of(diagnosis(Aws(), root=root), caller_policy.CHECK)
    assert found.status is Status.WARNING
    assert found.remedy is not None
    (command,) = found.remedy.commands
    assert main([*shlex.split(command)[3:], "--root", str(root)]) == 0
    assert kept in json.loads(file.read_text())["Statement"]
    assert of(diagnosis(Aws(), root=root), caller_policy.CHECK).status is Status.OK
    return patient.prescriptions.of(vars(found.remedy))


def stage_that_was_never_configured(patient: Patient) -> str:
    """Runs `configure` with the owner's values where the command has forms in capitals."""
    url = f"https://{'abcdefghijklmnopqrstuvwxyz'}.appsync-api.us-east-1.amazonaws.com/graphql"
    return _configured(patient, {"APPSYNC_URL": url})


def vpc_endpoint_without_the_apis_host(patient: Patient) -> str:
    """Runs `configure` with the API's own host where the command asks for it."""
    return _configured(patient, {"APPSYNC_URL": PRIVATE})


def _configured(patient: Patient, variables: dict[str, str]) -> str:
    root = patient.folder / "root"
    found = of(diagnosis(Aws(), root=root, **variables), settings.CHECK)
    assert found.status is Status.BROKEN
    assert isinstance(found.remedy, Remedy)
    command = found.remedy.commands[0]
    for form, value in {
        "arn:aws:iam::123456789012:role/NAME": f"arn:aws:iam::{B}:role/TodoCrossAccountRole",
        "ID.appsync-api.REGION.amazonaws.com": HOST,
    }.items():
        command = command.replace(form, value)
    assert main([*shlex.split(command)[3:], "--root", str(root)]) == 0
    stage = json.loads((root / ".chalice/config.json").read_text())["stages"]["prod"]
    written = stage["environment_variables"]
    assert of(diagnosis(Aws(), root=root, **written), settings.CHECK).status is Status.OK
    return patient.prescriptions.of(vars(found.remedy))


PERFORMED_HERE: dict[str, Callable[[Patient], str]] = {
    "mending: started": sandbox_that_does_not_run,
    "checks.conflicts: _taken_over": versions_turned_on,
    "checks.trust_policy: _by_nobody_known": trust_that_names_two_accounts,
    "checks.caller_policy: _by_file": policy_file_behind_the_one_in_force,
    "checks.settings: check": stage_that_was_never_configured,
    "checks.settings: _remedy 3": vpc_endpoint_without_the_apis_host,
}


def test_every_remedy_of_the_source_is_performed():
    """A remedy that is added, and one that is gone, are told; none stands in two tables."""
    deployed = {case.site for case in CASES} | BY_TEST.keys()
    tables = (BY_CHAIN, PERFORMED_HERE, deployed)
    assert sorted(name for table in tables for name in table) == sorted(sites())
    assert set(BY_CHAIN.values()) <= {chain.name for chain in CHAINS}
    tests = PROJECT / "tests"
    files = [
        tests / "integration/doctor/test_deployed.py",
        tests / "e2e/test_production_package.py",
    ]
    text = "".join(file.read_text() for file in files)
    assert all(f"\ndef {name}(" in text for name in BY_TEST.values())


def test_each_kind_of_policy_that_aws_names_is_changed_by_a_test():
    """The one remedy for a denial that names its policy says something else for each kind."""
    assert sorted(KINDS_PERFORMED) == sorted(PolicyKind)
    names = {case.name for case in CASES if case.site == "checks.denied: _remedy"}
    assert set(KINDS_PERFORMED.values()) == names


@pytest.mark.parametrize("site", PERFORMED_HERE)
def test_what_no_broken_chain_prescribes_is_performed_here(site: str, patient: Patient):
    """Doing what the remedy says, by its text alone, mends what it is for."""
    assert PERFORMED_HERE[site](patient) == site
