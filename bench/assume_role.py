"""AssumeRole by our own signed POST against boto3's client: `python -m bench.assume_role`.

Every way is measured against the same sandbox. Cold is import and first call in a fresh process,
the ways taken in turn so that a busy machine is busy for all; warm is one more call in a process
that has made some. Medians, beside the ratio to ours.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.wiring import gateway_environment

ROLE_ARN = "arn:aws:iam::222222222222:role/TodoCrossAccountRole"
COLD_RUNS = 20
WARM_CALLS = 200

# Both begin with what the app needs for its second hop, the POST to AppSync, in any case.
_APP = """
import json, time
start = time.perf_counter()
from chalicelib.bootstrap import chain
role = chain().role
"""
_OURS = f"""{_APP}
from chalicelib.aws import assumed_role
from chalicelib.context import CallContext, Deadline
assumed_role.REPLACE_SECONDS = 0.0

def call():
    role.discard(role.get(CallContext("bench", Deadline.after(20))))
"""
_CLIENT = f"""
import boto3
client = boto3.client("sts")

def call():
    client.assume_role(RoleArn={ROLE_ARN!r}, RoleSessionName="bench")["Credentials"]
"""
_MEASURE = """
call()
cold = time.perf_counter() - start
warm = []
for _ in range(CALLS):
    began = time.perf_counter()
    call()
    warm.append(time.perf_counter() - began)
print(json.dumps({"cold": cold, "warm": warm}))
"""
WAYS = {
    "ours, in the app": _OURS,
    "boto3's client, in the app": _APP + _CLIENT,
    "boto3's client, alone": "import json, time\nstart = time.perf_counter()\n" + _CLIENT,
}


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=COLD_RUNS, help="fresh processes for each way")
    runs = parser.parse_args().runs
    with sandbox() as environment:
        cold: dict[str, list[float]] = {name: [] for name in WAYS}
        for script in WAYS.values():  # compiles what is compiled once
            measure(script, environment, calls=0)
        for _ in range(runs):
            for name, script in WAYS.items():
                cold[name] += measure(script, environment, calls=0)["cold"]
        warm = {
            name: measure(script, environment, WARM_CALLS)["warm"] for name, script in WAYS.items()
        }
    medians = {
        name: (statistics.median(cold[name]) * 1000, statistics.median(warm[name]) * 1000)
        for name in WAYS
    }
    ours = medians["ours, in the app"]
    print(f"{'':28}{'cold ms':>9}{'ratio':>7}{'warm ms':>9}{'ratio':>7}")
    for name, (first, later) in medians.items():
        print(f"{name:28}{first:9.1f}{first / ours[0]:7.2f}{later:9.2f}{later / ours[1]:7.2f}")


def measure(script: str, environment: dict[str, str], calls: int) -> dict[str, list[float]]:
    """Returns the seconds that a fresh process measured: import and first call, then each call."""
    run = subprocess.run(
        [sys.executable, "-c", script + _MEASURE.replace("CALLS", str(calls))],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    told = json.loads(run.stdout)
    return {"cold": [told["cold"]], "warm": told["warm"]}


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """Runs account B and gives the environment of the function that calls it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bridge", "sandbox", "--port", "0", "--state", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().split(" at ")[1].split(": ")[0]
                yield {
                    "PATH": os.environ["PATH"],
                    "ASSUME_ROLE_ARN": ROLE_ARN,
                    "REGION": "us-east-1",
                    **gateway_environment(url, Path(folder)),
                }
            finally:
                process.terminate()


if __name__ == "__main__":
    main()
