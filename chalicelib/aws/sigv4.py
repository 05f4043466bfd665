"""One signer per request, over a cached signing key.

A signer is not safe across a change of credentials while another thread signs with it, so none is
kept. The signing key, four HMACs that hold for a day, is.
"""

from datetime import UTC, datetime
from functools import lru_cache

from requests_aws4auth import AWS4Auth
from requests_aws4auth.aws4signingkey import AWS4SigningKey

from chalicelib.aws.credentials import Credentials

# What AWS needs signed, and nothing that a proxy may touch.
_SIGNED_HEADERS = ("host", "content-type", "x-amz-*")


def signer(credentials: Credentials, region: str, service: str) -> AWS4Auth:
    """Returns a signer for one request.

    Args:
        credentials: Frozen, so that key, secret and token belong together.
        region: The Region of the credential scope.
        service: The service of the credential scope: `sts` or `appsync`.
    """
    # The key is made for the day of the signature; a request signed right after midnight with
    # yesterday's key would make the signer derive a new one by itself.
    day = datetime.now(UTC).strftime("%Y%m%d")
    key = _signing_key(credentials.secret_access_key, region, service, day)
    return AWS4Auth(
        credentials.access_key_id,
        key,
        session_token=credentials.session_token,
        include_hdrs=_SIGNED_HEADERS,
    )


@lru_cache(maxsize=8)
def _signing_key(secret_access_key: str, region: str, service: str, day: str) -> AWS4SigningKey:
    return AWS4SigningKey(secret_access_key, region, service, day, store_secret_key=True)
