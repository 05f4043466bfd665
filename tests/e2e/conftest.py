"""Both APIs, each one running system that all tests share which change its items alone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bridge.project import CONFIG
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, whole_system

# What a user's shell may have for other work.
THEIRS = {
    "AWS_PROFILE": "production",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}
# What a user's local stage may let in.
ORIGIN = "https://a.example"


@pytest.fixture(scope="session")
def runnable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a copy of the project, of a user whose local stage lets an origin in."""
    project = copy_runnable(tmp_path_factory.mktemp("shared") / "project")
    config = json.loads((project / CONFIG).read_text(encoding="utf-8"))
    config["stages"]["local"]["environment_variables"]["CORS_ALLOW_ORIGINS"] = ORIGIN
    (project / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def todo_system(runnable: Path) -> Iterator[WholeSystem]:
    """Yields the whole system with Todo, started from such a user's shell."""
    with whole_system(runnable, {**os.environ, **THEIRS}) as running:
        yield running


@pytest.fixture(scope="session")
def shop_system(runnable: Path) -> Iterator[WholeSystem]:
    """Yields the whole system with the shop, beside Todo's."""
    with whole_system(runnable, more=("--account-b", "examples/shop")) as running:
        yield running


@pytest.fixture
def todo(todo_system: WholeSystem) -> WholeSystem:
    """Returns the whole system with an empty store and no faults."""
    return _emptied(todo_system)


@pytest.fixture
def shop(shop_system: WholeSystem) -> WholeSystem:
    """Returns the whole system with an empty shop: keys of several fields, nested values."""
    return _emptied(shop_system)


def _emptied(system: WholeSystem) -> WholeSystem:
    reply = requests.delete(f"{system.sandbox_url}/_admin/tables", timeout=60)
    assert reply.status_code == 204, reply.text
    reply = requests.put(f"{system.sandbox_url}/_admin/faults", json={"faults": []}, timeout=60)
    assert reply.status_code < 300, reply.text
    return system
