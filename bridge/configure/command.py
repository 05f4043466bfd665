"""`python -m bridge configure`: writes a stage of account A and prints account B's commands."""

import argparse
import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

from bridge.compiler.policies import account_a_policy
from bridge.configure.instructions import instructions
from bridge.configure.wanted import Trust, Wanted, faults_of
from bridge.files import read_text, write_text
from bridge.project import CONFIG, read_config, stages_of
from chalicelib.config import AUTHORIZERS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--stage", required=True, help="of account A; a new one is added")
    parser.add_argument("--role-arn", required=True, help="the role in account B")
    parser.add_argument("--appsync-url", required=True, help="account B's GraphQL endpoint")
    parser.add_argument("--region", required=True, help="the AppSync API's Region")
    parser.add_argument("--external-id", help="what account B asks for at AssumeRole")
    parser.add_argument("--read-only", action="store_true", help="the role may only read")
    parser.add_argument(
        "--grant-types", action="store_true", help="the role is granted the types of results too"
    )
    parser.add_argument(
        "--trust",
        choices=get_args(Trust),
        default="role",
        help="what account B trusts: the function's role, its one session, or the role's ARN in"
        " account A, which survives that the role is made again",
    )
    parser.add_argument("--session-name", help="of the role's sessions; the default: appsync-rest")
    parser.add_argument("--allowed-host", help="a custom domain that --appsync-url may name")
    parser.add_argument("--authorizer", choices=AUTHORIZERS, help="who may call the REST API")
    parser.add_argument(
        "--user-pool-arn",
        action="append",
        metavar="ARN",
        help="arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID, for cognito; repeatable",
    )
    parser.add_argument(
        "--cors-origin",
        action="append",
        metavar="ORIGIN",
        help="https://app.example.com, whose pages may call; repeatable",
    )
    parser.add_argument(
        "--batch", action=argparse.BooleanOptionalAction, help="whether POST /batch is offered"
    )
    parser.add_argument("--account-a", help="account A's id, for account B's commands")
    parser.add_argument("--same-account", action="store_true", help="A and B are one account")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Writes the stage; returns 1, with nothing written, where a value is wrong."""
    values = vars(arguments)
    named = {name: values[name] for name in Wanted.__dataclass_fields__ if name in values}
    wanted = Wanted(**named, offered=_offered(arguments))
    before = read_config(arguments.root)
    stages_of(before, arguments.root / CONFIG)
    config = with_stage(before, wanted)
    stage = stages_of(config)[wanted.stage]
    faults = faults_of(wanted, stage)
    if faults:
        return _refuse(faults)
    policy = account_a_policy(stage, wanted.role_arn)
    _write(arguments.root, CONFIG, json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    if stage.policy_file is not None:
        _write(arguments.root, stage.policy_file, policy)
    else:
        print(f"{stage.role_arn} was made elsewhere and needs this policy:\n{policy}")
    print(f"\n{instructions(wanted, stage)}")
    return 0


def with_stage(config: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Returns a config.json with the stage as it is wanted; what else it holds is kept."""
    changed = deepcopy(config)
    stage = changed["stages"].setdefault(wanted.stage, {"api_gateway_stage": "api"})
    if stage.get("manage_iam_role", changed.get("manage_iam_role", True)):
        stage.setdefault("iam_policy_file", f"policy-{wanted.stage}.json")
    variables = stage.setdefault("environment_variables", {})
    variables["ASSUME_ROLE_ARN"] = wanted.role_arn
    variables["REGION"] = wanted.region
    variables["APPSYNC_URL"] = wanted.appsync_url
    if wanted.external_id is not None:
        variables["EXTERNAL_ID"] = wanted.external_id
    else:
        variables.pop("EXTERNAL_ID", None)
    for name, value in wanted.offered.items():
        variables[name] = value
    return changed


def _offered(arguments: argparse.Namespace) -> dict[str, str]:
    """Returns the variables that options set; what is left out keeps what the stage has."""
    given = {
        "ROLE_SESSION_NAME": arguments.session_name,
        "APPSYNC_ALLOWED_HOST": arguments.allowed_host,
        "API_AUTHORIZER": arguments.authorizer,
        "COGNITO_USER_POOL_ARNS": arguments.user_pool_arn and ",".join(arguments.user_pool_arn),
        "CORS_ALLOW_ORIGINS": arguments.cors_origin and ",".join(arguments.cors_origin),
        "ENABLE_BATCH": None if arguments.batch is None else str(arguments.batch).lower(),
    }
    return {name: value for name, value in given.items() if value is not None}


def _write(root: Path, path: Path, text: str) -> None:
    target = root / path
    if target.exists() and read_text(target) == text:
        print(f"unchanged: {path}")
        return
    write_text(target, text)
    print(f"written: {path}")


def _refuse(faults: list[str] | tuple[str, ...]) -> int:
    for fault in faults:
        print(f"configure: {fault}", file=sys.stderr)
    return 1
