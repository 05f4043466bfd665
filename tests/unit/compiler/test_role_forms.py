"""Account B's role in CloudFormation, Terraform and commands is one role, whatever is asked for."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.cloudformation import TemplateFault
from bridge.compiler.compilation import compile_schema
from bridge.compiler.grants import grants_for
from bridge.compiler.policies import compiled_template
from bridge.compiler.role_forms.commands import commands_text
from bridge.compiler.role_forms.role import role_of
from bridge.compiler.role_forms.terraform import terraform_text
from bridge.compiler.schema import read_built_schema
from bridge.iam import AccessRequest, evaluate
from bridge.project import Project
from tests.support.roles import REGION, B, differences, from_commands, from_template, from_terraform
from tests.support.sandbox import copy_project
from tests.support.schemas import model, schema
from tests.support.shop import BUILT
from tests.support.todo import BUILT_SCHEMA, todo_project

A, API = "111111111111", "a" * 26
TEMPLATE = Project.at(todo_project()).account_b.template.read_text(encoding="utf-8")
# Enough that its policy needs wildcards, and that the types do not fit beside the root fields.
FORTY = schema(
    *(
        model(f"Part{index}OfTheMachine", f"Part{index}OfTheMachines", "label: String!")
        for index in range(40)
    )
)
SCHEMAS = {"todo": BUILT_SCHEMA.read_text(encoding="utf-8"), "shop": BUILT, "forty": FORTY}
CALLER = f"arn:aws:iam::{A}:role/appsync-rest-prod-api_handler"
SESSION = f"arn:aws:sts::{A}:assumed-role/appsync-rest-prod-api_handler/appsync-rest-prod"
PLAIN = {"ApiId": API, "CallerRoleArn": CALLER}
FULL = PLAIN | {
    "CallerAccountId": A,
    "RoleName": "Another+Role",
    "ExternalId": "shared/value",
    "ReadOnly": "true",
    "RolePath": "/team/api/",
    "PermissionsBoundaryArn": f"arn:aws:iam::{B}:policy/limits/Most",
    "Tag1Key": "cost center",
    "Tag1Value": "it/4711 = ours",
    "Tag2Key": "empty",
    "Tag3Key": "team",
    "Tag3Value": "api",
}
PARAMETERS = {
    "plain": PLAIN,
    "full": FULL,
    "session": PLAIN | {"CallerSessionArn": SESSION, "GrantTypes": "true", "Tag2Key": "only"},
}


@cache
def template_of(name):
    """Returns account B's template for one of the schemas."""
    schema = read_built_schema(SCHEMAS[name])
    return compiled_template(TEMPLATE, grants_for(compile_schema(schema).contract, schema))


@dataclass(frozen=True)
class Forms:
    """The three texts."""

    template: str
    terraform: str
    commands: str


def forms_of(name, parameters):
    """Returns the three forms of a schema's role."""
    template = template_of(name)
    role = role_of(template, parameters)
    return Forms(template, terraform_text(role), commands_text(role))


def read_commands(text, folder):
    """Returns the role that a script's text makes."""
    script = folder / "role.sh"
    script.write_text(text)
    return from_commands(script)


@pytest.mark.parametrize("parameters", PARAMETERS.values(), ids=PARAMETERS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_all_forms_make_the_same_role(name, parameters, tmp_path):
    """Name, path, boundary, tags, length of sessions, and both kinds of policies."""
    forms = forms_of(name, parameters)
    wanted = from_template(forms.template, parameters)
    assert differences(from_terraform(forms.terraform), wanted) == ()
    assert differences(read_commands(forms.commands, tmp_path), wanted) == ()
    assert wanted.path == parameters.get("RolePath", "/")
    assert wanted.boundary == parameters.get("PermissionsBoundaryArn")
    tags = ((parameters.get(f"Tag{n}Key"), parameters.get(f"Tag{n}Value", "")) for n in (1, 2, 3))
    assert wanted.tags == {key: value for key, value in tags if key}


@pytest.mark.parametrize("name", SCHEMAS)
def test_all_forms_decide_alike_about_every_field_and_caller(name, tmp_path):
    """Every root field of the schema, and one that it lacks; the function and a stranger."""
    forms = forms_of(name, FULL)
    roles = (
        from_template(forms.template, FULL),
        from_terraform(forms.terraform),
        read_commands(forms.commands, tmp_path),
    )
    schema = read_built_schema(SCHEMAS[name])
    asked = [
        f"types/{root.name}/fields/{field}"
        for root in filter(None, (schema.query_type, schema.mutation_type))
        for field in (*root.fields, "dropEverything")
    ]
    decided = [
        [
            evaluate(
                AccessRequest(
                    f"arn:aws:sts::{B}:assumed-role/Another+Role/appsync-rest",
                    "appsync:GraphQL",
                    f"arn:aws:appsync:{REGION}:{B}:apis/{API}/{field}",
                    B,
                ),
                list(role.policies.values()),
            ).allowed
            for field in asked
        ]
        for role in roles
    ]
    assert decided[0] == decided[1] == decided[2]
    assert set(decided[0]) == {True, False}


def edited(text, *path, to=None):
    """Returns a `.tf.json` with the value at a path replaced, or taken out."""
    document = json.loads(text)
    *way, last = path
    inner = document
    for key in way:
        inner = inner[key]
    if to is None:
        del inner[last]
    else:
        assert inner[last] != to
        inner[last] = to
    return json.dumps(document)


ROLE = ("resource", "aws_iam_role", "caller")
DOCUMENTS = ("data", "aws_iam_policy_document")
TRUST = (*DOCUMENTS, "trust", "statement", 0)
READ = (*DOCUMENTS, "UseTheApisFields", "statement", 0)
IN_TERRAFORM = {
    "another name": ("name", (*ROLE, "name"), "Other"),
    "another path": ("path", (*ROLE, "path"), "/"),
    "longer sessions": ("max_session_seconds", (*ROLE, "max_session_duration"), 43200),
    "no boundary": ("boundary", (*ROLE, "permissions_boundary"), None),
    "another boundary": ("boundary", (*ROLE, "permissions_boundary"), "arn:aws:iam::aws:policy/A"),
    "a tag less": ("tags", (*ROLE, "tags", "team"), None),
    "another tag's value": ("tags", (*ROLE, "tags", "team"), "none"),
    "no condition": ("trust", (*TRUST, "condition"), None),
    "one condition less": ("trust", (*TRUST, "condition", 1), None),
    "another operator": ("trust", (*TRUST, "condition", 0, "test"), "ArnLike"),
    "another caller": ("trust", (*TRUST, "principals", 0, "identifiers", 0), "*"),
    "another action": ("trust", (*TRUST, "actions", 0), "sts:*"),
    "a field less": ("policies", (*READ, "resources", 0), None),
    "all fields": ("policies", (*READ, "resources", 0), "*"),
    "a refusal": ("policies", (*READ, "effect"), "Deny"),
    "more actions": ("policies", (*READ, "actions", 0), "appsync:*"),
    "another secret": ("trust", (*TRUST, "condition", 1, "values"), ["shared"]),
    "older version": ("policies", (*DOCUMENTS, "UseTheApisFields", "version"), "2008-10-17"),
    "no policy": (
        "policies",
        ("resource", "aws_iam_role_policy", "UseTheApisFields"),
        None,
    ),
}


@pytest.mark.parametrize(("attribute", "path", "to"), IN_TERRAFORM.values(), ids=IN_TERRAFORM)
def test_a_difference_planted_in_terraform_is_found(attribute, path, to):
    """In each attribute of the role, and in each part of both kinds of policies."""
    forms = forms_of("todo", FULL)
    text = edited(forms.terraform, *path, to=to)
    assert differences(from_terraform(text), from_template(forms.template, FULL)) == (attribute,)


@pytest.mark.parametrize(
    ("attribute", "old", "new"),
    [
        ("path", "--path /team/api/", "--path /"),
        ("max_session_seconds", "--max-session-duration 3600", "--max-session-duration 7200"),
        ("boundary", r"  --permissions-boundary [^\n]*\n", ""),
        ("tags", r"  --tags [^\n]*\n", ""),
        ("trust", r":iam::111111111111:root", ":iam::333333333333:root"),
        ("policies", r"fields/getTodo", "fields/getToday"),
        ("policies", r"\$\{REGION\}", "us-east-1"),
        ("policies", r"--policy-name UseTheApisFields", "--policy-name Another"),
    ],
)
def test_a_difference_planted_in_the_commands_is_found(attribute, old, new, tmp_path):
    """The script is run, so nothing that it says is overlooked."""
    forms = forms_of("todo", FULL)
    text = re.sub(old, new, forms.commands)
    assert text != forms.commands
    made = read_commands(text, tmp_path)
    assert differences(made, from_template(forms.template, FULL)) == (attribute,)


def test_what_a_shell_or_terraform_would_expand_stays_a_text(tmp_path):
    """An owner's own statement may have a policy variable in it."""
    template = TEMPLATE.replace(
        "            Action: sts:AssumeRole\n",
        "            Action: sts:AssumeRole\n"
        "            NotResource: !Sub 'arn:${!aws:name}`$(x)'\n",
    )
    role = role_of(template, PLAIN)
    wanted = from_template(template, PLAIN)
    (statement,) = wanted.trust.statements
    assert statement.resource is not None
    assert statement.resource.values == ("arn:${aws:name}`$(x)",)
    assert differences(from_terraform(terraform_text(role)), wanted) == ()
    assert differences(read_commands(commands_text(role), tmp_path), wanted) == ()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of its own."""
    return copy_project(tmp_path)


@pytest.mark.parametrize(
    ("form", "file"), [("terraform", "account_b/role.tf.json"), ("cli", "account_b/role.sh")]
)
def test_compile_writes_the_form_that_is_asked_for(root, form, file, capsys):
    """Beside the template, and says for whose terminal it is."""
    given = [each for pair in PLAIN.items() for each in ("--parameter", "=".join(pair))]
    assert main(["compile", "--root", str(root), "--format", form, *given]) == 0
    assert f"account B's role: {file}, for account B's terminal" in capsys.readouterr().out
    text = (root / file).read_text(encoding="utf-8")
    made = from_terraform(text) if form == "terraform" else from_commands(root / file)
    template = (root / "account_b/template.yaml").read_text(encoding="utf-8")
    assert differences(made, from_template(template, PLAIN)) == ()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "cli"], "parameter ApiId must have a value"),
        (["--format", "cli", "--parameter", "ApiId"], "--parameter ApiId: NAME=VALUE is expected"),
        (["--format", "cli", "--parameter", "ApiId=*"], "parameter ApiId must match pattern"),
        (["--format", "cli", "--parameter", "Tag1Value=x"], "parameter ApiId must have a value"),
        (["--parameter", f"ApiId={API}"], "the template takes its parameters where it is deployed"),
    ],
)
def test_a_form_that_cannot_be_filled_in_is_refused_before_anything_is_written(
    root, arguments, told, capsys
):
    """In one line, with the parameter's name."""
    before = (root / "account_b/template.yaml").read_bytes()
    assert main(["compile", "--root", str(root), *arguments]) == 1
    assert told in capsys.readouterr().err
    assert (root / "account_b/template.yaml").read_bytes() == before
    assert not list((root / "account_b").glob("role.*"))


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"Tag1Value": "api"}, "Tag1Value needs Tag1Key"),
        ({"Tag1Key": "a", "Tag3Key": "a"}, "Tag1Key and Tag3Key are the same"),
        ({"RolePath": "team"}, "RolePath must match pattern"),
        ({"RolePath": "/te<am/"}, "RolePath must match pattern"),
        (
            {"PermissionsBoundaryArn": "AdministratorAccess"},
            "PermissionsBoundaryArn must match pattern",
        ),
        ({"Tag1Key": "a${b}"}, "Tag1Key must match pattern"),
    ],
)
def test_a_parameter_that_iam_would_refuse_is_refused_by_the_template(parameters, told):
    """By pattern, or by one of its rules."""
    with pytest.raises(TemplateFault, match=re.escape(told)):
        from_template(TEMPLATE, PLAIN | parameters)
