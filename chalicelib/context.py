"""What accompanies one REST request through all layers: its id, its deadline, its tally."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Deadline(NamedTuple):
    """The instant by which a request must be answered.

    Attributes:
        at: That instant in seconds of `clock`.
        clock: A monotonic clock.
    """

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Returns the deadline that lies `seconds` ahead."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Returns the seconds that are left; negative when it has passed."""
        return self.at - self.clock()


@dataclass(slots=True)
class Tally:
    """What a request cost upstream, counted as it happens, for its log line.

    Attributes:
        appsync_calls: POSTs to AppSync.
        sts_calls: AssumeRole calls that this request made itself.
        retries: POSTs to AppSync that repeated an earlier one.
        throttles: Replies that asked to slow down.
        appsync_milliseconds: Time spent waiting for AppSync.
        sts_milliseconds: Time spent waiting for STS.
        credential_age_seconds: How old the assumed-role credentials were.
        access: How lists were read, each way once, in order: a scan, the table's key, an index.
    """

    appsync_calls: int = 0
    sts_calls: int = 0
    retries: int = 0
    throttles: int = 0
    appsync_milliseconds: float = 0.0
    sts_milliseconds: float = 0.0
    credential_age_seconds: float | None = None
    access: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallContext:
    """The request's companion.

    Attributes:
        request_id: Travels to AppSync, to the log and back to the client.
        deadline: Shared by STS, retries and list reads.
        tally: The one mutable value that travels, never read to decide anything.
    """

    request_id: str
    deadline: Deadline
    tally: Tally = field(default_factory=Tally)
