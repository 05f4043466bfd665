"""`python -m bridge doctor`: runs the chain link by link and says which one is broken."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bridge.compiler.command import CONTRACT
from bridge.doctor.account_b import AccountB, CannotLookError
from bridge.doctor.aws import AwsAccountB, AwsPolicySimulator
from bridge.doctor.examination import examine
from bridge.doctor.findings import as_json, exit_code
from bridge.doctor.look import Look
from bridge.doctor.report_html import html_report
from bridge.doctor.report_terminal import print_report
from bridge.doctor.sandbox_files import SandboxFiles
from bridge.run import gateway_environment
from bridge.sandbox.files import FileFault
from bridge.stages import Stage, StageError, read_config, stages_of
from chalicelib.config import LOOPBACK
from chalicelib.contract.model import Contract, contract_from_json

CANNOT_LOOK = 2
_LOCAL = "local"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--stage", default=_LOCAL, help="of account A")
    parser.add_argument("--profile-b", help="a profile of account B, to read its role and API")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="the report as one HTML file")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder")
    parser.add_argument("--state", type=Path, default=Path(".sandbox"), help="the sandbox's data")


def run(arguments: argparse.Namespace) -> int:
    """Examines the chain and reports; 0 it holds, 1 a link is broken, 2 it could not be seen."""
    try:
        look = look_at(arguments)
    except (StageError, CannotLookError, FileFault, OSError, ValueError, KeyError) as error:
        print(f"doctor: {error}", file=sys.stderr)
        return CANNOT_LOOK
    try:
        findings = examine(look)
    finally:
        look.close()
    if arguments.html:
        arguments.html.write_text(html_report(arguments.stage, findings), encoding="utf-8")
    if arguments.json:
        print(as_json(arguments.stage, findings))
    else:
        print_report(arguments.stage, findings)
    return exit_code(findings)


def look_at(arguments: argparse.Namespace) -> Look:
    """Returns where to look.

    Raises:
        StageError: There is no such stage.
        CannotLookError: There is no such profile.
        FileFault: The sandbox has not run here.
        OSError, ValueError, KeyError: The contract cannot be read.
    """
    stages = stages_of(read_config(arguments.root))
    if arguments.stage not in stages:
        raise StageError(f"there is no stage {arguments.stage}: there are {', '.join(stages)}")
    stage = stages[arguments.stage]
    environ = _environ(stage, arguments.state)
    contract = _contract(arguments.root)
    if urlsplit(environ.get("AWS_ENDPOINT_URL_STS", "")).hostname in LOOPBACK:
        sandbox = SandboxFiles(arguments.root, arguments.state, stage.name)
        return Look(arguments.root, stage, environ, contract, sandbox, is_local=True)
    account_b = _account_b(arguments.profile_b, environ) if arguments.profile_b else None
    simulator = AwsPolicySimulator.of_credentials
    return Look(arguments.root, stage, environ, contract, account_b, simulator)


def _environ(stage: Stage, state: Path) -> Mapping[str, str]:
    """Returns what the function finds: a stage's variables take the place of the environment's."""
    environ = {**os.environ, **stage.variables}
    if stage.name == _LOCAL and "APPSYNC_URL" not in environ:
        # The local stage leads to the sandbox, as `make run` leads it.
        port = os.environ.get("SANDBOX_PORT", "8100")
        return {**gateway_environment(f"http://127.0.0.1:{port}", state), **stage.variables}
    return environ


def _contract(root: Path) -> Contract:
    return contract_from_json(json.loads((root / CONTRACT).read_text(encoding="utf-8")))


def _account_b(profile: str, environ: Mapping[str, str]) -> AccountB:
    parts = environ.get("ASSUME_ROLE_ARN", "").split(":")
    account = parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - an ARN's fifth part
    return AwsAccountB.of_profile(profile, account, environ.get("REGION", ""))
