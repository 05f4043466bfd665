"""`make bench`: measures, then writes results.json, docs/performance.md and its plot."""

import argparse
import json
import re
import time
from pathlib import Path
from typing import Any

from bench.measure import measure
from bench.report import write_report

RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Runs the measurement, or writes the report of the last one anew."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--report", action="store_true", help="measure nothing, only write")
    if not parser.parse_args().report:
        began = time.monotonic()
        results = measure(lambda text: print(f"{time.monotonic() - began:4.0f} s  {text}"))
        RESULTS.write_text(_text(results), encoding="utf-8")
    print(write_report(json.loads(RESULTS.read_text(encoding="utf-8"))))


def _text(results: dict[str, Any]) -> str:
    """Returns JSON with a list of rounds on one line each, to six significant digits."""
    rounded = json.loads(json.dumps(results), parse_float=lambda text: float(f"{float(text):.6g}"))
    text = json.dumps(rounded, indent=1)
    return re.sub(r"\[[^][{}]*\]", lambda rounds: " ".join(rounds[0].split()), text) + "\n"


if __name__ == "__main__":
    main()
