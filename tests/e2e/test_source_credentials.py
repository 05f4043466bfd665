"""Where the packaged app finds its own credentials, under an older and the newest boto3.

boto3 comes with Lambda's runtime and is not in the zip, so its version is not ours to choose. The
zip's urllib3 takes the place of the one that boto3 was installed with, here as in Lambda.
"""

import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.support.environments import BOTO3_VERSIONS, lambda_python
from tests.e2e.support.project import shared_package
from tests.support.sandbox import ROLE_ARN, RunningSandbox, sandbox_in_thread
from tests.support.scripted_server import reply, scripted_server

# Assumes the role by the app's own composition and tells what it took.
SCRIPT = """
import json, sys
from chalicelib.bootstrap import chain
from chalicelib.context import CallContext, Deadline
from chalicelib.errors import SourceCredentialsMissing

try:
    credentials = chain().role.get(CallContext("request-1", Deadline.after(20)))
    told = {"access_key_id": credentials.access_key_id}
except SourceCredentialsMissing:
    told = {"missing": True}
boto3 = sys.modules.get("boto3")
print(json.dumps(told | {"boto3": boto3 and boto3.__version__}))
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Path:
    """Returns a folder with what deployment.zip holds."""
    folder: Path = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(shared_package(tmp_path_factory, "dev").archive) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def sandbox(tmp_path) -> Iterator[RunningSandbox]:
    """Gives an account B whose source credentials stand in a shared credentials file."""
    with sandbox_in_thread(tmp_path) as running:
        yield running


@pytest.fixture(params=BOTO3_VERSIONS)
def boto3_version(request) -> str:
    """Returns a version of boto3."""
    return str(request.param)


def test_the_shared_credentials_file_is_found(tmp_path, code, sandbox, boto3_version):
    """The default profile's credentials, resolved by boto3, assume the role."""
    file = {"AWS_SHARED_CREDENTIALS_FILE": str(sandbox.state / "credentials")}
    told = assume_role(code, sandbox, boto3_version, tmp_path, file)
    assert told["boto3"] == boto3_version
    (event,) = sandbox.events(service="sts")
    assert event["status"] == 200
    assert told["access_key_id"].startswith("ASIA")
    assert told["access_key_id"] != sandbox.source_credentials.access_key_id


def test_a_named_profile_is_found(tmp_path, code, sandbox, boto3_version):
    """AWS_PROFILE chooses among the file's profiles, as everywhere in AWS."""
    default = (sandbox.state / "credentials").read_text()
    named = tmp_path / "named"
    wrong = "[default]\naws_access_key_id = AKIAWRONG\naws_secret_access_key = wrong\n"
    named.write_text(wrong + default.replace("[default]", "[account-a]"))
    profile = {"AWS_SHARED_CREDENTIALS_FILE": str(named), "AWS_PROFILE": "account-a"}
    told = assume_role(code, sandbox, boto3_version, tmp_path, profile)
    assert told["boto3"] == boto3_version
    assert told["access_key_id"].startswith("ASIA")


def test_the_environment_comes_first_and_needs_no_boto3(tmp_path, code, sandbox, boto3_version):
    """With credentials in the environment, as in Lambda, boto3 is not even imported."""
    source = sandbox.source_credentials
    environment = {
        "AWS_ACCESS_KEY_ID": source.access_key_id,
        "AWS_SECRET_ACCESS_KEY": source.secret_access_key,
        "AWS_SESSION_TOKEN": source.session_token,
    }
    told = assume_role(code, sandbox, boto3_version, tmp_path, environment)
    assert told["access_key_id"].startswith("ASIA")
    assert told["boto3"] is None


def test_a_snapstart_runtimes_endpoint_is_asked(tmp_path, code, sandbox, boto3_version):
    """Under SnapStart Lambda's environment holds no key but the endpoint that gives one."""
    source = sandbox.source_credentials
    document = {
        "AccessKeyId": source.access_key_id,
        "SecretAccessKey": source.secret_access_key,
        "Token": source.session_token,
        "Expiration": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    given = reply("200 OK", json.dumps(document).encode(), "Content-Type: application/json")
    with scripted_server(lambda connection, _request: connection.sendall(given)) as endpoint:
        runtime = {
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url,
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        }
        told = assume_role(code, sandbox, boto3_version, tmp_path, runtime)
    assert told["boto3"] == boto3_version
    assert told["access_key_id"].startswith("ASIA")


def test_none_at_all_is_an_error_of_its_own(tmp_path, code, sandbox, boto3_version):
    """Nowhere a credential: the app says so, and STS is not asked."""
    told = assume_role(code, sandbox, boto3_version, tmp_path, {})
    assert told == {"missing": True, "boto3": boto3_version}
    assert sandbox.events(service="sts") == []


def assume_role(
    code: Path,
    sandbox: RunningSandbox,
    boto3_version: str,
    home: Path,
    credentials: Mapping[str, str],
) -> Any:
    """Returns what the packaged app tells after AssumeRole, in a process that is not Lambda's."""
    environment = {
        "APPSYNC_URL": sandbox.graphql_url,
        "ASSUME_ROLE_ARN": ROLE_ARN,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_STS": sandbox.url,
        "AWS_REGION": "us-east-1",
        "HOME": str(home),
        "REGION": "us-east-1",
        **credentials,
    }
    run = subprocess.run(
        [lambda_python(boto3_version), "-c", SCRIPT],
        cwd=code,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
