"""Both APIs, each one running system that all tests share which change its items alone."""

from collections.abc import Iterator

import pytest
import requests

from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, whole_system


@pytest.fixture(scope="session")
def todo_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Yields the whole system with Todo."""
    project = copy_runnable(tmp_path_factory.mktemp("todo") / "project")
    with whole_system(project) as running:
        yield running


@pytest.fixture(scope="session")
def shop_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    """Yields the whole system with the shop."""
    project = copy_runnable(tmp_path_factory.mktemp("shop") / "project")
    with whole_system(project, more=("--account-b", "examples/shop")) as running:
        yield running


@pytest.fixture
def todo(todo_system: WholeSystem) -> WholeSystem:
    """Returns the whole system with an empty store."""
    return _emptied(todo_system)


@pytest.fixture
def shop(shop_system: WholeSystem) -> WholeSystem:
    """Returns the whole system with an empty shop: keys of several fields, nested values."""
    return _emptied(shop_system)


def _emptied(system: WholeSystem) -> WholeSystem:
    reply = requests.delete(f"{system.sandbox_url}/_admin/tables", timeout=60)
    assert reply.status_code == 204, reply.text
    return system
