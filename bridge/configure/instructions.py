"""What is to be run in either account: exact commands, with their parameters filled in."""

import json
from collections.abc import Iterator
from shlex import quote
from urllib.parse import urlsplit

from bridge.configure.wanted import Wanted
from bridge.project import Stage

APPSYNC_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn")


def instructions(wanted: Wanted, stage: Stage) -> str:
    """Returns the commands for both accounts, in the order in which they must be run."""
    return "\n".join(
        [*_account_a(wanted, stage), "", *_account_b(wanted, stage), "", *_amplify(wanted)]
    )


def _account_a(wanted: Wanted, stage: Stage) -> Iterator[str]:
    yield f"1. In account A's terminal{_known(wanted.account_a)}, with its credentials"
    if stage.role_arn is None:
        yield f"   Deploy it first, for account B is to trust the role {stage.role_name}:"
    yield f"     chalice deploy --stage {stage.name}"
    yield f"   or, for production, `make package STAGE={stage.name}` and docs/deploy.md."
    if wanted.tag or wanted.boundary_a:
        yield "   As a stack, `aws cloudformation deploy` also takes:"
    if wanted.tag:
        yield f"     --tags {_tags(wanted)}"
    if wanted.boundary_a:
        yield f"     --parameter-overrides PermissionsBoundaryArn={quote(wanted.boundary_a)}"
        yield "   `chalice deploy` knows no boundary; after it:"
        yield f"     aws iam put-role-permissions-boundary --role-name {stage.role_name} \\"
        yield f"       --permissions-boundary {quote(wanted.boundary_a)}"
    if wanted.account_a is None and stage.role_arn is None:
        yield "   Account B needs the account's id:"
        yield "     ACCOUNT_A=$(aws sts get-caller-identity --query Account --output text)"


def _account_b(wanted: Wanted, stage: Stage) -> Iterator[str]:
    yield f"2. In account B's terminal{_known(wanted.account_b)}, with its owner's credentials"
    yield f"     API_ID=$({_find_api_id(wanted)})"
    yield "     aws cloudformation deploy \\"
    yield f"       --region {wanted.region} \\"
    yield f"       --stack-name {stage.function_name}-caller \\"
    yield "       --template-file account_b/template.yaml \\"
    yield "       --capabilities CAPABILITY_NAMED_IAM \\"
    if wanted.tag:
        yield f"       --tags {_tags(wanted)} \\"
    # One that is left out keeps the value of the last time: so are the tags, the owner's own.
    yield "       --parameter-overrides \\"
    parameters = _parameters(wanted, stage)
    for index, (name, value) in enumerate(parameters.items()):
        yield f"         {name}={value}" + (" \\" if index + 1 < len(parameters) else "")


def _parameters(wanted: Wanted, stage: Stage) -> dict[str, str]:
    """Returns the template's parameters as words of a shell."""
    account = wanted.account_a or '"$ACCOUNT_A"'
    role = stage.role_arn or f"arn:{wanted.partition}:iam::{account}:role/{stage.role_name}"
    if stage.role_arn is not None:
        account = stage.role_arn.split(":")[4]
    session = (
        f"arn:{wanted.partition}:sts::{account}:assumed-role/"
        f"{stage.role_name}/{stage.function_name}"
    )
    return {
        "ApiId": '"$API_ID"',
        "CallerRoleArn": role,
        "CallerSessionArn": session if wanted.trust == "session" else "",
        "CallerAccountId": account if wanted.trust == "account" else "",
        "RoleName": quote(wanted.role_name),
        "RolePath": quote(wanted.role_path),
        "ExternalId": quote(wanted.external_id) if wanted.external_id else "",
        "ReadOnly": "true" if wanted.read_only else "false",
        "GrantTypes": "true" if wanted.grant_types else "false",
        "PermissionsBoundaryArn": quote(wanted.boundary_b) if wanted.boundary_b else "",
    }


def _find_api_id(wanted: Wanted) -> str:
    """Returns the command that prints the API's id, which the URL does not hold."""
    host = wanted.offered.get("APPSYNC_HOST") or urlsplit(wanted.appsync_url).netloc
    if host.endswith(APPSYNC_SUFFIXES):
        query = f"graphqlApis[?uris.GRAPHQL=='https://{host}/graphql'].apiId | [0]"
        command = "list-graphql-apis"
    else:
        query = "apiAssociation.apiId"
        command = f"get-api-association --domain-name {quote(host)}"
    return f'aws appsync {command} --region {wanted.region} --query "{query}" --output text'


def _amplify(wanted: Wanted) -> Iterator[str]:
    yield "3. In account B's terminal, in the Amplify project"
    yield "   Gen 1: amplify/backend/api/<api>/custom-roles.json lists the role's bare name; then"
    yield "   `amplify push`:"
    yield f"     {json.dumps({'adminRoleNames': [wanted.role_name]})}"
    yield "   Gen 2 and the CDK construct: account_b/amplify/README.md."


def _tags(wanted: Wanted) -> str:
    return " ".join(map(quote, wanted.tag))


def _known(account: str | None) -> str:
    return f" ({account})" if account else ""
