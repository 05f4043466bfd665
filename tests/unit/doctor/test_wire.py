"""What replies tell of clocks and of STS's errors."""

from datetime import UTC, datetime

import pytest

from bridge.doctor.wire import Exchange, StsError, clock_skew_seconds, element, sts_error
from chalicelib.aws.http_reply import HttpReply
from chalicelib.errors import UpstreamTimeout

EXPIRED = (
    "Signature expired: 20261123T230000Z is now earlier than 20261123T234500Z"
    " (20261124T000000Z - 15 min.)"
)
EARLY = (
    "Signature not yet current: 20261124T010000Z is still later than 20261124T001500Z"
    " (20261124T000000Z + 15 min.)"
)
SENT_AT = datetime(2026, 11, 24, 0, 0, 0, tzinfo=UTC)


def exchange(body=b"", **headers):
    """Returns an exchange that was sent at midnight."""
    return Exchange("STS", "AssumeRole", HttpReply(403, headers, body), None, 1.0, SENT_AT)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (EXPIRED, 3600),
        (EARLY, -3600),
    ],
)
def test_a_refused_signature_tells_both_clocks_exactly(text, seconds):
    """The signer's time and the service's own, whatever the Date header says."""
    assert clock_skew_seconds(exchange(text.encode(), date="garbage")) == seconds


def test_the_date_header_tells_the_clock_of_any_reply():
    """To the second, which is enough for a tolerance of minutes."""
    assert clock_skew_seconds(exchange(date="Tue, 24 Nov 2026 00:02:00 GMT")) == 120


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_a_reply_without_a_date_tells_nothing(headers):
    """A stand-in or a proxy may leave it out, or garble it."""
    assert clock_skew_seconds(exchange(**headers)) is None


def test_a_request_without_a_reply_tells_nothing():
    """There is no other clock to compare with."""
    error = UpstreamTimeout("STS", "the deadline passed")
    assert clock_skew_seconds(Exchange("STS", "AssumeRole", None, error, 1.0, SENT_AT)) is None


def test_an_error_of_sts_is_read_from_its_xml():
    """With the entities that XML has to escape."""
    body = b"<Error><Code>AccessDenied</Code><Message>a &lt; b &amp; c</Message></Error>"
    assert sts_error(HttpReply(403, {}, body)) == StsError("AccessDenied", "a < b & c")
    assert sts_error(HttpReply(200, {}, b"<Arn>arn</Arn>")) is None
    assert element("<Arn>arn</Arn>", "Arn") == "arn"
