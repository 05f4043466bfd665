"""Never a false word: whatever goes wrong, what a write is told is what the store holds."""

import pytest

from tests.support.examples import examples
from tests.truth.old_faults import OLD_FAULTS, cases_until_found
from tests.truth.world import all_worlds

CASES = 10_000
# What the short form tries of the fuzz that finds a fault: of one that shows soon.
FEW_CASES = 500


def test_no_write_is_told_a_false_word() -> None:
    """Thousands of writes, alone and in batches, each under its troubles, to Todo and the shop."""
    with all_worlds() as case:
        for seed in range(examples(CASES)):
            case(seed)


def test_the_fuzz_finds_an_error_in_our_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The short form: one old fault, put back."""
    fault = OLD_FAULTS["an error in our own code after a write is 500"]
    fault.put_back(monkeypatch.setattr)
    assert cases_until_found(fault, FEW_CASES) is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", OLD_FAULTS)
def test_the_fuzz_finds_every_old_fault(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each put back alone, within the cases that the fuzz tries every time."""
    OLD_FAULTS[name].put_back(monkeypatch.setattr)
    cases = cases_until_found(OLD_FAULTS[name], CASES)
    with capsys.disabled():
        print(f"\n{cases} cases: {name}", end=" ")  # noqa: T201 - what `make truth` is for
    assert cases is not None
