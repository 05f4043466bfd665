"""The remedies that several checks prescribe: where a value stands, and how it gets there."""

import json
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

from bridge.doctor import decisions
from bridge.doctor.account_b import ApiFacts, Document, RoleFacts
from bridge.doctor.findings import Edit, Remedy
from bridge.doctor.look import Function, Look
from bridge.files import read_json
from bridge.project import CONFIG

POLICY_NAME = "UseTheApisFields"


def variable(look: Look, name: str, value: str) -> Edit:
    """Returns the edit that sets one of the stage's environment variables."""
    place = f"/stages/{look.stage.name}/environment_variables/{name}"
    return Edit(str(CONFIG), place, value)


def template(look: Look) -> str:
    """Returns account B's template as it is shown."""
    return look.project.shown(look.project.account_b.template)


def compile_again(look: Look) -> str:
    """Returns the command that writes the contract and both policies anew."""
    return f"python -m bridge compile{another_account_b(look)}"


def another_account_b(look: Look) -> str:
    """Returns the option for the account B that is looked at, where it is not the project's own."""
    project = look.project
    folder = quote(str(project.account_b.folder))
    return "" if project.has_own_account_b else f" --account-b {folder}"


def make_run(look: Look) -> str:
    """Returns the command that starts both accounts on this machine."""
    project = look.project
    folder = quote(str(project.account_b.folder))
    return "make run" if project.has_own_account_b else f"make run ACCOUNT_B={folder}"


def started_anew(look: Look) -> str:
    """Returns what brings a file of account A's into force on this machine."""
    return f"Then start account A anew, which reads this at its start: `{make_run(look)}`."


def deploy(look: Look) -> str:
    """Returns the command that brings account A's files into force."""
    return f"chalice deploy --stage {look.stage.name}"


def pulled(look: Look, action: str) -> Remedy:
    """Returns a remedy that takes over the deployed API's schema, in both accounts."""
    pull = f"python -m bridge pull --stage {look.stage.name}"
    text = f"{action} Then deploy what was compiled; the last command is account B's owner's."
    return Remedy(text, (), (pull, deploy(look), stack_update(look, {})))


def redeployed(look: Look, action: str, *edits: Edit) -> Remedy:
    """Returns a remedy in account A's files, which count once they are deployed."""
    return Remedy(action, edits, () if look.is_local else (deploy(look),))


def parameters(
    look: Look, role: RoleFacts | None, wanted: Mapping[str, str], action: str
) -> Remedy:
    """Returns the remedy that gives account B's template other parameters."""
    if role is not None and role.declaration is not None:
        file = role.declaration.parameters
        listed = read_json(look.project.root / file)
        places = {item["ParameterKey"]: index for index, item in enumerate(listed)}
        edits = []
        for name, value in wanted.items():
            if name in places:
                edits.append(Edit(file, f"/{places[name]}/ParameterValue", value))
            elif value:
                entry = {"ParameterKey": name, "ParameterValue": value}
                edits.append(Edit(file, "/-", entry))
        return Remedy(action, tuple(edits))
    return Remedy(action, (), (stack_update(look, wanted),))


def stack_update(look: Look, wanted: Mapping[str, str]) -> str:
    """Returns the command that updates account B's stack; what is not named keeps its value."""
    overrides = "".join(f" {quote(f'{name}={value}')}" for name, value in wanted.items())
    given = f" --parameter-overrides{overrides}" if wanted else ""
    return (
        f"aws cloudformation deploy --region {look.made.region}"
        f" --stack-name {look.stage.function_name}-caller --template-file {template(look)}"
        f" --capabilities CAPABILITY_NAMED_IAM{given}"
    )


def property_of(
    role: RoleFacts | None, name: str, value: Any, action: str, commands: Sequence[str]
) -> Remedy:
    """Returns the remedy that sets a property of account B's role."""
    if role is not None and role.declaration is not None:
        declared = role.declaration
        return Remedy(action, (Edit(declared.template, f"{declared.properties}/{name}", value),))
    return Remedy(action, (), tuple(commands))


def list_apis(look: Look) -> str:
    """Returns the command that lists the APIs with their addresses."""
    return (
        f"aws appsync list-graphql-apis --region {look.made.region}"
        ' --query "graphqlApis[].[apiId,name,uris.GRAPHQL]" --output text'
    )


def api_id(look: Look) -> str:
    """Returns the API's id, or what stands for it in a command where it is not known."""
    return look.api.api_id if isinstance(look.api, ApiFacts) else "API_ID"


def show_api(look: Look) -> str:
    """Returns the command that shows the API: its modes, its limits, its web ACL."""
    return f"aws appsync get-graphql-api --region {look.made.region} --api-id {api_id(look)}"


def show_web_acl(look: Look) -> str:
    """Returns the command that shows the rules of AWS WAF before the API."""
    parts, region = look.made.assume_role_arn.split(":"), look.made.region
    arn = f"arn:{parts[1]}:appsync:{region}:{parts[4]}:apis/{api_id(look)}"
    return f"aws wafv2 get-web-acl-for-resource --region {region} --resource-arn {arn}"


def right_url(look: Look) -> Remedy:
    """Returns the remedy for an APPSYNC_URL that leads elsewhere."""
    action = "Compare APPSYNC_URL with the API's own address."
    if not look.is_local:
        return Remedy(action, (), (list_apis(look),))
    if "APPSYNC_URL" in look.stage.variables:
        # The sandbox is one server: AppSync is where its STS is.
        url = f"{look.made.sts_url.rstrip('/')}/graphql"
        return Remedy(action, (variable(look, "APPSYNC_URL", url),))
    return rewired(look, action) if look.is_wired_by_hand else started(look)


def rewired(look: Look, action: str) -> Remedy:
    """Returns the remedy for a wrong wire to the sandbox, which `make run` and the doctor lay."""
    if look.is_wired_by_hand:
        return Remedy(
            f"{action} This shell's own variables lead there; without APPSYNC_URL the doctor finds"
            " the sandbox by itself, as `make run` does.",
            (),
            ("unset APPSYNC_URL",),
        )
    return Remedy(
        f"{action} Both accounts started anew are wired to each other.", (), (make_run(look),)
    )


def without_endpoint(look: Look) -> tuple[str, ...]:
    """Returns the command by which AWS's own STS is asked again, where this shell names another."""
    is_named = "AWS_ENDPOINT_URL_STS" in look.environ
    of_stage = "AWS_ENDPOINT_URL_STS" in look.stage.variables
    return ("unset AWS_ENDPOINT_URL_STS",) if is_named and not of_stage else ()


def set_aside(file: str) -> Remedy:
    """Returns the remedy for a file that nothing can be made of, where git has an earlier one."""
    return Remedy(
        f"Mend {file}: `git diff {file}` shows what was changed. Or let git put the last committed"
        " one back; what was changed is kept in its stash.",
        (),
        (f"git stash push -- {quote(file)}",),
    )


def started(look: Look) -> Remedy:
    """Returns the remedy for a sandbox that does not run where it is looked for."""
    return Remedy(
        "Start both accounts. Where the sandbox runs on another port than 8100, SANDBOX_PORT tells"
        " the doctor too.",
        (),
        (make_run(look),),
    )


def without_settings(look: Look, what: str) -> Remedy:
    """Returns the remedy for a sandbox whose settings break the chain; `what` says by which."""
    return Remedy(
        f"The sandbox was started with {what} in its settings; `make run` starts it without"
        " settings.",
        (),
        (make_run(look),),
    )


def wanted_statement(look: Look, function: Function) -> dict[str, Any]:
    """Returns the statement that a trust policy needs to let the function in, and no other."""
    statement: dict[str, Any] = {
        "Sid": "TrustTheCallersRole",
        "Effect": "Allow",
        "Principal": {"AWS": function.role_arn},
        "Action": decisions.ASSUME_ROLE,
    }
    if look.made.external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": look.made.external_id}}
    return statement


def put_trust(role_name: str, document: Document) -> str:
    """Returns the command that saves a trust policy."""
    text = json.dumps(document, separators=(",", ":"))
    return (
        f"aws iam update-assume-role-policy --role-name {role_name} --policy-document {quote(text)}"
    )


def put_policy(role_name: str, document: Document) -> str:
    """Returns the command that saves the role's identity policy."""
    text = json.dumps(document, separators=(",", ":"))
    return (
        f"aws iam put-role-policy --role-name {role_name} --policy-name {POLICY_NAME}"
        f" --policy-document {quote(text)}"
    )


def listed(document: Mapping[str, Any], key: str = "Statement") -> list[Any]:
    """Returns a policy's element as a list, which it may leave out for a single value."""
    value = document.get(key, [])
    return list(value) if isinstance(value, list) else [value]
