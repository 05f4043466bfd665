"""Both accounts' IAM as it is read from the project's files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.files import FileFault
from bridge.project import Project
from bridge.sandbox.identity.accounts import Accounts
from tests.support.sandbox import RunningSandbox, copy_project

ROLE = "CrossAccountRole"


@pytest.fixture
def project(tmp_path: Path) -> RunningSandbox:
    """Returns copies of the real files, without a server over them."""
    return RunningSandbox("", copy_project(tmp_path), tmp_path / "state")


def fault_of(project: RunningSandbox) -> str:
    """Returns what account B's files are refused for."""
    with pytest.raises(FileFault) as raised:
        _ = Accounts(Project.at(project.root), "local").b
    return str(raised.value)


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_account_a_is_the_role_and_the_function_that_chalice_makes(project, stage):
    """Their names follow from the app's and the stage's."""
    a = Accounts(Project.at(project.root), stage).a
    assert a.role.arn == f"arn:aws:iam::111111111111:role/appsync-rest-{stage}-api_handler"
    assert a.session_name == f"appsync-rest-{stage}"
    assert a.role.arn in a.role_arns
    assert [policy.name for policy in a.role.policies] == [f"policy-{stage}.json"]


def test_a_role_made_elsewhere_keeps_its_name_and_path(project):
    """`manage_iam_role: false` with an ARN, as the article does it."""
    arn = "arn:aws:iam::111111111111:role/service/TodoLambdaRole"

    def declare(config):
        config["stages"]["local"] |= {"manage_iam_role": False, "iam_role_arn": arn}

    project.edit_json(".chalice/config.json", declare)
    role = Accounts(Project.at(project.root), "local").a.role
    assert (role.arn, role.name) == (arn, "TodoLambdaRole")
    assert role.session_arn("s") == "arn:aws:sts::111111111111:assumed-role/TodoLambdaRole/s"


def test_account_b_is_the_stack_of_the_template(project):
    """One role, with the parameters' name, its limits and its policies."""
    b = Accounts(Project.at(project.root), "local").b
    assert b.api_id == "sandboxsandboxsandboxsandb"
    (role,) = b.roles.values()
    assert role.arn == "arn:aws:iam::222222222222:role/TodoCrossAccountRole"
    assert role.max_session_seconds == 3600
    assert [policy.name for policy in role.policies] == ["UseTheApisFields"]


def test_a_role_may_have_a_path_that_its_sessions_do_not_show(project):
    """As IAM leaves it out of a session's ARN."""
    project.edit_template(lambda it: it["Resources"][ROLE]["Properties"].update(Path="/cross/"))
    (role,) = Accounts(Project.at(project.root), "local").b.roles.values()
    assert role.arn == "arn:aws:iam::222222222222:role/cross/TodoCrossAccountRole"
    assert role.session_arn("s").endswith(":assumed-role/TodoCrossAccountRole/s")


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/X"]}, "does not know ManagedPolicyArns"),
        ({"PermissionsBoundary": "arn:aws:iam::aws:policy/X"}, "PermissionsBoundary"),
        ({"RoleName": {"Ref": "AWS::NoValue"}}, "needs a RoleName"),
        ({"RoleName": {"Fn::Select": [0, ["a"]]}}, "does not know the function Fn::Select"),
        ({"AssumeRolePolicyDocument": {"Ref": "AWS::NoValue"}}, "needs an AssumeRolePolicy"),
    ],
)
def test_a_property_that_cannot_be_evaluated_is_refused(project, properties, told):
    """It would change the role's rights, so it is not ignored."""
    project.edit_template(lambda it: it["Resources"][ROLE]["Properties"].update(properties))
    assert told in fault_of(project)


def test_a_policy_beside_the_role_is_refused(project):
    """The sandbox reads inline policies alone, and says so."""
    policy: dict[str, Any] = {"Type": "AWS::IAM::Policy", "Properties": {}}
    project.edit_template(lambda it: it["Resources"].update(Extra=policy))
    assert "Extra: the sandbox does not know AWS::IAM::Policy" in fault_of(project)


def test_a_trust_policy_that_aws_would_not_save_is_refused(project):
    """A wildcard inside a session's ARN, the most frequent one."""

    def trust_all_sessions(template):
        trust = template["Resources"][ROLE]["Properties"]["AssumeRolePolicyDocument"]
        trust["Statement"][0]["Principal"] = {
            "AWS": "arn:aws:sts::111111111111:assumed-role/appsync-rest-local/*"
        }

    project.edit_template(trust_all_sessions)
    assert "invalid principal" in fault_of(project)


def test_the_parameters_are_held_to_the_templates_patterns(project):
    """As CloudFormation refuses to make the stack."""
    project.edit("account_b/sandbox/parameters.json", "sandboxsandboxsandboxsandb", "Short")
    assert "parameter ApiId must match pattern" in fault_of(project)


def test_an_entry_of_the_admin_list_may_name_the_environment(project):
    """Amplify puts its environment's name in place of ${env}."""
    project.edit("account_b/amplify/custom-roles.json", "TodoCrossAccountRole", "Role-${env}")
    assert Accounts(Project.at(project.root), "local").admin_roles == ("Role-local",)


def properties_of(change: Callable[[dict[str, Any]], None]) -> Callable[[Any], None]:
    """Returns a change of the role's properties as one of the template."""
    return lambda template: change(template["Resources"][ROLE]["Properties"])


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (
            properties_of(lambda role: role.update(MaxSessionDuration="one hour")),
            "CrossAccountRole.MaxSessionDuration must be a whole number, not 'one hour'",
        ),
        (
            properties_of(lambda role: role.update(MaxSessionDuration=60)),
            "CrossAccountRole.MaxSessionDuration must be from 900 to 43200",
        ),
        (properties_of(lambda role: role.update(Tags=[{"Key": "a"}])), "CrossAccountRole.Tags"),
        (properties_of(lambda role: role.update(Policies={})), "CrossAccountRole.Policies must be"),
        (properties_of(lambda role: role.update(Path=5)), "CrossAccountRole.Path is no path"),
        (lambda it: it["Parameters"].update(ApiId=None), "Parameters.ApiId must be an object"),
        (
            lambda it: it["Parameters"].update(More={"Default": "x", "MinLength": "few"}),
            "MinLength",
        ),
        (
            lambda it: it["Parameters"].update(More={"Default": "x", "AllowedPattern": "("}),
            "Parameters.More.AllowedPattern",
        ),
        (lambda it: it["Resources"].update(Other=[]), "Resources.Other must be an object"),
        (lambda it: it.update(Rules={"R": {}}), "Rules.R.Assertions needs a list"),
        (lambda it: it.update(Conditions=[]), "Conditions must be an object"),
    ],
)
def test_a_malformed_place_of_the_template_is_named(project, change, place):
    """The file and the place, in a line; nothing else is raised."""
    project.edit_template(change)
    fault = fault_of(project)
    assert fault.startswith(f"{project.root / 'account_b' / 'template.yaml'}: ")
    assert place in fault


@pytest.mark.parametrize("opened", ["[", '{"Fn::Sub":'])
def test_a_template_nested_beyond_reason_is_a_fault(project, opened):
    """However deep it goes, the process goes on."""
    path = project.root / "account_b" / "template.yaml"
    closed = "]" if opened == "[" else "}"
    deep = f'{opened * 5000}"x"{closed * 5000}'
    path.write_text(f'{{"Resources": {{"R": {{"Type": "AWS::IAM::Role", "Properties": {deep}}}}}}}')
    (project.root / "account_b" / "sandbox" / "parameters.json").write_text("[]")
    assert fault_of(project).startswith(f"{path}: ")


def test_conditions_that_go_in_a_circle_are_a_fault(project):
    """CloudFormation refuses them as well."""
    circle = {"Fn::Not": [{"Condition": "HasExternalId"}]}
    project.edit_template(lambda it: it["Conditions"].update(HasExternalId=circle))
    assert "in a circle" in fault_of(project)


def test_a_parameter_that_does_not_fit_is_told_of_its_own_file(project):
    """The value is in the parameters' file; the rule that it breaks in the template."""
    project.edit_json(
        "account_b/sandbox/parameters.json",
        lambda listed: listed.append({"ParameterKey": "Other", "ParameterValue": "x"}),
    )
    fault = fault_of(project)
    assert "parameters.json: template.yaml: Parameters: [Other] do not exist" in fault


def test_an_edit_of_the_schema_files_counts_for_the_next_request(sandbox):
    """A new field is there at once; a malformed file, or a source that does not fit, is named."""
    query = "{ listTodos { items { id extra } } }"
    assert "FieldUndefined" in sandbox.graphql(query).text
    built = sandbox.root / "account_b" / "built-schema.graphql"
    text = built.read_text()
    built.write_text(text.replace("type Todo {", "type Todo {\n  extra: String"))
    assert sandbox.graphql(query).json() == {"data": {"listTodos": {"items": []}}}
    built.write_text("type Query {")
    broken = sandbox.graphql(query)
    assert (broken.status_code, "built-schema.graphql: Syntax Error" in broken.text) == (500, True)
    built.write_text(text)
    source = sandbox.root / "account_b" / "schema.graphql"
    source.write_text("type Todo @model { id: ID! colour: String }")
    unfit = sandbox.graphql(query).json()["errors"][0]
    assert unfit["errorType"] == "SandboxFileFault"
    assert (
        "schema.graphql: does not fit built-schema.graphql: the source's Todo.colour"
        in (unfit["message"])
    )
