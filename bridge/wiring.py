"""The environment in which account A finds the sandbox: what `make run` gives it."""

import os
from collections.abc import Mapping
from pathlib import Path

from bridge.errors import KnownError
from bridge.project import LOCAL_STAGE, Stage
from bridge.source_credentials import FILE_NAME, read_source_credentials

HOST = "127.0.0.1"
REGION = "us-east-1"
GATEWAY_PORT = "8000"
SANDBOX_PORT = "8100"


class NeverRanError(KnownError):
    """The sandbox has left no credentials: it never ran with this state folder."""


def gateway_environment(sandbox_url: str, state: Path) -> dict[str, str]:
    """Returns this process's environment, wired to the sandbox.

    A profile would take the place of the sandbox's source credentials, so none is passed on. The
    loopback is not reached through a proxy.

    Raises:
        FileFault: The sandbox's source credentials cannot be read.
        NeverRanError: There are none.
    """
    if not (state / FILE_NAME).exists():
        raise NeverRanError(
            f"{state / FILE_NAME} is missing: the sandbox has not run here yet; `make run` starts"
            " it, and leaves account A's credentials there"
        )
    source = read_source_credentials(state)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": source.access_key_id,
        "AWS_SECRET_ACCESS_KEY": source.secret_access_key,
        "AWS_SESSION_TOKEN": source.session_token,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_STS": sandbox_url,
        "APPSYNC_URL": f"{sandbox_url}/graphql",
        # The documentation page's "try it" calls from there, by either name of the loopback.
        "CORS_ALLOW_ORIGINS": f"{sandbox_url},{sandbox_url.replace(HOST, 'localhost')}",
        "no_proxy": HOST,
    }


def stage_environment(stage: Stage, state: Path) -> Mapping[str, str]:
    """Returns what the function of a stage finds: its variables over the environment's.

    The local stage leads to the sandbox, as `make run` leads it, unless APPSYNC_URL is set.

    Raises:
        FileFault, NeverRanError: The sandbox's source credentials cannot be read.
    """
    environ = {**os.environ, **stage.variables}
    if stage.name == LOCAL_STAGE and "APPSYNC_URL" not in environ:
        return {**gateway_environment(sandbox_url(), state), **stage.variables}
    return environ


def sandbox_url() -> str:
    """Returns where `make run` lets the sandbox listen."""
    return f"http://{HOST}:{os.environ.get('SANDBOX_PORT', SANDBOX_PORT)}"
