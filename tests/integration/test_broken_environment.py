"""An environment in which account B cannot be reached: the app is there all the same."""

import os
import subprocess
import sys

import pytest

from tests.support.todo import PROJECT

IMPORT = """
import app
from chalicelib.bootstrap import chain
from chalice.test import Client
print(chain.cache_info().currsize)
with Client(app.app) as client:
    print(client.http.get("/health").status_code)
"""
SETTINGS = {
    "REGION": "us-east-1",
    "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
    "APPSYNC_URL": "https://127.0.0.1:1/graphql",
    "AWS_ENDPOINT_URL_STS": "https://127.0.0.1:1",
    "API_AUTHORIZER": "iam",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
    # As Lambda has it: credentials are fetched before the first request.
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
}


@pytest.mark.parametrize(
    "broken",
    [
        {"HTTPS_PROXY": "http://["},
        {"HTTPS_PROXY": "http://127.0.0.1:port"},
        {"AWS_CA_BUNDLE": "/nowhere/bundle.pem"},
        {"AWS_SESSION_TOKEN": "tok\u20ac"},
        {"APPSYNC_URL": "nonsense"},
    ],
    ids=str,
)
def test_the_app_is_imported_and_healthy(broken: dict[str, str]) -> None:
    """Importing it raises nothing, whatever is malformed, and /health answers."""
    environment = {"PATH": os.environ["PATH"], **SETTINGS, **broken}
    run = subprocess.run(
        [sys.executable, "-c", IMPORT],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    made = "APPSYNC_URL" not in broken  # all settings are right, so a call to STS was tried
    assert run.stdout.splitlines()[0] == str(int(made))
    assert run.stdout.splitlines()[-1] == "200"
    assert "secret-of-the-test" not in run.stdout + run.stderr
