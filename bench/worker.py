"""One contestant in a fresh process: `python -m bench.worker NAME`, a command a line on stdin.

What it imports itself no contestant has to import; so it is next to nothing.
"""

import json
import os
import sys
import time
from typing import Any

from bench.lambda_context import Context


def main() -> None:
    """Answers commands until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the log lines are written, to nobody
    name = sys.argv[1]
    handler: Any = None
    for line in sys.stdin:
        command = json.loads(line)
        match command["do"]:
            case "cold":
                start = time.perf_counter()
                cpu = time.process_time()
                handler = __import__(f"bench.contestants.{name}", fromlist=["handler"]).handler
                result = handler(command["event"], Context())
                told: dict[str, Any] = {
                    "wall": time.perf_counter() - start,
                    "cpu": time.process_time() - cpu,
                    "status": result["statusCode"],
                    "body": result["body"],
                }
            case "once":
                result = handler(command["event"], Context())
                told = {"status": result["statusCode"], "body": result["body"]}
            case "warm":
                told = warm(handler, command["event"], command["times"])
            case "threads":
                from bench.threads import run  # noqa: PLC0415 - a cold start has no use for it

                told = run(name, handler, command["event"], command["times"], command["threads"])
        answers.write(json.dumps(told) + "\n")


def warm(handler: Any, event: dict[str, Any], times: int) -> dict[str, float]:
    """Returns the seconds of CPU and of wall time that one request took, on average."""
    # As Lambda's runtime does, a new event for each; parsing it is not the handler's work.
    text = json.dumps(event)
    events = [json.loads(text) for _ in range(times)]
    context = Context()
    start, cpu = time.perf_counter(), time.process_time()
    for each in events:
        handler(each, context)
    return {
        "cpu": (time.process_time() - cpu) / times,
        "wall": (time.perf_counter() - start) / times,
    }


if __name__ == "__main__":
    main()
