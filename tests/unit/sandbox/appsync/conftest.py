"""Fixtures of the GraphQL engine's tests."""

from collections.abc import Iterator

import pytest

from tests.unit.sandbox.appsync.harness import DATASTORE, Harness


@pytest.fixture
def todo() -> Iterator[Harness]:
    """Returns the shipped schema's API on an empty store."""
    with Harness() as harness:
        yield harness


@pytest.fixture
def versioned() -> Iterator[Harness]:
    """Returns an API with conflict resolution on an empty store."""
    with Harness(schema=DATASTORE) as harness:
        yield harness
