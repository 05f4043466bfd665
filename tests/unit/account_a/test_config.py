"""Settings from the environment: every fault at once, and none that repeats a value."""

import pytest

from chalicelib.config import (
    Settings,
    SourceCredentials,
    authorizer_from_environ,
    user_pool_arns_from_environ,
)
from chalicelib.errors import ConfigurationError

ROLE = "arn:aws:iam::222222222222:role/TodoCrossAccountRole"
URL = "https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-central-1.amazonaws.com/graphql"
GOOD = {"ASSUME_ROLE_ARN": ROLE, "REGION": "eu-central-1", "APPSYNC_URL": URL}
POOL = "arn:aws:cognito-idp:eu-central-1:111111111111:userpool/eu-central-1_Ab9"
HOST = URL.split("/")[2]


def faults_of(**variables: str) -> tuple[str, ...]:
    """Returns the faults of an environment that is good but for these variables."""
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environ({**GOOD, **variables})
    return raised.value.faults


def test_three_variables_are_enough() -> None:
    """Everything else has a default that suits production."""
    settings = Settings.from_environ(GOOD)
    assert (settings.assume_role_arn, settings.region, settings.appsync_url) == tuple(GOOD.values())
    assert settings.role_session_name == "appsync-rest"
    assert settings.external_id is None
    assert settings.authorizer == "iam"
    assert not settings.enable_batch
    assert settings.cors_allow_origins == ()
    assert settings.sts_url == "https://sts.eu-central-1.amazonaws.com/"
    assert settings.sts_region == "eu-central-1"
    assert settings.source_credentials is None
    assert not settings.environment_only


def test_every_missing_variable_is_named_at_once() -> None:
    """Whoever deploys mends all of them in one go."""
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environ({})
    assert set(raised.value.faults) == {
        "ASSUME_ROLE_ARN is missing",
        "REGION is missing",
        "APPSYNC_URL is missing",
    }
    assert "; ".join(raised.value.faults) == str(raised.value)


def test_every_malformed_variable_is_named_at_once_and_no_value_is_repeated() -> None:
    """A value in the wrong variable may be a secret, and the message goes to the log."""
    secret = "s3cr!t value"
    names = [
        "ASSUME_ROLE_ARN",
        "REGION",
        "APPSYNC_URL",
        "ROLE_SESSION_NAME",
        "EXTERNAL_ID",
        "API_AUTHORIZER",
        "ENABLE_BATCH",
        "CORS_ALLOW_ORIGINS",
        "AWS_ENDPOINT_URL_STS",
    ]
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environ(dict.fromkeys(names, secret))
    assert {fault.split()[0] for fault in raised.value.faults} == set(names)
    assert secret not in str(raised.value)
    assert "s3cr" not in repr(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSUME_ROLE_ARN", "arn:aws:iam::222222222222:user/somebody"),
        ("ASSUME_ROLE_ARN", "arn:aws:iam::22222:role/Short"),
        ("ASSUME_ROLE_ARN", "TodoCrossAccountRole"),
        ("ASSUME_ROLE_ARN", "arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/x"),
        ("REGION", "Frankfurt"),
        ("REGION", "eu-central"),
        ("ROLE_SESSION_NAME", "x"),
        ("ROLE_SESSION_NAME", "a" * 65),
        ("ROLE_SESSION_NAME", "two words"),
        ("EXTERNAL_ID", "x"),
        ("EXTERNAL_ID", "über"),
        ("API_AUTHORIZER", "None"),
        ("API_AUTHORIZER", "lambda"),
        ("ENABLE_BATCH", "yes"),
        ("CORS_ALLOW_ORIGINS", "example.com"),
        ("CORS_ALLOW_ORIGINS", "https://a.example, https://b.example/path"),
    ],
)
def test_one_malformed_variable_is_one_fault(name: str, value: str) -> None:
    """It names the variable and nothing else."""
    faults = [fault for fault in faults_of(**{name: value}) if fault.startswith(name)]
    assert len(faults) == 1
    assert value not in faults[0]


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https", "http"),
        URL.replace("/graphql", "/"),
        URL + "?x=1",
        URL + "#x",
        URL.replace("https://", "https://user:word@"),
        URL.replace("eu-central-1", "us-east-1"),
        URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
        "https://example.com/graphql",
        "http://localhost.example.com/graphql",
        "https://[::1/graphql",
        "https://localhost:99999/graphql",
        "ftp://localhost/graphql",
    ],
)
def test_credentials_go_to_appsync_alone(url: str) -> None:
    """Signed requests to another host, another path or without TLS would give them away."""
    faults = faults_of(APPSYNC_URL=url)
    assert [fault.split()[0] for fault in faults] == ["APPSYNC_URL"]
    assert url not in faults[0]


@pytest.mark.parametrize("host", ["localhost:8100", "127.0.0.1:1", "[::1]:8100", "localhost"])
def test_plain_http_is_for_the_loopback(host: str) -> None:
    """The sandbox has no certificate, and nobody else can listen there."""
    url = f"http://{host}/graphql"
    assert Settings.from_environ({**GOOD, "APPSYNC_URL": url}).appsync_url == url


def test_a_vpc_endpoints_name_needs_the_apis_own_host() -> None:
    """Under that name AppSync knows no API; the host must be one of AppSync's, in the Region."""
    url = (
        URL.replace("//", "//vpce-1-a.")
        .replace(HOST.split(".")[0] + ".", "")
        .replace(".amazonaws", ".vpce.amazonaws")
    )
    assert url == "https://vpce-1-a.appsync-api.eu-central-1.vpce.amazonaws.com/graphql"
    given = {**GOOD, "APPSYNC_URL": url}
    assert Settings.from_environ({**given, "APPSYNC_HOST": HOST}).appsync_host == HOST
    assert faults_of(APPSYNC_URL=url) == (
        "APPSYNC_HOST is missing: APPSYNC_URL is a VPC endpoint's name",
    )
    for wrong in ("api.example.com", HOST.replace("central", "west"), f"{HOST}.evil.example"):
        (fault,) = faults_of(APPSYNC_URL=url, APPSYNC_HOST=wrong)
        assert fault.startswith("APPSYNC_HOST is malformed")
    service = url.replace("appsync-api", "vpce-svc-1")
    assert faults_of(APPSYNC_URL=service, APPSYNC_HOST=HOST)


def test_a_custom_domain_is_allowed_when_it_is_named() -> None:
    """Exactly the host of APPSYNC_ALLOWED_HOST, and no other."""
    url = "https://api.example.com/graphql"
    environ = {**GOOD, "APPSYNC_URL": url, "APPSYNC_ALLOWED_HOST": "api.example.com"}
    assert Settings.from_environ(environ).appsync_url == url
    assert faults_of(APPSYNC_URL=url, APPSYNC_ALLOWED_HOST="example.com")
    assert faults_of(APPSYNC_URL=url + "/x", APPSYNC_ALLOWED_HOST="api.example.com")


def test_other_partitions_have_their_own_hosts() -> None:
    """China's endpoints end in .cn, at AppSync and at STS."""
    settings = Settings.from_environ(
        {
            "ASSUME_ROLE_ARN": ROLE.replace("arn:aws:", "arn:aws-cn:"),
            "REGION": "cn-north-1",
            "APPSYNC_URL": URL.replace("eu-central-1", "cn-north-1").replace(".com/", ".com.cn/"),
        }
    )
    assert settings.sts_url == "https://sts.cn-north-1.amazonaws.com.cn/"


def test_sts_is_asked_in_the_functions_own_region() -> None:
    """AppSync's Region may be another one."""
    settings = Settings.from_environ({**GOOD, "AWS_REGION": "us-west-2"})
    assert (settings.sts_region, settings.sts_url) == (
        "us-west-2",
        "https://sts.us-west-2.amazonaws.com/",
    )
    assert settings.region == "eu-central-1"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("http://127.0.0.1:8100", "http://127.0.0.1:8100/"),
        ("http://localhost:8100/sts", "http://localhost:8100/sts"),
        (
            "https://vpce-1.sts.eu-central-1.vpce.amazonaws.com",
            "https://vpce-1.sts.eu-central-1.vpce.amazonaws.com/",
        ),
    ],
)
def test_the_sts_endpoint_can_be_set_as_the_sdks_know_it(given: str, taken: str) -> None:
    """AWS_ENDPOINT_URL_STS; a path is added because the signature covers one."""
    settings = Settings.from_environ({**GOOD, "AWS_ENDPOINT_URL_STS": given})
    assert settings.sts_url == taken


@pytest.mark.parametrize("url", ["http://sts.example.com", "http://[::1", "https://a:b@x.example"])
def test_a_malformed_sts_endpoint_is_a_fault_among_the_others(url: str) -> None:
    """Even one that cannot be parsed as a URL."""
    faults = faults_of(AWS_ENDPOINT_URL_STS=url, REGION="nowhere")
    assert {fault.split()[0] for fault in faults} >= {"AWS_ENDPOINT_URL_STS", "REGION"}


def test_optional_variables_are_taken() -> None:
    """Each ends in its setting; lists are parted by commas."""
    settings = Settings.from_environ(
        {
            **GOOD,
            "ROLE_SESSION_NAME": "team@x",
            "EXTERNAL_ID": "a:b/c",
            "API_AUTHORIZER": "none",
            "ENABLE_BATCH": "True",
            "CORS_ALLOW_ORIGINS": " https://a.example , http://localhost:3000,",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        }
    )
    assert settings.role_session_name == "team@x"
    assert settings.external_id == "a:b/c"
    assert settings.authorizer == "none"
    assert settings.enable_batch
    assert settings.cors_allow_origins == ("https://a.example", "http://localhost:3000")
    assert settings.environment_only


def test_under_snapstart_the_source_credentials_are_not_the_environments() -> None:
    """Its runtime names an endpoint instead, which boto3 knows how to ask."""
    endpoint = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9001/credentials"}
    runtime = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}
    assert Settings.from_environ({**GOOD, **runtime}).environment_only
    assert not Settings.from_environ({**GOOD, **runtime, **endpoint}).environment_only


def test_source_credentials_are_the_environments_and_never_shown() -> None:
    """A pair is needed; the secret and the token stay out of every repr."""
    environ = {**GOOD, "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hush"}
    settings = Settings.from_environ(environ)
    assert settings.source_credentials == SourceCredentials("AKID", "hush", None)
    with_token = Settings.from_environ({**environ, "AWS_SESSION_TOKEN": "psst"})
    assert with_token.source_credentials == SourceCredentials("AKID", "hush", "psst")
    assert "hush" not in repr(with_token)
    assert "psst" not in repr(with_token)
    alone = Settings.from_environ({**GOOD, "AWS_ACCESS_KEY_ID": "AKID"})
    assert alone.source_credentials is None


@pytest.mark.parametrize(
    ("value", "authorizer"),
    [("", "iam"), ("iam", "iam"), ("cognito", "cognito"), ("none", "none")],
)
def test_the_authorizer_is_iam_unless_told_otherwise(value: str, authorizer: str) -> None:
    """It can be read alone, before anything else is set: the first deploy needs it."""
    assert authorizer_from_environ({"API_AUTHORIZER": value}) == authorizer
    assert authorizer_from_environ({}) == "iam"


@pytest.mark.parametrize("value", ["NONE", "off", "false", "iam,none"])
def test_no_misspelling_opens_the_api(value: str) -> None:
    """Only `none`, written out, does."""
    with pytest.raises(ConfigurationError, match=r"^API_AUTHORIZER is malformed"):
        authorizer_from_environ({"API_AUTHORIZER": value})


def test_cognito_needs_its_user_pools() -> None:
    """Missing and malformed are told apart; several are parted by commas."""
    assert user_pool_arns_from_environ({"COGNITO_USER_POOL_ARNS": f"{POOL}, {POOL}x"}) == (
        POOL,
        f"{POOL}x",
    )
    with pytest.raises(ConfigurationError, match=r"^COGNITO_USER_POOL_ARNS is missing$"):
        user_pool_arns_from_environ({})
    with pytest.raises(ConfigurationError, match=r"^COGNITO_USER_POOL_ARNS is malformed$"):
        user_pool_arns_from_environ({"COGNITO_USER_POOL_ARNS": f"{POOL},pool-2"})
