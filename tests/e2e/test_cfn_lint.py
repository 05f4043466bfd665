"""cfn-lint over every template: it has nothing to say of ours, and finds each fault planted."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
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


# What production.yaml switches on, each on and off; then what account A's role may have.
OF_OPERATIONS: tuple[dict[str, str], ...] = (
    {"AlarmTopicArn": "arn:aws:sns:us-east-1:111111111111:ops"},
    {"Dashboard": "true"},
    {"Tracing": "true"},
)
OF_THE_ROLE = OF_THE_OWNER[1:5]

Parameters = dict[str, str]


def every_combination(options: Sequence[Parameters]) -> list[Parameters]:
    """Returns the parameters of each choice of some of the options."""
    return [reduce(or_, chosen, {}) for chosen in product(*[({}, each) for each in options])]


def every_pair(options: Sequence[Parameters]) -> list[Parameters]:
    """Returns choices among which any two options are both off, both on, and either one on."""
    return [{}, *options, reduce(or_, options)]


def _roles(template: Path, choices: Iterable[Parameters]) -> Any:
    """Returns a template with the role that account B's makes of each choice of OF_THE_OWNER."""
    document = read_template(template.read_text(encoding="utf-8"))
    given = {"ApiId": "a" * 26, "CallerRoleArn": "arn:aws:iam::111111111111:role/fn"}
    roles: dict[str, Any] = {}
    for chosen in choices:
        name = f"Role{len(roles)}"
        parameters = given | {"RoleName": name} | chosen
        stack = Stack(document, parameters, Environment("222222222222", "us-east-1"), lambda *_: "")
        roles[name] = stack.resolve(stack.resources["CrossAccountRole"])
    return {"Resources": roles}


def _production(packaged: Any, choices: Iterable[Parameters]) -> dict[str, Any]:
    """Returns what is merged into the package for each choice, its conditions decided, by a name.

    Those that switch the same on are one template, with each role that they make, unless it is one
    that came.
    """
    text = (PROJECT / ".chalice/production.yaml").read_text(encoding="utf-8")
    document = read_template(text)
    merged = _merged(packaged, document)
    # The API's own paths are the same in each, and linted above.
    merged["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"] = {}
    templates: dict[str, Any] = {}
    roles: set[str] = set()
    switches = {name for each in OF_OPERATIONS for name in each}
    for given in choices:
        on = {name: value for name, value in given.items() if name in switches}
        name = "-".join(["production", *on])
        if name not in templates:
            templates[name] = _decided(merged, document, on)
        made, variant = templates[name], _decided(merged, document, given)
        role = variant["Resources"]["ApiHandlerRole"]
        if (text := json.dumps(role)) in roles:
            continue
        roles.add(text)
        role["Properties"]["RoleName"] = f"Role{len(made['Resources'])}"
        made["Resources"][role["Properties"]["RoleName"]] = role
        made["Parameters"] |= variant["Parameters"]
    return templates


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
        made = shared_package(tmp_path_factory, stage)
        shutil.copy(made.template, folder / f"{stage}.json")
        # The package's zip lies beside its template.
        shutil.copy(made.archive, folder)
    packaged = json.loads((folder / "prod.json").read_text())
    template = deepcopy(packaged)
    for plant in IN_THE_PACKAGE.values():
        plant(template["Resources"])
    (folder / "faulty.json").write_text(json.dumps(template))
    text = (todo_project() / ACCOUNT_B).read_text(encoding="utf-8")
    for old, new in IN_ACCOUNT_B.values():
        assert old in text
        text = text.replace(old, new)
    (folder / "faulty-b.yaml").write_text(text)

    _write_choices(folder, packaged, every_pair)
    return _lint(folder)


def _write_choices(
    folder: Path, packaged: Any, choose: Callable[[Sequence[Parameters]], list[Parameters]]
) -> None:
    """Writes a template of account B's roles, and those of production, for each choice."""
    roles = _roles(todo_project() / ACCOUNT_B, choose(OF_THE_OWNER))
    (folder / "roles.json").write_text(json.dumps(roles))
    chosen = choose((*OF_OPERATIONS, *OF_THE_ROLE))
    for name, made in _production(packaged, chosen).items():
        (folder / f"{name}.json").write_text(json.dumps(made))


def _lint(folder: Path) -> dict[str, set[str]]:
    """Returns the rules that each template of a folder breaks, by its file's name."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix != ".zip")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", *names]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    rules: dict[str, set[str]] = {name: set() for name in names}
    assert run.stdout, run.stderr
    for each in json.loads(run.stdout):
        rules[each["Filename"]].add(each["Rule"]["Id"])
    return rules


@pytest.mark.parametrize("name", [*(f"{stage}.json" for stage in STAGES), "b.yaml", "roles.json"])
def test_a_template_of_ours_has_no_fault(found, name):
    """Neither an error nor a warning in a stage's package, account B's template or its roles."""
    assert found[name] == set()


def test_production_has_no_fault_with_any_two_of_its_parameters(found):
    """Alarms, dashboard, traces; the role's boundary and tags: all off, each on, all on."""
    production = {name: rules for name, rules in found.items() if name.startswith("production")}
    assert len(production) == len(every_pair(OF_OPERATIONS))
    assert set().union(*production.values()) == set()


@pytest.mark.slow
def test_no_combination_of_parameters_has_a_fault(tmp_path_factory, tmp_path):
    """All 128 of production's, and the 64 roles of account B."""
    packaged = shared_package(tmp_path_factory, "prod")
    shutil.copy(packaged.archive, tmp_path)
    template = json.loads(packaged.template.read_text())
    _write_choices(tmp_path, template, every_combination)
    found = _lint(tmp_path)
    assert len(found) == 2 ** len(OF_OPERATIONS) + 1
    made = {name: json.loads((tmp_path / name).read_text())["Resources"] for name in found}
    assert len(made.pop("roles.json")) == 2 ** len(OF_THE_OWNER)
    # Of the switches, traces alone change what the role may do.
    roles = [name for each in made.values() for name in each if name.startswith("Role")]
    assert len(roles) == 2 * 2 ** len(OF_THE_ROLE)
    assert set().union(*found.values()) == set()


@pytest.mark.parametrize("rule", IN_THE_PACKAGE)
def test_a_fault_planted_in_the_package_is_found(found, rule):
    """The rule of the fault is among those that the faulty package breaks."""
    assert rule in found["faulty.json"]


@pytest.mark.parametrize("rule", IN_ACCOUNT_B)
def test_a_fault_planted_in_account_bs_template_is_found(found, rule):
    """The rule of the fault is among those that the faulty template breaks."""
    assert rule in found["faulty-b.yaml"]
