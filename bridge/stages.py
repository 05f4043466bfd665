"""Chalice's stages as `.chalice/config.json` declares them: account A's functions and roles."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = Path(".chalice/config.json")


class StageError(Exception):
    """The stages cannot be read; the message says why."""


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


def read_config(root: Path) -> dict[str, Any]:
    """Returns what config.json under the project's root holds.

    Raises:
        StageError: It is missing or malformed.
    """
    try:
        config = json.loads((root / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(f"{CONFIG}: {error}") from error
    if not (
        isinstance(config, dict)
        and isinstance(config.get("app_name"), str)
        and isinstance(config.get("stages"), dict)
    ):
        raise StageError(f"{CONFIG}: an object with `app_name` and `stages` is expected")
    return config


def stages_of(config: Mapping[str, Any]) -> dict[str, Stage]:
    """Returns the stages that a config.json declares, by name."""
    return {name: _stage(config, name) for name in config["stages"]}


def _stage(config: Mapping[str, Any], name: str) -> Stage:
    own = config["stages"][name]

    def setting(key: str, default: Any) -> Any:
        return own.get(key, config.get(key, default))

    made_elsewhere = setting("manage_iam_role", True) is False
    file = setting("iam_policy_file", f"policy-{name}.json")
    variables = {
        **config.get("environment_variables", {}),
        **own.get("environment_variables", {}),
    }
    return Stage(
        name=name,
        app_name=config["app_name"],
        variables=variables,
        policy_file=None if made_elsewhere else CONFIG.parent / file,
        role_arn=setting("iam_role_arn", None) if made_elsewhere else None,
    )
