"""A patient for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.doctor.patient import Patient


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Iterator[Patient]:
    """Yields a chain that is not started yet."""
    patient = Patient(tmp_path, monkeypatch, capsys)
    try:
        yield patient
    finally:
        patient.stop()
