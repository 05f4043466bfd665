"""The processes of a measurement: the stand-ins and the contestants' workers."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.todo import PROJECT

CONTESTANTS = ("gateway", "plain", "plain_kept", "tuned", "floor", "gql_client")


@dataclass(frozen=True)
class Standins:
    """Account B, as far as a measurement needs it.

    Attributes:
        sts_url: STS's.
        appsync_url: AppSync's, without a path.
    """

    sts_url: str
    appsync_url: str

    def environment(self) -> dict[str, str]:
        """Returns the environment of a Lambda function that calls them, and nothing of ours."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "ASSUME_ROLE_ARN": "arn:aws:iam::222222222222:role/TodoCrossAccountRole",
            "REGION": "us-east-1",
            "APPSYNC_URL": f"{self.appsync_url}/graphql",
            "AWS_ENDPOINT_URL_STS": self.sts_url,
            "ENABLE_BATCH": "true",
            "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00",
            "AWS_SECRET_ACCESS_KEY": "s" * 40,
            "AWS_SESSION_TOKEN": "t" * 600,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_NAME": "appsync-rest-prod",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        }

    def sts_calls(self) -> int:
        """Returns how often STS has been called."""
        return _calls(self.sts_url)

    def appsync_calls(self) -> int:
        """Returns how often AppSync has been called."""
        return _calls(self.appsync_url)


def _calls(url: str) -> int:
    with urllib.request.urlopen(f"{url}/calls") as reply:
        return int(reply.read())


@contextmanager
def standins(table_items: int = 10_000) -> Iterator[Standins]:
    """Runs STS and AppSync.

    Args:
        table_items: How many items the table behind an index has.
    """
    with _standin("sts", table_items) as sts_url, _standin("appsync", table_items) as appsync_url:
        yield Standins(sts_url, appsync_url)


@contextmanager
def _standin(name: str, table_items: int) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.standins", name, str(table_items)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


class Worker:
    """A contestant's process."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", name],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, event: dict[str, Any], **arguments: int) -> dict[str, Any]:
        """Returns the worker's answer to one command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, "event": event, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=10)


@contextmanager
def worker(name: str, environment: dict[str, str]) -> Iterator[Worker]:
    """Runs one contestant."""
    running = Worker(name, environment)
    try:
        yield running
    finally:
        running.close()
