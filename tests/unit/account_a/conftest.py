"""REST clients of a gateway over a fake account B."""

from collections.abc import Iterator

import pytest

from chalicelib.gateway import Options
from tests.support.account_b import Rest, rest_client
from tests.support.schemas import MACHINE, OLDER


@pytest.fixture
def rest() -> Iterator[Rest]:
    """A client of the shipped API, with POST /batch."""
    with rest_client(options=Options(enable_batch=True)) as client:
        yield client


@pytest.fixture
def machines() -> Iterator[Rest]:
    """A client of an API with every kind of field."""
    with rest_client(MACHINE, Options(enable_batch=True)) as client:
        yield client


@pytest.fixture
def people() -> Iterator[Rest]:
    """A client of an API whose conditions do not know updatedAt."""
    with rest_client(OLDER) as client:
        yield client
