"""`python -m bridge doctor`: runs the chain link by link and says which one is broken."""

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bridge import __version__
from bridge.compiler.command import compile_project
from bridge.contracts import read_contract
from bridge.doctor.aws import AwsAccountB, AwsPolicySimulator
from bridge.doctor.examination import examine
from bridge.doctor.findings import Finding, as_json, exit_code
from bridge.doctor.look import Look
from bridge.doctor.owners_look import OwnersLook
from bridge.doctor.report_html import html_report
from bridge.doctor.report_terminal import print_report
from bridge.doctor.sandbox_files import SandboxFiles
from bridge.doctor.sandbox_owner import SandboxOwner
from bridge.doctor.verify.probes import Asking, verify
from bridge.doctor.verify.report import verification
from bridge.files import write_text
from bridge.project import (
    LOCAL_STAGE,
    Project,
    ProjectError,
    add_project_arguments,
    add_state_argument,
    project_of,
)
from bridge.source_credentials import OWNER_FILE_NAME, read_source_credentials
from bridge.wiring import GATEWAY_PORT, HOST, REGION, stage_environment
from chalicelib.config import LOOPBACK
from chalicelib.contract.model import Contract


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--stage", default=LOCAL_STAGE, help="of account A")
    parser.add_argument("--profile-b", help="a profile of account B, to read its role and API")
    parser.add_argument(
        "--as-owner", action="store_true", help="with account B's credentials alone: her side"
    )
    parser.add_argument(
        "--account-a", metavar="ID", help="who calls, for --as-owner; else whom the role trusts"
    )
    parser.add_argument(
        "--verify", action="store_true", help="ask both accounts what no documentation says"
    )
    parser.add_argument(
        "--api-url", metavar="URL", help="the deployed REST API with its stage, for --verify"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="of --verify (default: verified-STAGE.md)"
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="the report as one HTML file")
    add_project_arguments(parser)
    add_state_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Examines the chain and reports; 0 it holds, 1 a link is broken, 2 it could not be seen."""
    if arguments.verify and arguments.as_owner:
        raise ProjectError("--verify calls as the function does, --as-owner as nobody: take one")
    if arguments.verify and arguments.html:
        raise ProjectError("--verify keeps a report of its own: --report FILE, and no --html")
    look = look_at(arguments)
    try:
        findings = _verified(look, arguments) if arguments.verify else examine(look)
    finally:
        look.close()
    if arguments.verify:
        return _kept(findings, arguments)
    if arguments.html:
        write_text(
            arguments.html, html_report(arguments.stage, findings, datetime.now(UTC), __version__)
        )
    if arguments.json:
        print(as_json(arguments.stage, findings))
    else:
        print_report(arguments.stage, findings)
    return exit_code(findings)


def _verified(look: Look, arguments: argparse.Namespace) -> tuple[Finding, ...]:
    local = f"http://{HOST}:{os.environ.get('PORT', GATEWAY_PORT)}" if look.is_local else None
    return verify(Asking(look, arguments.api_url or local))


def _kept(findings: Sequence[Finding], arguments: argparse.Namespace) -> int:
    """Keeps what the probes saw, and prints it."""
    text = verification(arguments.stage, findings, datetime.now(UTC), __version__)
    path = arguments.report or Path(f"verified-{arguments.stage}.md")
    write_text(path, text)
    print(as_json(arguments.stage, findings) if arguments.json else f"{text}\nkept: {path}")
    return exit_code(findings)


def look_at(arguments: argparse.Namespace) -> Look:
    """Returns where to look.

    Raises:
        ProjectError: There is no such stage.
        CannotLookError: There is no such profile.
        FileFault: The sandbox has not run here, or the contract cannot be read.
    """
    project = project_of(arguments)
    stage = project.stage(arguments.stage)
    state = arguments.state or project.state
    contract = _contract(project)
    environ = stage_environment(stage, state)
    if urlsplit(environ.get("AWS_ENDPOINT_URL_STS", "")).hostname in LOOPBACK:
        sandbox = SandboxFiles(project, state, stage.name)
        if arguments.as_owner:
            asked = _sandbox_owner(arguments.profile_b, environ, state)
            owner, account_a = SandboxOwner(asked, sandbox), arguments.account_a
            return OwnersLook(project, stage, environ, contract, owner, account_a, is_local=True)
        return Look(project, stage, environ, contract, sandbox, is_local=True)
    if arguments.as_owner:
        view = _account_b(arguments.profile_b, environ)
        return OwnersLook(project, stage, environ, contract, view, arguments.account_a)
    account_b = _account_b(arguments.profile_b, environ) if arguments.profile_b else None
    simulator = AwsPolicySimulator.of_credentials
    return Look(project, stage, environ, contract, account_b, simulator)


def _contract(project: Project) -> Contract:
    """Returns the contract that is deployed, or what another account B's would be."""
    if project.has_own_account_b:
        return read_contract(project.contract)
    return compile_project(project).compilation.contract


def _account_b(profile: str | None, environ: Mapping[str, str]) -> AwsAccountB:
    return AwsAccountB.of_profile(profile, _account_of(environ), environ.get("REGION", ""))


def _sandbox_owner(profile: str | None, environ: Mapping[str, str], state: Path) -> AwsAccountB:
    """Returns the sandbox's APIs, asked with what it left to account B's owner, or by a profile."""
    url = environ["AWS_ENDPOINT_URL_STS"].rstrip("/")
    credentials = {}
    if profile is None:
        owner = read_source_credentials(state, OWNER_FILE_NAME)
        credentials = {
            "aws_access_key_id": owner.access_key_id,
            "aws_secret_access_key": owner.secret_access_key,
            "aws_session_token": owner.session_token,
        }
    endpoints = {"sts": url, "iam": f"{url}/iam/", "appsync": url, "region": REGION}
    account, region = _account_of(environ), environ.get("REGION", "")
    return AwsAccountB.of_profile(profile, account, region, endpoints, **credentials)


def _account_of(environ: Mapping[str, str]) -> str:
    parts = environ.get("ASSUME_ROLE_ARN", "").split(":")
    return parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - an ARN's fifth part
