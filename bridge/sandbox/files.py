"""Files that are read again when they change, so that an edit works like one in AWS's console."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from bridge.files import FileFault

# A file that was written this shortly before it is read may be written again without its time
# stamp moving on, so what was read then is not kept.
_RACY_NANOSECONDS = 50_000_000

Fingerprint: TypeAlias = tuple[tuple[int, ...] | None, ...]
T = TypeVar("T")


class Watched(Generic[T]):
    """A value made of files, made again when one of them has changed.

    A fault is kept like a value: no old value hides a file that has become malformed.
    """

    def __init__(self, paths: tuple[Path, ...], make: Callable[[Fingerprint], T]) -> None:
        """Names the files.

        Args:
            paths: All files that the value depends on.
            make: Reads them; given what tells this version from others. Raises FileFault.
        """
        self._paths = paths
        self._make = make
        # One attribute for both, so that threads never see a value beside another's fingerprint.
        self._kept: tuple[Fingerprint, T | FileFault] | None = None

    def value(self) -> T:
        """Returns the value of the files as they are now; safe to call from several threads.

        Raises:
            FileFault: One of them is missing, unreadable or malformed.
        """
        now = tuple(_fingerprint(path) for path in self._paths)
        kept = self._kept
        if kept is not None and kept[0] == now:
            made = kept[1]
        else:
            made = self._try(now)
            newest = max((stamps[0] for stamps in now if stamps), default=0)
            is_racy = time.time_ns() - newest < _RACY_NANOSECONDS
            self._kept = None if is_racy else (now, made)
        if isinstance(made, FileFault):
            # A new exception each time: a raised one collects its tracebacks.
            raise FileFault(made.path, made.fault)
        return made

    def _try(self, now: Fingerprint) -> T | FileFault:
        try:
            return self._make(now)
        except FileFault as fault:
            return fault


def _fingerprint(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for every file at every request
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
