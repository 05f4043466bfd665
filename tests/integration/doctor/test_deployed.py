"""Each remedy for deployed accounts: it is performed as it stands, and the chain is whole."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.doctor.checks import assume_role, caller
from bridge.doctor.verify.probes import INTROSPECTION
from bridge.wiring import gateway_environment
from tests.integration.doctor.aws_names import API_HOST, REST_API, exchanged, host_of
from tests.integration.doctor.breaking import A
from tests.integration.doctor.cases import CASES, Case, on_the_way
from tests.integration.doctor.deployed import STAGE, Deployed
from tests.integration.doctor.recorded import refusal
from tests.support.gateway import gateway_process
from tests.support.ports import HOST
from tests.support.scripted_server import reply
from tests.support.tls_front import Authority
from tests.support.todo import PROJECT

DEVELOPER = {
    "access_key_id": "ASIADEVELOPERDEVELOP",
    "secret_access_key": "of-the-developer",
    "session_token": "developer",
    "arn": f"arn:aws:sts::{A}:assumed-role/Developer/jane",
    "policies": [],
}
# One for each way in which remedies are performed; the others are the long form.
SOME = {
    "the trust names another role, by its parameter",
    "the identity policy was changed by hand",
    "the API has another schema",
}
PARAMETERS = [
    pytest.param(case, marks=() if case.name in SOME else pytest.mark.slow, id=case.name)
    for case in CASES
]


def test_the_short_form_is_of_cases_that_there_are():
    """No name there is a slip that would leave nothing; and each case has its own name."""
    names = {case.name for case in CASES}
    assert names >= SOME
    assert len(names) == len(CASES)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Gives the authority whose certificates stand for AWS's."""
    return Authority(tmp_path_factory.mktemp("authority") / "files")


@pytest.fixture
def deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, authority: Authority
) -> Iterator[Deployed]:
    """Yields both accounts, not started yet."""
    made = Deployed(tmp_path, monkeypatch, capsys, authority)
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("case", PARAMETERS)
def test_what_is_wrong_with_deployed_accounts_is_mended_by_its_remedy(
    case: Case, deployed: Deployed
):
    """The link is named; doing what its remedy says makes the whole chain hold."""
    deployed.start(case.settings)
    case.break_it(deployed)
    report = deployed.examine(*case.more, profile=case.profile)
    finding = report.finding(case.check)
    assert finding["status"] == case.before, report.findings
    remedy = finding["remedy"]
    assert deployed.prescriptions.of(remedy) == case.site
    case.first(deployed, remedy)
    deployed.apply(remedy, case.fill)
    case.by_hand(deployed, remedy)
    mended = deployed.examine(*case.more, profile=case.profile)
    assert mended.finding(case.check)["status"] == "ok", mended.finding(case.check)
    assert mended.exit_code == 0, mended.findings


@pytest.mark.slow
def test_the_function_answers_what_another_caller_cannot(deployed: Deployed):
    """Both remedies lead to GET /ready at the address that Chalice knows, and it says 200."""
    deployed.start({"principals": [DEVELOPER]})
    deployed.wire(
        AWS_ACCESS_KEY_ID=str(DEVELOPER["access_key_id"]),
        AWS_SECRET_ACCESS_KEY=str(DEVELOPER["secret_access_key"]),
        AWS_SESSION_TOKEN=str(DEVELOPER["session_token"]),
    )
    report = deployed.examine()
    assert report.exit_code == 2
    remedies = [report.finding(check)["remedy"] for check in (caller.CHECK, assume_role.CHECK)]
    sites = [deployed.prescriptions.of(remedy) for remedy in remedies]
    assert sites == ["checks.caller: check", "checks.assume_role: _denied"]
    for folder in (deployed.project, deployed.root):
        # What `chalice deploy` leaves beside the policies.
        kept = folder / ".chalice/deployed"
        kept.mkdir()
        api = {"name": "rest_api", "resource_type": "rest_api"}
        api |= {"rest_api_id": "restapi123", "rest_api_url": f"https://{REST_API}/api/"}
        document = {"schema_version": "2.0", "backend": "api", "resources": [api]}
        (kept / f"{STAGE}.json").write_text(json.dumps(document))
    shutil.copyfile(PROJECT / "app.py", deployed.root / "app.py")
    code = shutil.ignore_patterns("contract.json", "openapi.json")
    made = deployed.root / "chalicelib"
    shutil.copytree(PROJECT / "chalicelib", made, ignore=code, dirs_exist_ok=True)
    environment = gateway_environment(deployed.sandbox.url, deployed.sandbox.state)
    with gateway_process(deployed.folder, deployed.root, environment) as gateway:

        def function(request: bytes) -> tuple[bytes | None, bytes]:
            if host_of(request) != REST_API:
                return None, request
            with socket.create_connection((HOST, gateway.port)) as there:
                return exchanged(there, request.replace(b" /api/", b" /", 1)), request

        on_the_way(function)(deployed)
        for remedy in remedies:
            assert "GET /ready" in remedy["action"]
            deployed.apply(remedy)
            url = deployed.printed.strip()
            ready = requests.get(f"{url}ready", verify=str(deployed.bundle), timeout=30)
            assert ready.status_code == 200, ready.text


@pytest.mark.slow
def test_a_schema_that_the_role_may_not_see_is_taken_from_a_file(deployed: Deployed):
    """`pull` takes the file that the owner's command writes, and `--as-owner` compares."""
    deployed.start()
    denied = refusal(401, "UnauthorizedException", "Permission denied")

    def refused(request: bytes) -> tuple[bytes | None, bytes]:
        asked = host_of(request) == API_HOST and b"IntrospectionQuery" in request
        return (reply(f"{denied[0]} -", denied[1].encode()) if asked else None), request

    on_the_way(refused)(deployed)
    kept = deployed.folder / "kept.md"
    finding = deployed.examine("--verify", "--report", str(kept)).finding(INTROSPECTION)
    assert finding["status"] == "warning"
    assert deployed.prescriptions.of(finding["remedy"]) == "verify.probes: introspection"
    assert "`bridge pull` takes a file; `doctor --as-owner` compares" in finding["remedy"]["action"]
    file = str(deployed.folder / "schema.graphql")
    words = ["get-introspection-schema", "--api-id", "sandboxsandboxsandboxsandb"]
    deployed.perform(["aws", "appsync", *words, "--format", "SDL", file])
    deployed.perform(["python", "-m", "bridge", "pull", file])
    assert deployed.examine("--as-owner", "--account-a", A).exit_code == 0
