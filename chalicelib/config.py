"""Settings from the environment; the only file that reads os.environ at run time."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from chalicelib.errors import ConfigurationError

Authorizer = Literal["iam", "cognito", "none"]
AUTHORIZERS: tuple[Authorizer, ...] = ("iam", "cognito", "none")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Patterns are text here and in translation/: compiling all of them at import costs a cold start
# 10 ms, and re keeps those that are used.
# Source: the parameters' patterns in AWS's STS API reference, AssumeRole.
_ROLE_ARN = r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}"
_REGION = r"[a-z]{2}(-[a-z]+)+-\d{1,2}"
_ROLE_SESSION_NAME = r"[\w+=,.@-]{2,64}"
_EXTERNAL_ID = r"[\w+=,.@:/-]{2,1224}"
_APPSYNC_HOST = r"[a-z0-9]{20,40}\.appsync-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?"
# Source: AWS AppSync developer guide, "Using AWS AppSync Private APIs".
_VPC_ENDPOINT_HOST = r"vpce-[a-z0-9-]+\.appsync-api\.([a-z0-9-]+)\.vpce\.amazonaws\.com(\.cn)?"
_USER_POOL_ARN = r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[\w-]+"
_ORIGIN = r"https?://[^\s/?#,]+|\*"


@dataclass(frozen=True)
class SourceCredentials:
    """Credentials before AssumeRole, as the environment gives them."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False)


class Settings(NamedTuple):
    """Everything the gateway reads from its environment.

    Attributes:
        assume_role_arn: The role in account B.
        region: The AppSync API's Region.
        appsync_url: The AppSync API's GraphQL endpoint.
        appsync_host: The API's own host, sent and signed as Host, where appsync_url leads there
            under the name of a VPC endpoint; None where the URL's own host is right.
        role_session_name: The session's name at AssumeRole.
        external_id: Sent with AssumeRole when set.
        authorizer: Who may call the REST API.
        enable_batch: Whether POST /batch exists.
        cors_allow_origins: The origins that a browser may call from; `*` stands for all.
        sts_url: Where AssumeRole goes.
        sts_region: The Region that AssumeRole is signed for.
        ca_bundle: The file of certificates to trust, as AWS's SDKs know it; None for the usual.
        source_credentials: The environment's credentials; None sends us to boto3's resolution.
        environment_only: Whether the process's own credentials stand in the environment or
            nowhere: in Lambda, unless its runtime names an endpoint for them, as under SnapStart.
        fetch_at_init: Whether credentials may be fetched before the first request: in Lambda, but
            not for a SnapStart snapshot, which would carry them along for as long as it lives.
    """

    assume_role_arn: str
    region: str
    appsync_url: str
    appsync_host: str | None
    role_session_name: str
    external_id: str | None
    authorizer: Authorizer
    enable_batch: bool
    cors_allow_origins: tuple[str, ...]
    sts_url: str
    sts_region: str
    ca_bundle: str | None
    source_credentials: SourceCredentials | None
    environment_only: bool
    fetch_at_init: bool

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Returns the settings that the environment holds.

        Raises:
            ConfigurationError: Names every missing or malformed variable at once.
        """
        read = _Reader(os.environ if environ is None else environ)
        region = read.matching("REGION", _REGION)
        own_region = read.optional("AWS_REGION") or read.optional("AWS_DEFAULT_REGION") or region
        settings = cls(
            assume_role_arn=read.matching("ASSUME_ROLE_ARN", _ROLE_ARN),
            region=region,
            appsync_url=read.appsync_url(region),
            appsync_host=read.appsync_host(region) or None,
            role_session_name=read.matching(
                "ROLE_SESSION_NAME", _ROLE_SESSION_NAME, default="appsync-rest"
            ),
            external_id=read.matching("EXTERNAL_ID", _EXTERNAL_ID, default="") or None,
            authorizer=read.authorizer(),
            enable_batch=read.flag("ENABLE_BATCH"),
            cors_allow_origins=read.several("CORS_ALLOW_ORIGINS", _ORIGIN),
            sts_url=read.sts_url(own_region),
            sts_region=own_region,
            ca_bundle=read.optional("AWS_CA_BUNDLE"),
            source_credentials=read.source_credentials(),
            environment_only="AWS_LAMBDA_RUNTIME_API" in read.environ
            and not read.optional("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
            fetch_at_init="AWS_LAMBDA_RUNTIME_API" in read.environ
            and read.optional("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start",
        )
        if read.faults:
            raise ConfigurationError(read.faults)
        return settings


def authorizer_from_environ(environ: Mapping[str, str] | None = None) -> Authorizer:
    """Returns the authorizer alone, for app.py's import, before other variables need be set.

    Raises:
        ConfigurationError: API_AUTHORIZER names no authorizer.
    """
    read = _Reader(os.environ if environ is None else environ)
    authorizer = read.authorizer()
    if read.faults:
        raise ConfigurationError(read.faults)
    return authorizer


def function_name_from_environ(environ: Mapping[str, str] | None = None) -> str:
    """Returns the Lambda function's name, for the log, which is written without settings too."""
    read = _Reader(os.environ if environ is None else environ)
    return read.optional("AWS_LAMBDA_FUNCTION_NAME") or "appsync-rest"


def user_pool_arns_from_environ(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Returns the Cognito user pools whose tokens the REST API takes.

    Raises:
        ConfigurationError: COGNITO_USER_POOL_ARNS is missing or malformed.
    """
    read = _Reader(os.environ if environ is None else environ)
    arns = read.several("COGNITO_USER_POOL_ARNS", _USER_POOL_ARN)
    if not arns:
        read.faults.append("COGNITO_USER_POOL_ARNS is missing")
    if read.faults:
        raise ConfigurationError(read.faults)
    return arns


class _Reader:
    """Reads variables and gathers their faults. No fault repeats a value: it may be secret."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def optional(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def matching(self, name: str, pattern: str, default: str | None = None) -> str:
        value = self.optional(name)
        if not value and default is not None:
            return default
        if not value:
            self.faults.append(f"{name} is missing")
        elif not re.fullmatch(pattern, value, re.ASCII):
            self.faults.append(f"{name} is malformed")
        return value

    def flag(self, name: str) -> bool:
        value = self.optional(name).lower()
        if value not in {"", "true", "false"}:
            self.faults.append(f"{name} is malformed: true or false")
        return value == "true"

    def several(self, name: str, pattern: str) -> tuple[str, ...]:
        values = tuple(part.strip() for part in self.optional(name).split(",") if part.strip())
        if not all(re.fullmatch(pattern, value, re.ASCII) for value in values):
            self.faults.append(f"{name} is malformed")
        return values

    def authorizer(self) -> Authorizer:
        value = self.optional("API_AUTHORIZER") or "iam"
        for authorizer in AUTHORIZERS:
            if value == authorizer:
                return authorizer
        self.faults.append("API_AUTHORIZER is malformed: iam, cognito or none")
        return "iam"

    def source_credentials(self) -> SourceCredentials | None:
        access_key_id = self.optional("AWS_ACCESS_KEY_ID")
        secret_access_key = self.optional("AWS_SECRET_ACCESS_KEY")
        if not access_key_id or not secret_access_key:
            return None
        token = self.optional("AWS_SESSION_TOKEN") or None
        return SourceCredentials(access_key_id, secret_access_key, token)

    def appsync_url(self, region: str) -> str:
        url = self.optional("APPSYNC_URL")
        if not url:
            self.faults.append("APPSYNC_URL is missing")
            return url
        parts = self._https_or_loopback("APPSYNC_URL", url)
        if parts is None or parts.hostname in LOOPBACK:
            return url
        if parts.path != "/graphql":
            self.faults.append("APPSYNC_URL is malformed: its path is /graphql")
        host = re.fullmatch(_APPSYNC_HOST, parts.netloc)
        if host is None and re.fullmatch(_VPC_ENDPOINT_HOST, parts.netloc):
            host = re.fullmatch(_VPC_ENDPOINT_HOST, parts.netloc)
            if not self.optional("APPSYNC_HOST"):
                self.faults.append("APPSYNC_HOST is missing: APPSYNC_URL is a VPC endpoint's name")
        if host is None and parts.netloc != self.optional("APPSYNC_ALLOWED_HOST"):
            self.faults.append(
                "APPSYNC_URL is malformed: neither an AppSync host nor APPSYNC_ALLOWED_HOST"
            )
        elif host is not None and host.group(1) != region:
            self.faults.append("APPSYNC_URL is malformed: its Region is not REGION")
        return url

    def appsync_host(self, region: str) -> str:
        host = self.optional("APPSYNC_HOST")
        found = re.fullmatch(_APPSYNC_HOST, host)
        if host and found is None:
            self.faults.append("APPSYNC_HOST is malformed: the API's own host")
        elif found is not None and found.group(1) != region:
            self.faults.append("APPSYNC_HOST is malformed: its Region is not REGION")
        return host

    def sts_url(self, region: str) -> str:
        url = self.optional("AWS_ENDPOINT_URL_STS")
        if url:
            parts = self._https_or_loopback("AWS_ENDPOINT_URL_STS", url)
            return url if parts is None or parts.path else f"{url}/"
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"https://sts.{region}.{suffix}/"

    def _https_or_loopback(self, name: str, url: str) -> SplitResult | None:
        try:
            parts = urlsplit(url)
            loopback = parts.hostname in LOOPBACK
            _ = parts.port  # a port out of range raises only when it is asked for
        except ValueError:
            self.faults.append(f"{name} is malformed")
            return None
        scheme = parts.scheme == "https" or (parts.scheme == "http" and loopback)
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
        if not (scheme and plain and parts.hostname):
            self.faults.append(f"{name} is malformed: https without user, query or fragment")
            return None
        return parts
