"""What overload, and a pause of the server in the middle of it, did to a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A server's memory (bytes) by the kernel's counters.

    `start` is warm and before the overload, `end` after the normal load that followed it.
    """

    start: Bytes
    peak: Bytes
    end: Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Overloaded:
    """What became of one server.

    `normal` and `after` are responses/s under the normal load, before the overload and after it.
    `seconds` are responses/s in each whole second of the overload: 0 is the second that begins with
    the pause, -1 the one before it. `again` is how long after the pause the first response came,
    `back` how long until the server gave 90% of `normal` again over half a second (s); None where
    it did not. `errors` are by status, of the whole overload. `server_share` and `generator_share`
    are how busy each side's CPUs were in overload before the pause (1.0 is full); None without
    counters. Where the generator's CPUs were full and the server's were not, the throughput in
    overload is the generator's limit. Where a CPU quota held a side back (`throttled`), it is the
    quota's.
    """

    contender: str
    scenario: str
    level: int
    normal: RequestsPerSecond
    seconds: Mapping[int, RequestsPerSecond]
    again: Seconds | None
    back: Seconds | None
    after: RequestsPerSecond
    memory: Memory
    errors: Mapping[str, int]
    server_share: float | None = None
    generator_share: float | None = None
    throttled: bool = False

    @property
    def before_stop(self) -> float | None:
        """Return the mean of responses/s before the pause; None without a whole second."""
        rates = [rate for second, rate in self.seconds.items() if second < 0]
        return sum(rates) / len(rates) if rates else None

    @property
    def least_before_stop(self) -> float | None:
        """Return the responses/s of the worst second before the pause."""
        return min((rate for second, rate in self.seconds.items() if second < 0), default=None)
