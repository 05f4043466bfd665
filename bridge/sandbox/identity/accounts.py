"""Both accounts' IAM as the project's files declare it: roles, policies and the admin list.

Account A is `.chalice/config.json` with its stage's policy file; account B is its folder's
`template.yaml` with `sandbox/parameters.json`, and `amplify/custom-roles.json`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bridge.cloudformation import (
    Environment,
    ParameterFault,
    Stack,
    TemplateFault,
    mapping,
    read_template,
    whole,
)
from bridge.files import FileFault, read_json, read_object, read_text
from bridge.iam import Policy, PolicyError
from bridge.project import CONFIG, Project, Stage
from bridge.sandbox.files import Fingerprint, Watched
from bridge.sandbox.identity.changes import ChangedRole, Changes, read_changes, write_changes

ACCOUNT_A = "111111111111"
ACCOUNT_B = "222222222222"
REGION = "us-east-1"

# Source: IAM API Reference, CreateRole.
_DEFAULT_SESSION_SECONDS = 3600
# From the shortest session of a role to the longest. IAM itself saves no role with less than 3,600:
# a shorter one is let through to show what becomes of it.
_SESSION_SECONDS = range(900, 43201)
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ROLE_PATH = re.compile(r"/|/[\x21-\x7e]+/")
# What would change a role's rights and is not evaluated here: refused, lest it be ignored.
_UNSUPPORTED_PROPERTIES = ("ManagedPolicyArns", "PermissionsBoundary")
_UNSUPPORTED_RESOURCES = (
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
)


@dataclass(frozen=True)
class Role:
    """A role of either account.

    Attributes:
        arn: With its path.
        policies: Its identity policies.
        trust: The trust policy's document; None for a role that nobody assumes here.
        max_session_seconds: Its MaxSessionDuration.
        tags: Its own tags, which its sessions have as principal tags.
        resource: The template's resource that makes it; empty for a role of account A.
    """

    arn: str
    policies: tuple[Policy, ...]
    trust: Mapping[str, Any] | None = None
    max_session_seconds: int = 3600
    tags: Mapping[str, str] = field(default_factory=dict)
    resource: str = ""

    @property
    def name(self) -> str:
        """Returns the name, without the path."""
        return self.arn.rpartition("/")[2]

    @property
    def account(self) -> str:
        """Returns the account's 12 digits."""
        return self.arn.split(":")[4]

    def session_arn(self, session_name: str) -> str:
        """Returns the ARN of a session of this role, which has no path."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{session_name}"


@dataclass(frozen=True)
class AccountA:
    """The function that calls.

    Attributes:
        role: The function's role.
        session_name: The function's name, which Lambda gives to its session.
        role_arns: The roles of all stages: those that exist in the account.
    """

    role: Role
    session_name: str
    role_arns: frozenset[str]


@dataclass(frozen=True)
class AccountB:
    """The stack that the template makes.

    Attributes:
        api_id: The AppSync API's id.
        roles: By ARN.
        version_of_files: Tells one version of the template and its parameters from the next.
        trust_saves: How often a trust policy was saved since.
    """

    api_id: str
    roles: Mapping[str, Role]
    version_of_files: str
    trust_saves: int = 0

    @property
    def version(self) -> str:
        """Returns what tells one saved version of the trust policies from the next."""
        saves = f" {self.trust_saves}" if self.trust_saves else ""
        return f"{self.version_of_files}{saves}"


class Accounts:
    """Reads the files, anew when they change. Every property raises FileFault."""

    def __init__(self, project: Project, stage: str, changes: Path | None = None) -> None:
        """Takes what it reads.

        Args:
            project: Whose files they are.
            stage: The one of Chalice's stages that calls.
            changes: Where the changes that IAM's own API makes are kept; None to keep none.
        """
        self._project = project
        self._stage = stage
        files = project.account_b
        self._template = files.template
        self._parameters = files.parameters
        self._custom_roles = files.custom_roles
        self._watched_stages = Watched((project.config,), lambda _: project.stages())
        self._watched_a: tuple[Path, Watched[AccountA]] | None = None
        self._changes = changes
        files_of_b = (self._template, self._parameters, *((changes,) if changes else ()))
        self._watched_b = Watched(files_of_b, self._read_b)
        self._watched_admins = Watched((self._custom_roles,), lambda _: self._read_admins())

    @property
    def a(self) -> AccountA:
        """Returns account A."""
        policy = self._policy_file()
        if self._watched_a is None or self._watched_a[0] != policy:
            watched = Watched((self._project.config, policy), lambda _: self._read_a(policy))
            self._watched_a = (policy, watched)
        return self._watched_a[1].value()

    @property
    def b(self) -> AccountB:
        """Returns account B."""
        return self._watched_b.value()

    @property
    def admin_roles(self) -> tuple[str, ...]:
        """Returns the entries of custom-roles.json; there are none without the file."""
        return self._watched_admins.value()

    def save_role(self, role: Role, *, saves_trust: bool = False) -> None:
        """Keeps a role of account B as IAM's own API has changed it.

        Args:
            role: As it is from now on.
            saves_trust: Whether its trust policy was saved, be it the same one.

        Raises:
            FileFault: The change cannot be kept.
        """
        if self._changes is None:
            raise LookupError(role.arn)
        before = read_changes(self._changes, self.b.version_of_files)
        changed = ChangedRole(
            trust=role.trust or {},
            policies={policy.name: policy.document for policy in role.policies},
            max_session_seconds=role.max_session_seconds,
        )
        roles, saves = {**before.roles, role.arn: changed}, before.trust_saves + saves_trust
        write_changes(self._changes, Changes(before.of, roles, saves))

    def _caller(self) -> Stage:
        stages = self._watched_stages.value()
        if self._stage not in stages:
            raise FileFault(self._project.config, f"has no stage {self._stage}")
        return stages[self._stage]

    def _policy_file(self) -> Path:
        # The sandbox judges a role that was made elsewhere by the file that it would have.
        own = self._caller().policy_file or CONFIG.parent / f"policy-{self._stage}.json"
        return self._project.root / own

    def _read_a(self, policy_file: Path) -> AccountA:
        caller, stages = self._caller(), self._watched_stages.value()
        policy = _policy(policy_file, read_object(policy_file), policy_file.name)
        return AccountA(
            role=Role(_role_arn(caller), (policy,)),
            session_name=caller.function_name,
            role_arns=frozenset(map(_role_arn, stages.values())),
        )

    def _read_b(self, fingerprint: Fingerprint) -> AccountB:
        parameters = _parameters(self._parameters)
        try:
            document = read_template(read_text(self._template))
            stack = Stack(document, parameters, Environment(ACCOUNT_B, REGION), _attribute)
            roles = [
                _role(name, mapping(properties, f"{name}.Properties"), self._template)
                for name, resource in stack.resources.items()
                if stack.is_made(resource) and _is_role(name, resource)
                for properties in [stack.resolve(resource.get("Properties", {}))]
            ]
        except ParameterFault as fault:
            raise FileFault(self._parameters, f"{self._template.name}: {fault}") from fault
        except TemplateFault as fault:
            raise FileFault(self._template, fault) from fault
        except RecursionError:
            raise FileFault(self._template, "nested too deeply, or in a circle") from None
        if "ApiId" not in parameters:
            raise FileFault(self._parameters, "ApiId is missing")
        # The stamps of the template and the parameters, without the changes' own.
        changes = read_changes(self._changes, repr(fingerprint[:2]))
        return AccountB(
            parameters["ApiId"],
            {role.arn: self._changed(role, changes.roles.get(role.arn)) for role in roles},
            changes.of,
            changes.trust_saves,
        )

    def _changed(self, role: Role, change: ChangedRole | None) -> Role:
        if change is None or self._changes is None:
            return role
        file = self._changes
        _policy(file, change.trust, f"{role.name} trust policy")
        return replace(
            role,
            trust=change.trust,
            policies=tuple(_policy(file, each, name) for name, each in change.policies.items()),
            max_session_seconds=change.max_session_seconds,
        )

    def _read_admins(self) -> tuple[str, ...]:
        if not self._custom_roles.exists():
            return ()
        listed = read_object(self._custom_roles).get("adminRoleNames", [])
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            # What the Amplify CLI says of a text where the array belongs.
            raise FileFault(self._custom_roles, "adminRoleNames.map is not a function")
        return tuple(name.replace("${env}", self._stage) for name in listed)


def _role_arn(stage: Stage) -> str:
    return stage.role_arn or f"arn:aws:iam::{ACCOUNT_A}:role/{stage.role_name}"


def _parameters(path: Path) -> dict[str, str]:
    listed = read_json(path)
    try:
        values = {item["ParameterKey"]: item["ParameterValue"] for item in listed}
    except (TypeError, KeyError, IndexError) as error:
        raise FileFault(path, "must list ParameterKey and ParameterValue") from error
    for name, value in values.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise FileFault(path, f"{name}: ParameterKey and ParameterValue must be texts")
        if not value.isprintable():
            raise FileFault(path, f"{name} holds a character that no parameter has")
    return values


def _is_role(name: str, resource: Mapping[str, Any]) -> bool:
    kind = resource.get("Type")
    if kind in _UNSUPPORTED_RESOURCES:
        raise TemplateFault(f"{name}: the sandbox does not know {kind}; put the policy in the role")
    return kind == "AWS::IAM::Role"


def _attribute(stack: Stack, resource: str, attribute: str | None) -> str:
    declared = stack.resources[resource]
    if declared.get("Type") != "AWS::IAM::Role" or attribute not in (None, "Arn"):
        raise TemplateFault(f"the sandbox does not know {resource}.{attribute or 'Ref'}")
    properties = mapping(declared.get("Properties", {}), f"{resource}.Properties")
    name = str(stack.resolve(properties.get("RoleName", "")))
    return (
        name if attribute is None else _arn(str(stack.resolve(properties.get("Path", "/"))), name)
    )


def _arn(path: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_B}:role{path}{name}"


def _role(resource: str, properties: Mapping[str, Any], template: Path) -> Role:
    for name in _UNSUPPORTED_PROPERTIES:
        if properties.get(name):
            raise TemplateFault(f"{resource}: the sandbox does not know {name}")
    role_name = properties.get("RoleName")
    if not role_name:
        raise TemplateFault(f"{resource} needs a RoleName: account A must know its ARN beforehand")
    if not isinstance(role_name, str) or not _ROLE_NAME.fullmatch(role_name):
        raise TemplateFault(f"{resource}.RoleName is no name of a role: {role_name!r:.80}")
    path = properties.get("Path", "/")
    if not isinstance(path, str) or not _ROLE_PATH.fullmatch(path):
        raise TemplateFault(f"{resource}.Path is no path of a role: {path!r:.80}")
    trust = properties.get("AssumeRolePolicyDocument")
    if not isinstance(trust, dict):
        raise TemplateFault(f"{resource} needs an AssumeRolePolicyDocument")
    _policy(template, trust, f"{role_name} trust policy")
    return Role(
        arn=_arn(path, role_name),
        policies=tuple(
            _policy(template, policy.get("PolicyDocument"), str(policy.get("PolicyName")))
            for policy in _objects(properties, "Policies", resource)
        ),
        trust=trust,
        max_session_seconds=_session_seconds(properties, resource),
        tags=dict(_tags(properties, resource)),
        resource=resource,
    )


def _session_seconds(properties: Mapping[str, Any], resource: str) -> int:
    place = f"{resource}.MaxSessionDuration"
    seconds = whole(properties.get("MaxSessionDuration"), place)
    if seconds is None:
        return _DEFAULT_SESSION_SECONDS
    if seconds not in _SESSION_SECONDS:
        raise TemplateFault(
            f"{place} must be from {_SESSION_SECONDS.start} to {_SESSION_SECONDS.stop - 1}"
        )
    return seconds


def _tags(properties: Mapping[str, Any], resource: str) -> Iterator[tuple[str, str]]:
    for tag in _objects(properties, "Tags", resource):
        key, value = tag.get("Key"), tag.get("Value")
        if not isinstance(key, str) or not isinstance(value, str):
            raise TemplateFault(f"{resource}.Tags: a tag needs a Key and a Value")
        yield key, value


def _objects(properties: Mapping[str, Any], name: str, resource: str) -> list[Mapping[str, Any]]:
    listed = properties.get(name, [])
    if not isinstance(listed, list):
        raise TemplateFault(f"{resource}.{name} must be a list")
    return [mapping(item, f"{resource}.{name}") for item in listed]


def _policy(path: Path, document: Any, name: str) -> Policy:
    try:
        return Policy.parse(document, name)
    except PolicyError as error:
        raise FileFault(path, error) from error
