"""AWS_CA_BUNDLE, as AWS's SDKs know it: whom the gateway trusts on both hops."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.project import CONTRACT
from bridge.wiring import gateway_environment
from tests.support.sandbox import RunningSandbox, copy_project, sandbox_process
from tests.support.tls_front import Authority, tls_front
from tests.support.todo import PROJECT, todo_project

CREATE = """
import json, sys
from pathlib import Path
from chalicelib.contract import model
model.CONTRACT_FILE = Path(sys.argv[1])
import app
from chalice.test import Client
with Client(app.app, stage_name="local") as client:
    kind = {"content-type": "application/json"}
    made = client.http.post("/todos", headers=kind, body=b'{"name": "milk"}')
    print(json.dumps({"status": made.status_code, "body": made.json_body}))
"""

UNREACHABLE = "urn:problem-type:appsync-rest:upstream-unreachable"


@dataclass(frozen=True)
class Secured:
    """An account B behind TLS: by certificates of ours, and of another authority."""

    sandbox: RunningSandbox
    ours: Authority
    theirs: Authority

    def create(self, sts: Authority, appsync: Authority, bundle: Path | None) -> Any:
        """Returns the status, body and logged fault of a POST, by a process of its own.

        Args:
            sts: Who has signed STS's certificate.
            appsync: Who has signed AppSync's.
            bundle: What AWS_CA_BUNDLE names; None leaves it unset.
        """
        port = int(self.sandbox.url.rpartition(":")[2])
        with ExitStack() as stack:
            fronts = [
                stack.enter_context(tls_front(each.context(), port)) for each in (sts, appsync)
            ]
            environment = {
                **gateway_environment(self.sandbox.url, self.sandbox.state),
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL_STS": fronts[0],
                "APPSYNC_URL": f"{fronts[1]}/graphql",
                **({} if bundle is None else {"AWS_CA_BUNDLE": str(bundle)}),
            }
            run = subprocess.run(
                [sys.executable, "-c", CREATE, str(todo_project() / CONTRACT)],
                cwd=PROJECT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        log, answer = map(json.loads, run.stdout.splitlines())
        return {**answer, "fault": log.get("fault")}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Gives the account B, which all tests of this file share."""
    folder = tmp_path_factory.mktemp("secured")
    copy_project(folder)
    with sandbox_process(folder) as (sandbox, _):
        yield Secured(sandbox, Authority(folder / "ours"), Authority(folder / "theirs"))


def test_a_bundle_with_the_authority_of_both_hops_is_honoured(secured):
    """STS and AppSync are reached over TLS, and the item is stored."""
    made = secured.create(secured.ours, secured.ours, secured.ours.bundle)
    assert (made["status"], made["body"].get("name")) == (201, "milk"), made


@pytest.mark.parametrize(("hop", "name"), [("sts", "STS"), ("appsync", "AppSync")])
def test_a_hop_whose_certificate_another_authority_signed_is_not_trusted(secured, hop, name):
    """502, nothing is written, and the certificate is no part of the answer."""
    before = len(secured.sandbox.events(service="appsync"))
    signers = {"sts": secured.ours, "appsync": secured.ours, hop: secured.theirs}
    refused = secured.create(**signers, bundle=secured.ours.bundle)
    assert (refused["status"], refused["body"]["type"]) == (502, UNREACHABLE)
    assert refused["fault"] == f"UpstreamUnreachable: {name}: SSLCertVerificationError"
    assert "SSL" not in json.dumps(refused["body"])
    assert len(secured.sandbox.events(service="appsync")) == before


def test_without_a_bundle_the_public_authorities_are_trusted_alone(secured):
    """A certificate of our own making is none of theirs."""
    refused = secured.create(secured.ours, secured.ours, None)
    assert (refused["status"], refused["body"]["type"]) == (502, UNREACHABLE)
