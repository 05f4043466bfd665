"""Each broken chain of the table: the doctor names its cause, and its remedy mends it."""

import pytest

from tests.integration.doctor import chains_in_account_a, chains_in_account_b
from tests.integration.doctor.breaking import Chain
from tests.integration.doctor.patient import Patient
from tests.integration.doctor.performed import BY_CHAIN

CHAINS = (*chains_in_account_a.CHAINS, *chains_in_account_b.CHAINS)


def test_there_are_enough_of_them_and_each_has_its_own_name():
    """A table that shrinks, or says one thing twice, is told."""
    assert len({chain.name for chain in CHAINS}) == len(CHAINS) >= 80


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.name)
def test_the_doctor_names_the_one_cause_and_its_remedy_mends_the_chain(
    chain: Chain, patient: Patient
):
    """One link is named, with this cause; doing what its remedy says makes the chain whole."""
    patient.start(chain.settings)
    chain.break_it(patient)
    report = patient.examine()
    assert report.of_status("broken").keys() == {chain.check}, report.of_status("broken")
    assert chain.summary in report.of_status("broken")[chain.check]
    assert report.exit_code == 1
    assert report.finding(chain.check)["evidence"]
    performed = patient.apply(report)
    assert performed >= {site for site, name in BY_CHAIN.items() if name == chain.name}
    mended = patient.examine()
    assert mended.of_status("broken") == {}
    assert mended.exit_code == 0
    assert set(mended.of_status("ok")) == {each["check"] for each in mended.findings}
