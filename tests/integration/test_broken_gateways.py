"""The fault run over both accounts as processes catches every gateway that is broken on purpose."""

from pathlib import Path

import pytest

from tests.chaos.breakages import BREAKAGES
from tests.chaos.fault_run import LAMBDA_TIMEOUT_SECONDS, fault_run, project_of, settings_of
from tests.chaos.subjects import Subject
from tests.support.gateway import both_accounts
from tests.support.todo import PROJECT

SECONDS = 8.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("name", "subject"),
    [(name, subjects[-1]) for name, (_, subjects) in BREAKAGES.items()],
    ids=lambda each: each if isinstance(each, str) else each.title,
)
def test_a_broken_gateway_is_caught(name: str, subject: Subject, seed: int, tmp_path: Path) -> None:
    """On each of three seeds."""
    project_of(subject, tmp_path)
    broken = (
        f"import sys\nsys.path.append({str(PROJECT)!r})\n"
        "from tests.chaos.breakages import break_gateway\n"
        f"break_gateway({name!r})\n"
    )
    with both_accounts(
        tmp_path,
        lambda_timeout_seconds=LAMBDA_TIMEOUT_SECONDS,
        settings=settings_of(subject),
        before_app=broken,
    ) as accounts:
        assert fault_run(accounts, subject, seed, SECONDS).contradictions
