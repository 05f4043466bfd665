"""The whole system for tests that send thousands of requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import STOP_SECONDS, WholeSystem, whole_system


@contextmanager
def quiet_system(folder: Path) -> Iterator[WholeSystem]:
    """Runs the whole system over a new copy; its log lines are read away, lest they fill the pipe.

    Args:
        folder: Gets the copy.
    """
    with whole_system(copy_runnable(folder / "project")) as running:
        output = running.process.stdout
        assert output is not None
        reader = threading.Thread(target=lambda: [None for _ in output])
        reader.start()
        try:
            yield running
        finally:
            running.process.terminate()
            reader.join(STOP_SECONDS)
            running.process.wait(STOP_SECONDS)
