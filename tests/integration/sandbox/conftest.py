"""A sandbox for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sandbox import RunningSandbox, sandbox_in_thread


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """Yields a sandbox over copies of the real files, with an empty store."""
    with sandbox_in_thread(tmp_path) as running:
        yield running
