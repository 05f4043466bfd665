"""What holds for every test."""

import gc

from hypothesis import settings

from bridge.project import CONTRACT, OPENAPI
from chalicelib.contract import model, openapi
from tests.support.examples import SHORT
from tests.support.todo import todo_project

# What this process's gateway and doctor load: the tests' own API, whatever account_b/ holds.
model.CONTRACT_FILE = todo_project() / CONTRACT
openapi.OPENAPI_FILE = todo_project() / OPENAPI

# `make test` draws the same examples in every run, the fewest in the other Pythons: a fault of a
# rule shows in any Python, and one of a Python's own (its texts, numbers, patterns) where each test
# runs at all. `make coverage` draws few, and `make fuzz` many, others each time.
settings.register_profile("short", max_examples=SHORT, deadline=None, derandomize=True)
settings.register_profile("fewest", max_examples=SHORT // 15, deadline=None, derandomize=True)
settings.register_profile("few", max_examples=SHORT // 6, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("short")


# What only a collection frees is a few hundred objects a request of account B's. To look for them
# seldom costs a hundred megabytes or two, and saves a tenth of the unit tests' CPU.
gc.set_threshold(1_000_000, 20, 20)


def pytest_collection_finish() -> None:
    """Keeps what is there once all tests are imported out of the collector's rounds.

    It lives to the end, and each full round over it takes half a second: the tests take a tenth
    less CPU.
    """
    gc.collect()
    gc.freeze()
