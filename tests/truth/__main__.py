"""`make truth`: the fuzz over a range of seeds, on all processors; ends at the first false word."""

import argparse
import gc
import multiprocessing
import sys
import time
from contextlib import ExitStack
from functools import cache, partial

from tests.truth.world import BLOCK, Case, Contradiction, all_worlds

PROGRESS = 10_000
_open = ExitStack()


def main() -> int:
    """Tries all cases of the range; returns 1 if one contradicts what it was told."""
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("first", type=int, help=f"the first seed; a multiple of {BLOCK}")
    parser.add_argument("end", type=int, help="the seed after the last one")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count(), help="processes")
    arguments = parser.parse_args()
    first, end = arguments.first, arguments.end
    if first % BLOCK:
        parser.error(f"the cases of a block build on each other: begin at a multiple of {BLOCK}")
    started = time.monotonic()
    tried = 0
    with multiprocessing.Pool(arguments.jobs) as pool:
        blocks = range(first, end, BLOCK)
        for cases, contradiction in pool.imap_unordered(partial(_try, end), blocks):
            tried += cases
            if contradiction is not None:
                _print(contradiction)
                return 1
            if tried % PROGRESS == 0 or tried == end - first:
                seconds = time.monotonic() - started
                _print(f"{tried:,} of {end - first:,} cases, no false word, {seconds:,.0f} s")
    return 0


@cache
def _case() -> Case:
    """Returns what tries a case, in worlds that live as long as this process."""
    case = _open.enter_context(all_worlds())
    # The schemas live to the end; the collector need not look at them again and again.
    gc.collect()
    gc.freeze()
    return case


def _try(end: int, first: int) -> tuple[int, str | None]:
    """Tries a block's cases; returns how many, and the contradiction that ended them, if any."""
    case = _case()
    last = min(first + BLOCK, end)
    for seed in range(first, last):
        try:
            case(seed)
        except Contradiction as found:
            again = f"python -m tests.truth {first} {seed + 1}"
            return seed + 1 - first, f"seed {seed}: {found}\nagain: {again}"
    return last - first, None


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command-line program prints


if __name__ == "__main__":
    sys.exit(main())
