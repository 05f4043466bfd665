"""A package under AWS's runtime client: the start to the first response, and the peak memory."""

import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import events
from bench.packages import Packaged
from bench.processes import Standins
from tests.e2e.support.environments import lambda_python
from tests.e2e.support.runtime_api import runtime_api

WARM_REQUESTS = 20
END_SECONDS = 5
_OK = frozenset({200, 201})


@dataclass(frozen=True)
class Start:
    """What one start showed.

    Attributes:
        cpu_seconds: From the process's start to its first response.
        peak_bytes: The most memory it held at once, after requests of all kinds.
    """

    cpu_seconds: float
    peak_bytes: int


def compile_runtime() -> None:
    """Makes the bytecode of what stands for Lambda's runtime, boto3 too; no start writes any."""
    library = lambda_python(version("boto3")).parents[1] / "lib"
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(library)], check=True)


def start(package: Packaged, folder: Path, standins: Standins) -> Start:
    """Returns what one start of a package shows.

    Args:
        package: The contestant's.
        folder: Its unpacked code. No bytecode is written to it: in Lambda it is read-only, so
            every start compiles what the package holds.
        standins: Account B.
    """
    python = lambda_python(version("boto3"))
    # The process ends last, of itself, when it reads that its Runtime API goes away.
    with ExitStack() as processes, runtime_api("appsync-rest-prod") as api:
        environment = {
            **standins.environment(),
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "LAMBDA_TASK_ROOT": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "_HANDLER": package.handler,
        }
        command = [str(python), "-m", "awslambdaric", package.handler]
        process = processes.enter_context(
            subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        processes.callback(_end, process)
        first = api.invoke(events.POST)
        cpu_seconds = _cpu_seconds(process.pid)
        warm = list(events.WARM.values()) * WARM_REQUESTS
        others = [events.PAGE, *([events.BATCH] if package.name == "gateway" else [])]
        answers = [first, *(api.invoke(event) for event in [*warm, *others])]
        peak = _peak_bytes(process.pid)
    wrong = [answer for answer in answers if answer["statusCode"] not in _OK]
    if wrong:
        raise RuntimeError(f"{package.name}: {wrong[0]}")
    return Start(cpu_seconds, peak)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _cpu_seconds(pid: int) -> float:
    """Returns the CPU time that a process has taken so far.

    Source: Linux's clock_getcpuclockid(3); Python has no function for another process's clock.
    """
    return time.clock_gettime((~pid << 3) | 2)


def _peak_bytes(pid: int) -> int:
    """Returns the resident set's high-water mark."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise LookupError("VmHWM")
