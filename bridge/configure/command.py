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
from bridge.variables import VARIABLES
from chalicelib.config import AUTHORIZERS

_REQUIRED = {
    "ASSUME_ROLE_ARN": "the role in account B",
    "APPSYNC_URL": "account B's GraphQL endpoint",
    "REGION": "the AppSync API's Region",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--stage", required=True, help="of account A; a new one is added")
    for name, text in _REQUIRED.items():
        form = VARIABLES[name].form
        parser.add_argument(
            VARIABLES[name].option, required=True, metavar=name, help=f"{text}: {form}"
        )
    _add(parser, "EXTERNAL_ID", "what account B asks for at AssumeRole")
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
    _add(parser, "ROLE_SESSION_NAME", "of the role's sessions; the default is appsync-rest")
    _add(parser, "APPSYNC_ALLOWED_HOST", "a custom domain that --appsync-url may name")
    _add(parser, "APPSYNC_HOST", "the API's own host where --appsync-url is a VPC endpoint's name")
    parser.add_argument("--authorizer", choices=AUTHORIZERS, help="who may call the REST API")
    _add(parser, "COGNITO_USER_POOL_ARNS", "for cognito; repeatable", action="append")
    _add(parser, "CORS_ALLOW_ORIGINS", "whose pages may call; repeatable", action="append")
    parser.add_argument(
        "--batch", action=argparse.BooleanOptionalAction, help="whether POST /batch is offered"
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="of what either account deploys: team=orders; repeatable",
    )
    for account, whose in (("a", "the function's role"), ("b", "account B's role")):
        parser.add_argument(
            f"--boundary-{account}",
            metavar="ARN",
            help=f"permissions boundary of {whose}: arn:aws:iam::123456789012:policy/NAME",
        )
    parser.add_argument("--account-a", help="account A's id, 12 digits, for account B's commands")
    parser.add_argument("--same-account", action="store_true", help="A and B are one account")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder")


def _add(parser: argparse.ArgumentParser, name: str, text: str, action: str = "store") -> None:
    variable = VARIABLES[name]
    parser.add_argument(
        variable.option, action=action, metavar=name, help=f"{text}: {variable.form}"
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the stage; returns 1, with nothing written, where a value is wrong."""
    values = vars(arguments)
    named = {name: values[name] for name in Wanted.__dataclass_fields__ if name in values}
    named["tag"] = tuple(arguments.tag)
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
    for tag in wanted.tag:
        # Chalice tags the function and its API with these.
        key, _, value = tag.partition("=")
        stage.setdefault("tags", {})[key] = value
    return changed


def _offered(arguments: argparse.Namespace) -> dict[str, str]:
    """Returns the variables that options set; what is left out keeps what the stage has."""
    given = {
        "ROLE_SESSION_NAME": arguments.session_name,
        "APPSYNC_ALLOWED_HOST": arguments.allowed_host,
        "APPSYNC_HOST": arguments.appsync_host,
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
