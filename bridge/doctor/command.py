"""`python -m bridge doctor`: runs the chain link by link and says which one is broken."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bridge.compiler.command import compile_project
from bridge.contracts import read_contract
from bridge.doctor.account_b import AccountB
from bridge.doctor.aws import AwsAccountB, AwsPolicySimulator
from bridge.doctor.examination import examine
from bridge.doctor.findings import as_json, exit_code
from bridge.doctor.look import Look
from bridge.doctor.report_html import html_report
from bridge.doctor.report_terminal import print_report
from bridge.doctor.sandbox_files import SandboxFiles
from bridge.files import write_text
from bridge.project import (
    LOCAL_STAGE,
    Project,
    add_project_arguments,
    add_state_argument,
    project_of,
)
from bridge.wiring import stage_environment
from chalicelib.config import LOOPBACK
from chalicelib.contract.model import Contract


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--stage", default=LOCAL_STAGE, help="of account A")
    parser.add_argument("--profile-b", help="a profile of account B, to read its role and API")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="the report as one HTML file")
    add_project_arguments(parser)
    add_state_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Examines the chain and reports; 0 it holds, 1 a link is broken, 2 it could not be seen."""
    look = look_at(arguments)
    try:
        findings = examine(look)
    finally:
        look.close()
    if arguments.html:
        write_text(arguments.html, html_report(arguments.stage, findings))
    if arguments.json:
        print(as_json(arguments.stage, findings))
    else:
        print_report(arguments.stage, findings)
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
        return Look(project, stage, environ, contract, sandbox, is_local=True)
    account_b = _account_b(arguments.profile_b, environ) if arguments.profile_b else None
    simulator = AwsPolicySimulator.of_credentials
    return Look(project, stage, environ, contract, account_b, simulator)


def _contract(project: Project) -> Contract:
    """Returns the contract that is deployed, or what another account B's would be."""
    if project.has_own_account_b:
        return read_contract(project.contract)
    return compile_project(project).compilation.contract


def _account_b(profile: str, environ: Mapping[str, str]) -> AccountB:
    parts = environ.get("ASSUME_ROLE_ARN", "").split(":")
    account = parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - an ARN's fifth part
    return AwsAccountB.of_profile(profile, account, environ.get("REGION", ""))
