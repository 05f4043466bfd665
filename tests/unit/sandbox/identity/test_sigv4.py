"""Signature Version 4 as the sandbox checks it, against signatures that botocore makes."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from bridge.sandbox.exchange.messages import RawRequest
from bridge.sandbox.identity.sigv4 import (
    AuthenticationFault,
    FaultKind,
    check_clock,
    check_scope,
    check_signature,
    read_authorization,
)

SECRET = "a-secret-access-key"
CREDENTIALS = Credentials("ASIAEXAMPLE", SECRET, "a/session+token=")
URL = "http://127.0.0.1:8100/graphql"
TOLERANCE = timedelta(minutes=5)
EXPIRED = (
    "Signature expired: 20301231T235459Z is now earlier than 20301231T235500Z "
    "(20310101T000000Z - 5 min.)"
)
NOT_YET_CURRENT = (
    "Signature not yet current: 20310101T000501Z is still later than 20310101T000500Z "
    "(20310101T000000Z + 5 min.)"
)


def signed(
    method: str = "POST",
    url: str = URL,
    body: bytes = b'{"query": "{ x }"}',
    headers: dict[str, str] | None = None,
) -> RawRequest:
    """Returns a request as it arrives after botocore has signed it."""
    request = AWSRequest(method, url, headers=headers or {}, data=body)
    SigV4Auth(CREDENTIALS, "appsync", "us-east-1").add_auth(request)
    parts = urlsplit(url)
    return RawRequest(
        method=method,
        raw_path=parts.path.encode(),
        query=parts.query.encode(),
        headers=(
            (b"host", parts.netloc.encode()),
            *((k.lower().encode(), v.encode("latin-1")) for k, v in request.headers.items()),
        ),
        body=body,
    )


def changed(request: RawRequest, name: str, value: str | None) -> RawRequest:
    """Returns the request with one header replaced, added or (None) removed."""
    kept = [(k, v) for k, v in request.headers if k != name.encode()]
    if value is not None:
        kept.append((name.encode(), value.encode("latin-1")))
    return RawRequest(request.method, request.raw_path, request.query, tuple(kept), request.body)


def check(request: RawRequest, secret: str = SECRET) -> None:
    """Checks the request's signature."""
    check_signature(request, read_authorization(request), secret)


def fault_of(request: RawRequest) -> AuthenticationFault:
    """Returns the fault that the request's signature has."""
    with pytest.raises(AuthenticationFault) as raised:
        check(request)
    return raised.value


SAFE = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    body=st.binary(max_size=64),
    header=st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=20),
    query=st.lists(st.tuples(SAFE, SAFE), max_size=4),
    segments=st.lists(SAFE | st.sampled_from(["a%20b", "~x", "a%2Fb", "-._"]), max_size=3),
)
def test_what_botocore_signs_is_accepted(method, body, header, query, segments):
    """Any method, path, query, header and body that botocore signs passes the check."""
    pairs = "&".join(f"{name}={value}" for name, value in query)
    url = f"http://127.0.0.1:8100/{'/'.join(segments)}" + (f"?{pairs}" if pairs else "")
    check(signed(method, url, body, {"X-Amz-Other": header}))


@pytest.mark.parametrize(
    "tamper",
    [
        lambda r: RawRequest(r.method, r.raw_path, r.query, r.headers, r.body + b" "),
        lambda r: RawRequest("PUT", r.raw_path, r.query, r.headers, r.body),
        lambda r: RawRequest(r.method, b"/other", r.query, r.headers, r.body),
        lambda r: RawRequest(r.method, r.raw_path, b"a=b", r.headers, r.body),
        lambda r: changed(r, "host", "127.0.0.1"),
        lambda r: changed(r, "x-amz-security-token", "another"),
        lambda r: changed(r, "x-amz-other", "another"),
        lambda r: changed(r, "x-amz-other", None),
    ],
    ids=["body", "method", "path", "query", "port", "token", "header", "no header"],
)
def test_whatever_is_changed_after_signing_is_noticed(tamper):
    """The signature covers the whole request: no part of it can be changed."""
    fault = fault_of(tamper(signed(headers={"X-Amz-Other": "value"})))
    assert fault.kind is FaultKind.SIGNATURE
    assert str(fault).startswith("The request signature we calculated does not match")


def test_a_header_that_is_not_signed_may_change():
    """Proxies add and change headers on the way; those are not signed."""
    check(changed(signed(), "x-forwarded-for", "203.0.113.7"))


def test_another_secret_gives_another_signature():
    """Whoever does not know the secret access key cannot sign."""
    with pytest.raises(AuthenticationFault):
        check(signed(), "another-secret")


def test_spaces_in_a_header_count_once():
    """Outer spaces are cut and inner ones are one, on both sides."""
    request = signed(headers={"X-Amz-Other": "one two"})
    check(changed(request, "x-amz-other", "  one    two "))


def test_a_header_sent_twice_is_its_values_joined():
    """Two headers of one name are signed as one with a comma between the values."""
    request = changed(signed(headers={"X-Amz-Other": "one,two"}), "x-amz-other", None)
    twice = (*request.headers, (b"x-amz-other", b"one"), (b"x-amz-other", b"two"))
    check(RawRequest(request.method, request.raw_path, request.query, twice, request.body))


def test_a_declared_payload_hash_must_be_the_payloads():
    """Even signed, a false x-amz-content-sha256 is refused."""
    request = signed(headers={"X-Amz-Content-SHA256": "0" * 64})
    assert fault_of(request).kind is FaultKind.SIGNATURE


def test_the_host_must_be_signed():
    """A signature that leaves the host out would hold at any endpoint."""
    request = signed()
    header = request.header("authorization") or ""
    fault = fault_of(changed(request, "authorization", header.replace("host;", "")))
    assert str(fault) == (
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    )


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("AWS4-HMAC-SHA256 nonsense", "'nonsense' not a valid key=value pair"),
        ("AWS4-HMAC-SHA256 Credential=a/b", "requires 'Signature' parameter."),
        (
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
            "Credential must have exactly 5 slash-delimited elements",
        ),
        ("Basic abc", "Unsupported or repeated Authorization header."),
    ],
)
def test_a_garbled_header_is_incomplete(header, text):
    """What cannot be read is named, and the header is shown as a hash alone."""
    fault = fault_of(changed(signed(), "authorization", header))
    assert fault.kind is FaultKind.INCOMPLETE
    assert text in str(fault)
    assert header not in str(fault)


def test_a_request_without_date_is_incomplete():
    """Neither X-Amz-Date nor Date: the signature has no time."""
    fault = fault_of(changed(signed(), "x-amz-date", None))
    assert fault.kind is FaultKind.INCOMPLETE
    assert "either a 'X-Amz-Date' or a 'Date' header" in str(fault)


def test_a_request_without_signature_is_missing_one():
    """No Authorization header is a fault of its own kind."""
    assert fault_of(changed(signed(), "authorization", None)).kind is FaultKind.MISSING


@pytest.mark.parametrize(
    ("region", "service", "text"),
    [
        ("eu-west-1", "appsync", "Credential should be scoped to a valid region. "),
        ("us-east-1", "sts", "Credential should be scoped to correct service: 'sts'. "),
    ],
)
def test_a_signature_for_another_endpoint_is_refused(region, service, text):
    """Region and service of the scope must be the endpoint's."""
    with pytest.raises(AuthenticationFault) as raised:
        check_scope(read_authorization(signed()), region, service)
    assert str(raised.value) == text


def test_the_scopes_date_must_be_the_signatures():
    """A scope of another day is refused before the signature is calculated."""
    request = changed(signed(), "x-amz-date", "20200102T030405Z")
    with pytest.raises(AuthenticationFault) as raised:
        check_scope(read_authorization(request), "us-east-1", "appsync")
    assert "Date in Credential scope does not match" in str(raised.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-300, None),
        (300, None),
        (-301, EXPIRED),
        (301, NOT_YET_CURRENT),
    ],
)
def test_the_clock_may_be_off_by_the_tolerance(seconds, text):
    """To the second: five minutes pass, one second more does not."""
    now = datetime(2031, 1, 1, tzinfo=UTC)
    time = now + timedelta(seconds=seconds)
    request = changed(signed(), "x-amz-date", time.strftime("%Y%m%dT%H%M%SZ"))
    authorization = read_authorization(request)
    if text is None:
        check_clock(authorization, now, TOLERANCE)
        assert authorization.time == time
    else:
        with pytest.raises(AuthenticationFault) as raised:
            check_clock(authorization, now, TOLERANCE)
        assert str(raised.value) == text
