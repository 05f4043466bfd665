"""The one place that knows the project's files, account B's folder and Chalice's stages."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.errors import KnownError
from bridge.files import FileFault, read_object

# Relative to the project's root.
CONFIG = Path(".chalice/config.json")
CONTRACT = Path("chalicelib/contract/contract.json")
OPENAPI = Path("chalicelib/contract/openapi.json")
ACCOUNT_B = Path("account_b")
STATE = Path(".sandbox")

LOCAL_STAGE = "local"
MAX_PORT = 65_535
ROLE_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/(?:[\w+=,.@/-]+/)?(?P<name>[\w+=,.@-]+)",
    re.ASCII,
)


class ProjectError(KnownError):
    """The project's files do not fit together; the message says why."""


@dataclass(frozen=True)
class AccountBFolder:
    """A folder that describes an account B.

    Attributes:
        folder: Where it is.
    """

    folder: Path

    @property
    def schema(self) -> Path:
        """What its owner wrote, with `@model` and the other directives; may be missing."""
        return self.folder / "schema.graphql"

    @property
    def built_schema(self) -> Path:
        """What Amplify's transformer made of it: what the API really has."""
        return self.folder / "built-schema.graphql"

    @property
    def rest(self) -> Path:
        """What the REST API leaves out and how it shows values; may be missing."""
        return self.folder / "rest.toml"

    @property
    def template(self) -> Path:
        """The CloudFormation template of the role that account A assumes."""
        return self.folder / "template.yaml"

    @property
    def terraform(self) -> Path:
        """The same role for Terraform, where it was asked for."""
        return self.folder / "role.tf.json"

    @property
    def commands(self) -> Path:
        """The same role as commands of the AWS CLI, where it was asked for."""
        return self.folder / "role.sh"

    @property
    def page(self) -> Path:
        """What its owner reads; may be missing."""
        return self.folder / "README.md"

    @property
    def custom_roles(self) -> Path:
        """Amplify's list of the roles that its resolvers let in."""
        return self.folder / "amplify" / "custom-roles.json"

    @property
    def parameters(self) -> Path:
        """The template's parameters in the sandbox."""
        return self.folder / "sandbox" / "parameters.json"

    @property
    def functions(self) -> Path:
        """Stand-ins for its Lambda functions in the sandbox; may be missing."""
        return self.folder / "sandbox" / "functions.py"


@dataclass(frozen=True)
class Stage:
    """One stage of account A.

    Attributes:
        name: As config.json calls it.
        app_name: The app's name.
        variables: The function's environment variables.
        policy_file: The role's policy, relative to the project; None where Chalice does not make
            the role.
        role_arn: The role's ARN where it was made elsewhere; None where Chalice makes it.
    """

    name: str
    app_name: str
    variables: Mapping[str, str]
    policy_file: Path | None
    role_arn: str | None

    @property
    def function_name(self) -> str:
        """The Lambda function's name, which is also its role's session name."""
        return f"{self.app_name}-{self.name}"

    @property
    def role_name(self) -> str:
        """The name of the function's role, as `chalice deploy` gives it."""
        if self.role_arn is not None:
            return self.role_arn.rpartition("/")[2]
        return f"{self.function_name}-api_handler"


@dataclass(frozen=True)
class Project:
    """A project's folder, with the account B that it is about.

    Attributes:
        root: The folder that holds app.py and `.chalice`.
        account_b: The project's own, or another folder like it.
    """

    root: Path
    account_b: AccountBFolder

    @classmethod
    def at(cls, root: Path, account_b: Path | None = None) -> "Project":
        """Returns the project at `root`, about its own account B or the one in another folder."""
        return cls(root, AccountBFolder(account_b or root / ACCOUNT_B))

    @property
    def has_own_account_b(self) -> bool:
        """Whether account B is the one that the project is deployed for."""
        return self.account_b.folder.resolve() == (self.root / ACCOUNT_B).resolve()

    @property
    def config(self) -> Path:
        """Chalice's configuration: the stages."""
        return self.root / CONFIG

    @property
    def contract(self) -> Path:
        """The compiled REST API."""
        return self.root / CONTRACT

    @property
    def state(self) -> Path:
        """What outlives a run of the sandbox, for each account B its own."""
        if self.has_own_account_b:
            return self.root / STATE
        parts = self.account_b.folder.resolve().parts
        own = self.root.resolve().parts
        below = parts[len(own) :] if parts[: len(own)] == own else parts[1:]
        return self.root / STATE / "-".join(below)

    def shown(self, path: Path) -> str:
        """Returns a path as it is shown: relative to the project where it lies in it."""
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)

    def stages(self) -> dict[str, Stage]:
        """Returns account A's stages by name.

        Raises:
            FileFault: config.json is missing or malformed.
        """
        return stages_of(read_config(self.root), self.config)

    def stage(self, name: str) -> Stage:
        """Returns the stage of a name.

        Raises:
            FileFault: config.json is missing or malformed.
            ProjectError: There is no such stage.
        """
        stages = self.stages()
        if name not in stages:
            raise ProjectError(f"there is no stage {name}: there are {', '.join(stages)}")
        return stages[name]


def add_project_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments that tell which project a command is about."""
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder")
    add_account_b_argument(parser)


def add_account_b_argument(parser: argparse.ArgumentParser) -> None:
    """Declares the argument that takes another account B."""
    parser.add_argument(
        "--account-b", type=Path, metavar="DIR", help="a folder like account_b/, in its place"
    )


def add_state_argument(parser: argparse.ArgumentParser) -> None:
    """Declares the argument that names the sandbox's state folder; the default is the project's."""
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help=f"the sandbox's data (default: {STATE})"
    )


def port(text: str) -> int:
    """Returns a TCP port; 0 means a free one.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text} is no port: a number from 0 to {MAX_PORT}")
    return int(text)


def project_of(arguments: argparse.Namespace) -> Project:
    """Returns the project that a command's arguments name.

    Raises:
        ProjectError: There is no such folder of an account B.
    """
    folder = arguments.account_b
    if folder is not None and not folder.is_dir():
        raise ProjectError(f"--account-b {folder}: there is no such folder")
    return Project.at(arguments.root, folder)


def read_config(root: Path) -> dict[str, Any]:
    """Returns what config.json under the project's root holds.

    Raises:
        FileFault: It is missing or malformed.
    """
    path = root / CONFIG
    config = dict(read_object(path))
    if not (isinstance(config.get("app_name"), str) and isinstance(config.get("stages"), dict)):
        raise FileFault(path, "an object with `app_name` and `stages` is expected")
    return config


def stages_of(config: Mapping[str, Any], path: Path = CONFIG) -> dict[str, Stage]:
    """Returns the stages that a config.json declares, by name.

    Args:
        config: What `read_config` returns.
        path: The file, for what is said of it.

    Raises:
        FileFault: A stage is not what Chalice expects.
    """
    try:
        return {name: _stage(config, name) for name in config["stages"]}
    except ValueError as error:
        raise FileFault(path, error) from error


def _stage(config: Mapping[str, Any], name: str) -> Stage:
    own = config["stages"][name]
    if not isinstance(own, dict):
        raise ValueError(f"stage {name} must be an object")  # noqa: TRY004 - of a file, not of code
    if not f"{config['app_name']}{name}".isprintable():
        raise ValueError(
            "app_name and the stages' names make names of roles: they must be printable"
        )

    def setting(key: str, default: Any) -> Any:
        return own.get(key, config.get(key, default))

    made_elsewhere = setting("manage_iam_role", True) is False
    file = setting("iam_policy_file", f"policy-{name}.json")
    role_arn = setting("iam_role_arn", None) if made_elsewhere else None
    # What cannot be printed, a NUL or half a surrogate pair, the system takes for no file's name.
    if not (isinstance(file, str) and file.isprintable()):
        raise ValueError(f"iam_policy_file of stage {name} must be a file's name")
    if made_elsewhere and not (isinstance(role_arn, str) and ROLE_ARN.fullmatch(role_arn)):
        raise ValueError(f"iam_role_arn of stage {name} is no role's ARN: {role_arn}")
    return Stage(
        name=name,
        app_name=config["app_name"],
        variables={**_variables(config, "all stages"), **_variables(own, f"stage {name}")},
        policy_file=None if made_elsewhere else CONFIG.parent / file,
        role_arn=role_arn,
    )


def _variables(document: Mapping[str, Any], whose: str) -> Mapping[str, str]:
    variables = document.get("environment_variables", {})
    if not isinstance(variables, dict) or not all(
        isinstance(value, str) for value in variables.values()
    ):
        raise ValueError(f"environment_variables of {whose} must be texts by their names")
    return variables
