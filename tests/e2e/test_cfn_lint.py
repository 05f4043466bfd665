"""cfn-lint over every template: it has nothing to say of ours, and finds each fault planted."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import product
from operator import or_
from pathlib import Path
from typing import Any

import pytest

from bridge.cloudformation import Environment, Stack, read_template
from tests.e2e.support.project import shared_package
from tests.support.todo import PROJECT, todo_project

STAGES = ("local", "dev", "prod")
ACCOUNT_B = "account_b/template.yaml"
NOTHING_FOUND = 0


def _policy(resources: Any) -> Any:
    return resources["ApiHandlerRole"]["Properties"]["Policies"][0]["PolicyDocument"]


# By cfn-lint's rule, what is done to the package's resources.
IN_THE_PACKAGE: dict[str, Callable[[Any], object]] = {
    "E3002": lambda it: it["APIHandler"]["Properties"].update(Memory=1),
    "E3034": lambda it: it["APIHandler"]["Properties"].update(MemorySize=64),
    "E3510": lambda it: _policy(it)["Statement"][0].update(Effect="Permit"),
    "E1020": lambda it: it["APIHandler"]["Properties"].update(Description={"Ref": "Stage"}),
    "E1010": lambda it: it["APIHandler"]["Properties"].update(
        Layers=[{"Fn::GetAtt": ["ApiHandlerRole", "Name"]}]
    ),
    "E3030": lambda it: it["APIHandler"]["Properties"].update(PackageType="Tar"),
    "E3015": lambda it: it["ApiHandlerRole"].update(Condition="Wanted"),
}
# By cfn-lint's rule, what is replaced in account B's template and by what.
IN_ACCOUNT_B = {
    "E3510": ("Effect: Allow", "Effect: Alow"),
    "E6101": ("CrossAccountRole.Arn", "CrossAccountRole.Arm"),
    "E3034": ("MaxSessionDuration: 3600", "MaxSessionDuration: 99999"),
    "E1020": ("!Ref RoleName", "!Ref NameOfRole"),
    "E1028": ("- MayWrite", "- MayChange"),
    "W3037": ("appsync:GraphQL", "appsync:GraphQl2"),
}


# Account B's parameters about which the role's owner may have rules, each on and off.
OF_THE_OWNER: tuple[dict[str, str], ...] = (
    {"RolePath": "/team/api/"},
    {"PermissionsBoundaryArn": "arn:aws:iam::222222222222:policy/limits/Most"},
    {"Tag1Key": "team", "Tag1Value": "api"},
    {"Tag2Key": "cost center"},
    {"Tag3Key": "data:class", "Tag3Value": "a/b = c"},
    {"ReadOnly": "true"},
)


def _roles(template: Path) -> Any:
    """Returns a template with the role that account B's makes of each combination of them."""
    document = read_template(template.read_text(encoding="utf-8"))
    given = {"ApiId": "a" * 26, "CallerRoleArn": "arn:aws:iam::111111111111:role/fn"}
    roles: dict[str, Any] = {}
    for chosen in product(*[({}, each) for each in OF_THE_OWNER]):
        name = f"Role{len(roles)}"
        parameters = reduce(or_, chosen, given | {"RoleName": name})
        stack = Stack(document, parameters, Environment("222222222222", "us-east-1"), lambda *_: "")
        roles[name] = stack.resolve(stack.resources["CrossAccountRole"])
    assert len(roles) == 2 ** len(OF_THE_OWNER)
    return {"Resources": roles}


# What production.yaml switches on, each on and off; then what account A's role may have.
OF_OPERATIONS: tuple[dict[str, str], ...] = (
    {"AlarmTopicArn": "arn:aws:sns:us-east-1:111111111111:ops"},
    {"Dashboard": "true"},
    {"Tracing": "true"},
)
OF_THE_ROLE = OF_THE_OWNER[1:5]


def _production(packaged: Any) -> Iterator[tuple[str, Any]]:
    """Gives what is merged into the package for each combination, its conditions decided.

    The role comes once for each combination of its own parameters, unless it is one that came.
    """
    text = (PROJECT / ".chalice/production.yaml").read_text(encoding="utf-8")
    document = read_template(text)
    merged = _merged(packaged, document)
    # The API's own paths are the same in each, and linted above.
    merged["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"] = {}
    roles: set[str] = set()
    for chosen in product(*[({}, each) for each in OF_OPERATIONS]):
        given: dict[str, str] = reduce(or_, chosen, {})
        made = _decided(merged, document, given)
        for own in product(*[({}, each) for each in OF_THE_ROLE]):
            variant = _decided(merged, document, reduce(or_, own, given))
            role = variant["Resources"]["ApiHandlerRole"]
            if (text := json.dumps(role)) in roles:
                continue
            roles.add(text)
            name = f"Role{len(made['Resources'])}"
            role["Properties"]["RoleName"] = name
            made["Resources"][name] = role
            made["Parameters"] |= variant["Parameters"]
        yield "-".join(["production", *given]), made
    # Traces alone change what the role may do.
    assert len(roles) == 2 * 2 ** len(OF_THE_ROLE)


def _merged(one: Any, other: Any) -> Any:
    """Returns two templates as one, as `chalice package --merge-template` makes it."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys()}
    return one | other | both


def _decided(merged: Any, document: Any, given: dict[str, str]) -> Any:
    """Returns a template without conditions: each is decided by the parameters."""
    stack = Stack(document, given, Environment("111111111111", "us-east-1"), lambda *_: "")

    def decide(value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(decide, value) if each != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Fn::If"}:
            name, then, otherwise = value["Fn::If"]
            return decide(then if stack.is_made({"Condition": name}) else otherwise)
        inner = {key: decide(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each != {"Ref": "AWS::NoValue"}}

    kept = {
        name: {key: decide(each) for key, each in resource.items() if key != "Condition"}
        for name, resource in merged["Resources"].items()
        if stack.is_made(resource)
    }
    text = json.dumps(kept)
    parameters = {
        name: {**declared, "Default": given.get(name, declared.get("Default"))}
        for name, declared in document["Parameters"].items()
        if f'"{name}"' in text or f"${{{name}}}" in text
    }
    return {"Transform": merged["Transform"], "Parameters": parameters, "Resources": kept}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Returns the rules that each template breaks, by its file's name; one run reads them all."""
    folder: Path = tmp_path_factory.mktemp("lint")
    shutil.copy(todo_project() / ACCOUNT_B, folder / "b.yaml")
    for stage in STAGES:
        packaged = shared_package(tmp_path_factory, stage)
        shutil.copy(packaged.template, folder / f"{stage}.json")
        # The package's zip lies beside its template.
        shutil.copy(packaged.archive, folder)
    template = json.loads((folder / "prod.json").read_text())
    for plant in IN_THE_PACKAGE.values():
        plant(template["Resources"])
    (folder / "faulty.json").write_text(json.dumps(template))
    text = (todo_project() / ACCOUNT_B).read_text(encoding="utf-8")
    for old, new in IN_ACCOUNT_B.values():
        assert old in text
        text = text.replace(old, new)
    (folder / "faulty-b.yaml").write_text(text)

    (folder / "roles.json").write_text(json.dumps(_roles(folder / "b.yaml")))
    prod = json.loads((folder / "prod.json").read_text())
    for name, made in _production(prod):
        (folder / f"{name}.json").write_text(json.dumps(made))
    names = sorted(path.name for path in folder.iterdir() if path.suffix != ".zip")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", *names]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode != NOTHING_FOUND, run.stderr
    rules: dict[str, set[str]] = {name: set() for name in names}
    for each in json.loads(run.stdout):
        rules[each["Filename"]].add(each["Rule"]["Id"])
    return rules


@pytest.mark.parametrize("name", [*(f"{stage}.json" for stage in STAGES), "b.yaml", "roles.json"])
def test_a_template_of_ours_has_no_fault(found, name):
    """Neither an error nor a warning in a stage's package, account B's template or its roles."""
    assert found[name] == set()


def test_production_has_no_fault_in_any_combination_of_its_parameters(found):
    """Alarms, dashboard, traces; the role's boundary and tags: 128 of them."""
    combinations = {name: rules for name, rules in found.items() if name.startswith("production")}
    assert len(combinations) == 2 ** len(OF_OPERATIONS)
    assert set().union(*combinations.values()) == set()


@pytest.mark.parametrize("rule", IN_THE_PACKAGE)
def test_a_fault_planted_in_the_package_is_found(found, rule):
    """The rule of the fault is among those that the faulty package breaks."""
    assert rule in found["faulty.json"]


@pytest.mark.parametrize("rule", IN_ACCOUNT_B)
def test_a_fault_planted_in_account_bs_template_is_found(found, rule):
    """The rule of the fault is among those that the faulty template breaks."""
    assert rule in found["faulty-b.yaml"]
