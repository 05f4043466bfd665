"""Every remedy in the doctor's source is performed by a test, or needs AWS and says why."""

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.__main__ import main
from bridge.cloudformation import Environment, Stack, read_template
from bridge.doctor.account_b import Document, RoleFacts
from bridge.doctor.checks import caller_policy, conflicts, role_policy, settings, trust_policy
from bridge.doctor.findings import Remedy, Status
from tests.integration.doctor.breaking import A, B, trust
from tests.integration.doctor.patient import POLICY, Patient, write_built_schema
from tests.integration.doctor.performed import BY_CHAIN, NEEDS_AWS
from tests.integration.doctor.recorded import DENIED, Aws, diagnosis, of, refusal
from tests.integration.doctor.sites import sites
from tests.integration.doctor.test_as_owner import DATASTORE
from tests.integration.doctor.test_broken_chains import CHAINS
from tests.integration.doctor.test_profile_of_account_b import (
    API_ARN,
    API_ID,
    CALLER_ROLE,
    HEALTHY,
    AccountBInMemory,
    policy,
)
from tests.integration.doctor.test_profile_of_account_b import trust as their_trust
from tests.support.todo import todo_project

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


def performed_in_account_b(command: str, role: RoleFacts) -> RoleFacts:
    """Returns the role after a command of the AWS CLI or of CloudFormation, done on a value."""
    words = shlex.split(command)
    options = dict(zip(words[3::2], words[4::2], strict=False))
    match words[1:3]:
        case ["iam", "update-assume-role-policy"]:
            return replace(role, trust=json.loads(options["--policy-document"]))
        case ["iam", "put-role-policy"]:
            saved = {options["--policy-name"]: json.loads(options["--policy-document"])}
            return replace(role, policies={**role.policies, **saved})
        case ["cloudformation", "deploy"]:
            given = words[words.index("--parameter-overrides") + 1 :]
            return replace(role, policies=_policies_of_stack(options["--template-file"], given))
    raise AssertionError(f"a remedy that this test cannot perform: {words}")


def _policies_of_stack(template: str, given: list[str]) -> dict[str, Document]:
    document = read_template((todo_project() / template).read_text())
    wanted = dict(word.split("=", 1) for word in given)
    kept = {"ApiId": API_ID, "CallerRoleArn": CALLER_ROLE, **wanted}
    stack = Stack(document, kept, Environment(B, "us-east-1"), lambda *_: "")
    role = stack.resolve(stack.resources["CrossAccountRole"]["Properties"])
    return {each["PolicyName"]: each["PolicyDocument"] for each in role["Policies"]}


def _mended_in_account_b(
    patient: Patient, check: str, broken: RoleFacts, before: Status = Status.BROKEN, **aws: Any
) -> str:
    """Does the last command of a check's remedy on the role, and finds the check well."""
    account_b = AccountBInMemory(its_role=broken)
    found = of(diagnosis(Aws(**aws), account_b=account_b), check)
    assert found.status is before, found
    assert found.remedy is not None
    account_b.its_role = performed_in_account_b(found.remedy.commands[-1], broken)
    assert of(diagnosis(Aws(), account_b=account_b), check).status is Status.OK
    return patient.prescriptions.of(vars(found.remedy))


def trust_in_somebody_else(patient: Patient) -> str:
    """Saves the trust policy that the command holds; then the function is let in."""
    role = replace(HEALTHY, trust=their_trust(f"arn:aws:iam::{A}:role/somebody"))
    return _mended_in_account_b(patient, trust_policy.CHECK, role, assume_role=DENIED)


def trust_without_a_statement(patient: Patient) -> str:
    """Saves the trust policy that the command holds, in place of one that lets nobody in."""
    role = replace(HEALTHY, trust={"Version": "2012-10-17", "Statement": []})
    return _mended_in_account_b(patient, trust_policy.CHECK, role, assume_role=DENIED)


def policy_of_another_api(patient: Patient) -> str:
    """Saves the identity policy that the command holds; then every field is allowed."""
    role = replace(HEALTHY, policies={"Own": policy(f"{API_ARN}x/types/*")})
    denied = refusal(401, "UnauthorizedException", "Permission denied")
    return _mended_in_account_b(patient, role_policy.CHECK, role, everything=denied)


def role_that_may_only_read(patient: Patient) -> str:
    """Updates the stack with the parameter that the command names; then the role may write."""
    role = replace(HEALTHY, policies={"Own": policy(f"{API_ARN}/types/Query/*")})
    denied = refusal(401, "UnauthorizedException", "Permission denied")
    writes = {f"{verb}Todo": denied for verb in ("create", "update", "delete")}
    return _mended_in_account_b(
        patient, role_policy.CHECK, role, before=Status.WARNING, graphql=writes
    )


PERFORMED_HERE: dict[str, Callable[[Patient], str]] = {
    "mending: started": sandbox_that_does_not_run,
    "checks.conflicts: _compiled 1": versions_turned_on,
    "checks.trust_policy: _by_nobody_known": trust_that_names_two_accounts,
    "checks.caller_policy: _by_file": policy_file_behind_the_one_in_force,
    "checks.trust_policy: _parameters": trust_in_somebody_else,
    "mending: property_of 2": trust_without_a_statement,
    "checks.role_policy: _remedy 1": policy_of_another_api,
    "mending: parameters 2": role_that_may_only_read,
    "checks.settings: check": stage_that_was_never_configured,
    "checks.settings: _remedy 3": vpc_endpoint_without_the_apis_host,
}


def test_every_remedy_of_the_source_is_performed_or_says_why_it_cannot_be():
    """A remedy that is added, and one that is gone, are told; none stands in two tables."""
    tables = (BY_CHAIN, PERFORMED_HERE, NEEDS_AWS)
    assert sorted(name for table in tables for name in table) == sorted(sites())
    assert set(BY_CHAIN.values()) <= {chain.name for chain in CHAINS}


@pytest.mark.parametrize("site", PERFORMED_HERE)
def test_what_no_broken_chain_prescribes_is_performed_here(site: str, patient: Patient):
    """Doing what the remedy says, by its text alone, mends what it is for."""
    assert PERFORMED_HERE[site](patient) == site
