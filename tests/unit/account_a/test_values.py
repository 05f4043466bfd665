"""Values that look right to Python and are none of AppSync's."""

import pytest

from chalicelib.contract.scalars import SCALAR_CHECKS


@pytest.mark.parametrize("text", ["192.0.2.1/255.255.255.0", "fe80::1%eth0", "192.0.2.1/08"])
def test_an_address_has_no_netmask_and_no_zone(text):
    """Beside the address itself AppSync knows a CIDR prefix only."""
    with pytest.raises(ValueError, match="is not an IPv4 or IPv6 address"):
        SCALAR_CHECKS["AWSIPAddress"](text)


@pytest.mark.parametrize("text", ["192.0.2.1/8", "fe80::1/64", "::", "::ffff:192.0.2.1"])
def test_an_address_may_have_a_prefix(text):
    """Addresses of both kinds are taken, with and without a prefix."""
    assert SCALAR_CHECKS["AWSIPAddress"](text) == text


def test_a_telephone_number_has_ascii_digits():
    """Digits of other scripts are digits to Python's patterns, not to AppSync."""
    with pytest.raises(ValueError, match="is not a telephone number"):
        SCALAR_CHECKS["AWSPhone"]("+1 555 010\u0661")
