"""A trial's requests as arrays: what a load generator lists and what `measure` takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: gRPC status names by code, as in the gRPC specification.
STATUS_NAMES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
)  # fmt: skip
OK = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Each request of a trial.

    `origin` is the Unix time (s) at which the first request started. `start` (n,) is each one's
    start in seconds from there; in an open loop a request starts when it was due. `latency` (n,)
    is in seconds, `status` (n,) the gRPC code (int8). `send_delay` (n,) is how much later than due
    each one left the generator (s), and a part of its latency: None where this is not known, as in
    a closed loop, and NaN of a request that never left. `held_back_for` (n,) is likewise how long
    the server's limits (streams, windows) kept each one in the generator (s): another part of it.
    `counts` are all requests by status name. `truncated` says that the generator sent more
    requests than it listed: the arrays are then the complete prefix, and `counts` has them all.
    `duration` is from the first request's start to the last one's end (s), of all requests.
    `drained` says that the generator waited for the requests in flight at its end; where it did
    not, latencies near the end are missing and percentiles would flatter.
    """

    origin: float
    start: NDArray[np.float64]
    latency: NDArray[np.float64]
    status: NDArray[np.int8]
    counts: Mapping[str, int] = field(default_factory=dict)
    truncated: bool = False
    duration: float = 0.0
    drained: bool = True
    send_delay: NDArray[np.float64] | None = None
    held_back_for: NDArray[np.float64] | None = None

    @property
    def end(self) -> NDArray[np.float64]:
        """Return each request's end (n,), in seconds from the origin."""
        return self.start + self.latency


def errors_of(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Return the counts of statuses other than OK that occur."""
    return {name: n for name, n in counts.items() if n and name != STATUS_NAMES[OK]}
